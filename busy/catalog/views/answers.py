"""How a page answers a change: with the part that changed, or, without JavaScript, with the page anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRefresh, reswap, retarget, trigger_client_event

from busy.catalog.errors import CatalogRefusal
from busy.workspaces.doors import MemberRequest

Context = dict[str, Any]


def toast(response: HttpResponse, text: str, *, kind: str = "success", undo_url: str = "") -> HttpResponse:
    """Let the page say it, with ten seconds to undo."""
    return trigger_client_event(response, "toast", {"text": text, "kind": kind, "undo_url": undo_url})


def done(
    request: MemberRequest,
    part: Callable[[], HttpResponse],
    *,
    to: str,
    text: str = "",
    undo_url: str = "",
) -> HttpResponse:
    """It is done: the part shows it, or the page at ``to`` does. An undo that a toast sent shows the page anew."""
    if not request.htmx:
        if text:
            messages.success(request, text)
        return redirect(to)
    if "undo" in request.GET:
        return HttpResponseClientRefresh()
    response = part()
    return toast(response, text, undo_url=undo_url) if text else response


def refused(request: MemberRequest, refusal: CatalogRefusal, *, to: str) -> HttpResponse:
    """A button's wish is refused: said in a toast, nothing on the page changes."""
    if not request.htmx:
        messages.error(request, refusal.message)
        return redirect(to)
    return toast(reswap(HttpResponse(status=422), "none"), refusal.message, kind="error")


def form_refused(request: MemberRequest, part: str, target: str, page: str, context: Context) -> HttpResponse:
    """The form again, with what was typed and why it was not saved: as a part in ``target``, or on its page."""
    if not request.htmx:
        return render(request, page, context, status=422)
    return retarget(reswap(render(request, part, context, status=422), "outerHTML"), target)
