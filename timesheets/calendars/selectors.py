"""What the timeline and the calendars page read: always the member's own, whoever asks for what."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch

from busy.catalog.selectors import loggable_places, with_driven
from busy.workspaces.models import Membership
from timesheets.calendars.pieces import Piece, timed, whole_days
from timesheets.calendars.records import title_digest
from timesheets.calendars.spans import Span
from timesheets.models import Calendar, CalendarAccount, CalendarEvent, EventChoice, TimeEntry

_REMEMBERED = 400  # of the last answers, by which a project is suggested


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A piece of an event that may become an entry.

    ``entry`` is the id of the entry that was made from it, while that is there. ``like`` is the last entry that was
    made from an event of the same series, or of the same title.
    """

    piece: Piece
    title: str
    is_private: bool
    calendar: str
    entry: uuid.UUID | None
    like: Any  # a TimeEntry that knows whether its project ``is_driven``, or None


def accounts_of(member: Membership) -> list[CalendarAccount]:
    """With their ``calendars``, the primary one first. Two queries."""
    calendars = Prefetch("calendars", Calendar.objects.order_by("-is_primary", "name", "pk"))
    return list(CalendarAccount.objects.filter(member=member).prefetch_related(calendars).order_by("pk"))


def account_of(member: Membership, account_id: int) -> CalendarAccount | None:
    return CalendarAccount.objects.filter(member=member, pk=account_id).first()


def offers(member: Membership, days: Collection[date], seen: Collection[uuid.UUID] = ()) -> list[Offer]:
    """What the member's shown calendars have on the days, by time. One query without events, a handful with any number.

    What was hidden is left out; so is what became an entry that is not among the ``seen`` ones. The same meeting in two
    calendars is one offer. ``member.workspace`` must be loaded.
    """
    first, last = min(days), max(days)
    span = Span.of(first, last, member.workspace.zone)
    events = list(
        CalendarEvent.objects.filter(span.overlapping, calendar__is_shown=True, calendar__account__member=member)
        .select_related("calendar")
        .order_by("-calendar__is_primary", "calendar_id", "pk")
    )
    if not events:
        return []
    laid = [(event, piece) for event in events for piece in _pieces(event, member.workspace.zone, first, last)]
    answers = _answers(member, [piece.key for _, piece in laid])
    free = _once(laid, answers)
    likes = _Likes(member, [event for event, _ in free])
    found = [
        Offer(
            piece=piece,
            title=event.title,
            is_private=event.is_private,
            calendar=event.calendar.name,
            entry=answers.get(piece.key),
            like=likes.of(event),
        )
        for event, piece in free
        if piece.key not in answers or answers[piece.key] in seen
    ]
    return sorted(found, key=lambda offer: (offer.piece.day, offer.piece.start or 0, offer.piece.end or 0, offer.title))


def _pieces(event: CalendarEvent, zone: str, first: date, last: date) -> Iterable[Piece]:
    if event.starts_at is not None and event.ends_at is not None:
        return timed(event.key, event.starts_at, event.ends_at, zone, first, last)
    assert event.first_day is not None
    assert event.last_day is not None
    return whole_days(event.key, event.first_day, event.last_day, first, last)


def _answers(member: Membership, keys: Collection[str]) -> dict[str, uuid.UUID | None]:
    """By piece: None for hidden, else the entry that was made of it and is still there."""
    chosen = dict(EventChoice.objects.filter(member=member, key__in=keys).values_list("key", "client_id"))
    made = TimeEntry.objects.filter(member=member, client_id__in=[made for made in chosen.values() if made])
    there = set(made.values_list("client_id", flat=True))
    return {key: made for key, made in chosen.items() if made is None or made in there}


def _once(
    laid: Sequence[tuple[CalendarEvent, Piece]], answers: dict[str, uuid.UUID | None]
) -> list[tuple[CalendarEvent, Piece]]:
    """One piece of each meeting: the answered one, else that of the first calendar. A hidden one hides all."""
    groups: dict[tuple[Any, ...], list[tuple[CalendarEvent, Piece]]] = {}
    for event, piece in laid:
        what = "private" if event.is_private else title_digest(event.title) or event.key
        groups.setdefault((piece.day, piece.start, piece.end, what), []).append((event, piece))
    found = []
    for group in groups.values():
        answered = [one for one in group if one[1].key in answers]
        if any(answers[piece.key] is None for _, piece in answered):
            continue
        found.append((answered or group)[0])
    return found


class _Likes:
    """The last entries that the member made from events, by series and by title, where new time may be logged."""

    def __init__(self, member: Membership, events: Sequence[CalendarEvent]) -> None:
        series = {event.series for event in events} - {""}
        titles = {title_digest(event.title) for event in events} - {""}
        made = EventChoice.objects.filter(member=member, client_id__isnull=False).order_by("-made_at")
        choices = [
            one
            for one in made.values_list("client_id", "series", "title")[:_REMEMBERED]
            if one[1] in series or one[2] in titles
        ]
        entries = with_driven(
            TimeEntry.objects.filter(member=member, client_id__in=[one[0] for one in choices]), "project__"
        ).select_related("project__customer", "work_type", "task")
        places = {entry.client_id: (entry.project_id, entry.work_type_id, entry.task_id) for entry in entries}
        usable = loggable_places(member, places.values())
        known = {entry.client_id: entry for entry in entries if places[entry.client_id] in usable}
        self._by: dict[str, Any] = {}
        for client_id, by_series, by_title in choices:
            if client_id is None or client_id not in known:
                continue
            for name in filter(None, (by_series, by_title)):
                self._by.setdefault(name, known[client_id])

    def of(self, event: CalendarEvent) -> Any:
        return self._by.get(event.series) or self._by.get(title_digest(event.title))
