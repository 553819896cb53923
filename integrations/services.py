"""What people do with a connection: connect, disconnect, turn project sync on and off, synchronise, try again."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from busy.workspaces.models import Membership, Workspace
from integrations import (
    appliers,
    credentials,
    deliveries,
    health,
    hour_cells,
    hour_reviving,
    hours,
    inbound,
    link_runs,
    people,
    problems,
    quotas,
    remapping,
    selectors,
    shared_reviving,
    snapshot,
    subscriptions,
    wakeups,
)
from integrations.first_sessions import FirstSessions
from integrations.kernel import registry
from integrations.kernel.connector import Access, Choice, Company, Connector, Keyring, MemoryKeyring
from integrations.kernel.errors import Code, Cure, CurePage, Problem, ProviderError, Turn
from integrations.kernel.records import Kind
from integrations.linking_models import Reason
from integrations.models import (
    Connection,
    ConnectionState,
    Delivery,
    ProjectLink,
    PulledPage,
    PullState,
)
from integrations.patience import be_patient
from integrations.policy import Event, State
from integrations.problems import Explained
from orders.events import OrderFinished
from orders.models import Order, OrderState

_COMPARE_IN = 60.0  # seconds until a worker looks what is to be compared, and when
_KEY_CODES = frozenset(
    {Code.KEY_REJECTED, Code.SIGN_IN_ENDED, Code.RIGHTS_MISSING, Code.SETUP_MISSING, "credentials_unreadable"}
)


class CannotConnect(Exception):
    """The credentials were not accepted, and nothing was stored (R11). ``field`` is the form's field it concerns, or
    ""."""

    def __init__(self, problem: Problem, *, workspace: Workspace, provider: str) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.field = problem.field
        self._connection = Connection(workspace=workspace, provider=provider)

    @property
    def explained(self) -> Explained:
        """In the language that is active when it is asked."""
        return problems.explain(self.problem, connection=self._connection)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Who the credentials belong to, and which rights they lack, by the names people know (R44)."""

    company: Company
    missing: tuple[str, ...]
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)  # as they stand after having been used


# --- Connecting -------------------------------------------------------------------------------------------------------


def verify(
    provider: str, given: Mapping[str, str], *, workspace: Workspace, keyring: Keyring | None = None
) -> Verified:
    """Ask the provider who the credentials belong to. Touches no table; takes as long as the provider does.

    Raises CannotConnect, registry.UnknownProvider.
    """
    connector = registry.connector(provider)
    cleaned = _cleaned(connector, given, workspace)
    keyring = keyring or MemoryKeyring(cleaned)  # one that keeps what came of using them, where they are kept
    access = Access(
        credentials=cleaned,
        settings=connector.facts.settings_from(os.environ),
        sessions=FirstSessions(workspace.pk, provider, cleaned),
        keyring=keyring,
        quota=quotas.shared(workspace.pk, provider),
    )
    try:
        with connector.open(access) as api:
            company = connector.check(api)
    except ProviderError as error:
        raise CannotConnect(error.problem, workspace=workspace, provider=provider) from error
    missing = problems.permission_labels(connector.facts, company.missing)
    return Verified(company=company, missing=tuple(missing), credentials=keyring.read())


def offered(provider: str, given: Mapping[str, str], *, workspace: Workspace) -> tuple[Choice, ...]:
    """What there is to choose from with the credentials that are typed; () where nothing is chosen. Touches no table of
    ours. Raises CannotConnect, registry.UnknownProvider."""
    connector = registry.connector(provider)
    if connector.offer is None:
        return ()
    access = Access(
        credentials=_cleaned(connector, given, workspace, is_chosen=False),
        settings=connector.facts.settings_from(os.environ),
        quota=quotas.shared(workspace.pk, provider),
    )
    try:
        with connector.open(access) as api:
            return connector.offer(api)
    except ProviderError as error:
        raise CannotConnect(error.problem, workspace=workspace, provider=provider) from error


def _cleaned(
    connector: Connector[Any], given: Mapping[str, str], workspace: Workspace, *, is_chosen: bool = True
) -> dict[str, str]:
    """``is_chosen`` also demands what is chosen after the others are typed. Raises CannotConnect."""
    if connector.facts.oauth is not None:
        return dict(given)  # made by the provider, not by a person
    cleaned = {}
    for asked in connector.facts.credentials:
        if asked.choices and not is_chosen:
            continue
        value = given.get(asked.key, "").strip()
        if not value or len(value) > asked.max_length or (asked.pattern and not re.fullmatch(asked.pattern, value)):
            problem = Problem(code="credential_malformed", field=asked.key, turn=Turn.ADMINISTRATOR)
            raise CannotConnect(problem, workspace=workspace, provider=connector.facts.key)
        cleaned[asked.key] = value
    return cleaned


