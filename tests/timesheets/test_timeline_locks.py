"""What the timeline refuses: locked hours (R112), closed projects (P8, P9), the hours of others."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, make_project, make_work_type
from tests.timesheets.steps import NINE, NOON, TUESDAY, Take, at, change, entry_of, made, times
from timesheets.approval import approve_person_week, undo_person_week
from timesheets.errors import Locked, NoSuchCell, NotTheirs, ProjectArchived, ProjectClosed
from timesheets.models import TimeEntry
from timesheets.order_locks import lock_for_order, unlock_from_order
from timesheets.timeline_book import revision_of
from timesheets.timeline_errors import EntryGone
from timesheets.timeline_moves import Copy, Cut, Delete, Move


# R112: locks ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["move", "cut", "delete", "note"])
def test_r112_approved_hours_stay_until_the_approval_is_undone(
    take: Take, fjell: Workspace, bo: Person, anna: Person, morning: TimeEntry, kind: str
) -> None:
    with scope(fjell.pk):
        approve_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    base = revision_of(morning)
    kinds: dict[str, Move] = {
        "move": change(morning, at(NINE, NOON, TUESDAY)),
        "cut": Cut(id=morning.client_id, base=base, at=NINE + 60, rest_id=uuid.uuid4()),
        "delete": Delete(id=morning.client_id, base=base),
        "note": change(morning, note="Late"),
    }
    move = kinds[kind]
    with pytest.raises(Locked, match="Bo Berg approved the hours"):
        take(move)
    with scope(fjell.pk):
        undo_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    take(move)


def test_r112_an_approved_week_takes_no_new_entry_p21(
    take: Take, fjell: Workspace, bo: Person, anna: Person, arena: Project, design: WorkType, morning: TimeEntry
) -> None:
    with scope(fjell.pk):
        approve_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    for day in (MONDAY, MONDAY + timedelta(days=6)):
        with pytest.raises(Locked):
            take(made(arena, design, 0, 60, day))
    with pytest.raises(Locked):  # also by the way over midnight
        take(made(arena, design, 23 * 60, 60, MONDAY - timedelta(days=1)))


def test_r112_hours_on_an_order_stay_until_it_lets_go(take: Take, fjell: Workspace, morning: TimeEntry) -> None:
    with scope(fjell.pk):
        lock_for_order([morning.pk], "Order 7")
    with pytest.raises(Locked, match="Order 7"):
        take(change(morning, at(NINE, NOON + 15)))
    with scope(fjell.pk):
        unlock_from_order([morning.pk])
    take(change(morning, at(NINE, NOON + 15)))


# P8, P9: what may be logged on ----------------------------------------------------------------------------------------
def test_p9_a_closed_project_takes_no_new_time(take: Take, fjell: Workspace, anna: Person) -> None:
    secret = make_project(fjell, "Secret", customer="", is_open=False)
    work = make_work_type(secret, "Work", product=None)
    with pytest.raises(ProjectClosed):
        take(made(secret, work))


def test_hours_on_an_archived_project_can_shrink_but_not_grow_or_change_day(
    take: Take, fjell: Workspace, arena: Project, morning: TimeEntry
) -> None:
    with scope(fjell.pk):
        Project.objects.filter(pk=arena.pk).update(archived_at=timezone.now())
    with pytest.raises(ProjectArchived):
        take(change(morning, at(NINE, NOON + 15)))
    with pytest.raises(ProjectArchived):
        take(change(morning, at(NINE, NOON, TUESDAY)))
    take(change(morning, at(NINE + 60, NOON)))
    assert times(fjell) == [(MONDAY, "10:00", "12:00", 120)]


def test_billable_follows_the_project_unless_it_was_set_aside(
    take: Take, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    internal = make_project(fjell, "Internal", customer="", is_billable=False)
    meetings = make_work_type(internal, "Meetings", product=None)
    create = made(internal, meetings, is_billable=True)
    take(create)
    assert not entry_of(fjell, create.id).is_billable
    take(change(entry_of(fjell, create.id), on=(arena.pk, design.pk)))
    assert entry_of(fjell, create.id).is_billable
    take(change(entry_of(fjell, create.id), is_billable=False))
    other = make_work_type(arena, "Survey", product=None)
    take(change(entry_of(fjell, create.id), on=(arena.pk, other.pk)))
    assert not entry_of(fjell, create.id).is_billable


# Who ------------------------------------------------------------------------------------------------------------------
def test_bo_corrects_annas_timeline_and_anna_not_his(
    take: Take, fjell: Workspace, anna: Person, bo: Person, arena: Project, design: WorkType, morning: TimeEntry
) -> None:
    take(change(morning, at(NINE, NOON + 15)), by=bo)
    assert times(fjell) == [(MONDAY, "09:00", "12:15", 195)]
    with pytest.raises(NotTheirs):
        take(made(arena, design), who=bo, by=anna)


def test_cilla_reaches_nothing_of_fjell(
    take: Take, fjell: Workspace, cilla: Person, arena: Project, design: WorkType, morning: TimeEntry
) -> None:
    take(Delete(id=morning.client_id, base=revision_of(morning)), who=cilla)
    with pytest.raises(EntryGone):
        take(change(morning, note="Mine"), who=cilla)
    with pytest.raises(EntryGone):
        take(Copy(id=uuid.uuid4(), of=morning.client_id, place=at(NINE, NOON)), who=cilla)
    with pytest.raises(NoSuchCell):
        take(made(arena, design), who=cilla)
    assert times(fjell) == [(MONDAY, "09:00", "12:00", 180)]
