"""When too many want the same rows at once: who waited too long is told to try again, and nothing was done.

PostgreSQL ends a wait for a lock after BUSY_LOCK_TIMEOUT, and one of two transactions that wait for each other at once.
Neither is a fault: the transaction is gone whole, and the same request will pass a moment later. So it is answered with
503 and Retry-After, which the outbox of the week and the timeline repeats by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

# lock_not_available, deadlock_detected, serialization_failure: PostgreSQL's appendix A, "Error Codes".
_PASSING = frozenset({"55P03", "40P01", "40001"})
_AGAIN_AFTER = 1  # seconds

_log = logging.getLogger(__name__)


def is_crowded(error: BaseException) -> bool:
    """Whether the database refused only because others were at the same rows; what was tried may be tried again."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", None) in _PASSING


class CrowdingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called when the view's transaction has been rolled back already; None leaves every other fault as it is."""
        if not is_crowded(exception):
            return None
        _log.warning("crowded: %s %s: %s", request.method, request.path, exception)
        response = _answer(request)
        response["Retry-After"] = str(_AGAIN_AFTER)
        return response


def _answer(request: HttpRequest) -> HttpResponse:
    if getattr(request, "htmx", False) or "application/json" in request.headers.get("Accept", ""):
        told = _("Somebody else was at the same thing in this moment. Nothing was changed. Try again.")
        return JsonResponse({"error": "crowded", "message": told}, status=503)
    return render(request, "errors/crowded.html", status=503)
