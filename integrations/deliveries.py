"""The moments of a delivery, each a transaction of a millisecond: claimed, about to be written, recorded, revived.
 The connection's row is always locked first, then the delivery. Every write of a worker asks for its own lease token,
so one that comes back late changes nothing but the ledger.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from django.db import connection as database

from busy.workspaces.scope import scope
from integrations import database_clock, health
from integrations.conversations import as_answered, as_sent
from integrations.kernel.connector import Check, Exchange
from integrations.kernel.errors import Json, Problem
from integrations.kernel.payloads import OrderPayload, Receipt, from_json, to_json
from integrations.leases import LeaseLost
from integrations.models import Attempt, Connection, Delivery
from integrations.policy import Decision, Event, State
from integrations.timings import timings

logger = logging.getLogger(__name__)

ORDER, HOURS, RECORD = "order", "hours", "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery a worker holds. ``elapsed`` is seconds since its last write began, for the rules about doubt."""

    pk: int
    workspace_id: int
    connection_id: int
    token: uuid.UUID
    kind: str
    wanted: int
    order_id: int
    reference: str
    payload: OrderPayload | None
    is_unclear: bool
    elapsed: float
    doubt: Problem | None
    attempts: int
    sends: int
    started_by_id: int | None


# What is chosen among: orders before hours, however many of these there are, and hours in the order they came due. The
# records of a whole catalogue, which take the provider hours, let pass what people wait for.
_CHOICES = ("kind <> 'hours' ORDER BY is_patient, id", "kind = 'hours' ORDER BY not_before, id")
# MATERIALIZED: in a plan of its own the LIMIT could be asked for once per row and claim several.
_CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id, pressed_by_id FROM integrations_delivery
        WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s
            AND ((state = 'waiting' AND not_before <= clock_timestamp())
                 OR (state = 'transferring' AND lease_until <= clock_timestamp()))
            AND {choice} LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE integrations_delivery d SET
        state = 'transferring', lease_token = %(token)s, changed_at = now(), attempts = attempts + 1,
        lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
        is_unclear = is_unclear OR state = 'transferring',
        unclear_since = CASE WHEN is_unclear OR state = 'transferring'
                             THEN coalesce(unclear_since, write_began_at, changed_at) END,
        write_began_at = CASE WHEN is_unclear THEN write_began_at
                              WHEN state = 'transferring' THEN coalesce(write_began_at, changed_at) END,
        pressed_by_id = NULL
    FROM due
    WHERE d.id = due.id AND d.workspace_id = %(workspace)s
    RETURNING d.id, due.pressed_by_id
"""


def claim_next(workspace_id: int, connection_id: int) -> Claimed | None:
    """Hold the oldest order that is due, else the first hours. One whose worker vanished is unclear, never simply
    waiting."""
    token = uuid.uuid4()
    names: dict[str, uuid.UUID | float | int] = {
        "token": token,
        "lease": float(timings().lease),
        "workspace": workspace_id,
        "connection": connection_id,
    }
    with scope(workspace_id):
        row = None
        with database.cursor() as cursor:
            for choice in _CHOICES:
                cursor.execute(_CLAIM.format(choice=choice), names)
                if (row := cursor.fetchone()) is not None:
                    break
        if row is None:
            return None
        delivery = Delivery.objects.get(pk=row[0])
        note(delivery, Event.LOOKING if delivery.is_unclear else Event.STARTED, by=row[1])
        since = delivery.write_began_at or delivery.unclear_since
        return Claimed(
            pk=delivery.pk,
            workspace_id=workspace_id,
            connection_id=connection_id,
            token=token,
            kind=delivery.kind,
            wanted=delivery.wanted,
            order_id=delivery.order_id or 0,
            reference=delivery.reference,
            payload=from_json(OrderPayload, delivery.payload) if delivery.payload and delivery.kind == ORDER else None,
            is_unclear=delivery.is_unclear,
            elapsed=(database_clock.now() - since).total_seconds() if since else 0.0,
            doubt=Problem.from_json(delivery.problem) if delivery.problem else None,
            attempts=delivery.attempts,
            sends=delivery.sends,
            started_by_id=row[1],
        )


def renewal(claimed: Claimed) -> Callable[[], bool]:
    def renew() -> bool:
        with scope(claimed.workspace_id):
            return bool(_mine(claimed, ""))

    return renew


def freeze(claimed: Claimed, payload: OrderPayload) -> None:
    """Store what will be sent before it is: a look-up after a crash must search for the same. Raises LeaseLost."""
    with scope(claimed.workspace_id):
        if not _mine(claimed, ", payload = %(payload)s::jsonb", payload=msgspec.json.encode(payload).decode()):
            raise LeaseLost


def before_write(claimed: Claimed, note_doubt: Callable[[], None] = lambda: None) -> Callable[[], None]:
    """What the transport calls directly before a write leaves the house: is it still ours to send? Raises LeaseLost.

    ``note_doubt`` stores, in the same transaction, what the write may leave there without our seeing it.
    """

    def ensure() -> None:
        with scope(claimed.workspace_id):
            if not _mine(claimed, ", write_began_at = clock_timestamp(), sends = sends + 1"):
                raise LeaseLost
            note_doubt()

    return ensure


def _mine(claimed: Claimed, assignments: str, **values: str) -> int:
    """Renew the lease and write, if it is still ours; the number of rows."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_delivery SET"  # noqa: S608 - assignments are our own
            f" lease_until = clock_timestamp() + make_interval(secs => %(lease)s){assignments}"
            " WHERE workspace_id = %(workspace)s AND id = %(id)s AND lease_token = %(token)s",
            {
                "lease": float(timings().lease),
                "workspace": claimed.workspace_id,
                "id": claimed.pk,
                "token": claimed.token,
                **values,
            },
        )
        return int(cursor.rowcount)


