"""Connections to accounting systems, what stands where at both ends, and the records of every pull and push."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.catalog.models import Customer, Product, Project, WorkType
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from integrations.mapping_models import KeptRecord, LinkChange, Plan, PlannedRecord

__all__ = [
    "RUNNING_STATES",
    "Attempt",
    "Connection",
    "ConnectionState",
    "CustomerLink",
    "Delivery",
    "DeliveryState",
    "KeptRecord",
    "Link",
    "LinkChange",
    "MemberLink",
    "Plan",
    "PlannedRecord",
    "ProductLink",
    "ProjectLink",
    "ProviderEmployee",
    "PullOutcome",
    "PullRun",
    "PullState",
    "PulledPage",
    "Wakeup",
    "WorkTypeLink",
]


class ConnectionState(models.TextChoices):
    ACTIVE = "active", _("In step")
    DEGRADED = "degraded", _("Trying again")
    NEEDS_SIGN_IN = "needs_sign_in", _("Needs a new key")
    NEEDS_CONFIGURATION = "needs_configuration", _("Needs attention")
    PAUSED = "paused", _("Paused")
    DISCONNECTED = "disconnected", _("Disconnected")


RUNNING_STATES = (ConnectionState.ACTIVE, ConnectionState.DEGRADED)


class Connection(TenantModel):
    """A workspace's tie to one company at one provider. It outlives disconnecting, so that links and history survive
    (R39, R41).

    ``credentials`` and ``session`` are sealed (busy.lib.secrets) for this row and field. The lease makes one job at a
    time run per connection; its token fences off a worker that comes back late.
    """

    provider = models.CharField(max_length=40)
    state = models.CharField(max_length=24, choices=ConnectionState, default=ConnectionState.ACTIVE)
    company_id = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=255, blank=True)
    company_number = models.CharField(max_length=40, blank=True)
    credentials = models.TextField(blank=True)
    credentials_set_at = models.DateTimeField(null=True)
    session = models.TextField(blank=True)
    session_expires_at = models.DateTimeField(null=True)
    project_sync = models.BooleanField(_("project sync"), default=False)
    settings = models.JSONField(default=dict)
    # The cause of a state other than active: a kernel Problem as JSON; told to the administrators once per cause (R38).
    problem = models.JSONField(null=True)
    problem_since = models.DateTimeField(null=True)
    problem_told_at = models.DateTimeField(null=True)
    # Failures in a row, and until when the provider is left in peace because of them.
    failures = models.PositiveIntegerField(default=0)
    hold_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    # Who renews credentials that change by being used (integrations.keyrings).
    renewal_token = models.UUIDField(null=True)
    renewal_until = models.DateTimeField(null=True)
    connected_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    connected_at = models.DateTimeField(default=timezone.now)
    disconnected_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "provider", name="connection_once_per_provider")]

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING_STATES

    @property
    def is_connected(self) -> bool:
        return self.state != ConnectionState.DISCONNECTED


class Link(TenantModel):
    """A record here and its counterpart there, recognised by the provider's id and never by name (R19).

    ``fingerprint`` is that of the last record applied: an equal one costs no write. None makes the next one count as
    changed.
    """

    # A first import makes a hundred thousand of them: no index that another one begins with, and no check that the
    # connection's, which is of a workspace that exists, has made already.
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, db_index=False, db_constraint=False, related_name="+", verbose_name=_("workspace")
    )
    connection = TenantForeignKey(Connection, models.CASCADE, db_index=False, related_name="+")
    external_id = models.CharField(max_length=100)
    fingerprint = models.BinaryField(max_length=16, null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "connection", "external_id", name="%(class)s_external_once"),
            # Not "connection" before "local": while a first load has left the planner without statistics it would take
            # this index, too, for the look-ups by external id, and read half of it each time.
            models.UniqueConstraint("workspace", "local", "connection", name="%(class)s_local_once"),
        ]


class CustomerLink(Link):
    local = TenantForeignKey(Customer, models.CASCADE, db_index=False, related_name="links")


class ProjectLink(Link):
    local = TenantForeignKey(Project, models.CASCADE, db_index=False, related_name="links")
    # The customer there, kept so that a reference that does not resolve yet heals on a later run.
    customer_external_id = models.CharField(max_length=100, blank=True)
    # Ids there of whose hours, and on which work types, the project takes; null: of all, as far as is known.
    participants = ArrayField(models.CharField(max_length=100), null=True)
    activities = ArrayField(models.CharField(max_length=100), null=True)


class ProductLink(Link):
    local = TenantForeignKey(Product, models.CASCADE, db_index=False, related_name="links")


class WorkTypeLink(Link):
    local = TenantForeignKey(WorkType, models.CASCADE, db_index=False, related_name="links")


class MemberLink(Link):
    local = TenantForeignKey(Membership, models.CASCADE, db_index=False, related_name="links")


class ProviderEmployee(TenantModel):
    """A person at the provider, known so that an employee number can be looked up (R35). Nobody in Busy is made from
    it."""

    connection = TenantForeignKey(Connection, models.CASCADE, related_name="employees")
    external_id = models.CharField(max_length=100)
    number = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=254, blank=True, db_default="")
    archived_at = models.DateTimeField(null=True)
    fingerprint = models.BinaryField(max_length=16, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "connection", "external_id", name="provider_employee_once")
        ]
        indexes: ClassVar = [models.Index("workspace", "connection", "number", name="provider_employee_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()


class PullState(TenantModel):
    """How far one kind of data of a connection has come (R36).

    ``cursor`` is where the last finished run ended, ``checkpoint`` where an interrupted one goes on (R20).
    ``generation`` numbers the runs that begin at the beginning; the pages of an interrupted one keep its number.
    """

    connection = TenantForeignKey(Connection, models.CASCADE, related_name="pull_states")
    kind = models.CharField(max_length=20)
    cursor = models.JSONField(null=True)
    checkpoint = models.JSONField(null=True)
    generation = models.BigIntegerField(default=0)
    # Somebody pressed the button, or a switch was turned: the next run reads everything.
    wants_everything = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    problem = models.JSONField(null=True)
    in_busy = models.PositiveIntegerField(default=0)
    last_success_at = models.DateTimeField(null=True)
    last_complete_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "connection", "kind", name="pull_state_once")]


class PulledPage(TenantModel):
    """Which linked records one page of a running listing named. Absence is concluded from all of them at its end; one
    small row a page, where a mark on every record would rewrite the whole table each night."""

    connection = TenantForeignKey(Connection, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    generation = models.BigIntegerField()
    locals_seen = ArrayField(models.BigIntegerField())

    class Meta:
        indexes: ClassVar = [models.Index("workspace", "connection", "kind", name="pulled_page_kind")]


class PullOutcome(models.TextChoices):
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    PARKED = "parked", _("Waits for an administrator")
    DISMISSED = "dismissed", _("Dismissed")


class PullRun(TenantModel):
    """One run of one pull, with what it did; the history a person reads and the progress a page shows live."""

    connection = TenantForeignKey(Connection, models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=20)
    started_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=PullOutcome, default=PullOutcome.RUNNING)
    is_complete = models.BooleanField(default=False)
    pages = models.PositiveIntegerField(default=0)
    # About how many records the run will bring, when the provider says.
    total = models.PositiveIntegerField(null=True)
    seen = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    archived = models.PositiveIntegerField(default=0)
    restored = models.PositiveIntegerField(default=0)
    problem = models.JSONField(null=True)
    # The local ids a complete listing would have archived, when the guard stopped it.
    parked = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["workspace", "connection", "-started_at"], name="pull_run_history"),
            # Each look asks whether an earlier run of its kind was cut off.
            models.Index("connection", "kind", condition=models.Q(outcome="running"), name="pull_run_unfinished"),
        ]


class Wakeup(models.Model):
    """When something of a connection wants a worker. The only table the scheduler reads across workspaces: it holds no
    business data, and therefore no row-level security."""

    workspace_id = models.BigIntegerField()
    connection_id = models.BigIntegerField()
    # So that one slow provider never holds all workers.
    provider = models.CharField(max_length=40, default="")
    # A kind of data to pull, "push" for deliveries, "notice" for a mail to the administrators, "compare" for reading
    # back what was sent, "link" for many links at once.
    kind = models.CharField(max_length=20)
    lane = models.GeneratedField(
        expression=models.Case(
            models.When(kind__in=["push", "notice", "compare", "link"], then=models.F("kind")),
            default=models.Value("pull"),
        ),
        output_field=models.CharField(max_length=20),
        db_persist=True,
    )
    due_at = models.DateTimeField()
    # While a message is under way or, with is_running, a worker holds it; an expired claim is due again.
    claimed_until = models.DateTimeField(null=True)
    claim_token = models.UUIDField(null=True)
    is_running = models.BooleanField(default=False)
    # Who pressed the button, for the history; empty when the schedule did.
    started_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("connection_id", "kind", name="wakeup_once")]
        indexes: ClassVar = [
            models.Index("due_at", name="wakeup_due"),
            models.Index("provider", "lane", "due_at", name="wakeup_queue"),
            models.Index("claimed_until", condition=models.Q(claimed_until__isnull=False), name="wakeup_claimed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of connection {self.connection_id}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    TRANSFERRING = "transferring", _("Transferring")
    TRANSFERRED = "transferred", _("Transferred")
    ATTENTION = "attention", _("Needs attention")
    CANCELLED = "cancelled", _("Cancelled")


class Delivery(TenantModel):
    """One thing on its way to the provider, stored before it is sent (R113).

    ``key`` names the thing, ``reference`` is what the provider stores of ours and what a look-up searches for.
    ``payload`` is frozen for orders. ``is_unclear`` says that a write may have arrived without our seeing the answer:
    the next step is to look, never to send. ``wanted`` and ``done`` count requests of the same key that merged.
    """

    connection = TenantForeignKey(Connection, models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    reference = models.CharField(max_length=120)
    reference_id = models.UUIDField(default=uuid.uuid4)
    order_id = models.BigIntegerField(null=True)
    payload = models.JSONField(null=True)
    wanted = models.PositiveIntegerField(default=1)
    done = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=14, choices=DeliveryState, default=DeliveryState.WAITING)
    is_unclear = models.BooleanField(default=False)
    unclear_since = models.DateTimeField(null=True)
    # How often it was sent since a person last said so, and when the last write left the house.
    sends = models.PositiveIntegerField(default=0)
    write_began_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    # One of a whole catalogue: what somebody does meanwhile goes before it.
    is_patient = models.BooleanField(default=False, db_default=False)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    problem = models.JSONField(null=True)
    # The conditions of R32 as the provider told them, kernel Checks as JSON.
    checks = models.JSONField(null=True)
    pressed_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    external_id = models.CharField(max_length=100, blank=True)
    external_number = models.CharField(max_length=100, blank=True)
    external_url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    transferred_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "connection", "key", name="delivery_key_once"),
            models.UniqueConstraint("workspace", "connection", "reference", name="delivery_reference_once"),
            # Hours of 0 minutes are transferred when nothing stands there any more.
            models.CheckConstraint(
                condition=~models.Q(state="transferred")
                | ~models.Q(external_id="")
                | models.Q(kind="hours", payload__minutes=0),
                name="delivery_transferred_has_id",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="transferring") | models.Q(lease_token__isnull=False),
                name="delivery_transferring_has_lease",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                "connection",
                "not_before",
                condition=models.Q(state__in=["waiting", "transferring"]),
                name="delivery_due",
            ),
            # Hours are many: an order is found beside any number of them, and so is what a lost worker held.
            models.Index(
                "connection",
                "is_patient",
                "id",
                condition=models.Q(state__in=["waiting", "transferring"]) & ~models.Q(kind="hours"),
                name="delivery_due_orders",
            ),
            models.Index("connection", "lease_until", condition=models.Q(state="transferring"), name="delivery_leased"),
            models.Index("workspace", "connection", "kind", "state", name="delivery_counts"),
            models.Index("workspace", "order_id", name="delivery_order"),
        ]


class Attempt(TenantModel):
    """The ledger (R114): one row when an attempt begins, one when it ends; a trigger keeps them from being changed.

    ``event`` is a value of ``policy.Event``; what went out and came back is redacted before it gets here.
    """

    delivery = TenantForeignKey(Delivery, models.PROTECT, related_name="ledger")
    at = models.DateTimeField(default=timezone.now)
    event = models.CharField(max_length=20)
    started_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    sent = models.JSONField(null=True)
    answer = models.JSONField(null=True)
    problem = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index("workspace", "delivery", "id", name="attempt_ledger")]


# Modules of their own, which point to the tables above.
import integrations.closed_models  # noqa: E402
import integrations.comparing_models  # noqa: E402
import integrations.hour_models  # noqa: E402
import integrations.linking_models  # noqa: E402
import integrations.shared_models  # noqa: E402
import integrations.sign_in_models  # noqa: E402, F401
