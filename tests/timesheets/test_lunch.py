"""Unpaid lunch: recorded by the person, shown as a grey area, or deducted from the first entry of the day (P20)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_work_type
from tests.timesheets.lunch_choice import choose
from tests.timesheets.steps import NINE, NOON, TUESDAY, at, change, entry_of, made
from timesheets import timer
from timesheets.cells import cell_state
from timesheets.corrections import base_of, correct_entry, said_by
from timesheets.events import Cell
from timesheets.lunch import LunchTime
from timesheets.models import TimeEntry, TimeSettings
from timesheets.models.settings import Lunch
from timesheets.services import save_cell
from timesheets.slots import Slot
from timesheets.timeline import Step
from timesheets.timeline_book import revision_of
from timesheets.timeline_errors import LunchTooLong
from timesheets.timeline_moves import Copy, Create, Cut, Delete, Place
from timesheets.timeline_selectors import timeline_days

Take = Callable[..., Step]
PAGE = "settings/time/"
EIGHT, FOUR = 8 * 60, 16 * 60


@pytest.fixture
def deducted(fjell: Workspace) -> None:
    choose(fjell, Lunch.DEDUCTED)


@pytest.fixture
def day(take: Take, deducted: None, fjell: Workspace, arena: Project, design: WorkType) -> TimeEntry:
    """Monday 8 to 16 with half an hour of lunch."""
    create = made(arena, design, EIGHT, FOUR)
    take(create)
    return entry_of(fjell, create.id)


def told(entry: TimeEntry) -> tuple[str, int, int]:
    times = f"{entry.start_time:%H:%M}-{entry.end_time:%H:%M}" if entry.start_time and entry.end_time else ""
    return times, entry.minutes, entry.lunch_minutes


def again(workspace: Workspace, entry: TimeEntry) -> tuple[str, int, int]:
    return told(entry_of(workspace, entry.client_id))


# The choice ----------------------------------------------------------------------------------------------------------


def test_p20_dina_chooses_what_becomes_of_lunch(dina: Person, anna: Person, cilla: Person) -> None:
    page = dina.get(PAGE)
    assert "Unpaid lunch" in page.content.decode()
    wanted = {"section": "lunch", "lunch": "deducted", "lunch_minutes": "45", "lunch_starts_at": "12:00"}
    assert dina.post(PAGE, wanted).status_code == 302
    with scope(dina.workspace.pk):
        stored = TimeSettings.objects.get()
    assert (stored.lunch, stored.lunch_minutes, stored.lunch_starts_at) == ("deducted", 45, time(12))
    assert anna.post(PAGE, wanted).status_code == 403
    with scope(cilla.workspace.pk):
        assert not TimeSettings.objects.exists()


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("lunch", "eaten"),
        ("lunch_minutes", "4"),
        ("lunch_minutes", "121"),
        ("lunch_minutes", ""),
        ("lunch_starts_at", "25:00"),
        ("lunch_starts_at", "23:45"),
    ],
)
def test_p20_what_is_no_lunch_is_named_at_its_field(dina: Person, field: str, wrong: str) -> None:
    wanted = {"section": "lunch", "lunch": "shown", "lunch_minutes": "30", "lunch_starts_at": "11:30", field: wrong}
    answer = dina.post(PAGE, wanted)
    assert answer.status_code == 422
    section = next(form for form in answer.context["sections"] if form.key == "lunch")
    assert list(section.errors) == [field]
    with scope(dina.workspace.pk):
        assert TimeSettings.objects.get().lunch == Lunch.RECORDED


# Recorded, and shown -------------------------------------------------------------------------------------------------


def test_p20_where_employees_record_lunch_nothing_is_shown_or_deducted(
    take: Take, anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    create = made(arena, design, EIGHT, FOUR)
    take(create)
    assert told(entry_of(fjell, create.id)) == ("08:00-16:00", 480, 0)
    with scope(fjell.pk):
        (seen,) = timeline_days(anna.membership, [MONDAY])
    assert (seen.lunch, seen.deducts) == (None, 0)


def test_p20_a_shown_lunch_lies_on_working_days_alone_and_takes_no_time(
    take: Take, anna: Person, cilla: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    choose(fjell, Lunch.SHOWN, 45, time(12))
    create = made(arena, design, EIGHT, FOUR)
    take(create)
    assert told(entry_of(fjell, create.id)) == ("08:00-16:00", 480, 0)
    saturday, easter = MONDAY + timedelta(days=5), date(2026, 4, 3)
    with scope(fjell.pk):
        days = timeline_days(anna.membership, [MONDAY, saturday, easter])
    assert [seen.lunch for seen in days] == [LunchTime(720, 765), None, None]
    assert {seen.deducts for seen in days} == {0}
    with scope(cilla.workspace.pk):
        assert timeline_days(cilla.membership, [MONDAY])[0].lunch is None


# Deducted ------------------------------------------------------------------------------------------------------------


def test_p20_the_first_entry_of_the_day_loses_the_lunch_and_no_other(
    take: Take, fjell: Workspace, arena: Project, design: WorkType, day: TimeEntry
) -> None:
    assert told(day) == ("08:00-16:00", 450, 30)
    evening, tuesday = made(arena, design, 18 * 60, 20 * 60), made(arena, design, day=TUESDAY)
    take(evening)
    take(tuesday)
    assert told(entry_of(fjell, evening.id)) == ("18:00-20:00", 120, 0)
    assert told(entry_of(fjell, tuesday.id)) == ("09:00-12:00", 150, 30)


def test_p20_an_entry_no_longer_than_the_lunch_leaves_it_to_the_next(
    take: Take, deducted: None, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    call, work = made(arena, design, NINE, NINE + 30), made(arena, design, NINE + 30, NOON)
    bare = made(arena, design, None, None, minutes=120)
    take(bare)
    take(call)
    take(work)
    assert told(entry_of(fjell, bare.id)) == ("", 120, 0)
    assert told(entry_of(fjell, call.id)) == ("09:00-09:30", 30, 0)
    assert told(entry_of(fjell, work.id)) == ("09:30-12:00", 120, 30)


def test_p20_anna_adjusts_the_lunch_on_the_entry_and_it_stays_as_she_said(
    take: Take, fjell: Workspace, arena: Project, design: WorkType, day: TimeEntry
) -> None:
    take(change(day, lunch_minutes=45))
    assert again(fjell, day) == ("08:00-16:00", 435, 45)
    take(change(entry_of(fjell, day.client_id), lunch_minutes=0))
    assert again(fjell, day) == ("08:00-16:00", 480, 0)
    evening = made(arena, design, 18 * 60, 20 * 60)
    take(evening)
    assert told(entry_of(fjell, evening.id)) == ("18:00-20:00", 120, 0)
    with pytest.raises(LunchTooLong) as refused:
        take(change(entry_of(fjell, day.client_id), lunch_minutes=480))
    assert "480" in refused.value.message
    assert again(fjell, day) == ("08:00-16:00", 480, 0)


def test_p20_the_lunch_goes_along_and_is_dropped_where_it_does_not_fit(
    take: Take, fjell: Workspace, day: TimeEntry
) -> None:
    take(change(day, at(NINE, NOON, TUESDAY)))
    moved = entry_of(fjell, day.client_id)
    assert (moved.day, told(moved)) == (TUESDAY, ("09:00-12:00", 150, 30))
    take(change(moved, at(NINE, NINE + 30, TUESDAY)))
    assert again(fjell, day) == ("09:00-09:30", 30, 0)
    # Undo says the lunch again, in the same breath.
    take(change(entry_of(fjell, day.client_id), at(NINE, NOON, TUESDAY), lunch_minutes=30))
    assert again(fjell, day) == ("09:00-12:00", 150, 30)
    take(change(entry_of(fjell, day.client_id), Place(day=TUESDAY, minutes=150)))
    assert again(fjell, day) == ("", 150, 0)


def test_p20_cutting_leaves_the_lunch_with_the_first_part_if_it_fits(
    take: Take, fjell: Workspace, day: TimeEntry
) -> None:
    rest, last = uuid.uuid4(), uuid.uuid4()
    take(Cut(id=day.client_id, base=revision_of(day), at=NOON, rest_id=rest))
    assert again(fjell, day) == ("08:00-12:00", 210, 30)
    assert told(entry_of(fjell, rest)) == ("12:00-16:00", 240, 0)
    now = entry_of(fjell, day.client_id)
    take(Cut(id=now.client_id, base=revision_of(now), at=EIGHT + 15, rest_id=last))
    assert again(fjell, day) == ("08:00-08:15", 15, 0)
    assert told(entry_of(fjell, last)) == ("08:15-12:00", 225, 0)


def test_p20_a_copy_has_a_lunch_only_as_the_first_of_its_day(take: Take, fjell: Workspace, day: TimeEntry) -> None:
    same, other = uuid.uuid4(), uuid.uuid4()
    take(Copy(id=same, of=day.client_id, place=at(16 * 60, 20 * 60)))
    take(Copy(id=other, of=day.client_id, place=at(EIGHT, FOUR, TUESDAY)))
    assert told(entry_of(fjell, same)) == ("16:00-20:00", 240, 0)
    assert told(entry_of(fjell, other)) == ("08:00-16:00", 450, 30)


def test_p20_a_deleted_entry_comes_back_as_it_was_and_a_replay_deducts_once(
    take: Take, fjell: Workspace, arena: Project, design: WorkType, day: TimeEntry
) -> None:
    take(change(day, lunch_minutes=0))
    take(Delete(id=day.client_id, base=revision_of(entry_of(fjell, day.client_id))))
    create = Create(
        id=day.client_id, place=at(EIGHT, FOUR), project_id=arena.pk, work_type_id=design.pk, lunch_minutes=0
    )
    request_id = uuid.uuid4()
    for _ in range(2):
        take(create, request_id=request_id)
    assert again(fjell, day) == ("08:00-16:00", 480, 0)


def test_p20_hours_over_midnight_keep_the_lunch_before_it(
    take: Take, deducted: None, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    night = made(arena, design, 20 * 60, 2 * 60)
    take(night)
    with scope(fjell.pk):
        found = [told(entry) for entry in TimeEntry.objects.order_by("day")]
    assert found == [("20:00-00:00", 210, 30), ("00:00-02:00", 120, 0)]


def test_p20_hours_of_the_week_and_corrections_keep_the_lunch_inside_of_the_times(
    anna: Person, bo: Person, fjell: Workspace, arena: Project, design: WorkType, day: TimeEntry
) -> None:
    slot = Slot(Cell(anna.membership.pk, arena.pk, design.pk, MONDAY), None)
    with scope(fjell.pk):
        base = cell_state(slot, [day], period_lock=None).revision
        save_cell(
            anna.membership,
            arena.pk,
            design.pk,
            MONDAY,
            400,
            client_id=uuid.uuid4(),
            base_revision=base,
            by=anna.membership,
        )
    assert again(fjell, day) == ("08:00-15:10", 400, 30)
    with scope(fjell.pk):
        now = TimeEntry.objects.get()
        said = said_by(now)
        wanted = type(said)(
            on=said.on, minutes=420, is_billable=said.is_billable, billable_minutes=None, note=said.note
        )
        correct_entry(now.client_id, wanted, base=base_of(now), request_id=uuid.uuid4(), by=bo.membership)
    assert again(fjell, day) == ("08:00-15:30", 420, 30)
    with scope(fjell.pk):
        now = TimeEntry.objects.get()
        base = cell_state(slot, [now], period_lock=None).revision
        save_cell(
            anna.membership,
            arena.pk,
            design.pk,
            MONDAY,
            950,
            client_id=uuid.uuid4(),
            base_revision=base,
            by=anna.membership,
        )
    assert again(fjell, day) == ("", 950, 0)


def test_p20_the_night_the_clock_changes_is_as_long_as_it_really_is(
    take: Take, deducted: None, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    night = made(arena, design, 60, 5 * 60, date(2026, 3, 29))
    take(night)
    assert told(entry_of(fjell, night.id)) == ("01:00-05:00", 150, 30)


def test_p20_the_lunch_is_seen_on_the_timeline_by_the_approver_and_in_the_history(
    anna: Person, bo: Person, fjell: Workspace, day: TimeEntry, take: Take
) -> None:
    take(change(day, lunch_minutes=20))
    timeline = anna.get("timeline/2026-W10/").content.decode()
    assert '"lunch": 20' in timeline
    assert "20 min lunch deducted" in timeline  # the list where no script runs
    approve = bo.get(f"approve/2026-W10/?show={anna.membership.pk}").content.decode()
    assert "20 min lunch deducted" in approve
    history = anna.get(f"history/{day.client_id}/").content.decode()
    assert "Lunch deduction changed from 30 to 20 min." in history


def test_p20_anna_adjusts_the_lunch_without_scripts(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, day: TimeEntry
) -> None:
    page = f"timeline/2026-W10/?edit={day.client_id}"
    assert 'name="lunch"' in anna.get(page).content.decode()
    wanted: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "entry": str(day.client_id),
        "base": revision_of(day),
        "on": f"{arena.pk}-{design.pk}",
        "day": MONDAY.isoformat(),
        "times": "8-16",
        "note": "",
        "is_billable": "on",
        "lunch": "0",
    }
    assert anna.post("timeline/2026-W10/", wanted).status_code == 302
    assert again(fjell, day) == ("08:00-16:00", 480, 0)


# Absence, and the timer ----------------------------------------------------------------------------------------------


@pytest.fixture
def dentist(arena: Project) -> WorkType:
    return make_work_type(arena, "Dentist", product=None, kind="absence", is_billable=False)


def test_p20_p11_nothing_is_deducted_from_absence_and_it_is_nobodys_first_entry(
    take: Take, deducted: None, fjell: Workspace, arena: Project, design: WorkType, dentist: WorkType
) -> None:
    away, work, same = made(arena, dentist, EIGHT, NOON), made(arena, design, NOON, FOUR), uuid.uuid4()
    take(away)
    take(work)
    take(Copy(id=same, of=away.id, place=at(EIGHT, NOON, TUESDAY)))
    assert told(entry_of(fjell, away.id)) == ("08:00-12:00", 240, 0)
    assert told(entry_of(fjell, work.id)) == ("12:00-16:00", 210, 30)
    assert told(entry_of(fjell, same)) == ("08:00-12:00", 240, 0)
    # Nor when it is asked for in so many words.
    take(change(entry_of(fjell, away.id), lunch_minutes=30))
    assert told(entry_of(fjell, away.id)) == ("08:00-12:00", 240, 0)


def test_p20_the_lunch_goes_when_work_becomes_absence_and_comes_back(
    take: Take, fjell: Workspace, arena: Project, design: WorkType, dentist: WorkType, day: TimeEntry
) -> None:
    take(change(day, on=(arena.pk, dentist.pk)))
    assert again(fjell, day) == ("08:00-16:00", 480, 0)
    take(change(entry_of(fjell, day.client_id), on=(arena.pk, design.pk)))
    assert again(fjell, day) == ("08:00-16:00", 450, 30)
    # Undo says the lunch that there was.
    take(change(entry_of(fjell, day.client_id), on=(arena.pk, dentist.pk)))
    take(change(entry_of(fjell, day.client_id), on=(arena.pk, design.pk), lunch_minutes=0))
    assert again(fjell, day) == ("08:00-16:00", 480, 0)


def test_p20_a_correction_to_absence_keeps_the_hours_that_were_said(
    bo: Person, fjell: Workspace, arena: Project, dentist: WorkType, day: TimeEntry
) -> None:
    with scope(fjell.pk):
        wanted = replace(said_by(day), on=(arena.pk, dentist.pk, None), is_billable=False)
        correct_entry(day.client_id, wanted, base=base_of(day), request_id=uuid.uuid4(), by=bo.membership)
    assert again(fjell, day) == ("08:00-15:30", 450, 0)


def test_p20_without_scripts_absence_offers_no_lunch_and_work_gets_the_usual_one(
    anna: Person, take: Take, deducted: None, fjell: Workspace, arena: Project, design: WorkType, dentist: WorkType
) -> None:
    create = made(arena, dentist, EIGHT, FOUR)
    take(create)
    away = entry_of(fjell, create.id)
    assert 'name="lunch"' not in anna.get(f"timeline/2026-W10/?edit={create.id}").content.decode()
    wanted = {
        "request_id": str(uuid.uuid4()),
        "entry": str(create.id),
        "base": revision_of(away),
        "on": f"{arena.pk}-{design.pk}",
        "day": MONDAY.isoformat(),
        "times": "8-16",
        "note": "",
        "is_billable": "on",
    }
    assert anna.post("timeline/2026-W10/", wanted).status_code == 302
    assert again(fjell, away) == ("08:00-16:00", 450, 30)


def test_p20_p15_the_timers_entry_loses_the_lunch_once_and_says_so(
    anna: Person, deducted: None, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    first, second, on = uuid.uuid4(), uuid.uuid4(), (arena.pk, design.pk, None)
    with time_machine.travel(datetime(2026, 3, 2, 16, tzinfo=UTC), tick=False), scope(fjell.pk):
        timer.start(anna.membership, first, at=datetime(2026, 3, 2, 8, tzinfo=UTC), on=on)
        stopped = timer.stop(anna.membership, first, at=datetime(2026, 3, 2, 12, tzinfo=UTC))
        timer.start(anna.membership, second, at=datetime(2026, 3, 2, 13, tzinfo=UTC), on=on)
        timer.stop(anna.membership, second, at=datetime(2026, 3, 2, 15, tzinfo=UTC))
        found = [told(entry) for entry in TimeEntry.objects.order_by("start_time")]
        assert timer.undo(anna.membership, first, runs=False).timer.is_open
    assert stopped.told == "Fjell Arena, Design: 3.5 h saved. 30 min of lunch are deducted."
    assert found == [("09:00-13:00", 210, 30), ("14:00-16:00", 120, 0)]


def test_p20_p15_a_timer_over_midnight_loses_one_lunch(
    anna: Person, deducted: None, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    id_ = uuid.uuid4()
    with time_machine.travel(datetime(2026, 3, 3, 2, tzinfo=UTC), tick=False), scope(fjell.pk):
        timer.start(anna.membership, id_, at=datetime(2026, 3, 2, 19, tzinfo=UTC), on=(arena.pk, design.pk, None))
        timer.stop(anna.membership, id_, at=datetime(2026, 3, 3, 1, tzinfo=UTC))
        found = [told(entry) for entry in TimeEntry.objects.order_by("day")]
    assert found == [("20:00-00:00", 210, 30), ("00:00-02:00", 120, 0)]


def test_p20_p25_where_hours_are_submitted_the_lunch_is_said(anna: Person, fjell: Workspace, day: TimeEntry) -> None:
    with scope(fjell.pk):
        TimeSettings.objects.update(submits_time=True)
    for page in ("week", "timeline"):
        shown = anna.get(f"{page}/2026-W10/").content.decode()
        popover = shown[shown.index('id="submission-days"') :]
        assert "30 min lunch deducted" in popover


# The equation --------------------------------------------------------------------------------------------------------


def test_p20_the_database_keeps_no_lunch_without_times(anna: Person, arena: Project, design: WorkType) -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="entry_lunch_on_the_clock"), transaction.atomic():
        log(anna.membership, arena, design, lunch_minutes=30)