def record(
    claimed: Claimed,
    decision: Decision,
    *,
    receipt: Receipt | None = None,
    exchanges: Iterable[Exchange] = (),
    checks: Iterable[Check] | None = None,
    settle: Callable[[Delivery], None] = lambda delivery: None,
    hold: Callable[[], None] = lambda: None,
) -> None:
    """Write down what came of it, here and in the ledger. Raises LeaseLost, after a line in the ledger, when it is
    not ours.

    ``settle`` may change the row before it is stored, and write what belongs to it in the same transaction. ``hold``
    locks what others lock before the delivery.
    """
    said = list(exchanges)
    with scope(claimed.workspace_id):
        connection = health.lock(claimed.connection_id)
        hold()
        delivery = Delivery.objects.select_for_update(no_key=True).get(pk=claimed.pk)
        is_late = delivery.lease_token != claimed.token
        note(
            delivery,
            Event.LATE if is_late else decision.event,
            by=claimed.started_by_id,
            exchanges=said,
            problem=decision.problem,
            receipt=receipt,
        )
        if not is_late:
            _settle(delivery, decision, receipt, checks)
            settle(delivery)
            delivery.save()
            health.feel(connection, decision.effect, decision.problem, hold=decision.hold)
    if is_late:
        logger.warning("a delivery came back late", extra={"delivery": claimed.pk})
        raise LeaseLost


def _settle(delivery: Delivery, decision: Decision, receipt: Receipt | None, checks: Iterable[Check] | None) -> None:
    now = database_clock.now()
    was_unclear = delivery.is_unclear
    delivery.state = decision.state
    delivery.is_unclear = decision.is_unclear
    delivery.unclear_since = (delivery.unclear_since or now) if decision.is_unclear else None
    delivery.not_before = now + timedelta(seconds=decision.wait)
    # While it is in doubt, why the answer was lost decides how long we wait; what a look-up met is in the ledger.
    if not (was_unclear and decision.is_unclear and decision.state is State.WAITING and delivery.problem):
        delivery.problem = decision.problem.to_json() if decision.problem else None
    if checks is not None:
        delivery.checks = [as_json(check) for check in checks]
    delivery.changed_at = now
    delivery.lease_token = delivery.lease_until = None
    if receipt is not None:
        delivery.external_id = receipt.external_id[:100]
        delivery.external_number = receipt.number[:100]
        delivery.external_url = receipt.url[:500]
        delivery.transferred_at = now
        delivery.done = delivery.wanted
        # What stands there otherwise than it was sent: shown, and no reason to send again.
        delivery.problem = receipt.remarks[0].to_json() if receipt.remarks else None


def note(
    delivery: Delivery,
    event: Event,
    *,
    by: int | None = None,
    exchanges: Iterable[Exchange] = (),
    problem: Problem | None = None,
    receipt: Receipt | None = None,
) -> None:
    """A line of the ledger (R114)."""
    said = list(exchanges)
    answer: list[Json] = list(as_answered(said))
    if receipt is not None:
        answer.append({"receipt": to_json(receipt)})
    Attempt.objects.create(
        delivery=delivery,
        event=event,
        started_by_id=by,
        sent=as_sent(said) or None,
        answer=answer or None,
        problem=problem.to_json() if problem else None,
    )


def revive(delivery: Delivery, event: Event, *, by: int | None = None) -> None:
    """Let one that waits for a person or for time go on now. The row is locked by the caller, who nudges afterwards."""
    if delivery.state not in (State.ATTENTION, State.WAITING):
        return
    delivery.state = State.WAITING
    delivery.not_before = delivery.changed_at = database_clock.now()
    if by is not None:
        delivery.pressed_by_id = by
        delivery.sends = 0
    delivery.save(update_fields=["state", "not_before", "changed_at", "pressed_by", "sends"])
    note(delivery, event, by=by)


def seconds_to_next(connection: Connection) -> float | None:
    """Until the next delivery of the connection is due, or None when none waits."""
    with database.cursor() as cursor:
        cursor.execute(
            """
            SELECT extract(epoch FROM least(
                (SELECT min(not_before) FROM integrations_delivery
                 WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s AND state = 'waiting'),
                (SELECT min(lease_until) FROM integrations_delivery
                 WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s AND state = 'transferring')
            ) - clock_timestamp())
            """,
            {"workspace": connection.workspace_id, "connection": connection.pk},
        )
        row = cursor.fetchone()
    return None if row[0] is None else max(0.0, float(row[0]))


def as_json(check: Check) -> dict[str, Json]:
    built: dict[str, Json] = msgspec.json.decode(msgspec.json.encode(check))
    return built


def check_from_json(data: dict[str, object]) -> Check:
    return msgspec.convert(data, type=Check)
