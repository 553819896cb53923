"""Tags on a customer's page: make one, tick it, take it off (R96, R97)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.catalog import exchange, services
from busy.catalog.customer_models import CustomerTag
from busy.catalog.errors import CatalogRefusal
from busy.catalog.models import Customer
from busy.catalog.selectors.customer_pages import tag_lines
from busy.catalog.views.answers import done, refused
from busy.workspaces.doors import MemberRequest, manager_view


@manager_view
@require_POST
def add(request: MemberRequest, customer_id: int) -> HttpResponse:
    """A new tag, or the one of that name, ticked on the customer."""
    customer = get_object_or_404(Customer.objects, pk=customer_id)
    try:
        services.set_tag(customer, services.tag_called(request.POST.get("name", "").replace("\x00", "")))
    except CatalogRefusal as refusal:
        return refused(request, refusal, to=_page(request, customer))
    return done(request, lambda: _part(request, customer), to=_page(request, customer))


@manager_view
@require_POST
def put(request: MemberRequest, customer_id: int, tag_id: int, do: str) -> HttpResponse:
    """``do`` is set or remove; the other way round is offered as undo."""
    customer = get_object_or_404(Customer.objects, pk=customer_id)
    tag = get_object_or_404(CustomerTag.objects, pk=tag_id)
    if do not in ("set", "remove"):
        raise Http404
    sentence = _("The tag %(tag)s is set.") if do == "set" else _("The tag %(tag)s is removed.")
    services.set_tag(customer, tag) if do == "set" else services.remove_tag(customer, tag)
    back = "remove" if do == "set" else "set"
    undo_url = reverse("catalog:customer-tag", args=[request.workspace.slug, customer.pk, tag.pk, back]) + "?undo"
    to = _page(request, customer)
    return done(request, lambda: _part(request, customer), to=to, text=sentence % {"tag": tag.name}, undo_url=undo_url)


def _page(request: MemberRequest, customer: Customer) -> str:
    return reverse("catalog:customer", args=[request.workspace.slug, customer.pk])


def _part(request: MemberRequest, customer: Customer) -> HttpResponse:
    context = {
        "record": customer,
        "tag_lines": tag_lines(customer),
        "exchange_panel": exchange.panel(request, customer),
    }
    return render(request, "catalog/_customer_tags.html", context)
