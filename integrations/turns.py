"""A turn of a connection: the lease and what is due taken in one statement, a look that found nothing ended in one.

Most looks find nothing, every minute, for every connection; so they cost five statements in all, the scope's two among
them. Whatever has something to write takes the longer way through `inbound`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Now

from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from integrations import database_clock, wakeups
from integrations.kernel import registry
from integrations.kernel.errors import Json
from integrations.leases import Heartbeat
from integrations.models import (
    RUNNING_STATES,
    Connection,
    ConnectionState,
    Delivery,
    PullOutcome,
    PullRun,
    PullState,
)
from integrations.policy import State
from integrations.wakeups import Lane, Taken

_PATIENCE = 5.0  # seconds a push waits in its worker for a pull to give way
_POLL = 0.05
_DUE = "due_at <= clock_timestamp() AND NOT (is_running AND claimed_until > clock_timestamp())"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One kind of a held connection, as both stand at its beginning."""

    connection: Connection
    taken: Taken
    state: PullState
    has_left_over: bool  # a run of the kind was begun and never ended
    has_waiting: bool  # deliveries that a pull may let go on
    last_use: datetime | None = None  # when somebody last changed something in the workspace, if that is known

    @property
    def is_calm(self) -> bool:
        """Nothing of the connection or the kind waits for the good news that a look went well."""
        connection, state = self.connection, self.state
        is_well = connection.state == ConnectionState.ACTIVE and not connection.failures and not connection.hold_until
        return is_well and not (self.has_left_over or self.has_waiting or state.failures or state.problem)


def begin(
    workspace_id: int, connection_id: int, token: uuid.UUID, *, lease: int, wakeup_lease: int, last: Collection[str]
) -> Held | None:
    """Hold the connection and the first of its kinds that is due. None: nothing is due, another worker is at it, or the
    connection is turned off or rests.

    Kinds in ``last`` have had their turn and come after the others. With the token of a lease that is ours already, the
    lease goes on.
    """
    order = [str(kind) for kind in sorted(wakeups.PULL_ORDER, key=lambda kind: kind in last)]
    with scope(workspace_id, alone=wakeups.room_of(Lane.PULL)):
        found = list(
            Connection.objects.raw(
                f"""
                WITH due AS (
                    SELECT id FROM integrations_wakeup w
                    WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s AND kind = ANY(%(order)s)
                        AND {_DUE} AND {wakeups.HAS_ROOM}
                    ORDER BY array_position(%(order)s, kind::text) LIMIT 1
                ), held AS (
                    UPDATE integrations_connection
                    SET lease_token = %(token)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
                    WHERE workspace_id = %(workspace)s AND id = %(connection)s AND state = ANY(%(running)s)
                        AND (lease_until IS NULL OR lease_until <= clock_timestamp() OR lease_token = %(token)s)
                        AND (hold_until IS NULL OR hold_until <= clock_timestamp()) AND EXISTS (SELECT FROM due)
                    RETURNING *
                ), taken AS (
                    UPDATE integrations_wakeup SET is_running = true, claim_token = %(token)s,
                        claimed_until = clock_timestamp() + make_interval(secs => %(wakeup)s)
                    WHERE id = (
                        SELECT id FROM integrations_wakeup WHERE id = (SELECT id FROM due)
                            AND EXISTS (SELECT FROM held) AND {_DUE} FOR UPDATE SKIP LOCKED
                    )
                    RETURNING kind AS taken_kind, due_at AS taken_due_at, started_by_id AS taken_by
                )
                SELECT held.*, taken.*, {wakeups.NOT_ON_DISK} AS not_on_disk FROM held LEFT JOIN taken ON true
                """,  # noqa: S608 - only our own condition is put in
                {
                    **wakeups.caps(Lane.PULL),
                    "workspace": workspace_id,
                    "connection": connection_id,
                    "order": order,
                    "running": [str(state) for state in RUNNING_STATES],
                    "token": token,
                    "lease": float(lease),
                    "wakeup": float(wakeup_lease),
                },
            )
        )
        if not found:
            _put_off(connection_id)
            wakeups.put_back(Lane.PULL, connection_id)
            return None
        held: Any = found[0]  # with the columns of what was taken
        if held.taken_kind is None:
            release(connection_id, token)
            return None
        taken = Taken(
            connection_id=connection_id,
            kind=held.taken_kind,
            token=token,
            due_at=held.taken_due_at,
            started_by_id=held.taken_by,
        )
        return _turn(held, taken)


def _put_off(connection_id: int) -> None:
    """A connection that rests is due again when the rest is over, not at every tick."""
    now = database_clock.now()
    resting = Connection.objects.filter(pk=connection_id, state__in=RUNNING_STATES, hold_until__gt=now).first()
    if resting is not None and resting.hold_until is not None:
        seconds = (resting.hold_until - now).total_seconds()
        wakeups.rest(resting, max(0.0, seconds))


