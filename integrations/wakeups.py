"""Waking workers up. The row says that something is due; a message only makes it quicker, so losing one costs a moment.
 A nudge writes the row and publishes once it is committed. The tick finds what nobody published, or whose message was
lost. Publishing never blocks: a broker that does not answer within half a second is left alone for a few seconds.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.utils.module_loading import import_string

from integrations.kernel.records import Kind
from integrations.models import Connection, Wakeup

logger = logging.getLogger(__name__)

PUSH = "push"
NOTICE = "notice"
# References resolve at once when what is referred to comes first.
PULL_ORDER = (Kind.CUSTOMERS, Kind.PRODUCTS, Kind.WORK_TYPES, Kind.EMPLOYEES, Kind.PROJECTS)
SWEEP = 3600.0  # seconds after which work is looked for although nobody said there is any
TICK_AT_MOST = 500  # rows of one tick
_NOTHING_LISTENS = 5.0  # seconds a silent broker is left alone
_BOUND = 0.4  # seconds to connect, and to be answered


class Lane(StrEnum):
    """What runs beside each other for one connection; within a lane one job at a time."""

    PULL = "pull"
    PUSH = "push"
    NOTICE = "notice"


def lane_of(kind: str) -> Lane:
    return Lane(kind) if kind in (PUSH, NOTICE) else Lane.PULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    lane: Lane
    workspace_id: int
    connection_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A wakeup a worker holds. ``due_at`` is what it was due for: a later one on the row means that it was nudged
    since."""

    connection_id: int
    kind: str
    token: uuid.UUID
    due_at: datetime
    started_by_id: int | None


# --- Asking for work --------------------------------------------------------------------------------------------------


def nudge(connection: Connection, *kinds: str, by: int | None = None) -> None:
    """Have the kinds done now. ``by`` is the id of the membership that pressed the button. Call inside a
    transaction."""
    due(connection, kinds, in_seconds=0, by=by)
    for lane in {lane_of(kind) for kind in kinds}:
        message = Message(lane=lane, workspace_id=connection.workspace_id, connection_id=connection.pk)
        transaction.on_commit(partial(publish, [message]))


def due(connection: Connection, kinds: Iterable[str], *, in_seconds: float, by: int | None = None) -> None:
    """Have the kinds done then at the latest; what is due earlier stays so. A running one is run again."""
    for kind in sorted(kinds):  # always in the same order, so that two of us never wait for each other
        with database.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO integrations_wakeup AS w
                    (workspace_id, connection_id, provider, kind, due_at, is_running, started_by_id)
                VALUES (%(workspace)s, %(connection)s, %(provider)s, %(kind)s,
                        clock_timestamp() + make_interval(secs => %(wait)s), false, %(by)s)
                ON CONFLICT (connection_id, kind) DO UPDATE SET
                    due_at = CASE WHEN w.is_running AND w.claimed_until > clock_timestamp() THEN excluded.due_at
                                  ELSE least(w.due_at, excluded.due_at) END,
                    started_by_id = coalesce(excluded.started_by_id, w.started_by_id)
                """,
                {
                    "workspace": connection.workspace_id,
                    "connection": connection.pk,
                    "provider": connection.provider,
                    "kind": str(kind),
                    "wait": float(in_seconds),
                    "by": by,
                },
            )


def silence(connection: Connection, kinds: Iterable[str] | None = None) -> None:
    """Nothing more is due: of these kinds, or of all but notices."""
    rows = Wakeup.objects.filter(workspace_id=connection.workspace_id, connection_id=connection.pk)
    (rows.exclude(kind=NOTICE) if kinds is None else rows.filter(kind__in=list(kinds))).delete()


def rest(connection: Connection, seconds: float) -> None:
    """Leave the provider in peace for so long; a nudge still comes through."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_wakeup SET due_at = greatest(due_at, clock_timestamp() + make_interval(secs => %s))"
            " WHERE workspace_id = %s AND connection_id = %s AND kind <> %s AND NOT is_running",
            [float(seconds), connection.workspace_id, connection.pk, NOTICE],
        )


# --- The tick ---------------------------------------------------------------------------------------------------------


def tick() -> int:
    """Publish a message for what is due; the number of messages. Ten ticks at once are as harmless as one."""
    messages = _claim_due()
    if messages and not publish(messages):
        _release(messages)
    return len(messages)


def _claim_due() -> list[Message]:
    """Mark due rows as being under way, oldest first per provider, at most the cap's number of jobs for each."""
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('integrations.tick'))")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(
            """
            WITH lanes AS (
                SELECT w.*, CASE WHEN kind IN ('push', 'notice') THEN kind ELSE 'pull' END AS lane,
                       coalesce(claimed_until > clock_timestamp(), false) AS held
                FROM integrations_wakeup w
                WHERE due_at <= clock_timestamp() OR claimed_until > clock_timestamp()
            ), busy AS (
                SELECT provider, lane, count(DISTINCT connection_id) AS jobs FROM lanes WHERE held GROUP BY 1, 2
            ), waiting AS (
                SELECT id, provider, lane, due_at,
                       dense_rank() OVER (PARTITION BY provider, lane ORDER BY first_due, connection_id) AS place
                FROM (SELECT *, min(due_at) OVER (PARTITION BY connection_id, lane) AS first_due
                      FROM lanes WHERE NOT held AND due_at <= clock_timestamp()) AS free
            ), chosen AS (
                SELECT waiting.id FROM waiting LEFT JOIN busy USING (provider, lane)
                WHERE place <= %(cap)s - coalesce(jobs, 0)
                ORDER BY place, due_at LIMIT %(most)s
            ), locked AS (
                SELECT id FROM integrations_wakeup WHERE id IN (SELECT id FROM chosen)
                    AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
                FOR UPDATE SKIP LOCKED
            )
            UPDATE integrations_wakeup w
            SET claimed_until = clock_timestamp() + make_interval(secs => %(message)s), claim_token = NULL,
                is_running = false
            FROM locked WHERE w.id = locked.id
            RETURNING w.workspace_id, w.connection_id, w.kind
            """,
            {"cap": settings.SYNC_PROVIDER_CAP, "most": TICK_AT_MOST, "message": float(settings.SYNC_MESSAGE)},
        )
        rows = cursor.fetchall()
    found = {Message(lane=lane_of(kind), workspace_id=ws, connection_id=pk): None for ws, pk, kind in rows}
    return list(found)


