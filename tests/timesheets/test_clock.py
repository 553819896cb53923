"""Times of the workspace's day (P13): real minutes through both changes of clock, and what people type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from busy.lib.durations import DAY
from busy.lib.periods import local_date
from busy.workspaces.models import ZONES
from timesheets.clock import (
    NotATime,
    end_after,
    minute_of,
    minutes_between,
    read_time,
    read_times,
    shift_of,
    time_of,
    written_time,
)

NORDIC = [zone for zone, _label in ZONES]
YEARS = range(2024, 2031)


@cache
def days_of_change(zone: str) -> list[date]:
    days = [date(year, 1, 1) + timedelta(days=n) for year in YEARS for n in range(365)]
    return [day for day in days if shift_of(day, zone)]


def first_readings(day: date, zone: str) -> dict[int, int]:
    """Counted, minute by minute of the real day: how long after midnight a clock on the wall first says each minute."""
    tz = ZoneInfo(zone)
    instant = datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)
    midnight = day + timedelta(days=1)
    stop = datetime(midnight.year, midnight.month, midnight.day, tzinfo=tz).astimezone(UTC)
    readings: dict[int, int] = {}
    passed = 0
    while instant < stop:
        readings.setdefault(minute_of(instant.astimezone(tz).time()), passed)
        instant += timedelta(minutes=1)
        passed += 1
    readings[DAY] = passed
    return readings


@pytest.mark.parametrize("zone", NORDIC)
def test_every_nordic_zone_changes_twice_a_year_or_never(zone: str) -> None:
    found = days_of_change(zone)
    if zone == "Atlantic/Reykjavik":
        assert found == []
        return
    shifts = [(day.year, shift_of(day, zone)) for day in found]
    assert [(year, shift.minutes) for year, shift in shifts if shift] == [
        (year, minutes) for year in YEARS for minutes in (-60, 60)
    ]


@pytest.mark.parametrize("zone", NORDIC)
def test_durations_around_the_changes_of_clock_2024_to_2030(zone: str) -> None:
    """Every hour of the day, and every five minutes for two hours around the change, to every other one."""
    for day in days_of_change(zone):
        shift = shift_of(day, zone)
        assert shift is not None
        since_midnight = first_readings(day, zone)
        near = range(max(0, shift.start - 120), min(DAY, shift.end + 120) + 1, 5)
        times = sorted({*range(0, DAY + 1, 60), *near})
        assert {minute for minute in times if shift.skips(minute)} == {m for m in times if m not in since_midnight}
        there = [minute for minute in times if minute in since_midnight]
        for place, start in enumerate(there):
            for end in there[place + 1 :]:
                assert minutes_between(day, start, end, zone) == since_midnight[end] - since_midnight[start]


@pytest.mark.parametrize("zone", NORDIC)
def test_every_hour_around_the_changes_has_its_day(zone: str) -> None:
    """By the offset of the zone at that instant, which zoneinfo keeps in the instant itself and not in the date."""
    tz = ZoneInfo(zone)
    for day in days_of_change(zone) or [date(2026, 3, 29), date(2026, 10, 25)]:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        for hours in range(-48, 49):
            instant = noon + timedelta(hours=hours)
            offset = instant.astimezone(tz).utcoffset()
            assert offset is not None
            assert local_date(instant, zone) == (instant.replace(tzinfo=None) + offset).date()


@pytest.mark.parametrize("zone", NORDIC)
def test_the_skipped_hour_is_on_no_clock_and_the_repeated_one_twice(zone: str) -> None:
    for day in days_of_change(zone):
        shift = shift_of(day, zone)
        assert shift is not None
        assert minutes_between(day, 0, DAY, zone) == DAY + shift.minutes
        inside = shift.start + 30
        assert shift.skips(inside) == (shift.minutes < 0)
        assert not shift.skips(shift.end)
        assert not shift.skips(shift.start - 1)


@given(
    zone=st.sampled_from(NORDIC),
    day=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    start=st.integers(0, DAY - 1),
    minutes=st.integers(1, DAY),
)
def test_the_end_after_so_many_minutes_is_so_many_minutes_later(zone: str, day: date, start: int, minutes: int) -> None:
    shift = shift_of(day, zone)
    if shift is not None and shift.skips(start):
        return
    end = end_after(day, start, minutes, zone)
    if end is None:
        assert start + minutes > DAY or shift is not None
    else:
        assert minutes_between(day, start, end, zone) == minutes


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9-11.30", (540, 690)),
        ("09:00–11:30", (540, 690)),
        ("9 - 11", (540, 660)),
        ("0900-1130", (540, 690)),
        ("9 til 11", (540, 660)),
        ("9 till 11", (540, 660)),
        ("9 to 11", (540, 660)),
        ("22-02", (1320, 120)),
        ("22-24", (1320, DAY)),
        ("22-0", (1320, DAY)),
        ("0-1", (0, 60)),
    ],
)
def test_times_as_people_type_them(typed: str, meant: tuple[int, int]) -> None:
    assert read_times(typed) == meant


@pytest.mark.parametrize("typed", ["", "9", "9-", "-9", "25-26", "9:75-10", "nine to ten", "9-11-13", "९-११"])
def test_what_is_no_time_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(NotATime):
        read_times(typed)


@given(st.integers(0, DAY))
def test_a_written_time_reads_as_itself(minute: int) -> None:
    assert read_time(written_time(minute)) == minute
    assert minute_of(time_of(minute)) == minute % DAY
