"""Hours on tasks: mandatory on a task-driven project, a row of the week each, one cell for the transfer (P19, R68)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from busy.catalog import services as catalog
from busy.catalog.models import Project, Task, WorkType
from busy.lib import events
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.support.parallel import in_parallel
from tests.timesheets.hours import MONDAY, log, make_project, make_task, make_work_type, use_tasks
from timesheets import selectors, services
from timesheets.approval import approve_person_week
from timesheets.cells import CellState
from timesheets.errors import CellChanged, Locked, NoSuchCell, RequestReused, RowHasHours
from timesheets.events import Cell, HoursChanged
from timesheets.models import CellChange, TimeEntry, WeekRow
from timesheets.task_errors import (
    TaskArchived,
    TaskDone,
    TaskMissing,
    TaskOfOthers,
    TasksNotUsed,
    WorkTypeFollowsTask,
)
from timesheets.timeline import take_step
from timesheets.timeline_moves import Change, Create, Cut, Place

WEEK = Week.of(MONDAY)


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    """A task-driven project in a workspace that uses tasks."""
    use_tasks(fjell)
    return make_project(fjell, is_task_driven=True)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def sketches(arena: Project, design: WorkType) -> Task:
    return make_task(arena, "Sketches", work_type=design)


@pytest.fixture
def plan(arena: Project, design: WorkType) -> Task:
    return make_task(arena, "Floor plan", work_type=design)


Save = Callable[..., CellState]


@pytest.fixture
def save(anna: Person, arena: Project, design: WorkType, sketches: Task) -> Save:
    """Anna saves hours on Monday on Sketches, unless told otherwise."""

    def do(
        minutes: int,
        base: str = "",
        *,
        task: Task | None = sketches,
        day: date = MONDAY,
        who: Person = anna,
        **how: Any,
    ) -> CellState:
        with scope(arena.workspace_id):
            return services.save_cell(
                who.membership,
                arena.pk,
                how.get("work_type", design).pk,
                day,
                minutes,
                client_id=how.get("client_id") or uuid.uuid4(),
                base_revision=base,
                task_id=task.pk if task else None,
                by=who.membership,
            )

    return do


def entries(project: Project) -> list[tuple[int | None, int]]:
    with scope(project.workspace_id):
        return list(TimeEntry.objects.order_by("pk").values_list("task", "minutes"))


# --- Who may put hours where ---------------------------------------------------------------------------------------


def test_p19_a_task_is_mandatory_on_a_task_driven_project(save: Save, arena: Project, sketches: Task) -> None:
    with pytest.raises(TaskMissing, match=r"Hours on Fjell Arena need a task\. Choose one\."):
        save(60, task=None)
    save(60)
    assert entries(arena) == [(sketches.pk, 60)]


def test_p19_a_task_is_forbidden_where_tasks_are_off(save: Save, arena: Project, fjell: Workspace) -> None:
    use_tasks(fjell, False)
    with pytest.raises(TasksNotUsed, match="is not task-driven"):
        save(60)
    save(60, task=None)
    use_tasks(fjell)
    with scope(fjell.pk):
        Project.objects.update(is_task_driven=False)
    with pytest.raises(TasksNotUsed):
        save(60)


def test_p19_the_work_type_follows_from_the_task_or_is_chosen_freely(
    save: Save, arena: Project, sketches: Task
) -> None:
    travel = make_work_type(arena, "Travel", product=None)
    save(60, work_type=travel)
    with scope(arena.workspace_id):
        Project.objects.update(task_decides_work_type=True)
    with pytest.raises(WorkTypeFollowsTask, match="hours on Sketches are Design"):
        save(60, work_type=travel, day=MONDAY + timedelta(days=1))
    save(60)
    with scope(arena.workspace_id):
        Task.objects.update(work_type=None)
    with pytest.raises(WorkTypeFollowsTask, match="has no work type yet"):
        save(60, day=MONDAY + timedelta(days=1))


def test_r68_only_its_members_record_time_on_a_task_that_has_some(
    save: Save, arena: Project, sketches: Task, anna: Person, bo: Person
) -> None:
    with scope(arena.workspace_id):
        catalog.add_task_members(sketches, [bo.membership])
    with pytest.raises(TaskOfOthers, match="open to its members only"):
        save(60)
    save(60, who=bo)
    with scope(arena.workspace_id):
        catalog.add_task_members(sketches, [anna.membership])
    save(60)


@pytest.mark.parametrize(("field", "refusal"), [("done_at", TaskDone), ("archived_at", TaskArchived)])
def test_a_closed_task_keeps_its_hours_which_can_only_become_fewer(
    save: Save, arena: Project, field: str, refusal: type[Exception]
) -> None:
    written = save(60)
    with scope(arena.workspace_id):
        Task.objects.update(**{field: timezone.now()})
    with pytest.raises(refusal, match="can be reduced or removed, not added"):
        save(90, written.revision)
    assert save(30, written.revision).minutes == 30


def test_a_task_of_another_project_or_workspace_is_as_good_as_none(save: Save, fjell: Workspace, cilla: Person) -> None:
    other = make_task(make_project(fjell, "Fjell Tower", is_task_driven=True), "Lift")
    harbour = make_task(make_project(cilla.workspace, "Harbour", customer=""), "Quay")
    for task in (other, harbour):
        with pytest.raises(NoSuchCell):
            save(60, task=task)


def test_p19_hours_from_before_the_project_was_task_driven_stay_and_are_moved_to_a_task(
    save: Save, arena: Project, design: WorkType, sketches: Task, anna: Person
) -> None:
    old = log(anna.membership, arena, design, minutes=120)
    with scope(arena.workspace_id):
        week = selectors.week(anna.membership, WEEK)
        (row,) = week.rows
        assert (row.lacks_task, row.minutes) == (True, 120)
        assert (
            services.save_cell(
                anna.membership,
                arena.pk,
                design.pk,
                MONDAY,
                90,
                client_id=uuid.uuid4(),
                base_revision=row.cells[0].revision,
                by=anna.membership,
            ).minutes
            == 90
        )
        old.refresh_from_db()
        longer = Change(id=old.client_id, base=f"{old.pk}.{old.revision}", place=Place(day=MONDAY, minutes=100))
        with pytest.raises(TaskMissing):
            take_step(anna.membership, [longer], request_id=uuid.uuid4(), by=anna.membership)
        on_task = Change(
            id=old.client_id,
            base=f"{old.pk}.{old.revision}",
            place=Place(day=MONDAY, minutes=100),
            on=(arena.pk, design.pk),
            task_id=sketches.pk,
        )
        take_step(anna.membership, [on_task], request_id=uuid.uuid4(), by=anna.membership)
    assert entries(arena) == [(sketches.pk, 100)]


# --- Rows of the week ------------------------------------------------------------------------------------------------


def test_p19_each_task_has_a_row_and_cells_of_its_own(save: Save, arena: Project, plan: Task, anna: Person) -> None:
    first = save(60)
    save(120, task=plan)
    assert save(90, first.revision).minutes == 90
    with scope(arena.workspace_id):
        rows = selectors.week(anna.membership, WEEK).rows
    assert [(row.task, row.cells[0].minutes) for row in rows] == [("Sketches", 90), ("Floor plan", 120)]
    assert [row.detail for row in rows] == ["Sketches · Design · Fjell AS", "Floor plan · Design · Fjell AS"]


def test_two_tasks_are_one_cell_to_the_rest_of_the_house(
    save: Save, arena: Project, design: WorkType, plan: Task, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[HoursChanged] = []
    monkeypatch.setitem(events._listeners, HoursChanged, [told.append])
    save(60)
    save(60, task=plan)
    cell = Cell(anna.membership.pk, arena.pk, design.pk, MONDAY)
    assert told == [HoursChanged(arena.workspace_id, frozenset({cell}))] * 2


def test_a_replay_is_recognised_by_row_and_an_old_base_is_a_conflict(save: Save, plan: Task, arena: Project) -> None:
    request = uuid.uuid4()
    written = save(60, client_id=request)
    assert save(60, client_id=request).revision == written.revision
    with pytest.raises(RequestReused):
        save(60, task=plan, client_id=request)
    save(90, written.revision)
    with pytest.raises(CellChanged):
        save(120, written.revision)
    with scope(arena.workspace_id):
        assert [change.task.name for change in CellChange.objects.order_by("pk") if change.task] == ["Sketches"] * 2


def test_an_approved_week_locks_every_task(save: Save, plan: Task, arena: Project, anna: Person, bo: Person) -> None:
    save(60)
    with scope(arena.workspace_id):
        approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    with pytest.raises(Locked):
        save(60, task=plan)


def test_rows_are_added_emptied_and_removed_by_task(
    save: Save, arena: Project, design: WorkType, plan: Task, anna: Person
) -> None:
    member = anna.membership
    with scope(arena.workspace_id):
        with pytest.raises(TaskMissing):
            services.add_row(member, WEEK, arena.pk, design.pk, by=member)
        services.add_row(member, WEEK, arena.pk, design.pk, plan.pk, by=member)
        services.add_row(member, WEEK, arena.pk, design.pk, plan.pk, by=member)
    emptied = save(60)
    with scope(arena.workspace_id), pytest.raises(RowHasHours):
        services.remove_row(member, WEEK, arena.pk, design.pk, emptied.task_id, by=member)
    save(0, emptied.revision)
    with scope(arena.workspace_id):
        assert {row.task_id for row in WeekRow.objects.all()} == {plan.pk, emptied.task_id}
        services.remove_row(member, WEEK, arena.pk, design.pk, plan.pk, by=member)
        assert [row.task for row in selectors.week(member, WEEK).rows] == ["Sketches"]


def test_last_weeks_rows_come_along_with_their_tasks_unless_they_are_done(
    save: Save, arena: Project, plan: Task, anna: Person
) -> None:
    save(60)
    save(60, task=plan)
    with scope(arena.workspace_id):
        catalog.finish_task(plan)
        assert services.copy_last_weeks_rows(anna.membership, WEEK.plus(1), by=anna.membership) == 1
        assert [row.task for row in selectors.week(anna.membership, WEEK.plus(1)).rows] == ["Sketches"]


# --- The timeline ----------------------------------------------------------------------------------------------------


def step(anna: Person, *moves: Any) -> None:
    with scope(anna.workspace.pk):
        take_step(anna.membership, moves, request_id=uuid.uuid4(), by=anna.membership)


def test_p19_an_entry_on_the_timeline_has_its_task_keeps_it_when_cut_and_can_change_it(
    arena: Project, design: WorkType, sketches: Task, plan: Task, anna: Person
) -> None:
    entry, rest = uuid.uuid4(), uuid.uuid4()
    place = Place(day=MONDAY, start=9 * 60, end=11 * 60)
    with pytest.raises(TaskMissing):
        step(anna, Create(id=entry, place=place, project_id=arena.pk, work_type_id=design.pk))
    step(anna, Create(id=entry, place=place, project_id=arena.pk, work_type_id=design.pk, task_id=sketches.pk))
    with scope(arena.workspace_id):
        made = TimeEntry.objects.get()
    step(anna, Cut(id=entry, base=f"{made.pk}.{made.revision}", at=10 * 60, rest_id=rest))
    assert entries(arena) == [(sketches.pk, 60), (sketches.pk, 60)]
    with scope(arena.workspace_id):
        made.refresh_from_db()
    on = (arena.pk, design.pk)
    step(anna, Change(id=entry, base=f"{made.pk}.{made.revision}", on=on, task_id=plan.pk))
    assert sorted(entries(arena)) == sorted([(plan.pk, 60), (sketches.pk, 60)])


# --- At once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_p19_parallel_savers_of_two_tasks_of_one_cell_keep_both(
    save: Save, arena: Project, plan: Task, sketches: Task
) -> None:
    tasks = (sketches, plan)
    assert in_parallel(lambda number: save(450, task=tasks[number % 2]), 16) == []
    assert sorted(entries(arena)) == sorted([(sketches.pk, 450), (plan.pk, 450)])
    errors = in_parallel(lambda number: save(1000, task=tasks[number % 2]), 8)
    assert len(errors) == 8
    assert sorted(entries(arena)) == sorted([(sketches.pk, 450), (plan.pk, 450)])


# --- What became of them ---------------------------------------------------------------------------------------------


def test_the_history_names_the_tasks_and_tells_those_of_a_row_alone(
    save: Save, arena: Project, design: WorkType, plan: Task, sketches: Task, anna: Person
) -> None:
    save(60)
    save(30, task=plan)
    with scope(arena.workspace_id):
        entry = TimeEntry.objects.get(task=sketches)
    on = (arena.pk, design.pk)
    step(anna, Change(id=entry.client_id, base=f"{entry.pk}.{entry.revision}", on=on, task_id=plan.pk))
    page = f"history/{arena.pk}/{design.pk}/{MONDAY}/"
    told = anna.get(f"{page}?task={sketches.pk}").content.decode()
    assert "Task changed from Sketches to Floor plan." in told
    assert "On the task Sketches." in told
    assert "On the task Floor plan." not in told
    assert "On the task Floor plan." in anna.get(f"{page}?task={plan.pk}").content.decode()
    assert anna.get(f"{page}?task=999999999").status_code == 404
