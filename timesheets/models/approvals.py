"""Acts of approval; the hours that they hold point at them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.catalog.models import Project
from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class ApprovalKind(models.TextChoices):
    PERSON = "person", _("User approval")
    PROJECT = "project", _("Project approval")


class Approval(TenantModel):
    """One act of approving: a person's or a project's hours in a period. Undoing keeps the row (P23)."""

    kind = models.CharField(max_length=10, choices=ApprovalKind)
    member = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="approvals")
    project = TenantForeignKey(Project, models.PROTECT, null=True, related_name="approvals")
    first_day = models.DateField()
    last_day = models.DateField()
    approved_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(default=timezone.now)
    undone_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind="person", member__isnull=False, project=None)
                | models.Q(kind="project", project__isnull=False, member=None),
                name="approval_of_person_or_project",
            ),
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="approval_period"),
        ]
        indexes: ClassVar = [models.Index("workspace", "member", "first_day", name="approval_member_period")]
