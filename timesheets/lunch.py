"""Unpaid lunch (P20): recorded by the person, shown as a grey area, or deducted from the first entry of the day.

The equation of a deduction, which every write of times or hours keeps: what an entry lasts by the clock is its minutes
and its lunch. A lunch is kept whole or goes: an entry that is not longer than its lunch has none.

Deducted from is the first entry that is put on the clock of a day, drawn, copied or said in a line, if it is longer
than the lunch; else the next one that is. An entry that was there first keeps others from it, also when its lunch was
taken off by hand: who said that there was no lunch is not contradicted by the next entry. Hours without times are
what was said, so nothing is deducted from them. Nothing is deducted from absence either, and absence is nobody's first
entry: who is at the dentist in the morning has lunch in the afternoon. A lunch goes along with its entry to another
time or day, and stays with the first part when the entry is cut or passes midnight; it goes when the entry becomes
absence, and comes when absence becomes work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from timesheets import clock
from timesheets.models import TimeEntry, TimeSettings
from timesheets.models.settings import Lunch


@dataclass(frozen=True, slots=True)
class LunchTime:
    """When a working day has its lunch, minutes from midnight."""

    start: int
    end: int


def shown_lunch(settings: TimeSettings) -> LunchTime | None:
    """The grey area of working days, None where none is shown."""
    if settings.lunch != Lunch.SHOWN:
        return None
    start = clock.minute_of(settings.lunch_starts_at)
    return LunchTime(start, start + settings.lunch_minutes)


def deducted_minutes(settings: TimeSettings) -> int:
    """What is deducted from the first entry of a day; 0 where nothing is."""
    return settings.lunch_minutes if settings.lunch == Lunch.DEDUCTED else 0


def usual_lunch(deducted: int, day: date, others: Iterable[TimeEntry]) -> int:
    """The lunch of work that is put on the clock of ``day`` beside the ``others``, if it is long enough for it.

    ``others`` are without absence.
    """
    taken = any(
        other.day == day and other.start_time is not None and other.minutes + other.lunch_minutes > deducted
        for other in others
    )
    return 0 if taken else deducted


def fitting(lunch: int, length: int) -> int:
    """The lunch that an entry of ``length`` minutes by the clock keeps: a minute of work is left, or there is none."""
    return lunch if lunch < length else 0