def _turn(connection: Connection, taken: Taken) -> Held:
    mine = {"connection": OuterRef("connection")}
    unfinished = PullRun.objects.filter(**mine, kind=OuterRef("kind"), outcome=PullOutcome.RUNNING)
    waiting = Delivery.objects.filter(**mine, state__in=[State.WAITING, State.TRANSFERRING, State.ATTENTION])
    states = PullState.objects.filter(connection=connection, kind=taken.kind)
    used = Membership.objects.exclude(last_used_at=None).order_by("-last_used_at").values("last_used_at")
    asked = {"has_left_over": Exists(unfinished), "has_waiting": Exists(waiting), "last_use": Subquery(used[:1])}
    state: Any = states.annotate(**asked).first()
    if state is None:
        state = PullState.objects.create(connection=connection, kind=taken.kind)
        state.has_left_over = state.has_waiting = True  # not known: the longer way looks
        state.last_use = None
    return Held(
        connection=connection,
        taken=taken,
        state=state,
        has_left_over=state.has_left_over,
        has_waiting=state.has_waiting,
        last_use=state.last_use,
    )


def end_calmly(turn: Held, token: uuid.UUID, *, cursor: dict[str, Json] | None, next_in: float) -> bool | None:
    """Nothing was new: note when, keep the cursor, be due again, and let the connection go if nothing else is due.

    True when something else is due and the connection is still held; None when it was no longer ours, and nothing was
    written.
    """
    connection, taken = turn.connection, turn.taken
    with scope(connection.workspace_id), database.cursor() as sql:
        sql.execute(
            f"""
            WITH ours AS (
                SELECT id FROM integrations_connection
                WHERE workspace_id = %(workspace)s AND id = %(connection)s AND lease_token = %(token)s
                    AND state = ANY(%(running)s)
                FOR NO KEY UPDATE
            ), settled AS (
                UPDATE integrations_pullstate SET last_success_at = now(), cursor = %(cursor)s
                WHERE id = %(state)s AND generation = %(generation)s AND EXISTS (SELECT FROM ours)
                    AND cursor IS NOT DISTINCT FROM %(before)s::jsonb
            ), finished AS (
                UPDATE integrations_wakeup SET {wakeups.LET_GO}
                WHERE connection_id = %(connection)s AND kind = %(kind)s AND claim_token = %(token)s
                    AND EXISTS (SELECT FROM ours)
            ), more AS (
                SELECT EXISTS (
                    SELECT FROM integrations_wakeup
                    WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s
                        AND kind <> ALL(%(others)s) AND due_at <= clock_timestamp()
                        AND (kind = %(kind)s AND due_at <> %(taken)s OR kind <> %(kind)s
                             AND NOT (is_running AND claimed_until > clock_timestamp()))
                ) AS is_due
            ), released AS (
                UPDATE integrations_connection SET lease_token = NULL, lease_until = NULL
                WHERE id = (SELECT id FROM ours) AND workspace_id = %(workspace)s AND NOT (SELECT is_due FROM more)
            )
            SELECT is_due, {wakeups.NOT_ON_DISK} FROM ours, more
            """,  # noqa: S608 - only our own assignments are put in
            {
                "workspace": connection.workspace_id,
                "connection": connection.pk,
                "token": token,
                "running": [str(state) for state in RUNNING_STATES],
                "state": turn.state.pk,
                "generation": turn.state.generation,
                "cursor": _json(cursor),
                "before": _json(turn.state.cursor),
                "kind": taken.kind,
                "others": [wakeups.PUSH, wakeups.NOTICE, wakeups.COMPARE, wakeups.LINK],
                "taken": taken.due_at,
                "next": float(next_in),
            },
        )
        row = sql.fetchone()
    return bool(row[0]) if row else None


def _json(value: object) -> Any:
    return None if value is None else PullState._meta.get_field("cursor").get_db_prep_value(value, database)


@contextmanager
def one_voice(workspace_id: int, taken: Taken, heartbeat: Heartbeat) -> Iterator[bool]:
    """For a push: whether it may talk with the provider now.

    A provider that takes one request at a time is talked to by a pull or by pushes, never by both: whoever talks holds
    the connection's lease. A pull that takes long gives way after a page (`Job.gives_way`), so we wait a moment for it.
    """
    if registry.connector(taken.provider).facts.limits.parallel > 1:
        yield True
        return
    token, until = uuid.uuid4(), time.monotonic() + _PATIENCE
    while not (is_held := _hold(workspace_id, taken.connection_id, token)) and time.monotonic() < until:
        time.sleep(_POLL)
    if not is_held:
        yield False
        return
    renewal = partial(renew, workspace_id, taken.connection_id, token)
    heartbeat.keep(renewal, is_vital=False)  # each delivery has a lease of its own
    try:
        yield True
    finally:
        heartbeat.let_go(renewal)
        with scope(workspace_id):
            release(taken.connection_id, token)


def _hold(workspace_id: int, connection_id: int, token: uuid.UUID) -> bool:
    with scope(workspace_id):
        free = Q(lease_until=None) | Q(lease_until__lte=Now())
        until = Now() + timedelta(seconds=settings.SYNC_LEASE)
        rows = Connection.objects.filter(free, pk=connection_id)
        return bool(rows.update(lease_token=token, lease_until=until))


def renew(workspace_id: int, connection_id: int, token: uuid.UUID) -> bool:
    """Keep the connection; False when it is no longer ours."""
    until = Now() + timedelta(seconds=settings.SYNC_LEASE)
    with scope(workspace_id):
        return bool(Connection.objects.filter(pk=connection_id, lease_token=token).update(lease_until=until))


def release(connection_id: int, token: uuid.UUID) -> None:
    """Let the connection go; changes nothing when another worker holds it by now. Call in a scope."""
    Connection.objects.filter(pk=connection_id, lease_token=token).update(lease_token=None, lease_until=None)
