"""One effect each, nothing overwritten silently, also when many come at once."""

from __future__ import annotations

import random
import uuid
from datetime import time, timedelta

import pytest

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.support.parallel import in_parallel
from tests.timesheets.hours import MONDAY
from tests.timesheets.steps import NINE, NOON, TUESDAY, Take, at, change, entry_of, made, times
from timesheets.errors import HoursRefusal, RequestReused
from timesheets.events import Cell
from timesheets.models import CellChange, TimeEntry
from timesheets.timeline_book import revision_of
from timesheets.timeline_errors import EntryChanged, EntryGone, NoLength
from timesheets.timeline_moves import Change, Copy, Create, Delete, Move, Place


# One effect, nothing overwritten --------------------------------------------------------------------------------------
def test_a_replayed_step_has_no_second_effect_even_after_the_entry_was_deleted(
    take: Take, fjell: Workspace, arena: Project, design: WorkType, announced: list[frozenset[Cell]]
) -> None:
    request, create = uuid.uuid4(), made(arena, design)
    take(create, request_id=request)
    entry = entry_of(fjell, create.id)
    take(Delete(id=create.id, base=revision_of(entry)))
    take(create, request_id=request)
    assert times(fjell) == []
    assert len(announced) == 2


def test_two_tabs_on_one_entry_end_in_a_conflict_not_in_a_loss(
    take: Take, fjell: Workspace, morning: TimeEntry
) -> None:
    take(change(morning, at(NINE, NOON + 60)))
    with pytest.raises(EntryChanged) as refused:
        take(change(morning, at(NINE + 60, NOON)))
    assert refused.value.present.end_time == time(13)
    take(change(morning, at(NINE, NOON + 60)))  # what is the case already is never refused
    assert times(fjell) == [(MONDAY, "09:00", "13:00", 240)]


def test_an_entry_that_was_moved_away_or_deleted_elsewhere_is_told(
    take: Take, fjell: Workspace, morning: TimeEntry
) -> None:
    take(Delete(id=morning.client_id, base=revision_of(morning)))
    take(Delete(id=morning.client_id, base=revision_of(morning)))
    with pytest.raises(EntryGone):
        take(change(morning, at(NINE, NOON, TUESDAY)))
    assert times(fjell) == []


def test_a_step_happens_whole_or_not_at_all(take: Take, fjell: Workspace, arena: Project, design: WorkType) -> None:
    with pytest.raises(NoLength):
        take(made(arena, design), made(arena, design, NINE, NINE))
    assert times(fjell) == []
    with scope(fjell.pk):
        assert not CellChange.objects.exists()


def test_history_has_every_cell_of_a_step(take: Take, fjell: Workspace, anna: Person, morning: TimeEntry) -> None:
    take(change(morning, at(NINE, NOON, TUESDAY)))
    with scope(fjell.pk):
        told = CellChange.objects.order_by("pk").values_list("day", "minutes_before", "minutes_after", "changed_by")
        assert list(told) == [
            (MONDAY, 0, 180, anna.membership.pk),
            (MONDAY, 180, 0, anna.membership.pk),
            (TUESDAY, 0, 180, anna.membership.pk),
        ]


def test_the_id_of_an_entry_is_not_used_twice(take: Take, arena: Project, design: WorkType, morning: TimeEntry) -> None:
    create = made(arena, design, day=TUESDAY)
    with pytest.raises(RequestReused):
        take(Create(id=morning.client_id, place=create.place, project_id=arena.pk, work_type_id=design.pk))


# At once --------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_32_replays_of_one_step_have_one_effect(take: Take, fjell: Workspace, arena: Project, design: WorkType) -> None:
    request, create = uuid.uuid4(), made(arena, design, 22 * 60, 2 * 60)

    def replay(_number: int) -> None:
        take(create, request_id=request)

    assert in_parallel(replay, 32) == []
    assert times(fjell) == [(MONDAY, "22:00", "00:00", 120), (TUESDAY, "00:00", "02:00", 120)]


@pytest.mark.django_db(transaction=True)
def test_32_movers_of_one_entry_one_wins_and_the_others_are_told(
    take: Take, fjell: Workspace, morning: TimeEntry
) -> None:
    def move(number: int) -> None:
        take(change(morning, at(number * 15, number * 15 + 180, MONDAY + timedelta(days=number % 5))))

    errors = in_parallel(move, 32)
    assert {type(error) for error in errors} == {EntryChanged}
    assert len(errors) == 31
    assert len(times(fjell)) == 1


@pytest.mark.django_db(transaction=True)
def test_32_different_steps_at_once_leave_every_sum_right(
    take: Take, fjell: Workspace, anna: Person, arena: Project, design: WorkType
) -> None:
    """Moves, cuts, copies and deletions on the same two days: no deadlock, each is whole or refused, and the record of
    changes adds up to what is there."""
    start = [made(arena, design, n * 60, n * 60 + 60, MONDAY if n % 2 else TUESDAY) for n in range(16)]
    take(*start)
    now = {create.id: entry_of(fjell, create.id) for create in start}

    def act(number: int) -> None:
        chosen = random.Random(number)
        entry = now[start[chosen.randrange(16)].id]
        base, minute = revision_of(entry), chosen.randrange(0, 23 * 60)
        moves: list[Move] = [
            Change(id=entry.client_id, base=base, place=at(minute, minute + 60, chosen.choice([MONDAY, TUESDAY]))),
            Copy(id=uuid.uuid4(), of=entry.client_id, place=at(minute, minute + 30, TUESDAY)),
            Delete(id=entry.client_id, base=base),
            Change(id=entry.client_id, base=base, place=Place(day=MONDAY, minutes=45)),
        ]
        take(moves[number % 4])

    errors = in_parallel(act, 32)
    assert [error for error in errors if not isinstance(error, HoursRefusal)] == []
    with scope(fjell.pk):
        for day in (MONDAY, TUESDAY):
            last = CellChange.objects.filter(day=day).order_by("pk").last()
            assert last is not None
            there = sum(TimeEntry.objects.filter(day=day).values_list("minutes", flat=True))
            assert last.minutes_after == there