def connect(
    provider: str,
    given: Mapping[str, str],
    *,
    project_sync: bool,
    by: Membership,
    verified: Verified | None = None,
    replaces: bool = False,
    matched: Callable[[Connection], None] | None = None,
) -> Connection:
    """Verify, store and start (R10, R11). Connecting again to the same company keeps everything there is (R39, R40).

    A page passes what it has ``verified`` before it entered the scope, so that no transaction waits for the provider.
    ``matched`` makes the links an administrator has looked at, before anything is imported; ``replaces`` says that the
    links of another company are given up for them (R40). Raises CannotConnect when the provider says no, or says that
    it is another company.
    """
    verified = verified or verify(provider, given, workspace=by.workspace)
    cleaned = verified.credentials or _cleaned(registry.connector(provider), given, by.workspace)
    with transaction.atomic():
        be_patient()
        connection = Connection.objects.select_for_update(no_key=True).filter(provider=provider).first()
        if connection is None:
            connection = Connection(workspace=by.workspace, provider=provider, state=ConnectionState.PAUSED)
            connection.save()
        if replaces:
            remapping.give_up_company(connection)
        _ensure_same_company(connection, verified.company)
        if not connection.company_id:
            connection.settings = {**connection.settings, snapshot.IS_KEPT: True}
        for kind in snapshot.KINDS:
            snapshot.keep(connection, kind)
        if matched is not None:
            matched(connection)
        _store(connection, cleaned, verified, by)
        project_sync = project_sync or hours.is_on(connection)  # R88
        if project_sync != connection.project_sync:
            _turn_project_sync(connection, on=project_sync)
        _resume(connection, by)
    return connection


def _ensure_same_company(connection: Connection, company: Company) -> None:
    if connection.company_id and connection.company_id != company.id:
        raise other_company(connection, company)


def other_company(connection: Connection, company: Company) -> CannotConnect:
    """The refusal of a key that belongs to another company than the links do (R40)."""
    problem = Problem(
        code=Code.OTHER_COMPANY,
        params={"company": connection.company_name, "other": company.name},
        field=next((asked.key for asked in registry.connector(connection.provider).facts.credentials), ""),
        turn=Turn.ADMINISTRATOR,
        cure=Cure(page=CurePage.CONNECTION),
    )
    return CannotConnect(problem, workspace=connection.workspace, provider=connection.provider)


def _store(connection: Connection, cleaned: Mapping[str, str], verified: Verified, by: Membership) -> None:
    company = verified.company
    credentials.forget(connection)
    credentials.seal_into(connection, cleaned)
    connection.company_id = company.id[:100]
    connection.company_name = company.name[:255]
    connection.company_number = company.organization_number[:40]
    connection.state = ConnectionState.ACTIVE
    connection.problem = connection.problem_since = connection.problem_told_at = None
    connection.failures = 0
    connection.hold_until = connection.lease_token = connection.lease_until = None
    connection.settings = {
        **connection.settings,
        "key_of": company.user,
        people.OWN_USER: {"id": company.user_id[:100], "name": company.user[:255]},
        "missing_permissions": list(company.missing),
    }
    if connection.disconnected_at is not None or connection.connected_by_id is None:
        connection.connected_at = timezone.now()
    connection.connected_by = by
    connection.disconnected_at = None
    connection.save()


def _resume(connection: Connection, by: Membership) -> None:
    """First pulls at once (R10); what waited for the key goes on (R40)."""
    states = PullState.objects.filter(connection=connection)
    states.update(wants_everything=True, failures=0, problem=None)
    for facts in inbound.pulled_kinds(connection):
        PullState.objects.get_or_create(connection=connection, kind=facts.kind, defaults={"wants_everything": True})
    kinds = [facts.kind for facts in inbound.pulled_kinds(connection)]
    waiting = Delivery.objects.filter(
        connection=connection, kind=deliveries.ORDER, state__in=[State.WAITING, State.ATTENTION]
    )
    for delivery in waiting.select_for_update(no_key=True).order_by("pk"):
        if delivery.state == State.WAITING or (delivery.problem or {}).get("code") in _KEY_CODES:
            deliveries.revive(delivery, Event.CAUSE_CHANGED)
    for_hours = Q(state=State.WAITING) | Q(problem__code__in=_KEY_CODES)
    hour_reviving.revive_where(connection, for_hours, Event.CAUSE_CHANGED)
    hours.note_whether_they_leave()
    hour_cells.request_all(connection)  # while it was disconnected, nobody told it what changed
    wakeups.nudge(connection, *kinds, wakeups.PUSH, by=by.pk)
    wakeups.due(connection, [wakeups.NOTICE], in_seconds=wakeups.SWEEP)
    wakeups.due(connection, [wakeups.COMPARE], in_seconds=_COMPARE_IN)


