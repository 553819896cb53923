"""The pages of tasks: what Bo does there, what Anna and Cilla cannot, and who keeps what (P19, R67-R69)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from busy.catalog import mastership, services
from busy.catalog.models import Project, Task, TaskMember, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import make_project, make_task, make_work_type, use_tasks

HTMX = {"HX-Request": "true"}


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    use_tasks(fjell)
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def tasks_of(project: Project) -> list[Task]:
    with scope(project.workspace_id):
        return list(Task.objects.order_by("pk"))


def page_of(project: Project, *more: Any) -> str:
    return "/".join(["projects", str(project.pk), "tasks", *(str(part) for part in more), ""])


def test_p19_dina_switches_tasks_on_in_the_settings_and_the_projects_get_their_page(
    dina: Person, bo: Person, fjell: Workspace
) -> None:
    project = make_project(fjell)
    assert bo.get(page_of(project)).status_code == 404
    assert page_of(project) not in bo.get(f"projects/{project.pk}/").content.decode()
    settings = {"name": "Fjell", "zone": "Europe/Oslo", "currency": "NOK", "language": "nb", "uses_tasks": "on"}
    assert dina.post("settings/", settings).status_code == 302
    assert page_of(project) in bo.get(f"projects/{project.pk}/").content.decode()
    assert "No tasks on this project" in bo.get(page_of(project)).content.decode()


def test_p19_bo_makes_a_project_task_driven_and_writes_its_tasks(bo: Person, arena: Project, design: WorkType) -> None:
    told = bo.post(page_of(arena, "rules"), {"is_task_driven": "on"}, headers=HTMX).content.decode()
    assert "has no open task" in told
    told = bo.post(page_of(arena), {"name": " Site  visit ", "client_id": str(uuid.uuid4())}, headers=HTMX)
    assert "Site visit is added." in told.content.decode()
    assert "has no open task" not in told.content.decode()
    (_task,) = tasks_of(arena)
    with scope(arena.workspace_id):
        assert Project.objects.get().is_task_driven
    assert bo.post(page_of(arena), {"name": "Drawings", "client_id": str(uuid.uuid4())}).status_code == 302
    assert [task.name for task in tasks_of(arena)] == ["Site visit", "Drawings"]


def test_p19_where_the_work_type_follows_from_the_task_it_is_asked_for(
    bo: Person, arena: Project, design: WorkType
) -> None:
    make_task(arena)
    told = bo.post(page_of(arena, "rules"), {"is_task_driven": "on", "task_decides_work_type": "on"}, headers=HTMX)
    assert "chip-warning" in told.content.decode()
    new = {"name": "Drawings", "client_id": str(uuid.uuid4())}
    refused = bo.post(page_of(arena), new, headers=HTMX)
    assert (refused.status_code, len(tasks_of(arena))) == (422, 1)
    assert 'value="Drawings"' in refused.content.decode()
    assert bo.post(page_of(arena), new | {"work_type": design.pk}).status_code == 302
    assert tasks_of(arena)[1].work_type_id == design.pk


def test_sending_the_form_of_a_new_task_twice_makes_one(bo: Person, arena: Project) -> None:
    form = {"name": "Drawings", "client_id": str(uuid.uuid4())}
    for _ in range(2):
        bo.post(page_of(arena), form)
    assert len(tasks_of(arena)) == 1


def test_bo_changes_a_task_and_what_is_wrong_stays_in_its_field(bo: Person, arena: Project, design: WorkType) -> None:
    task = make_task(arena)
    fields = {"name": "Drawings", "number": "7", "work_type": design.pk, "budget_minutes": "40,5"}
    assert bo.post(page_of(arena, task.pk), fields, headers=HTMX).status_code == 200
    (changed,) = tasks_of(arena)
    assert (changed.name, changed.number, changed.work_type_id, changed.budget_minutes) == (
        "Drawings",
        "7",
        design.pk,
        40 * 60 + 30,
    )
    refused = bo.post(page_of(arena, task.pk), fields | {"budget_minutes": "soon"}, headers=HTMX)
    assert refused.status_code == 422
    assert 'value="soon"' in refused.content.decode()


def test_a_task_is_finished_archived_and_brought_back_with_undo(bo: Person, arena: Project) -> None:
    task = make_task(arena)
    for do, undo, gone_to in (("finish", "reopen", "done"), ("archive", "restore", "archived")):
        answer = bo.post(f"{page_of(arena, task.pk, do)}?list=1", headers=HTMX)
        assert f"/{undo}/?undo" in answer.headers["HX-Trigger"]
        assert "Sketches" not in bo.get(page_of(arena)).content.decode().split('id="list"')[1]
        assert "Sketches" in bo.get(f"{page_of(arena)}?state={gone_to}").content.decode().split('id="list"')[1]
        assert bo.post(f"{page_of(arena, task.pk, undo)}?undo", headers=HTMX).headers["HX-Refresh"] == "true"
        assert "Sketches" in bo.get(page_of(arena)).content.decode().split('id="list"')[1]
    assert bo.post(page_of(arena, task.pk, "explode")).status_code == 404


def test_r68_bo_keeps_a_task_for_anna_and_for_everybody_again(bo: Person, anna: Person, arena: Project) -> None:
    task = make_task(arena)
    assert "Everybody who can log time" in bo.get(page_of(arena, task.pk)).content.decode()
    told = bo.post(page_of(arena, task.pk, "members"), {"member": anna.membership.pk}, headers=HTMX)
    assert "Only these people can log time on the task." in told.content.decode()
    remove = page_of(arena, task.pk, "members", anna.membership.pk, "remove")
    answer = bo.post(remove, headers=HTMX)
    assert "for everybody on the project again" in answer.headers["HX-Trigger"]
    with scope(arena.workspace_id):
        assert not TaskMember.objects.exists()
    bo.post(f"{remove.replace('remove', 'add')}?undo", headers=HTMX)
    with scope(arena.workspace_id):
        assert TaskMember.objects.get().member_id == anna.membership.pk


def test_r69_a_task_of_the_accounting_system_shows_its_keeper_and_is_read_only(
    bo: Person, arena: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastership, "_name", lambda key: "24SevenOffice")
    task = make_task(arena, mastered_by="twentyfourseven")
    page = bo.get(page_of(arena, task.pk)).content.decode()
    assert "The members of the task are managed in 24SevenOffice." in page
    assert 'name="name"' not in page
    assert 'name="budget_minutes"' in page
    assert "24SevenOffice" in bo.post(page_of(arena, task.pk, "finish"), headers=HTMX).headers["HX-Trigger"]
    assert not tasks_of(arena)[0].is_done


def test_only_managers_of_the_workspace_see_tasks_pages(anna: Person, cilla: Person, arena: Project) -> None:
    task = make_task(arena)
    use_tasks(cilla.workspace)
    for page in (page_of(arena), page_of(arena, task.pk)):
        assert anna.get(page).status_code == 403
        assert cilla.get(page).status_code == 404


def test_a_task_is_found_under_its_own_project_alone(bo: Person, fjell: Workspace, arena: Project) -> None:
    task = make_task(arena)
    tower = make_project(fjell, "Fjell Tower")
    assert bo.get(page_of(tower, task.pk)).status_code == 404
    assert bo.post(page_of(tower, task.pk, "finish")).status_code == 404


def test_the_list_is_searched_paged_and_costs_the_same_for_many(
    bo: Person, anna: Person, arena: Project, count_queries: Callable[[Person, str], int]
) -> None:
    make_task(arena)
    few = count_queries(bo, page_of(arena))
    with scope(arena.workspace_id):
        tasks = [Task(workspace_id=arena.workspace_id, project=arena, name=f"Part {n:03d}") for n in range(120)]
        for task in Task.objects.bulk_create(tasks)[:60]:
            services.add_task_members(task, [anna.membership])
    assert count_queries(bo, page_of(arena)) <= few + 1  # the members of those that have some
    assert "Part 110" in bo.get(f"{page_of(arena)}?page=3").content.decode()
    assert "Part 117" in bo.get(f"{page_of(arena)}?q=117").content.decode()
    assert "Nothing here contains" in bo.get(f"{page_of(arena)}?q=nowhere").content.decode()
