"""Why Tripletex refused hours: its conditions asked one by one, most telling first.

Its texts follow the language of the key's user and its error shapes for most of these are not documented, so a refusal
is explained by what stands there: the entry, the month, the project, the employee and the activity (help centre,
article 497).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

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
from integrations.kernel.parse import Row, flag, identifier, optional_day, optional_part, optional_text, rows
from integrations.kernel.payloads import HoursPayload
from integrations.providers.tripletex.api import Params, TripletexApi
from integrations.providers.tripletex.hour_rows import ENTRY_FIELDS, Entry, called, closed_until, entry
from integrations.providers.tripletex.mapping import is_active_employee

RIGHT = "hours"  # of ProviderFacts.permissions
_PROJECT_FIELDS = (
    "id,number,name,isClosed,startDate,endDate,forParticipantsOnly,participants(employee(id)),"
    "generalProjectActivitiesPerProjectOnly,projectActivities(activity(id),isClosed,startDate,endDate)"
)
# Modules and packages that hold time tracking [inferred from their names]; others may come, so that none of them is
# there is taken as a reason only after a 403.
_WITH_HOURS = frozenset(
    {"TIME_TRACKING", "SMART_TIME_TRACKING", "SMART", "SMART_PROJECT", "PROJECT", "KOMPLETT", "PRO", "VVS", "ELECTRO"}
)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What stands at Tripletex around one cell; each part is asked for once, when it is needed."""

    api: TripletexApi
    payload: HoursPayload
    entry_id: str = ""

    @cached_property
    def entry(self) -> Entry | None:
        row = (
            self.api.get_one(f"/timesheet/entry/{self.entry_id}", ENTRY_FIELDS, right=RIGHT) if self.entry_id else None
        )
        return entry(row) if row is not None else None

    @cached_property
    def project(self) -> Row | None:
        return self.api.get_one(f"/project/{self.payload.project_id}", _PROJECT_FIELDS, right="projects")

    @cached_property
    def employee(self) -> Row | None:
        fields = "id,firstName,lastName,allowInformationRegistration"
        return self.api.get_one(f"/employee/{self.payload.employee_id}", fields, right="employees")

    @cached_property
    def activity(self) -> Row | None:
        fields = "id,number,name,isDisabled,isProjectActivity"
        return self.api.get_one(f"/activity/{self.payload.work_type_id}", fields, right="activities")

    @cached_property
    def month(self) -> Row | None:
        """The employee's month."""
        params: Params = {
            "employeeIds": self.payload.employee_id,
            "monthYear": f"{self.payload.day:%Y-%m}",
            "fields": "id,employee(id),completed,approved,approvedUntilDate",
        }
        found = rows(self.api.get_list("/timesheet/month/byMonthNumber", params, right=RIGHT), "values")
        return found[0] if found else None

    @property
    def is_participant(self) -> bool:
        people = rows(self.project or {}, "participants") if (self.project or {}).get("participants") else []
        return any(_linked(row, "employee") == self.payload.employee_id for row in people)

    @property
    def link(self) -> Row | None:
        """The project's link to the activity."""
        links = rows(self.project, "projectActivities") if (self.project or {}).get("projectActivities") else []
        return next((row for row in links if _linked(row, "activity") == self.payload.work_type_id), None)

    @property
    def names(self) -> dict[str, Param]:
        """Only of what was asked for already: naming things is not worth a request."""
        known = self.__dict__
        there: Entry | None = known.get("entry")
        found = {
            "employee": _person(known.get("employee") or {}) or (there.employee if there else ""),
            "project": called(known.get("project") or {}) or (there.project if there else ""),
            "activity": called(known.get("activity") or {}) or (there.activity if there else ""),
        }
        return {**found, "name": found["project"], "day": self.payload.day.isoformat()}


def explained(situation: Situation, refusal: Refused, problem: Problem | None) -> Refused:
    """The refusal for a person: the condition that was found, else the provider's own words."""
    if problem is not None:
        message = refusal.problem.params.get("message", "")
        return Refused(replace(problem, params={**problem.params, "message": message}))
    told = refusal.problem
    code = Code.HOURS_LOCKED if told.code == Code.PERIOD_LOCKED else told.code
    cure = told.cure if told.code == Code.RIGHTS_MISSING else Cure(page=CurePage.WEEK)
    return Refused(replace(told, code=code, cure=cure, params={**situation.names, **told.params}))


def unreadable(situation: Situation, problem: Problem) -> Refused:
    """Hours may not even be read: the module is off, or the key lacks the right."""
    return Refused(_asked(module_missing, situation) or problem)


def reason(situation: Situation, refusal: Refused) -> Problem | None:
    """What certainly keeps these hours from being written, most telling first."""
    conditions = [_locked, _project, _employee, _activity, _month, _comment]
    if refusal.problem.code == Code.RIGHTS_MISSING:
        conditions.insert(0, module_missing)
    for condition in conditions:
        if (problem := _asked(condition, situation)) is not None:
            return problem
    return None


def _asked(condition: Callable[[Situation], Problem | None], situation: Situation) -> Problem | None:
    """A condition that cannot be asked just now explains nothing; the refusal itself is still told."""
    try:
        return condition(situation)
    except ProviderError:
        return None


def locked(situation: Situation, there: Entry) -> Problem:
    """Why an entry that cannot be changed is locked; the month, when that is closed, since there lies the cure."""
    if there.invoice_id:
        return _problem(situation, Code.HOURS_INVOICED, Turn.ACCOUNTING, number=there.invoice_id, there=there)
    return _asked(_month, situation) or _problem(situation, Code.HOURS_LOCKED, Turn.ACCOUNTING, there=there)


