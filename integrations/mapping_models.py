"""What stands behind matching: an administrator's plan before anything is imported, what the catalogue was like before,
and every change of a link. All of it can be undone."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.workspaces.models import Membership, Workspace
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class Purpose(models.TextChoices):
    CONNECT = "connect", "connect"
    PROJECT_SYNC = "project_sync", "project sync"


class Plan(TenantModel):
    """What connecting, or turning project sync on, would do, as one administrator looks at it. Nothing has happened.

    ``credentials`` are sealed, and empty when the connection's own are used. ``read`` tells by kind how the list was
    read: {"count": n} or {"problem": a kernel Problem}. ``replaces`` says that the key belongs to another company than
    the links do (R40). ``alone`` says by kind what becomes of records that only Busy has (`integrations.alone`).
    """

    provider = models.CharField(max_length=40)
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.CONNECT)
    by = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    credentials = models.TextField(blank=True)
    company_id = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=255, blank=True)
    company_number = models.CharField(max_length=40, blank=True)
    missing = models.JSONField(default=list)
    project_sync = models.BooleanField(default=False)
    replaces = models.BooleanField(default=False)
    read = models.JSONField(default=dict)
    alone = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "provider", "by", name="plan_once")]


class Basis(models.TextChoices):
    """Why two records are taken for the same."""

    LINKED = "linked", "linked"  # from an earlier time
    NUMBER = "number", "number"
    EMAIL = "email", "e-mail"
    NAME = "name", "name"
    FOLDED = "folded", "spelling"  # the same name but for capitals, accents and spaces
    HAND = "hand", "by hand"


class PlannedRecord(TenantModel):
    """A record of the provider in a plan. ``local_id`` is the record of Busy that it may be, by ``basis``; it becomes
    that one when ``is_matched``, else it is only suggested."""

    # Of a hundred thousand at a time: no index that another one begins with, no check that the plan's makes.
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, db_index=False, db_constraint=False, related_name="+", verbose_name=_("workspace")
    )
    plan = TenantForeignKey(Plan, models.CASCADE, db_index=False, related_name="records")
    kind = models.CharField(max_length=20)
    external_id = models.CharField(max_length=100)
    number = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=255)
    email = models.CharField(max_length=254, blank=True)
    archived = models.BooleanField(default=False)
    local_id = models.BigIntegerField(null=True)
    basis = models.CharField(max_length=10, choices=Basis, blank=True)
    is_matched = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "plan", "kind", "external_id", name="planned_record_once"),
            models.UniqueConstraint(
                fields=["workspace", "plan", "kind", "local_id"],
                condition=models.Q(local_id__isnull=False),
                name="planned_record_local_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()


class KeptRecord(TenantModel):
    """What a record of the catalogue was like while it was Busy's own, so that the connection can be undone.

    ``before`` holds its own values by column. ``is_imported``: the import made it, and there is nothing to go back to.
    ``was_archived``: the connection archived it, since the provider does not have it (R6, R81).
    """

    # Of a hundred thousand at a time: no index that another one begins with, no check that the connection's makes.
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, db_index=False, db_constraint=False, related_name="+", verbose_name=_("workspace")
    )
    connection = TenantForeignKey("integrations.Connection", models.CASCADE, db_index=False, related_name="+")
    kind = models.CharField(max_length=20)
    local_id = models.BigIntegerField()
    before = models.JSONField(default=dict)
    is_imported = models.BooleanField(default=False)
    was_archived = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "connection", "kind", "local_id", name="kept_record_once")
        ]


class LinkChange(TenantModel):
    """One change of links by a person: which record of Busy was linked to what before and after.

    ``before`` and ``after`` map local ids to the provider's ids, or to null; for employees the "id" is the employee
    number of the member. ``followers`` are the records that went along, as the projects of a customer:
    [{"ids", "from", "to"}]. ``batch`` is the same on changes that were made piece by piece and are taken back together.
    """

    connection = TenantForeignKey("integrations.Connection", models.CASCADE, related_name="+")
    client_id = models.UUIDField(default=uuid.uuid4)
    batch = models.UUIDField(null=True)
    kind = models.CharField(max_length=20)
    before = models.JSONField()
    after = models.JSONField()
    followers = models.JSONField(default=list)
    by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "client_id", name="link_change_once")]
        indexes: ClassVar = [
            models.Index("workspace", "connection", "id", name="link_change_history"),
            models.Index("workspace", "batch", condition=models.Q(batch__isnull=False), name="link_change_batch"),
        ]
