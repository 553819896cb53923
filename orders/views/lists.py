"""The lists of orders: what can be invoiced, drafts, finished ones with how far they are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from busy.workspaces.doors import MemberRequest, manager_view
from orders import selectors, transfer
from orders.models import Order, OrderState

TO_INVOICE, DRAFTS, FINISHED = "to-invoice", "drafts", "finished"
_STATES = {DRAFTS: OrderState.DRAFT, FINISHED: OrderState.FINISHED}


def drafts_waiting(request: HttpRequest) -> int:
    """For the rail: drafts that somebody began and did not finish."""
    if (known := getattr(request, "drafts", None)) is not None:  # the list of orders has counted
        return int(known)
    return Order.objects.filter(state=OrderState.DRAFT).count()


@manager_view
@require_GET
def orders(request: MemberRequest) -> HttpResponse:
    shown = request.GET.get("show", TO_INVOICE)
    search = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    page = request.GET.get("page", 1)
    counts = selectors.count_by_state()
    request.drafts = counts.get(OrderState.DRAFT, 0)  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "search": search,
        "system": transfer.system_name(),
        "currency": request.workspace.currency,
    }
    if shown in _STATES:
        context |= {"shown": shown, "page_obj": selectors.orders_in(_STATES[shown], search=search, page=page)}
    else:
        context |= {"shown": TO_INVOICE, "page_obj": selectors.overview(search=search, page=page)}
    # Counting what can be invoiced is the dearest part of the page; a list of all of it has counted.
    all_listed = context["shown"] == TO_INVOICE and not search
    counted = context["page_obj"].paginator.count if all_listed else selectors.count_to_invoice()
    context["tabs"] = _tabs(request, context["shown"], counts, counted)
    return render(request, "orders/list.html", context)


def _tabs(request: MemberRequest, shown: str, counts: dict[str, int], to_invoice: int) -> list[dict[str, object]]:
    url = reverse("orders:list", args=[request.workspace.slug])
    return [
        {
            "label": label,
            "url": url if key == TO_INVOICE else f"{url}?{urlencode({'show': key})}",
            "current": key == shown,
            "count": count,
        }
        for key, label, count in (
            (TO_INVOICE, _("To invoice"), to_invoice),
            (DRAFTS, _("Drafts"), counts.get(OrderState.DRAFT, 0)),
            (FINISHED, _("Finished"), counts.get(OrderState.FINISHED, 0)),
        )
    ]
