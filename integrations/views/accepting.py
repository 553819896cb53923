"""All suggestions of the mapping page: looked at and linked as they are ticked, or all that are beyond doubt in one go.

The latter may be a hundred thousand: a worker does it, and the page shows how far it is (integrations.link_runs).
"""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from busy.workspaces.doors import MemberRequest, admin_view
from integrations import link_run_pages, link_runs, linking, mapping, pages
from integrations.kernel.records import Kind
from integrations.link_run_pages import Shown
from integrations.linking import LinkRefused
from integrations.linking_models import LinkRun
from integrations.models import Connection, LinkChange
from integrations.views.mapping import base_of, kind_or_404, link_run_context
from integrations.views.matching import number_of, tell


@admin_view
def accept(request: MemberRequest, provider: str, kind: str) -> HttpResponse:
    """All suggestions to look at, ticked where nobody would doubt them; a POST links what is ticked, or all certain
    ones."""
    connection = pages.connection_or_404(provider)
    wanted = kind_or_404(connection, kind)
    if request.method == "POST" and request.POST.get("turn") == "all":
        return _accept_all(request, connection, wanted)
    if request.method != "POST" and link_runs.is_moving(connection, wanted):  # what is certain now is being linked
        return redirect(base_of(request, provider, wanted))
    found = mapping.all_suggestions(connection, wanted)
    if request.method == "POST":
        ticked = {number_of(value) for value in request.POST.getlist("record")}
        chosen = {
            row.pk: row.suggestion.theirs.external_id for row in found.rows if row.suggestion and row.pk in ticked
        }
        return _accept(request, connection, wanted, chosen)
    context = pages.frame(request, connection, "mapping") | {
        "rows": found.rows,
        "count": found.count,
        "sure": found.sure,
        "are_all": found.are_all,
        "batch": uuid.uuid4(),
        "base": base_of(request, provider, wanted),
    }
    return render(request, "integrations/mapping_accept.html", context)


def _accept(request: MemberRequest, connection: Connection, kind: Kind, chosen: dict[int, str]) -> HttpResponse:
    base = base_of(request, connection.provider, kind)
    try:
        change, left_out = linking.link_all(connection, kind, chosen, by=request.membership)
    except LinkRefused as refusal:
        return tell(request, base, refusal.message, kind="error")
    count = len(chosen) - left_out
    told = ngettext("%(n)s record is linked.", "%(n)s records are linked.", count) % {"n": count}
    if left_out:
        told += " " + _("What changed meanwhile was left out.")
    if change is None:
        return tell(request, base, _("Nothing was chosen."), kind="info")
    return tell(request, f"{base}?done={change.client_id}", told)


@admin_view
@require_POST
def undo(request: MemberRequest, provider: str, client_id: uuid.UUID) -> HttpResponse:
    """Take a change back."""
    connection = pages.connection_or_404(provider)
    change = get_object_or_404(LinkChange.objects.filter(connection=connection), client_id=client_id)
    base = base_of(request, provider, Kind(change.kind))
    try:
        was_undone = linking.undo(connection, client_id)
    except LinkRefused as refusal:
        return tell(request, base, refusal.message, kind="error")
    told = _("The links are as they were.") if was_undone else _("It was undone already.")
    return tell(request, base, told, kind="success" if was_undone else "info")


# --- All in one go ----------------------------------------------------------------------------------------------------


def _accept_all(request: MemberRequest, connection: Connection, kind: Kind) -> HttpResponse:
    base = base_of(request, connection.provider, kind)
    try:
        batch = uuid.UUID(request.POST.get("batch", ""))
    except ValueError:
        raise Http404 from None
    if kind is Kind.EMPLOYEES:  # people are few, and looked at one by one
        raise Http404
    try:
        link_runs.ask(connection, kind, batch, by=request.membership)
    except LinkRefused as refusal:
        return tell(request, base, refusal.message, kind="error")
    return redirect(base)


@admin_view
@require_http_methods(["GET", "POST"])
def run(request: MemberRequest, provider: str, run_id: int) -> HttpResponse:
    """How far it is, for the page that asks again by itself; a POST stops it, lets it go on or takes it back."""
    connection = pages.connection_or_404(provider)
    runs = LinkRun.objects.filter(connection=connection).select_related("connection", "by__user")
    found = get_object_or_404(runs, pk=run_id)
    base = base_of(request, provider, Kind(found.kind))
    if request.method == "POST":
        try:
            found = _act(request, found)
        except LinkRefused as refusal:
            return tell(request, base, refusal.message, kind="error")
    if not request.htmx:
        return redirect(base)
    told = link_run_pages.shown(get_object_or_404(runs, pk=found.pk))
    if request.method == "POST":
        return _part(request, connection, told, "_link_run.html")
    return _news(request, connection, told)


def _act(request: MemberRequest, found: LinkRun) -> LinkRun:
    match request.POST.get("act"):
        case "stop":
            link_runs.stop(found)
            return found
        case "go-on":
            return link_runs.go_on(found, by=request.membership)
        case "undo":
            return link_runs.take_back(found, by=request.membership)
    raise Http404


def _news(request: MemberRequest, connection: Connection, told: Shown) -> HttpResponse:
    """The progress; at the end the whole part, and the list below renews itself."""
    if told.run.is_moving:
        answer = _part(request, connection, told, "_link_progress.html")
        if told.quarter > (number_of(request.GET.get("told")) or 0):
            _read_aloud(answer, told.text)
        return answer
    answer = _part(request, connection, told, "_link_run.html")
    _read_aloud(answer, f"{told.title} {told.note}")
    answer["HX-Retarget"], answer["HX-Reswap"] = "#link-run", "outerHTML"
    answer["HX-Trigger"] = "matches:changed"
    return answer


def _part(request: MemberRequest, connection: Connection, told: Shown, template: str) -> HttpResponse:
    return render(request, f"integrations/{template}", link_run_context(request, connection, told))


def _read_aloud(answer: HttpResponse, text: str) -> None:
    answer.write(render_to_string("integrations/_link_told.html", {"told": text}))
