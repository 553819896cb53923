"""Lunch on Anna's timeline in a real browser: the grey area, and the deduction that she adjusts (P20)."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.timeline_page import OpenTimeline, arena, design, monday, morning, open_timeline, saved
from timesheets.models import TimeEntry, TimeSettings
from timesheets.models.settings import Lunch

__all__ = ["arena", "design", "monday", "morning", "open_timeline"]

pytestmark = pytest.mark.django_db(transaction=True)


def choose(workspace: Workspace, lunch: Lunch) -> None:
    with scope(workspace.pk):
        TimeSettings.objects.update_or_create(defaults={"lunch": lunch})


def lunches(workspace: Workspace) -> list[tuple[int, int]]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("day", "start_time").values_list("minutes", "lunch_minutes"))


@pytest.mark.parametrize("width", [1440, 390])
def test_p20_the_grey_area_is_where_nothing_is_written(
    open_timeline: OpenTimeline, fjell: Workspace, morning: TimeEntry, width: int
) -> None:
    """On Monday the entry from 9 to 12 covers it; the weekend has none."""
    choose(fjell, Lunch.SHOWN)
    line = open_timeline(width=width, height=900)
    bands = line.page.locator(".lunch-band")
    expect(bands).to_have_count(4)
    expect(line.page.locator(".timeline-day[data-day=mon] .lunch-band")).to_have_count(0)
    if width == 390:
        line.page.locator("label:has(#day-tue)").click()
    tuesday = line.page.locator(".timeline-day[data-day=tue] .lunch-band")
    expect(tuesday).to_contain_text("Lunch 11:30–12:00")
    box = tuesday.bounding_box()
    assert box
    top, left = line.at("tue", 11 * 60 + 30), line.at("tue", 12 * 60)
    along = (box["y"], box["y"] + box["height"]) if width == 390 else (box["x"], box["x"] + box["width"])
    assert along == pytest.approx((top[1], left[1]) if width == 390 else (top[0], left[0]), abs=1)


def test_p20_drawing_the_first_entry_deducts_lunch_and_anna_adjusts_it(
    open_timeline: OpenTimeline, fjell: Workspace, arena: Project, design: WorkType, monday: date
) -> None:
    choose(fjell, Lunch.DEDUCTED)
    line = open_timeline()
    line.drag(line.at("tue", 8 * 60), line.at("tue", 16 * 60))
    expect(line.popover).to_be_visible()
    line.keys.type("fje")
    line.page.locator("[role=option][aria-selected=true]").wait_for()
    line.keys.press("Enter")
    field = line.page.locator("[data-entry-lunch]")
    expect(field).to_have_value("30")
    expect(line.page.locator("[data-entry-hours]")).to_have_value("7.5")
    line.keys.press("Escape")
    line.expect_saved()
    assert (saved(fjell, monday), lunches(fjell)) == (["tue 08:00-16:00"], [(450, 30)])
    expect(line.blocks("tue")).to_contain_text("30 min lunch deducted")
    line.blocks("tue").focus()
    line.keys.press("Shift+ArrowRight")
    line.expect_saved()
    assert lunches(fjell) == [(465, 30)]
    line.keys.press("Enter")
    field.fill("600")
    field.press("Enter")
    expect(line.page.locator("[data-entry-error]")).to_contain_text("494")
    field.fill("0")
    field.press("Enter")
    line.expect_saved()
    assert lunches(fjell) == [(495, 0)]
    for _ in range(2):
        line.keys.press("ControlOrMeta+z")
    line.expect_saved()
    assert (saved(fjell, monday), lunches(fjell)) == (["tue 08:00-16:00"], [(450, 30)])
    line.keys.press("Delete")
    line.expect_saved()
    assert lunches(fjell) == []
    line.keys.press("ControlOrMeta+z")
    line.expect_saved()
    assert lunches(fjell) == [(450, 30)]
