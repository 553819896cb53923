"""Who is on a project, and which work types are logged on it. Both are Busy's own, whoever keeps the project (R17)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from busy.catalog.errors import NotActive
from busy.catalog.events import ProjectChanged
from busy.catalog.models import Project, ProjectMember, ProjectWorkType, WorkType
from busy.catalog.services.projects import editable, ensure_active_work_types
from busy.lib.events import publish
from busy.workspaces.models import Membership


@transaction.atomic
def add_members(project: Project, members: Iterable[Membership]) -> None:
    """Who is on it already stays as they are. Raises ProjectFrozen (R9), NotActive for somebody who has left."""
    project = editable(project)
    chosen = list(members)
    for member in chosen:
        if not member.is_active:
            raise NotActive("members", str(member))
    ProjectMember.objects.bulk_create(
        (ProjectMember(workspace_id=project.workspace_id, project=project, member=member) for member in chosen),
        ignore_conflicts=True,
    )
    _tell(project)


@transaction.atomic
def remove_member(project: Project, member: Membership) -> None:
    """Their hours stay. Raises ProjectFrozen (R9)."""
    project = editable(project)
    deleted, _ = ProjectMember.objects.filter(project=project, member=member).delete()
    if deleted:
        _tell(project)


@transaction.atomic
def set_leader(project: Project, member: Membership, is_leader: bool) -> None:
    """Who leads a project is on it. Raises ProjectFrozen (R9), NotActive for somebody who has left."""
    project = editable(project)
    if is_leader:
        if not member.is_active:
            raise NotActive("members", str(member))
        ProjectMember.objects.update_or_create(project=project, member=member, defaults={"is_leader": True})
    else:
        ProjectMember.objects.filter(project=project, member=member).update(is_leader=False)
    _tell(project)


@transaction.atomic
def add_work_types(project: Project, work_types: Iterable[WorkType]) -> None:
    """Let hours of these work types be logged on the project (R21). Raises ProjectFrozen (R9), NotActive (R82)."""
    project = editable(project)
    chosen = list(work_types)
    ensure_active_work_types(chosen)
    ProjectWorkType.objects.bulk_create(
        (ProjectWorkType(workspace_id=project.workspace_id, project=project, work_type=kind) for kind in chosen),
        ignore_conflicts=True,
    )
    _tell(project)


@transaction.atomic
def remove_work_type(project: Project, work_type: WorkType) -> None:
    """Hours already logged stay; new ones are not offered. Raises ProjectFrozen (R9)."""
    project = editable(project)
    deleted, _ = ProjectWorkType.objects.filter(project=project, work_type=work_type).delete()
    if deleted:
        _tell(project)


def _tell(project: Project) -> None:
    publish(ProjectChanged(project.workspace_id, project.pk))
