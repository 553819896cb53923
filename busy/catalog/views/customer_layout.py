"""The editor of the customer page: which fields it shows, in which order, to everybody or to oneself (R100)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from busy.catalog import services
from busy.catalog.forms import CustomerFields
from busy.catalog.layouts import NAME, moved, places_in
from busy.catalog.models import Customer
from busy.catalog.selectors.customer_pages import CustomerPage, customer_page, names_of_places
from busy.workspaces.doors import MemberRequest, manager_view
from busy.workspaces.models import Role


@manager_view
def layout(request: MemberRequest) -> HttpResponse:
    """A press that moves shows the editor anew with nothing saved; the buttons below it save.

    The layout for everybody is an administrator's to save.
    """
    page = customer_page(request.membership)
    places, spare = list(page.places), page.spare
    if request.method != "POST":
        return _editor(request, page, places, spare)
    known = {*places, *spare}
    places = places_in(request.POST.getlist("place"), known)
    if move := request.POST.get("move"):
        places, spare = moved(places, [key for key in _known(page) if key not in places], move)
        return _editor(request, page, places, spare)
    act = request.POST.get("save", "")
    if act == "everybody" and _may_for_everybody(request):
        services.save_layout(places, member=None)
        services.forget_layout(request.membership)
        messages.success(request, _("The customer page is saved for everybody."))
    elif act == "reset":
        services.forget_layout(request.membership)
        messages.success(request, _("You see the customer page as everybody does."))
    elif act == "own":
        services.save_layout(places, member=request.membership)
        messages.success(request, _("The customer page is saved for you."))
    else:
        return HttpResponse(status=422)
    return redirect(_back(request))


def _known(page: CustomerPage) -> list[str]:
    return [*page.places, *page.spare]


def _may_for_everybody(request: MemberRequest) -> bool:
    return request.membership.may(Role.ADMINISTRATOR)


def _editor(request: MemberRequest, page: CustomerPage, places: list[str], spare: list[str]) -> HttpResponse:
    labels = {name: str(field.label) for name, field in CustomerFields.base_fields.items()}
    context = {
        "placed": names_of_places(page, places, labels),
        "spare": names_of_places(page, spare, labels),
        "fixed": NAME,
        "is_own": page.is_own,
        "may_for_everybody": _may_for_everybody(request),
        "back": _back(request),
        "customer": request.GET.get("customer", ""),
    }
    return render(request, "catalog/customer_layout.html", context)


def _back(request: MemberRequest) -> str:
    """To the customer one came from, else to the list."""
    came_from = request.GET.get("customer", "")
    slug = request.workspace.slug
    if came_from.isascii() and came_from.isdigit() and Customer.objects.filter(pk=int(came_from[:18])).exists():
        return reverse("catalog:customer", args=[slug, int(came_from[:18])])
    return reverse("catalog:customers", args=[slug])
