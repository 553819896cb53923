"""Reconciliation, remembered: per connection, subject and month what the last comparison came to, and each difference
that it found.

Loaded at the end of `integrations.models`, whose tables it points to.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from integrations.hour_models import HoursCell
from integrations.models import Connection, Delivery


class Subject(models.TextChoices):
    ORDERS = "orders"
    HOURS = "hours"


class CompareState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ComparedMonth(TenantModel):
    """What was sent in a month beside what stands there.

    ``state`` is of the run that was asked for last, ``seen`` and ``total`` how far it is. All from ``read_at`` on is
    the last result, which stands until the next one is complete; ``read_at`` is when its reading began, so that what
    was sent later is not judged by it. ``nightly_at`` is when a night last asked for it.
    """

    connection = TenantForeignKey(Connection, models.CASCADE, db_index=False, related_name="+")
    subject = models.CharField(max_length=10, choices=Subject)
    month = models.DateField()  # its first day
    state = models.CharField(max_length=10, choices=CompareState, default=CompareState.WAITING)
    started_by = TenantForeignKey(Membership, models.PROTECT, null=True, db_index=False, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    nightly_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(default=timezone.now)
    failures = models.PositiveIntegerField(default=0)
    problem = models.JSONField(null=True)
    seen = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    read_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    equal = models.PositiveIntegerField(default=0)
    equal_minutes = models.PositiveIntegerField(default=0)
    under_way = models.PositiveIntegerField(default=0)
    # What stands there and bears no sign of Busy.
    others = models.PositiveIntegerField(default=0)
    other_minutes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "connection", "subject", "month", name="compared_month_once")
        ]

    @property
    def is_moving(self) -> bool:
        return self.state in (CompareState.WAITING, CompareState.RUNNING)


class What(models.TextChoices):
    DIFFERENT = "different"
    MISSING = "missing"
    UNKNOWN = "unknown"  # it bears a reference of Busy's form, and Busy did not send it or took it back
    TWICE = "twice"  # another one bears the reference of an order that is there


class Difference(TenantModel):
    """One order or cell that does not stand there as it was sent.

    ``details`` are {"field", "ours", "there"}; ``mark`` tells this difference from the next one of the same thing: an
    administrator is told of each once, and may leave it as it is.
    """

    compared = TenantForeignKey(ComparedMonth, models.CASCADE, db_index=False, related_name="differences")
    key = models.CharField(max_length=120)
    what = models.CharField(max_length=10, choices=What)
    delivery = TenantForeignKey(Delivery, models.CASCADE, null=True, db_index=False, related_name="+")
    cell = TenantForeignKey(HoursCell, models.CASCADE, null=True, db_index=False, related_name="+")
    external_id = models.CharField(max_length=100, blank=True)
    number = models.CharField(max_length=100, blank=True)
    url = models.CharField(max_length=500, blank=True)
    details = models.JSONField(default=list)
    mark = models.CharField(max_length=32)
    found_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = TenantForeignKey(Membership, models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "compared", "key", name="difference_once")]
        indexes: ClassVar = [
            models.Index("workspace", "delivery", name="difference_delivery"),
            models.Index("workspace", "cell", name="difference_cell"),
        ]
