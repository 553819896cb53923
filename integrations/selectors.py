"""What pages and the layers below ask: how far orders have come, what is missing, how a connection is doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import change_urls, deliveries, drafts, inbound, problems, set_up, subscriptions, wakeups
from integrations.comparing_models import Difference
from integrations.conversations import connector_of
from integrations.kernel import registry
from integrations.kernel.connector import Check as KernelCheck
from integrations.kernel.connector import CheckState
from integrations.kernel.errors import Problem
from integrations.kernel.facts import Mastership, ProviderFacts
from integrations.kernel.records import Kind
from integrations.models import (
    Attempt,
    Connection,
    ConnectionState,
    Delivery,
    PullOutcome,
    PullRun,
    PullState,
    Wakeup,
)
from integrations.policy import State
from integrations.problems import Explained
from orders.transfer import TransferStatus

# Beyond this an order that waits, with nothing in its way, is told of: no worker seems to get to it.
OVERDUE = timedelta(seconds=60)

# --- For the apps below
# -------------------------------------------------------------------------------------------------


def owner_of(kind: str) -> str:
    """The system in which alone records of the kind are created for the workspace in scope, or "" (R16, R17, R24,
    R62)."""
    for connection in Connection.objects.exclude(state=ConnectionState.DISCONNECTED).order_by("connected_at"):
        facts = connector_of(connection).facts.of_kind(Kind(kind))
        one_way = facts is not None and facts.mastership in (Mastership.PROVIDER, Mastership.CREATED_THERE)
        if facts is not None and one_way and inbound.is_switched_on(connection, facts):
            return connector_of(connection).facts.name
    return ""


def order_system() -> str:
    """The system that finished orders of the workspace in scope go to, or ""."""
    connection = subscriptions.order_connection()
    return connector_of(connection).facts.name if connection else ""


def transfer_statuses(order_ids: Iterable[int]) -> dict[int, TransferStatus]:
    """How far each order has come (R30), in one query. The latest delivery of an order counts."""
    rows = Delivery.objects.filter(order_id__in=set(order_ids)).exclude(state=State.CANCELLED)
    latest = {row.order_id: row for row in rows.select_related("connection__workspace").order_by("pk")}
    return {order_id: _status(delivery) for order_id, delivery in latest.items() if order_id is not None}


def _status(delivery: Delivery) -> TransferStatus:
    system = connector_of(delivery.connection).facts.name
    state, message = _shown_state(delivery, system)
    return TransferStatus(
        state=state,
        system=system,
        since=delivery.transferred_at or delivery.changed_at,
        number=delivery.external_number or delivery.external_id,
        url=delivery.external_url,
        message=message,
    )


def _shown_state(delivery: Delivery, system: str) -> tuple[str, str]:
    """State and sentence. What waits for a paused connection waits for a person."""
    title = _problem_title(delivery)
    if delivery.state in (State.TRANSFERRED, State.ATTENTION):
        return delivery.state, title
    if delivery.connection.state == ConnectionState.DISCONNECTED:
        return State.ATTENTION, _("%(system)s is disconnected. Connect it again, and the order goes on.") % {
            "system": system
        }
    if not delivery.connection.is_running:
        problem = delivery.connection.problem
        explained = problems.explain(Problem.from_json(problem), connection=delivery.connection) if problem else None
        return State.ATTENTION, explained.title if explained else _("The connection is paused.")
    if delivery.state == State.TRANSFERRING or delivery.is_unclear:
        return State.TRANSFERRING, title if delivery.is_unclear else ""
    return ("failed", title) if delivery.problem else (State.WAITING, _why_it_waits(delivery, system))


def _why_it_waits(delivery: Delivery, system: str) -> str:
    """Nothing went wrong with it and it is not under way. In the first moments that says itself."""
    now, connection = timezone.now(), delivery.connection
    if connection.hold_until is not None and connection.hold_until > now:
        if connection.problem:
            return problems.explain(Problem.from_json(connection.problem), connection=connection).title
        return _("%(system)s asked for a pause. The order goes on by itself.") % {"system": system}
    if delivery.not_before < now - OVERDUE:
        return _("This takes longer than usual. The order goes on by itself as soon as Busy's workers get to it.")
    return ""


def _problem_title(delivery: Delivery) -> str:
    if not delivery.problem:
        return ""
    return problems.explain(Problem.from_json(delivery.problem), connection=delivery.connection).title


# --- One order
# ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition of R32 for the order's page. ``ok`` is None when it could not be asked just now."""

    name: str
    title: str
    label: str  # the record: number and name
    heading: str  # what is wrong; the condition itself when nothing is, or when only the provider knows the condition
    ok: bool | None
    problem: Explained | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTransfer:
    """Everything the order's page says about the transfer."""

    delivery: Delivery
    status: TransferStatus
    checks: tuple[Check, ...]
    problem: Explained | None
    last_fetched_at: datetime | None  # so that a broken connection can be told from a broken order (R33)
    next_step: str
    can_retry: bool


