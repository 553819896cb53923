"""One order: choosing its entries, writing its words and prices, following its way out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from busy.catalog.fields import read_amount
from busy.workspaces.doors import MemberRequest, manager_view
from orders import rules, selectors, services
from orders.models import Order, OrderLine, OrderState
from orders.views.order_page import document_of, find_order, page_of, status_of

_LARGEST_ID = 2**63 - 1
_LINE_FIELD = re.compile(r"line-(\d{1,18})-(description|price)", re.ASCII)


@manager_view
@require_GET
def order(request: MemberRequest, order_id: int) -> HttpResponse:
    found = _get(order_id)
    return render(request, "orders/order.html", page_of(request, found) | with_mark(request, status_of(request, found)))


@manager_view
@require_POST
def pick(request: MemberRequest, order_id: int) -> HttpResponse:
    """Take the ticks of one page of entries: ``shown`` names them all, ``entry`` those that are ticked."""
    ticked = set(_ids(request.POST.getlist("entry")))
    shown = set(_ids(request.POST.get("shown", "").split(",")))
    try:
        missed = services.pick_entries(
            _get(order_id).pk, by=request.membership, include=ticked & shown, exclude=shown - ticked
        )
    except rules.NotADraft as refusal:
        return _page_again(request, order_id, refusal.message)
    if missed:
        told = ngettext(
            "%(n)s entry was taken by another order, or is not approved any more.",
            "%(n)s entries were taken by another order, or are not approved any more.",
            len(missed),
        )
        return _page_again(request, order_id, told % {"n": len(missed)})
    if not request.htmx:
        return _to_order(request, order_id)
    found = _get(order_id)
    sums = list(selectors.group_sums(found).values())
    chosen, offered = sum(group.on for group in sums), sum(group.count for group in sums)
    context = document_of(found) | {"groups": sums, "chosen": chosen, "offered": offered}
    return render(request, "orders/_picked.html", context)


@manager_view
@require_POST
def edit(request: MemberRequest, order_id: int) -> HttpResponse:
    """Save the fields that came: those of the order, and descriptions and prices of lines by their names.

    What is refused stays in its field with the sentence under it; the other fields are saved.
    """
    _get(order_id)
    refused: dict[str, str] = {}
    for name in request.POST:
        try:
            _save(request, order_id, name, request.POST)
        except rules.NotADraft as refusal:
            return _page_again(request, order_id, refusal.message)
        except rules.OrderRefusal as refusal:
            refused[name] = refusal.message
        except OrderLine.DoesNotExist:
            return _page_again(request, order_id, _("The line is not on the order any more."))
    if not request.htmx:
        for sentence in refused.values():
            messages.error(request, sentence)
        return _to_order(request, order_id)
    fields = [(name, refused.get(name, "")) for name in request.POST if name != "csrfmiddlewaretoken"]
    context = document_of(_get(order_id)) | {"fields": fields}
    return render(request, "orders/_edited.html", context, status=422 if refused else 200)


@manager_view
@require_GET
def status(request: MemberRequest, order_id: int) -> HttpResponse:
    """How far the order is, for the page that follows it; 204 while it looks as the page has it."""
    found = _get(order_id)
    if found.state == OrderState.DRAFT:
        # Somebody reopened it: the page is another one.
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = with_mark(request, status_of(request, found)) | {"is_poll": True}
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "orders/_status.html", context)


def with_mark(request: MemberRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The status and a mark of what it says, so that the same is not put in again under the reader's eyes and focus."""
    told = render_to_string("orders/_status_body.html", context, request=request)
    # The token in its forms is another one each time.
    steady = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", told)
    return context | {"body": told, "seen": hashlib.blake2s(steady.encode(), digest_size=8).hexdigest()}


def _save(request: MemberRequest, order_id: int, name: str, data: QueryDict) -> None:
    by, value = request.membership, data.get(name, "").replace("\x00", "")
    savers: dict[str, Callable[[], object]] = {
        "text": lambda: services.edit_order(order_id, by=by, text=value),
        "order_date": lambda: _save_day(request, order_id, value),
        "our_reference": lambda: _save_reference(request, order_id, value),
    }
    if name in savers:
        savers[name]()
    elif match := _LINE_FIELD.fullmatch(name):
        line_id = int(match[1])
        if match[2] == "description":
            services.edit_line(order_id, line_id, by=by, description=value)
        else:
            services.edit_line(order_id, line_id, by=by, unit_price=_price(value, request.workspace.currency))


def _save_day(request: MemberRequest, order_id: int, value: str) -> None:
    try:
        day = parse_date(value)
    except ValueError:
        day = None
    if day is None:
        raise rules.OrderRefusal(_("Write a date."))
    services.edit_order(order_id, by=request.membership, order_date=day)


def _save_reference(request: MemberRequest, order_id: int, value: str) -> None:
    if not value:
        services.edit_order(order_id, by=request.membership, clear_reference=True)
        return
    [*ids] = _ids([value])
    services.edit_order(order_id, by=request.membership, our_reference_id=ids[0] if ids else 0)


def _price(text: str, currency: str) -> Decimal:
    try:
        return read_amount(text)
    except ValueError:
        raise rules.NotAPrice(currency) from None


def _ids(texts: Iterable[str]) -> list[int]:
    found = [int(text) for text in texts if text.isascii() and text.isdigit()]
    return [one for one in found if one <= _LARGEST_ID]


def _get(order_id: int) -> Order:
    found = find_order(order_id) if order_id <= _LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def _page_again(request: MemberRequest, order_id: int, told: str) -> HttpResponse:
    """What the page shows is not true any more: load it anew, with the reason."""
    messages.warning(request, told)
    return HttpResponse(headers={"HX-Refresh": "true"}) if request.htmx else _to_order(request, order_id)


def _to_order(request: MemberRequest, order_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("orders:order", args=[request.workspace.slug, order_id]))
