"""Pushing orders: how many a second one worker carries for one connection, and how soon the first request leaves."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from benchmarks.stage import admin, connected_workspace, measured, sandbox

ORDERS = 200


def main() -> None:
    from busy.workspaces.scope import scope
    from integrations import inbound, outbound
    from integrations.models import Delivery

    with sandbox() as address:
        connection = connected_workspace()
        inbound.run_pulls(connection.workspace_id, connection.pk)
        finish_orders(connection.workspace_id, ORDERS)
        with measured() as measure:
            outbound.run_pushes(connection.workspace_id, connection.pk)
        with scope(connection.workspace_id):
            assert Delivery.objects.filter(state="transferred").count() == ORDERS
        assert len(admin(address, "GET", "orders")) == ORDERS
        waits = [latency(connection.workspace_id) for _ in range(15)]
    print("\n| push | figure |")
    print("|---|---|")
    print(f"| orders a second, one connection, one worker | {ORDERS / measure.seconds:.1f} |")
    print(f"| statements an order | {measure.statements / ORDERS:.0f} |")
    print(f"| CPU an order, ms | {1000 * measure.cpu / ORDERS:.1f} |")
    for name, taken in zip(
        ("request that makes the order", "arrival, read back and recorded"), zip(*waits, strict=True), strict=True
    ):
        print(f"| median from finishing to the {name}, worker at hand, ms | {1000 * statistics.median(taken):.0f} |")


def finish_orders(workspace_id: int, count: int) -> None:
    """Finished orders of one line each, written directly: what is measured begins with their deliveries."""
    from django.utils import timezone

    from busy.catalog.models import Product, Project, WorkType
    from busy.lib.events import publish
    from busy.workspaces.models import Membership
    from busy.workspaces.scope import scope
    from orders.events import OrderFinished
    from orders.models import Order, OrderLine, OrderState

    with scope(workspace_id):
        by = Membership.objects.get()
        project = Project.objects.filter(archived_at=None).exclude(customer=None).order_by("pk")[0]
        product = Product.objects.filter(archived_at=None).order_by("pk")[0]
        work_type, _ = WorkType.objects.get_or_create(name="Design", defaults={"product": product})
        first = 1 + max(Order.objects.values_list("number", flat=True), default=1000)
        for number in range(first, first + count):
            order = Order.objects.create(
                number=number,
                project=project,
                customer=project.customer,
                state=OrderState.FINISHED,
                currency="NOK",
                order_date=timezone.now().date(),
                created_by=by,
                finished_by=by,
                finished_at=timezone.now(),
            )
            OrderLine.objects.create(
                order=order,
                position=1,
                work_type=work_type,
                product=product,
                description="Design",
                quantity=Decimal("1.5"),
                unit_price=Decimal(1000),
                amount=Decimal(1500),
            )
            publish(OrderFinished(workspace_id, order.pk, 1))


def latency(workspace_id: int) -> tuple[float, float]:
    """Seconds from the commit that finishes an order to the request that makes it at the provider, and to the record of
    its arrival; carried by this process."""
    from busy.workspaces.scope import scope
    from integrations import outbound
    from integrations.models import Delivery

    finish_orders(workspace_id, 1)
    committed = time.time()
    with scope(workspace_id):
        delivery = Delivery.objects.latest("pk")
    with writes() as sent:
        outbound.run_pushes(workspace_id, delivery.connection_id)
    with scope(workspace_id):
        arrived: datetime | None = Delivery.objects.get(pk=delivery.pk).transferred_at
    assert arrived
    return sent[0] - committed, arrived.timestamp() - committed


@contextmanager
def writes() -> Iterator[list[float]]:
    """When each request that writes leaves the house, in seconds of the clock."""
    from integrations.kernel.http import Transport

    found: list[float] = []
    received = Transport._received

    def noted(self: Transport, request: Any, *rest: Any) -> Any:
        if request.is_write:
            found.append(time.time())
        return received(self, request, *rest)

    Transport._received = noted  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Transport._received = received  # type: ignore[method-assign]


if __name__ == "__main__":
    from benchmarks import stage

    stage.set_up()
    print(stage.machine())
    main()
