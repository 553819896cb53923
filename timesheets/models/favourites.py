"""Rows a person comes back to: favourites, and whole weeks under a name."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.catalog.models import Project, Task, WorkType
from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class Favourite(TenantModel):
    """What a member starred, a project and work type, perhaps with a task: offered first wherever hours are put."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="favourites")
    project = TenantForeignKey(Project, models.CASCADE, related_name="+")
    work_type = TenantForeignKey(WorkType, models.CASCADE, related_name="+")
    task = TenantForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "member", "project", "work_type", "task"],
                name="favourite_once",
                nulls_distinct=False,
            )
        ]


class WeekTemplate(TenantModel):
    """Rows of a week, kept under a name that is unique for the member whatever its capitals."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="week_templates")
    name = models.CharField(_("name"), max_length=80)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "member", Lower("name"), name="week_template_name_once")
        ]

    def __str__(self) -> str:
        return self.name


def no_hours() -> list[int]:
    return [0] * 7


class TemplateRow(TenantModel):
    """``minutes`` of the seven days from Monday; all 0 for a row that was kept without its hours."""

    template = TenantForeignKey(WeekTemplate, models.CASCADE, related_name="rows")
    project = TenantForeignKey(Project, models.CASCADE, related_name="+")
    work_type = TenantForeignKey(WorkType, models.CASCADE, related_name="+")
    task = TenantForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="+")
    minutes: Any = ArrayField(models.PositiveSmallIntegerField(), size=7, default=no_hours)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "template", "project", "work_type", "task"],
                name="template_row_once",
                nulls_distinct=False,
            )
        ]
        ordering: ClassVar = ["pk"]

    @property
    def total(self) -> int:
        """Minutes of the whole week."""
        return sum(self.minutes)
