"""What each system can do (R108)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from busy.workspaces.doors import MemberRequest, admin_view
from integrations.capabilities import compare
from integrations.kernel.registry import connectors
from integrations.pages import crumbs


@admin_view
@require_GET
def capabilities(request: MemberRequest) -> HttpResponse:
    systems = connectors()
    context = {"crumbs": crumbs(request), "systems": [system.facts for system in systems], "groups": compare(systems)}
    return render(request, "integrations/capabilities.html", context)
