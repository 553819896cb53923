"""Waking workers up. The row says that something is due; a message only makes it quicker, so losing one costs a moment.
 A nudge writes the row and publishes once it is committed. The tick finds what nobody published, or whose message was
lost; a worker that is done looks itself for what else is due. Publishing never blocks: a broker that does not answer
within half a second is left alone for a few seconds.

Fairness is counted in running jobs. Of several providers one has at most half of the workers, so that a slow one never
holds up the others, and pulls leave a worker free for what people wait for. Whoever has waited longest comes first.
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

from busy.lib import broker
from busy.lib.broker import Nudge
from integrations.kernel.records import Kind
from integrations.models import Connection, Wakeup

logger = logging.getLogger(__name__)

PUSH = "push"
NOTICE = "notice"
COMPARE = "compare"
LINK = "link"
# References resolve at once when what is referred to comes first.
PULL_ORDER = (Kind.CUSTOMERS, Kind.PRODUCTS, Kind.WORK_TYPES, Kind.EMPLOYEES, Kind.PROJECTS, Kind.TASKS)
_AT_HOME = (NOTICE, LINK)  # what the provider is not asked for
SWEEP = 3600.0  # seconds after which work is looked for although nobody said there is any
BROKEN = 30.0  # seconds until work is tried again that a fault of ours, or of the database, ended
TICK_AT_MOST = 500  # rows of one tick
CHAIN = 60.0  # seconds in which a worker looks for more after a job


class Lane(StrEnum):
    """What runs beside each other for one connection; within a lane one job at a time."""

    PULL = "pull"
    PUSH = "push"
    NOTICE = "notice"
    COMPARE = "compare"
    LINK = "link"


def lane_of(kind: str) -> Lane:
    return Lane(kind) if kind in (PUSH, NOTICE, COMPARE, LINK) else Lane.PULL


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
    provider: str = ""


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
    """Nothing more is due: of these kinds, or of all that ask the provider."""
    rows = Wakeup.objects.filter(workspace_id=connection.workspace_id, connection_id=connection.pk)
    (rows.exclude(kind__in=_AT_HOME) if kinds is None else rows.filter(kind__in=list(kinds))).delete()


def rest(connection: Connection, seconds: float) -> None:
    """Leave the provider in peace for so long; a nudge still comes through."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_wakeup SET due_at = greatest(due_at, clock_timestamp() + make_interval(secs => %s))"
            " WHERE workspace_id = %s AND connection_id = %s AND kind <> ALL (%s) AND NOT is_running",
            [float(seconds), connection.workspace_id, connection.pk, list(_AT_HOME)],
        )


# --- The tick ---------------------------------------------------------------------------------------------------------


def tick() -> int:
    """Publish a message for what is due; the number of messages. Ten ticks at once are as harmless as one."""
    messages = _claim_due()
    if messages and not publish(messages):
        _release(messages)
    return len(messages)


