"""The mapping page: what is what at the other end, changed by an administrator, with undo (R19, R89)."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from busy.workspaces.doors import MemberRequest, admin_view
from integrations import link_run_pages, link_runs, linking, mapping, pages, people
from integrations.conversations import connector_of
from integrations.kernel.records import Kind
from integrations.link_run_pages import Shown
from integrations.linking import LinkRefused, Taken
from integrations.mapping import Row
from integrations.models import Connection, LinkChange
from integrations.views.matching import chosen_id, kind_named, shown, slug_of, tell, typed


@admin_view
@require_GET
def first(request: MemberRequest, provider: str) -> HttpResponse:
    """The kind that is being linked, or the first that lacks links, else the first."""
    connection = pages.connection_or_404(provider)
    counts = mapping.counts(connection)
    if not counts:
        raise Http404
    moving = link_runs.moving_kind(connection)
    kind = next((count.kind for count in counts if count.kind is moving), None)
    kind = kind or next((count.kind for count in counts if count.unlinked), counts[0].kind)
    return redirect("integrations:mapping", request.workspace.slug, provider, slug_of(kind))


@admin_view
@require_GET
def index(request: MemberRequest, provider: str, kind: str) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    wanted = kind_or_404(connection, kind)
    show, text = shown(request), typed(request)
    counts = mapping.counts(connection)
    here = [count for count in counts if count.kind is wanted]
    page = mapping.page(
        connection, wanted, show=show, text=text, number=request.GET.get("page"), unlinked=here[0].unlinked
    )
    base = base_of(request, provider, wanted)
    context = pages.frame(request, connection, "mapping") | {
        "kind": slug_of(wanted),
        "is_people": wanted is Kind.EMPLOYEES,
        "has_archived": wanted is not Kind.EMPLOYEES,
        "own_user": people.own_user(connection) if wanted is Kind.EMPLOYEES else None,
        "kinds": [
            {
                "label": count.label,
                "url": base_of(request, provider, count.kind),
                "current": count.kind is wanted,
                "count": count.unlinked,
            }
            for count in counts
        ],
        "unlinked": here[0].unlinked,
        "page_obj": page,
        "rows": page.object_list,
        "has_suggestions": any(row.suggestion for row in page.object_list) or any(one.unlinked for one in here),
        "show": show,
        "text": text,
        "keep": {"show": str(show)} if show else {},
        "base": base,
        "done_undo_url": undo_url_of(request, connection, _done(request, connection)),
    }
    told = link_run_pages.of_page(connection, wanted)
    return render(request, "integrations/mapping.html", context | link_run_context(request, connection, told))


def link_run_context(request: MemberRequest, connection: Connection, told: Shown | None) -> dict[str, object]:
    """Of the part that tells of links which a worker makes."""
    if told is None:
        return {}
    url = reverse("integrations:mapping-run", args=[request.workspace.slug, connection.provider, told.run.pk])
    return {"link_run": told, "link_run_url": url}


def _done(request: MemberRequest, connection: Connection) -> LinkChange | None:
    """Many links were made a moment ago: the page offers to take them back."""
    try:
        client_id = uuid.UUID(request.GET.get("done", ""))
    except ValueError:
        return None
    return LinkChange.objects.filter(connection=connection, client_id=client_id, undone_at=None).first()


@admin_view
def record(request: MemberRequest, provider: str, kind: str, local_id: int) -> HttpResponse:
    """One record in the panel: what it is there, what it may be, and what changing it means. A POST changes it."""
    connection = pages.connection_or_404(provider)
    wanted = kind_or_404(connection, kind)
    row = mapping.row_of(connection, wanted, local_id)
    if row is None:
        raise Http404
    if request.method != "POST":
        return _panel(request, connection, wanted, row)
    try:
        return _change(request, connection, wanted, row)
    except Taken as taken:
        return _panel(request, connection, wanted, row, taken=taken)
    except LinkRefused as refusal:
        return _panel(request, connection, wanted, row, refusal=refusal.message)
    except ObjectDoesNotExist:
        raise Http404 from None


def _change(request: MemberRequest, connection: Connection, kind: Kind, row: Row) -> HttpResponse:
    system = connector_of(connection).facts.name
    base = base_of(request, connection.provider, kind)
    if request.POST.get("act") == "unlink":
        done = linking.unlink(connection, kind, row.pk, by=request.membership)
        told = _("“%(name)s” is no longer linked to %(system)s.") % {"name": row.name, "system": system}
    else:
        external_id = chosen_id(request)
        if not external_id:
            raise LinkRefused(_("Choose a record of %(system)s first.") % {"system": system})
        moves = bool(request.POST.get("moves"))
        done = linking.link(connection, kind, row.pk, external_id, moves=moves, by=request.membership)
        told = _("“%(name)s” is linked to %(system)s.") % {"name": row.name, "system": system}
    return tell(request, base, told, undo_url=undo_url_of(request, connection, done.change))


@admin_view
@require_GET
def choices(request: MemberRequest, provider: str, kind: str) -> JsonResponse:
    connection = pages.connection_or_404(provider)
    wanted = kind_or_404(connection, kind)
    return JsonResponse({"results": mapping.choices(connection, wanted, typed(request))})


def kind_or_404(connection: Connection, slug: str) -> Kind:
    kind = kind_named(slug)
    if kind is None or kind not in {facts.kind for facts in linking.mapped_kinds(connection)}:
        raise Http404
    return kind


def base_of(request: MemberRequest, provider: str, kind: Kind) -> str:
    return reverse("integrations:mapping", args=[request.workspace.slug, provider, slug_of(kind)])


def undo_url_of(request: MemberRequest, connection: Connection, change: LinkChange | None) -> str:
    if change is None:
        return ""
    return reverse("integrations:mapping-undo", args=[request.workspace.slug, connection.provider, change.client_id])


def _panel(
    request: MemberRequest,
    connection: Connection,
    kind: Kind,
    row: Row,
    *,
    taken: Taken | None = None,
    refusal: str = "",
) -> HttpResponse:
    facts = connector_of(connection).facts
    base = base_of(request, connection.provider, kind)
    context: dict[str, Any] = {
        "connection": connection,
        "facts": facts,
        "kind": slug_of(kind),
        "is_people": kind is Kind.EMPLOYEES,
        "is_kept_out": kind in (Kind.PROJECTS, Kind.WORK_TYPES),
        "row": row,
        "base": base,
        "address": f"{base}{row.pk}/",
        "search_url": reverse(
            "integrations:mapping-choices", args=[request.workspace.slug, connection.provider, slug_of(kind)]
        ),
        # Where no script runs the list is all there is to choose from; the search finds the rest.
        "choices": [] if request.htmx else mapping.choices(connection, kind, ""),
        "taken": taken.message if taken else "",
        "refusal": refusal,
        "chosen": chosen_id(request),
        "crumbs": pages.crumbs(request, connection),
    }
    status = 422 if taken or refusal else 200
    template = "_mapping_panel.html" if request.htmx else "mapping_record.html"
    return render(request, f"integrations/{template}", context, status=status)
