"""Anna's week in a browser, as its stories tell it: the page and the fixtures they share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week, local_today
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person
from tests.support.browser import leave
from tests.timesheets.hours import log, make_project, make_work_type
from timesheets.models import TimeEntry

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.fixture
def monday() -> date:
    return Week.of(local_today("Europe/Oslo")).monday


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def meetings(arena: Project) -> WorkType:
    return make_work_type(arena, "Meetings", product=None)


class WeekPage:
    """Anna's week in one tab, told as she would tell it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def open(self) -> WeekPage:
        self.page.goto(self.address)
        return self.wait()

    def wait(self) -> WeekPage:
        self.page.locator(".week[data-ready]").wait_for()
        return self

    def cell(self, work_type: str, day: str) -> Locator:
        row = self.page.locator("tr[data-row]").filter(has=self.page.get_by_text(work_type, exact=False))
        return row.locator(f"td[data-day={day}] [data-hours-cell]")

    def field(self, work_type: str, day: str) -> Locator:
        return self.cell(work_type, day).locator(".hours-input")

    def write(self, work_type: str, day: str, text: str) -> None:
        self.field(work_type, day).click()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    @property
    def state(self) -> Locator:
        return self.page.locator("[data-save-state]")

    def expect_all_saved(self) -> None:
        self.expect_all_sent()
        expect(self.state).to_have_attribute("data-saved", "saved")

    def expect_all_sent(self) -> None:
        """Nothing waits in the browser's own store any more."""
        until = time.monotonic() + 30
        while self.page.evaluate("localStorage.length"):
            assert time.monotonic() < until, self.page.evaluate("JSON.stringify(localStorage)")
            self.page.wait_for_timeout(50)

    def expect_all_saved_but_held(self) -> None:
        """What could be sent is; what was refused stays in its cell."""
        kept = "Object.keys(localStorage).filter((name) => name.includes(':change:')).length"
        self.page.wait_for_function(f"() => {kept} === 0")

    def sum_of(self, day: str) -> Locator:
        return self.page.locator(f"tfoot [data-day-sum={day}]")


@pytest.fixture
def open_week(
    transactional_db: None, live_server: Any, new_page: Callable[..., Page], anna: Person
) -> Iterator[Callable[..., WeekPage]]:
    opened: list[Page] = []

    def do(*, beside: WeekPage | None = None, week: str = "", **options: Any) -> WeekPage:
        """In a browser of its own, or in another tab ``beside`` one that is open."""
        page = beside.page.context.new_page() if beside else new_page(**options)
        opened.append(page)
        let_in(page.context, anna, live_server.url)
        return WeekPage(page, f"{live_server.url}{anna.url('week/')}{week}").open()

    yield do
    for page in opened:
        if not page.is_closed():
            leave(page)
    wait_until_the_server_rests()


OpenWeek = Callable[..., WeekPage]


def minutes_of(workspace: Workspace) -> list[int]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("day", "pk").values_list("minutes", flat=True))


@pytest.fixture
def rows(anna: Person, arena: Project, design: WorkType, meetings: WorkType, monday: date) -> None:
    """Design and Meetings stand on the week, an hour each on Monday."""
    log(anna.membership, arena, design, monday, 60)
    log(anna.membership, arena, meetings, monday, 60)
