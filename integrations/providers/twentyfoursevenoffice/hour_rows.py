"""Our minutes to their hours and back, and one row of the timesheet. Pure: no clock, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.kernel.errors import MappingError
from integrations.kernel.parse import Row, decimal, identifier, optional_decimal, optional_identifier, optional_text
from integrations.kernel.payloads import HoursPayload, StandingHours
from integrations.providers.twentyfoursevenoffice.reconstructed import (
    clock_of,
    hour_state,
    invoiced_minutes,
    is_frozen,
    local_day,
)
from integrations.providers.twentyfoursevenoffice.tasks import parts_of, task_id

MARK = "busy:"  # InternalNote begins a line with it: `busy:<reference>`
_FINEST = Decimal("0.0001")  # hours; two would give the minutes back as well, four keep a sum of thirds near its hours


def hours_of(minutes: int) -> Decimal:
    """Decimal hours: 450 is 7.5, 20 is 0.3333."""
    hours = (Decimal(minutes) / 60).quantize(_FINEST, ROUND_HALF_UP)
    return hours.quantize(Decimal(1)) if hours == hours.to_integral_value() else hours.normalize()


def minutes_of(hours: Decimal) -> int:
    return int((hours * 60).quantize(Decimal(1), ROUND_HALF_UP))


def mark_of(reference: str) -> str:
    return f"{MARK}{reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the timesheet. `whole` is all of it, so that nothing is lost when it is saved again."""

    external_id: str
    contact_id: str
    project_id: str | None
    work_type_id: str
    task: str = ""  # the number of its task on the project; "" for none
    day: date
    minutes: int
    invoiced: int | None = None  # minutes
    comment: str = ""
    marks: tuple[str, ...] = ()  # of ours, in its internal note
    is_frozen: bool = False
    order_id: str = ""  # of the order it was invoiced with
    whole: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def is_at(self, payload: HoursPayload) -> bool:
        """Whether it stands at the payload's cell; without a project only an entry without one does."""
        mine = (self.contact_id, self.project_id, self.work_type_id, self.task, self.day)
        wanted = (payload.employee_id, payload.project_id, payload.work_type_id, task_of(payload), payload.day)
        return mine == wanted

    def is_of(self, payload: HoursPayload) -> bool:
        """Whether it carries this cell's mark."""
        return mark_of(payload.reference) in self.marks


def entry(row: Row) -> Entry:
    start = row.get("StartTime")
    if not isinstance(start, datetime):
        raise MappingError("StartTime", "time")
    invoiced = optional_decimal(row, "TotalHoursInvoice")
    note = optional_text(row, "InternalNote")
    return Entry(
        external_id=identifier(row, "Id"),
        contact_id=optional_identifier(row, "ContactId"),
        project_id=optional_identifier(row, "ProjectId") or None,
        work_type_id=optional_identifier(row, "TypeOfWorkId"),
        task=_task(row),
        day=local_day(start),
        minutes=minutes_of(decimal(row, "TotalHours")),
        invoiced=None if invoiced is None else minutes_of(invoiced),
        comment=optional_text(row, "Description"),
        marks=tuple(line.strip() for line in note.splitlines() if line.strip().startswith(MARK)),
        is_frozen=is_frozen(row),
        order_id="" if row.get("OrderId") == 0 else optional_identifier(row, "OrderId"),
        whole=row,
    )


def _task(row: Row) -> str:
    """0 stands for none [inferred]: the number is no nullable one."""
    number = optional_identifier(row, "ProjectTaskId")
    return "" if number == "0" else number


def task_of(payload: HoursPayload) -> str:
    """The number of the payload's task on its project, by which hours name it; "" for none."""
    parts = parts_of(payload.task_id or "")
    return parts[1] if parts else ""


def standing(found: Entry) -> StandingHours:
    return StandingHours(
        external_id=found.external_id,
        employee_id=found.contact_id,
        project_id=found.project_id,
        work_type_id=found.work_type_id,
        task_id=task_id(found.project_id, found.task) if found.project_id and found.task else None,
        day=found.day,
        minutes=found.minutes,
        locked=found.is_frozen or bool(found.order_id),
        comment=found.comment,
    )


def is_as_wanted(payload: HoursPayload, there: Entry, *, is_invoiceable: bool) -> bool:
    """Whether nothing has to be written."""
    return (
        there.is_at(payload)
        and there.minutes == payload.minutes
        and there.comment == payload.comment.strip()
        and (there.invoiced or 0) == _invoiced(payload, there, is_invoiceable=is_invoiceable)
    )


def new_row(payload: HoursPayload, *, is_invoiceable: bool) -> dict[str, Any]:
    """An Hour as SaveHour takes it, without an id: a new one."""
    start, stop = clock_of(payload.day, payload.minutes)
    row: dict[str, Any] = {
        "TypeOfWorkId": int(payload.work_type_id),
        "StartTime": start,
        "StopTime": stop,
        "TotalHours": hours_of(payload.minutes),
        "TotalHoursInvoice": hours_of(_invoiced(payload, None, is_invoiceable=is_invoiceable)),
        "ContactId": int(payload.employee_id),
        "Description": payload.comment.strip(),
        "InternalNote": mark_of(payload.reference),
        **hour_state(),
    }
    if payload.project_id is not None:
        row["ProjectId"] = int(payload.project_id)
    if task := task_of(payload):
        row["ProjectTaskId"] = int(task)
    return row


def changed_row(payload: HoursPayload, there: Entry, *, is_invoiceable: bool) -> dict[str, Any]:
    """The whole row that stands there, with ours in it: what absent members would do is not documented. Notes that
    people wrote beside our mark stay."""
    fresh = new_row(payload, is_invoiceable=is_invoiceable)
    fresh["TotalHoursInvoice"] = hours_of(_invoiced(payload, there, is_invoiceable=is_invoiceable))
    kept = optional_text(there.whole, "InternalNote")
    if there.is_of(payload):
        fresh["InternalNote"] = kept
    elif kept:
        fresh["InternalNote"] = f"{mark_of(payload.reference)}\n{kept}"
    if there.whole.get("Locked") or there.whole.get("Approved"):
        fresh.pop("NeedApproval", None)
    row = {**there.whole, **fresh, "Id": int(there.external_id)}
    if payload.project_id is None:
        row["ProjectId"] = None
    if not task_of(payload):
        row["ProjectTaskId"] = None
    row.pop("OrderId", None)  # read only [spec]
    return row


def _invoiced(payload: HoursPayload, there: Entry | None, *, is_invoiceable: bool) -> int:
    """What somebody set lower there stays, up to the new hours, unless Busy knows what is billable."""
    wanted = invoiced_minutes(payload.minutes, payload.billable_minutes, is_invoiceable=is_invoiceable)
    if payload.billable_minutes is not None or there is None or there.invoiced is None:
        return wanted
    return payload.minutes if there.invoiced == there.minutes else min(there.invoiced, payload.minutes)
