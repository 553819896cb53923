"""What every page's frame needs: navigation, the member, the other workspaces."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from busy.lib.navigation import navigation_for


def shell(request: HttpRequest) -> dict[str, Any]:
    membership = getattr(request, "membership", None)
    context: dict[str, Any] = {"theme": request.COOKIES.get("theme", "")}
    if membership is None:
        return context
    return context | {
        "workspace": membership.workspace,
        "membership": membership,
        "navigation": navigation_for(request),
    }
