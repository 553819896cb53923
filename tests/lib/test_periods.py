"""ISO weeks, and the local day across the change of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from busy.lib.periods import Week, WeekConverter, local_date


def test_2026_has_53_weeks_and_the_first_days_of_2027_belong_to_the_last() -> None:
    last = Week(2026, 53)
    assert (last.monday, last.sunday) == (date(2026, 12, 28), date(2027, 1, 3))
    assert {Week.of(day) for day in last.days} == {last}
    assert last.plus(1) == Week(2027, 1)
    assert last.plus(1).monday == date(2027, 1, 4)


def test_the_last_days_of_2024_belong_to_the_first_week_of_2025() -> None:
    assert Week.of(date(2024, 12, 30)) == Week(2025, 1)
    assert Week(2025, 1).plus(-1) == Week(2024, 52)


def test_every_day_of_thirty_years_stands_in_its_week_and_weeks_follow_without_a_gap() -> None:
    day, week = date(2010, 1, 4), Week.of(date(2010, 1, 4))
    while day.year < 2040:
        assert week.days == tuple(day + timedelta(days=n) for n in range(7))
        assert Week.parse(str(week)) == week
        assert week.plus(1) > week
        assert week.plus(1).plus(-1) == week
        day, week = day + timedelta(days=7), week.plus(1)


@pytest.mark.parametrize(
    "text", ["2025-W53", "2026-W00", "2026-W54", "2026-47", "W47", "2026-W4", "2026-W471", "", "０"]
)
def test_a_week_that_does_not_exist_is_no_week(text: str) -> None:
    with pytest.raises(ValueError, match="week"):
        Week.parse(text)


def test_addresses_write_weeks_as_they_read_them() -> None:
    converter = WeekConverter()
    assert converter.to_url(converter.to_python("2026-W07")) == "2026-W07"


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        # The clock goes forward on 29 March and back on 25 October 2026, at 01:00 UTC in all of Europe.
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), "Europe/Oslo", date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "Europe/Oslo", date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), "Europe/Oslo", date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "Europe/Oslo", date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "Europe/Oslo", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "Europe/Oslo", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "Europe/Oslo", date(2026, 10, 26)),
        (datetime(2026, 6, 30, 21, 30, tzinfo=UTC), "Europe/Helsinki", date(2026, 7, 1)),
        (datetime(2026, 6, 30, 21, 30, tzinfo=UTC), "Europe/Stockholm", date(2026, 6, 30)),
        (datetime(2026, 6, 30, 23, 59, tzinfo=UTC), "Atlantic/Reykjavik", date(2026, 6, 30)),
        (datetime(2026, 7, 1, 0, 30, tzinfo=UTC), "America/Nuuk", date(2026, 6, 30)),
    ],
)
def test_a_day_is_the_local_date_of_its_instant(instant: datetime, zone: str, day: date) -> None:
    assert local_date(instant, zone) == day


@pytest.mark.parametrize("monday", [date(2026, 3, 23), date(2026, 10, 19)])
def test_weeks_in_which_the_clock_changes_have_seven_days(monday: date) -> None:
    assert len(set(Week.of(monday).days)) == 7
