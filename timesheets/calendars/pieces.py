"""An event laid on the days of a workspace: one piece for each local day that it touches. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from busy.lib.durations import DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """``start`` and ``end`` are minutes from the day's midnight, None for a whole day.

    ``key`` stays when the event is moved: it counts days from the event's own first.
    """

    key: str
    day: date
    start: int | None
    end: int | None


def timed(key: str, starts_at: datetime, ends_at: datetime, zone: str, first: date, last: date) -> Iterator[Piece]:
    """The pieces between the two days, both included. Seconds are cut off; what ends at midnight ends at 24:00."""
    begin, end = starts_at.astimezone(ZoneInfo(zone)), ends_at.astimezone(ZoneInfo(zone))
    day = max(begin.date(), first)
    while day <= min(end.date(), last):
        start = _minute(begin) if day == begin.date() else 0
        stop = _minute(end) if day == end.date() else DAY
        if stop <= start and day == begin.date() == end.date():
            # Within the hour that an autumn night repeats: by the clock it ends before it starts.
            stop = min(DAY, start + round((ends_at - starts_at).total_seconds() / 60))
        if stop > start:
            yield Piece(key=f"{key}.{(day - begin.date()).days}", day=day, start=start, end=stop)
        day += timedelta(days=1)


def whole_days(key: str, first_day: date, last_day: date, first: date, last: date) -> Iterator[Piece]:
    day = max(first_day, first)
    while day <= min(last_day, last):
        yield Piece(key=f"{key}.{(day - first_day).days}", day=day, start=None, end=None)
        day += timedelta(days=1)


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
