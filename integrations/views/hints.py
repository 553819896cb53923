"""Where providers tell of changes. No person comes here: the address and the message are signed instead."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from busy.workspaces.doors import public_view
from integrations import watching

MOST_BYTES = 64 * 1024


@public_view
@csrf_exempt
@require_POST
def hear(request: HttpRequest, address: str) -> HttpResponse:
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