def conflict(situation: Situation, theirs: list[Entry]) -> Problem:
    """Hours that Busy did not send (R92)."""
    first = theirs[0]
    return _problem(
        situation,
        Code.HOURS_CONFLICT,
        Turn.ADMINISTRATOR,
        cure=Cure(page=CurePage.WEEK, act=CureAct.OVERWRITE),
        there=first,
        minutes=sum(found.minutes for found in theirs),
        wanted=situation.payload.minutes,
        number=first.external_id,
        comment=first.comment[:200],
    )


def not_participant(situation: Situation) -> Problem:
    return _problem(situation, Code.NOT_PARTICIPANT, Turn.ACCOUNTING, cure=_project_page(situation))


def activity_not_usable(situation: Situation) -> Problem:
    return _problem(situation, Code.ACTIVITY_NOT_USABLE, Turn.ACCOUNTING, cure=_project_page(situation))


def _locked(situation: Situation) -> Problem | None:
    there = situation.entry
    return locked(situation, there) if there is not None and (there.is_locked or there.invoice_id) else None


def _project(situation: Situation) -> Problem | None:
    if situation.payload.project_id is None:
        return None
    project = situation.project
    if project is None:
        return _problem(situation, Code.PROJECT_MISSING, Turn.AUTHOR)
    if flag(project, "isClosed"):
        return _problem(situation, Code.PROJECT_CLOSED, Turn.ACCOUNTING, cure=_project_page(situation))
    start, end = optional_day(project, "startDate"), optional_day(project, "endDate")
    if not _within(project, situation):
        return _problem(
            situation,
            Code.OUTSIDE_PROJECT_DATES,
            Turn.ACCOUNTING,
            cure=_project_page(situation),
            start=start.isoformat() if start else "",
            end=end.isoformat() if end else "",
        )
    return None


def _employee(situation: Situation) -> Problem | None:
    if situation.employee is None:
        return _problem(situation, Code.EMPLOYEE_UNKNOWN, Turn.ADMINISTRATOR, cure=Cure(page=CurePage.USER))
    if not is_active_employee(situation.employee) or not _is_employed(situation):
        return _problem(situation, Code.EMPLOYEE_INACTIVE, Turn.ACCOUNTING)
    return None


def _is_employed(situation: Situation) -> bool:
    """Whether an employment covers the day; a person without any stands for one who needs none [inferred]."""
    params: Params = {"employeeId": situation.payload.employee_id, "count": 100, "fields": "id,startDate,endDate"}
    found = rows(situation.api.get_list("/employee/employment", params, right="employees"), "values")
    return not found or any(_within(row, situation) for row in found)


def _activity(situation: Situation) -> Problem | None:
    if situation.activity is None:
        return _problem(situation, Code.ACTIVITY_MISSING, Turn.AUTHOR)
    on_project = situation.payload.project_id is not None
    if flag(situation.activity, "isDisabled") or flag(situation.activity, "isProjectActivity") is not on_project:
        return activity_not_usable(situation)
    link = situation.link if on_project else None
    if link is not None and (flag(link, "isClosed", default=False) or not _within(link, situation)):
        return activity_not_usable(situation)
    return None


def _month(situation: Situation) -> Problem | None:
    day = situation.payload.day
    until = closed_until(situation.month or {}, day.replace(day=1))
    if until is None or day > until:
        return None
    return _problem(situation, Code.MONTH_CLOSED, Turn.ACCOUNTING, month=f"{day:%Y-%m}")


def _comment(situation: Situation) -> Problem | None:
    if situation.payload.comment.strip():
        return None
    field = "requireCommentsOnRegisteredHoursAllProjects"
    settings = situation.api.get_one("/timesheet/settings", field, right=RIGHT) or {}
    if not flag(settings, field, default=False):
        return None
    return _problem(situation, Code.COMMENT_REQUIRED, Turn.AUTHOR)


def module_missing(situation: Situation) -> Problem | None:
    """After a 403: whether the company has a module with hours at all. Raises ProviderError."""
    found = rows(situation.api.get_list("/company/salesmodules", {"fields": "name"}, right=RIGHT), "values")
    names = [optional_text(row, "name").upper() for row in found]
    if not names or not _WITH_HOURS.isdisjoint(names):
        return None
    return _problem(situation, Code.HOURS_NOT_ACTIVE, Turn.ADMINISTRATOR, cure=Cure(page=CurePage.CONNECTION))


def _problem(
    situation: Situation,
    code: Code,
    turn: Turn,
    *,
    cure: Cure | None = None,
    there: Entry | None = None,
    **params: Param,
) -> Problem:
    names = situation.names
    if there is not None:
        names |= {"employee": there.employee, "project": there.project, "name": there.project}
        names |= {"activity": there.activity}
    record = RecordRef(what="hours", external_id=there.external_id if there else situation.entry_id)
    return Problem(
        code=code, params={**names, **params}, record=record, turn=turn, cure=cure or Cure(page=CurePage.WEEK)
    )


def _project_page(situation: Situation) -> Cure:
    return Cure(page=CurePage.WEEK, url=situation.api.link("project", situation.payload.project_id or ""))


def _within(row: Row, situation: Situation) -> bool:
    """Whether the day lies between the row's dates; a missing one is open."""
    start, end = optional_day(row, "startDate"), optional_day(row, "endDate")
    return (start is None or start <= situation.payload.day) and (end is None or situation.payload.day <= end)


def _linked(row: Row, key: str) -> str:
    linked = optional_part(row, key)
    return identifier(linked, "id") if linked is not None else ""


def _person(row: Row) -> str:
    return f"{optional_text(row, 'firstName')} {optional_text(row, 'lastName')}".strip()
