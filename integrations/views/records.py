"""What a record's page shows of its way to the system that keeps it as well; its buttons, and those that fetch."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh, HttpResponseStopPolling

from busy.workspaces.doors import MemberRequest, admin_view, manager_view
from integrations import selectors, shared, shared_pages, shared_services
from integrations.conversations import connector_of
from integrations.kernel.records import Kind
from integrations.kinds import pulled_kinds
from integrations.models import Connection, ConnectionState, PullState
from integrations.shared_pages import Travel

FETCHED = {Kind.CUSTOMERS: "customers", Kind.PROJECTS: "projects", Kind.WORK_TYPES: "work-types"}


def panel(request: HttpRequest, kind: str, record_id: int) -> str:
    """Registered with the catalogue: how far the record has come; "" where the kind does not travel."""
    context = _panel(request, Kind(kind), record_id)
    return render_to_string("integrations/_record_panel.html", context, request=request) if context else ""


def _panel(request: HttpRequest, kind: Kind, record_id: int) -> dict[str, Any] | None:
    travel = shared_pages.travel_of(kind, record_id)
    if travel is None:
        return None
    return {
        "travel": travel,
        "slug": str(kind).replace("_", "-"),
        "record_id": record_id,
        "look": _look(travel),
        "workspace": request.workspace,  # type: ignore[attr-defined]
    }


def _look(travel: Travel) -> str:
    """What the page shows of it beyond the panel: when that changed, the whole page is shown anew."""
    told = (travel.number, travel.is_linked, travel.conflict)
    return hashlib.blake2s(repr(told).encode(), digest_size=8).hexdigest()


@manager_view
@require_GET
def part(request: MemberRequest, kind: str, local_id: int) -> HttpResponse:
    """The panel, as it asks for itself while something is on its way."""
    found = _kind(kind)
    get_object_or_404(shared.model_of(found), pk=local_id)
    context = _panel(request, found, local_id)
    if context is None:
        return HttpResponseStopPolling()
    if request.GET.get("look") not in (None, context["look"]):
        return HttpResponseClientRefresh()
    return render(request, "integrations/_record_panel.html", context)


@manager_view
@require_POST
def act(request: MemberRequest, kind: str, local_id: int, do: str) -> HttpResponse:
    """Retry, take what stands there, use the other value, let it be, make it there, or do not."""
    found = _kind(kind)
    record = get_object_or_404(shared.model_of(found), pk=local_id)
    connection = shared.connections().get(found)
    if connection is None:
        raise Http404
    system = {"system": connector_of(connection).facts.name}
    if not _done(connection, found, local_id, do, request):
        messages.info(request, _("That is not possible just now. Look at how far it has come."))
    elif do == "take":
        messages.success(request, _("What stands in %(system)s is taken over.") % system)
    elif do == "keep-here":
        messages.success(request, _("It stays in Busy alone."))
    to = shared_pages.page_of(request.workspace.slug, found, record)
    return HttpResponseClientRefresh() if request.htmx else redirect(to)


def _done(connection: Connection, kind: Kind, local_id: int, do: str, request: MemberRequest) -> bool:
    by = request.membership
    match do:
        case "retry":
            return shared_services.retry(connection, kind, local_id, by=by)
        case "take":
            return shared_services.take_theirs(connection, kind, local_id, by=by)
        case "other":
            return shared_services.insist(connection, kind, local_id, by=by)
        case "make":
            return shared_services.make(connection, kind, local_id)
        case "keep-here":
            return shared_services.keep_here(connection, kind, local_id)
        case "seen":
            shared_services.seen(connection, kind, local_id)
            return True
    raise Http404


def _kind(slug: str) -> Kind:
    found = next((kind for kind in shared.KINDS if str(kind).replace("_", "-") == slug), None)
    if found is None:
        raise Http404
    return found


# --- Fetching ---------------------------------------------------------------------------------------------------------


def tools(request: HttpRequest, kind: str) -> str:
    """Registered with the catalogue: the button that fetches, and when that was last done (R61)."""
    context = _fetching(request, Kind(kind))
    return render_to_string("integrations/_fetch.html", context, request=request) if context else ""


def _fetching(request: HttpRequest, kind: Kind) -> dict[str, Any] | None:
    connection = _source_of(kind) if kind in FETCHED else None
    if connection is None:
        return None
    state = PullState.objects.filter(connection=connection, kind=kind).first()
    status = next((one for one in selectors.kind_statuses(connection) if one.kind == kind), None)
    membership = request.membership  # type: ignore[attr-defined]
    return {
        "system": connector_of(connection).facts.name,
        "slug": FETCHED[kind],
        "kind": kind,
        "last": state.last_success_at if state else None,
        "is_running": bool(status and status.is_running) and connection.is_running,
        "may_fetch": membership.is_administrator and connection.is_running,
        "is_connected": connection.is_running,
        "workspace": request.workspace,  # type: ignore[attr-defined]
    }


def _source_of(kind: Kind) -> Connection | None:
    """The connection that records of the kind come from, of the workspace in scope: the first that was made."""
    connected = Connection.objects.exclude(state=ConnectionState.DISCONNECTED).order_by("connected_at", "pk")
    for connection in connected:
        if any(facts.kind is kind for facts in pulled_kinds(connection)):
            return connection
    return None


@manager_view
@require_GET
def fetching(request: MemberRequest, kind: str) -> HttpResponse:
    """The button as it asks for itself while it fetches; when that is done, the list is shown anew."""
    context = _fetching(request, _fetched(kind))
    if context is None or not context["is_running"]:
        return HttpResponseClientRefresh()
    return render(request, "integrations/_fetch.html", context)


@admin_view
@require_POST
def fetch(request: MemberRequest, kind: str) -> HttpResponse:
    """Fetch all records of a kind now (R61); projects begin the main synchronisation (R64)."""
    found = _fetched(kind)
    connection = _source_of(found)
    if connection is None:
        raise Http404
    shared_services.fetch(connection, found, by=request.membership)
    if request.htmx:
        return render(request, "integrations/_fetch.html", _fetching(request, found))
    return redirect(f"catalog:{kind}", request.workspace.slug)


def _fetched(slug: str) -> Kind:
    found = next((kind for kind, named in FETCHED.items() if named == slug), None)
    if found is None:
        raise Http404
    return found
