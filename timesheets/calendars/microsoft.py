"""Microsoft Graph v1.0, Outlook calendars. Facts: learn.microsoft.com/graph/api/calendar-list-calendarview and
learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from timesheets.calendars.errors import CalendarError, Refused, Unreadable
from timesheets.calendars.http import Reader
from timesheets.calendars.parse import Row, day, instant, optional_text, row, rows, text, title_of
from timesheets.calendars.records import FoundCalendar, FoundEvent, Listing
from timesheets.calendars.vendors import Vendor

_PAGES = 200
_PAGE = 100
_FIELDS = "id,seriesMasterId,subject,sensitivity,isAllDay,isCancelled,responseStatus,showAs,start,end"
# Times in UTC, and ids that stay when an event is moved to another calendar.
_PREFER = 'outlook.timezone="UTC", IdType="ImmutableId"'
_NEXT = "@odata.nextLink"
_HIDDEN = frozenset({"private", "confidential", "personal"})


def listing(reader: Reader) -> Listing:
    """The owner of the default calendar is who is signed in; so nothing about the person has to be asked for."""
    found, address = [], ""
    for page in _pages(reader, "/me/calendars", {"$top": _PAGE}):
        for one in rows(page, "value"):
            found.append(calendar(one))
            if found[-1].is_primary:
                owner = one.get("owner")
                address = optional_text(owner, "address") if isinstance(owner, dict) else ""
    if not address:
        raise Unreadable("value.owner.address")
    return Listing(address=address, calendars=tuple(found))


def events(reader: Reader, calendar_id: str, start: datetime, end: datetime) -> Iterator[FoundEvent]:
    """Occurrences, exceptions and single events that overlap the window, expanded by Microsoft."""
    asked: dict[str, str | int] = {
        "startDateTime": start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "endDateTime": end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "$select": _FIELDS,
        "$top": _PAGE,
    }
    for page in _pages(reader, f"/me/calendars/{quote(calendar_id, safe='')}/calendarView", asked):
        yield from filter(None, map(event, rows(page, "value")))


def calendar(one: Row) -> FoundCalendar:
    return FoundCalendar(
        id=text(one, "id"),
        name=title_of(optional_text(one, "name")),
        is_primary=one.get("isDefaultCalendar") is True,
    )


def event(one: Row) -> FoundEvent | None:
    """None for what is cancelled, declined, or has no length."""
    answer = one.get("responseStatus")
    declined = isinstance(answer, dict) and answer.get("response") == "declined"
    if one.get("isCancelled") is True or declined:
        return None
    start, end = row(one.get("start"), "start"), row(one.get("end"), "end")
    is_private = one.get("sensitivity") in _HIDDEN
    said: dict[str, Any] = {
        "id": text(one, "id"),
        "series": optional_text(one, "seriesMasterId"),
        "title": "" if is_private else title_of(optional_text(one, "subject")),
        "is_private": is_private,
    }
    if one.get("isAllDay") is True:
        if one.get("showAs") == "free":
            return None
        first, after = _floating_day(start, "start"), _floating_day(end, "end")
        return FoundEvent(**said, first_day=first, last_day=max(first, after - timedelta(days=1)))
    begins, ends = _utc(start, "start"), _utc(end, "end")
    return FoundEvent(**said, starts_at=begins, ends_at=ends) if ends > begins else None


def _floating_day(moment: Row, path: str) -> date:
    """Doubtful, not seen at the vendor: all-day events are told as midnights of no zone, whatever zone is preferred."""
    return day(text(moment, "dateTime"), f"{path}.dateTime")


def _utc(moment: Row, path: str) -> datetime:
    """In UTC as preferred; another zone would shift every event, so it is not guessed."""
    if optional_text(moment, "timeZone") not in ("UTC", "Etc/UTC"):
        raise Unreadable(f"{path}.timeZone")
    return instant(text(moment, "dateTime"), f"{path}.dateTime")


def forbidden(_body: object) -> CalendarError:
    """A 403 is a mailbox without a calendar, or an organisation that keeps it closed; limits come as 429."""
    return Refused("forbidden")


def _pages(reader: Reader, path: str, asked: dict[str, str | int]) -> Iterator[Row]:
    """The next link holds everything that was asked for."""
    page = row(reader.get(path, asked, prefer=_PREFER), "answer")
    for _ in range(_PAGES):
        yield page
        following = optional_text(page, _NEXT)
        if not following:
            return
        page = row(reader.follow(following, prefer=_PREFER), "answer")
    raise Unreadable(_NEXT)


MICROSOFT = Vendor(
    key="microsoft",
    name="Microsoft",
    authorize_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
    token_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",  # noqa: S106 - an address
    revoke_url="",  # there is none for one application: people take it back on their account's page
    api_url="https://graph.microsoft.com/v1.0",
    scopes=("offline_access", "https://graph.microsoft.com/Calendars.ReadBasic"),
    needed_scopes=frozenset(),  # allowed as a whole or not at all
    parameters={"prompt": "select_account"},
    listing=listing,
    events=events,
    forbidden=forbidden,
)
