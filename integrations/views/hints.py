"""Where providers tell of changes. No person comes here: the address is signed, and the message where one can."""

from __future__ import annotations

import logging

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from busy.workspaces.doors import public_view
from integrations import watching

logger = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024


@public_view
@csrf_exempt
def hear(request: HttpRequest, address: str) -> HttpResponse:
    known = watching.read_address(address)
    if known is not None and known.is_by_hand and request.method in ("GET", "HEAD", "POST"):
        return _always_answered(request, address)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        watching.hear(address, headers, request.body)
    except watching.NoSuchAddress:
        return HttpResponse(status=404)
    except watching.NotSigned:
        return HttpResponse(status=401)
    except watching.TooMany:
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    return HttpResponse(status=204)


def _always_answered(request: HttpRequest, address: str) -> HttpResponse:
    """200, whatever becomes of the hint: a call that fails makes the provider tell nothing more (R102), and the
    schedule finds what a lost hint would have told. Only an address whose connection is gone is none of ours."""
    length = request.headers.get("Content-Length") or ""
    is_read = request.method == "POST" and length.isdigit() and int(length) <= MOST_BYTES
    said = request.META.get("QUERY_STRING", "").encode() + b"\n" + (request.body if is_read else b"")
    if request.method != "HEAD":
        try:
            watching.hear(address, {}, said)
        except watching.NoSuchAddress:
            return HttpResponse(status=404)
        except (watching.NotSigned, watching.TooMany):
            pass  # one hint more would say nothing new
        except DatabaseError:
            logger.warning("a hint was lost")
    return HttpResponse("ok", content_type="text/plain")
