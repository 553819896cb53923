"""Times of the day in the browser are the server's (P13): read alike, as long through every change of clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from busy.lib.durations import DAY
from busy.workspaces.models import ZONES
from tests.journeys.timeline_page import OpenTimeline, Timeline, arena, design, monday, open_timeline
from timesheets.clock import NotATime, minutes_between, read_time, read_times, shift_of

__all__ = ["arena", "design", "monday", "open_timeline"]

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES = [
    (zone, day)
    for zone, _name in ZONES
    for day in (date(2024, 1, 1) + timedelta(days=n) for n in range(7 * 366))
    if day.year < 2031 and shift_of(day, zone)
]


def in_module(line: Timeline, body: str, data: Any) -> Any:
    """Run it with what the timeline's module of times exports, as ``times``."""
    return line.page.evaluate(
        """async (data) => {
          const modules = [...document.querySelectorAll("script[type=module]")].map((script) => script.src);
          const page = modules.find((address) => address.includes("timeline/timeline"));
          const times = await import(page.replace(/timeline[.][^/]*$/, "times.js"));
          return (BODY)(times, data);
        }""".replace("BODY", body),
        data,
    )


def test_times_read_alike_on_both_sides(open_timeline: OpenTimeline) -> None:
    def server(text: str) -> list[int | None]:
        try:
            return list(read_times(text))
        except NotATime:
            try:
                return [read_time(text), None]
            except NotATime:
                return []

    table = [
        "9-11.30",
        "0930–1015",
        "9:15 til 10",
        "22-02",
        "22-24",
        "0-0",
        "9",
        "24",
        "24:01",
        "9.7",
        "9:75-10",
        "x-y",
    ]
    read = in_module(
        open_timeline(),
        """({ readTime, readTimes }, table) => table.map((text) => {
          const [both, one] = [readTimes(text), readTime(text)];
          return both ? [both.start, both.end] : one === null ? [] : [one, null];
        })""",
        table,
    )
    assert read == [server(text) for text in table]


def test_entries_are_as_long_in_the_browser_through_every_change_of_clock(open_timeline: OpenTimeline) -> None:
    assert len(CHANGES) == 6 * 7 * 2  # six of the seven zones change, twice a year
    asked, known = [], []
    for zone, day in CHANGES:
        shift = shift_of(day, zone)
        assert shift is not None
        near = range(max(0, shift.start - 60), min(DAY, shift.end + 60) + 1, 15)
        times = [minute for minute in sorted({*range(0, DAY + 1, 120), *near}) if not shift.skips(minute)]
        pairs = [(start, end) for start in times for end in times if start < end]
        asked.append({"shift": {"start": shift.start, "end": shift.end, "minutes": shift.minutes}, "pairs": pairs})
        known.append([minutes_between(day, start, end, zone) for start, end in pairs])
    lengths = in_module(
        open_timeline(),
        "({ lengthOf }, days) => days.map(({ shift, pairs }) => pairs.map(([a, b]) => lengthOf(a, b, shift)))",
        asked,
    )
    assert lengths == known


def test_now_is_the_same_day_and_minute_in_the_browser_around_every_change(open_timeline: OpenTimeline) -> None:
    """Every hour for a day before and after, in every zone; also where the browser itself is in another one."""
    asked, known = [], []
    for zone, day in [*CHANGES, ("Atlantic/Reykjavik", date(2026, 3, 29))]:
        noon = datetime(day.year, day.month, day.day, 12, 30, tzinfo=UTC)
        for hours in range(-24, 25):
            local = (noon + timedelta(hours=hours)).astimezone(ZoneInfo(zone))
            asked.append([zone, (noon + timedelta(hours=hours)).timestamp() * 1000])
            known.append({"day": local.date().isoformat(), "minute": local.hour * 60 + local.minute})
    told = in_module(
        open_timeline(timezone_id="America/New_York"),
        """({ nowIn }, asked) => {
          const Real = Date;
          try {
            return asked.map(([zone, instant]) => {
              globalThis.Date = class extends Real { constructor() { super(instant); } };
              return nowIn(zone);
            });
          } finally { globalThis.Date = Real; }
        }""",
        asked,
    )
    assert told == known
