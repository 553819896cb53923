"""The timer in a browser (P15): by key and by finger, over reloads and tabs, and without a connection."""

from __future__ import annotations

import json
import re
import time as clock
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.journeys.week_page import arena, design, minutes_of, monday
from tests.people import Person
from tests.support.browser import leave
from timesheets.models import TimeEntry, Timer

__all__ = ["arena", "design", "monday"]

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[..., Page]


@pytest.fixture
def open_page(
    transactional_db: None,
    live_server: Any,
    new_page: Callable[..., Page],
    anna: Person,
    fjell: Workspace,
    design: WorkType,
) -> Iterator[Open]:
    """One of Anna's pages, in a browser of its own or in another tab ``beside`` one that is open. It is noon where she
    works: what has run for 45 minutes shall not have begun yesterday."""
    opened: list[Page] = []
    with scope(fjell.pk):
        Workspace.objects.filter(pk=fjell.pk).update(zone=f"Etc/GMT{timezone.now().hour - 12:+d}")

    def do(path: str = "week/", *, beside: Page | None = None, **options: Any) -> Page:
        page = beside.context.new_page() if beside else new_page(**options)
        opened.append(page)
        let_in(page.context, anna, live_server.url)
        page.goto(f"{live_server.url}{anna.url(path)}")
        page.locator("[data-timer][data-ready]").wait_for()
        return page

    yield do
    for page in opened:
        leave(page)
    wait_until_the_server_rests()


def running(page: Page) -> Locator:
    return page.locator("[data-timer-running]")


def all_sent(page: Page) -> None:
    """Nothing of the timer waits in the browser's own store any more."""
    until = clock.monotonic() + 10
    while page.evaluate("Object.keys(localStorage).some((name) => name.startsWith('busy-timer'))"):
        assert clock.monotonic() < until, page.evaluate("JSON.stringify(localStorage)")
        page.wait_for_timeout(50)


def ran(workspace: Workspace, minutes: int) -> None:
    """Let so many minutes pass: the clock is nobody's to turn, so the start goes back. Whole minutes of the clock
    count, and what comes next needs a moment of this one."""
    if (left := 60 - timezone.now().second) < 20:
        clock.sleep(left)
    with scope(workspace.pk):
        timer = Timer.objects.get(stopped_at=None)
        Timer.objects.filter(pk=timer.pk).update(started_at=timezone.now() - timedelta(minutes=minutes))


def test_p15_anna_starts_by_key_chooses_and_stops(open_page: Open, fjell: Workspace, arena: Project) -> None:
    page = open_page()
    page.locator("h1").click()
    page.keyboard.press("Shift+T")
    popover = page.locator("[data-timer-popover]")
    expect(popover.get_by_role("heading")).to_have_text("The timer runs")
    expect(page.locator("#timer-on")).to_be_focused()
    popover.get_by_role("option").first.click()
    expect(page.locator("#timer-note")).to_be_focused()
    page.keyboard.type("Sketches")
    page.keyboard.press("Escape")
    expect(running(page)).to_contain_text("Fjell Arena")
    all_sent(page)
    ran(fjell, 45)
    page.reload()
    expect(running(page).locator("[data-timer-elapsed]")).to_have_text("0:45")
    page.locator("h1").click()
    page.keyboard.press("Shift+T")
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("Fjell Arena, Design: 0.75 h saved.")
    expect(page.locator("tr[data-row]")).to_contain_text("Design")  # the week follows by itself
    with scope(fjell.pk):
        assert TimeEntry.objects.get().note == "Sketches"
    toast.get_by_role("link", name="Edit").click()
    expect(page.locator("[data-entry-popover] #entry-on")).to_have_value("Fjell Arena")


def test_p15_undo_of_the_stop_and_the_map_of_keys(open_page: Open, fjell: Workspace, arena: Project) -> None:
    page = open_page("timer/")
    page.get_by_role("button", name="Start the timer").first.click()
    page.locator("[data-timer-popover]").get_by_role("option").first.click()
    page.keyboard.press("Escape")
    all_sent(page)
    ran(fjell, 30)
    page.reload()
    page.locator("[data-timer-stop]").click()
    page.locator("[data-toast]").get_by_role("button", name="Undo").click()
    expect(running(page)).to_be_visible()
    expect(running(page).locator("[data-timer-elapsed]")).to_have_text(re.compile("0:3[01]"))
    assert minutes_of(fjell) == []
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("[data-keys-dialog]")).to_contain_text("Stop the timer")


