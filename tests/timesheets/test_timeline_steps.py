"""Steps on the timeline: create, resize, move, copy, cut (P13, P14), and taken back."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_project, make_work_type
from tests.timesheets.steps import MIDNIGHT, NINE, NOON, TUESDAY, Take, at, change, entry_of, made, times
from timesheets.errors import Locked
from timesheets.events import Cell
from timesheets.models import TimeEntry
from timesheets.order_locks import lock_for_order
from timesheets.timeline_book import revision_of
from timesheets.timeline_errors import CutOutside, DayFull, EntryChanged, NoLength
from timesheets.timeline_moves import Copy, Create, Cut, Delete, Place


# P13: create, resize, move --------------------------------------------------------------------------------------------
def test_p13_anna_draws_an_entry_and_its_minutes_follow(
    take: Take, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    step = take(made(arena, design, NINE, NINE + 150, note=" Sketches "))
    assert times(fjell) == [(MONDAY, "09:00", "11:30", 150)]
    assert step.days == (MONDAY,)
    with scope(fjell.pk):
        entry = TimeEntry.objects.get()
    assert (entry.note, entry.is_billable, entry.state) == ("Sketches", True, "open")


def test_p13_resizing_an_end_and_moving_to_another_day(take: Take, fjell: Workspace, morning: TimeEntry) -> None:
    take(change(morning, at(NINE, NOON + 15)))
    assert times(fjell) == [(MONDAY, "09:00", "12:15", 195)]
    moved = entry_of(fjell, morning.client_id)
    take(change(moved, at(NOON, NOON + 195, TUESDAY)))
    assert times(fjell) == [(TUESDAY, "12:00", "15:15", 195)]


def test_p13_every_touched_cell_is_announced_once(
    take: Take, anna: Person, arena: Project, design: WorkType, morning: TimeEntry, announced: list[frozenset[Cell]]
) -> None:
    take(change(morning, at(NINE, NOON, TUESDAY)))
    key = (anna.membership.pk, arena.pk, design.pk)
    assert announced == [frozenset({Cell(*key, MONDAY), Cell(*key, TUESDAY)})]


def test_p13_the_day_ends_at_midnight(take: Take, fjell: Workspace, arena: Project, design: WorkType) -> None:
    take(made(arena, design, 22 * 60, MIDNIGHT))
    assert times(fjell) == [(MONDAY, "22:00", "00:00", 120)]


def test_p13_what_passes_midnight_becomes_two_entries_and_anna_is_told(
    take: Take, fjell: Workspace, arena: Project, design: WorkType, announced: list[frozenset[Cell]]
) -> None:
    step = take(made(arena, design, 22 * 60, 2 * 60))
    assert times(fjell) == [(MONDAY, "22:00", "00:00", 120), (TUESDAY, "00:00", "02:00", 120)]
    assert step.told == "Midnight lies between: the part after it is on Tuesday 3 March."
    assert {cell.day for cell in announced[0]} == {MONDAY, TUESDAY}


def test_p13_moving_over_midnight_splits_too(take: Take, fjell: Workspace, morning: TimeEntry) -> None:
    take(change(morning, at(23 * 60, 2 * 60)))
    assert times(fjell) == [(MONDAY, "23:00", "00:00", 60), (TUESDAY, "00:00", "02:00", 120)]


def test_p13_hours_that_pass_midnight_are_billed_no_more_than_before(
    take: Take, fjell: Workspace, morning: TimeEntry
) -> None:
    """Found by the entries' fault machine: the part after midnight was billed as a whole."""
    with scope(fjell.pk):
        TimeEntry.objects.update(billable_minutes=90)
    take(change(entry_of(fjell, morning.client_id), at(23 * 60, 2 * 60)))
    with scope(fjell.pk):
        billed = list(TimeEntry.objects.order_by("day").values_list("minutes", "billable_minutes"))
    assert billed == [(60, 60), (120, 30)]


def test_p13_entries_may_overlap(
    take: Take, fjell: Workspace, arena: Project, design: WorkType, morning: TimeEntry
) -> None:
    take(made(arena, design, NINE + 60, NOON + 60))
    assert [minutes for *_rest, minutes in times(fjell)] == [180, 180]


def test_hours_without_a_time_are_put_on_the_clock_and_taken_off_again(
    take: Take, fjell: Workspace, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design, MONDAY, 90)
    take(change(entry, at(NINE, NINE + 90)))
    assert times(fjell) == [(MONDAY, "09:00", "10:30", 90)]
    placed = entry_of(fjell, entry.client_id)
    take(change(placed, Place(day=TUESDAY, minutes=90)))
    bare = entry_of(fjell, entry.client_id)
    assert (bare.day, bare.start_time, bare.end_time, bare.minutes) == (TUESDAY, None, None, 90)


