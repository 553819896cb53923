"""Hours on their way: one row per cell, with what Busy knows of it at the provider.

Loaded at the end of `integrations.models`, whose tables it points to.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from busy.catalog.models import Project, Task, WorkType
from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from integrations.models import Connection, Delivery


class HoursCell(TenantModel):
    """A cell (R90) beside its delivery: a cell's place, its wanted total, and what stands at the provider.

    ``minutes_wanted`` is what the last request or attempt computed, for pages; a worker computes it anew. ``minutes``
    is what we last saw stored, None before that. ``in_doubt`` are totals that may have been stored without our seeing
    the answer: noted before each write, so that a worker may die at any moment. The ``at_`` ids are the
    provider's of where it stands, or may: an employee number that is put right moves the hours.

    Where hours stand on tasks there, each task has a cell of its own, and ``task`` is None for hours without one.
    ``is_whole``: this one holds the hours of all tasks together. So it is everywhere else, and with what was sent
    before tasks were told, for as long as anything of it stands there: hours are never there twice.
    """

    connection = TenantForeignKey(Connection, models.CASCADE, db_index=False, related_name="+")
    delivery = TenantForeignKey(Delivery, models.CASCADE, db_index=False, related_name="cells")
    member = TenantForeignKey(Membership, models.PROTECT, db_index=False, related_name="+")
    project = TenantForeignKey(Project, models.PROTECT, db_index=False, related_name="+")
    work_type = TenantForeignKey(WorkType, models.PROTECT, db_index=False, related_name="+")
    task = TenantForeignKey(Task, models.PROTECT, null=True, db_index=False, related_name="+")
    is_whole = models.BooleanField(default=True, db_default=True)
    day = models.DateField()
    minutes_wanted = models.PositiveIntegerField(default=0)
    minutes = models.PositiveIntegerField(null=True)
    # The notes that went with them.
    comment = models.CharField(max_length=500, blank=True, default="")
    version = models.CharField(max_length=100, blank=True, default="")
    in_doubt = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    overwrite = models.BooleanField(default=False)
    at_employee = models.CharField(max_length=100, blank=True, default="")
    at_project = models.CharField(max_length=100, blank=True, default="")
    at_work_type = models.CharField(max_length=100, blank=True, default="")
    at_task = models.CharField(max_length=100, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "connection", "member", "day", "project", "work_type", "task"],
                name="hours_cell_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint("workspace", "delivery", name="hours_cell_delivery_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "connection", "-day", "-id"], name="hours_cell_newest")]

    @property
    def may_stand_there(self) -> bool:
        """Whether hours of ours stand at the provider, or may."""
        return bool(self.minutes or self.in_doubt)
