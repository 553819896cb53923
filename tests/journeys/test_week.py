"""Anna at her week in a real browser: keys, saving, and that nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from busy.catalog.models import Project, WorkType
from busy.lib.durations import NotADuration, parse_hours, print_hours
from busy.lib.periods import Week, local_today
from busy.workspaces.models import User, Workspace
from busy.workspaces.scope import scope
from tests.journeys.browsers import let_in
from tests.journeys.week_page import (
    DAYS,
    OpenWeek,
    WeekPage,
    arena,
    design,
    meetings,
    minutes_of,
    monday,
    open_week,
    rows,
)
from tests.people import Person
from tests.timesheets.hours import log
from timesheets.approval import approve_person_week
from timesheets.models import TimeEntry

__all__ = ["arena", "design", "meetings", "monday", "open_week", "rows"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_anna_walks_the_week_with_keys_alone(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    keys = week.page.keyboard
    week.field("Design", "tue").focus()
    keys.type("7,5")
    keys.press("Enter")
    expect(week.field("Meetings", "tue")).to_be_focused()
    keys.type("1")
    keys.press("Tab")
    expect(week.field("Meetings", "wed")).to_be_focused()
    keys.press("ArrowUp")
    expect(week.field("Design", "wed")).to_be_focused()
    keys.press("Home")
    expect(week.field("Design", "mon")).to_be_focused()
    keys.press("End")
    expect(week.field("Design", "sun")).to_be_focused()
    keys.press("ArrowLeft")
    keys.press("ArrowLeft")
    keys.type("4")
    keys.press("Shift+Enter")
    week.expect_all_saved()
    keys.type("5")
    keys.press("Escape")
    expect(week.field("Design", "fri")).to_have_value("4")
    assert minutes_of(fjell) == [60, 60, 450, 60, 240]
    expect(week.sum_of("tue")).to_have_text("8.5")


def test_ctrl_d_copies_one_day_on_and_ctrl_z_takes_the_last_change_back(
    rows: None, open_week: OpenWeek, fjell: Workspace
) -> None:
    week = open_week()
    week.field("Design", "wed").focus()
    week.page.keyboard.type("3")
    for _ in range(2):
        week.page.keyboard.press("ControlOrMeta+d")
    expect(week.field("Design", "fri")).to_have_value("3")
    week.expect_all_saved()
    assert minutes_of(fjell) == [60, 60, 180, 180, 180]
    week.page.keyboard.press("ControlOrMeta+z")
    expect(week.field("Design", "fri")).to_have_value("")
    week.page.keyboard.press("ControlOrMeta+z")
    week.expect_all_saved()
    assert minutes_of(fjell) == [60, 60, 180]


def test_every_way_to_write_hours_is_understood(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    ways = {"wed": "7,5", "thu": "7.5", "fri": "7:30", "sat": "7t30", "sun": "450m"}
    for day, typed in ways.items():
        week.write("Design", day, typed)
        expect(week.field("Design", day)).to_have_value("7.5")
    week.expect_all_saved()
    assert minutes_of(fjell) == [60, 60, *[450] * 5]


TYPED = [
    *("7,5", "7.5", "7:30", "7t30", "7h30m", "450m", "7", "", " ", "-", "–", ".5", ",5", "0,33", "0.005", "1.005"),
    *("7 t", "7 timer", "7,5 h", "7 hours", "1 hour", "7 timmar", "30 min", "90 minutter", "7:5", "7: 05", "24", "26"),
    *("7\u00a0t\u00a030", "\u202f7,5 ", "7,5x", "abc", "7:60", "7:3:0", "1,2,3", "7,,5", "٣", "7٫5", "-7", "+7", "1e3"),
    *(
        "99999m",
        "999999m",
        "12345",
        "1234.12345",
        "m",
        "t",
        ":30",
        "7:",
        "7.",
        ".",
        "0x10",
        "NaN",
        "½",
        "7 , 5",
        "7T30",
        "7 tim",
        "1 timme",
        "1 time 15 minutt",
        "20 minut",
        "7tim30",
    ),
]


def test_the_browser_reads_and_writes_hours_as_the_server_does(rows: None, open_week: OpenWeek) -> None:
    def on_the_server(text: str) -> int | None:
        try:
            return parse_hours(text)
        except NotADuration:
            return None

    week = open_week()
    read = """async ([texts, minutes]) => {
      const { parseHours, printHours } = await import("/static/js/durations.js");
      const print = (language) => minutes.map((minute) => printHours(minute, language));
      const printed = ["nb", "sv", "da", "en"].map(print);
      return [texts.map(parseHours), printed, printed.map((all) => all.map(parseHours))];
    }"""
    decimals = [f"{n}.{d}" for n in (0, 7) for d in range(1000)]
    minutes = list(range(24 * 60 + 1))
    texts = [*TYPED, *decimals]
    parsed, printed, read_back = week.page.evaluate(read, [texts, minutes])
    assert dict(zip(texts, parsed, strict=True)) == {text: on_the_server(text) for text in texts}
    assert printed == [[print_hours(m, language) for m in minutes] for language in ("nb", "sv", "da", "en")]
    assert read_back == [minutes] * 4


def test_wrong_text_stays_in_its_cell_with_the_sentence_under_it(
    rows: None, open_week: OpenWeek, fjell: Workspace
) -> None:
    week = open_week()
    week.write("Design", "fri", "half a day")
    field = week.field("Design", "fri")
    expect(field).to_have_value("half a day")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Write hours as 7.5, 7:30 or 450m.")
    expect(week.state).to_have_text("1 cell is not saved")
    expect(week.sum_of("fri")).to_contain_text("0")
    week.page.reload()
    week.wait()
    expect(field).to_have_value("half a day")
    week.write("Design", "fri", "4")
    week.expect_all_saved()
    expect(field).not_to_have_attribute("aria-invalid", "true")
    assert minutes_of(fjell) == [60, 60, 240]


def test_a_day_has_24_hours_over_all_rows(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    week.write("Design", "fri", "20")
    week.write("Meetings", "fri", "6")
    expect(week.cell("Meetings", "fri").locator(".cell-message")).to_have_text(
        "A day has 24 hours, and 20 stand on other rows. 6 is not saved."
    )
    assert minutes_of(fjell) == [60, 60, 1200]


def test_what_was_typed_and_not_left_survives_a_reload(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    week.field("Design", "fri").click()
    week.page.keyboard.type("6,25")
    week.page.reload()
    week.wait()
    expect(week.field("Design", "fri")).to_have_value("6.25")
    week.expect_all_sent()
    assert minutes_of(fjell) == [60, 60, 375]


def test_a_pause_saves_without_leaving_the_cell(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    week.field("Design", "fri").click()
    week.page.keyboard.type("2")
    week.expect_all_saved()
    assert minutes_of(fjell) == [60, 60, 120]
    week.page.keyboard.type(",5")
    expect(week.field("Design", "fri")).to_have_value("2,5")
    week.page.keyboard.press("Tab")
    week.expect_all_sent()
    assert minutes_of(fjell) == [60, 60, 150]


def test_n_writes_a_note_and_esc_keeps_it(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    week.field("Design", "mon").focus()
    week.page.keyboard.press("n")
    note = week.page.get_by_role("textbox", name="Note", exact=True)
    expect(note).to_be_focused()
    week.page.keyboard.type("South facade")
    week.page.keyboard.press("Escape")
    expect(week.field("Design", "mon")).to_be_focused()
    week.expect_all_saved()
    expect(week.cell("Design", "mon")).to_have_attribute("data-note", "")
    expect(week.field("Design", "mon")).to_have_accessible_description("Note: South facade")
    with scope(fjell.pk):
        assert sorted(TimeEntry.objects.values_list("note", flat=True)) == ["", "South facade"]


def test_a_note_before_the_hours_waits_for_them(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    week.field("Design", "fri").focus()
    week.page.keyboard.press("n")
    week.page.keyboard.type("Roof")
    week.page.keyboard.press("Escape")
    week.page.keyboard.type("2")
    week.page.keyboard.press("Enter")
    week.expect_all_saved()
    with scope(fjell.pk):
        assert TimeEntry.objects.get(minutes=120).note == "Roof"


def test_anna_adds_a_row_by_typing_and_stands_in_todays_cell(
    open_week: OpenWeek, arena: Project, design: WorkType, meetings: WorkType, fjell: Workspace
) -> None:
    week = open_week()
    expect(week.page.locator(".welcome")).to_contain_text("Welcome, Anna.")
    add = week.page.get_by_role("combobox", name="Add a row")
    expect(add).to_be_focused()
    week.page.keyboard.type("fjell des")
    expect(week.page.get_by_role("option")).to_have_count(1)
    week.page.keyboard.press("Enter")
    today = DAYS[local_today("Europe/Oslo").weekday()]
    expect(week.field("Design", today)).to_be_focused()
    expect(week.page.locator(".welcome")).to_have_count(0)
    week.page.keyboard.type("7,5")
    week.page.keyboard.press("Enter")
    week.expect_all_saved()
    assert minutes_of(fjell) == [450]
    week.page.get_by_role("combobox", name="Add a row").click()
    week.page.keyboard.type("meet")
    expect(week.page.get_by_role("option")).to_have_count(1)
    week.page.keyboard.press("Enter")
    expect(week.field("Meetings", today)).to_be_focused()
    remove = week.page.get_by_role("button", name="Remove the row Fjell Arena, Meetings")
    remove.focus()
    week.page.keyboard.press("Enter")
    expect(week.page.locator("tr[data-row]")).to_have_count(1)


def test_last_weeks_rows_come_along_without_their_hours(
    open_week: OpenWeek, anna: Person, arena: Project, design: WorkType, meetings: WorkType, monday: date
) -> None:
    for work_type in (design, meetings):
        log(anna.membership, arena, work_type, monday - timedelta(days=4), 60)
    week = open_week()
    week.page.get_by_role("button", name="Start with the 2 rows of last week").click()
    expect(week.page.locator("tr[data-row]")).to_have_count(2)
    expect(week.page.locator("tfoot [data-week-sum]")).to_contain_text("0")


def test_r112_a_locked_cell_says_why_by_keyboard(
    rows: None, open_week: OpenWeek, anna: Person, bo: Person, fjell: Workspace, monday: date
) -> None:
    week = open_week()
    with scope(fjell.pk):
        approve_person_week(anna.membership.pk, Week.of(monday), by=bo.membership)
    week.write("Design", "mon", "2")  # the page does not know yet
    expect(week.cell("Design", "mon").locator(".cell-message")).to_contain_text("Bo Berg approved the hours")
    week.page.keyboard.press("Escape")
    week.open()
    lock = week.cell("Design", "mon").get_by_role("button")
    lock.focus()
    week.page.keyboard.press("Enter")
    expect(week.page.get_by_role("dialog", name="Locked after approval")).to_contain_text("Bo Berg approved the hours")
    assert minutes_of(fjell) == [60, 60]


def test_page_keys_change_the_week_and_question_mark_shows_them(rows: None, open_week: OpenWeek, monday: date) -> None:
    week = open_week()
    week.field("Design", "mon").focus()
    week.page.keyboard.press("?")
    expect(week.page.get_by_role("dialog", name="Keys on this page")).to_contain_text("Copy the hours one day on")
    week.page.keyboard.press("Escape")
    week.field("Design", "mon").focus()
    week.page.keyboard.press("PageUp")
    week.page.wait_for_url(f"**/week/{Week.of(monday).plus(-1)}/")


def test_a_block_from_a_spreadsheet_spreads_over_the_cells(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    week.field("Design", "wed").focus()
    week.page.evaluate("""() => {
      const data = new DataTransfer();
      data.setData("text/plain", "7,5\\t4\\n\\t3:30\\n");
      const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
      document.activeElement.dispatchEvent(paste);
    }""")
    week.expect_all_saved()
    assert minutes_of(fjell) == [60, 60, 450, 240, 210]


def test_a_phone_shows_one_day_and_swipes_to_the_next(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week(width=390, height=844, has_touch=True, is_mobile=True)
    week.page.locator("label", has=week.page.locator("#day-mon")).tap()
    expect(week.field("Design", "mon")).to_be_visible()
    expect(week.field("Design", "tue")).to_be_hidden()
    box = week.field("Design", "mon").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert week.field("Design", "mon").get_attribute("inputmode") == "decimal"
    week.page.evaluate("""() => {
      const frame = document.querySelector(".week-frame");
      const touch = (x) => new Touch({ identifier: 1, target: frame, clientX: x, clientY: 300 });
      const tell = (type, x, touches) =>
        frame.dispatchEvent(new TouchEvent(type, { touches, changedTouches: [touch(x)], bubbles: true }));
      tell("touchstart", 300, [touch(300)]);
      tell("touchend", 120, []);
    }""")
    expect(week.field("Design", "tue")).to_be_visible()
    week.field("Design", "tue").tap()
    week.page.keyboard.type("2")
    week.cell("Design", "tue").get_by_role("button", name="15 minutes more").tap()
    expect(week.field("Design", "tue")).to_have_value("2.25")
    week.field("Meetings", "tue").tap()
    week.cell("Meetings", "tue").get_by_role("button", name="Fill the day").tap()
    expect(week.field("Meetings", "tue")).to_be_focused()
    expect(week.field("Meetings", "tue")).to_have_value("5.25")
    week.field("Design", "tue").tap()
    week.expect_all_saved()
    assert sorted(minutes_of(fjell)) == [60, 60, 135, 315]
    week.cell("Meetings", "tue").get_by_role("button", name="Note").tap()
    expect(week.page.get_by_role("textbox", name="Note", exact=True)).to_be_focused()
    assert week.page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_browser_without_scripts_saves_by_the_button(
    rows: None, open_week: OpenWeek, fjell: Workspace, anna: Person, live_server: Any, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    let_in(page.context, anna, live_server.url)
    page.goto(f"{live_server.url}{anna.url('week/')}")
    week = WeekPage(page, page.url)
    week.field("Design", "fri").fill("7:30")
    week.field("Design", "thu").fill("lots")
    page.get_by_role("button", name="Save the week").click()
    expect(week.field("Design", "thu")).to_have_value("lots")
    expect(week.field("Design", "thu")).to_have_accessible_description("Write hours as 7.5, 7:30 or 450m.")
    assert minutes_of(fjell) == [60, 60, 450]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_the_page_is_accessible(
    rows: None,
    open_week: OpenWeek,
    accessibility_problems: Callable[[Page], list[str]],
    anna: Person,
    bo: Person,
    fjell: Workspace,
    width: int,
    scheme: str,
) -> None:
    """With a refused cell, a conflict, a note and an open popover; then locked; then empty. As it opens it is looked at
    with all other pages."""
    week = open_week(width=width, color_scheme=scheme, reduced_motion="reduce")
    day = "mon"
    if width == 390:
        week.page.locator("label", has=week.page.locator("#day-mon")).click()
    week.write("Meetings", day, "lots")
    week.field("Design", day).focus()
    week.page.keyboard.press("n")
    assert accessibility_problems(week.page) == []
    week.page.keyboard.press("Escape")
    with scope(fjell.pk):
        approve_person_week(anna.membership.pk, Week.of(local_today("Europe/Oslo")), by=bo.membership)
    week.page.evaluate("localStorage.clear()")
    week.open()
    if width == 390:
        week.page.locator("label", has=week.page.locator("#day-mon")).click()
    week.cell("Design", day).get_by_role("button").click()
    assert accessibility_problems(week.page) == []
    week.page.goto(f"{week.address}2026-W02/")
    week.wait()
    assert accessibility_problems(week.page) == []


def test_the_page_speaks_norwegian_hours(rows: None, open_week: OpenWeek, anna: Person, fjell: Workspace) -> None:
    User.objects.filter(pk=anna.user.pk).update(language="nb")
    week = open_week()
    week.write("Design", "fri", "7.5")
    expect(week.field("Design", "fri")).to_have_value("7,5")
    expect(week.sum_of("fri")).to_have_text("7,5")
    week.expect_all_sent()
    assert minutes_of(fjell) == [60, 60, 450]
