"""The tabs over every settings page. Upper apps' pages are known here by URL name only."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _


def settings_tabs(request: Any, current: str) -> list[dict[str, object]]:
    """For ``parts/_tabs.html``; ``current`` is general, time or integrations."""
    assert isinstance(request, HttpRequest)
    names = {"workspace": request.workspace.slug}  # type: ignore[attr-defined]
    pages = (
        ("general", _("General"), "workspaces:settings"),
        ("time", _("Time"), "timesheets:settings"),
        ("integrations", _("Integrations"), "integrations:list"),
    )
    tabs: list[dict[str, object]] = []
    for key, label, name in pages:
        try:
            url = reverse(name, kwargs=names)
        except NoReverseMatch:
            continue  # a Busy without that app has no such page
        tabs.append({"label": label, "url": url, "current": key == current})
    return tabs