def disconnect(connection: Connection, *, by: Membership) -> None:
    """Wipe the credentials and stop all jobs; what was synchronised stays as it is (R41).

    Nothing feeds those records any more, so they become editable in Busy until somebody connects again. Orders that
    wait keep waiting.
    """
    with transaction.atomic():
        be_patient()
        connection = health.lock(connection.pk)
        credentials.forget(connection)
        connection.state = ConnectionState.DISCONNECTED
        connection.disconnected_at = timezone.now()
        connection.problem = connection.problem_since = connection.problem_told_at = None
        connection.failures = 0
        connection.hold_until = connection.lease_token = connection.lease_until = None
        connection.settings = {**connection.settings, "disconnected_by": by.pk}
        connection.save()
        wakeups.silence(connection)
        wakeups.silence(connection, [wakeups.NOTICE])
        inbound.end_runs(connection)
        link_runs.end_all(connection, Reason.DISCONNECTED)
        for kind in appliers.TARGETS:
            appliers.release(connection, kind)
        # Everything is read anew after connecting again, which also takes the records back.
        PullState.objects.filter(connection=connection).update(cursor=None, checkpoint=None, failures=0, problem=None)


# --- Project sync -----------------------------------------------------------------------------------------------------


def change_project_sync(
    connection: Connection, *, on: bool, by: Membership, matched: Callable[[Connection], None] | None = None
) -> None:
    """Turn project sync on or off without reconnecting (R4). ``matched`` makes the links that were looked at first.

    On: the projects are fetched, and once all of them were listed the local ones are archived (R6). Off: no project is
    fetched or archived any more, and all become editable (R7, R9); what was archived stays so.

    Raises hours.NeededForHours when it is turned off while hours are transferred (R88).
    """
    with transaction.atomic():
        be_patient()
        connection = health.lock(connection.pk)
        if connection.project_sync == on:
            return
        if not on:
            hours.ensure_not_needed(connection)
        snapshot.keep(connection, Kind.PROJECTS)
        if matched is not None:
            matched(connection)
        _turn_project_sync(connection, on=on)
        if on and connection.is_running:
            wakeups.nudge(connection, Kind.PROJECTS, by=by.pk)


def _turn_project_sync(connection: Connection, *, on: bool) -> None:
    connection.project_sync = on
    # What both keep is not archived for being in one of them alone: the preview asks what becomes of it (R63).
    archives = on and not registry.connector(connection.provider).facts.shares(Kind.PROJECTS)
    connection.settings = {**connection.settings, appliers.archives_local(Kind.PROJECTS): archives}
    connection.save(update_fields=["project_sync", "settings"])
    PulledPage.objects.filter(connection=connection, kind=Kind.PROJECTS).delete()
    state, _ = PullState.objects.get_or_create(connection=connection, kind=Kind.PROJECTS)
    state.cursor = state.checkpoint = None
    state.wants_everything = True
    state.save(update_fields=["cursor", "checkpoint", "wants_everything"])
    if on:
        # Those that were made just now have none: writing all of them once more took longer than making them.
        ProjectLink.objects.filter(connection=connection).exclude(fingerprint=None).update(fingerprint=None)
        return
    inbound.end_runs(connection, Kind.PROJECTS)
    wakeups.silence(connection, [Kind.PROJECTS])
    appliers.release(connection, Kind.PROJECTS)


# --- Pausing ----------------------------------------------------------------------------------------------------------


def pause(connection: Connection, *, by: Membership) -> bool:
    """Stop all traffic and keep everything, the key too. False when it does not run."""
    with transaction.atomic():
        connection = health.lock(connection.pk)
        if not connection.is_running:
            return False
        connection.state = ConnectionState.PAUSED
        connection.problem = connection.problem_told_at = None
        connection.problem_since = timezone.now()
        connection.settings = {**connection.settings, "paused_by": by.pk}
        connection.save(update_fields=["state", "problem", "problem_since", "problem_told_at", "settings"])
        wakeups.silence(connection)
        inbound.end_runs(connection)
    return True


