"""Hours for the stories: a project, a work type, a person's week, a staff of many."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from busy.catalog.models import Customer, Product, Project, ProjectWorkType, Task, WorkType
from busy.workspaces.models import Membership, User, Workspace
from busy.workspaces.scope import scope
from timesheets.models import TimeEntry

MONDAY = date(2026, 3, 2)
FULL_DAY = 450


def make_project(
    workspace: Workspace, name: str = "Fjell Arena", *, customer: str = "Fjell AS", **fields: Any
) -> Project:
    with scope(workspace.pk):
        owner = Customer.objects.create(name=customer) if customer else None
        return Project.objects.create(name=name, customer=owner, **fields)


def make_work_type(
    project: Project, name: str = "Design", *, product: str | None = "Design hours", **fields: Any
) -> WorkType:
    with scope(project.workspace_id):
        sold = Product.objects.create(name=product, number="P-100") if product else None
        work_type = WorkType.objects.create(name=name, product=sold, **fields)
        ProjectWorkType.objects.create(project=project, work_type=work_type)
        return work_type


def use_tasks(workspace: Workspace, yes: bool = True) -> None:
    with scope(workspace.pk):
        Workspace.objects.filter(pk=workspace.pk).update(uses_tasks=yes)
    workspace.uses_tasks = yes


def make_task(project: Project, name: str = "Sketches", **fields: Any) -> Task:
    with scope(project.workspace_id):
        return Task.objects.create(project=project, name=name, **fields)


def log(
    member: Membership,
    project: Project,
    work_type: WorkType,
    day: date = MONDAY,
    minutes: int = FULL_DAY,
    **fields: Any,
) -> TimeEntry:
    with scope(project.workspace_id):
        return TimeEntry.objects.create(
            member=member, project=project, work_type=work_type, day=day, minutes=minutes, **fields
        )


def log_week(
    member: Membership, project: Project, work_type: WorkType, monday: date = MONDAY, minutes: int = FULL_DAY
) -> list[TimeEntry]:
    """Five days, Monday to Friday."""
    return [log(member, project, work_type, monday + timedelta(days=n), minutes) for n in range(5)]


def hire(workspace: Workspace, size: int, name: str = "Ek") -> list[Membership]:
    """Many employees in few queries; none of them signs in, so none has a password."""
    users = User.objects.bulk_create(
        User(email=f"{name}{n}@busy.example".lower(), name=f"{name} {n:03d}", password="!") for n in range(size)
    )
    with scope(workspace.pk):
        return Membership.objects.bulk_create(Membership(workspace=workspace, user=user) for user in users)


def log_weeks(members: list[Membership], project: Project, work_type: WorkType, monday: date = MONDAY) -> None:
    """A week of full days for each of many people, in one query."""
    with scope(project.workspace_id):
        TimeEntry.objects.bulk_create(
            TimeEntry(
                workspace_id=project.workspace_id,
                member=member,
                project=project,
                work_type=work_type,
                day=monday + timedelta(days=n),
                minutes=FULL_DAY,
            )
            for member in members
            for n in range(5)
        )


def entries(workspace: Workspace) -> list[TimeEntry]:
    """All that there are, in the order in which they were written."""
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("pk"))
