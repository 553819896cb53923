"""What the two pages of matching share: the mapping of a connection, and the preview before there is one."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from busy.workspaces.doors import MemberRequest
from integrations.kernel.records import Kind
from integrations.mapping import Show


def slug_of(kind: Kind) -> str:
    return str(kind).replace("_", "-")


def kind_named(slug: str) -> Kind | None:
    return next((kind for kind in Kind if slug_of(kind) == slug), None)


def typed(request: MemberRequest) -> str:
    return " ".join(request.GET.get("q", "").replace("\x00", "").split())[:200]


def shown(request: MemberRequest) -> Show:
    wanted = request.GET.get("show", "")
    return Show(wanted) if wanted in set(Show) else Show.ALL


def chosen_id(request: MemberRequest) -> str:
    """The provider's id that a form names; "" for none."""
    return request.POST.get("external_id", "").replace("\x00", "").strip()[:100]


def number_of(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def tell(request: MemberRequest, to: str, text: str, *, undo_url: str = "", kind: str = "success") -> HttpResponse:
    """Done: the list renews itself and the panel closes; without JavaScript the page comes anew."""
    if not request.htmx:
        {"success": messages.success, "error": messages.error}.get(kind, messages.info)(request, text)
        return redirect(to)
    events: dict[str, Any] = {"toast": {"text": text, "kind": kind, "undo_url": undo_url}, "matches:changed": True}
    if kind == "success":
        events["dialog:close"] = "panel"
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})
