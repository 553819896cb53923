"""The style guide, and answers of every kind, for the tests of the modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import engines
from django.urls import include, path

from busy.lib.views_styleguide import styleguide

posted: list[str] = []


def answer(request: HttpRequest, status: int) -> HttpResponse:
    """The status asked for: with a toast when all is well, with a sentence when it is not."""
    posted.append(request.headers.get("X-CSRFToken", ""))
    if status >= 400:
        sentences = {401: "You are signed out.", 422: ""}
        if status == 422:
            return HttpResponse('<p id="place">Write hours as 7.5.</p>', status=422)
        return JsonResponse({"message": sentences.get(status, "")}, status=status)
    toast = {"toast": {"text": "Approved the week of Anna Aas.", "undo_url": "/answer/204/?undo"}}
    response = HttpResponse('<p id="place">Approved.</p>', status=status)
    if "undo" not in request.GET:
        response["HX-Trigger"] = json.dumps(toast)
    return response


def saving(request: HttpRequest) -> HttpResponse:
    source = Path(__file__).with_name("saving.html").read_text()
    return HttpResponse(engines["django"].from_string(source).render({}, request))


def error(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, f"errors/{name}.html")


def slow(request: HttpRequest) -> HttpResponse:
    posted.append("slow")
    return HttpResponse(status=204)


urlpatterns: list[Any] = [
    path("accounts/", include("allauth.account.urls")),
    path("styleguide/", styleguide),
    path("saving/", saving),
    path("slow/", slow),
    path("answer/<int:status>/", answer),
    path("errors/<str:name>/", error),
]