def provider_cap() -> int:
    """How many jobs of a lane one provider may have at a time, when there are others."""
    return max(1, min(settings.SYNC_PROVIDER_CAP, settings.SYNC_WORKERS // 2))


def lane_cap(lane: Lane) -> int:
    """How many jobs of a lane may run at a time."""
    if lane in (Lane.COMPARE, Lane.LINK):  # nobody waits for it who could not wait a little longer
        return max(1, settings.SYNC_WORKERS // 4)
    return max(1, settings.SYNC_WORKERS - 1) if lane is Lane.PULL else settings.SYNC_WORKERS


def _claim_due() -> list[Message]:
    """Mark due rows as being under way, oldest first per provider, at most the cap's number of jobs for each.

    Only as many rows are looked at as can be chosen: the tick of ten thousand connections costs as much as that of a
    hundred.
    """
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('integrations.tick'))")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(
            """
            WITH RECURSIVE pairs AS (
                (SELECT provider, lane FROM integrations_wakeup ORDER BY provider, lane LIMIT 1)
                UNION ALL
                SELECT later.provider, later.lane FROM pairs CROSS JOIN LATERAL (
                    SELECT provider, lane FROM integrations_wakeup w
                    WHERE (w.provider, w.lane) > (pairs.provider, pairs.lane) ORDER BY provider, lane LIMIT 1
                ) later
            ), busy AS (
                SELECT provider, lane, count(DISTINCT connection_id) AS jobs FROM integrations_wakeup
                WHERE claimed_until > clock_timestamp() GROUP BY provider, lane
            ), room AS (
                SELECT provider, lane,
                       CASE WHEN min(provider) OVER () <> max(provider) OVER () THEN %(cap)s ELSE %(only_cap)s END
                       - coalesce(busy.jobs, 0) AS places
                FROM pairs LEFT JOIN busy USING (provider, lane)
            ), chosen AS (
                SELECT DISTINCT first.connection_id, room.lane FROM room CROSS JOIN LATERAL (
                    SELECT connection_id FROM integrations_wakeup w
                    WHERE w.provider = room.provider AND w.lane = room.lane AND w.due_at <= clock_timestamp()
                        AND (w.claimed_until IS NULL OR w.claimed_until <= clock_timestamp())
                    ORDER BY w.due_at LIMIT greatest(room.places, 0)
                ) first
            ), locked AS (
                SELECT w.id FROM integrations_wakeup w JOIN chosen USING (connection_id, lane)
                WHERE w.due_at <= clock_timestamp()
                    AND (w.claimed_until IS NULL OR w.claimed_until <= clock_timestamp())
                LIMIT %(most)s FOR UPDATE OF w SKIP LOCKED
            )
            UPDATE integrations_wakeup w
            SET claimed_until = clock_timestamp() + make_interval(secs => %(message)s), claim_token = NULL,
                is_running = false
            FROM locked WHERE w.id = locked.id
            RETURNING w.workspace_id, w.connection_id, w.kind
            """,
            {
                "cap": provider_cap(),
                "only_cap": min(settings.SYNC_PROVIDER_CAP, lane_cap(Lane.PULL)),
                "most": TICK_AT_MOST,
                "message": float(settings.SYNC_MESSAGE),
            },
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

# In a statement that only says who works on what: its commit does not wait for the disk. Should the database's machine
# crash, the workers' connections are gone as well, and what was taken or ended a moment ago is done again.
NOT_ON_DISK = "set_config('synchronous_commit', 'off', true)"
# How many jobs one provider may have: all the lane has while nobody is connected to another one.
_MOST_OF_ONE = """(
    SELECT CASE WHEN min(provider) <> max(provider) THEN %(provider_cap)s ELSE %(only_cap)s END FROM integrations_wakeup
)"""
# Of a row `w`: whether its provider and its lane may have one more job. The connection's own jobs do not count. Whoever
# takes a place by it does so alone (`room_of`), else several that begin at the same moment would all see the last one.
HAS_ROOM = f"""(
    SELECT count(DISTINCT r.connection_id) FILTER (WHERE r.provider = w.provider) < {_MOST_OF_ONE}
        AND count(DISTINCT r.connection_id) < %(lane_cap)s
    FROM integrations_wakeup r
    WHERE r.claimed_until > clock_timestamp() AND r.is_running AND r.lane = w.lane
        AND r.connection_id <> w.connection_id
)"""  # noqa: S608 - our own condition


def caps(lane: Lane) -> dict[str, int]:
    """The parameters of HAS_ROOM."""
    most = lane_cap(lane)
    return {"provider_cap": provider_cap(), "only_cap": min(settings.SYNC_PROVIDER_CAP, most), "lane_cap": most}


def room_of(lane: Lane) -> str:
    """What only one transaction at a time may take a place of."""
    return f"integrations.room.{lane}"


def take(
    lane: Lane, *, workspace_id: int, connection_id: int, lease: float, last: Collection[str] = ()
) -> Taken | None:
    """Hold the first due wakeup of the lane, or None: nothing is due, another worker holds it, or its provider has
    enough jobs.

    Kinds in ``last`` have had their turn and come after the others.
    """
    kinds = sorted(PULL_ORDER, key=lambda kind: kind in last)  # keeps the order among equals
    order = [str(kind) for kind in kinds] if lane is Lane.PULL else [str(lane)]
    token = uuid.uuid4()
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [room_of(lane)])
        cursor.execute(
            f"""
            UPDATE integrations_wakeup SET is_running = true, claim_token = %(token)s,
                claimed_until = clock_timestamp() + make_interval(secs => %(lease)s)
            WHERE id = (
                SELECT id FROM integrations_wakeup w
                WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s AND kind = ANY(%(order)s)
                    AND due_at <= clock_timestamp() AND NOT (is_running AND claimed_until > clock_timestamp())
                    AND {HAS_ROOM}
                ORDER BY array_position(%(order)s, kind::text) LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING kind, due_at, started_by_id, provider, {NOT_ON_DISK}
            """,  # noqa: S608 - our own condition
            {
                **caps(lane),
                "token": token,
                "lease": float(lease),
                "workspace": workspace_id,
                "connection": connection_id,
                "order": order,
            },
        )
        row = cursor.fetchone()
    if row is None:
        put_back(lane, connection_id)
        return None
    kind, due_at, by, provider, _ = row
    return Taken(
        connection_id=connection_id, kind=kind, token=token, due_at=due_at, started_by_id=by, provider=provider
    )


def put_back(lane: Lane, connection_id: int) -> None:
    """A message found no room, or somebody else at it: the row waits for the next that is free, or a second, and not
    for the message to run out."""
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_wakeup w SET claimed_until = CASE WHEN NOT "  # noqa: S608 - our own condition
            f"{HAS_ROOM} THEN NULL ELSE least(claimed_until, clock_timestamp() + interval '1 s') END"
            " WHERE connection_id = %(connection)s AND lane = %(lane)s AND claimed_until IS NOT NULL"
            " AND NOT is_running",
            {**caps(lane), "connection": connection_id, "lane": str(lane)},
        )


