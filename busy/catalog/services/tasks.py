"""Writes about tasks: what a task-driven project's hours are logged on, and by whom (P19, R68).

Name, number, state and members of a task that another system keeps are that system's (R69); its work type and its
budget are Busy's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from busy.catalog.errors import NotActive, NotOnProject, WorkTypeMissing
from busy.catalog.events import ProjectChanged
from busy.catalog.mastership import Kind
from busy.catalog.models import Project, ProjectMember, ProjectWorkType, Task, TaskMember, WorkType
from busy.catalog.rules import cleaned_name
from busy.catalog.services.projects import editable
from busy.catalog.services.records import (
    changed_fields,
    create_once,
    ensure_created_here,
    ensure_may_change,
    ensure_number_is_ours,
    locked,
    put_archived,
    tell_written,
    values_of,
)
from busy.lib.events import publish
from busy.workspaces.models import Membership


class TaskChanges(TypedDict, total=False):
    name: str
    number: str
    work_type: WorkType | None
    budget_minutes: int | None


@transaction.atomic
def create_task(
    project: Project,
    *,
    name: str,
    number: str = "",
    work_type: WorkType | None = None,
    budget_minutes: int | None = None,
    client_id: UUID | None = None,
) -> Task:
    """Make a task that everybody who may log on the project can log on; the budget is in minutes.

    The same ``client_id`` again gives the same task. Raises CreatedElsewhere, ProjectFrozen (R9), NameMissing,
    WorkTypeMissing, NotOnProject.
    """
    ensure_created_here(Kind.TASK)
    ensure_number_is_ours(Kind.TASK, number)
    project = editable(project)
    clean = cleaned_name(name)
    _ensure_work_type(project, work_type)
    task, is_new = create_once(
        Task,
        client_id,
        lambda: Task.objects.create(
            project=project,
            name=clean,
            number=number.strip(),
            work_type=work_type,
            budget_minutes=budget_minutes,
            client_id=client_id,
        ),
    )
    if is_new:
        _tell(task)
        tell_written(task, None)
    return task


@transaction.atomic
def change_task(task: Task, **changes: Unpack[TaskChanges]) -> Task:
    """Hours that are there keep the work type they have.

    Raises OwnedElsewhere (R69), ProjectFrozen (R9), NameMissing, WorkTypeMissing, NotOnProject.
    """
    task = _editable(task)
    before = values_of(task, changes)
    names = changed_fields(task, changes)
    if "work_type" in names:
        _ensure_work_type(task.project, task.work_type)
    if names:
        task.save(update_fields=names)
        _tell(task)
        tell_written(task, {name: before[name] for name in names})
    return task


def finish_task(task: Task) -> Task:
    """It keeps its hours and takes no new ones. Raises OwnedElsewhere (R69), ProjectFrozen (R9)."""
    return _set_done(task, True)


def reopen_task(task: Task) -> Task:
    """Raises OwnedElsewhere (R69), ProjectFrozen (R9)."""
    return _set_done(task, False)


def archive_task(task: Task) -> Task:
    """Out of the way, with its hours; it takes no new ones. Raises OwnedElsewhere (R69), ProjectFrozen (R9)."""
    return _set_archived(task, True)


def restore_task(task: Task) -> Task:
    """Raises OwnedElsewhere (R69), ProjectFrozen (R9)."""
    return _set_archived(task, False)


@transaction.atomic
def add_task_members(task: Task, members: Iterable[Membership]) -> None:
    """From now on only the task's members log time on it (R68). Who is one of them already stays.

    Raises OwnedElsewhere (R69), ProjectFrozen (R9), NotActive for somebody who has left, and NotOnProject for who is
    no member of a closed project.
    """
    task = _editable(task)
    ensure_may_change(task, "members")
    chosen, before = list(members), _member_ids(task)
    on_project = set(ProjectMember.objects.filter(project=task.project_id).values_list("member_id", flat=True))
    for member in chosen:
        if not member.is_active:
            raise NotActive("members", str(member))
        if not task.project.is_open and member.pk not in on_project:
            raise NotOnProject("members", str(member))
    TaskMember.objects.bulk_create(
        (TaskMember(workspace_id=task.workspace_id, task=task, member=member) for member in chosen),
        ignore_conflicts=True,
    )
    _tell(task)
    if _member_ids(task) != before:
        tell_written(task, {"members": before})


@transaction.atomic
def remove_task_member(task: Task, member: Membership) -> None:
    """Their hours stay; without members the task is everybody's again. Raises OwnedElsewhere (R69), ProjectFrozen."""
    task = _editable(task)
    ensure_may_change(task, "members")
    before = _member_ids(task)
    deleted, _ = TaskMember.objects.filter(task=task, member=member).delete()
    if deleted:
        _tell(task)
        tell_written(task, {"members": before})


@transaction.atomic
def _set_done(task: Task, done: bool) -> Task:
    task = _editable(task)
    if task.is_done == done:
        return task
    ensure_may_change(task, "done")
    task.done_at = timezone.now() if done else None
    task.save(update_fields=["done_at"])
    _tell(task)
    tell_written(task, {"done": not done})
    return task


@transaction.atomic
def _set_archived(task: Task, archived: bool) -> Task:
    task = _editable(task)
    if put_archived(task, archived):
        _tell(task)
    return task


def _editable(task: Task) -> Task:
    """The task, locked for a change after its project. Raises ProjectFrozen (R9)."""
    project = editable(task.project)
    task = locked(Task, task)
    task.project = project
    return task


def _member_ids(task: Task) -> tuple[int, ...]:
    return tuple(TaskMember.objects.filter(task=task).order_by("member_id").values_list("member_id", flat=True))


def _ensure_work_type(project: Project, work_type: WorkType | None) -> None:
    if work_type is None:
        if project.task_decides_work_type:
            raise WorkTypeMissing
        return
    if not ProjectWorkType.objects.filter(project=project, work_type=work_type).exists():
        raise NotOnProject("work_type", work_type.name)
    if work_type.is_archived:
        raise NotActive("work_type", work_type.name)


def _tell(task: Task) -> None:
    publish(ProjectChanged(task.workspace_id, task.project_id))