def resume(connection: Connection, *, by: Membership) -> bool:
    """Go on after a pause, or after something outside of Busy was put right. False when it runs, or lacks its key."""
    with transaction.atomic():
        connection = health.lock(connection.pk)
        if connection.state not in (ConnectionState.PAUSED, ConnectionState.NEEDS_CONFIGURATION):
            return False
        connection.state = ConnectionState.ACTIVE
        connection.problem = connection.problem_since = connection.problem_told_at = None
        connection.failures = 0
        connection.hold_until = connection.lease_token = connection.lease_until = None
        connection.save()
        _resume(connection, by)
    return True


# --- Synchronising and trying again -----------------------------------------------------------------------------------


def synchronise_now(connection: Connection, *, by: Membership) -> bool:
    """The 🔄 button: everything is read anew and every waiting order tried (R31, R37). False while one runs already."""
    with transaction.atomic():
        connection = health.lock(connection.pk)
        if not connection.is_running or _was_asked_for(connection):
            return False
        connection.hold_until = None
        connection.save(update_fields=["hold_until"])
        kinds = [facts.kind for facts in inbound.pulled_kinds(connection)]
        for kind in kinds:
            state, _ = PullState.objects.get_or_create(connection=connection, kind=kind)
            state.wants_everything = True
            state.save(update_fields=["wants_everything"])
        _revive_all(connection, by)
        wakeups.nudge(connection, *kinds, wakeups.PUSH, by=by.pk)
    return True


def _was_asked_for(connection: Connection) -> bool:
    """Whether a person's synchronisation is under way: running, or waiting for a worker."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM integrations_wakeup WHERE workspace_id = %(workspace)s"
            " AND connection_id = %(connection)s AND started_by_id IS NOT NULL"
            " AND lane = 'pull' AND due_at <= clock_timestamp())",
            {"workspace": connection.workspace_id, "connection": connection.pk},
        )
        return bool(cursor.fetchone()[0])


def retry_delivery(delivery_id: int, *, by: Membership) -> bool:
    """Try an order again now (R33). False when it is under way, arrived or cancelled, or its connection is not
    running."""
    with transaction.atomic():
        found = Delivery.objects.select_related("connection").get(pk=delivery_id)
        connection = health.lock(found.connection_id)
        delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery_id)
        if not connection.is_running or delivery.state not in (State.WAITING, State.ATTENTION):
            return False
        connection.hold_until = None
        connection.save(update_fields=["hold_until"])
        deliveries.revive(delivery, Event.PRESSED, by=by.pk)
        wakeups.nudge(connection, wakeups.PUSH, by=by.pk)
    return True


def retry_order(order_id: int, *, by: Membership) -> bool:
    """`retry_delivery` for the order's page. False when nothing of the order waits."""
    delivery = Delivery.objects.filter(order_id=order_id).exclude(state=State.CANCELLED).order_by("-pk").first()
    return delivery is not None and retry_delivery(delivery.pk, by=by)


def send_order(order_id: int, *, by: Membership) -> bool:
    """Send an order that was finished while no accounting system was connected. False when there is nowhere to send it,
    or when it was ever handed to a system: then that delivery is the one that counts."""
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        if order.state != OrderState.FINISHED or selectors.has_delivery(order_id):
            return False
        subscriptions.order_finished(OrderFinished(order.workspace_id, order.pk, order.revision))
        delivery = Delivery.objects.filter(order_id=order_id).exclude(state=State.CANCELLED).first()
        if delivery is None:
            return False
        deliveries.note(delivery, Event.PRESSED, by=by.pk)
    return True


def retry_all_waiting(connection: Connection, *, by: Membership) -> int:
    """Try everything that waits (R31); how many."""
    with transaction.atomic():
        connection = health.lock(connection.pk)
        if not connection.is_running:
            return 0
        connection.hold_until = None
        connection.save(update_fields=["hold_until"])
        count = _revive_all(connection, by)
        wakeups.nudge(connection, wakeups.PUSH, by=by.pk)
    return count


def _revive_all(connection: Connection, by: Membership) -> int:
    """Everything that waits; the number of orders."""
    waiting = Delivery.objects.filter(
        connection=connection, kind=deliveries.ORDER, state__in=[State.WAITING, State.ATTENTION]
    )
    rows = list(waiting.select_for_update(no_key=True).order_by("pk"))
    for delivery in rows:
        deliveries.revive(delivery, Event.PRESSED, by=by.pk)
    hour_reviving.revive_where(connection, Q(), Event.PRESSED, by=by.pk)
    shared_reviving.press(connection, by.pk)
    return len(rows)
