"""Reading tasks. There is no list of all of them, nor of what changed: one request for each project (R67).

That a task was changed may or may not change its project [inferred: not documented]. So a look asks for the projects
that changed, and for a few of the others in turn; a company with few projects is read whole each time. What a look
costs is bounded, since all companies share the requests of an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.kernel.connector import Cursor, Listing, Page, Pull
from integrations.kernel.errors import MappingError
from integrations.kernel.parse import Row, each, flag, identifier, optional_identifier, text
from integrations.kernel.records import TaskRecord
from integrations.providers.twentyfoursevenoffice import mapping
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.pulls import begun, ids_of, since_of

IN_TURN = 8  # projects that are looked at beside the changed ones
_PAGE = 20  # projects of a page of the complete reading
_SEPARATOR = "/"


def task_id(project_id: str, own_id: str) -> str:
    """A task is read through its project, so its id names both."""
    return f"{project_id}{_SEPARATOR}{own_id}"


def parts_of(external_id: str) -> tuple[str, str] | None:
    """Project and task; None for what is no such id."""
    project, separator, own = external_id.partition(_SEPARATOR)
    return (project, own) if separator and project.isdigit() and own.isdigit() else None


def task_record(row: Row, closed: frozenset[int]) -> TaskRecord:
    """``closed`` are the states in which a task is done."""
    project, own = identifier(row, "Project"), identifier(row, "Id")
    people = mapping.inner(row, "Participants", "int")
    if not all(isinstance(one, int) for one in people):
        raise MappingError("Participants", "numbers")
    return TaskRecord(
        external_id=task_id(project, own),
        number=own,
        name=text(row, "Name"),
        project_id=project,
        work_type_id=optional_identifier(row, "WorkTypeId") or None,
        member_ids=tuple(sorted(str(one) for one in people)),
        done=row.get("Status") in closed,
    )


def statuses(api: OfficeApi) -> dict[int, bool]:
    """The states of tasks, and whether each is one of work still to do; asked for once in a conversation."""
    if "statuses" not in api.known:
        rows = api.rows("GetProjectStatuses", right="projects")
        api.known["statuses"] = {int(identifier(row, "Id")): flag(row, "Active", default=True) for row in rows}
    found: dict[int, bool] = api.known["statuses"]
    return found


def closed_states(api: OfficeApi) -> frozenset[int]:
    return frozenset(key for key, is_open in statuses(api).items() if not is_open)


def rows_of(api: OfficeApi, project_id: str) -> list[Row]:
    return api.rows("GetProjectTasks", right="projects", projectId=int(project_id))


def records_of(api: OfficeApi, project_id: str) -> list[TaskRecord]:
    closed = closed_states(api)
    return each(rows_of(api, project_id), lambda row: task_record(row, closed), "GetProjectTasks")


def read_tasks(api: OfficeApi, cursor: Cursor | None) -> Iterator[Page[TaskRecord]]:
    """Tasks of the open projects; those of a closed one are out of reach with it."""
    began = api.now()
    opened = sorted(ids_of(api, "GetProjectNameList"), key=int)
    kept = cursor or {}
    if since_of(cursor) is not None:
        yield from _looked(api, kept, opened, begun(began))
        return
    after = int(str(kept.get("after", "0")))
    left = [one for one in opened if int(one) > after]
    pages = [left[start : start + _PAGE] for start in range(0, len(left), _PAGE)] or [[]]
    for number, part in enumerate(pages):
        is_last = number == len(pages) - 1
        yield Page(
            records=tuple(record for project in part for record in records_of(api, project)),
            listing=Listing.COMPLETE,
            cursor={**begun(began), "turn": "0"} if is_last else None,
            checkpoint={"after": part[-1]} if part else None,
        )


def _looked(api: OfficeApi, kept: Cursor, opened: list[str], cursor: dict[str, Any]) -> Iterator[Page[TaskRecord]]:
    """What changed, and who is next in turn."""
    search = {"ChangedAfter": since_of(kept)}
    changed = {identifier(row, "Id") for row in api.rows("GetProjectsDetailed", right="projects", Ps=search)}
    last = int(str(kept.get("turn", "0")))
    ring = [one for one in opened if int(one) > last] + [one for one in opened if int(one) <= last]
    in_turn = [one for one in ring if one not in changed][:IN_TURN]
    asked = [one for one in opened if one in changed or one in in_turn]
    records = [record for project in asked for record in records_of(api, project)]
    turn = in_turn[-1] if in_turn else str(last)
    listing = Listing.CHANGES if records else Listing.UNCHANGED
    yield Page(records=tuple(records), listing=listing, cursor={**cursor, "turn": turn})


TASKS: Pull[OfficeApi, Any] = Pull(record=TaskRecord, read=read_tasks)
