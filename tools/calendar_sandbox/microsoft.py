"""Microsoft Graph v1.0 as far as Busy asks: the list of calendars, and the view of one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from integrations.kernel.sandbox import Request, Response
from tools.calendar_sandbox.book import Account, Calendar, Occurrence, occurrences

_READ = "https://graph.microsoft.com/Calendars.ReadBasic"
_LIST_PARAMETERS = {"$top", "$skip", "$select"}
_VIEW_PARAMETERS = {"startDateTime", "endDateTime", "$top", "$skip", "$select", "$orderby"}


def answer(request: Request, account: Account, scopes: set[str], page: int) -> Response:
    if _READ not in scopes or not account.can_read:
        return error(403, "ErrorAccessDenied")
    match request.path.strip("/").split("/")[1:]:
        case ["v1.0", "me", "calendars"]:
            return _calendars(request, account, page)
        case ["v1.0", "me", "calendars", calendar_id, "calendarView"]:
            calendar = account.calendars.get(calendar_id)
            return error(404, "ErrorItemNotFound") if calendar is None else _view(request, calendar, page)
    return error(404, "ResourceNotFound")


def _calendars(request: Request, account: Account, page: int) -> Response:
    if {name for name, _ in request.query} - _LIST_PARAMETERS:
        return error(400, "RequestBroker--ParseUri")
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "isDefaultCalendar": one.is_primary,
            "owner": {"name": account.name, "address": account.address},
        }
        for one in account.calendars.values()
    ]
    return _paged(request, rows, page)


def _view(request: Request, calendar: Calendar, page: int) -> Response:
    if {name for name, _ in request.query} - _VIEW_PARAMETERS:
        return error(400, "RequestBroker--ParseUri")
    start, end = _moment(request.parameter("startDateTime")), _moment(request.parameter("endDateTime"))
    if start is None or end is None or end <= start:
        return error(400, "ErrorInvalidParameter")
    in_utc = 'outlook.timezone="UTC"' in request.headers.get("prefer", "")
    rows = [_event(one, in_utc=in_utc) for one in occurrences(calendar, start, end)]
    chosen = set((request.parameter("$select") or "").split(",")) - {""}
    if chosen:
        rows = [{name: value for name, value in row.items() if name in chosen} for row in rows]
    return _paged(request, rows, page)


def _moment(text: str | None) -> datetime | None:
    """ISO 8601; without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _event(one: Occurrence, *, in_utc: bool) -> dict[str, Any]:
    event = one.event
    zone = "UTC" if in_utc else "W. Europe Standard Time"
    return {
        "id": f"AAMk{one.id}=",
        "type": "occurrence" if one.series else "singleInstance",
        "seriesMasterId": f"AAMk{one.series}=" if one.series else None,
        "subject": event.title,
        "sensitivity": "private" if event.is_private else "normal",
        "isAllDay": event.days > 0,
        "isCancelled": one.is_cancelled,
        "showAs": "free" if event.is_free else "busy",
        "responseStatus": {"response": "declined" if event.is_declined else "accepted", "time": "0001-01-01T00:00:00Z"},
        "start": {"dateTime": f"{one.start:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": zone},
        "end": {"dateTime": f"{one.end:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": zone},
        "bodyPreview": "Never asked for",
    }


def _paged(request: Request, rows: list[dict[str, Any]], page: int) -> Response:
    """The next link is whole, with everything that was asked for."""
    size = min(int(request.parameter("$top") or 10), 1000, page)
    at = int(request.parameter("$skip") or 0)
    body: dict[str, Any] = {"value": rows[at : at + size]}
    if at + size < len(rows):
        asked = dict(request.query) | {"$skip": str(at + size)}
        body["@odata.nextLink"] = f"http://{request.host}{request.path}?{urlencode(asked)}"
    return Response.json(body)


def error(status: int, code: str) -> Response:
    return Response.json({"error": {"code": code, "message": code, "innerError": {"request-id": "0"}}}, status)


def unauthorized() -> Response:
    return error(401, "InvalidAuthenticationToken")


def failure(status: int) -> Response:
    return error(status, "TooManyRequests" if status == 429 else "ServiceUnavailable")
