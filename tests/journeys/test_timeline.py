"""Anna at her timeline in a real browser: every gesture with its key, and that nothing is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.timeline_page import OpenTimeline, arena, design, monday, morning, open_timeline, saved
from tests.people import Person
from tests.timesheets.hours import log
from timesheets.approval import approve_person_week
from timesheets.models import TimeEntry

__all__ = ["arena", "design", "monday", "morning", "open_timeline"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_p13_anna_draws_moves_and_resizes_with_the_mouse(
    open_timeline: OpenTimeline, fjell: Workspace, arena: Project, design: WorkType, monday: date
) -> None:
    line = open_timeline()
    line.drag(line.at("tue", 9 * 60), line.at("tue", 11 * 60 + 28))
    expect(line.popover).to_be_visible()
    line.keys.type("fje")
    line.page.locator("[role=option][aria-selected=true]").wait_for()
    line.keys.press("Enter")
    line.keys.press("Escape")
    line.expect_saved()
    assert saved(fjell, monday) == ["tue 09:00-11:30"]
    line.drag(line.at("tue", 10 * 60), line.at("wed", 11 * 60))
    line.expect_saved()
    assert saved(fjell, monday) == ["wed 10:00-12:30"]
    handle = line.page.locator(".timeline-day[data-day=wed] [data-handle=end]").bounding_box()
    assert handle
    line.drag((handle["x"] + handle["width"] - 2, handle["y"] + 30), line.at("wed", 13 * 60))
    line.expect_saved()
    assert saved(fjell, monday) == ["wed 10:00-13:00"]
    start = line.at("wed", 10 * 60)
    line.drag((start[0] + 2, start[1]), line.at("wed", 9 * 60 + 17), holding="Alt")
    line.expect_saved()
    assert saved(fjell, monday) == ["wed 09:15-13:00"]
    expect(line.popover).to_be_hidden()


def test_p14_alt_drag_copies_and_shift_click_cuts(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, monday: date
) -> None:
    line = open_timeline()
    line.drag(line.at("mon", 10 * 60), line.at("thu", 14 * 60), holding="Alt")
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 09:00-12:00", "thu 13:00-16:00"]
    line.keys.down("Shift")
    line.page.mouse.click(*line.at("mon", 10 * 60 + 20))
    line.keys.up("Shift")
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 09:00-10:15", "mon 10:15-12:00", "thu 13:00-16:00"]
    for _ in range(2):
        line.keys.press("ControlOrMeta+z")
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 09:00-12:00"]


def test_p13_p14_every_gesture_has_its_key(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, monday: date
) -> None:
    line = open_timeline()
    line.blocks("mon").focus()
    for key, there in [
        ("ArrowRight", ["mon 09:15-12:15"]),
        ("ArrowDown", ["tue 09:15-12:15"]),
        ("Shift+ArrowRight", ["tue 09:15-12:30"]),
        ("Shift+ArrowUp", ["tue 09:00-12:30"]),
        ("Alt+ArrowDown", ["tue 09:00-12:30", "wed 09:00-12:30"]),
        ("Delete", ["tue 09:00-12:30"]),
        ("ControlOrMeta+z", ["tue 09:00-12:30", "wed 09:00-12:30"]),
    ]:
        line.keys.press(key)
        line.expect_saved()
        assert saved(fjell, monday) == there, key
    line.blocks("wed").focus()
    line.keys.press("x")
    line.page.locator("[data-cut-at]").fill("10.15")
    line.keys.press("Enter")
    line.expect_saved()
    assert saved(fjell, monday)[1:] == ["wed 09:00-10:15", "wed 10:15-12:30"]
    expect(line.page.locator("[data-announcer=polite]")).to_have_text("Cut at 10:15")
    expect(line.blocks("wed").nth(1)).to_be_focused()


def test_n_opens_a_new_entry_in_the_first_gap_and_the_times_are_typed(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, monday: date
) -> None:
    line = open_timeline()
    line.blocks("mon").focus()
    line.keys.press("n")
    line.page.get_by_role("option").first.wait_for()
    line.keys.press("ArrowDown")
    line.keys.press("Enter")
    line.page.get_by_label("From and to").fill("13-14.30")
    line.keys.press("Tab")
    expect(line.page.get_by_label("Hours", exact=True)).to_have_value("1.5")
    line.page.get_by_role("textbox", name="Note", exact=True).fill("Facade")
    line.page.get_by_text("Billable", exact=True).click()
    line.keys.press("Escape")
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 09:00-12:00", "mon 13:00-14:30"]
    with scope(fjell.pk):
        made = TimeEntry.objects.get(start_time=time(13))
    assert (made.note, made.is_billable) == ("Facade", False)
    expect(line.blocks("mon").nth(1)).to_be_focused()


def test_wrong_times_stay_in_their_field_and_midnight_splits(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, monday: date
) -> None:
    line = open_timeline()
    line.blocks("mon").focus()
    line.keys.press("Enter")
    times = line.page.get_by_label("From and to")
    times.fill("from nine")
    line.keys.press("Enter")
    expect(times).to_have_attribute("aria-invalid", "true")
    expect(times).to_have_value("from nine")
    times.fill("22-02")
    line.keys.press("Enter")
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 22:00-00:00", "tue 00:00-02:00"]
    expect(line.page.locator("[data-toast-text]")).to_contain_text("Midnight lies between")


def test_hours_without_times_are_dragged_onto_the_clock_and_back_by_key(
    open_timeline: OpenTimeline, fjell: Workspace, anna: Person, arena: Project, design: WorkType, monday: date
) -> None:
    log(anna.membership, arena, design, monday, 90)
    log(anna.membership, arena, design, monday + timedelta(days=1), 60)
    line = open_timeline()
    chip = line.chips("mon").bounding_box()
    assert chip
    line.drag((chip["x"] + 20, chip["y"] + 10), line.at("mon", 10 * 60))
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 10:00-11:30", "tue 60"]
    line.chips("tue").focus()
    line.keys.press("ArrowRight")
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 10:00-11:30", "tue 08:00-09:00"]
    line.keys.press("Enter")
    line.page.get_by_label("From and to").fill("")
    line.keys.press("Enter")
    line.expect_saved()
    assert saved(fjell, monday)[1] == "tue 60"


def test_r112_a_locked_entry_says_why_and_does_not_move(
    open_timeline: OpenTimeline, fjell: Workspace, anna: Person, bo: Person, morning: TimeEntry, monday: date
) -> None:
    with scope(fjell.pk):
        approve_person_week(anna.membership.pk, Week.of(monday), by=bo.membership)
    line = open_timeline()
    line.drag(line.at("mon", 10 * 60), line.at("tue", 10 * 60))
    line.blocks("mon").focus()
    line.keys.press("ArrowRight")
    expect(line.popover).to_contain_text("Bo Berg approved the hours")
    expect(line.popover.get_by_role("button", name="Ask to reopen")).to_be_visible()
    expect(line.page.get_by_label("From and to")).to_be_disabled()
    assert saved(fjell, monday) == ["mon 09:00-12:00"]


def test_nothing_is_lost_without_a_connection_signed_out_or_while_the_server_is_down(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, monday: date
) -> None:
    line = open_timeline()
    line.page.context.set_offline(True)
    line.blocks("mon").focus()
    line.keys.press("ArrowRight")
    expect(line.page.locator("[data-timeline-notices]")).to_contain_text("No way to the server")
    expect(line.page.locator(".entry[data-sign=queued]")).to_have_count(1)
    line.keys.press("ArrowDown")
    assert saved(fjell, monday) == ["mon 09:00-12:00"]
    line.page.context.set_offline(False)
    line.expect_saved()
    assert saved(fjell, monday) == ["tue 09:15-12:15"]
    expect(line.page.locator("[data-timeline-notices]")).to_be_empty()

    answers = iter([503, 401])

    def refuse(route: Route) -> None:
        status = next(answers, 0)
        route.fulfill(status=status, body="{}") if status else route.continue_()

    line.page.route("**/timeline/step/", refuse)
    line.keys.press("ArrowRight")
    line.page.reload()
    line.wait()
    line.expect_saved()
    assert saved(fjell, monday) == ["tue 09:30-12:30"]


def test_two_tabs_on_one_entry_end_in_a_visible_choice(
    open_timeline: OpenTimeline, fjell: Workspace, anna: Person, morning: TimeEntry, monday: date
) -> None:
    line = open_timeline()
    with scope(fjell.pk):
        TimeEntry.objects.filter(pk=morning.pk).update(start_time=time(7), end_time=time(8), minutes=60, revision=2)
    line.blocks("mon").focus()
    line.keys.press("ArrowRight")
    expect(line.page.locator(".entry[data-sign=refused]")).to_have_count(1)
    line.keys.press("Enter")
    expect(line.popover).to_contain_text("changed elsewhere")
    line.popover.get_by_role("button", name="Keep mine").click()
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 09:15-12:15"]


def test_two_tabs_show_the_same(open_timeline: OpenTimeline, morning: TimeEntry, monday: date) -> None:
    one = open_timeline()
    two = open_timeline(beside=one)
    two.blocks("mon").focus()
    two.keys.press("ArrowDown")
    two.expect_saved()
    expect(one.blocks("tue")).to_have_count(1)
    expect(one.page.locator(".timeline-label [data-day-sum=tue]")).to_have_text("3")


@pytest.mark.parametrize("width", [1440, 390])
def test_no_accessibility_problem_on_the_page_and_in_its_details(
    open_timeline: OpenTimeline,
    accessibility_problems: Callable[[Page], list[str]],
    anna: Person,
    arena: Project,
    design: WorkType,
    morning: TimeEntry,
    monday: date,
    width: int,
) -> None:
    log(anna.membership, arena, design, monday, 90)
    log(anna.membership, arena, design, monday, 90, start_time=time(11), end_time=time(12, 30), note="Note")
    line = open_timeline(width=width)
    assert accessibility_problems(line.page) == []
    line.blocks("mon").first.focus()
    line.keys.press("Enter")
    expect(line.popover).to_be_visible()
    # Colours are judged when nothing is still fading in.
    line.page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))")
    assert accessibility_problems(line.page) == []
