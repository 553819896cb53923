"""Google Calendar API v3 as far as Busy asks: the list of calendars, and the events of one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.kernel.sandbox import Request, Response
from tools.calendar_sandbox.book import Account, Calendar, Occurrence, occurrences

_LIST = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
_EVENTS = "https://www.googleapis.com/auth/calendar.events.readonly"
_LIST_PARAMETERS = {"maxResults", "pageToken", "minAccessRole", "showDeleted", "showHidden"}
_EVENT_PARAMETERS = {"timeMin", "timeMax", "singleEvents", "maxResults", "pageToken", "orderBy", "timeZone", "fields"}


def answer(request: Request, account: Account, scopes: set[str], page: int) -> Response:
    match request.path.strip("/").split("/")[1:]:
        case ["calendar", "v3", "users", "me", "calendarList"]:
            if _LIST not in scopes:
                return _insufficient()
            return _calendars(request, account, page)
        case ["calendar", "v3", "calendars", calendar_id, "events"]:
            if _EVENTS not in scopes:
                return _insufficient()
            calendar = account.calendars.get(calendar_id)
            return error(404, "notFound") if calendar is None else _events(request, account, calendar, page)
    return error(404, "notFound")


def _calendars(request: Request, account: Account, page: int) -> Response:
    if {name for name, _ in request.query} - _LIST_PARAMETERS:
        return error(400, "badRequest")
    rows = [
        {
            "kind": "calendar#calendarListEntry",
            "id": one.id,
            "summary": one.name,
            "accessRole": "owner" if one.is_primary else "reader",
            **({"primary": True} if one.is_primary else {}),
        }
        for one in account.calendars.values()
    ]
    return _paged(request, rows, page, kind="calendar#calendarList")


def _events(request: Request, account: Account, calendar: Calendar, page: int) -> Response:
    if {name for name, _ in request.query} - _EVENT_PARAMETERS:
        return error(400, "badRequest")
    start, end = _moment(request.parameter("timeMin")), _moment(request.parameter("timeMax"))
    if start is None or end is None or end <= start:
        return error(400, "badRequest")
    if request.parameter("singleEvents") != "true":  # Busy never asks for rules
        return error(400, "badRequest")
    rows = [_event(one, account) for one in occurrences(calendar, start, end)]
    return _paged(request, rows, page, kind="calendar#events")


def _moment(text: str | None) -> datetime | None:
    """RFC 3339 with a mandatory offset."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def _event(one: Occurrence, account: Account) -> dict[str, Any]:
    event = one.event
    row: dict[str, Any] = {
        "kind": "calendar#event",
        "id": one.id,
        "status": "cancelled" if one.is_cancelled else "confirmed",
        "summary": event.title,
        "start": _when(one.day, one.start, event.zone, is_all_day=event.days > 0),
        "end": _when(one.day + timedelta(days=event.days), one.end, event.zone, is_all_day=event.days > 0),
        "eventType": event.kind,
        "attendees": [
            {"email": "kunde@example.com", "responseStatus": "accepted"},
            {"email": account.address, "self": True, "responseStatus": "declined" if event.is_declined else "accepted"},
        ],
    }
    if one.series:
        row["recurringEventId"] = one.series
    if event.is_private:
        row["visibility"] = "private"
    if event.is_free:
        row["transparency"] = "transparent"
    return row


def _when(day: date, moment: datetime, zone: str, *, is_all_day: bool) -> dict[str, str]:
    if is_all_day:
        return {"date": day.isoformat()}
    return {"dateTime": moment.astimezone(ZoneInfo(zone)).isoformat(), "timeZone": zone}


def _paged(request: Request, rows: list[dict[str, Any]], page: int, *, kind: str) -> Response:
    size = min(int(request.parameter("maxResults") or 250), 2500, page)
    token = request.parameter("pageToken") or "p0"
    if not token.startswith("p") or not token[1:].isdigit():
        return error(400, "invalidPageToken")
    at = int(token[1:])
    body: dict[str, Any] = {"kind": kind, "items": rows[at : at + size]}
    if at + size < len(rows):
        body["nextPageToken"] = f"p{at + size}"
    else:
        body["nextSyncToken"] = "later"
    return Response.json(body)


def error(status: int, reason: str) -> Response:
    told = {"domain": "global", "reason": reason, "message": reason}
    return Response.json({"error": {"code": status, "message": reason, "errors": [told]}}, status)


def _insufficient() -> Response:
    return error(403, "insufficientPermissions")


def unauthorized() -> Response:
    return error(401, "authError")


def failure(status: int) -> Response:
    return error(status, "rateLimitExceeded" if status in (403, 429) else "backendError")
