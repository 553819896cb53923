"""Whether time can be put on a project with a work type and a task, asked in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from busy.catalog.models import Project, ProjectMember, ProjectWorkType, Task, WorkType
from busy.catalog.selectors import may_use_task, with_driven
from busy.workspaces.models import Membership
from timesheets import rules
from timesheets.errors import NoSuchCell


@dataclass(frozen=True, slots=True)
class Place:
    project: Project
    work_type: WorkType


def ensure_loggable(member: Membership, project_id: int, work_type_id: int, task_id: int | None = None) -> Place:
    """Raises NotLoggable with the reason, NoSuchCell for what this workspace, or the project, has not."""
    return ensure_open(places(member, project_id, work_type_id).first(), member, project_id, work_type_id, task_id)


def places(member: Membership, project_id: int, work_type_id: int) -> QuerySet[ProjectWorkType]:
    """The work type on the project, with what ``ensure_open`` asks of it; none where it was not added (R21, P10)."""
    found = ProjectWorkType.objects.filter(project=project_id, work_type=work_type_id)
    in_project = Exists(ProjectMember.objects.filter(project=OuterRef("project"), member=member))
    return with_driven(found.select_related("project", "work_type"), "project__").annotate(in_project=in_project)


def ensure_open(found: Any, member: Membership, project_id: int, work_type_id: int, task_id: int | None) -> Place:
    """``found`` is the row of ``places``, None where there is none. Raises as ``ensure_loggable`` does."""
    if found is None:
        raise _why_not_there(member, project_id, work_type_id, task_id)
    reason = rules.why_not_loggable(
        found.project,
        found.work_type,
        on_project=True,
        is_member=found.in_project,
        on_task=_on_task(member, project_id, task_id, is_driven=found.is_driven),
    )
    if reason is not None:
        raise reason
    return Place(found.project, found.work_type)


def _why_not_there(member: Membership, project_id: int, work_type_id: int, task_id: int | None) -> Exception:
    project: Any = with_driven(Project.objects.filter(pk=project_id)).first()
    work_type = WorkType.objects.filter(pk=work_type_id).first()
    if project is None or work_type is None:
        return NoSuchCell()
    on_task = _on_task(member, project_id, task_id, is_driven=project.is_driven)
    reason = rules.why_not_loggable(project, work_type, on_project=False, is_member=False, on_task=on_task)
    assert reason is not None  # what was not added to the project takes no time
    return reason


def _on_task(member: Membership, project_id: int, task_id: int | None, *, is_driven: bool) -> rules.OnTask:
    """Raises NoSuchCell for a task that the project has not."""
    if task_id is None:
        return rules.OnTask(is_driven=is_driven, task=None, may_use=True)
    found = may_use_task(Task.objects.filter(pk=task_id, project_id=project_id), member)
    task: Any = found.select_related("work_type").first()
    if task is None:
        raise NoSuchCell
    return rules.OnTask(is_driven=is_driven, task=task, may_use=task.may_use)
