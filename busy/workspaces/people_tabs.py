"""The tabs over the pages of people."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from busy.workspaces.doors import MemberRequest


def people_tabs(request: MemberRequest, current: str) -> list[dict[str, object]]:
    """For ``parts/_tabs.html``; ``current`` is people or groups."""
    pages = (("people", _("People"), "workspaces:people"), ("groups", _("Groups"), "workspaces:groups"))
    names = {"workspace": request.workspace.slug}
    return [
        {"label": label, "url": reverse(name, kwargs=names), "current": key == current} for key, label, name in pages
    ]
