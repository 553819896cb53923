"""How a workspace records and approves time: Settings → Time (P24)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_project, make_work_type
from timesheets.approval_weeks import Waiting, count_waiting, waiting_weeks
from timesheets.models import TimeSettings

SUNDAY = MONDAY + timedelta(days=6)


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def test_hours_before_the_start_of_approval_are_never_asked_for_p24(
    dina: Person, anna: Person, cilla: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design, MONDAY)
    with scope(arena.workspace_id):
        assert count_waiting(SUNDAY) == 1
    page = "settings/time/"
    answer = dina.post(page, {"section": "approval", "approval_starts_on": (MONDAY + timedelta(days=1)).isoformat()})
    assert answer.status_code == 302
    with scope(arena.workspace_id):
        assert count_waiting(SUNDAY) == 0
        assert waiting_weeks(SUNDAY) == Waiting(weeks=[], people=0)
    log(anna.membership, arena, design, MONDAY + timedelta(days=1))
    with scope(arena.workspace_id):
        assert count_waiting(SUNDAY) == 1
    with scope(cilla.workspace.pk):
        assert not TimeSettings.objects.exists()


def test_a_day_that_is_none_is_named_at_its_field_and_nothing_is_stored(dina: Person) -> None:
    answer = dina.post("settings/time/", {"section": "approval", "approval_starts_on": "2026-02-31"})
    assert answer.status_code == 422
    assert "approval_starts_on" in answer.context["sections"][0].errors
    with scope(dina.workspace.pk):
        assert TimeSettings.objects.get().approval_starts_on is None
