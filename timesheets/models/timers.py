"""The timer: what a person is working on now, and stopped time that waits for a project or a way out."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from busy.catalog.models import Project, Task, WorkType
from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class Timer(TenantModel):
    """One run of the timer (P15). It runs until ``stopped_at``, and is open until ``closed_at``.

    ``client_id`` is made in the browser before the first attempt to send, so that a replayed start makes no second
    timer. A person has one running timer, in whichever workspace: the constraint is on the user. A stopped timer that
    is open keeps its minutes until a project is chosen, or a way round what refuses them; ``refusal`` is the reason in
    the person's language. Closed ones were saved as entries or thrown away, and stay so that a replay finds them.
    """

    client_id = models.UUIDField(default=uuid.uuid4)
    member = TenantForeignKey(Membership, models.CASCADE, related_name="timers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    project = TenantForeignKey(Project, models.PROTECT, null=True, related_name="+")
    work_type = TenantForeignKey(WorkType, models.PROTECT, null=True, related_name="+")
    # P19. On a task-driven project.
    task = TenantForeignKey(Task, models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    is_saved = models.BooleanField(default=False)
    refusal = models.TextField(blank=True)
    # Ended by the start of another timer: an earlier click, made without a connection, may still come.
    was_cut = models.BooleanField(default=False)
    # Rises when a stop is undone: the entries of the next stop are other entries.
    round = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "client_id", name="timer_client_id_once"),
            models.UniqueConstraint(fields=["user"], condition=models.Q(stopped_at=None), name="timer_runs_once"),
            models.CheckConstraint(
                condition=models.Q(stopped_at=None) | models.Q(stopped_at__gte=models.F("started_at")),
                name="timer_stops_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None) | models.Q(stopped_at__isnull=False), name="timer_closed_is_stopped"
            ),
            models.CheckConstraint(
                condition=models.Q(project=None, work_type=None)
                | models.Q(project__isnull=False, work_type__isnull=False),
                name="timer_project_with_work_type",
            ),
            models.CheckConstraint(
                condition=models.Q(task=None) | models.Q(project__isnull=False), name="timer_task_of_project"
            ),
        ]
        indexes: ClassVar = [models.Index("user", condition=models.Q(closed_at=None), name="timer_open_of_user")]

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def on(self) -> tuple[int, int, int | None] | None:
        """(project, work type, task or None) by id, None while none is chosen."""
        if self.project_id is None or self.work_type_id is None:
            return None
        return self.project_id, self.work_type_id, self.task_id
