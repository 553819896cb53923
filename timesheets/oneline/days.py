"""Days in a line: in words, as names of days, as dates. ``today`` is the day on which the line was written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from timesheets.oneline import words
from timesheets.oneline.tokens import Token

# What a calendar of work can mean.
YEARS = range(1990, 2200)

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DOTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?", re.ASCII)
_SLASH = re.compile(r"(\d{1,2})/(\d{1,2})(?:[/-](\d{4}|\d{2}))?", re.ASCII)
_NUMBER = re.compile(r"(\d{1,2})(?:\.|st|nd|rd|th|:e|:a)?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
# What may be a date or a time: the rest of the line decides.
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})", re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2})\.(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class DayFound:
    """``length`` pieces of the line say a day; ``day`` is None when it is one that no calendar has."""

    length: int
    day: date | None


def day_at(tokens: Sequence[Token], at: int, today: date) -> DayFound | None:
    """The day that begins with this piece, in the longest reading."""
    said = []
    for token in tokens[at : at + 5]:
        if not token.is_plain:
            break
        said.append(token.word)
    if not said:
        return None
    readings = (
        _relative(said, today),
        _ago(said, today),
        _weekday(said, today),
        _date(said, today),
        _named(said, today),
    )
    return max((found for found in readings if found), key=lambda found: found.length, default=None)


def date_or_time(token: Token, today: date) -> date | None:
    """The date of a piece that may as well be a time: ``03-02`` is month and day, ``3.3`` day and month."""
    if match := _MONTH_DAY.fullmatch(token.word):
        return _near(int(match[1]), int(match[2]), today)
    if match := _DAY_MONTH.fullmatch(token.word):
        return _near(int(match[2]), int(match[1]), today)
    return None


def _relative(said: list[str], today: date) -> DayFound | None:
    for length in range(min(4, len(said)), 0, -1):
        days = words.RELATIVE.get(tuple(said[:length]))
        if days is not None:
            return DayFound(length, today + timedelta(days=days))
    return None


def _ago(said: list[str], today: date) -> DayFound | None:
    """``2 days ago``, ``for 2 dager siden``."""
    skip = 1 if said[0] == "for" else 0
    rest = said[skip : skip + 3]
    if (
        len(rest) < 3
        or rest[1] not in words.DAYS
        or rest[2] not in words.AGO
        or not re.fullmatch("[0-9]{1,2}", rest[0])
    ):
        return None
    return DayFound(skip + 3, today - timedelta(days=int(rest[0])))


def _weekday(said: list[str], today: date) -> DayFound | None:
    first = said[0]
    if first in words.WEEKDAYS:
        return DayFound(1, _latest(words.WEEKDAYS[first], today))
    if first.endswith(".") and first[:-1] in words.SHORT_WEEKDAYS:
        return DayFound(1, _latest(words.SHORT_WEEKDAYS[first[:-1]], today))
    if len(said) < 2:
        return None
    if first == "i" and said[1] in words.PAST_WEEKDAYS:
        return DayFound(2, _latest(words.PAST_WEEKDAYS[said[1]], today - timedelta(days=1)))
    name = said[1].removesuffix(".")
    number = words.WEEKDAYS.get(name, words.SHORT_WEEKDAYS.get(name))
    if number is None:
        return None
    day = _spoken_of(first, number, today)
    return DayFound(2, day) if day else None


def _spoken_of(word: str, number: int, today: date) -> date | None:
    monday = today - timedelta(days=today.weekday())
    if word in words.PREVIOUS:
        return monday + timedelta(days=number - 7)
    if word in words.LATEST:
        return _latest(number, today - timedelta(days=1))
    if word in words.NEXT:
        return monday + timedelta(days=number + 7)
    if word in words.THIS:
        return monday + timedelta(days=number)
    if word in words.COMING:
        return _latest(number, today + timedelta(days=7))
    if word in words.ON:
        return _latest(number, today)
    return None


def _latest(number: int, until: date) -> date:
    """The latest day of that name which is not after ``until``."""
    return until - timedelta(days=(until.weekday() - number) % 7)


def _date(said: list[str], today: date) -> DayFound | None:
    skip = 1 if said[0] in words.THE and len(said) > 1 else 0
    first = said[skip]
    if match := _ISO.fullmatch(first):
        return DayFound(skip + 1, _real(int(match[1]), int(match[2]), int(match[3])))
    match = _DOTS.fullmatch(first) or _SLASH.fullmatch(first)
    if not match:
        return None
    day, month = int(match[1]), int(match[2])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return DayFound(skip + 1, _in_year(month, day, match[3]) if match[3] else _near(month, day, today))


def _named(said: list[str], today: date) -> DayFound | None:
    """``3. mars``, ``den 3 mars 2026``, ``March 3``."""
    skip = 1 if said[0] in words.THE else 0
    rest = said[skip:]
    if len(rest) < 2:
        return None
    number, month = _NUMBER.fullmatch(rest[0]), words.MONTHS.get(rest[1].removesuffix("."))
    if not (number and month):
        number, month = _NUMBER.fullmatch(rest[1]), words.MONTHS_BEFORE.get(rest[0])
    if not (number and month) or not 1 <= int(number[1]) <= 31:
        return None
    if len(rest) > 2 and _YEAR.fullmatch(rest[2]) and int(rest[2]) in YEARS:
        return DayFound(skip + 3, _real(int(rest[2]), month, int(number[1])))
    return DayFound(skip + 2, _near(month, int(number[1]), today))


def _in_year(month: int, day: int, year: str) -> date | None:
    return _real(int(year) + (2000 if len(year) == 2 else 0), month, day)


def _near(month: int, day: int, today: date) -> date | None:
    """Of the years around this one, the one whose day lies nearest, the earlier of two; None when none has it."""
    days = [found for year in range(today.year - 4, today.year + 5) if (found := _real(year, month, day))]
    return min(days, key=lambda found: (abs((found - today).days), found), default=None)


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None
