"""Writes about projects themselves; members, work types and rates have modules of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from busy.catalog.errors import NotActive, NumberTaken, ProjectFrozen
from busy.catalog.events import ProjectChanged
from busy.catalog.mastership import Kind, name_of, owner_of, sharing_of
from busy.catalog.models import Customer, Project, ProjectMember, ProjectWorkType, WorkType
from busy.catalog.rules import cleaned_name, ensure_period, least_used_color
from busy.catalog.services.records import (
    changed_fields,
    create_once,
    ensure_created_here,
    ensure_number_is_ours,
    hold,
    locked,
    may_change,
    put_archived,
    tell_written,
    values_of,
)
from busy.lib.events import publish
from busy.workspaces.models import Membership


class ProjectChanges(TypedDict, total=False):
    name: str
    number: str
    customer: Customer | None
    color: int
    is_billable: bool
    is_open: bool
    start_date: date | None
    end_date: date | None
    is_task_driven: bool
    task_decides_work_type: bool


@transaction.atomic
def create_project(
    *,
    by: Membership,
    name: str,
    number: str = "",
    customer: Customer | None = None,
    color: int | None = None,
    is_billable: bool = True,
    is_open: bool = True,
    start_date: date | None = None,
    end_date: date | None = None,
    work_types: Iterable[WorkType] = (),
    client_id: UUID | None = None,
) -> Project:
    """Make a project that its maker leads (P4), with the work types that can be logged on it (R21).

    Without a colour it gets the one that is used least; the same ``client_id`` again gives the same project. Raises
    CreatedElsewhere (R17), OwnedElsewhere for a number that another system gives (R65), NameMissing, NumberTaken,
    NotActive, EndsBeforeStart.
    """
    ensure_created_here(Kind.PROJECT)
    ensure_number_is_ours(Kind.PROJECT, number)
    clean, number, chosen = cleaned_name(name), number.strip(), list(work_types)
    ensure_period(start_date, end_date)
    _ensure_active_customer(customer)
    ensure_active_work_types(chosen)

    def make() -> Project:
        _ensure_number_free(number)
        return Project.objects.create(
            name=clean,
            number=number,
            customer=customer,
            color=color or next_color(),
            is_billable=is_billable,
            is_open=is_open,
            start_date=start_date,
            end_date=end_date,
            client_id=client_id,
        )

    if number:
        hold(f"project number:{number.casefold()}")
    project, is_new = create_once(Project, client_id, make)
    if is_new:
        ProjectMember.objects.create(project=project, member=by, is_leader=True)
        ProjectWorkType.objects.bulk_create(
            ProjectWorkType(workspace_id=project.workspace_id, project=project, work_type=work_type)
            for work_type in chosen
        )
        publish(ProjectChanged(project.workspace_id, project.pk))
        tell_written(project, None)
    return project


@transaction.atomic
def change_project(project: Project, **changes: Unpack[ProjectChanges]) -> Project:
    """Raises OwnedElsewhere (R18), ProjectFrozen (R9), NameMissing, NumberTaken, NotActive, EndsBeforeStart."""
    project = editable(project)
    before = values_of(project, changes)
    names = changed_fields(project, changes)
    ensure_period(project.start_date, project.end_date)
    if "customer" in names:
        _ensure_active_customer(project.customer)
    if "number" in names and project.number and not project.is_archived:
        hold(f"project number:{project.number.casefold()}")
        _ensure_number_free(project.number, except_for=project)
    if names:
        project.save(update_fields=names)
        publish(ProjectChanged(project.workspace_id, project.pk))
        tell_written(project, {name: before[name] for name in names})
    return project


@transaction.atomic
def archive_project(project: Project) -> Project:
    """Nothing of it is deleted; it takes no new time (R6). Raises OwnedElsewhere (R18)."""
    project = locked(Project, project)
    if put_archived(project, True):
        publish(ProjectChanged(project.workspace_id, project.pk))
    return project


@transaction.atomic
def restore_project(project: Project) -> Project:
    """Raises ProjectFrozen (R9), OwnedElsewhere (R18), NumberTaken when another project took the number meanwhile."""
    project = editable(project)
    if project.number:
        hold(f"project number:{project.number.casefold()}")
        _ensure_number_free(project.number, except_for=project)
    if put_archived(project, False):
        publish(ProjectChanged(project.workspace_id, project.pk))
    return project


def editable(project: Project) -> Project:
    """The project, locked for a change. Raises ProjectFrozen when archived where a system keeps the projects (R9)."""
    project = locked(Project, project)
    if system := frozen_by(project):
        raise ProjectFrozen(system)
    return project


def frozen_by(project: Project) -> str:
    """The system whose project sync makes this archived project untouchable (R9), or ""."""
    if not project.is_archived or (sharing_of(Kind.PROJECT) and may_change(project, "archived")):
        return ""
    return name_of(project.mastered_by) or owner_of(Kind.PROJECT)


def next_color() -> int:
    """The colour that the fewest active projects have."""
    rows = Project.objects.filter(archived_at=None).values("color").annotate(used=Count("pk")).order_by()
    return least_used_color({row["color"]: row["used"] for row in rows})


def projects_numbered(number: str) -> QuerySet[Project]:
    """Active projects with this number, whatever its letters' case."""
    return Project.objects.filter(archived_at=None, number__iexact=number)


def ensure_active_work_types(work_types: Iterable[WorkType]) -> None:
    for work_type in work_types:
        if work_type.is_archived:
            raise NotActive("work_types", str(work_type))


def _ensure_active_customer(customer: Customer | None) -> None:
    if customer and customer.is_archived:
        raise NotActive("customer", str(customer))


def _ensure_number_free(number: str, except_for: Project | None = None) -> None:
    """Busy's own active projects share no number; what another system numbers may repeat, so it is only warned of."""
    if not number:
        return
    holders = projects_numbered(number).filter(mastered_by="")
    holder = (holders.exclude(pk=except_for.pk) if except_for else holders).first()
    if holder:
        raise NumberTaken(number, holder.name)
