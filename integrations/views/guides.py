"""Guides for administrators."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from busy.workspaces.doors import MemberRequest, admin_view
from integrations import guides
from integrations.kernel.registry import connectors
from integrations.pages import crumbs
from integrations.views.connecting import facts_of


@admin_view
@require_GET
def of_provider(request: MemberRequest, provider: str) -> HttpResponse:
    facts = facts_of(provider)
    context = {
        "crumbs": crumbs(request),
        "facts": facts,
        "guide": guides.of_provider(facts.key, guides.readers_language()),
        "others": [other.facts for other in connectors() if other.facts.key != facts.key],
    }
    return render(request, "integrations/guide.html", context)
