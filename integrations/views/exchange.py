"""What a connection exchanges customers by, and how one customer's exchange stands (R95-R97, R101-R107)."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh, HttpResponseStopPolling

from busy.catalog.models import Customer
from busy.workspaces.doors import MemberRequest, admin_view, entered, manager_view, waiting_admin_view
from integrations import change_urls, customer_exchange, customer_links, customers_out, pages, set_up, shared_services
from integrations.conversations import connector_of
from integrations.customer_links import Line
from integrations.exchange_forms import ExchangeForm
from integrations.extensions import ExtensionInUse
from integrations.kernel.records import Kind
from integrations.views.connection import settings_page


@admin_view
@require_POST
def choose(request: MemberRequest, provider: str) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    form = ExchangeForm(connector_of(connection).facts, request.POST)
    if form.is_valid():
        try:
            connection = customer_exchange.choose(connection, form.wanted)
        except ExtensionInUse as refusal:
            form.add_error(None, refusal.message)
            return settings_page(request, connection, exchange_form=form, status=422)
        customers_out.exchange_all(connection)
        messages.success(request, _("Saved."))
        if connection.is_running and set_up.is_waited_for(connection):
            return redirect("integrations:set-up", request.workspace.slug, provider)
    elif "customer_tag" not in form.errors:
        return settings_page(request, connection, exchange_form=form, status=422)
    else:
        messages.error(request, _("That tag is not there any more. Choose another."))
    return redirect("integrations:connection-settings", request.workspace.slug, provider)


@admin_view
@require_POST
def change_url(request: MemberRequest, provider: str) -> HttpResponse:
    """Another change URL, or the old one shut (R101)."""
    connection = pages.connection_or_404(provider)
    if not change_urls.has_one(connection) or not connection.is_connected:
        raise Http404
    system = {"system": connector_of(connection).facts.name}
    if request.POST.get("do") == "shut-old":
        change_urls.shut_old(connection, by=request.membership)
        messages.success(request, _("The old change URL is shut."))
    else:
        change_urls.renew(connection, keeps_old=request.POST.get("old") == "keep", by=request.membership)
        messages.success(request, _("The change URL is new. Copy it, and paste it in %(system)s.") % system)
    url = reverse("integrations:connection-settings", args=[request.workspace.slug, provider])
    return redirect(f"{url}#change-url")


@waiting_admin_view
@require_POST
def link(request: MemberRequest, provider: str, customer_id: int) -> HttpResponse:
    """Link a customer with the one of a number there, which is asked for with no transaction open."""
    with entered(request):
        connection = pages.connection_or_404(provider)
        customer = get_object_or_404(Customer.objects, pk=customer_id)
    told = customer_links.link_by_number(connection, customer, request.POST.get("number", "").strip())
    (messages.success if told.is_linked else messages.error)(request, told.sentence)
    return redirect("catalog:customer", request.workspace.slug, customer_id)


@admin_view
@require_POST
def again(request: MemberRequest, provider: str, customer_id: int) -> HttpResponse:
    """Exchange the customer whole once more, as removing and setting the tag would (R97)."""
    connection = pages.connection_or_404(provider)
    customer = get_object_or_404(Customer.objects, pk=customer_id)
    system = {"system": connector_of(connection).facts.name, "name": customer.name}
    if customers_out.exchange_whole(connection, customer.pk):
        messages.success(request, _("%(name)s is sent to %(system)s once more.") % system)
    else:
        messages.info(request, _("%(name)s does not travel to %(system)s: it lacks the tag.") % system)
    return redirect("catalog:customer", request.workspace.slug, customer_id)


@manager_view
@require_POST
def settle(request: MemberRequest, provider: str, customer_id: int) -> HttpResponse:
    """Try again what waits, or take what stands there instead; of what both sides changed take the other value, or
    leave it as it is."""
    connection = pages.connection_or_404(provider)
    customer = get_object_or_404(Customer.objects, pk=customer_id)
    system = {"system": connector_of(connection).facts.name}
    asked, by = (connection, Kind.CUSTOMERS, customer.pk), request.membership
    match request.POST.get("do"):
        case "other":
            done = shared_services.insist(*asked, by=by)
            told = _("The other value is taken here, and goes to %(system)s.") % system
        case "retry":
            done, told = shared_services.retry(*asked, by=by), ""
        case "take":
            done = shared_services.take_theirs(*asked, by=by)
            told = _("What stands in %(system)s is taken over.") % system
        case _:
            shared_services.seen(*asked)
            done, told = True, ""
    if not done:
        messages.info(request, _("That is not possible just now. Look at how far it has come."))
    elif told:
        messages.success(request, told)
    return redirect("catalog:customer", request.workspace.slug, customer_id)


@manager_view
@require_GET
def part(request: MemberRequest, customer_id: int) -> HttpResponse:
    """How the customer's exchange stands, as its page asks while something is on its way."""
    customer = get_object_or_404(Customer.objects, pk=customer_id)
    lines = customer_links.lines(customer)
    if not lines:
        return HttpResponseStopPolling()
    if request.GET.get("look") not in (None, _look(lines)):
        return HttpResponseClientRefresh()
    return HttpResponse(_rendered(request, customer, lines))


def panel(request: Any, customer: Customer) -> SafeString:
    """For the customer's page: where it stands in each system that exchanges customers."""
    lines = customer_links.lines(customer)
    return _rendered(request, customer, lines) if lines else SafeString("")


def _look(lines: list[Line]) -> str:
    """What the page shows of it beyond the panel: when that changed, the whole page is shown anew."""
    told = [(line.number, line.conflict) for line in lines]
    return hashlib.blake2s(repr(told).encode(), digest_size=8).hexdigest()


def _rendered(request: Any, customer: Customer, lines: list[Line]) -> SafeString:
    workspace = request.workspace
    context = {
        "lines": lines,
        "is_moving": any(line.is_moving for line in lines),
        "look": _look(lines),
        "record": customer,
        "here": reverse("catalog:customer", args=[workspace.slug, customer.pk]),
        "workspace": workspace,
        "membership": request.membership,
    }
    return mark_safe(render_to_string("integrations/_customer_exchange.html", context, request=request))  # noqa: S308
