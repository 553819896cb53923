"""Google Calendar API v3. Facts: developers.google.com/workspace/calendar/api/v3/reference, and for the sign-in
developers.google.com/identity/protocols/oauth2/web-server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from timesheets.calendars.errors import CalendarError, Refused, SetupMissing, SignInNeeded, Temporary, Unreadable
from timesheets.calendars.http import Reader
from timesheets.calendars.parse import Row, day, instant, optional_text, row, rows, text, title_of
from timesheets.calendars.records import FoundCalendar, FoundEvent, Listing
from timesheets.calendars.vendors import Vendor

_READ_LIST = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
_READ_EVENTS = "https://www.googleapis.com/auth/calendar.events.readonly"
_PAGES = 40  # more than ten thousand events in seven weeks are nobody's
_PAGE = 250
# Events that say where somebody is, or whose birthday it is: nothing that was worked on.
_NOT_WORK = frozenset({"workingLocation", "birthday"})
_TOO_MANY = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"})
_OURS = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_NOT_ALLOWED = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})


def listing(reader: Reader) -> Listing:
    """The primary calendar's id is the account's address."""
    found: list[FoundCalendar] = []
    for page in _pages(reader, "/users/me/calendarList", {"maxResults": _PAGE}):
        found += [calendar(one) for one in rows(page, "items") if one.get("deleted") is not True]
    address = next((one.id for one in found if one.is_primary), "")
    if not address:
        raise Unreadable("items.primary")
    return Listing(address=address, calendars=tuple(found))


def events(reader: Reader, calendar_id: str, start: datetime, end: datetime) -> Iterator[FoundEvent]:
    """Occurrences that overlap the window, recurring ones expanded by Google."""
    asked: dict[str, str | int] = {
        "timeMin": start.astimezone(UTC).isoformat(),
        "timeMax": end.astimezone(UTC).isoformat(),
        "singleEvents": "true",
        "maxResults": _PAGE,
    }
    for page in _pages(reader, f"/calendars/{quote(calendar_id, safe='')}/events", asked):
        yield from filter(None, map(event, rows(page, "items")))


def calendar(one: Row) -> FoundCalendar:
    """``summaryOverride`` is the name that the person gave it."""
    name = optional_text(one, "summaryOverride") or optional_text(one, "summary")
    return FoundCalendar(id=text(one, "id"), name=title_of(name), is_primary=one.get("primary") is True)


def event(one: Row) -> FoundEvent | None:
    """None for what is cancelled, declined, no work, or has no length."""
    if one.get("status") == "cancelled" or one.get("eventType") in _NOT_WORK or _is_declined(one):
        return None
    start, end = row(one.get("start"), "start"), row(one.get("end"), "end")
    is_private = one.get("visibility") in ("private", "confidential")
    said: dict[str, Any] = {
        "id": text(one, "id"),
        "series": optional_text(one, "recurringEventId"),
        "title": "" if is_private else title_of(optional_text(one, "summary")),
        "is_private": is_private,
    }
    if "date" in start:
        if one.get("transparency") == "transparent":  # whole days that leave the person free: birthdays, holidays
            return None
        first, after = day(text(start, "date"), "start.date"), day(text(end, "date"), "end.date")
        return FoundEvent(**said, first_day=first, last_day=max(first, after - timedelta(days=1)))
    begins, ends = instant(text(start, "dateTime"), "start.dateTime"), instant(text(end, "dateTime"), "end.dateTime")
    return FoundEvent(**said, starts_at=begins, ends_at=ends) if ends > begins else None


def _is_declined(one: Row) -> bool:
    guests = one.get("attendees") or []
    return any(
        isinstance(guest, dict) and guest.get("self") is True and guest.get("responseStatus") == "declined"
        for guest in guests
    )


def forbidden(body: object) -> CalendarError:
    """What a 403 means: Google says "too many requests" with it too."""
    reasons = _reasons(body)
    if reasons & _TOO_MANY:
        return Temporary("too many requests")
    if reasons & _OURS:
        return SetupMissing("the calendar API is not enabled for this client")
    if reasons & _NOT_ALLOWED:
        return SignInNeeded("the sign-in does not cover calendars")
    return Refused("forbidden")


def _reasons(body: object) -> set[str]:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return set()
    told = [*(error.get("errors") or []), *(error.get("details") or [])]
    return {str(one.get("reason")) for one in told if isinstance(one, dict)}


def _pages(reader: Reader, path: str, asked: dict[str, str | int]) -> Iterator[Row]:
    """A page may be empty and yet be followed by others."""
    token = ""
    for _ in range(_PAGES):
        page = row(reader.get(path, asked | ({"pageToken": token} if token else {})), "answer")
        yield page
        token = optional_text(page, "nextPageToken")
        if not token:
            return
    raise Unreadable("nextPageToken")


GOOGLE = Vendor(
    key="google",
    name="Google",
    authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
    token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
    revoke_url="https://oauth2.googleapis.com/revoke",
    api_url="https://www.googleapis.com/calendar/v3",
    scopes=(_READ_LIST, _READ_EVENTS),
    # On Google's page a person may untick a part of what is asked for.
    needed_scopes=frozenset({_READ_LIST, _READ_EVENTS}),
    # Only a new consent brings a refresh token along.
    parameters={"access_type": "offline", "prompt": "consent select_account"},
    listing=listing,
    events=events,
    forbidden=forbidden,
)
