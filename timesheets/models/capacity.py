"""How much a person is expected to work: dated working weeks, and from when to when a person's hours are asked for."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class WorkingWeek(TenantModel):
    """Minutes per weekday from a day on, of the company (no member) or of one person. No day is the beginning.

    A person's row without minutes says that from that day on the company's week holds for the person again.
    """

    member = TenantForeignKey(Membership, models.CASCADE, null=True, blank=True, related_name="working_weeks")
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    # Monday first; each at most a day's 1440.
    minutes = ArrayField(models.PositiveSmallIntegerField(), size=7, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "member", "valid_from"], name="working_week_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(minutes__isnull=True, member__isnull=False) | models.Q(minutes__len=7),
                name="working_week_of_seven_days",
            ),
        ]


class WorkPeriod(TenantModel):
    """First and last day on which a person's hours are expected; no day leaves that end open."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="work_periods")
    first_day = models.DateField(_("first working day"), null=True, blank=True)
    last_day = models.DateField(_("last working day"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "member", name="work_period_once"),
            models.CheckConstraint(
                condition=models.Q(first_day=None)
                | models.Q(last_day=None)
                | models.Q(last_day__gte=models.F("first_day")),
                name="work_period_in_order",
            ),
        ]
