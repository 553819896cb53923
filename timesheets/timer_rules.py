"""What holds for a timer, without a database: how its time falls on days, and when it was probably forgotten."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from busy.lib.durations import DAY
from timesheets import clock
from timesheets.timeline_moves import Place

# Less is a slip of the finger and is not saved.
SHORTEST = timedelta(minutes=1)
# Longer than this is asked about: nobody works so long without a break.
LONG = timedelta(hours=10)
# Longer than this is never saved without another stop being chosen.
LONGEST = timedelta(days=7)
# At this time, in minutes from midnight, a timer of the day before has run over night.
_NIGHT_ENDS = 4 * 60


def places_of(started: datetime, stopped: datetime, zone: str) -> tuple[Place, ...]:
    """The time between two instants as an entry per local day, in whole minutes; their sum is the real time.

    Both ends are the minutes that the clock showed. Times of day are left out where they cannot say the length: when an
    end lies in the second run of an hour that the night repeats (decision 6). A day of 25 hours can get 1500 minutes.
    """
    at, end = _whole(started), _whole(stopped)
    found = []
    while at < end:
        day = _local(at, zone).date()
        midnight = clock.instant_of(day + timedelta(days=1), 0, zone)
        until = min(end, midnight)
        found.append(_place(day, at, until, zone, ends_day=until == midnight))
        at = until
    return tuple(found)


def minutes_of(place: Place, zone: str) -> int:
    """Real minutes of one of these places."""
    if place.start is None or place.end is None:
        return place.minutes
    return clock.minutes_between(place.day, place.start, place.end, zone)


def was_forgotten(started: datetime, now: datetime, zone: str) -> bool:
    """Whether the timer has run for more than ten hours, or over night."""
    if now - started > LONG:
        return True
    local = _local(now, zone)
    return _local(started, zone).date() < local.date() and clock.minute_of(local.time()) >= _NIGHT_ENDS


def likely_stop(started: datetime, now: datetime, day_minutes: int, zone: str) -> datetime:
    """When a forgotten timer should probably have stopped: after a normal working day, on the day it began."""
    midnight = clock.instant_of(_local(started, zone).date() + timedelta(days=1), 0, zone)
    return min(started + timedelta(minutes=day_minutes), midnight, now)


def elapsed_minutes(started: datetime, until: datetime) -> int:
    """Whole minutes between what the clock showed at both."""
    return max(0, int((_whole(until) - _whole(started)).total_seconds()) // 60)


def _place(day: date, at: datetime, until: datetime, zone: str, *, ends_day: bool) -> Place:
    minutes = int((until - at).total_seconds()) // 60
    start = clock.minute_of(_local(at, zone).time())
    end = DAY if ends_day else clock.minute_of(_local(until, zone).time())
    if start < end and clock.minutes_between(day, start, end, zone) == minutes:
        return Place(day=day, start=start, end=end)
    return Place(day=day, minutes=minutes)


def _whole(instant: datetime) -> datetime:
    # The offsets of the zones are whole minutes, so a minute of UTC is a minute of the local clock.
    return instant.replace(second=0, microsecond=0)


def _local(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone))
