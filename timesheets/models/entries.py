"""Hours: what was done, by whom, on which local day, for how many minutes, and how far on its way it is."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.catalog.models import Project, Task, WorkType
from busy.lib.durations import DAY
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from timesheets.models.approvals import Approval
from timesheets.models.submissions import Rejection


class TimeEntry(TenantModel):
    """Minutes of one member on one project and work type on one local day (P8).

    ``client_id`` is made in the browser before the first attempt to save, so that a replay is recognised. ``revision``
    rises with every change and tells two tabs apart. Times of day are optional and local to the workspace. An entry is
    locked while an approval or an order holds it (R112); ``order_label`` names the order in words, since this app knows
    no orders.
    """

    # Every change of an entry writes into all of its indexes. What begins another one's columns has none of its own,
    # and what few entries have is not kept for those that have it not.
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, db_index=False, related_name="+", verbose_name=_("workspace")
    )
    member = TenantForeignKey(Membership, models.PROTECT, db_index=False, related_name="entries")
    project = TenantForeignKey(Project, models.PROTECT, db_index=False, related_name="entries")
    work_type = TenantForeignKey(WorkType, models.PROTECT, related_name="entries")
    # P19. Set on every new entry of a task-driven project, and on no other one.
    task = TenantForeignKey(Task, models.PROTECT, null=True, blank=True, db_index=False, related_name="entries")
    day = models.DateField(_("day"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    start_time = models.TimeField(null=True, blank=True)
    end_time = models.TimeField(null=True, blank=True)
    # P20. An unpaid lunch inside of the times: from start to end are the minutes and the lunch.
    lunch_minutes = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(_("note"), blank=True)
    is_billable = models.BooleanField(_("billable"), default=True)
    # None: all of the minutes; a smaller number is a write-down.
    billable_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    client_id = models.UUIDField(default=uuid.uuid4)
    revision = models.PositiveIntegerField(default=1)
    submitted_at = models.DateTimeField(null=True, blank=True)
    # The last one the entry had. It stays when the entry is sent again; without submitted_at the entry is sent back.
    rejection = TenantForeignKey(
        Rejection, models.PROTECT, null=True, blank=True, db_index=False, related_name="entries"
    )
    person_approval = TenantForeignKey(Approval, models.PROTECT, null=True, blank=True, related_name="person_entries")
    project_approval = TenantForeignKey(
        Approval, models.PROTECT, null=True, blank=True, db_index=False, related_name="project_entries"
    )
    order_label = models.CharField(max_length=60, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(minutes__gte=1, minutes__lte=DAY), name="entry_minutes_of_a_day"),
            models.CheckConstraint(
                condition=models.Q(billable_minutes=None) | models.Q(billable_minutes__lte=models.F("minutes")),
                name="entry_billable_within_minutes",
            ),
            models.CheckConstraint(
                condition=models.Q(lunch_minutes=0) | models.Q(start_time__isnull=False),
                name="entry_lunch_on_the_clock",
            ),
            models.UniqueConstraint("workspace", "client_id", name="entry_client_id_once"),
        ]
        indexes: ClassVar = [
            models.Index("workspace", "member", "day", name="entry_member_day"),
            models.Index("workspace", "project", "day", name="entry_project_day"),
            models.Index("task", condition=models.Q(task__isnull=False), name="entry_of_task"),
            models.Index(
                "project_approval",
                condition=models.Q(project_approval__isnull=False),
                name="entry_of_project_approval",
            ),
            models.Index(
                "workspace",
                "project",
                condition=models.Q(ordered_at=None, is_billable=True),
                name="entry_not_ordered",
            ),
            # Few rows wait for user approval at any time, so counting them costs little however many years there are.
            models.Index(
                "workspace",
                "day",
                "member",
                condition=models.Q(person_approval=None),
                name="entry_waits_for_approval",
            ),
            models.Index(
                "workspace",
                "day",
                "project",
                condition=models.Q(project_approval=None),
                name="entry_waits_for_project",
            ),
        ]

    @property
    def is_approved(self) -> bool:
        """Either approval counts (R109)."""
        return self.person_approval_id is not None or self.project_approval_id is not None

    @property
    def is_locked(self) -> bool:
        return self.is_approved or self.ordered_at is not None

    @property
    def is_sent_back(self) -> bool:
        """Rejected, and not sent again since (P25)."""
        return self.rejection_id is not None and self.submitted_at is None and not self.is_locked

    @property
    def changed_since_sent(self) -> bool:
        """What is sent stays open to its owner (R112); who approves is told that it was touched afterwards."""
        return self.submitted_at is not None and self.changed_at > self.submitted_at

    @property
    def state(self) -> str:
        """open, submitted, approved or ordered; the furthest one wins."""
        if self.ordered_at is not None:
            return "ordered"
        if self.is_approved:
            return "approved"
        return "submitted" if self.submitted_at is not None else "open"
