"""Why hours were refused: Uniconta names one error of many at most, so the conditions are asked one by one, most
telling first."""

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
from integrations.kernel.parse import Row, optional_text
from integrations.kernel.payloads import HoursPayload
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.hour_rows import Entry
from integrations.providers.uniconta.reconstructed import is_in_use

RIGHT = "hours"  # of ProviderFacts.permissions
JOURNALS = "ProjectJournalClient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One cell, and the line it is about."""

    api: UnicontaApi
    payload: HoursPayload
    entry_id: str = ""

    def problem(self, code: str, turn: Turn, *, cure: Cure | None = None, **params: Param) -> Problem:
        told: dict[str, Param] = {"day": self.payload.day.isoformat(), **params}
        record = RecordRef(what="hours", external_id=self.entry_id)
        return Problem(code=code, params=told, record=record, turn=turn, cure=cure or Cure(page=CurePage.WEEK))

    @property
    def there(self) -> Cure:
        return Cure(page=CurePage.WEEK, url=self.api.link("project"))


def explained(situation: Situation, refusal: Refused) -> Refused:
    """The condition that was found, with Uniconta's own words beside it; else those words alone."""
    message = refusal.problem.params.get("message", "")
    for condition in (_journal, _project, _employee, _category):
        try:
            problem = condition(situation)
        except ProviderError:
            continue  # a condition that cannot be asked just now explains nothing
        if problem is not None:
            return Refused(replace(problem, params={**problem.params, "message": message}))
    if refusal.problem.code in (Code.RIGHTS_MISSING, Code.PERIOD_LOCKED):
        return refusal
    told = situation.problem(Code.VALIDATION, Turn.ACCOUNTING)
    return Refused(replace(told, params={**refusal.problem.params, **told.params}))


def conflict(situation: Situation, theirs: list[Entry], *, can_overwrite: bool) -> Problem:
    """Hours that Busy did not send (R92)."""
    first = theirs[0]
    return situation.problem(
        Code.HOURS_CONFLICT,
        Turn.ADMINISTRATOR if can_overwrite else Turn.ACCOUNTING,
        cure=Cure(page=CurePage.WEEK, act=CureAct.OVERWRITE) if can_overwrite else situation.there,
        minutes=sum(found.minutes for found in theirs),
        wanted=situation.payload.minutes,
        number=first.external_id,
        comment=first.comment[:200],
    )


def several(situation: Situation, found: list[Entry]) -> Problem:
    ids = [one.external_id for one in found]
    return situation.problem(Code.FOUND_TWICE, Turn.ACCOUNTING, ids=ids)


def journal_of(api: UnicontaApi) -> str:
    """The journal that the set-up chose, else the only one there is. Raises Refused with the way to the set-up."""
    chosen = api.answer("hour_journal")
    if "journals" not in api.known:
        rows = api.query(JOURNALS, "Journal", right=RIGHT)
        api.known["journals"] = [optional_text(row, "Journal") for row in rows if is_in_use(row)]
    found: list[str] = api.known["journals"]
    if chosen in found:
        return chosen
    if not chosen and len(found) == 1:
        return found[0]
    cure = Cure(page=CurePage.SET_UP)
    raise Refused(Problem(code="journal_wanted", params={"journal": chosen}, turn=Turn.ADMINISTRATOR, cure=cure))


def category_of(api: UnicontaApi, external_id: str) -> Row | None:
    """The payroll category; asked for once in a conversation."""
    categories: dict[str, Row | None] = api.known.setdefault("categories", {})
    if external_id not in categories:
        categories[external_id] = api.one("EmpPayrollCategoryClient", "Number", external_id, right=RIGHT)
    return categories[external_id]


def _journal(situation: Situation) -> Problem | None:
    situation.api.known.pop("journals", None)
    try:
        journal_of(situation.api)
    except Refused as refusal:
        return refusal.problem
    return None


def _project(situation: Situation) -> Problem | None:
    external_id = situation.payload.project_id or ""
    row = situation.api.one("ProjectClient", "Number", external_id, right=RIGHT)
    if row is None:
        return situation.problem(Code.PROJECT_MISSING, Turn.AUTHOR)
    if is_in_use(row):
        return None
    named: dict[str, Param] = {"name": optional_text(row, "Name"), "number": external_id}
    return situation.problem(Code.PROJECT_CLOSED, Turn.ACCOUNTING, cure=situation.there, **named)


def _employee(situation: Situation) -> Problem | None:
    row = situation.api.one("EmployeeClient", "Number", situation.payload.employee_id, right=RIGHT)
    if row is None:
        return situation.problem(Code.EMPLOYEE_UNKNOWN, Turn.ADMINISTRATOR, cure=Cure(page=CurePage.USER))
    if is_in_use(row):
        return None
    return situation.problem(Code.EMPLOYEE_INACTIVE, Turn.ACCOUNTING, cure=situation.there)


def _category(situation: Situation) -> Problem | None:
    situation.api.known.pop("categories", None)
    row = category_of(situation.api, situation.payload.work_type_id)
    if row is None:
        return situation.problem(Code.ACTIVITY_MISSING, Turn.AUTHOR)
    if not is_in_use(row):
        return situation.problem(Code.ACTIVITY_NOT_USABLE, Turn.ACCOUNTING, cure=situation.there)
    if not optional_text(row, "PrCategory"):
        named: dict[str, Param] = {"activity": optional_text(row, "Name")}
        return situation.problem("work_type_without_category", Turn.ACCOUNTING, cure=situation.there, **named)
    return None
