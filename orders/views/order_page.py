"""What the templates of one order need, put together."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from busy.workspaces.doors import MemberRequest
from busy.workspaces.models import Membership
from orders import selectors, transfer
from orders.models import Order, OrderLine, OrderState
from orders.rules import order_title
from orders.views.steps import poll_every, state_of, steps_of


class LineRow:
    """A line with the names of its fields. Attributes not written here are the line's own."""

    def __init__(self, line: OrderLine) -> None:
        self.line = line
        self.description_field = f"line-{line.pk}-description"
        self.price_field = f"line-{line.pk}-price"
        self.amount_id = f"line-{line.pk}-amount"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.line, name)


def find_order(order_id: int) -> Order | None:
    wanted = Order.objects.select_related(
        "project__customer", "customer", "our_reference__user", "created_by__user", "finished_by__user"
    )
    return wanted.filter(pk=order_id).first()


def page_of(request: MemberRequest, order: Order) -> dict[str, Any]:
    """The whole page, in a constant number of queries whatever the number of entries."""
    groups, found = selectors.choices(order, page=request.GET.get("page", 1))
    members: list[Membership] = []
    if order.state == OrderState.DRAFT:
        active = Membership.objects.filter(is_active=True).select_related("user").order_by("user__name", "pk")
        members = list(active)
    return document_of(order) | {
        "groups": groups,
        "page_obj": found,
        "chosen": sum(group.on for group in groups),
        "offered": sum(group.count for group in groups),
        "members": members,
        "shown_ids": ",".join(str(entry.pk) for entry in found.object_list),
    }


def document_of(order: Order) -> dict[str, Any]:
    """The order as the customer's document, with what is missing to finish it."""
    lines = selectors.shown_lines(order)
    is_draft = order.state == OrderState.DRAFT
    return {
        "order": order,
        "title": order_title(order.number),
        "is_draft": is_draft,
        # A draft follows its project; see Order.
        "customer": order.project.customer if is_draft else order.customer,
        "lines": [LineRow(line) for line in lines],
        "total": selectors.total_of(lines),
        "checks": selectors.checks(order, lines) if is_draft else [],
        "system": transfer.system_name(),
    }


def status_of(request: MemberRequest, order: Order) -> dict[str, Any]:
    """How far the order is on its way, with what the layer that carries it has to say (R30, R33)."""
    status = transfer.statuses([order.pk]).get(order.pk) if order.state == OrderState.FINISHED else None
    return {
        "order": order,
        "title": order_title(order.number),
        "is_draft": order.state == OrderState.DRAFT,
        "status": status,
        "state": state_of(order, status),
        "steps": steps_of(order, status, transfer.system_name()),
        "poll_every": poll_every(order, status),
        "panel": transfer.panel(request, order.pk) if order.state == OrderState.FINISHED else "",
        "can_reopen": order.state == OrderState.FINISHED
        and (status is None or status.state not in {"transferring", "transferred"}),
        "reopen_question": _("Reopen order %(number)s?") % {"number": order.number},
    }
