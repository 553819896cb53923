"""What no document says for certain, each doubt in one place; who first connects a live company should look here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from integrations.providers.twentyfoursevenoffice.facts import OSLO

_BEGINS = time(8)  # of hours without clock times
_WHOLE_DAY = 24 * 60  # minutes


def hour_state() -> Mapping[str, Any]:
    """How hours arrive: registered, and in no need of approval there.

    The page that says which `Locked`, `Approved` and `NeedApproval` give which state could not be read; it warns that
    some of them are shown on no list. Without the first two the entry stays open, so that Busy can change and remove
    what it sent, and whoever locks or approves it there freezes it [inferred].
    """
    return {"NeedApproval": False}


def clock_of(day: date, minutes: int) -> tuple[datetime, datetime]:
    """`StartTime` and `StopTime` for a total without clock times: from eight in the morning, or as much earlier as the
    day needs; within the day also when the clock is changed. They need not make the total [spec, sample]."""
    begins = datetime.combine(day, _BEGINS, OSLO)
    latest = datetime.combine(day + timedelta(days=1), time(), OSLO).astimezone(UTC) - timedelta(minutes=1)
    if minutes > _WHOLE_DAY - _BEGINS.hour * 60 - 1:
        begins = datetime.combine(day, time(), OSLO)
    start = begins.astimezone(UTC)
    return start, min(start + timedelta(minutes=minutes), latest)


def day_bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """The search for hours from the first to the last day: times in UTC, whole minutes [spec]. Whether a search takes
    what begins or what lies within is not said, so rows are looked at again."""
    start = datetime.combine(first, time(), OSLO).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), OSLO).astimezone(UTC)
    return start, end


def local_day(instant: datetime) -> date:
    """The day of an instant there: services give UTC [spec], and people there live in Nordic time [inferred]."""
    return instant.astimezone(OSLO).date()


def noon(day: date) -> datetime:
    """A day where an instant is asked for: noon in UTC is that day in all Nordic countries [inferred]."""
    return datetime.combine(day, time(12), UTC)


# "Everything": before any company there; a list with this bound is the whole list [client].
SINCE_EVER = datetime(2000, 1, 1, tzinfo=UTC)
# `RegisteredAfter` of orders must be given, also when it shall not narrow anything [spec WSDL, inferred].
UNBOUND = datetime(1901, 1, 1, tzinfo=UTC)
# "Not set" for a whole number, sent where an older description demands the member [spec].
ANY_NUMBER = -2147483648

OVERLAP = timedelta(minutes=10)  # clocks differ, and a change is stamped before it is committed


def is_customer(kind: str) -> bool:
    """Which companies can be invoiced: not leads, and not those that are suppliers only [inferred from `Type`]."""
    return kind in ("Consumer", "Business")


def is_product_active(status: int | None) -> bool:
    """`StatusId`: 1 active, 0 expired [spec]; others are not described."""
    return status != 0


def invoiced_minutes(minutes: int, billable: int | None, *, is_invoiceable: bool) -> int:
    """`TotalHoursInvoice`, which the service does not fill in by itself [inferred]: as its own page does, from what the
    work type says, unless Busy knows."""
    if billable is not None:
        return billable
    return minutes if is_invoiceable else 0


def is_frozen(row: Mapping[str, Any]) -> bool:
    """Whether somebody there locked or approved the hours. Whether the service refuses a change then is not said; Busy
    does not try."""
    return row.get("Locked") == "True" or row.get("Approved") == "True"