def work_on(lane: Lane, job: Callable[[int, int], None], workspace_id: int, connection_id: int) -> int:
    """Do the job of a message, then what else of the lane is due, for at most a minute; how many jobs.

    Workers that had to wait for the next tick after each job would stand idle most of the time.
    """
    until, jobs = time.monotonic() + CHAIN, 0
    message: Message | None = Message(lane=lane, workspace_id=workspace_id, connection_id=connection_id)
    while message is not None:
        job(message.workspace_id, message.connection_id)
        jobs += 1
        message = next_due(lane) if time.monotonic() < until else None
    return jobs


def next_due(lane: Lane) -> Message | None:
    """Mark as under way what has waited longest, of a provider with room; None when there is nothing."""
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(
            f"""
            WITH running AS MATERIALIZED (
                SELECT provider, connection_id FROM integrations_wakeup
                WHERE claimed_until > clock_timestamp() AND is_running AND lane = %(lane)s
            ), busy AS MATERIALIZED (
                SELECT provider, count(DISTINCT connection_id) AS jobs FROM running GROUP BY provider
            ), first AS (
                SELECT workspace_id, connection_id FROM integrations_wakeup w
                WHERE lane = %(lane)s AND due_at <= clock_timestamp()
                    AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
                    AND provider <> ALL (ARRAY(SELECT provider FROM busy WHERE jobs >= {_MOST_OF_ONE}))
                    AND connection_id <> ALL (ARRAY(SELECT connection_id FROM running))
                    AND (SELECT coalesce(sum(jobs), 0) FROM busy) < %(lane_cap)s
                ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            UPDATE integrations_wakeup w
            SET claimed_until = clock_timestamp() + make_interval(secs => %(message)s), claim_token = NULL,
                is_running = false
            FROM first WHERE w.connection_id = first.connection_id AND w.lane = %(lane)s
                AND w.due_at <= clock_timestamp() AND (w.claimed_until IS NULL OR w.claimed_until <= clock_timestamp())
            RETURNING w.workspace_id, w.connection_id, {NOT_ON_DISK}
            """,  # noqa: S608 - our own condition
            {**caps(lane), "lane": str(lane), "message": float(settings.SYNC_MESSAGE)},
        )
        row = cursor.fetchone()
    return Message(lane=lane, workspace_id=row[0], connection_id=row[1]) if row else None


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


# Due again in `next` seconds, or at once if somebody nudged since it was `taken`.
LET_GO = """is_running = false, claim_token = NULL, claimed_until = NULL,
    started_by_id = CASE WHEN due_at = %(taken)s THEN NULL ELSE started_by_id END,
    due_at = CASE WHEN due_at = %(taken)s THEN clock_timestamp() + make_interval(secs => %(next)s)
                  ELSE least(due_at, clock_timestamp() + make_interval(secs => %(next)s)) END"""


def finish(taken: Taken, *, next_in: float) -> None:
    """Let go; due again in so many seconds, or at once if somebody nudged meanwhile. A late worker changes nothing."""
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE integrations_wakeup SET {LET_GO}
            WHERE connection_id = %(connection)s AND kind = %(kind)s AND claim_token = %(token)s
            RETURNING {NOT_ON_DISK}
            """,  # noqa: S608 - our own assignments
            {
                "taken": taken.due_at,
                "next": float(next_in),
                "connection": taken.connection_id,
                "kind": taken.kind,
                "token": taken.token,
            },
        )


# --- Messages ---------------------------------------------------------------------------------------------------------


# Lanes that share the workers of another queue.
_QUEUES = {Lane.NOTICE: "interactive", Lane.COMPARE: "pull", Lane.LINK: "interactive"}


def publish(messages: Sequence[Message]) -> bool:
    """Hand the messages to the broker in bounded time. False, and a line in the log, if it does not take them."""
    return broker.send(
        [
            Nudge(
                f"integrations.{message.lane}",
                (message.workspace_id, message.connection_id),
                queue=_QUEUES.get(message.lane, str(message.lane)),
                expires=None,
            )
            for message in messages
        ]
    )
