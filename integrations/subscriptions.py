"""Which events queue which pushes. This is the only place that says so.

OrderFinished    a delivery of that revision, in the same transaction (R27)
OrderReopened    the delivery is cancelled, or the order may not be reopened (P31)
WorkTypeChanged, ProductChanged, ProjectChanged, CustomerChanged, EmployeeNumberChanged
                 orders that wait for it go on by themselves (R116)
"""

from __future__ import annotations

import base64
import uuid

from django.utils.translation import gettext as _

from busy.catalog.events import CustomerChanged, ProductChanged, ProjectChanged, WorkTypeChanged
from busy.lib.events import listen
from busy.workspaces.events import EmployeeNumberChanged
from integrations import afterwards, customer_exchange, deliveries, reviving, wakeups
from integrations.conversations import connector_of
from integrations.kernel.facts import ProviderFacts
from integrations.kernel.payloads import OrderPayload
from integrations.models import Connection, ConnectionState, Delivery
from integrations.policy import Event, State
from orders.events import OrderFinished, OrderReopened
from orders.models import Order
from orders.rules import CannotReopen

ORDER = "order"


@listen(OrderFinished)
def order_finished(event: OrderFinished) -> None:
    connection = order_connection()
    if connection is None:
        return
    number = Order.objects.values_list("number", flat=True).get(pk=event.order_id)
    reference_id = uuid.uuid4()
    _delivery, is_new = Delivery.objects.get_or_create(
        connection=connection,
        key=order_key(event.order_id, event.revision),
        defaults={
            "kind": ORDER,
            "order_id": event.order_id,
            "reference_id": reference_id,
            "reference": reference_of(connector_of(connection).facts, number, event.revision, reference_id),
        },
    )
    if is_new:
        wakeups.nudge(connection, wakeups.PUSH)


@listen(OrderReopened)
def order_reopened(event: OrderReopened) -> None:
    """Only what surely never left the house, or was surely refused, may be taken back."""
    key = order_key(event.order_id, event.revision)
    for delivery in Delivery.objects.filter(key=key).select_for_update(no_key=True).select_related("connection"):
        system = connector_of(delivery.connection).facts.name
        if delivery.state == State.TRANSFERRED:
            raise CannotReopen(
                _("The order stands in %(system)s as %(number)s. Delete it there, and make a new one here.")
                % {"system": system, "number": delivery.external_number or delivery.external_id}
            )
        if delivery.state == State.TRANSFERRING or delivery.is_unclear:
            raise CannotReopen(
                _("The order is on its way to %(system)s. Wait until it has arrived or was refused.")
                % {"system": system}
            )
        if delivery.state != State.CANCELLED:
            delivery.state = State.CANCELLED
            delivery.save(update_fields=["state"])
            deliveries.note(delivery, Event.CANCELLED)


def catalogue_changed(_: object) -> None:
    """One query when nothing waits, which is nearly always."""
    # Records that travel both ways are asked for anew by their own change.
    stuck = Delivery.objects.filter(state=State.ATTENTION).exclude(kind=deliveries.RECORD)
    waiting = stuck.values("connection")
    for connection in Connection.objects.filter(pk__in=waiting).exclude(state=ConnectionState.DISCONNECTED):
        # Not here: who has changed a record holds it, and a pull that holds the connection may want it.
        afterwards.once(connection.workspace_id, _look_again, connection.pk)


def _look_again(connection_id: int) -> None:
    reviving.look_again(Connection(pk=connection_id))


for _event_type in (WorkTypeChanged, ProductChanged, ProjectChanged, CustomerChanged, EmployeeNumberChanged):
    listen(_event_type)(catalogue_changed)


def order_connection() -> Connection | None:
    """The connection that finished orders of the workspace in scope go to: the first that was made of those that take
    orders."""
    connected = Connection.objects.exclude(state=ConnectionState.DISCONNECTED).order_by("connected_at", "pk")
    return next((one for one in connected if takes_orders(one)), None)


def takes_orders(connection: Connection) -> bool:
    """A connection for customers alone takes none (R104)."""
    is_for_orders = customer_exchange.choices_of(connection).bookkeeping
    return is_for_orders and connector_of(connection).push(OrderPayload) is not None


def order_key(order_id: int, revision: int) -> str:
    return f"order:{order_id}:{revision}"


def reference_of(facts: ProviderFacts, number: int, revision: int, reference_id: uuid.UUID) -> str:
    """What the provider stores of ours: "Busy 1001 K7Q2M9XA", shortened to what its field takes.

    The letters make it unique in the provider's company, which several workspaces may be connected to or were before.
    """
    letters = base64.b32encode(reference_id.bytes)[:8].decode()
    limit = facts.order_reference.length if facts.order_reference else 120
    shown = f"{number}/{revision}" if revision > 1 else str(number)
    candidates = (f"Busy {shown} {letters}", f"{shown} {letters}", f"{shown}-{letters}", letters)
    return next((text for text in candidates if len(text) <= min(limit, 120)), letters)
