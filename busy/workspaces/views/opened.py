"""Where the installed app begins: a page of the workspace that the person used last."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from busy.workspaces.doors import PersonRequest, person_view
from busy.workspaces.selectors import last_membership

# By the name in the address; upper apps own the pages.
_PAGES = {"timeline": "timesheets:timeline", "week": "timesheets:week", "timer": "timesheets:timer"}


@person_view
@require_GET
def open_page(request: PersonRequest, page: str) -> HttpResponse:
    """To the page in the last workspace; to where a person without one begins. Raises Http404 for no such page."""
    if page not in _PAGES:
        raise Http404
    member = last_membership(request.user)
    if member is None:
        return redirect("home")
    return redirect(_PAGES[page], workspace=member.workspace.slug)
