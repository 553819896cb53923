"""Absence work types: never billable, striped, planned ahead and approved like other hours (P11, P17, P18)."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from busy.catalog.models import Project, WorkType, WorkTypeKind
from busy.catalog.services.work_types import change_work_type, create_work_type
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, log_week, make_project, make_work_type
from timesheets.approval_rules import DaySum
from timesheets.approval_weeks import person_week
from timesheets.models import TimeEntry
from timesheets.onboarding.services import FirstWork, begin
from timesheets.week_bars import bars_in_words, bars_of

WEEK = Week.of(MONDAY)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def internal(fjell: Workspace) -> Project:
    return make_project(fjell, "Internal", customer="", is_billable=False)


@pytest.fixture
def vacation(internal: Project) -> WorkType:
    return make_work_type(internal, "Ferie", product=None, is_billable=False, kind=WorkTypeKind.VACATION)


def test_absence_is_never_billable_p11(fjell: Workspace) -> None:
    with scope(fjell.pk):
        sick = create_work_type(name="Sick", is_billable=True, kind=WorkTypeKind.SICK_LEAVE)
        assert (sick.is_absence, sick.is_billable) == (True, False)
        design = create_work_type(name="Design")
        assert (design.is_absence, design.is_billable) == (False, True)
        assert not change_work_type(design, kind=WorkTypeKind.TIME_OFF).is_billable
        assert not change_work_type(design, is_billable=True).is_billable
        with pytest.raises(IntegrityError), transaction.atomic():
            WorkType.objects.filter(pk=design.pk).update(is_billable=True)


def test_bo_makes_a_work_type_absence_on_its_page(bo: Person, anna: Person, internal: Project) -> None:
    leave = make_work_type(internal, "Leave", product=None)
    page = f"work-types/{leave.pk}/"
    posted = {"name": "Leave", "initial-name": "Leave", "number": "", "initial-number": "", "product": ""}
    posted |= {"initial-product": "", "is_billable": "on", "initial-is_billable": "True"}
    posted |= {"kind": "vacation", "initial-kind": "work"}
    answer = bo.post(page, posted, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    # The page that stays shows the switch as the kind leaves it: off, and not to be turned on.
    switch = re.search(r'<input type="checkbox" name="is_billable"[^>]*>', answer.content.decode())
    assert switch is not None
    assert "disabled" in switch[0]
    assert "checked" not in switch[0]
    with scope(leave.workspace_id):
        leave.refresh_from_db()
    assert (leave.kind, leave.is_billable) == ("vacation", False)
    assert "Vacation" in bo.get("work-types/").content.decode()
    assert anna.post(page, posted).status_code == 403


def test_a_new_workspace_gets_an_internal_project_with_absence_p11(dina: Person) -> None:
    with scope(dina.workspace.pk):
        first = FirstWork(customer="", project="Arena", work_types=("Design",), internal=True, rate=None)
        begin(first, by=dina.membership)
        project = Project.objects.get(is_billable=False)
        kinds = WorkType.objects.filter(project_work_types__project=project).values_list("kind", flat=True)
        assert sorted(kinds) == ["sick_leave", "time_off", "vacation", "work", "work"]


def test_absence_is_told_apart_on_week_timeline_and_for_the_approver_p17(
    anna: Person, bo: Person, internal: Project, vacation: WorkType
) -> None:
    log(anna.membership, internal, vacation, MONDAY, is_billable=False)
    week = anna.get(f"week/{WEEK}/").content.decode()
    assert len(re.findall(r"data-hours-cell[^>]*data-absence", week)) == 7
    assert "Absence" in week
    block = re.search(r'<script id="timeline-data"[^>]*>(.*?)</script>', anna.get(f"timeline/{WEEK}/").content.decode())
    assert block is not None
    assert json.loads(block[1])["days"][0]["entries"][0]["absence"] == "Vacation"
    side = bo.get(f"approve/{WEEK}/people/{anna.membership.pk}/").content.decode()
    assert re.search(r"day-entry\"[^>]*\sdata-absence", side)


def test_absence_fills_the_day_and_makes_no_overtime_p21(
    anna: Person, internal: Project, vacation: WorkType, fjell: Workspace
) -> None:
    arena = make_project(fjell)
    log_week(anna.membership, arena, make_work_type(arena))
    log(anna.membership, internal, vacation, MONDAY + timedelta(days=6), is_billable=False)
    with scope(fjell.pk):
        full = person_week(anna.membership, WEEK, fjell, today=MONDAY + timedelta(days=14))
    assert (full.minutes, full.absence, full.capacity, full.over) == (2700, 450, 2250, 450)
    only_absence = DaySum(day=MONDAY, capacity=0, minutes=450, absence=450)
    assert (only_absence.over, only_absence.worked) == (0, 0)


def test_the_small_bars_show_absence_with_a_look_of_its_own() -> None:
    half = DaySum(day=MONDAY, capacity=450, minutes=450, absence=210)
    assert [bar.kind for bar in bars_of([half])] == ["capacity", "worked", "absence"]
    assert bars_in_words([half]) == "Monday 7.5, of it absence 3.5"


def test_vacation_is_planned_ahead_and_approved_p18(
    anna: Person, bo: Person, internal: Project, vacation: WorkType
) -> None:
    coming = WEEK.plus(3)
    with time_machine.travel(f"{TUESDAY}T12:00:00+01:00", tick=False):
        log(anna.membership, internal, vacation, coming.monday, is_billable=False)
        answer = bo.post(f"approve/{coming}/people/", {"member": anna.membership.pk})
        assert answer.status_code == 302
    with scope(internal.workspace_id):
        assert TimeEntry.objects.get().is_approved


def test_cilla_sees_no_absence_of_fjell(cilla: Person, anna: Person, internal: Project, vacation: WorkType) -> None:
    log(anna.membership, internal, vacation, is_billable=False)
    assert cilla.get(f"/w/{anna.workspace.slug}/week/{WEEK}/").status_code == 404
    assert cilla.get(f"work-types/{vacation.pk}/").status_code == 404
