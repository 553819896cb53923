"""Our minutes to their quantities and back, and one line of a project journal or posted from one. Pure: no clock, no
network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.kernel.errors import MappingError
from integrations.kernel.parse import Row, flag, identifier, optional_day, optional_decimal, optional_text
from integrations.kernel.payloads import HoursPayload, StandingHours
from integrations.providers.uniconta.reconstructed import in_journal, is_frozen

OURS = "Busy "  # references of Busy begin so, and no others
POSTED = "posted:"  # before the id of a line that was posted, which is no line of a journal any more
_FINEST = Decimal("0.0001")  # hours; two decimals there would give the minutes back as well


def hours_of(minutes: int) -> Decimal:
    """Decimal hours: 450 is 7.5, 20 is 0.3333; below nothing when posted hours are taken back."""
    hours = (Decimal(minutes) / 60).quantize(_FINEST, ROUND_HALF_UP)
    return hours.quantize(Decimal(1)) if hours == hours.to_integral_value() else hours.normalize()


def minutes_of(hours: Decimal) -> int:
    return int((hours * 60).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line. `whole` is all of it, so that nothing is lost when it is written back."""

    external_id: str
    employee_id: str
    project_id: str
    category_id: str
    day: date
    minutes: int
    comment: str = ""
    reference: str = ""
    is_invoiceable: bool = False
    is_frozen: bool = False
    is_posted: bool = False
    whole: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def is_at(self, payload: HoursPayload) -> bool:
        mine = (self.employee_id, self.project_id, self.category_id, self.day)
        return mine == (payload.employee_id, payload.project_id or "", payload.work_type_id, payload.day)

    def is_of(self, payload: HoursPayload) -> bool:
        return self.reference == payload.reference


def entry(row: Row, *, is_posted: bool = False) -> Entry:
    day = optional_day(row, "Date")
    if day is None:
        raise MappingError("Date", "date")
    row_id = identifier(row, "RowId")
    return Entry(
        external_id=f"{POSTED}{row_id}" if is_posted else row_id,
        employee_id=optional_text(row, "Employee"),
        project_id=optional_text(row, "Project"),
        category_id=optional_text(row, "PayrollCategory"),
        day=day,
        minutes=minutes_of(optional_decimal(row, "Qty") or Decimal(0)),
        comment=optional_text(row, "Text"),
        reference=optional_text(row, "ReferenceNumber"),
        is_invoiceable=flag(row, "Invoiceable", default=False),
        is_frozen=is_posted or is_frozen(row),
        is_posted=is_posted,
        whole=row,
    )


def posted(row: Row) -> Entry:
    return entry(row, is_posted=True)


def line_body(
    payload: HoursPayload, category: Row, journal: str, *, minutes: int, is_invoiceable: bool
) -> dict[str, Any]:
    """A new line. Project category, item and unit are the payroll category's, as Uniconta's own time sheets set
    them [spec: the official client]; nothing is sent as null."""
    body = {
        **in_journal(journal),
        "Date": f"{payload.day.isoformat()}T00:00:00",
        "Employee": payload.employee_id,
        "Project": payload.project_id,
        "PayrollCategory": payload.work_type_id,
        "PrCategory": optional_text(category, "PrCategory"),
        "Item": optional_text(category, "Item"),
        "Unit": optional_text(category, "Unit"),
        "ReferenceNumber": payload.reference,
    }
    sent = {name: value for name, value in body.items() if value not in (None, "")}
    return sent | {"Text": payload.comment.strip(), "Qty": hours_of(minutes), "Invoiceable": is_invoiceable}


def changed_line(
    payload: HoursPayload, category: Row, there: Entry, *, minutes: int, is_invoiceable: bool
) -> dict[str, Any]:
    """The whole line that stands there with ours in it; its journal stays."""
    fresh = line_body(payload, category, "", minutes=minutes, is_invoiceable=is_invoiceable)
    return {**there.whole, **fresh}


def standing(found: list[Entry]) -> StandingHours:
    """The lines of one reference at one cell: what was posted, and what corrects it."""
    first = found[0]
    return StandingHours(
        external_id=first.external_id,
        employee_id=first.employee_id,
        project_id=first.project_id or None,
        work_type_id=first.category_id,
        day=first.day,
        minutes=sum(one.minutes for one in found),
        locked=all(one.is_frozen for one in found),
        comment=first.comment,
    )
