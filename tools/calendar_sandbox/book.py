"""Whose calendars there are, and what is in them. Recurring events are rules that are expanded for the window asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OSLO = "Europe/Oslo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, or a rule of a series when it has ``weekdays`` (Monday is 0). ``days`` > 0 makes it an all-day one.

    ``at`` is the local time in ``zone``; ``skips`` are dates on which an occurrence was cancelled.
    """

    id: str
    title: str
    day: date
    at: time = time(9)
    minutes: int = 60
    zone: str = OSLO
    days: int = 0
    weekdays: frozenset[int] = frozenset()
    skips: frozenset[date] = frozenset()
    is_private: bool = False
    is_declined: bool = False
    is_cancelled: bool = False
    is_free: bool = False
    kind: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    event: Event
    id: str
    series: str
    day: date
    start: datetime
    end: datetime
    is_cancelled: bool


@dataclass(slots=True, kw_only=True)
class Calendar:
    id: str
    name: str
    is_primary: bool = False
    events: dict[str, Event] = field(default_factory=dict)

    def put(self, *events: Event) -> None:
        self.events.update({event.id: event for event in events})


@dataclass(slots=True, kw_only=True)
class Account:
    """Of one vendor. ``can_read`` False: an organisation that keeps its calendars closed."""

    address: str
    name: str
    calendars: dict[str, Calendar]
    can_read: bool = True

    @property
    def primary(self) -> Calendar:
        return next(one for one in self.calendars.values() if one.is_primary)


def occurrences(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Occurrence]:
    """What overlaps the window, by start: it ends after the window's start and begins before its end."""
    found = [one for event in list(calendar.events.values()) for one in _expanded(event, start, end)]
    yield from sorted(
        (one for one in found if one.end > start and one.start < end), key=lambda one: (one.start, one.id)
    )


def _expanded(event: Event, start: datetime, end: datetime) -> Iterator[Occurrence]:
    if not event.weekdays:
        yield _on(event, event.day, event.id, "")
        return
    day = max(event.day, start.date() - timedelta(days=2))
    while day <= end.date() + timedelta(days=1):
        if day.weekday() in event.weekdays:
            # The id tells the original start, as at Google; it stays when one occurrence is moved.
            yield _on(event, day, f"{event.id}_{day:%Y%m%d}", event.id)
        day += timedelta(days=1)


def _on(event: Event, day: date, id_: str, series: str) -> Occurrence:
    if event.days:
        begin = datetime.combine(day, time(), UTC)
        finish = begin + timedelta(days=event.days)
    else:
        begin = datetime.combine(day, event.at, ZoneInfo(event.zone)).astimezone(UTC)
        finish = begin + timedelta(minutes=event.minutes)
    is_cancelled = event.is_cancelled or day in event.skips
    return Occurrence(event=event, id=id_, series=series, day=day, start=begin, end=finish, is_cancelled=is_cancelled)


def demo(vendor: str, today: date) -> dict[str, Account]:
    """Anna's and Bo's weeks, around today."""
    monday = today - timedelta(days=today.weekday())
    begun = monday - timedelta(weeks=12)
    week = [monday + timedelta(days=number) for number in range(7)]
    host = "gmail.example" if vendor == "google" else "nordlys.example"
    own = Calendar(
        id=f"anna.nygard@{host}" if vendor == "google" else "AAMkAGAnna=", name="Anna Nygård", is_primary=True
    )
    own.put(
        Event(id="standup", title="Morgenmøte", day=begun, at=time(9), minutes=30, weekdays=frozenset(range(5))),
        Event(id="review", title="Designgjennomgang", day=begun, at=time(13), minutes=90, weekdays=frozenset({1, 3})),
        Event(id="status", title="Statusmøte Solvik", day=begun, at=time(10, 30), minutes=60, weekdays=frozenset({2})),
        Event(id="dentist", title="Tannlege", day=week[3], at=time(8), minutes=45, is_private=True),
        Event(id="lunch", title="Lunsj med Havn", day=week[4], at=time(11, 30), minutes=75),
        Event(
            id="call", title="Call with the Helsinki team", day=week[4], at=time(11), minutes=60, zone="Europe/Helsinki"
        ),
        Event(id="release", title="Lansering i natt", day=week[2], at=time(22, 30), minutes=180),
        Event(id="fair", title="Designdagene", day=week[1], days=2),
        Event(id="declined", title="Leverandørbesøk", day=week[0], at=time(14), is_declined=True),
        Event(id="off", title="Avlyst workshop", day=week[0], at=time(15), is_cancelled=True),
        Event(id="workshop", title="Workshop med kunden", day=week[0], at=time(13), minutes=120),
    )
    shared = Calendar(
        id="prosjekter@group.calendar.google.com" if vendor == "google" else "AAMkAGTeam=", name="Prosjekter"
    )
    shared.put(
        Event(
            id="plan", title="Plan for neste leveranse", day=begun, at=time(14, 30), minutes=60, weekdays=frozenset({4})
        )
    )
    bo = Calendar(
        id=f"bo.lindqvist@{host}" if vendor == "google" else "AAMkAGBo=", name="Bo Lindqvist", is_primary=True
    )
    bo.put(Event(id="bos", title="Ledermøte", day=begun, at=time(8, 30), minutes=90, weekdays=frozenset({0})))
    found = [
        Account(address=f"anna.nygard@{host}", name="Anna Nygård", calendars={own.id: own, shared.id: shared}),
        Account(address=f"bo.lindqvist@{host}", name="Bo Lindqvist", calendars={bo.id: bo}),
    ]
    return {account.address: account for account in found}
