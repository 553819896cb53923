"""What every page's frame needs: navigation, the member, the other workspaces."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from busy.lib.navigation import navigation_for
from busy.workspaces.models import Membership
from busy.workspaces.scope import is_in_scope
from busy.workspaces.selectors import workspaces_in


def shell(request: HttpRequest) -> dict[str, Any]:
    """Nothing that asks the database on an error page: it is drawn after the workspace was left."""
    membership: Membership | None = getattr(request, "membership", None)
    context: dict[str, Any] = {"theme": request.COOKIES.get("theme", ""), "mail_folder": settings.LOCAL_MAIL_FOLDER}
    if membership is None:
        return context
    if not is_in_scope():
        return context | {"workspace": membership.workspace}
    return context | {
        "workspace": membership.workspace,
        "membership": membership,
        "navigation": navigation_for(request),
        "palette_url": reverse("workspaces:find", kwargs={"workspace": membership.workspace.slug}),
        "other_workspaces": SimpleLazyObject(lambda: workspaces_in(request.memberships)),  # type: ignore[attr-defined]
    }
