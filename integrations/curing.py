"""What administrators do about differences: send again what is gone, or leave it as it is."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from busy.workspaces.models import Membership
from integrations import database_clock, deliveries, health, hour_comparison, wakeups
from integrations.comparing_models import Difference, What
from integrations.conversations import connector_of
from integrations.kernel.payloads import OrderPayload
from integrations.models import Connection, Delivery
from integrations.policy import Event, State


@transaction.atomic
def send_order_again(connection: Connection, difference_id: int, *, by: Membership) -> bool:
    """Make an order that was deleted there once more, after a look whether it really is gone. False when it is under
    way already, or nothing can be sent just now."""
    connection = health.lock(connection.pk)
    gone = Difference.objects.filter(pk=difference_id, compared__connection=connection, what=What.MISSING)
    row = gone.filter(delivery__kind=deliveries.ORDER).first()
    if row is None or not connection.is_running:
        return False
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=row.delivery_id or 0)
    push = connector_of(connection).push(OrderPayload)
    if push is None or delivery.state != State.TRANSFERRED or delivery.external_id != row.external_id:
        return False
    delivery.state, delivery.problem, delivery.checks = State.WAITING, None, None
    delivery.is_unclear = push.find is not None  # somebody may have restored it: the next step is to look
    delivery.unclear_since = database_clock.now() if delivery.is_unclear else None
    delivery.save(update_fields=["state", "problem", "checks", "is_unclear", "unclear_since"])
    deliveries.revive(delivery, Event.PRESSED, by=by.pk)
    row.delete()
    wakeups.nudge(connection, wakeups.PUSH, by=by.pk)
    return True


@transaction.atomic
def send_hours_again(connection: Connection, difference_ids: Collection[int], *, by: Membership) -> int:
    """Put these cells as Busy has them; how many."""
    rows = Difference.objects.filter(
        compared__connection=connection, pk__in=list(difference_ids)[: hour_comparison.AT_MOST]
    )
    cells = {row.pk: row.cell_id for row in rows if row.cell_id is not None}
    count = hour_comparison.make_equal(connection, cells.values(), by=by)
    if count:
        Difference.objects.filter(pk__in=list(cells)).delete()
    return count


@transaction.atomic
def accept(connection: Connection, difference_id: int, *, by: Membership) -> bool:
    """Leave it as it is: it is no longer counted, until it becomes another difference. False when it is gone."""
    rows = Difference.objects.filter(compared__connection=connection, pk=difference_id)
    return bool(rows.update(accepted_at=timezone.now(), accepted_by=by))


@transaction.atomic
def reopen(connection: Connection, difference_id: int) -> bool:
    """Count it again. False when it is gone."""
    rows = Difference.objects.filter(compared__connection=connection, pk=difference_id)
    return bool(rows.update(accepted_at=None, accepted_by=None))