def has_delivery(order_id: int) -> bool:
    return Delivery.objects.filter(order_id=order_id).exclude(state=State.CANCELLED).exists()


def order_transfer(order_id: int) -> OrderTransfer | None:
    """None for an order that is on no way out. A constant number of queries."""
    rows = Delivery.objects.filter(order_id=order_id).exclude(state=State.CANCELLED)
    delivery = rows.select_related("connection__workspace").order_by("-pk").first()
    if delivery is None:
        return None
    connection = delivery.connection
    facts = connector_of(connection).facts
    status = _status(delivery)
    stored = delivery.problem if delivery.state != State.WAITING or connection.is_running else connection.problem
    return OrderTransfer(
        delivery=delivery,
        status=status,
        checks=tuple(_checks(delivery)),
        problem=(
            problems.explain(Problem.from_json(stored), connection=connection, order_id=order_id) if stored else None
        ),
        last_fetched_at=last_success(connection),
        next_step=_(facts.order_next_step) if facts.order_next_step and delivery.state == State.TRANSFERRED else "",
        can_retry=connection.is_running and delivery.state in (State.WAITING, State.ATTENTION),
    )


def checklist(order_id: int) -> list[Check]:
    """What the order needs to be sent, one by one (R32); empty for an order that is on no way out."""
    rows = Delivery.objects.filter(order_id=order_id).exclude(state=State.CANCELLED)
    delivery = rows.select_related("connection__workspace").order_by("-pk").first()
    return _checks(delivery) if delivery else []


def _checks(delivery: Delivery) -> list[Check]:
    if delivery.state == State.TRANSFERRED or delivery.order_id is None:
        return []
    ours = drafts.draft_of(delivery.connection, delivery.order_id, delivery.reference).checks
    told = {(c.name, c.record.external_id if c.record else ""): c for c in map(_from_json, delivery.checks or [])}
    # What only this provider asks for, as it said when the order got stuck.
    more = [check for check in told.values() if check.name not in problems.CHECKS]
    return [_shown_check(check, delivery) for check in (*(_stricter(check, told) for check in ours), *more)]


def _from_json(data: dict[str, object]) -> KernelCheck:
    return deliveries.check_from_json(data)


def _stricter(mine: KernelCheck, told: dict[tuple[str, str], KernelCheck]) -> KernelCheck:
    """What the provider said no to when the order got stuck stands until it is tried again."""
    theirs = told.get((mine.name, mine.record.external_id if mine.record else ""))
    return theirs if theirs is not None and mine.state is CheckState.PASSED else mine


def _shown_check(check: KernelCheck, delivery: Delivery) -> Check:
    ok = {CheckState.PASSED: True, CheckState.FAILED: False}.get(check.state)
    explained = None
    if check.problem is not None:
        explained = problems.explain(check.problem, connection=delivery.connection, order_id=delivery.order_id)
    title = problems.check_label(check.name, delivery.connection)
    heading = f"{title}: {check.label}" if check.label else title
    if explained is not None and check.name in problems.CHECKS:
        heading = explained.title
    return Check(name=check.name, title=title, label=check.label, heading=heading, ok=ok, problem=explained)


def ledger(delivery: Delivery) -> QuerySet[Attempt]:
    """Every attempt, oldest first (R114)."""
    return Attempt.objects.filter(delivery=delivery).select_related("started_by__user").order_by("pk")


