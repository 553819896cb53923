"""Anna submits her hours in a real browser, with what she has just typed (P25)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week, local_today
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person
from tests.support.browser import leave
from tests.timesheets.hours import log, make_project, make_work_type
from timesheets.models import TimeEntry, TimeSettings

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[[Person, str], Page]


@pytest.fixture
def monday() -> date:
    """Of last week: all of it has passed."""
    return Week.of(local_today("Europe/Oslo")).plus(-1).monday


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    with scope(fjell.pk):
        TimeSettings.objects.create(submits_time=True)
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def open_page(transactional_db: None, live_server: Any, new_page: Callable[..., Page]) -> Iterator[Open]:
    opened: list[Page] = []

    def do(person: Person, path: str) -> Page:
        page = new_page()
        opened.append(page)
        let_in(page.context, person, live_server.url)
        page.goto(f"{live_server.url}{person.url(path)}")
        return page

    yield do
    for page in opened:
        leave(page)
    wait_until_the_server_rests()


def sent(person: Person) -> list[int]:
    """Minutes of what is submitted, by day."""
    with scope(person.workspace.pk):
        entries = TimeEntry.objects.exclude(submitted_at=None)
        return list(entries.order_by("day", "start_time", "pk").values_list("minutes", flat=True))


def toast_of(page: Page, text: str) -> Any:
    return page.locator("[data-toast]").filter(has_text=text)


def test_what_was_just_typed_is_saved_first_and_submitted_with_the_week(
    anna: Person, arena: Project, design: WorkType, monday: date, open_page: Open
) -> None:
    log(anna.membership, arena, design, monday, 60)
    week = Week.of(monday)
    page = open_page(anna, f"week/{week}/")
    page.locator(".week[data-ready]").wait_for()
    page.locator("tr[data-row] td[data-day=tue] .hours-input").click()
    page.keyboard.type("7,5")
    page.keyboard.press("Control+Enter")
    expect(toast_of(page, "8.5 h are submitted for approval.")).to_be_visible()
    expect(page.locator("#submission-tools .state").first).to_have_text("Submitted")
    assert sent(anna) == [60, 450]
    page.keyboard.press("Escape")
    toast_of(page, "8.5 h").get_by_role("button", name="Undo").click()
    expect(toast_of(page, "8.5 h are withdrawn.")).to_be_visible()
    assert sent(anna) == []
    page.locator("#submission-open").click()
    page.get_by_role("button", name="Submit Monday").click()
    expect(toast_of(page, "1 h are submitted")).to_be_visible()
    assert sent(anna) == [60]


def test_on_the_timeline_a_key_chooses_the_entry_to_submit(
    anna: Person, arena: Project, design: WorkType, monday: date, open_page: Open
) -> None:
    log(anna.membership, arena, design, monday, 60, start_time=time(9), end_time=time(10))
    log(anna.membership, arena, design, monday + timedelta(days=1), 120, start_time=time(9), end_time=time(11))
    page = open_page(anna, f"timeline/{Week.of(monday)}/")
    page.locator("[data-timeline-page][data-ready]").wait_for()
    block = page.locator(".timeline-day[data-day=tue] .entry-body")
    block.focus()
    page.keyboard.press("s")
    boxes = page.locator("#submission-days input[name=entries]")
    expect(boxes.nth(0)).not_to_be_checked()
    expect(boxes.nth(1)).to_be_checked()
    page.get_by_role("button", name="Submit selected").click()
    expect(toast_of(page, "2 h are submitted for approval.")).to_be_visible()
    expect(block).to_contain_text("submitted")
    assert sent(anna) == [120]
