"""Undoing the connection, after seeing what that means."""

from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from busy.workspaces.doors import MemberRequest, entered, waiting_admin_view
from integrations import pages, remapping, sign_ins, undoing, watching
from integrations.conversations import connector_of
from integrations.models import Connection
from integrations.selectors import kind_label


@waiting_admin_view
def undo(request: MemberRequest, provider: str) -> HttpResponse:
    """A sign-in is given back at the provider once it is forgotten here, and hints are stopped, with no transaction
    open."""
    with entered(request):
        connection = pages.connection_or_404(provider)
        facts, given = connector_of(connection).facts, sign_ins.credentials_of(connection)
        told_of = watching.subscribed(connection)
        if not undoing.is_possible(connection):
            messages.info(request, _("There is nothing to undo."))
            return redirect("integrations:connection-settings", request.workspace.slug, provider)
        if request.method != "POST":
            return _page(request, connection)
        try:
            done = undoing.undo(connection, by=request.membership)
        except remapping.StillOnTheWay as refusal:
            return _page(request, connection, refused=refusal.message)
        except IntegrityError:
            told = _("Somebody began to use a record just now. Look at the list again.")
            return _page(request, connection, refused=told)
        told = _("The connection to %(system)s is undone.") % {"system": facts.name}
        if any(one.stays for one in done):
            told += " " + _("What is in use stayed.")
        messages.success(request, told)
    watching.stop(told_of)
    sign_ins.give_back(facts, given)
    return redirect("integrations:list", request.workspace.slug)


def _page(request: MemberRequest, connection: Connection, *, refused: str = "") -> HttpResponse:
    found = [one for one in undoing.preview(connection) if not one.is_empty]
    context = {
        "connection": connection,
        "facts": connector_of(connection).facts,
        "crumbs": pages.crumbs(request, connection),
        "refused": refused,
        "sent": undoing.was_sent(connection),
        "parts": [
            {
                "label": kind_label(one.kind),
                "stays": undoing.names(one.kind, one.stays),
                "stays_count": len(one.stays),
                "back": undoing.names(one.kind, one.brought_back),
                "back_count": len(one.brought_back),
                "restored": undoing.names(one.kind, one.restored),
                "restored_count": len(one.restored),
                "removed": undoing.names(one.kind, one.removed),
                "removed_count": len(one.removed),
            }
            for one in found
        ],
    }
    return render(request, "integrations/undo.html", context, status=422 if refused else 200)
