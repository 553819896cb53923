"""The moves of the timeline, as values. Entries are named by the ids that were made in the browser."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an entry stands: from ``start`` to ``end``, minutes from the day's midnight, or without times.

    An end before the start belongs to the next day. ``minutes`` is the length of an entry without times.
    """

    day: date
    start: int | None = None
    end: int | None = None
    minutes: int = 0

    @property
    def passes_midnight(self) -> bool:
        return self.start is not None and self.end is not None and self.end < self.start

    @property
    def days(self) -> tuple[date, ...]:
        return (self.day, self.day + timedelta(days=1)) if self.passes_midnight else (self.day,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """``is_billable`` None follows the project and the work type; ``billable_minutes`` is a write-down.

    ``task_id`` is there on task-driven projects alone (P19). ``lunch_minutes`` None is the usual lunch (P20); a number
    is what the entry had before, and is kept where it fits.
    """

    id: uuid.UUID
    place: Place
    project_id: int
    work_type_id: int
    task_id: int | None = None
    note: str = ""
    is_billable: bool | None = None
    billable_minutes: int | None = None
    lunch_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Moves, resizes, or changes what an entry says; None leaves a thing as it is.

    ``on`` is (project, work type), and says anew which task the entry has, if any: ``task_id``. ``billable_minutes``
    count only if it ``writes_down``: None then bills all of the entry.
    """

    id: uuid.UUID
    base: str
    place: Place | None = None
    on: tuple[int, int] | None = None
    task_id: int | None = None
    note: str | None = None
    is_billable: bool | None = None
    billable_minutes: int | None = None
    writes_down: bool = False
    lunch_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Makes the entry ``id`` like the entry ``of``, at another place. Also locked entries can be copied."""

    id: uuid.UUID
    of: uuid.UUID
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Cuts an entry in two at the minute ``at``; the later part becomes the entry ``rest_id``."""

    id: uuid.UUID
    base: str
    at: int
    rest_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    id: uuid.UUID
    base: str


Move = Create | Change | Copy | Cut | Delete


def places_of(move: Move) -> tuple[Place, ...]:
    """Where the move puts something."""
    place = getattr(move, "place", None)
    return (place,) if place is not None else ()
