"""A person's seven days as small bars against capacity, for an SVG of 81 by 28."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from timesheets.approval_rules import DaySum

_HEIGHT = 28
_WIDTH = 9
_STEP = 12
# The height stands for eleven hours; what is above is cut.
_TALLEST = 11 * 60
_NO_CAPACITY = 2
_GAP = 1


@dataclass(frozen=True, slots=True)
class Bar:
    """``kind`` is capacity, worked, absence or over. Attributes are text: a localised 8,9 is no number in SVG."""

    kind: str
    x: str
    y: str
    height: str


def bars_of(days: Sequence[DaySum]) -> list[Bar]:
    return [bar for place, day in enumerate(days) for bar in _bars(place * _STEP, day)]


def bars_in_words(days: Sequence[DaySum]) -> str:
    """``Monday 7.5, Tuesday 9.5``: what the bars say to who cannot see them."""
    return ", ".join(_in_words(day) for day in days if day.minutes)


def _in_words(day: DaySum) -> str:
    told = {"weekday": capfirst(date_format(day.day, "l")), "hours": print_hours(day.minutes)}
    if not day.absence:
        return f"{told['weekday']} {told['hours']}"
    return _("%(weekday)s %(hours)s, of it absence %(absence)s") % (told | {"absence": print_hours(day.absence)})


def _bars(x: int, day: DaySum) -> Iterator[Bar]:
    capacity = _tall(day.capacity)
    yield _bar("capacity", x, 0, capacity if day.capacity else _NO_CAPACITY)
    within = _tall(min(day.worked, day.capacity))
    if within:
        yield _bar("worked", x, 0, within)
    absence = _tall(min(day.worked + day.absence, day.capacity)) - within
    if absence > 0:
        yield _bar("absence", x, within, absence)
    if day.over:
        foot = capacity + _GAP if day.capacity else 0
        yield _bar("over", x, foot, max(_GAP, _tall(day.minutes) - foot))


def _tall(minutes: int) -> float:
    return _HEIGHT * min(minutes, _TALLEST) / _TALLEST


def _bar(kind: str, x: int, foot: float, height: float) -> Bar:
    return Bar(kind, str(x), f"{_HEIGHT - foot - height:.1f}", f"{height:.1f}")
