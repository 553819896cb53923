"""Records that wait for a person go on when the cause has changed (R116), or when one says so."""

from __future__ import annotations

from integrations import deliveries, health, wakeups
from integrations.changes import Changes
from integrations.kernel.errors import Code, Problem
from integrations.models import Connection, Delivery
from integrations.policy import Event, State

_MISSING_HERE = frozenset({Code.NOT_LINKED, Code.EMPLOYEE_NUMBER_MISSING, Code.EMPLOYEE_NOT_FOUND})
_AT_MOST = 200


def go_on(connection: Connection, changed: Changes) -> int:
    """After a pull or a link: what waits for something that may be known by now, or for a record that was changed
    there; how many. The connection is locked."""
    revived = 0
    rows = Delivery.objects.filter(connection=connection, kind=deliveries.RECORD, state=State.ATTENTION)
    for delivery in rows.select_for_update(no_key=True, skip_locked=True).order_by("pk")[:_AT_MOST]:
        problem = Problem.from_json(delivery.problem) if delivery.problem else None
        if problem is None:
            continue
        is_about = problem.record is not None and problem.record.external_id in changed
        if problem.code in _MISSING_HERE or (is_about and not delivery.is_unclear):
            deliveries.revive(delivery, Event.CAUSE_CHANGED)
            revived += 1
    return revived


def press(connection: Connection, by: int | None, delivery_id: int | None = None) -> int:
    """Somebody pressed a button: all of them, or one; how many. Locks the connection."""
    connection = health.lock(connection.pk)
    rows = Delivery.objects.filter(
        connection=connection, kind=deliveries.RECORD, state__in=[State.WAITING, State.ATTENTION]
    )
    rows = rows.filter(pk=delivery_id) if delivery_id is not None else rows
    found = list(rows.select_for_update(no_key=True).order_by("pk"))
    for delivery in found:
        deliveries.revive(delivery, Event.PRESSED, by=by)
    if found:
        wakeups.nudge(connection, wakeups.PUSH, by=by)
    return len(found)
