"""Saving a cell: one effect per change, nothing overwritten silently, locks and limits with a sentence."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from busy.catalog.models import Project, ProjectMember, WorkType
from busy.lib import events
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.support.parallel import in_parallel
from tests.timesheets.hours import MONDAY, log, make_project, make_work_type
from timesheets.approval import approve_person_week, undo_person_week
from timesheets.cells import CellState
from timesheets.errors import (
    CellChanged,
    DayTooLong,
    HoursRefusal,
    Locked,
    NoSuchCell,
    NoteWithoutHours,
    NotTheirs,
    PartlyLocked,
    ProjectArchived,
    ProjectClosed,
    RequestReused,
    SeveralEntries,
    SeveralNotes,
    WorkTypeArchived,
    WorkTypeNotOnProject,
)
from timesheets.events import Cell, HoursChanged
from timesheets.models import CellChange, TimeEntry, WeekRow
from timesheets.order_locks import lock_for_order, unlock_from_order
from timesheets.services import UNCHANGED, Unchanged, save_cell


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


Save = Callable[..., CellState]


@pytest.fixture
def save(anna: Person, arena: Project, design: WorkType) -> Save:
    """Anna saves hours on Monday, on Fjell Arena and Design, unless told otherwise."""

    def do(
        minutes: int | Unchanged,
        base: str = "",
        *,
        note: str | Unchanged = UNCHANGED,
        day: date = MONDAY,
        who: Person = anna,
        by: Person | None = None,
        project: int = arena.pk,
        work_type: int = design.pk,
        client_id: uuid.UUID | None = None,
    ) -> CellState:
        with scope(who.workspace.pk):
            return save_cell(
                who.membership,
                project,
                work_type,
                day,
                minutes,
                client_id=client_id or uuid.uuid4(),
                base_revision=base,
                note=note,
                by=(by or who).membership,
            )

    return do


def entries(workspace: Workspace) -> list[TimeEntry]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("pk"))


def test_anna_writes_changes_and_clears_her_hours(save: Save, fjell: Workspace) -> None:
    written = save(450)
    changed = save(240, written.revision)
    assert [entry.minutes for entry in entries(fjell)] == [240]
    assert changed.revision != written.revision
    cleared = save(0, changed.revision)
    assert (cleared.minutes, cleared.revision, entries(fjell)) == (0, "", [])


def test_p8_an_entry_belongs_to_one_project_and_work_type_and_takes_their_billable_flag(
    save: Save, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    with scope(fjell.pk):
        WorkType.objects.filter(pk=design.pk).update(is_billable=False)
    save(60)
    (entry,) = entries(fjell)
    assert (entry.project_id, entry.work_type_id, entry.is_billable) == (arena.pk, design.pk, False)


def test_a_cleared_row_stays_in_its_place_until_it_is_removed(save: Save, fjell: Workspace) -> None:
    save(0, save(450).revision)
    with scope(fjell.pk):
        assert WeekRow.objects.get().monday == MONDAY


def test_a_replayed_save_has_one_effect_even_after_somebody_else_went_on(save: Save, fjell: Workspace) -> None:
    request = uuid.uuid4()
    first = save(450, client_id=request)
    assert save(450, client_id=request) == first
    save(0, first.revision)  # another tab clears the cell
    assert save(450, client_id=request).minutes == 0
    assert entries(fjell) == []
    with scope(fjell.pk):
        assert CellChange.objects.count() == 2


def test_one_request_cannot_mean_two_cells(save: Save) -> None:
    request = uuid.uuid4()
    save(450, client_id=request)
    with pytest.raises(RequestReused):
        save(450, client_id=request, day=MONDAY + timedelta(days=1))


def test_a_change_made_elsewhere_is_never_overwritten_silently(save: Save, fjell: Workspace) -> None:
    seen = save(450)
    save(240, seen.revision)  # the other tab
    with pytest.raises(CellChanged, match="changed elsewhere to 4") as raised:
        save(480, seen.revision)
    assert raised.value.present.minutes == 240
    assert entries(fjell)[0].minutes == 240
    assert save(480, raised.value.present.revision).minutes == 480  # "keep mine"


def test_saving_what_is_there_already_is_no_conflict(save: Save, fjell: Workspace) -> None:
    seen = save(450)
    save(240, seen.revision)
    assert save(240, seen.revision).minutes == 240
    with scope(fjell.pk):
        assert CellChange.objects.count() == 2


def test_a_cell_emptied_and_filled_again_is_another_one(save: Save) -> None:
    seen = save(450)
    again = save(240, save(0, seen.revision).revision)
    assert again.revision != seen.revision
    with pytest.raises(CellChanged):
        save(480, seen.revision)


def test_r112_approved_hours_are_locked_with_who_and_when(save: Save, bo: Person, anna: Person) -> None:
    written = save(450)
    with scope(bo.workspace.pk):
        approve_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    with pytest.raises(Locked, match=r"Bo Berg approved the hours on .* \(user approval\)\."):
        save(240, written.revision)
    with scope(bo.workspace.pk):
        undo_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    assert save(240, written.revision).minutes == 240


def test_p21_an_approved_week_is_closed_to_new_hours_too(save: Save, bo: Person, anna: Person) -> None:
    save(450)
    with scope(bo.workspace.pk):
        approve_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    with pytest.raises(Locked, match="Bo Berg approved"):
        save(60, day=MONDAY + timedelta(days=3))
    assert save(60, day=MONDAY + timedelta(days=7)).minutes == 60


def test_r112_hours_on_an_order_are_locked_by_its_name(save: Save, fjell: Workspace) -> None:
    written = save(450)
    ids = [entry.pk for entry in entries(fjell)]
    with scope(fjell.pk):
        lock_for_order(ids, "1043")
    with pytest.raises(Locked, match="order 1043"):
        save(0, written.revision)
    with scope(fjell.pk):
        unlock_from_order(ids)
    assert save(0, written.revision).minutes == 0


def test_r112_submitted_hours_stay_editable(save: Save, fjell: Workspace) -> None:
    written = save(450)
    with scope(fjell.pk):
        TimeEntry.objects.update(submitted_at=timezone.now())
    changed = save(240, written.revision)
    assert (changed.minutes, changed.state) == (240, "submitted")


def test_a_day_has_24_hours(save: Save, fjell: Workspace) -> None:
    with pytest.raises(DayTooLong, match=r"^A day has 24 hours\. 26 is not saved\.$"):
        save(26 * 60)
    assert entries(fjell) == []


def test_a_day_has_24_hours_over_all_rows(save: Save, arena: Project) -> None:
    meetings = make_work_type(arena, "Meetings", product=None)
    save(20 * 60, work_type=meetings.pk)
    with pytest.raises(DayTooLong, match=r"20 stand on other rows\. 6 is not saved"):
        save(6 * 60)
    assert save(4 * 60).minutes == 240
    assert save(6 * 60, day=MONDAY + timedelta(days=1)).minutes == 360


def test_p9_a_closed_project_takes_hours_of_its_members_only(save: Save, fjell: Workspace, anna: Person) -> None:
    yard = make_project(fjell, "Yard", customer="", is_open=False)
    digging = make_work_type(yard, "Digging", product=None)
    with pytest.raises(ProjectClosed, match="Yard is open to its members only"):
        save(60, project=yard.pk, work_type=digging.pk)
    with scope(fjell.pk):
        ProjectMember.objects.create(project=yard, member=anna.membership)
    assert save(60, project=yard.pk, work_type=digging.pk).minutes == 60


def test_r21_p10_a_work_type_must_have_been_added_to_the_project(save: Save, fjell: Workspace) -> None:
    other = make_work_type(make_project(fjell, "Yard", customer=""), "Digging", product=None)
    with pytest.raises(WorkTypeNotOnProject, match="Digging is not one of the work types of Fjell Arena"):
        save(60, work_type=other.pk)


@pytest.mark.parametrize(
    ("model", "refusal", "sentence"),
    [
        (Project, ProjectArchived, "Fjell Arena is archived"),
        (WorkType, WorkTypeArchived, "work type Design is archived"),
    ],
)
def test_hours_on_what_was_archived_since_can_be_reduced_and_removed_not_added(
    save: Save, fjell: Workspace, model: Any, refusal: type[HoursRefusal], sentence: str
) -> None:
    written = save(450)
    with scope(fjell.pk):
        model.objects.update(archived_at=timezone.now())
    with pytest.raises(refusal, match=sentence):
        save(480, written.revision)
    with pytest.raises(refusal):
        save(60, day=MONDAY + timedelta(days=1))
    assert save(0, save(240, written.revision).revision).minutes == 0


def test_notes_are_kept_with_the_hours_and_go_with_them(save: Save) -> None:
    with pytest.raises(NoteWithoutHours, match="Write the hours first"):
        save(0, note="Facade")
    written = save(450, note=" Facade ")
    assert written.note == "Facade"
    assert save(240, written.revision).note == "Facade"
    noted = save(UNCHANGED, save(240).revision, note="South facade")
    assert (noted.minutes, noted.note) == (240, "South facade")
    assert save(0, noted.revision).note == ""


def test_two_tabs_that_write_notes_tell_each_other(save: Save) -> None:
    written = save(450)
    save(UNCHANGED, written.revision, note="Facade")
    with pytest.raises(CellChanged) as raised:
        save(UNCHANGED, written.revision, note="Roof")
    assert raised.value.present.note == "Facade"


def test_the_last_of_several_entries_gives_and_takes_and_the_cell_says_so(
    save: Save, anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    log(anna.membership, arena, design, minutes=120, note="Site")
    log(anna.membership, arena, design, minutes=60, note="Office", start_time=time(13), end_time=time(14))
    seen = save(180)
    assert (seen.minutes, seen.entries, seen.note) == (180, 2, "Site\nOffice")
    more = save(240, seen.revision)
    assert more.notice == "Several entries make up this day here. The last of them went from 1 to 2."
    assert [(entry.minutes, entry.end_time) for entry in entries(fjell)] == [(120, None), (120, time(15))]
    with pytest.raises(SeveralNotes):
        save(UNCHANGED, more.revision, note="Both")
    with pytest.raises(SeveralEntries, match=r"sum of 2 entries\. Only the last, of 2, .* write 2 or more"):
        save(60, more.revision)
    assert save(120, more.revision).entries == 1


def test_locked_entries_of_a_cell_are_not_touched(
    save: Save, anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    held = log(anna.membership, arena, design, minutes=120)
    log(anna.membership, arena, design, minutes=60)
    with scope(fjell.pk):
        lock_for_order([held.pk], "1043")
    seen = save(180)
    assert (seen.lock, seen.locked_minutes) == (None, 120)
    with pytest.raises(PartlyLocked, match=r"^2 of these hours are locked"):
        save(60, seen.revision)
    assert save(150, seen.revision).minutes == 150
    assert [entry.minutes for entry in entries(fjell)] == [120, 30]


def test_a_write_down_never_exceeds_the_hours(save: Save, fjell: Workspace) -> None:
    written = save(450)
    with scope(fjell.pk):
        TimeEntry.objects.update(billable_minutes=300)
    save(240, written.revision)
    assert entries(fjell)[0].billable_minutes == 240


def test_every_change_is_announced_as_a_cell_and_only_changes_are(
    save: Save, anna: Person, arena: Project, design: WorkType, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[HoursChanged] = []
    monkeypatch.setitem(events._listeners, HoursChanged, [told.append])
    written = save(450)
    save(450, written.revision)
    cell = Cell(anna.membership.pk, arena.pk, design.pk, MONDAY)
    assert told == [HoursChanged(anna.workspace.pk, frozenset({cell}))]


def test_p2_anna_cannot_write_on_bo_but_bo_can_correct_anna(save: Save, anna: Person, bo: Person) -> None:
    with pytest.raises(NotTheirs):
        save(60, who=bo, by=anna)
    assert save(60, by=bo).minutes == 60


def test_another_workspaces_project_is_as_good_as_none(save: Save, cilla: Person, design: WorkType) -> None:
    harbour = make_project(cilla.workspace, "Harbour", customer="")
    with pytest.raises(NoSuchCell):
        save(60, project=harbour.pk)
    with pytest.raises(NoSuchCell):
        save(60, project=10**9)


@pytest.mark.django_db(transaction=True)
def test_32_savers_of_one_cell_end_in_one_entry(save: Save, fjell: Workspace) -> None:
    assert in_parallel(lambda number: save(450), 32) == []
    assert [entry.minutes for entry in entries(fjell)] == [450]


@pytest.mark.django_db(transaction=True)
def test_32_replays_of_one_request_have_one_effect(save: Save, fjell: Workspace) -> None:
    request = uuid.uuid4()
    assert in_parallel(lambda number: save(450, client_id=request), 32) == []
    assert [entry.revision for entry in entries(fjell)] == [1]
    with scope(fjell.pk):
        assert CellChange.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_32_savers_of_different_hours_one_wins_and_the_others_are_told(save: Save, fjell: Workspace) -> None:
    errors = in_parallel(lambda number: save(10 + number), 32)
    assert [type(error) for error in errors] == [CellChanged] * 31
    assert len(entries(fjell)) == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_savers_of_one_day_cannot_pass_24_hours(save: Save, fjell: Workspace, arena: Project) -> None:
    kinds = [make_work_type(arena, f"Kind {n}", product=None) for n in range(8)]
    errors = in_parallel(lambda number: save(360, work_type=kinds[number].pk), 8)
    assert [type(error) for error in errors] == [DayTooLong] * 4
    assert sum(entry.minutes for entry in entries(fjell)) == 24 * 60
