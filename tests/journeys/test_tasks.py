"""Anna and tasks in a real browser: a row for each on her week, and the choice of one on her timeline (P19)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.week_page import OpenWeek, arena, design, monday, open_week
from tests.people import Person
from tests.timesheets.hours import make_task, use_tasks
from timesheets.models import TimeEntry

__all__ = ["arena", "design", "monday", "open_week"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tasks(fjell: Workspace, arena: Project, design: WorkType) -> list[int]:
    use_tasks(fjell)
    with scope(fjell.pk):
        Project.objects.update(is_task_driven=True)
    return [make_task(arena, name).pk for name in ("Sketches", "Floor plan")]


def written(workspace: Workspace) -> list[tuple[int | None, int]]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("task", "minutes").values_list("task", "minutes"))


def test_anna_writes_on_two_tasks_of_one_day_and_moves_hours_to_another_on_the_timeline(
    tasks: list[int], open_week: OpenWeek, fjell: Workspace, anna: Person, live_server: Any
) -> None:
    week = open_week()
    for task, hours in (("Sketches", "2"), ("Floor plan", "3")):
        week.page.locator("[data-add-input]").click()
        week.page.keyboard.type(task.lower())
        # Chosen is what was typed for; the list that opens before that has nothing chosen.
        expect(week.page.locator("[role=option][aria-selected=true]").filter(has_text=task)).to_be_visible()
        week.page.keyboard.press("Enter")
        expect(week.field(task, "mon")).to_be_visible()
        week.write(task, "mon", hours)
    week.expect_all_saved()
    assert written(fjell) == [(tasks[0], 120), (tasks[1], 180)]
    week.open()
    expect(week.field("Sketches", "mon")).to_have_value("2")

    page = week.page
    page.goto(f"{live_server.url}{anna.url('timeline/')}")
    page.locator("[data-timeline-page][data-ready]").wait_for()
    page.locator(".timeline-day[data-day=mon] .entry-chip .entry-body").filter(has_text="Sketches").click()
    popover = page.locator("[data-entry-popover]")
    field = popover.locator("[data-entry-task]")
    expect(field).to_have_value("Sketches")
    field.click()
    page.keyboard.type("plan")
    expect(popover.locator("[data-entry-task-list] [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(field).to_have_value("Floor plan")
    week.expect_all_sent()
    assert written(fjell) == [(tasks[1], 120), (tasks[1], 180)]
