"""Anna's timeline in a browser, as its stories tell it: the page, her finger, and the fixtures they share."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterator
from datetime import date, time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week, local_today
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person
from tests.support.browser import leave
from tests.timesheets.hours import log, make_project, make_work_type
from timesheets.models import TimeEntry

Point = tuple[float, float]
_SETTLED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


@pytest.fixture
def monday() -> date:
    """Of next week, so that no line of now lies over the entries."""
    return Week.of(local_today("Europe/Oslo")).plus(1).monday


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


class Timeline:
    """Anna's timeline in one tab, told as she would tell it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = page.keyboard

    def wait(self) -> Timeline:
        self.page.locator("[data-timeline-page][data-ready]").wait_for()
        return self

    def blocks(self, day: str) -> Locator:
        return self.page.locator(f".timeline-day[data-day={day}] .entry:not([data-ghost]) .entry-body")

    def chips(self, day: str) -> Locator:
        return self.page.locator(f".timeline-day[data-day={day}] .entry-chip .entry-body")

    def at(self, day: str, minute: int) -> tuple[float, float]:
        """The point of a time on the track, in the middle of the row."""
        found = self.page.evaluate(
            """([day, minute]) => {
              const box = document.querySelector(`.timeline-day[data-day=${day}] [data-track]`).getBoundingClientRect();
              return matchMedia("(max-width: 720px)").matches
                ? [box.left + box.width / 2, box.top + (minute / 1440) * box.height]
                : [box.left + (minute / 1440) * box.width, box.top + box.height / 2];
            }""",
            [day, minute],
        )
        return found[0], found[1]

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, holding: str = "") -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        if holding:
            self.keys.down(holding)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
        mouse.move(*end, steps=3)
        mouse.up()
        self.settle()
        if holding:
            self.keys.up(holding)

    def settle(self) -> None:
        """What is dropped is taken up after the browser has closed what the pointer left; that is over now."""
        self.page.evaluate(_SETTLED)

    def expect_saved(self) -> None:
        until = clock.monotonic() + 30
        while self.page.evaluate("Object.keys(localStorage).some((name) => name.startsWith('busy-timeline:'))"):
            assert clock.monotonic() < until, self.page.evaluate("JSON.stringify(localStorage)")
            self.page.wait_for_timeout(40)

    @property
    def popover(self) -> Locator:
        return self.page.locator("[data-entry-popover]")


OpenTimeline = Callable[..., Timeline]


@pytest.fixture
def open_timeline(
    transactional_db: None, live_server: Any, new_page: Callable[..., Page], anna: Person, monday: date
) -> Iterator[OpenTimeline]:
    opened: list[Page] = []

    def do(*, beside: Timeline | None = None, week: str = "", **options: Any) -> Timeline:
        page = beside.page.context.new_page() if beside else new_page(**options)
        opened.append(page)
        let_in(page.context, anna, live_server.url)
        page.goto(f"{live_server.url}{anna.url('timeline/')}{week or f'{Week.of(monday)}/'}")
        return Timeline(page).wait()

    yield do
    for page in opened:
        if not page.is_closed():
            leave(page)
    wait_until_the_server_rests()


@pytest.fixture
def morning(anna: Person, arena: Project, design: WorkType, monday: date) -> TimeEntry:
    """Monday 9 to 12."""
    return log(anna.membership, arena, design, monday, 180, start_time=time(9), end_time=time(12))


def saved(workspace: Workspace, monday: date) -> list[str]:
    """What the database has, as "mon 09:00-12:00"; hours without times as "mon 90"."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    with scope(workspace.pk):
        found = TimeEntry.objects.order_by("day", "start_time", "pk")
        return [
            f"{names[(entry.day - monday).days]} "
            + (f"{entry.start_time:%H:%M}-{entry.end_time:%H:%M}" if entry.start_time else str(entry.minutes))
            for entry in found
        ]


class Finger:
    """Fingers on the glass, as the browser's own input would tell it.

    They keep a clock of their own, which goes along with each event: how long a finger rested, and how fast it was
    drawn, does not hang on how busy the machine is.
    """

    _FRAME = 1 / 60

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)
        self.now = 0.0

    def stroke(self, start: Point, end: Point, *, rest: int = 0) -> None:
        """Put it down, let it rest so many milliseconds, draw it, hold it still so that it throws nothing, lift it."""
        self.draw([(start, end)], rest=rest)

    def scroll(self, point: Point, up: int) -> None:
        """Swipe until the page has scrolled by most of so many pixels, and stands.

        The browser itself takes a finger for a long press when half a second passes before it hears of the first move,
        as on a machine that is held up; then nobody scrolls, and a person swipes once more.
        """
        before = self.page.evaluate(
            "() => { addEventListener('scrollend', () => { window.stands = scrollY; }, true); return scrollY; }"
        )
        for patience in (2_000, 4_000, 8_000, 16_000):
            self.stroke(point, (point[0], point[1] - up))
            try:
                self.page.wait_for_function("(least) => window.stands > least", arg=before + up / 2, timeout=patience)
            except PlaywrightTimeout:
                continue
            return
        raise AssertionError("The page did not scroll.")

    def draw(
        self, paths: list[tuple[tuple[float, float], tuple[float, float]]], *, rest: int = 0, steps: int = 8
    ) -> None:
        """One finger for each path, all at once."""
        self.now = max(self.now + self._FRAME, clock.time())
        self._tell("touchStart", [start for start, _end in paths])
        if rest:
            self.page.wait_for_timeout(rest)
        self.now += rest / 1000
        for step in range(1, steps + 1):
            self.now += self._FRAME
            self._tell("touchMove", [_between(start, end, step / steps) for start, end in paths])
        self.now += 0.3
        self._tell("touchMove", [end for _start, end in paths])
        self.now += self._FRAME
        self._tell("touchEnd", [])
        self.page.evaluate(_SETTLED)

    def _tell(self, kind: str, points: list[Point]) -> None:
        told = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        message = {"type": kind, "touchPoints": told, "timestamp": self.now}
        self.session.send("Input.dispatchTouchEvent", message)


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
