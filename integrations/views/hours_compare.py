"""Comparing the hours of a month with what stands at the provider, and putting right what differs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from busy.lib.periods import local_today
from busy.workspaces.doors import MemberRequest, admin_view, entered, waiting_admin_view
from integrations import hour_comparison, hours, pages
from integrations.hour_comparison import Month
from integrations.kernel.errors import ProviderError
from integrations.models import Connection
from integrations.problems import explain


def _connection(provider: str) -> Connection:
    connection = pages.connection_or_404(provider)
    if not hours.is_offered(connection):
        raise Http404
    return connection


@waiting_admin_view
@require_GET
def compare(request: MemberRequest, provider: str) -> HttpResponse:
    """The provider is asked with no transaction open."""
    with entered(request):
        connection = _connection(provider)
        month = _month(request)
        if not connection.is_running:
            messages.info(request, _("Nothing can be compared while the connection rests."))
            return redirect("integrations:hours", request.workspace.slug, provider)
    context: dict[str, Any] = {"month": month}
    try:
        found = hour_comparison.standing(connection, month)
    except ProviderError as error:
        with entered(request):
            context["problem"] = explain(error.problem, connection=connection, is_hours=True)
            return _rendered(request, connection, context)
    with entered(request):
        context["comparison"] = hour_comparison.compare(connection, month, found)
        return _rendered(request, connection, context)


@admin_view
@require_POST
def make_equal(request: MemberRequest, provider: str) -> HttpResponse:
    connection = _connection(provider)
    ids = [int(value) for value in request.POST.getlist("cell") if value.isascii() and value.isdigit()]
    count = hour_comparison.make_equal(connection, ids, by=request.membership)
    if count:
        told = ngettext("%(count)s total is sent again.", "%(count)s totals are sent again.", count)
        messages.success(request, told % {"count": count})
    else:
        messages.info(request, _("There is nothing to send again, or nothing can be sent just now."))
    return redirect("integrations:hours", request.workspace.slug, provider)


def _month(request: MemberRequest) -> Month:
    try:
        return Month.parse(request.GET["month"])
    except KeyError:
        return Month.of(local_today(request.workspace.zone))
    except ValueError as error:
        raise Http404 from error


def _rendered(request: MemberRequest, connection: Connection, context: dict[str, Any]) -> HttpResponse:
    month: Month = context["month"]
    here = reverse("integrations:hours-compare", args=[request.workspace.slug, connection.provider])
    context |= pages.frame(request, connection, "hours")
    context |= {"previous": f"{here}?month={month.plus(-1)}", "next": f"{here}?month={month.plus(1)}"}
    return render(request, "integrations/hours_compare.html", context)
