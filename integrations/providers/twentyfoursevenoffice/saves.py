"""Projects and tasks as Busy writes them (R63, R65, R69): the whole record that stands there goes back with what is
wanted in it, since what absent members do is not documented.

No operation makes or changes a work type, and none closes or opens a project [spec]: those are done there.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec.structs

from integrations.kernel.errors import Code, Problem, ProviderError, Refused, Turn, Unclear
from integrations.kernel.parse import Row, as_row
from integrations.kernel.records import ProjectRecord, TaskRecord
from integrations.kernel.saving import Save, Stands, differing
from integrations.providers.twentyfoursevenoffice import mapping, tasks
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.checks import project_state
from integrations.providers.twentyfoursevenoffice.reconstructed import local_day, noon

PROJECT_FIELDS = ("name", "customer_id", "start_date", "end_date")
TASK_FIELDS = ("name", "member_ids", "done")  # which work type a task means is Busy's own after it was made
_YEAR = timedelta(days=365)  # how long a task of an open-ended project lasts: both dates are demanded [spec]
_SAYS_NOTHING = ("Enabled", "RawName")  # of a project: always false, and the name of former days [spec]
_READ_ONLY = ("Overtime", "Registered")  # of a task [spec]


# --- Projects ---------------------------------------------------------------------------------------------------------


def read_project(api: OfficeApi, external_id: str) -> Stands[ProjectRecord] | None:
    if not external_id.isdigit():
        return None
    row, is_open = project_state(api, external_id)
    return None if row is None else _project(api, row, is_open=is_open)


def _project(api: OfficeApi, row: Row, *, is_open: bool) -> Stands[ProjectRecord]:
    record = mapping.project_record(row, archived=not is_open)
    changed = mapping.optional_instant(row, "DateChanged")
    return Stands(record=record, whole=row, changed_at=changed, url=api.link("project", record.external_id))


def update_project(api: OfficeApi, there: Stands[ProjectRecord], wanted: ProjectRecord) -> Stands[ProjectRecord]:
    """Its id must be one that stands there: an unknown one would make a project of that number [spec]. The engine has
    read it a moment before."""
    body = {**as_row(there.whole), **_project_members(wanted, differing(there.record, wanted))}
    for name in _SAYS_NOTHING:
        body.pop(name, None)
    _saved(api, "SaveProject", project={**body, "Id": int(there.external_id)})
    return _read_back(api, there.external_id, msgspec.structs.replace(wanted, number=there.record.number))


def create_project(api: OfficeApi, wanted: ProjectRecord, _reference: str) -> Stands[ProjectRecord]:
    """Without an id the number is theirs to give (R65). Both enumerations are demanded by the description."""
    body = {"NameDisplay": "Plain", "TimeReg": "WorkType", "Version": 1, **_project_members(wanted, PROJECT_FIELDS)}
    number = str(_saved(api, "SaveProject", project=body))
    return _read_back(api, number, msgspec.structs.replace(wanted, external_id=number, number=number))


def found_projects(
    api: OfficeApi, wanted: ProjectRecord, _reference: str, since: datetime
) -> list[Stands[ProjectRecord]]:
    """No field takes a reference of ours: those of the same name and customer, registered since then."""
    rows = api.rows("GetProjectsDetailed", right="projects", Ps={"ChangedAfter": since.astimezone(UTC)})
    there = [_project(api, row, is_open=True) for row in rows if _is_new(row, since)]
    return [one for one in there if (one.record.name, one.record.customer_id) == (wanted.name, wanted.customer_id)]


def _is_new(row: Row, since: datetime) -> bool:
    registered = mapping.optional_instant(row, "DateRegistered")
    return registered is None or registered >= since


def _project_members(wanted: ProjectRecord, fields: tuple[str, ...]) -> dict[str, Any]:
    members: dict[str, Any] = {
        "name": ("Name", wanted.name),
        "customer_id": ("CustomerId", int(wanted.customer_id) if wanted.customer_id else None),
        "start_date": ("DateStart", _noon(wanted.start_date)),
        "end_date": ("DateStop", _noon(wanted.end_date)),
    }
    return dict(members[name] for name in fields if name in members)


def _noon(day: date | None) -> datetime | None:
    return None if day is None else noon(day)


def _read_back(api: OfficeApi, external_id: str, wanted: ProjectRecord) -> Stands[ProjectRecord]:
    """It is saved; what cannot be read now is told by the next reading."""
    try:
        stands = read_project(api, external_id)
    except ProviderError:
        stands = None
    return stands or Stands(record=wanted, url=api.link("project", external_id))


# --- Tasks ------------------------------------------------------------------------------------------------------------


def read_task(api: OfficeApi, external_id: str) -> Stands[TaskRecord] | None:
    parts = tasks.parts_of(external_id)
    if parts is None:
        return None
    found = [one for one in _tasks_of(api, parts[0]) if one.external_id == external_id]
    return found[0] if found else None


def _tasks_of(api: OfficeApi, project_id: str) -> list[Stands[TaskRecord]]:
    closed = tasks.closed_states(api)
    rows = tasks.rows_of(api, project_id)
    return [
        Stands(record=tasks.task_record(row, closed), whole=row, url=api.link("project", project_id)) for row in rows
    ]


def update_task(api: OfficeApi, there: Stands[TaskRecord], wanted: TaskRecord) -> Stands[TaskRecord]:
    body = {**as_row(there.whole), **_task_members(api, wanted, differing(there.record, wanted))}
    for name in _READ_ONLY:
        body.pop(name, None)
    _saved(api, "SaveProjectTask", task=body)
    return _task_read_back(api, there.external_id, msgspec.structs.replace(wanted, number=there.record.number))


def create_task(api: OfficeApi, wanted: TaskRecord, _reference: str) -> Stands[TaskRecord]:
    """Both dates are demanded: those of the project, else from today for a year."""
    start, stop = _span(api, wanted.project_id)
    body: dict[str, Any] = {
        "Project": int(wanted.project_id),
        "DateStart": noon(start),
        "DateStop": noon(stop),
        "Status": None,  # nil, and must be there [spec]
        **_task_members(api, wanted, ("name", "work_type_id", "member_ids", *(("done",) if wanted.done else ()))),
    }
    own = str(_saved(api, "SaveProjectTask", task=body))
    external_id = tasks.task_id(wanted.project_id, own)
    return _task_read_back(api, external_id, msgspec.structs.replace(wanted, external_id=external_id, number=own))


def found_tasks(api: OfficeApi, wanted: TaskRecord, _reference: str, _since: datetime) -> list[Stands[TaskRecord]]:
    """A task does not say when it was made: all of its name on the project."""
    return [one for one in _tasks_of(api, wanted.project_id) if one.record.name == wanted.name]


def _span(api: OfficeApi, project_id: str) -> tuple[date, date]:
    row, _ = project_state(api, project_id)
    project = mapping.project_record(row, archived=False) if row is not None else None
    start = (project.start_date if project else None) or local_day(api.now())
    stop = project.end_date if project else None
    return start, stop if stop is not None and stop >= start else start + _YEAR


def _task_members(api: OfficeApi, wanted: TaskRecord, fields: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "name" in fields:
        found["Name"] = wanted.name
    if "work_type_id" in fields:
        found["WorkTypeId"] = int(wanted.work_type_id) if wanted.work_type_id else None
    if "member_ids" in fields:
        found["Participants"] = mapping.numbers(wanted.member_ids)
    if "done" in fields:
        found["Status"] = _state(api, is_done=wanted.done)
    return found


def _state(api: OfficeApi, *, is_done: bool) -> int:
    """The company's own states, in their order: the first that fits."""
    fitting = [key for key, is_open in tasks.statuses(api).items() if is_open is not is_done]
    if not fitting:
        raise Refused(Problem(code="no_task_state", turn=Turn.ACCOUNTING))
    return fitting[0]


def _task_read_back(api: OfficeApi, external_id: str, wanted: TaskRecord) -> Stands[TaskRecord]:
    try:
        stands = read_task(api, external_id)
    except ProviderError:
        stands = None
    return stands or Stands(record=wanted, url=api.link("project", wanted.project_id))


# --- Both -------------------------------------------------------------------------------------------------------------


def _saved(api: OfficeApi, operation: str, **params: Any) -> int:
    """The id it has, or got. Raises Refused, Unclear, Temporary, LoginNeeded."""
    made = api.tell(operation, right="projects", **params)
    if not isinstance(made, int) or made <= 0:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=operation)
    return made


SAVES: tuple[Save[OfficeApi, Any], ...] = (
    Save(record=ProjectRecord, read=read_project, update=update_project, create=create_project, found=found_projects),
    Save(record=TaskRecord, read=read_task, update=update_task, create=create_task, found=found_tasks),
)
