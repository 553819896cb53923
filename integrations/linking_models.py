"""Links that a worker makes piece by piece, and takes back so: what was asked for, and how far it is.

Loaded at the end of `integrations.models`, whose tables it points to.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from integrations.models import Connection


class RunState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


MOVING = (RunState.WAITING, RunState.RUNNING)


class Reason(models.TextChoices):
    """Why a run came to no end."""

    INTERRUPTED = "interrupted"  # its worker vanished, several times
    BROKEN = "broken"
    CHANGED = "changed"
    NOT_SYNCHRONISED = "not_synchronised"
    DISCONNECTED = "disconnected"


class LinkRun(TenantModel):
    """All suggestions of a kind that are beyond doubt, linked; or, ``is_undoing``, those links taken back.

    ``batch`` is the name of its pieces (LinkChange.batch). ``position`` is written with each piece: the id of the last
    record of Busy that was looked at, or of the last piece that was taken back. ``left_out`` counts links that were not
    made, or stay, since something changed meanwhile; ``total`` is None until somebody has counted.
    """

    connection = TenantForeignKey(Connection, models.CASCADE, db_index=False, related_name="+")
    kind = models.CharField(max_length=20)
    batch = models.UUIDField()
    is_undoing = models.BooleanField(default=False)
    is_stopping = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.WAITING)
    by = TenantForeignKey(Membership, models.PROTECT, db_index=False, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    position = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    failures = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "connection", "batch", name="link_run_once"),
            models.UniqueConstraint(
                fields=["workspace", "connection", "kind"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="link_run_moving_once",
            ),
        ]

    @property
    def is_moving(self) -> bool:
        return self.state in MOVING

    @property
    def seen(self) -> int:
        return self.done + self.left_out
