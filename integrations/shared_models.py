"""Records of the catalogue that travel both ways (R63, R66, R69): one row per record that was made or changed here,
with what Busy knows of it at the provider.

Loaded at the end of `integrations.models`, whose tables it points to.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from busy.catalog.models import Task
from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from integrations.models import Connection, Delivery, Link


class TaskLink(Link):
    local = TenantForeignKey(Task, models.CASCADE, db_index=False, related_name="links")


class SharedRecord(TenantModel):
    """A record beside its delivery.

    ``makes``: it does not stand there yet, and is to. ``before`` has the fields that were changed here and are not
    there yet, each with what both sides had before, in the provider's words; ``in_doubt`` what writes may have left in
    a field without our seeing the answer, noted before each write. ``written_at`` is when we last saw a write of ours
    stored: what was read before that moment is no news.

    ``conflict`` tells what both sides changed and which of the two stays, until a person has seen it:
    [{"field", "ours", "theirs", "stays": "ours" | "theirs"}]. ``insists``: a person wants what Busy says, also against
    what stands there; ``gives_in``: what stands there is to be taken, and nothing written.
    """

    connection = TenantForeignKey(Connection, models.CASCADE, db_index=False, related_name="+")
    delivery = TenantForeignKey(Delivery, models.CASCADE, db_index=False, related_name="shared")
    kind = models.CharField(max_length=20)
    local_id = models.BigIntegerField()
    makes = models.BooleanField(default=False)
    before = models.JSONField(default=dict)
    in_doubt = models.JSONField(default=dict)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = TenantForeignKey(Membership, models.PROTECT, null=True, db_index=False, related_name="+")
    written_at = models.DateTimeField(null=True)
    conflict = models.JSONField(null=True)
    conflict_at = models.DateTimeField(null=True)
    insists = models.BooleanField(default=False)
    gives_in = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "connection", "kind", "local_id", name="shared_record_once"),
            models.UniqueConstraint("workspace", "delivery", name="shared_record_delivery_once"),
        ]
