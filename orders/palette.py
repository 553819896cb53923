"""The orders' part of the palette: by number, project or customer."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from busy.lib.palette import MOST, Found
from orders.models import Order


def find_orders(request: HttpRequest, text: str) -> Iterable[Found]:
    workspace = request.workspace  # type: ignore[attr-defined]
    about = Q(project__name__icontains=text) | Q(customer__name__icontains=text)
    if text.isascii() and text.isdigit() and len(text) < 10:
        about |= Q(number=int(text))
    orders = Order.objects.filter(about).select_related("project", "customer").order_by("-number", "-pk")[:MOST]
    for order in orders:
        url = reverse("orders:order", kwargs={"workspace": workspace.slug, "order_id": order.pk})
        detail = " · ".join(filter(None, [order.project.name, order.customer.name if order.customer else ""]))
        yield Found(label=str(order.number), detail=detail, icon="orders", url=url)
