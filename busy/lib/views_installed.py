"""Busy as an app: its manifest, its service worker, and the page for the time without a network."""

from __future__ import annotations

import json
import re
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

# The accent of the light theme, and the canvas behind everything; the pages tell a browser the dark ones themselves.
THEME_COLOUR, BACKGROUND = "#f3f7f8", "#f3f7f8"
_ICONS = (("icons/busy-192.png", "192x192", "any"), ("icons/busy-512.png", "512x512", "any"))
_MASKABLE = ("icons/busy-maskable-512.png", "512x512", "maskable")


@require_GET
@cache_control(private=True, max_age=0, must_revalidate=True)
def manifest(request: HttpRequest) -> HttpResponse:
    """In the reader's language. Its addresses lead to the workspace that the person used last."""
    icons = [
        {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for path, sizes, purpose in (*_ICONS, _MASKABLE)
    ]
    pages = {"timer": _("Timer"), "week": _("Week"), "timeline": _("Timeline")}
    told = {
        "id": "/",
        "name": "Busy",
        "short_name": "Busy",
        "description": _("Record time, approve it, and send it on to the accounting system."),
        "lang": translation.get_language(),
        "start_url": _opened("timeline"),
        "scope": "/",
        "display": "standalone",
        "theme_color": THEME_COLOUR,
        "background_color": BACKGROUND,
        "categories": ["business", "productivity"],
        "icons": [*icons, {"src": static("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
        "shortcuts": [{"name": name, "url": _opened(page), "icons": icons[:1]} for page, name in pages.items()],
    }
    return JsonResponse(told, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_GET
@cache_control(public=True, max_age=0, must_revalidate=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """From the root, since a worker rules the addresses below its own. Another set of files makes another worker."""
    files = _files_of(_offline_page("en"))
    told = {
        "version": sha256("\n".join(files).encode()).hexdigest()[:12],
        "files": json.dumps(files),
        "static_url": settings.STATIC_URL,
        "offline_url": reverse("offline"),
    }
    return HttpResponse(
        render_to_string("installed/service-worker.js", told), content_type="text/javascript; charset=utf-8"
    )


@require_GET
@cache_control(private=True, max_age=0, must_revalidate=True)
def offline(request: HttpRequest) -> HttpResponse:
    """What the worker shows without a network. It knows nobody, so the worker may keep it."""
    asked = request.GET.get("language", "")
    language = asked if asked in dict(settings.LANGUAGES) else translation.get_language() or settings.LANGUAGE_CODE
    return HttpResponse(_offline_page(language))


def _offline_page(language: str) -> str:
    with translation.override(language):
        return render_to_string("errors/offline.html")


def _files_of(page: str) -> list[str]:
    """The static files that a page names: styles, modules, fonts, signs."""
    found = re.findall(rf'(?:href|src)="({re.escape(escape(settings.STATIC_URL))}[^"#]+)', page)
    return sorted(set(found))


def _opened(page: str) -> str:
    return reverse("open-page", kwargs={"page": page})
