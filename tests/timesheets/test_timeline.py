"""Steps on the timeline (P13, P14, P18): one effect each, locks kept (R112), nothing overwritten silently."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import pytest
from django.utils import timezone, translation

from busy.catalog.models import Project, WorkType
from busy.lib import events
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_project, make_work_type
from tests.timesheets.test_week_save import in_parallel
from timesheets.approval import approve_person_week, undo_person_week
from timesheets.errors import HoursRefusal, Locked, NoSuchCell, NotTheirs, ProjectArchived, ProjectClosed, RequestReused
from timesheets.events import Cell, HoursChanged
from timesheets.models import CellChange, TimeEntry
from timesheets.order_locks import lock_for_order, unlock_from_order
from timesheets.services import save_cell
from timesheets.timeline import Step, take_step
from timesheets.timeline_book import revision_of
from timesheets.timeline_errors import CutOutside, DayFull, EntryChanged, EntryGone, NoLength, NoSuchTime
from timesheets.timeline_moves import Change, Copy, Create, Cut, Delete, Move, Place

TUESDAY = MONDAY + timedelta(days=1)
NINE, NOON, MIDNIGHT = 9 * 60, 12 * 60, 24 * 60


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def announced() -> Iterator[list[frozenset[Cell]]]:
    """The cells of every HoursChanged."""
    heard: list[frozenset[Cell]] = []

    def hear(event: HoursChanged) -> None:
        heard.append(event.cells)

    events.listen(HoursChanged)(hear)
    yield heard
    events._listeners[HoursChanged].remove(hear)


Take = Callable[..., Step]


@pytest.fixture
def take(anna: Person) -> Take:
    """Anna takes a step on her own timeline, unless told otherwise."""

    def do(*moves: Move, who: Person = anna, by: Person | None = None, request_id: uuid.UUID | None = None) -> Step:
        with scope(who.workspace.pk):
            return take_step(who.membership, moves, request_id=request_id or uuid.uuid4(), by=(by or who).membership)

    return do


@pytest.fixture
def morning(take: Take, fjell: Workspace, arena: Project, design: WorkType) -> TimeEntry:
    """Monday 9 to 12 on Fjell Arena, Design."""
    create = made(arena, design)
    take(create)
    return entry_of(fjell, create.id)


def made(
    project: Project,
    work_type: WorkType,
    start: int | None = NINE,
    end: int | None = NOON,
    day: date = MONDAY,
    *,
    minutes: int = 0,
    note: str = "",
    is_billable: bool | None = None,
) -> Create:
    place = Place(day=day, start=start, end=end, minutes=minutes)
    return Create(
        id=uuid.uuid4(),
        place=place,
        project_id=project.pk,
        work_type_id=work_type.pk,
        note=note,
        is_billable=is_billable,
    )


def at(start: int, end: int, day: date = MONDAY) -> Place:
    return Place(day=day, start=start, end=end)


def entry_of(workspace: Workspace, id_: uuid.UUID) -> TimeEntry:
    with scope(workspace.pk):
        return TimeEntry.objects.get(client_id=id_)


def times(workspace: Workspace) -> list[tuple[date, str, str, int]]:
    """Everything on the clock, by day and start."""
    with scope(workspace.pk):
        found = TimeEntry.objects.order_by("day", "start_time")
        return [(e.day, f"{e.start_time:%H:%M}", f"{e.end_time:%H:%M}", e.minutes) for e in found]


def change(entry: TimeEntry, place: Place | None = None, **fields: object) -> Change:
    return Change(id=entry.client_id, base=revision_of(entry), place=place, **fields)  # type: ignore[arg-type]


# P13: create, resize, move -------------------------------------------------------------------------------------------
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


# P14: copy and cut --------------------------------------------------------------------------------------------------
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


# Undo ---------------------------------------------------------------------------------------------------------------
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


# One effect, nothing overwritten ------------------------------------------------------------------------------------
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


# R112: locks --------------------------------------------------------------------------------------------------------
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


# P8, P9: what may be logged on ---------------------------------------------------------------------------------------
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


# Who ----------------------------------------------------------------------------------------------------------------
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


# The week's grid beside it ------------------------------------------------------------------------------------------
def test_hours_written_in_the_week_move_the_end_of_the_entry(
    fjell: Workspace, anna: Person, arena: Project, design: WorkType, morning: TimeEntry
) -> None:
    def save(minutes: int) -> None:
        present = entry_of(fjell, morning.client_id)
        with scope(fjell.pk):
            save_cell(
                anna.membership,
                arena.pk,
                design.pk,
                MONDAY,
                minutes,
                client_id=uuid.uuid4(),
                base_revision=revision_of(present),
                by=anna.membership,
            )

    save(240)
    assert times(fjell) == [(MONDAY, "09:00", "13:00", 240)]
    save(15 * 60)
    assert times(fjell) == [(MONDAY, "09:00", "00:00", 900)]
    save(16 * 60)  # more than is left of the day: the hours count, and no time is claimed
    entry = entry_of(fjell, morning.client_id)
    assert (entry.start_time, entry.end_time, entry.minutes) == (None, None, 960)


# At once ------------------------------------------------------------------------------------------------------------
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


# The change of clock ------------------------------------------------------------------------------------------------
def test_a_time_the_clock_skips_is_refused_with_a_sentence(take: Take, arena: Project, design: WorkType) -> None:
    with pytest.raises(NoSuchTime, match="There is no 02:30 on Sunday 29 March: the clock goes from 02:00 to 03:00"):
        take(made(arena, design, 150, 300, date(2026, 3, 29)))


def test_minutes_follow_the_real_hours_of_the_night(
    take: Take, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    take(made(arena, design, 60, 240, date(2026, 3, 29)))
    take(made(arena, design, 60, 240, date(2026, 10, 25)))
    assert [minutes for *_rest, minutes in times(fjell)] == [120, 240]
