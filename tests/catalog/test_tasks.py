"""Tasks of a project: who keeps them, who may log on them, and what time entry offers of them (P19, R67-R69)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from busy.catalog import selectors, services
from busy.catalog.errors import NameMissing, NotActive, NotOnProject, OwnedElsewhere, WorkTypeMissing
from busy.catalog.models import Project, ProjectWorkType, Task, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import make_project, make_work_type, use_tasks

Catalogue = tuple[Project, WorkType, WorkType]


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    """A task-driven project in a workspace that uses tasks."""
    use_tasks(fjell)
    return make_project(fjell, is_task_driven=True)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def travel(arena: Project, design: WorkType) -> WorkType:
    return make_work_type(arena, "Travel", product=None)


def make_task(project: Project, name: str = "Sketches", **fields: Any) -> Task:
    with scope(project.workspace_id):
        return services.create_task(project, name=name, **fields)


def change(project: Project, **changes: Any) -> None:
    with scope(project.workspace_id):
        services.change_project(project, **changes)


def found(person: Person, text: str = "", **asked: Any) -> list[tuple[str, str, str]]:
    with scope(person.workspace.pk):
        choices = selectors.search_loggable(person.membership, text, **asked)
    return [(choice.project.name, choice.task.name if choice.task else "", choice.work_type.name) for choice in choices]


def test_p19_a_task_driven_project_offers_its_tasks_each_with_every_work_type(
    arena: Project, travel: WorkType, anna: Person
) -> None:
    assert found(anna) == []
    make_task(arena, "Sketches")
    make_task(arena, "Floor plan")
    assert found(anna) == [
        ("Fjell Arena", "Floor plan", "Design"),
        ("Fjell Arena", "Floor plan", "Travel"),
        ("Fjell Arena", "Sketches", "Design"),
        ("Fjell Arena", "Sketches", "Travel"),
    ]


def test_p19_the_work_type_follows_from_the_task_where_the_project_says_so(
    arena: Project, design: WorkType, travel: WorkType, anna: Person
) -> None:
    change(arena, task_decides_work_type=True)
    with pytest.raises(WorkTypeMissing):
        make_task(arena, "Sketches")
    make_task(arena, "Sketches", work_type=design)
    make_task(arena, "Site visit", work_type=travel)
    assert found(anna) == [("Fjell Arena", "Site visit", "Travel"), ("Fjell Arena", "Sketches", "Design")]
    assert found(anna, project_id=arena.pk, work_type_id=travel.pk) == found(anna)


def test_p19_tasks_are_switched_on_per_workspace_and_per_project(
    fjell: Workspace, arena: Project, design: WorkType, anna: Person
) -> None:
    make_task(arena)
    assert found(anna) == [("Fjell Arena", "Sketches", "Design")]
    change(arena, is_task_driven=False)
    assert found(anna) == [("Fjell Arena", "", "Design")]
    change(arena, is_task_driven=True)
    use_tasks(fjell, False)
    assert found(anna) == [("Fjell Arena", "", "Design")]


@pytest.mark.parametrize("text", ["sket", "fjell sket", "sket des", "T-7"])
def test_tasks_are_found_by_name_and_number(arena: Project, travel: WorkType, anna: Person, text: str) -> None:
    make_task(arena, "Sketches", number="T-7")
    make_task(arena, "Floor plan")
    assert {task for _, task, _ in found(anna, text)} == {"Sketches"}
    assert found(anna, "sket stairs") == []


def test_r68_a_task_with_members_is_for_them_alone(arena: Project, design: WorkType, anna: Person, bo: Person) -> None:
    task = make_task(arena)
    with scope(arena.workspace_id):
        services.add_task_members(task, [bo.membership])
    assert (found(anna), len(found(bo))) == ([], 1)
    with scope(arena.workspace_id):
        services.remove_task_member(task, bo.membership)
    assert len(found(anna)) == len(found(bo)) == 1


def test_r68_on_a_closed_project_a_tasks_members_are_the_projects(arena: Project, anna: Person) -> None:
    change(arena, is_open=False)
    task = make_task(arena)
    with scope(arena.workspace_id):
        with pytest.raises(NotOnProject, match="Anna Aas is not on the project"):
            services.add_task_members(task, [anna.membership])
        services.add_members(arena, [anna.membership])
        services.add_task_members(task, [anna.membership])
        anna.membership.is_active = False
        with pytest.raises(NotActive):
            services.add_task_members(task, [anna.membership])


def test_what_is_done_or_archived_is_not_offered_and_comes_back(arena: Project, design: WorkType, anna: Person) -> None:
    task = make_task(arena)
    with scope(arena.workspace_id):
        for close, open_again in (
            (services.finish_task, services.reopen_task),
            (services.archive_task, services.restore_task),
        ):
            close(task)
            assert found(anna) == []
            open_again(task)
            assert len(found(anna)) == 1


def test_loggable_places_tells_with_the_same_rules(
    arena: Project, design: WorkType, travel: WorkType, anna: Person
) -> None:
    task = make_task(arena, work_type=design)
    asked = {(arena.pk, design.pk, None), (arena.pk, design.pk, task.pk), (arena.pk, travel.pk, task.pk)}
    with scope(arena.workspace_id):
        assert selectors.loggable_places(anna.membership, asked) == asked - {(arena.pk, design.pk, None)}
        assert selectors.loggable_pairs(anna.membership, [(arena.pk, design.pk)]) == set()
        services.change_project(arena, task_decides_work_type=True)
        assert selectors.loggable_places(anna.membership, asked) == {(arena.pk, design.pk, task.pk)}
        services.change_project(arena, is_task_driven=False)
        assert selectors.loggable_places(anna.membership, asked) == {(arena.pk, design.pk, None)}


def test_loggable_names_the_tasks_of_a_project_and_what_can_be_logged(
    arena: Project, design: WorkType, anna: Person
) -> None:
    with scope(arena.workspace_id):
        assert selectors.loggable(anna.membership) == []
        task = services.create_task(arena, name="Sketches")
        (project,) = selectors.loggable(anna.membership)
    assert (project.tasks, [choice.key for choice in project.choices]) == (
        (task,),
        [f"{arena.pk}-{design.pk}-{task.pk}"],
    )


def test_a_task_takes_its_work_type_from_the_project(arena: Project, design: WorkType) -> None:
    with scope(arena.workspace_id):
        elsewhere = WorkType.objects.create(name="Diving")
        with pytest.raises(NotOnProject, match="Diving is not on the project"):
            services.create_task(arena, name="Sketches", work_type=elsewhere)
        task = services.create_task(arena, name="Sketches", work_type=design)
        ProjectWorkType.objects.filter(work_type=design).delete()
        services.change_task(task, name="Drawings")
        with pytest.raises(NameMissing):
            services.change_task(task, name=" ")


def test_one_form_makes_one_task(arena: Project) -> None:
    form = uuid.uuid4()
    assert make_task(arena, client_id=form) == make_task(arena, client_id=form)


def test_r69_what_the_accounting_system_keeps_of_a_task_is_read_only(
    arena: Project, design: WorkType, anna: Person
) -> None:
    task = make_task(arena)
    with scope(arena.workspace_id):
        Task.objects.update(mastered_by="24SevenOffice")
        for write in (
            lambda: services.change_task(task, name="Drawings"),
            lambda: services.change_task(task, number="9"),
            lambda: services.finish_task(task),
            lambda: services.archive_task(task),
            lambda: services.add_task_members(task, [anna.membership]),
            lambda: services.remove_task_member(task, anna.membership),
        ):
            with pytest.raises(OwnedElsewhere, match="24SevenOffice"):
                write()
        changed = services.change_task(task, work_type=design, budget_minutes=600)
    assert (changed.name, changed.work_type, changed.budget_minutes) == ("Sketches", design, 600)


def test_cilla_sees_no_task_of_fjell(arena: Project, design: WorkType, cilla: Person) -> None:
    task = make_task(arena)
    assert found(cilla) == []
    with scope(cilla.workspace.pk):
        assert not Task.objects.exists()
        assert selectors.loggable_places(cilla.membership, [(arena.pk, design.pk, task.pk)]) == set()
