"""Guides for administrators."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from busy.workspaces.doors import MemberRequest, admin_view
from integrations import guides
from integrations.kernel.facts import ProviderFacts
from integrations.kernel.registry import connectors
from integrations.pages import crumbs
from integrations.views.connecting import facts_of


@admin_view
@require_GET
def of_provider(request: MemberRequest, provider: str) -> HttpResponse:
    facts = facts_of(provider)
    guide = guides.of_provider(facts.key, guides.readers_language())
    return _page(request, guide, facts=facts)


@admin_view
@require_GET
def of_topic(request: MemberRequest, topic: str) -> HttpResponse:
    try:
        guide = guides.of_topic(topic, guides.readers_language())
    except guides.UnknownTopic:
        raise Http404 from None
    return _page(request, guide, topic=topic)


def _page(
    request: MemberRequest, guide: guides.Guide, *, facts: ProviderFacts | None = None, topic: str = ""
) -> HttpResponse:
    context = {
        "crumbs": crumbs(request),
        "guide": guide,
        "facts": facts,
        "topics": [(other, guides.of_topic(other, guide.language).title) for other in guides.TOPICS if other != topic],
        "systems": [system.facts for system in connectors() if facts is None or system.facts.key != facts.key],
    }
    return render(request, "integrations/guide.html", context)
