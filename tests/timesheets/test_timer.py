"""The timer's acts (P15): one runs, replays have one effect, and no minute is lost on the way to an entry."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from busy.catalog.models import Project, ProjectWorkType, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import acting_as, scope
from tests.people import Person
from tests.timesheets.hours import log, make_project, make_task, make_work_type, use_tasks
from timesheets import timer
from timesheets.approval import approve_person_week, undo_person_week
from timesheets.errors import Locked, ProjectArchived
from timesheets.models import TimeEntry, Timer
from timesheets.timeline import take_step
from timesheets.timeline_book import revision_of
from timesheets.timeline_errors import DayFull, EntryChanged
from timesheets.timeline_moves import Change
from timesheets.timer_errors import AnotherTimerRuns, StartsTooLate, StopsTooLate, TimerGone

# A Monday in winter: Oslo is an hour before UTC.
MONDAY = date(2026, 3, 2)
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def on(arena: Project, design: WorkType) -> timer.On:
    return arena.pk, design.pk, None


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """It is nine o'clock on a Monday until the story says otherwise."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _in_fjell(anna: Person) -> Iterator[None]:
    """The stories happen at Fjell, with Anna at the keys."""
    with acting_as(anna.user.pk), scope(anna.workspace.pk):
        yield


def later(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


def entries(member: Membership) -> list[tuple[date, time | None, time | None, int]]:
    found = TimeEntry.objects.filter(member=member).order_by("day", "start_time", "pk")
    return [(entry.day, entry.start_time, entry.end_time, entry.minutes) for entry in found]


def test_p15_start_and_stop_become_an_entry(anna: Person, on: timer.On, clock: time_machine.Traveller) -> None:
    started = timer.start(anna.membership, uuid.uuid4(), at=timezone.now(), on=on, note=" Sketches ")
    assert (started.told, started.timer.is_running) == ("", True)
    clock.move_to(later(1.5))
    stopped = timer.stop(anna.membership, started.timer.client_id, at=timezone.now())
    assert stopped.told == "Fjell Arena, Design: 1.5 h saved."
    assert entries(anna.membership) == [(MONDAY, time(9), time(10, 30), 90)]
    entry = TimeEntry.objects.get()
    assert (entry.note, entry.is_billable, [entry.client_id]) == ("Sketches", True, list(stopped.entries))


def test_p15_the_database_holds_one_running_timer_per_user(anna: Person) -> None:
    Timer.objects.create(member=anna.membership, user=anna.user)
    with pytest.raises(IntegrityError, match="timer_runs_once"), transaction.atomic():
        Timer.objects.create(member=anna.membership, user=anna.user)


def test_p15_replays_have_no_second_effect(anna: Person, on: timer.On, clock: time_machine.Traveller) -> None:
    """The answers were lost: the start and the stop come again, later, with the instants of their clicks."""
    id_ = uuid.uuid4()
    timer.start(anna.membership, id_, at=NINE, on=on)
    clock.move_to(later(1))
    timer.start(anna.membership, id_, at=NINE, on=on)
    timer.stop(anna.membership, id_, at=later(1))
    clock.move_to(later(2))
    again = timer.stop(anna.membership, id_, at=later(2))
    timer.start(anna.membership, id_, at=NINE, on=on)
    assert (again.told, again.entries) == ("", ())
    assert entries(anna.membership) == [(MONDAY, time(9), time(10), 60)]
    assert Timer.objects.count() == 1


def test_p15_offline_clicks_count_from_the_click_and_not_from_the_arrival(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    clock.move_to(later(5))
    id_ = uuid.uuid4()
    timer.start(anna.membership, id_, at=later(1), on=on)
    timer.stop(anna.membership, id_, at=later(2))
    assert entries(anna.membership) == [(MONDAY, time(10), time(11), 60)]


def test_p15_the_start_is_moved_back_after_the_fact(anna: Person, on: timer.On, clock: time_machine.Traveller) -> None:
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer.client_id
    clock.move_to(later(1))
    timer.change(anna.membership, id_, started=later(-0.75))
    with pytest.raises(StartsTooLate):
        timer.change(anna.membership, id_, started=later(1.1))
    timer.stop(anna.membership, id_, at=later(1))
    assert entries(anna.membership) == [(MONDAY, time(8, 15), time(10), 105)]


def test_p15_starting_while_one_runs_saves_the_first_and_says_so(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on)
    clock.move_to(later(1))
    second = timer.start(anna.membership, uuid.uuid4(), at=timezone.now())
    assert second.told == "Fjell Arena, Design: 1 h saved."
    assert second.timer.is_running
    assert entries(anna.membership) == [(MONDAY, time(9), time(10), 60)]


def test_p15_a_start_that_arrives_after_a_later_one_ended_there(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    """The phone was offline when it started at nine; the laptop started at ten and still runs."""
    clock.move_to(later(1))
    laptop = timer.start(anna.membership, uuid.uuid4(), at=later(1)).timer
    clock.move_to(later(3))
    phone = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on)
    assert "another device" in phone.told
    assert entries(anna.membership) == [(MONDAY, time(9), time(10), 60)]
    assert Timer.objects.get(stopped_at=None) == laptop
    timer.stop(anna.membership, phone.timer.client_id, at=later(2))
    assert entries(anna.membership) == [(MONDAY, time(9), time(10), 60)]


def test_p15_its_own_stop_that_arrives_last_was_before_the_other_start(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    """Offline, the phone ran from nine to half past nine; the laptop ran from ten to eleven."""
    clock.move_to(later(2))
    laptop = timer.start(anna.membership, uuid.uuid4(), at=later(1), on=on).timer
    timer.stop(anna.membership, laptop.client_id, at=later(2))
    phone = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer
    for _replay in range(2):
        timer.stop(anna.membership, phone.client_id, at=later(0.5))
    assert entries(anna.membership) == [(MONDAY, time(9), time(9, 30), 30), (MONDAY, time(10), time(11), 60)]


def test_p15_without_a_project_the_minutes_wait_for_one(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE).timer.client_id
    clock.move_to(later(0.5))
    stopped = timer.stop(anna.membership, id_, at=later(0.5))
    assert stopped.told == "0.5 h are kept, not saved yet. Choose a project and a work type, and the time is saved."
    assert stopped.timer.is_open
    timer.change(anna.membership, id_, on=on, note="Chosen afterwards")
    assert timer.save(anna.membership, id_).entries
    assert entries(anna.membership) == [(MONDAY, time(9), time(9, 30), 30)]


def test_p15_a_project_that_takes_no_time_does_not_keep_the_timer_from_starting(
    anna: Person, arena: Project, on: timer.On, clock: time_machine.Traveller
) -> None:
    Project.objects.filter(pk=arena.pk).update(archived_at=timezone.now())
    started = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on)
    assert started.timer.on is None
    assert "Fjell Arena is archived" in started.told
    assert "runs without a project" in started.told
    gone = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=(2**40, 2**40, None))
    assert "not there any more" in gone.told


@pytest.mark.parametrize("what", ["project", "work type", "taken off"])
def test_p15_archived_while_it_ran_keeps_the_minutes_and_says_why(
    anna: Person, arena: Project, design: WorkType, on: timer.On, clock: time_machine.Traveller, what: str
) -> None:
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer.client_id
    if what == "project":
        Project.objects.filter(pk=arena.pk).update(archived_at=timezone.now())
    elif what == "work type":
        WorkType.objects.filter(pk=design.pk).update(archived_at=timezone.now())
    else:
        ProjectWorkType.objects.all().delete()
    clock.move_to(later(1))
    stopped = timer.stop(anna.membership, id_, at=later(1))
    assert stopped.refusal is not None
    assert stopped.told == f"1 h are kept, not saved yet. {stopped.refusal.message}"
    assert entries(anna.membership) == []
    other = make_project(anna.workspace, "Fjell Hall", customer="")
    timer.change(anna.membership, id_, on=(other.pk, make_work_type(other, "Drawing", product=None).pk, None))
    timer.save(anna.membership, id_)
    assert entries(anna.membership) == [(MONDAY, time(9), time(10), 60)]


def test_p15_a_locked_week_keeps_the_minutes_until_a_way_out_is_chosen(
    anna: Person, bo: Person, arena: Project, design: WorkType, on: timer.On, clock: time_machine.Traveller
) -> None:
    """R112: the stop saves nothing wrong; reopening the week, or another day, is the way out."""
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer.client_id
    log(anna.membership, arena, design, MONDAY, 60)
    approve_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    clock.move_to(later(2))
    stopped = timer.stop(anna.membership, id_, at=later(2))
    assert isinstance(stopped.refusal, Locked)
    assert stopped.lock is not None
    assert "Bo Berg approved the hours" in Timer.objects.get().refusal
    assert len(entries(anna.membership)) == 1
    undo_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    saved = timer.save(anna.membership, id_)
    assert saved.told == "Fjell Arena, Design: 2 h saved."
    assert [minutes for *_rest, minutes in entries(anna.membership)] == [120, 60]


def test_p15_over_midnight_each_day_gets_its_own(anna: Person, on: timer.On, clock: time_machine.Traveller) -> None:
    clock.move_to(later(13.5))
    id_ = timer.start(anna.membership, uuid.uuid4(), at=later(13.5), on=on).timer.client_id
    clock.move_to(later(16.25))
    stopped = timer.stop(anna.membership, id_, at=later(16.25))
    assert "Midnight lies between" in stopped.told
    tuesday = MONDAY + timedelta(days=1)
    assert entries(anna.membership) == [
        (MONDAY, time(22, 30), time(0), 90),
        (tuesday, time(0), time(1, 15), 75),
    ]


def test_p15_through_the_night_that_repeats_an_hour_the_sum_is_real(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    """Saturday 24 October 2026 23:00 to Sunday 04:00 is six hours."""
    started = datetime(2026, 10, 24, 21, tzinfo=UTC)
    clock.move_to(started + timedelta(hours=6))
    id_ = timer.start(anna.membership, uuid.uuid4(), at=started, on=on).timer.client_id
    timer.stop(anna.membership, id_, at=timezone.now())
    assert [minutes for *_rest, minutes in entries(anna.membership)] == [60, 300]


def test_p15_a_forgotten_timer_is_stopped_when_the_work_did(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer.client_id
    clock.move_to(later(24))
    for wrong in (later(-1), later(25)):
        with pytest.raises(StopsTooLate):
            timer.stop_at(anna.membership, id_, at=wrong)
    timer.stop_at(anna.membership, id_, at=later(7.5))
    assert entries(anna.membership) == [(MONDAY, time(9), time(16, 30), 450)]


def test_p15_more_than_a_day_holds_and_more_than_a_week_are_kept_unsaved(
    anna: Person, arena: Project, design: WorkType, on: timer.On, clock: time_machine.Traveller
) -> None:
    log(anna.membership, arena, design, MONDAY, 1380)
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer.client_id
    clock.move_to(later(2))
    assert isinstance(timer.stop(anna.membership, id_, at=later(2)).refusal, DayFull)
    timer.change(anna.membership, id_, stopped=later(1))
    assert timer.save(anna.membership, id_).refusal is None
    long = timer.start(anna.membership, uuid.uuid4(), at=later(2), on=on).timer.client_id
    clock.move_to(later(24 * 8))
    assert "more than a week" in timer.stop(anna.membership, long, at=timezone.now()).told
    assert len(entries(anna.membership)) == 2


def test_p15_less_than_a_minute_is_a_slip_and_can_be_taken_back(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer.client_id
    clock.move_to(NINE + timedelta(seconds=59))
    stopped = timer.stop(anna.membership, id_, at=timezone.now())
    assert stopped.told == "The timer ran for less than a minute. Nothing is saved."
    assert entries(anna.membership) == []
    timer.undo(anna.membership, id_, runs=True)
    clock.move_to(NINE + timedelta(seconds=61))
    timer.stop(anna.membership, id_, at=timezone.now())
    assert entries(anna.membership) == [(MONDAY, time(9), time(9, 1), 1)]


def test_p15_undo_of_a_stop_deletes_what_was_saved_and_runs_on(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer.client_id
    clock.move_to(later(1))
    timer.stop(anna.membership, id_, at=timezone.now())
    assert timer.undo(anna.membership, id_, runs=True).told == "The timer runs on."
    assert timer.undo(anna.membership, id_, runs=True).told == ""
    assert entries(anna.membership) == []
    clock.move_to(later(2))
    timer.stop(anna.membership, id_, at=timezone.now())
    assert entries(anna.membership) == [(MONDAY, time(9), time(11), 120)]


def test_p15_undo_leaves_alone_what_was_changed_since_and_what_would_make_two(
    anna: Person, on: timer.On, clock: time_machine.Traveller
) -> None:
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer.client_id
    clock.move_to(later(1))
    timer.stop(anna.membership, id_, at=timezone.now())
    other = timer.start(anna.membership, uuid.uuid4(), at=timezone.now()).timer.client_id
    with pytest.raises(AnotherTimerRuns):
        timer.undo(anna.membership, id_, runs=True)
    timer.discard(anna.membership, other)
    entry = TimeEntry.objects.get()
    change = Change(id=entry.client_id, base=revision_of(entry), note="More precisely")
    take_step(anna.membership, [change], request_id=uuid.uuid4(), by=anna.membership)
    with pytest.raises(EntryChanged):
        timer.undo(anna.membership, id_, runs=True)
    assert TimeEntry.objects.get().note == "More precisely"


def test_p15_what_was_thrown_away_comes_back_as_it_was(anna: Person, clock: time_machine.Traveller) -> None:
    running = timer.start(anna.membership, uuid.uuid4(), at=NINE, note="Kept").timer.client_id
    clock.move_to(later(1))
    thrown = timer.discard(anna.membership, running)
    assert thrown.told == "The timer is thrown away: 1 h are not saved."
    assert timer.undo(anna.membership, running, runs=True).timer.note == "Kept"
    timer.stop(anna.membership, running, at=later(1))
    timer.discard(anna.membership, running)
    waiting = timer.undo(anna.membership, running, runs=False).timer
    assert (waiting.is_running, waiting.is_open, waiting.stopped_at) == (False, True, later(1))
    with pytest.raises(TimerGone):
        timer.stop(anna.membership, uuid.uuid4(), at=NINE)


def test_p15_a_change_of_an_archived_project_is_refused_and_nothing_moves(
    anna: Person, arena: Project, on: timer.On, clock: time_machine.Traveller
) -> None:
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE).timer.client_id
    Project.objects.filter(pk=arena.pk).update(archived_at=timezone.now())
    with pytest.raises(ProjectArchived):
        timer.change(anna.membership, id_, on=on, note="Never")
    assert (Timer.objects.get().on, Timer.objects.get().note) == (None, "")


def test_p15_colleagues_and_strangers_have_timers_of_their_own(
    anna: Person, bo: Person, cilla: Person, clock: time_machine.Traveller
) -> None:
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE).timer.client_id
    with pytest.raises(TimerGone):
        timer.stop(bo.membership, id_, at=NINE)
    timer.start(bo.membership, uuid.uuid4(), at=NINE)
    assert Timer.objects.filter(stopped_at=None).count() == 2
    with scope(cilla.workspace.pk), pytest.raises(TimerGone):
        timer.discard(cilla.membership, id_)


def test_p15_p19_on_a_task_driven_project_the_entry_names_the_task(
    anna: Person, arena: Project, design: WorkType, clock: time_machine.Traveller
) -> None:
    use_tasks(anna.workspace)
    Project.objects.filter(pk=arena.pk).update(is_task_driven=True)
    task = make_task(arena)
    id_ = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=(arena.pk, design.pk, None)).timer.client_id
    assert Timer.objects.get().on is None
    clock.move_to(later(1))
    timer.change(anna.membership, id_, on=(arena.pk, design.pk, task.pk))
    timer.stop(anna.membership, id_, at=timezone.now())
    assert TimeEntry.objects.get().task_id == task.pk
