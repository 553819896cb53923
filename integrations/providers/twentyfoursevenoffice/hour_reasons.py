"""Why hours were refused: the service's faults are sentences without codes, so its conditions are asked one by one,
most telling first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from integrations.kernel.errors import (
    Code,
    Cure,
    CureAct,
    CurePage,
    Param,
    Problem,
    ProviderError,
    RecordRef,
    Refused,
    Turn,
)
from integrations.kernel.parse import Row, identifier, optional_text
from integrations.kernel.payloads import HoursPayload
from integrations.providers.twentyfoursevenoffice import mapping, tasks
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.checks import project_state, user_of
from integrations.providers.twentyfoursevenoffice.hour_rows import Entry, task_of

RIGHT = "hours"  # of ProviderFacts.permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One cell, and the entry it is about."""

    api: OfficeApi
    payload: HoursPayload
    entry_id: str = ""

    def problem(self, code: str, turn: Turn, *, cure: Cure | None = None, **params: Param) -> Problem:
        told: dict[str, Param] = {"day": self.payload.day.isoformat(), **params}
        record = RecordRef(what="hours", external_id=self.entry_id)
        return Problem(code=code, params=told, record=record, turn=turn, cure=cure or Cure(page=CurePage.WEEK))

    @property
    def there(self) -> Cure:
        return Cure(page=CurePage.WEEK, url=self.api.link("project", self.payload.project_id or ""))


def explained(situation: Situation, refusal: Refused) -> Refused:
    """The condition that was found, with the service's own words beside it; else those words alone."""
    message = refusal.problem.params.get("message", "")
    for condition in (_project, _task, _employee, _work_type):
        try:
            problem = condition(situation)
        except ProviderError:
            continue  # a condition that cannot be asked just now explains nothing
        if problem is not None:
            return Refused(replace(problem, params={**problem.params, "message": message}))
    if refusal.problem.code == Code.RIGHTS_MISSING:
        return refusal
    told = situation.problem(str(refusal.problem.code), Turn.ACCOUNTING)
    return Refused(replace(told, params={**refusal.problem.params, **told.params}))


def frozen(situation: Situation, there: Entry) -> Problem:
    """Somebody there locked, approved or invoiced the entry."""
    if there.order_id:
        return situation.problem(Code.HOURS_INVOICED, Turn.ACCOUNTING, number=there.order_id)
    return situation.problem(Code.HOURS_LOCKED, Turn.ACCOUNTING)


def conflict(situation: Situation, theirs: list[Entry]) -> Problem:
    """Hours that Busy did not send (R92)."""
    first = theirs[0]
    return situation.problem(
        Code.HOURS_CONFLICT,
        Turn.ADMINISTRATOR,
        cure=Cure(page=CurePage.WEEK, act=CureAct.OVERWRITE),
        minutes=sum(found.minutes for found in theirs),
        wanted=situation.payload.minutes,
        number=first.external_id,
        comment=first.comment[:200],
    )


def several(situation: Situation, found: list[Entry]) -> Problem:
    ids = [one.external_id for one in found]
    return situation.problem(Code.FOUND_TWICE, Turn.ACCOUNTING, ids=ids)


def _project(situation: Situation) -> Problem | None:
    external_id = situation.payload.project_id
    if external_id is None:
        return None
    row, is_open = project_state(situation.api, external_id)
    if row is None:
        return situation.problem(Code.PROJECT_MISSING, Turn.AUTHOR)
    name = optional_text(row, "Name")
    if not is_open:
        return situation.problem(
            Code.PROJECT_CLOSED, Turn.ACCOUNTING, cure=situation.there, name=name, number=external_id
        )
    if mapping.takes_tasks_only(row) and not task_of(situation.payload):
        return situation.problem("task_needed", Turn.ACCOUNTING, cure=situation.there, name=name, number=external_id)
    return None


def _task(situation: Situation) -> Problem | None:
    wanted, project = situation.payload.task_id, situation.payload.project_id
    if wanted is None or project is None:
        return None
    if any(one.external_id == wanted for one in tasks.records_of(situation.api, project)):
        return None
    return situation.problem("task_missing", Turn.AUTHOR)


def _employee(situation: Situation) -> Problem | None:
    if user_of(situation.api, situation.payload.employee_id) is None:
        return situation.problem(Code.EMPLOYEE_UNKNOWN, Turn.ADMINISTRATOR, cure=Cure(page=CurePage.USER))
    return None


def _work_type(situation: Situation) -> Problem | None:
    wanted = situation.payload.work_type_id
    found = work_type_of(situation.api, wanted)
    if found is None:
        closed = situation.api.rows("GetWorkTypeList", right="work_types", Wts={"Active": "False"})
        if not any(identifier(row, "Id") == wanted for row in closed):
            return situation.problem(Code.ACTIVITY_MISSING, Turn.AUTHOR)
        return situation.problem(Code.ACTIVITY_NOT_USABLE, Turn.ACCOUNTING, cure=situation.there)
    if situation.payload.project_id is None:
        return None
    (project,) = mapping.numbers([situation.payload.project_id])["int"]
    allowed = situation.api.rows("GetWorkTypeList", right="work_types", Wts={"ProjectId": project})
    if any(identifier(row, "Id") == wanted for row in allowed):
        return None
    return situation.problem(Code.ACTIVITY_NOT_USABLE, Turn.ACCOUNTING, cure=situation.there)


def work_type_of(api: OfficeApi, external_id: str) -> Row | None:
    """The active work type; the list is asked for once in a conversation."""
    if "work_types" not in api.known:
        api.known["work_types"] = api.rows("GetWorkTypeList", right="work_types", Wts={"Active": "True"})
    found: list[Row] = api.known["work_types"]
    return next((row for row in found if identifier(row, "Id") == external_id), None)
