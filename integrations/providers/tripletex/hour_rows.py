"""Our minutes to Tripletex's hours and back, and one row of its timesheet. Pure: no clock, no network."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.kernel.parse import (
    Row,
    day,
    decimal,
    flag,
    identifier,
    optional_day,
    optional_decimal,
    optional_identifier,
    optional_part,
    optional_text,
    part,
    within,
)
from integrations.kernel.payloads import HoursPayload, StandingHours

ENTRY_FIELDS = (
    "id,version,date,hours,projectChargeableHours,comment,locked,invoice(id),"
    "employee(id,firstName,lastName),project(id,number,name),activity(id,number,name)"
)
STANDING_FIELDS = "id,version,date,hours,comment,locked,invoice(id),employee(id),project(id),activity(id)"

_FINEST = Decimal("0.0001")  # hours


def hours_of(minutes: int) -> Decimal:
    """Decimal hours: 450 is 7.5, 20 is 0.3333. `minutes_of` gives the minutes back, also of what was cut to a cent.

    How many decimals are kept is not documented; two are enough for that, four keep a sum of thirds near its hours.
    """
    hours = (Decimal(minutes) / 60).quantize(_FINEST, ROUND_HALF_UP)
    return hours.quantize(Decimal(1)) if hours == hours.to_integral_value() else hours.normalize()


def minutes_of(hours: Decimal) -> int:
    return int((hours * 60).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the timesheet, with what people there call the person, the project and the activity."""

    external_id: str
    version: str
    employee_id: str
    project_id: str | None
    activity_id: str
    day: date
    minutes: int
    chargeable: int | None = None  # minutes; None: Tripletex decides
    comment: str = ""
    is_locked: bool = False
    invoice_id: str = ""
    employee: str = ""
    project: str = ""
    activity: str = ""

    def is_at(self, payload: HoursPayload) -> bool:
        """Whether it stands at the payload's cell; without a project only an entry without one does."""
        mine = (self.employee_id, self.project_id, self.activity_id, self.day)
        return mine == (payload.employee_id, payload.project_id, payload.work_type_id, payload.day)


def entry(row: Row) -> Entry:
    invoice, project = optional_part(row, "invoice"), optional_part(row, "project")
    employee, activity = part(row, "employee"), part(row, "activity")
    chargeable = optional_decimal(row, "projectChargeableHours")
    return Entry(
        external_id=identifier(row, "id"),
        version=optional_identifier(row, "version"),
        employee_id=within("employee", lambda: identifier(employee, "id")),
        project_id=within("project", lambda: identifier(project, "id")) if project is not None else None,
        activity_id=within("activity", lambda: identifier(activity, "id")),
        day=day(row, "date"),
        minutes=minutes_of(decimal(row, "hours")),
        chargeable=None if chargeable is None else minutes_of(chargeable),
        comment=optional_text(row, "comment"),
        is_locked=flag(row, "locked", default=False),
        invoice_id=optional_identifier(invoice, "id") if invoice is not None else "",
        employee=f"{optional_text(employee, 'firstName')} {optional_text(employee, 'lastName')}".strip(),
        project=called(project or {}),
        activity=called(activity),
    )


def called(row: Row) -> str:
    """Number and name."""
    return f"{optional_identifier(row, 'number')} {optional_text(row, 'name')}".strip()


def standing(row: Row) -> StandingHours:
    found = entry(row)
    return StandingHours(
        external_id=found.external_id,
        employee_id=found.employee_id,
        project_id=found.project_id,
        work_type_id=found.activity_id,
        day=found.day,
        minutes=found.minutes,
        version=found.version,
        locked=found.is_locked or bool(found.invoice_id),
        comment=found.comment,
    )


def is_as_wanted(payload: HoursPayload, there: Entry) -> bool:
    """Whether nothing has to be written."""
    return (
        there.is_at(payload)
        and there.minutes == payload.minutes
        and there.comment == payload.comment.strip()
        and (payload.billable_minutes is None or there.chargeable == _billable(payload))
    )


def new_body(payload: HoursPayload) -> dict[str, Any]:
    """The body of POST /timesheet/entry. Never a clock time (R90); a `project` of null is left out [spec]."""
    body: dict[str, Any] = {
        "employee": {"id": int(payload.employee_id)},
        "activity": {"id": int(payload.work_type_id)},
        "date": payload.day.isoformat(),
        "hours": hours_of(payload.minutes),
        "comment": payload.comment.strip(),
    }
    if payload.project_id is not None:
        body["project"] = {"id": int(payload.project_id)}
    if (billable := _billable(payload)) is not None:
        body["projectChargeableHours"] = hours_of(billable)
    return body


def changed_body(payload: HoursPayload, there: Entry) -> dict[str, Any]:
    """The body of PUT /timesheet/entry/{id}: with the version, so that who read an older one is refused [spec]."""
    body = {**new_body(payload), "id": int(there.external_id), "version": int(there.version or 0)}
    if payload.project_id is None and there.project_id is not None:
        body["project"] = None  # what is present and null is cleared [spec]
    if "projectChargeableHours" not in body and (kept := _kept_chargeable(payload, there)) is not None:
        body["projectChargeableHours"] = hours_of(kept)
    return body


def _billable(payload: HoursPayload) -> int | None:
    """`projectChargeableHours` is about an activity on a project [spec]: without one there is nothing to say."""
    return None if payload.project_id is None else payload.billable_minutes


def _kept_chargeable(payload: HoursPayload, there: Entry) -> int | None:
    """What is left out of a PUT is kept [spec], so the chargeable part would stay at the old hours [inferred].

    Hours that were wholly chargeable stay so; what somebody set lower there stays, up to the new hours.
    """
    if payload.project_id is None or there.chargeable is None or not there.minutes:
        return None
    return payload.minutes if there.chargeable == there.minutes else min(there.chargeable, payload.minutes)


def closed_until(row: Row, month: date) -> date | None:
    """The last closed day of an employee's month, which begins on the day ``month``; None while it is open."""
    if flag(row, "approved", default=False) or flag(row, "completed", default=False):
        return end_of_month(month)
    until = optional_day(row, "approvedUntilDate")
    return min(until, end_of_month(month)) if until is not None and until >= month else None


def end_of_month(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])
