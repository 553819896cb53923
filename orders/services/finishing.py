"""Finishing an order, which freezes it and sends it on its way, and taking that back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from busy.catalog.models import WorkType
from busy.lib.events import publish
from busy.workspaces.models import Membership
from orders import rules, transfer
from orders.events import OrderFinished, OrderReopened
from orders.models import Order, OrderEntry, OrderLine, OrderState
from orders.selectors import checks
from orders.services.drafts import lock_order
from timesheets.order_locks import lock_for_order, unlock_from_order


@transaction.atomic
def finish(order_id: int, *, by: Membership) -> bool:
    """Freeze the order, lock its hours (R112), and tell whoever carries it (R27). False when it was finished already.

    Raises Order.DoesNotExist, and NotReadyToFinish with what is missing.
    """
    order = lock_order(order_id)
    if order.state == OrderState.FINISHED:
        return False
    blocking = [check for check in checks(order) if check.is_blocking]
    if blocking:
        raise rules.NotReadyToFinish(blocking)
    # Lines that wait with own words for entries to come back.
    OrderLine.objects.filter(order=order, entries=None).delete()
    lock_for_order(_entry_ids(order), str(order.number))
    order.state = OrderState.FINISHED
    order.customer_id = order.project.customer_id
    order.finished_by = by
    order.finished_at = timezone.now()
    order.save(update_fields=["state", "customer", "finished_by", "finished_at"])
    publish(OrderFinished(order.workspace_id, order.pk, order.revision))
    return True


@transaction.atomic
def reopen(order_id: int, *, by: Membership) -> bool:
    """Make a finished order a draft again; its hours stay on it. False when it was a draft already.

    Raises Order.DoesNotExist, and CannotReopen when the order has gone too far (P31).
    """
    order = lock_order(order_id)
    if order.state == OrderState.DRAFT:
        return False
    finished = order.revision
    order.state = OrderState.DRAFT
    order.revision = finished + 1
    order.finished_by = order.finished_at = None
    order.save(update_fields=["state", "revision", "finished_by", "finished_at"])
    unlock_from_order(_entry_ids(order))
    publish(OrderReopened(order.workspace_id, order.pk, finished))
    return True


@transaction.atomic
def take_products_anew(work_type_id: int) -> None:
    """Let the lines made of the work type's hours follow its product (R23): a cure reaches the orders that wait (R25).

    Drafts always follow. On a finished order only a line that has no active product does, and only while the order is
    not transferred: what has been sent is history.
    """
    product_id = WorkType.objects.values_list("product_id", flat=True).get(pk=work_type_id)
    lines = OrderLine.objects.filter(work_type=work_type_id)
    lines.filter(order__state=OrderState.DRAFT).update(product_id=product_id)
    stuck = lines.filter(
        Q(product=None) | Q(product__archived_at__isnull=False), order__state=OrderState.FINISHED
    ).values_list("pk", "order_id")
    of_line = dict(stuck)
    sent = {pk for pk, status in transfer.statuses(set(of_line.values())).items() if status.state == "transferred"}
    waiting = [line_id for line_id, order_id in of_line.items() if order_id not in sent]
    OrderLine.objects.filter(pk__in=waiting).update(product_id=product_id)


def _entry_ids(order: Order) -> list[int]:
    return list(OrderEntry.objects.filter(order=order).order_by("entry").values_list("entry_id", flat=True))
