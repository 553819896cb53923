"""What happens between writing hours and approving them: sent back with a comment, and asked to be opened again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from timesheets.models.approvals import Approval


class Rejection(TenantModel):
    """One act of sending a person's hours back: who, when and why (P25). Entries point at the last one they had.

    Rows are never changed or deleted; the days are the first and the last that had hours in it.
    """

    member = TenantForeignKey(Membership, models.PROTECT, related_name="rejections")
    first_day = models.DateField()
    last_day = models.DateField()
    minutes = models.PositiveIntegerField()
    comment = models.TextField()
    rejected_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    rejected_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="rejection_period"),
            models.CheckConstraint(condition=~models.Q(comment=""), name="rejection_says_why"),
        ]
        indexes: ClassVar = [models.Index("workspace", "member", "first_day", name="rejection_member_period")]


class ReopenOutcome(models.TextChoices):
    OPEN = "", _("Open")
    REOPENED = "reopened", _("Reopened")
    DECLINED = "declined", _("Declined")


class ReopenRequest(TenantModel):
    """A person asks that an approval of their hours be undone (R112). One may be open for each approval.

    ``day`` is what it is about, None for all that the approval holds. An approval that was undone in another way
    answers its request too: then ``outcome`` stays empty.
    """

    member = TenantForeignKey(Membership, models.PROTECT, related_name="reopen_requests")
    approval = TenantForeignKey(Approval, models.PROTECT, related_name="reopen_requests")
    day = models.DateField(null=True)
    sentence = models.TextField(blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=ReopenOutcome, blank=True, default=ReopenOutcome.OPEN)
    answer = models.TextField(blank=True)
    answered_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "workspace", "approval", "member", condition=models.Q(outcome=""), name="reopen_request_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", answered_by=None, answered_at=None)
                | (~models.Q(outcome="") & models.Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="reopen_request_answered_by",
            ),
        ]
        indexes: ClassVar = [
            models.Index("workspace", condition=models.Q(outcome=""), name="reopen_request_open"),
        ]

    @property
    def is_open(self) -> bool:
        """Reads the approval: select it along."""
        return self.outcome == ReopenOutcome.OPEN and self.approval.undone_at is None
