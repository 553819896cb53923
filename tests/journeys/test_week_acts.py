"""Anna fills, pastes, copies and writes down in a real browser, and takes each act back with one key."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.week_page import OpenWeek, WeekPage, arena, design, meetings, minutes_of, monday, open_week, rows
from tests.people import Person
from tests.timesheets.hours import log
from timesheets.models import TimeEntry

__all__ = ["arena", "design", "meetings", "monday", "open_week", "rows"]

pytestmark = pytest.mark.django_db(transaction=True)


def paste(week: WeekPage, text: str) -> None:
    week.page.evaluate(
        """(text) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
      document.activeElement.dispatchEvent(paste);
    }""",
        text,
    )


def undo(week: WeekPage) -> None:
    week.field("Design", "mon").focus()
    week.page.keyboard.press("ControlOrMeta+z")


def test_anna_fills_the_working_days_and_takes_it_back_with_one_key(
    rows: None, open_week: OpenWeek, fjell: Workspace, anna: Person, arena: Project, design: WorkType, monday: date
) -> None:
    log(anna.membership, arena, design, monday + timedelta(days=3), 120)
    week = open_week(used_up=True)
    week.field("Design", "mon").focus()
    sent: list[str] = []
    week.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    week.page.keyboard.press("ControlOrMeta+Shift+d")
    week.expect_all_saved()
    assert minutes_of(fjell) == [60, 60, 60, 60, 120, 60]  # Monday has two rows, Thursday was taken
    assert [url.rsplit("/", 2)[1] for url in sent] == ["cells"]
    expect(week.field("Design", "sat")).to_have_value("")
    undo(week)
    week.expect_all_sent()
    assert minutes_of(fjell) == [60, 60, 120]


def test_a_block_is_pasted_in_one_request_and_what_has_no_place_is_named(
    rows: None, open_week: OpenWeek, fjell: Workspace
) -> None:
    week = open_week()
    week.field("Design", "fri").focus()
    paste(week, "7,5\t1\t\t9\nlots\t2:30:00\n\t3\r\n")
    toast = week.page.locator("[data-toast]")
    expect(toast).to_contain_text("3 cells pasted.")
    expect(toast).to_contain_text("“9” falls outside of the rows and days")
    expect(toast).to_contain_text("“lots” is no number of hours, Fjell Arena, Meetings")
    expect(toast).to_contain_text("“3” falls outside of the rows and days")
    expect(week.field("Meetings", "fri")).to_have_value("lots")
    week.expect_all_saved_but_held()
    assert minutes_of(fjell) == [60, 60, 450, 60, 150]
    undo(week)
    expect(week.field("Meetings", "sat")).to_have_value("")
    week.expect_all_saved_but_held()
    assert minutes_of(fjell) == [60, 60]


def test_anna_writes_hours_down_beside_the_note(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    week.write("Design", "tue", "4")
    week.field("Design", "tue").focus()
    week.page.keyboard.press("n")
    billed = week.page.get_by_role("textbox", name="Billable hours")
    billed.fill("5")
    week.page.keyboard.press("Enter")
    expect(billed).to_have_accessible_description(
        "Leave it empty to bill all of the hours. That is more than the 4 that were worked."
    )
    billed.fill("2,5")
    week.page.keyboard.press("Enter")
    expect(billed).to_be_hidden()
    expect(week.field("Design", "tue")).to_have_accessible_description("Billable: 2.5")
    week.expect_all_saved()
    with scope(fjell.pk):
        assert TimeEntry.objects.get(minutes=240).billable_minutes == 150
    undo(week)
    week.expect_all_sent()
    with scope(fjell.pk):
        assert TimeEntry.objects.get(minutes=240).billable_minutes is None


def test_the_sum_of_several_entries_leads_to_the_timeline(
    rows: None, open_week: OpenWeek, anna: Person, arena: Project, design: WorkType, monday: date
) -> None:
    log(anna.membership, arena, design, monday, 30)
    week = open_week()
    week.field("Design", "mon").focus()
    week.page.keyboard.press("n")
    expect(week.page.get_by_role("dialog", name="Details")).to_contain_text("This is the sum of several entries")
    week.page.get_by_role("link", name="Open them on the timeline").click()
    week.page.wait_for_url("**/timeline/**?day=mon")


def test_last_weeks_hours_come_by_the_menu_and_go_by_the_toast(
    rows: None, open_week: OpenWeek, fjell: Workspace, anna: Person, arena: Project, design: WorkType, monday: date
) -> None:
    log(anna.membership, arena, design, monday - timedelta(days=5), 120)
    week = open_week()
    week.page.get_by_role("button", name="Copy week").click()
    week.page.get_by_role("menuitem", name="Rows and hours of last week").click()
    expect(week.field("Design", "wed")).to_have_value("2")
    week.page.locator("[data-toast-undo] button").click()
    expect(week.field("Design", "wed")).to_have_value("")
    week.page.get_by_role("button", name="Favourite: Fjell Arena, Meetings").click()
    expect(week.page.get_by_role("button", name="Favourite: Fjell Arena, Meetings")).to_have_attribute(
        "aria-pressed", "true"
    )
    week.page.get_by_role("combobox", name="Add a row").click()
    expect(week.page.get_by_role("option").first).to_contain_text("Meetings")


def test_the_history_of_a_cell_opens_beside_the_week(rows: None, open_week: OpenWeek) -> None:
    week = open_week()
    week.write("Design", "tue", "4")
    week.expect_all_saved()
    week.field("Design", "tue").focus()
    week.page.keyboard.press("n")
    week.page.get_by_role("link", name="History").click()
    expect(week.page.locator("#panel .history")).to_contain_text("Recorded 4 h on Fjell Arena, Design")
