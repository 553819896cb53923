"""Turning work-type sync on, after seeing what it will do, and off (R81)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from busy.workspaces.doors import MemberRequest, entered, waiting_admin_view
from integrations import pages
from integrations import work_type_sync as sync
from integrations.conversations import connector_of
from integrations.hours import NeededForHours
from integrations.kernel.errors import ProviderError
from integrations.models import Connection
from integrations.problems import explain


@waiting_admin_view
def work_type_sync(request: MemberRequest, provider: str) -> HttpResponse:
    """The preview asks the provider with no transaction open; a POST says ``on`` or ``off``."""
    with entered(request):
        connection = pages.connection_or_404(provider)
        if not sync.is_offered(connection):
            raise Http404
        if request.method == "POST":
            return _turn(request, connection)
        if sync.is_on(connection) or not connection.is_running:
            return _back(request, connection)
    match = request.GET.get("match", "on") == "on"
    context: dict[str, Any] = {"connection": connection, "facts": connector_of(connection).facts, "match": match}
    try:
        there = sync.activities(connection)
    except ProviderError as error:
        with entered(request):
            context["problem"] = explain(error.problem, connection=connection)
    else:
        with entered(request):
            context["preview"] = sync.preview(connection, there, match=match)
    with entered(request):
        context["crumbs"] = pages.crumbs(request, connection)
        return render(request, "integrations/work_types.html", context)


def _turn(request: MemberRequest, connection: Connection) -> HttpResponse:
    if request.POST.get("turn") == "on":
        sync.turn_on(connection, match=bool(request.POST.get("match")), by=request.membership)
        messages.success(request, _("Work-type sync is on. The activities are being fetched."))
    elif request.POST.get("turn") == "off":
        try:
            sync.turn_off(connection)
            messages.success(request, _("Work-type sync is off. The work types can be edited in Busy."))
        except NeededForHours as refusal:
            messages.error(request, refusal.message)
    return _back(request, connection)


def _back(request: MemberRequest, connection: Connection) -> HttpResponse:
    return redirect("integrations:connection-settings", request.workspace.slug, connection.provider)