def _release(messages: Sequence[Message]) -> None:
    """What could not be published is due again at once, for the next tick."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_wakeup SET claimed_until = NULL WHERE connection_id = ANY(%s) AND NOT is_running",
            [[message.connection_id for message in messages]],
        )


# --- Doing it ---------------------------------------------------------------------------------------------------------


def take(
    lane: Lane, *, workspace_id: int, connection_id: int, lease: float, last: Collection[str] = ()
) -> Taken | None:
    """Hold the first due wakeup of the lane, or None: nothing is due, or another worker holds it.

    Kinds in ``last`` have had their turn and come after the others.
    """
    kinds = sorted(PULL_ORDER, key=lambda kind: kind in last)  # keeps the order among equals
    order = [str(kind) for kind in kinds] if lane is Lane.PULL else [str(lane)]
    token = uuid.uuid4()
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE integrations_wakeup SET is_running = true, claim_token = %(token)s,
                claimed_until = clock_timestamp() + make_interval(secs => %(lease)s)
            WHERE id = (
                SELECT id FROM integrations_wakeup
                WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s AND kind = ANY(%(order)s)
                    AND due_at <= clock_timestamp() AND NOT (is_running AND claimed_until > clock_timestamp())
                ORDER BY array_position(%(order)s, kind::text) LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING kind, due_at, started_by_id
            """,
            {
                "token": token,
                "lease": float(lease),
                "workspace": workspace_id,
                "connection": connection_id,
                "order": order,
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return Taken(connection_id=connection_id, kind=row[0], token=token, due_at=row[1], started_by_id=row[2])


def renewal(taken: Taken, lease: float) -> Callable[[], bool]:
    def renew() -> bool:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute(
                "UPDATE integrations_wakeup SET claimed_until = clock_timestamp() + make_interval(secs => %s)"
                " WHERE connection_id = %s AND kind = %s AND claim_token = %s",
                [float(lease), taken.connection_id, taken.kind, taken.token],
            )
            return bool(cursor.rowcount)

    return renew


def finish(taken: Taken, *, next_in: float) -> None:
    """Let go; due again in so many seconds, or at once if somebody nudged meanwhile. A late worker changes nothing."""
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE integrations_wakeup SET is_running = false, claim_token = NULL, claimed_until = NULL,
                started_by_id = CASE WHEN due_at = %(taken)s THEN NULL ELSE started_by_id END,
                due_at = CASE WHEN due_at = %(taken)s THEN clock_timestamp() + make_interval(secs => %(next)s)
                              ELSE least(due_at, clock_timestamp() + make_interval(secs => %(next)s)) END
            WHERE connection_id = %(connection)s AND kind = %(kind)s AND claim_token = %(token)s
            """,
            {
                "taken": taken.due_at,
                "next": float(next_in),
                "connection": taken.connection_id,
                "kind": taken.kind,
                "token": taken.token,
            },
        )


# --- Messages ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Broker:
    """One process's memory of a broker that does not answer; on the monotonic clock."""

    silent_until: float = 0.0


_broker = _Broker()


def publish(messages: Sequence[Message]) -> bool:
    """Hand the messages to the broker in bounded time. False, and a line in the log, if it does not take them."""
    if time.monotonic() < _broker.silent_until:
        return False
    # By name: the composition root that holds the app stands above this package.
    app = import_string(settings.CELERY_APP)
    options = {
        **app.conf.broker_transport_options,
        "socket_timeout": _BOUND,
        "socket_connect_timeout": _BOUND,
        "retry_on_timeout": False,
        # Else a refused connection is tried again two seconds later.
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
    }
    try:
        with app.connection_for_write(connect_timeout=_BOUND, transport_options=options) as broker:
            for message in messages:
                app.send_task(
                    f"integrations.{message.lane}",
                    args=[message.workspace_id, message.connection_id],
                    queue="interactive" if message.lane is Lane.NOTICE else str(message.lane),
                    connection=broker,
                    retry=False,
                    ignore_result=True,
                )
    # Whatever a broker's client raises: the row stands, and the tick publishes again.
    except Exception as error:
        _broker.silent_until = time.monotonic() + _NOTHING_LISTENS
        logger.warning("the broker takes no messages", extra={"error": type(error).__name__, "messages": len(messages)})
        return False
    return True


def listen_again() -> None:
    """Forget that the broker was silent."""
    _broker.silent_until = 0.0
