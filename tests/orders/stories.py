"""Approved hours and orders for the stories."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from busy.catalog.models import Project, Rate, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from orders import services
from orders.models import Order, OrderLine
from timesheets import approval
from timesheets.models import Approval, TimeEntry


def set_rate(workspace_id: int, amount: str, **fields: Any) -> Rate:
    with scope(workspace_id):
        return Rate.objects.create(amount=Decimal(amount), **fields)


def approve(entries: Iterable[TimeEntry], *, by: Membership) -> None:
    """Every person's every week among the entries."""
    with scope(by.workspace_id):
        for member_id, week in {(entry.member_id, Week.of(entry.day)) for entry in entries}:
            approval.approve_person_week(member_id, week, by=by)


def approve_in_bulk(project: Project, first: date, last: date, *, by: Membership) -> None:
    """All hours of the project, by one project approval."""
    with scope(by.workspace_id):
        given = Approval.objects.create(kind="project", project=project, first_day=first, last_day=last, approved_by=by)
        TimeEntry.objects.filter(project=project).update(project_approval=given)


def draft(project: Project, *, by: Membership, **choice: Any) -> Order:
    with scope(by.workspace_id):
        return services.create_draft(project.pk, by=by, **choice)


def lines_of(order: Order) -> list[OrderLine]:
    with scope(order.workspace_id):
        return list(OrderLine.objects.filter(order=order).select_related("product", "work_type"))


def entry_ids(order: Order) -> set[int]:
    with scope(order.workspace_id):
        return set(order.entries.values_list("entry_id", flat=True))


def set_product(work_type: WorkType, **fields: Any) -> None:
    with scope(work_type.workspace_id):
        WorkType.objects.filter(pk=work_type.pk).update(**fields)