@pytest.mark.parametrize("place", [at(NINE, NINE), Place(day=MONDAY, minutes=0), Place(day=MONDAY, minutes=1441)])
def test_an_entry_has_a_length(take: Take, arena: Project, design: WorkType, place: Place) -> None:
    with pytest.raises(NoLength):
        take(Create(id=uuid.uuid4(), place=place, project_id=arena.pk, work_type_id=design.pk))


def test_a_day_has_24_hours_also_where_entries_overlap(
    take: Take, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    take(made(arena, design, 0, MIDNIGHT))
    with pytest.raises(DayFull, match="Monday 2 March would have 24:01") as refused:
        take(made(arena, design, NINE, NINE + 1))
    assert "A day has 24 hours" in refused.value.message
    assert len(times(fjell)) == 1


# P14: copy and cut ----------------------------------------------------------------------------------------------------
def test_p14_a_copy_is_an_open_entry_of_its_own(take: Take, fjell: Workspace, morning: TimeEntry) -> None:
    take(change(morning, note="Facade"))
    copied = uuid.uuid4()
    take(Copy(id=copied, of=morning.client_id, place=at(NOON, NOON + 60, TUESDAY)))
    copy = entry_of(fjell, copied)
    assert (copy.note, copy.minutes, copy.day, copy.submitted_at) == ("Facade", 60, TUESDAY, None)


def test_p14_a_locked_entry_can_be_copied_but_not_cut(
    take: Take, fjell: Workspace, dina: Person, morning: TimeEntry
) -> None:
    with scope(fjell.pk):
        lock_for_order([morning.pk], "Order 7")
    take(Copy(id=uuid.uuid4(), of=morning.client_id, place=at(NOON, NOON + 60)))
    with pytest.raises(Locked, match="Order 7"):
        take(Cut(id=morning.client_id, base=revision_of(morning), at=NINE + 60, rest_id=uuid.uuid4()))


def test_p14_a_cut_makes_two_of_one_and_loses_nothing(take: Take, fjell: Workspace, morning: TimeEntry) -> None:
    with scope(fjell.pk):
        TimeEntry.objects.update(note="Facade", billable_minutes=90, submitted_at=timezone.now())
    rest = uuid.uuid4()
    take(Cut(id=morning.client_id, base=revision_of(morning), at=NINE + 60, rest_id=rest))
    assert times(fjell) == [(MONDAY, "09:00", "10:00", 60), (MONDAY, "10:00", "12:00", 120)]
    first, second = entry_of(fjell, morning.client_id), entry_of(fjell, rest)
    assert (first.billable_minutes, second.billable_minutes) == (60, 30)
    assert second.note == "Facade"
    assert second.submitted_at == first.submitted_at


@pytest.mark.parametrize("minute", [NINE, NOON, NOON + 60])
def test_p14_a_cut_lies_inside(take: Take, morning: TimeEntry, minute: int) -> None:
    with pytest.raises(CutOutside):
        take(Cut(id=morning.client_id, base=revision_of(morning), at=minute, rest_id=uuid.uuid4()))


def test_p14_a_piece_gets_another_project(take: Take, fjell: Workspace, morning: TimeEntry) -> None:
    school = make_project(fjell, "Solvik school", customer="")
    visit = make_work_type(school, "Site visit", product=None)
    rest = uuid.uuid4()
    take(Cut(id=morning.client_id, base=revision_of(morning), at=NINE + 60, rest_id=rest))
    take(change(entry_of(fjell, rest), on=(school.pk, visit.pk)))
    assert entry_of(fjell, rest).project_id == school.pk


# Undo -----------------------------------------------------------------------------------------------------------------
def test_a_deleted_entry_comes_back_under_its_own_id(
    take: Take, fjell: Workspace, arena: Project, design: WorkType, morning: TimeEntry
) -> None:
    old = revision_of(morning)
    take(Delete(id=morning.client_id, base=old))
    assert times(fjell) == []
    again = made(arena, design)
    take(Create(id=morning.client_id, place=again.place, project_id=arena.pk, work_type_id=design.pk))
    restored = entry_of(fjell, morning.client_id)
    assert revision_of(restored) != old
    with pytest.raises(EntryChanged):
        take(Delete(id=morning.client_id, base=old))


def test_a_cut_is_undone_in_one_step(take: Take, fjell: Workspace, morning: TimeEntry) -> None:
    rest = uuid.uuid4()
    take(Cut(id=morning.client_id, base=revision_of(morning), at=NINE + 60, rest_id=rest))
    first, second = entry_of(fjell, morning.client_id), entry_of(fjell, rest)
    take(Delete(id=rest, base=revision_of(second)), change(first, at(NINE, NOON)))
    assert times(fjell) == [(MONDAY, "09:00", "12:00", 180)]