# --- Connections
# ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One provider on the page of integrations (R1)."""

    facts: ProviderFacts
    connection: Connection | None
    health: Health | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a connection is doing, in one sentence."""

    state: str
    sentence: str
    since: datetime | None
    last_success_at: datetime | None
    problem: Explained | None
    waiting: int  # orders on their way
    attention: int  # orders that wait for a person
    hours_waiting: int = 0  # cells of hours on their way
    hours_attention: int = 0  # cells of hours that wait for a person
    differences: int = 0  # between what was sent and what stands there, and nobody has said to leave them
    records_waiting: int = 0  # projects, work types and tasks on their way
    records_attention: int = 0  # those that wait for a person
    needs_set_up: bool = False  # finished orders wait for it (R104)
    is_silent: bool = False  # the provider tells of no more changes (R102)

    @property
    def needs_somebody(self) -> int:
        return self.attention + self.hours_attention + self.records_attention + self.differences


def cards() -> list[Card]:
    """One per provider, by name, in a constant number of queries."""
    rows = {row.provider: row for row in Connection.objects.select_related("workspace")}
    return [
        Card(
            facts=connector.facts,
            connection=(row := rows.get(connector.facts.key)),
            health=health_of(row) if row else None,
        )
        for connector in registry.connectors()
    ]


def connection_of(provider: str) -> Connection | None:
    return Connection.objects.select_related("workspace", "connected_by__user").filter(provider=provider).first()


def health_of(connection: Connection) -> Health:
    """Three queries."""
    rows = Delivery.objects.filter(connection=connection).exclude(state__in=[State.TRANSFERRED, State.CANCELLED])
    counts = {
        (kind, state): count
        for kind, state, count in rows.values_list("kind", "state").annotate(count=Count("pk")).order_by()
    }
    orders, hours, records = (
        {
            "waiting": counts.get((kind, State.WAITING), 0) + counts.get((kind, State.TRANSFERRING), 0),
            "attention": counts.get((kind, State.ATTENTION), 0),
        }
        for kind in (deliveries.ORDER, deliveries.HOURS, deliveries.RECORD)
    )
    problem = None
    if connection.problem:
        problem = problems.explain(Problem.from_json(connection.problem), connection=connection)
    states = list(PullState.objects.filter(connection=connection))
    differences = Difference.objects.filter(compared__connection=connection, accepted_at=None).count()
    trouble = _trouble(connection, problem, orders["attention"], hours["attention"], records["attention"])
    return Health(
        state=connection.state,
        sentence=trouble or _differ(connection, differences) or _in_step(connection, states),
        since=connection.problem_since,
        last_success_at=max((state.last_success_at for state in states if state.last_success_at), default=None),
        problem=problem,
        waiting=orders["waiting"],
        attention=orders["attention"],
        hours_waiting=hours["waiting"],
        hours_attention=hours["attention"],
        differences=differences,
        records_waiting=records["waiting"],
        records_attention=records["attention"],
        needs_set_up=connection.is_running and set_up.is_waited_for(connection),
        is_silent=connection.is_running and change_urls.is_silent(connection),
    )


def _differ(connection: Connection, count: int) -> str:
    if not count:
        return ""
    told = ngettext(
        "%(count)s difference from what Busy sent to %(system)s.",
        "%(count)s differences from what Busy sent to %(system)s.",
        count,
    )
    return told % {"count": count, "system": connector_of(connection).facts.name}


def _in_step(connection: Connection, states: Iterable[PullState]) -> str:
    """When nothing waits for a person: whether every kind that is on has come, and came without trouble."""
    system = {"system": connector_of(connection).facts.name}
    on = {facts.kind for facts in inbound.pulled_kinds(connection)}
    known = {state.kind: state for state in states if state.kind in on}
    if any(kind not in known or known[kind].last_success_at is None for kind in on):
        return _("Not everything has been fetched from %(system)s yet.") % system
    if any(state.problem for state in known.values()):
        return _("Not everything is in step with %(system)s.") % system
    if change_urls.is_silent(connection):
        return _("%(system)s has stopped telling of changes. Busy looks by itself.") % system
    return _("Everything is in step with %(system)s.") % system


def _trouble(
    connection: Connection, problem: Explained | None, attention: int, hours_attention: int, records_attention: int
) -> str:
    """What keeps it from being in step, or ""."""
    system = {"system": connector_of(connection).facts.name}
    if connection.state == ConnectionState.DISCONNECTED:
        return _("%(system)s is disconnected. What was synchronised is still here.") % system
    if connection.state == ConnectionState.PAUSED:
        return _("The connection to %(system)s is paused. Nothing is fetched and nothing is sent.") % system
    if problem is not None:
        return problem.title
    if set_up.is_waited_for(connection):
        return _("The set-up of %(system)s is not finished. Finished orders wait for it.") % system
    if attention:
        return _("Orders wait for somebody before they can go to %(system)s.") % system
    if hours_attention:
        return _("Hours wait for somebody before they can go to %(system)s.") % system
    if records_attention:
        return _("Changes wait for somebody before they can go to %(system)s.") % system
    return ""


def last_success(connection: Connection) -> datetime | None:
    """When anything was last fetched successfully (R33, R36)."""
    states = PullState.objects.filter(connection=connection, last_success_at__isnull=False)
    return states.order_by("-last_success_at").values_list("last_success_at", flat=True).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindStatus:
    """One kind of data of a connection (R36)."""

    kind: Kind
    label: str
    is_on: bool
    goes_both_ways: bool
    in_busy: int
    last_success_at: datetime | None
    next_at: datetime | None
    is_running: bool
    run: PullRun | None  # the latest, running or not
    problem: Explained | None

    @property
    def slug(self) -> str:
        """How addresses name the kind."""
        return str(self.kind).replace("_", "-")

    @property
    def is_due(self) -> bool:
        return self.next_at is not None and self.next_at <= timezone.now()

    @property
    def percent(self) -> int | None:
        """How far the running pull is, when the provider says how much there is."""
        if not self.is_running or self.run is None or not self.run.total:
            return None
        return min(99, 100 * self.run.seen // self.run.total)


def kind_statuses(connection: Connection) -> list[KindStatus]:
    """Every kind the provider has, in a constant number of queries."""
    facts = connector_of(connection).facts
    states = {state.kind: state for state in PullState.objects.filter(connection=connection)}
    due = {
        row.kind: row
        for row in Wakeup.objects.filter(workspace_id=connection.workspace_id, connection_id=connection.pk)
    }
    newest = PullRun.objects.filter(connection=connection).order_by("kind", "-pk").distinct("kind")
    runs = {run.kind: run for run in newest}
    return [
        _kind_status(connection, facts, kind, states.get(kind), due.get(kind), runs.get(kind))
        for kind in wakeups.PULL_ORDER
        if facts.of_kind(kind)
    ]


def _kind_status(
    connection: Connection,
    facts: ProviderFacts,
    kind: Kind,
    state: PullState | None,
    wakeup: Wakeup | None,
    run: PullRun | None,
) -> KindStatus:
    kind_facts = facts.of_kind(kind)
    stored = state.problem if state else None
    now = timezone.now()
    held = wakeup is not None and wakeup.is_running and wakeup.claimed_until is not None
    asked = wakeup is not None and wakeup.started_by_id is not None and wakeup.due_at <= now
    return KindStatus(
        kind=kind,
        label=_(kind_facts.there) if kind_facts and kind_facts.there else kind_label(kind),
        is_on=kind_facts is not None and inbound.is_switched_on(connection, kind_facts),
        goes_both_ways=kind_facts is not None and kind_facts.sends is not None,
        in_busy=state.in_busy if state else 0,
        last_success_at=state.last_success_at if state else None,
        next_at=wakeup.due_at if wakeup else None,
        is_running=asked or (held and wakeup is not None and (wakeup.claimed_until or now) > now),
        run=run,
        problem=problems.explain(Problem.from_json(stored), connection=connection) if stored else None,
    )


def kind_label(kind: Kind) -> str:
    labels = {
        Kind.CUSTOMERS: _("Customers"),
        Kind.PROJECTS: _("Projects"),
        Kind.PRODUCTS: _("Products"),
        Kind.WORK_TYPES: _("Work types"),
        Kind.EMPLOYEES: _("Employees"),
        Kind.TASKS: _("Tasks"),
    }
    return labels[kind]


def is_synchronising(connection: Connection) -> bool:
    """Whether the 🔄 button shows progress (R37)."""
    return any(status.is_running for status in kind_statuses(connection))


def history(connection: Connection) -> QuerySet[PullRun]:
    """The runs, newest first."""
    return (
        PullRun.objects.filter(connection=connection).select_related("started_by__user").order_by("-started_at", "-pk")
    )


def notable_runs(connection: Connection) -> QuerySet[PullRun]:
    """Runs that changed something, failed, or are under way; the quiet ones would bury them."""
    quiet = Q(outcome=PullOutcome.SUCCEEDED, created=0, updated=0, archived=0, restored=0)
    return history(connection).exclude(quiet)


def parked_runs(connection: Connection) -> QuerySet[PullRun]:
    """Listings that lacked too much and wait for an administrator."""
    return history(connection).filter(outcome=PullOutcome.PARKED)


def deliveries_of(connection: Connection, *states: str) -> QuerySet[Delivery]:
    """Orders on their way out, newest first; all states when none is named."""
    rows = Delivery.objects.filter(connection=connection, kind=deliveries.ORDER).select_related("connection__workspace")
    return (rows.filter(state__in=states) if states else rows).order_by("-pk")
