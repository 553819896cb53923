"""Days on which the provider takes no hours of somebody any more. Loaded at the end of `integrations.models`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from integrations.models import Connection


class ClosedPeriod(TenantModel):
    """As last read, or as an hour was refused for it. ``employee`` is the provider's id; both days are included."""

    connection = TenantForeignKey(Connection, models.CASCADE, db_index=False, related_name="+")
    employee = models.CharField(max_length=100)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "connection", "employee", "first_day", name="closed_period_once")
        ]
