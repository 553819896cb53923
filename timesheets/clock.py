"""The clock of a workspace's local day: how long from one time to another, where the day loses or repeats an hour.

Times of day are whole minutes from midnight, 0 to 1440; 1440 is the midnight that ends the day. As a ``time`` in the
database that end is 00:00, which no other end can be. A duration goes through UTC, so that 01:30 to 03:30 is one hour
when the clock goes forward and three when it goes back. A time that occurs twice means its first occurrence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from busy.lib.durations import DAY

_TIME = r"(\d{1,2})(?:[:.](\d{2})|(\d{2}))?"
_FROM_TO = re.compile(rf"^{_TIME}\s*(?:[-–—]|to|til|till|til)\s*{_TIME}$", re.ASCII)


class NotATime(ValueError):
    """The text is no span of time as in 9-11.30."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The hour, mostly, that a day has not or has twice: from minute ``start`` to minute ``end`` of the local day.

    ``minutes`` is what the day has more (positive) or less (negative) than 24 hours.
    """

    start: int
    end: int
    minutes: int

    def skips(self, minute: int) -> bool:
        return self.minutes < 0 and self.start <= minute < self.end


@lru_cache(maxsize=4096)
def shift_of(day: date, zone: str) -> Shift | None:
    """How the day differs from 24 hours, None on nearly every day. ``zone`` is an IANA name."""
    first, last = _utc(day, 0, zone), _utc(day + timedelta(days=1), 0, zone)
    more = round((last - first).total_seconds() / 60) - DAY
    if not more:
        return None
    before = first.astimezone(ZoneInfo(zone)).utcoffset()
    low, high = first, last
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) // 2
        if middle.astimezone(ZoneInfo(zone)).utcoffset() == before:
            low = middle
        else:
            high = middle
    # The clock's reading, by the old offset, at the instant at which it is set.
    moment = (high.replace(second=0, microsecond=0) + (before or timedelta())).replace(tzinfo=None)
    at = round((moment - datetime.combine(day, time())).total_seconds() / 60)
    return Shift(at, at - more, more) if more < 0 else Shift(at - more, at, more)


def minutes_between(day: date, start: int, end: int, zone: str) -> int:
    """Real minutes from one time of the day to a later one; neither may be a time that the day has not."""
    return round((_utc(day, end, zone) - _utc(day, start, zone)).total_seconds() / 60)


def end_after(day: date, start: int, minutes: int, zone: str) -> int | None:
    """When so many real minutes from ``start`` are over.

    None when that is not on the same day, or in the second run of a repeated hour, which a time of day cannot say.
    """
    end = _utc(day, start, zone) + timedelta(minutes=minutes)
    midnight = _utc(day + timedelta(days=1), 0, zone)
    if end > midnight:
        return None
    minute = DAY if end == midnight else minute_of(end.astimezone(ZoneInfo(zone)).time())
    return minute if minutes_between(day, start, minute, zone) == minutes else None


def instant_of(day: date, minute: int, zone: str) -> datetime:
    """When it is so many minutes past the day's midnight, in UTC. A time the day has not is an hour later."""
    return _utc(day, minute, zone)


def minute_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def end_minute_of(clock: time) -> int:
    return minute_of(clock) or DAY


def time_of(minute: int) -> time:
    """As the database keeps it; the end of the day is 00:00."""
    return time(*divmod(minute % DAY, 60))


def written_time(minute: int) -> str:
    """``09:00``; the end of the day is ``24:00``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read_time(text: str) -> int:
    """Minutes from midnight for ``9``, ``09:30``, ``9.30``, ``0930``, ``24:00``. Raises NotATime."""
    match = re.fullmatch(_TIME, text.strip(), re.ASCII)
    if not match:
        raise NotATime(text)
    return _minute(match[1], match[2] or match[3])


def read_times(text: str) -> tuple[int, int]:
    """Start and end for ``9-11.30``; an end not after the start belongs to the next day. Raises NotATime."""
    match = _FROM_TO.fullmatch(re.sub(r"\s+", " ", text.strip().lower()))
    if not match:
        raise NotATime(text)
    return _minute(match[1], match[2] or match[3]) % DAY, _minute(match[4], match[5] or match[6]) or DAY


def _minute(hours: str, minutes: str | None) -> int:
    minute = int(hours) * 60 + int(minutes or 0)
    if int(minutes or 0) > 59 or minute > DAY:
        raise NotATime(f"{hours}:{minutes}")
    return minute


def _utc(day: date, minute: int, zone: str) -> datetime:
    days, rest = divmod(minute, DAY)
    local = datetime.combine(day + timedelta(days=days), time(*divmod(rest, 60)), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)
