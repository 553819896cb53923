"""All suggestions of the mapping page: looked at and linked as they are ticked, or all that are beyond doubt in one go.

A very large catalogue is linked piece by piece, and taken back so: each request does one piece, and the page that
answers asks for the next one and shows how far it is. Who leaves the page stops it; what is linked stays linked.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from busy.workspaces.doors import MemberRequest, admin_view
from integrations import linking, mapping, pages
from integrations.kernel.records import Kind
from integrations.linking import LinkRefused
from integrations.models import Connection
from integrations.patience import be_patient
from integrations.views.mapping import base_of, kind_or_404, undo_url_of
from integrations.views.matching import number_of, tell

PIECE = 8_000  # links of one request


@admin_view
def accept(request: MemberRequest, provider: str, kind: str) -> HttpResponse:
    """All suggestions to look at, ticked where nobody would doubt them; a POST links what is ticked, or the next piece
    of all."""
    connection = pages.connection_or_404(provider)
    wanted = kind_or_404(connection, kind)
    if request.method == "POST" and request.POST.get("turn") == "all":
        return _link_piece(request, connection, wanted)
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
    told = _linked(len(chosen) - left_out)
    if left_out:
        told += " " + _("What changed meanwhile was left out.")
    if change is None:
        return tell(request, base, _("Nothing was chosen."), kind="info")
    return tell(request, f"{base}?done={change.client_id}", told)


def _linked(count: int) -> str:
    return ngettext("%(n)s record is linked.", "%(n)s records are linked.", count) % {"n": count}


# --- All in one go ----------------------------------------------------------------------------------------------------


def _link_piece(request: MemberRequest, connection: Connection, kind: Kind) -> HttpResponse:
    """The next ones that are beyond doubt, in the order of their ids, under the name of the whole."""
    be_patient()
    batch, done = _uuid(request.POST.get("batch")), number_of(request.POST.get("done")) or 0
    after = number_of(request.POST.get("after")) or 0
    left = mapping.sure_suggestions(connection, kind, after=after)
    piece = dict(left[:PIECE])
    base = base_of(request, connection.provider, kind)
    if piece:
        try:
            _change, left_out = linking.link_all(connection, kind, piece, by=request.membership, batch=batch)
        except LinkRefused as refusal:
            return tell(request, base, refusal.message, kind="error")
        done += len(piece) - left_out
    if len(left) <= PIECE:
        return _finished(request, f"{base}?done={batch}", _linked(done))
    context = {
        "title": _("Linking"),
        "fields": {"turn": "all", "batch": str(batch), "after": max(piece), "done": done},
        "action": f"{base}accept/",
    }
    return _moving(request, connection, kind, context, done=done, total=done + len(left) - len(piece))


@admin_view
@require_POST
def undo(request: MemberRequest, provider: str, client_id: uuid.UUID) -> HttpResponse:
    """Take a change back; of one that was made piece by piece the latest piece that is left."""
    connection = pages.connection_or_404(provider)
    changes = linking.changes(connection, client_id)
    change = changes.first()
    if change is None:
        raise Http404
    kind = Kind(change.kind)
    base = base_of(request, provider, kind)
    if change.batch is not None:
        return _undo_piece(request, connection, kind, client_id)
    try:
        was_undone = linking.undo(connection, change.client_id)
    except LinkRefused as refusal:
        return tell(request, base, refusal.message, kind="error")
    told = _("The links are as they were.") if was_undone else _("It was undone already.")
    return tell(request, base, told, kind="success" if was_undone else "info")


def _undo_piece(request: MemberRequest, connection: Connection, kind: Kind, batch: uuid.UUID) -> HttpResponse:
    """A piece in which somebody has changed a link since stays as it is; the others go back."""
    be_patient()
    below, stays = number_of(request.POST.get("below")), number_of(request.POST.get("stays")) or 0
    base = base_of(request, connection.provider, kind)
    left = linking.changes(connection, batch).filter(undone_at=None)
    if below:
        left = left.filter(pk__lt=below)
    piece = left.first()
    if piece is None and not below:
        return tell(request, base, _("It was undone already."), kind="info")
    if piece is not None:
        try:
            linking.undo(connection, piece.client_id)
        except LinkRefused:
            stays += 1
        below = piece.pk
    pieces = linking.changes(connection, batch).count()
    waiting = left.filter(pk__lt=below).count()
    if waiting:
        context = {
            "title": _("Taking back"),
            "fields": {"below": below, "stays": stays},
            "action": undo_url_of(request, connection, piece),
        }
        return _moving(request, connection, kind, context, done=PIECE * (pieces - waiting), total=PIECE * pieces)
    if stays:
        return _finished(request, base, _("Some links were changed meanwhile. They and those made with them stay."))
    return _finished(request, base, _("The links are as they were."))


def _moving(
    request: MemberRequest, connection: Connection, kind: Kind, told: Mapping[str, object], *, done: int, total: int
) -> HttpResponse:
    """How far it is; asks for the next piece."""
    base = base_of(request, connection.provider, kind)
    context = {**told, "base": base, "done": done, "total": total, "percent": min(100, round(100 * done / total))}
    if request.htmx:
        return render(request, "integrations/_mapping_moving.html", context)
    return render(request, "integrations/mapping_moving.html", context | pages.frame(request, connection, "mapping"))


def _finished(request: MemberRequest, to: str, text: str) -> HttpResponse:
    """As `tell`, for a page that has waited for it."""
    messages.success(request, text)
    return HttpResponseClientRedirect(to) if request.htmx else redirect(to)


def _uuid(text: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        raise Http404 from None
