"""The timeline by finger and wheel: scroll, rest to drag, wide ends, pinch; the time under the hand stays there."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from busy.workspaces.models import Workspace
from tests.journeys.timeline_page import (
    Finger,
    OpenTimeline,
    Timeline,
    arena,
    design,
    monday,
    morning,
    open_timeline,
    saved,
)
from timesheets.models import TimeEntry

__all__ = ["arena", "design", "monday", "morning", "open_timeline"]

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
TABLET = {"width": 1180, "height": 820, "has_touch": True, "is_mobile": True}


def at_rest(line: Timeline) -> None:
    """A zoom stretches what is drawn; when it rests, the days are laid out anew, so that words stand as they are."""
    expect(line.page.locator("[data-timeline-page]:not([data-zooming])")).to_be_attached()
    assert not line.page.locator("[data-track][style*=scale], [data-clock] [style*=transform]").count()


def length_of_an_hour(line: Timeline) -> float:
    (x, y), (later_x, later_y) = line.at("mon", 10 * 60), line.at("mon", 11 * 60)
    return max(later_x - x, later_y - y)


def test_a_finger_scrolls_rests_to_drag_and_takes_the_wide_ends(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, monday: date
) -> None:
    line = open_timeline(**PHONE)
    finger = Finger(line.page)
    point = line.at("mon", 10 * 60)
    finger.scroll(point, 160)  # a swipe that begins on an entry scrolls
    assert saved(fjell, monday) == ["mon 09:00-12:00"]

    still = line.page.evaluate("scrollY")
    finger.stroke(line.at("mon", 10 * 60), line.at("mon", 11 * 60), rest=500)
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 10:00-13:00"]
    assert line.page.evaluate("scrollY") == still

    handle = line.page.locator(".entry[data-chosen] [data-handle=end]").bounding_box()
    assert handle
    assert min(handle["height"], handle["width"]) >= 44
    grip = (handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    finger.stroke(grip, (grip[0], grip[1] + length_of_an_hour(line)))
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 10:00-14:00"]


@pytest.mark.parametrize("late", [True, False])
def test_a_busy_page_takes_a_rest_for_a_rest_and_a_swipe_for_a_swipe(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, monday: date, late: bool
) -> None:
    """The page's timer comes late, or early, as when the page was held up between two events of the finger."""
    line = open_timeline(**PHONE)
    line.page.evaluate(
        "(by) => { const way = setTimeout; window.setTimeout = (act, ms) => way(act, ms === 380 ? ms * by : ms); }",
        20 if late else 0,
    )
    start = line.at("mon", 10 * 60)
    end = line.at("mon", 11 * 60) if late else (start[0], start[1] - 160)
    finger = Finger(line.page)
    finger.stroke(start, end, rest=500 if late else 100)
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 10:00-13:00" if late else "mon 09:00-12:00"]


@pytest.mark.parametrize("screen", [PHONE, TABLET], ids=["phone", "tablet"])
def test_two_fingers_zoom_and_the_time_between_them_stays(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, monday: date, screen: dict[str, int]
) -> None:
    line = open_timeline(**screen)
    x, y = line.at("mon", 10 * 60 + 30)  # one of the fingers lies on the entry
    hour = length_of_an_hour(line)
    down = screen is PHONE

    def off(by: float) -> tuple[float, float]:
        return (x, y + by) if down else (x + by, y)

    finger = Finger(line.page)
    finger.draw([(off(-40), off(-80)), (off(40), off(80))], steps=12)
    at_rest(line)
    assert length_of_an_hour(line) > hour * 1.4
    wide = length_of_an_hour(line)
    there = line.at("mon", 10 * 60 + 30)
    assert abs(there[0] - x) + abs(there[1] - y) < 6
    finger.draw([(off(-80), off(-40)), (off(80), off(40))], steps=12)
    at_rest(line)
    assert length_of_an_hour(line) < wide / 1.4
    assert line.page.evaluate("visualViewport.scale") == 1
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 09:00-12:00"]


# In one go: between two presses from outside a busy machine may let the gesture come to rest.
HELD_DOWN = """async () => {
    const sheet = document.querySelector("[data-sheet-of-days]");
    const before = sheet.getAttribute("style");
    for (const repeat of [false, true]) {
        const held = {key: "-", repeat, bubbles: true, cancelable: true};
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", held));
    }
    await new Promise(requestAnimationFrame);
    return [before, sheet.getAttribute("style")];
}"""


def test_zoom_by_key_and_wheel_keeps_the_time_under_the_pointer(
    open_timeline: OpenTimeline, morning: TimeEntry
) -> None:
    line = open_timeline()
    x, y = line.at("mon", 10 * 60)
    hour = length_of_an_hour(line)
    line.page.mouse.move(x, y)
    line.keys.down("Control")
    for _ in range(3):
        line.page.mouse.wheel(0, -80)
    line.keys.up("Control")
    line.settle()
    stretched = length_of_an_hour(line)
    assert stretched > hour * 1.5
    assert abs(line.at("mon", 10 * 60)[0] - x) < 3
    at_rest(line)
    assert abs(length_of_an_hour(line) - stretched) < 0.1
    assert abs(line.at("mon", 10 * 60)[0] - x) < 3
    line.keys.press("-")
    assert length_of_an_hour(line) < stretched
    laid_out, meanwhile = line.page.evaluate(HELD_DOWN)
    assert meanwhile == laid_out  # a held key is a gesture too: nothing is laid out before it rests
    smaller = length_of_an_hour(line)
    assert smaller < stretched / 2
    at_rest(line)
    assert abs(length_of_an_hour(line) - smaller) < 0.1
    line.keys.press("0")
    assert line.page.evaluate("localStorage.length") == 0
