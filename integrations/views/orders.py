"""What the order's page shows about its transfer: what is missing, the provider's words, the retry button."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.workspaces.doors import MemberRequest, manager_view
from integrations import selectors, services
from integrations.events_told import told_attempts
from integrations.policy import State
from orders.models import Order, OrderState


def panel(request: HttpRequest, order_id: int) -> str:
    """Registered with orders.transfer; "" for an order that is on no way out."""
    transfer = selectors.order_transfer(order_id)
    if transfer is None:
        return _unsent(request, order_id)
    attempts = told_attempts(selectors.ledger(transfer.delivery).select_related("delivery__connection__workspace"))
    context = {
        "transfer": transfer,
        "system": transfer.status.system,
        "is_transferred": transfer.delivery.state == State.TRANSFERRED,
        # Passed and failed conditions are a list worth reading only once something is in the way (R32).
        "shows_checks": bool(transfer.problem) and any(check.ok is False for check in transfer.checks),
        "attempts": attempts[::-1],
        "order_id": order_id,
        "workspace": request.workspace,  # type: ignore[attr-defined]
        "membership": request.membership,  # type: ignore[attr-defined]
    }
    return render_to_string("integrations/_order_panel.html", context, request=request)


def _unsent(request: HttpRequest, order_id: int) -> str:
    """Finished while nothing was connected: it stays in Busy until a person says that it shall go out."""
    system = selectors.order_system()
    if not system or not Order.objects.filter(pk=order_id, state=OrderState.FINISHED).exists():
        return ""
    context = {"system": system, "order_id": order_id, "workspace": request.workspace}  # type: ignore[attr-defined]
    return render_to_string("integrations/_order_unsent.html", context, request=request)


@manager_view
@require_POST
def send(request: MemberRequest, order_id: int) -> HttpResponse:
    get_object_or_404(Order, pk=order_id)
    if not services.send_order(order_id, by=request.membership):
        messages.info(request, _("The order is on its way already, or there is nowhere to send it."))
    return redirect("orders:order", request.workspace.slug, order_id)


@manager_view
@require_POST
def retry(request: MemberRequest, order_id: int) -> HttpResponse:
    """Try the order again now (R33). Looking for an earlier attempt comes first, so it never makes a second one."""
    get_object_or_404(Order, pk=order_id)
    if not services.retry_order(order_id, by=request.membership):
        messages.info(request, _("The order is on its way already, or nothing can be tried just now."))
    return redirect("orders:order", request.workspace.slug, order_id)
