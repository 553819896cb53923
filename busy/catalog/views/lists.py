"""What all lists of the catalogue share: search, filters, order, pages, and who keeps the records."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page

from busy.catalog import mastership
from busy.catalog.mastership import Kind, owner_of
from busy.catalog.selectors import ListQuery
from busy.catalog.views.answers import Context
from busy.workspaces.doors import MemberRequest

_KEPT = ("state", "billable", "customer", "tag", "field", "value", "sort")


def list_context(request: MemberRequest, query: ListQuery, page: Page[Any], kind: Kind) -> Context:
    """``keep`` goes along when one searches; ``owner`` is the system in which alone such records are created, ``place``
    where; ``shared`` tells of one that keeps them as well, ``tools`` is what stands beside the head."""
    return {
        "query": query,
        "page_obj": page,
        "keep": {name: request.GET[name] for name in _KEPT if request.GET.get(name)},
        "owner": (owner := owner_of(kind)),
        "place": mastership.place_of(kind) if owner else None,
        "shared": mastership.sharing_of(kind),
        "tools": mastership.tools(request, kind),
        "is_untouched": page.paginator.count == 0 and not query.is_narrowed,
    }
