"""Reminders of missing hours, and when a workspace's next round of them is due."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class ReminderState(models.TextChoices):
    WAITING = "waiting"
    # Claimed: the mail may have left. A worker that dies here leaves it so; it is never sent twice.
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    NOT_NEEDED = "not_needed"


class Reminder(TenantModel):
    """One mail to a person about missing hours. The unique day makes it one a day, whoever asks for it how often."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="reminders")
    # The workspace's local date on which it was asked for.
    day = models.DateField()
    # None: the schedule asked.
    asked_by = TenantForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    request_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=ReminderState, default=ReminderState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "member", "day", name="reminder_once_a_day")]
        indexes: ClassVar = [
            models.Index(
                "workspace", "id", condition=models.Q(state=ReminderState.WAITING), name="reminder_waits_to_be_sent"
            )
        ]


class ReminderClock(models.Model):
    """When a workspace's reminders are to be looked at next. The tick reads it across workspaces: it holds no business
    data, and therefore no row-level security."""

    workspace_id = models.BigIntegerField(unique=True)
    next_at = models.DateTimeField()
    # The local date of the last automatic round; it is made once.
    round_made_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index("next_at", name="reminder_clock_next")]

    def __str__(self) -> str:
        return f"workspace {self.workspace_id} at {self.next_at}"
