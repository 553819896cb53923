"""How a timer's time falls on days (P15): whole minutes, an entry a day, right through both changes of clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from busy.workspaces.models import ZONES
from tests.timesheets.test_clock import days_of_change
from timesheets import clock
from timesheets.timeline_moves import Place
from timesheets.timer_rules import elapsed_minutes, likely_stop, minutes_of, places_of, was_forgotten

NORDIC = [zone for zone, _label in ZONES]
OSLO = "Europe/Oslo"
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2030, 12, 31, tzinfo=UTC)


def at(day: date, hour: int, minute: int = 0, second: int = 0, *, zone: str = OSLO, fold: int = 0) -> datetime:
    local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=ZoneInfo(zone), fold=fold)
    return local.astimezone(UTC)


def ensure_right(started: datetime, stopped: datetime, zone: str) -> None:
    """The sum is the real time; each day comes once, in order, and holds no more than it has."""
    places = places_of(started, stopped, zone)
    assert sum(minutes_of(place, zone) for place in places) == elapsed_minutes(started, stopped)
    days = [place.day for place in places]
    if days:
        first = started.astimezone(ZoneInfo(zone)).date()
        assert days == [first + timedelta(days=n) for n in range(len(days))]
    for place in places:
        assert 1 <= minutes_of(place, zone) <= clock.minutes_between(place.day, 0, 1440, zone)
        shift = clock.shift_of(place.day, zone)
        if shift and place.start is not None and place.end is not None:
            assert not shift.skips(place.start)
            assert not shift.skips(place.end)
        elif place.start is None:
            assert shift is not None
            assert shift.minutes > 0, "only the night that repeats an hour has times that cannot be said"


@given(
    zone=st.sampled_from(NORDIC),
    started=st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC)),
    length=st.timedeltas(timedelta(0), timedelta(days=7)),
)
@example(zone=OSLO, started=datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC), length=timedelta(minutes=61))
def test_p15_any_time_in_any_nordic_zone_falls_on_its_days(zone: str, started: datetime, length: timedelta) -> None:
    ensure_right(started, started + length, zone)


@pytest.mark.parametrize("zone", NORDIC)
def test_p15_around_both_changes_of_clock_2024_to_2030(zone: str) -> None:
    """Started and stopped at all hours and quarters from the evening before to the morning after."""
    for day in days_of_change(zone):
        evening = clock.instant_of(day - timedelta(days=1), 23 * 60, zone)
        quarters = [evening + timedelta(minutes=15 * n) for n in range(0, 4 * 30, 5)]
        for number, started in enumerate(quarters):
            for stopped in quarters[number + 1 :]:
                ensure_right(started, stopped, zone)


def test_p15_a_whole_day_of_change_has_23_or_25_hours() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    for day, minutes in ((spring, 23 * 60), (autumn, 25 * 60)):
        (place,) = places_of(at(day, 0), at(day + timedelta(days=1), 0), OSLO)
        assert (place.start, place.end, minutes_of(place, OSLO)) == (0, 1440, minutes)


def test_p15_midnight_lies_between() -> None:
    monday = date(2026, 3, 2)
    assert places_of(at(monday, 22, 30), at(monday + timedelta(days=1), 1, 15), OSLO) == (
        Place(day=monday, start=22 * 60 + 30, end=1440),
        Place(day=monday + timedelta(days=1), start=0, end=75),
    )
    assert places_of(at(monday, 22), at(monday + timedelta(days=1), 0), OSLO) == (
        Place(day=monday, start=22 * 60, end=1440),
    )


def test_p15_seconds_are_those_of_the_clock_on_the_wall() -> None:
    monday = date(2026, 3, 2)
    assert places_of(at(monday, 9, 0, 50), at(monday, 9, 30, 10), OSLO) == (Place(day=monday, start=540, end=570),)


def test_p15_in_the_second_run_of_a_repeated_hour_the_hours_stay_and_the_times_go() -> None:
    """Decision 6: 02:30 means its first occurrence, so 02:30 the second time to 03:30 cannot be said in times."""
    day = date(2026, 10, 25)
    assert places_of(at(day, 2, 30, fold=1), at(day, 3, 30), OSLO) == (Place(day=day, minutes=60),)
    assert places_of(at(day, 1, 30), at(day, 3, 30), OSLO) == (Place(day=day, start=90, end=210),)
    assert minutes_of(Place(day=day, start=90, end=210), OSLO) == 180


@pytest.mark.parametrize(
    ("hours_later", "forgotten"), [(1, False), (6.4, False), (6.5, True), (9, True), (10.1, True), (40, True)]
)
def test_p15_a_timer_over_night_was_forgotten(hours_later: float, forgotten: bool) -> None:
    """Started at half past nine in the evening; at four in the morning nobody works on it."""
    started = at(date(2026, 3, 2), 21, 30)
    assert was_forgotten(started, started + timedelta(hours=hours_later), OSLO) is forgotten


def test_p15_by_day_a_timer_was_forgotten_after_ten_hours() -> None:
    started = at(date(2026, 3, 2), 8)
    assert not was_forgotten(started, started + timedelta(hours=10), OSLO)
    assert was_forgotten(started, started + timedelta(hours=10, minutes=1), OSLO)


def test_p15_the_stop_that_is_offered_is_a_working_day_later_and_never_after_midnight() -> None:
    monday = date(2026, 3, 2)
    tomorrow = at(monday + timedelta(days=1), 9)
    assert likely_stop(at(monday, 8), tomorrow, 450, OSLO) == at(monday, 15, 30)
    assert likely_stop(at(monday, 21), tomorrow, 450, OSLO) == at(monday + timedelta(days=1), 0)
