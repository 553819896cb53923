"""Anna takes up an event of her calendar on the timeline, with keys alone (P16)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from tests.journeys.timeline_page import OpenTimeline, arena, design, monday, open_timeline, saved
from tests.people import Person
from tests.timesheets.calendar_stage import CalendarStage
from timesheets.calendars.http import http_client
from tools.calendar_sandbox import CLIENT_ID, CLIENT_SECRET, CalendarSandbox

__all__ = ["arena", "design", "monday", "open_timeline"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connected(settings: Any, monday: date, anna: Person) -> Iterator[None]:
    with CalendarSandbox(today=monday) as sandbox, http_client(sandbox.origin) as browser:
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "tenant": "common"}
        settings.CALENDARS = {"google": {**client, "url": sandbox.base("google")}}
        stage = CalendarStage(sandbox, browser)
        stage.look(stage.connect(anna))
        yield


def test_p16_anna_accepts_an_event_by_keyboard_and_the_next_one_by_one_press_more(
    connected: None,
    open_timeline: OpenTimeline,
    fjell: Workspace,
    arena: Project,
    design: WorkType,
    monday: date,
    accessibility_problems: Callable[..., list[str]],
) -> None:
    line = open_timeline()
    standups = line.page.locator("[data-event]", has_text="Morgenmøte")
    expect(standups).to_have_count(5)
    standups.first.focus()
    line.keys.press("Enter")
    expect(line.popover).to_contain_text("Morgenmøte")
    assert accessibility_problems(line.page) == []
    line.keys.press("Escape")  # the list of projects
    line.keys.press("Escape")
    expect(line.popover).to_be_hidden()
    expect(standups).to_have_count(5)  # nothing was left behind
    standups.first.focus()
    line.keys.press("Enter")
    line.keys.type("fje")
    line.page.locator("[role=option][aria-selected=true]").wait_for()
    line.keys.press("Enter")
    line.keys.press("Escape")
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 09:00-09:30"]
    expect(standups).to_have_count(4)
    # Where the last one went is offered for the next of the series.
    line.page.reload()
    line.wait()
    expect(standups).to_have_count(4)
    standups.first.focus()
    line.keys.press("Enter")
    expect(line.page.locator("[data-entry-event-use]")).to_be_focused()
    line.keys.press("Enter")
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 09:00-09:30", "tue 09:00-09:30"]
    line.keys.press("Control+z")
    line.expect_saved()
    expect(standups).to_have_count(4)
    standups.first.focus()
    line.keys.press("Delete")
    expect(standups).to_have_count(3)
    line.page.locator("[data-toast-undo] button").click()
    expect(standups).to_have_count(4)
