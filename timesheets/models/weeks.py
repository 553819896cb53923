"""Rows of a week's page, and what its saves did."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from busy.catalog.models import Project, Task, WorkType
from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class WeekRow(TenantModel):
    """A row a person put on a week's page: it stays when it has no hours yet. Rows with hours need none.

    On a task-driven project the task is part of what the row is (P19).
    """

    member = TenantForeignKey(Membership, models.CASCADE, related_name="week_rows")
    project = TenantForeignKey(Project, models.CASCADE, related_name="+")
    work_type = TenantForeignKey(WorkType, models.CASCADE, related_name="+")
    task = TenantForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="+")
    monday = models.DateField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "member", "monday", "project", "work_type", "task"],
                name="week_row_once",
                nulls_distinct=False,
            )
        ]


class CellChange(TenantModel):
    """What one save did to a cell: the record by which a replayed save is recognised, and who changed what and when.

    ``request_id`` is made in the browser before the first attempt to save. Minutes are the cell's totals.
    """

    request_id = models.UUIDField()
    member = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    project = TenantForeignKey(Project, models.CASCADE, related_name="+")
    work_type = TenantForeignKey(WorkType, models.CASCADE, related_name="+")
    task = TenantForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="+")
    day = models.DateField()
    minutes_before = models.PositiveSmallIntegerField()
    minutes_after = models.PositiveSmallIntegerField()
    note_changed = models.BooleanField(default=False)
    changed_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "request_id", name="cell_change_once")]
        indexes: ClassVar = [models.Index("workspace", "member", "day", name="cell_change_member_day")]