def test_p15_without_a_project_the_stop_opens_what_is_missing(open_page: Open, fjell: Workspace) -> None:
    """By finger, on a phone; the start is moved back after the fact."""
    page = open_page("timeline/", width=390, height=844, has_touch=True)
    page.locator("[data-timer-start]").tap()
    expect(running(page)).to_be_visible()
    all_sent(page)
    ran(fjell, 30)
    page.reload()
    page.locator("[data-timer-stop]").tap()
    popover = page.locator("[data-timer-popover]")
    expect(popover.get_by_role("heading")).to_have_text("Stopped time")
    page.locator("#timer-on").tap()
    popover.get_by_role("option").first.tap()
    popover.get_by_role("button", name="Save").tap()
    expect(page.locator("[data-toast]").last).to_contain_text("Fjell Arena, Design: 0.5 h saved.")
    expect(page.locator("[data-timer-waiting]")).to_be_hidden()
    assert minutes_of(fjell) == [30]


def test_p15_two_tabs_show_the_same_and_never_make_two(open_page: Open, fjell: Workspace) -> None:
    first = open_page()
    second = open_page("timeline/", beside=first)
    second.locator("[data-timer-start]").click()
    expect(running(second)).to_be_visible()
    expect(running(first)).to_be_visible()
    first.bring_to_front()
    first.locator("[data-timer-stop]").click()
    expect(running(first)).to_be_hidden()
    expect(running(second)).to_be_hidden()
    all_sent(first)
    all_sent(second)
    with scope(fjell.pk):
        assert Timer.objects.count() == 1


def test_p15_without_a_connection_the_clicks_count_and_arrive_once(open_page: Open, fjell: Workspace) -> None:
    page = open_page(used_up=True)
    page.context.set_offline(True)
    page.locator("[data-timer-start]").click()
    expect(running(page)).to_have_attribute("data-queued", "")
    page.keyboard.press("Escape")
    # The clicks wait for half an hour; then the network is back.
    kept = """() => {
      for (const name of Object.keys(localStorage).filter((name) => name.includes(":change:"))) {
        const change = JSON.parse(localStorage.getItem(name));
        localStorage.setItem(name, JSON.stringify({ ...change, clicked: change.clicked - 30 * 60_000 }));
      }
    }"""
    page.evaluate(kept)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "timer/act" in request.url else None)
    page.context.set_offline(False)
    # And the moments that this browser needed for it.
    expect(running(page).locator("[data-timer-elapsed]")).to_have_text(re.compile("0:3[0-3]"))
    all_sent(page)
    (ago,) = {round(json.loads(body)["act"]["ago"]) // 60 for body in sent}
    assert 30 <= ago <= 33
    with scope(fjell.pk):
        timer = Timer.objects.get()
        assert timedelta(minutes=29) < timezone.now() - timer.started_at < timedelta(minutes=34)


def test_p15_a_forgotten_timer_asks_and_is_stopped_when_the_work_did(
    open_page: Open, fjell: Workspace, arena: Project, design: WorkType, anna: Person
) -> None:
    with scope(fjell.pk):
        Timer.objects.create(
            member=anna.membership, user=anna.user, project=arena, work_type=design,
            started_at=timezone.now() - timedelta(hours=30),
        )  # fmt: skip
    page = open_page()
    popover = page.locator("[data-timer-popover]")
    expect(popover.get_by_role("heading")).to_have_text("Does the timer still run?")
    popover.get_by_role("button", name="It still runs").click()
    page.reload()
    expect(running(page)).to_be_visible()
    expect(popover).to_be_hidden()
    page.evaluate("localStorage.clear()")
    page.reload()
    popover.get_by_role("button", name="Stop then").click()
    expect(page.locator("[data-toast]")).to_contain_text("saved")
    assert 0 < sum(minutes_of(fjell)) <= 450


def test_p15_the_timer_has_no_barrier(open_page: Open, accessibility_problems: Callable[[Page], list[str]]) -> None:
    for width, scheme in ((1440, "light"), (390, "dark")):
        page = open_page("timer/", width=width, color_scheme=scheme, reduced_motion="reduce")
        page.locator("[data-timer-start], [data-timer-open]").locator("visible=true").first.click()
        if width < 720:
            page.locator("[data-timer-open]").click()
        expect(page.locator("[data-timer-popover]")).to_be_visible()
        assert accessibility_problems(page) == []


def test_p15_the_palette_starts_the_timer_with_what_is_typed_and_stops_it(open_page: Open, fjell: Workspace) -> None:
    page = open_page()
    first = page.locator("[data-palette] [role='option']").first
    page.keyboard.press("Control+K")
    page.keyboard.type("start design arena skisser")
    expect(first).to_contain_text("Fjell Arena, Design, skisser")
    page.keyboard.press("Enter")
    expect(running(page)).to_contain_text("Fjell Arena")
    all_sent(page)
    ran(fjell, 30)
    page.reload()
    page.locator("[data-timer][data-ready]").wait_for()
    page.keyboard.press("Control+K")
    page.keyboard.type("stop")
    expect(first).to_contain_text("Stop the timer")
    page.keyboard.press("Enter")
    expect(page.locator("[data-toast]")).to_contain_text("0.5 h saved.")
    with scope(fjell.pk):
        assert TimeEntry.objects.get().note == "skisser"
