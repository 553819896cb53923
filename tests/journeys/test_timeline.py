"""Anna at her timeline in a real browser: every gesture with its key, by touch, and that nothing is ever lost."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week, local_today
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person
from tests.timesheets.hours import log, make_project, make_work_type
from timesheets.approval import approve_person_week
from timesheets.clock import NotATime, read_time, read_times
from timesheets.models import TimeEntry

pytestmark = pytest.mark.django_db(transaction=True)


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
        self.page.wait_for_timeout(40)
        mouse.up()
        self.page.wait_for_timeout(40)  # what is dropped is taken up after the browser has closed what the pointer left
        if holding:
            self.keys.up(holding)

    def expect_saved(self) -> None:
        until = clock.monotonic() + 10
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
            page.goto("about:blank")
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
    line.page.get_by_label("Note").fill("Facade")
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
    expect(line.popover.get_by_role("link", name="Ask to reopen")).to_be_visible()
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


def test_zoom_by_key_and_wheel_keeps_the_time_under_the_pointer(
    open_timeline: OpenTimeline, morning: TimeEntry
) -> None:
    line = open_timeline()
    x, y = line.at("mon", 10 * 60)
    line.page.mouse.move(x, y)
    line.keys.down("Control")
    line.page.mouse.wheel(0, -200)
    line.keys.up("Control")
    line.page.wait_for_timeout(60)
    assert abs(line.at("mon", 10 * 60)[0] - x) < 3
    wide = line.blocks("mon").bounding_box()
    line.keys.press("-")
    narrower = line.blocks("mon").bounding_box()
    assert wide
    assert narrower
    assert narrower["width"] < wide["width"]
    line.keys.press("0")
    assert line.page.evaluate("localStorage.length") == 0


class Finger:
    """One finger on the glass, as the browser's own input would tell it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def stroke(self, start: tuple[float, float], end: tuple[float, float], *, rest: int = 0) -> None:
        """Put it down, let it rest so many milliseconds, draw it, lift it."""
        self._tell("touchStart", [start])
        self.page.wait_for_timeout(rest)
        for step in range(1, 9):
            self._tell("touchMove", [tuple(a + (b - a) * step / 8 for a, b in zip(start, end, strict=True))])
        self._tell("touchEnd", [])
        still = -1.0
        while still != (now := self.page.evaluate("scrollY")):  # a page that was pushed glides on
            still = now
            self.page.wait_for_timeout(150)

    def _tell(self, kind: str, points: list[tuple[float, ...]]) -> None:
        told = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})


def test_a_finger_scrolls_rests_to_drag_and_takes_the_wide_ends(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, monday: date
) -> None:
    line = open_timeline(width=390, height=844, has_touch=True, is_mobile=True)
    finger = Finger(line.page)
    point = line.at("mon", 10 * 60)
    before = line.page.evaluate("scrollY")
    finger.stroke(point, (point[0], point[1] - 160))
    assert line.page.evaluate("scrollY") > before + 60  # a swipe that begins on an entry scrolls
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
    finger.stroke(grip, (grip[0], grip[1] + line.at("mon", 60)[1] - line.at("mon", 0)[1]))
    line.expect_saved()
    assert saved(fjell, monday) == ["mon 10:00-14:00"]


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
    line.page.wait_for_timeout(250)
    assert accessibility_problems(line.page) == []


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
    line = open_timeline()
    read = line.page.evaluate(
        """async (table) => {
          const modules = [...document.querySelectorAll("script[type=module]")].map((script) => script.src);
          const page = modules.find((address) => address.includes("timeline/timeline"));
          const { readTime, readTimes } = await import(page.replace(/timeline[.][^/]*$/, "times.js"));
          return table.map((text) => {
            const [both, one] = [readTimes(text), readTime(text)];
            return both ? [both.start, both.end] : one === null ? [] : [one, null];
          });
        }""",
        table,
    )
    assert read == [server(text) for text in table]
