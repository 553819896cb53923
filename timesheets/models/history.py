"""What became of every entry: written by the database itself, so that no statement can forget it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.workspaces.models import Membership, Workspace
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class EntryChange(TenantModel):
    """One change of one entry. The table's triggers write it, in the transaction of the change; nobody may alter it.

    ``client_id`` is the entry's own, which it keeps when it is deleted and made again. ``before`` and ``after`` hold
    the columns that changed; ``before`` is None for a new entry, ``after`` for a deleted one, and the other is whole.
    Where the entry stands after the change is in ``project_id``, ``work_type_id`` and ``day``: numbers without
    references, since the history outlives what it names. ``page`` is the name of the address that it came through and
    ``changed_by`` the person acting; both are empty when a worker did it.
    """

    # Every change of an entry adds a row: what begins the indexes below has none of its own.
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, db_index=False, related_name="+", verbose_name=_("workspace")
    )
    client_id = models.UUIDField()
    member = TenantForeignKey(Membership, models.PROTECT, db_index=False, related_name="+")
    project_id = models.BigIntegerField()
    work_type_id = models.BigIntegerField()
    day = models.DateField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    page = models.CharField(max_length=100, blank=True)
    changed_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(before__isnull=False) | models.Q(after__isnull=False), name="entry_change_says_what"
            )
        ]
        indexes: ClassVar = [
            models.Index("workspace", "client_id", "id", name="entry_change_of_entry"),
            models.Index("workspace", "member", "day", name="entry_change_of_day"),
        ]

    @property
    def is_creation(self) -> bool:
        return self.before is None

    @property
    def is_deletion(self) -> bool:
        return self.after is None
