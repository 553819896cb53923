"""Hours and times of the day in a line: ``2t30``, ``1,5 timer``, ``9-11.30``, ``kl 9 til 11``, ``fra 9``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from busy.lib.durations import DAY, HOURS, MINUTES, NotADuration, parse_hours
from timesheets.clock import NotATime, read_time
from timesheets.oneline import words
from timesheets.oneline.tokens import Token

_TIME = r"(\d{1,2}(?:[:.]\d{2}|\d{2})?)(am|pm)?"
_ONE_TIME = re.compile(_TIME, re.ASCII)
_FROM_TO = re.compile(rf"{_TIME}[-–—]{_TIME}", re.ASCII)
# A number alone is no duration: it has a unit, a colon, or decimals.
_MARKED = re.compile(
    rf"\d{{1,4}}(?:[.,]\d{{1,4}})? ?{HOURS}|\d{{1,3}} ?{HOURS} ?\d{{1,2}} ?{MINUTES}?|\d{{1,5}} ?{MINUTES}"
    r"|\d{1,3}:\d{2}|\d{0,4}[.,]\d{1,4}",
    re.ASCII,
)
_UNIT_AT_THE_END = re.compile(r".*[a-z]", re.ASCII)
_WHOLE = re.compile(r"\d{1,2}", re.ASCII)
_LONGEST_DURATION = 5
HALF_DAY = 12 * 60


@dataclass(frozen=True, slots=True)
class Length:
    """``length`` pieces of the line say a duration of so many minutes."""

    length: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Span:
    """``length`` pieces say from when to when, minutes from midnight; without ``end`` only from when."""

    length: int
    start: int
    end: int | None


def length_at(tokens: Sequence[Token], at: int) -> Length | None:
    """The duration that begins with this piece, in the longest reading."""
    said = _plain(tokens, at, _LONGEST_DURATION)
    for length in range(len(said), 0, -1):
        text = " ".join(word for word in said[:length] if word not in words.AND)
        if length > 1 and (said[length - 1] in words.AND or not _UNIT_AT_THE_END.fullmatch(text)):
            continue  # "2t 30 guests": a number behind belongs to it in one piece only
        if _MARKED.fullmatch(text):
            try:
                return Length(length, parse_hours(text))
            except NotADuration:
                continue
    return None


def whole_hours(token: Token) -> int | None:
    """Minutes of a bare number, which means hours where nothing else says how long."""
    if not token.is_plain or not _WHOLE.fullmatch(token.word) or not 1 <= int(token.word) <= 24:
        return None
    return int(token.word) * 60


def span_at(tokens: Sequence[Token], at: int) -> Span | None:
    """From when to when, or only from when, beginning with this piece."""
    said = _plain(tokens, at, 4)
    skip = 1 if said and said[0] in words.FROM else 0
    rest = said[skip:]
    if not rest:
        return None
    if match := _FROM_TO.fullmatch(rest[0]):
        return _span(skip + 1, match[1], match[2], match[3], match[4])
    first = _ONE_TIME.fullmatch(rest[0])
    if not first:
        return None
    if len(rest) > 2 and rest[1] in words.TO and (last := _ONE_TIME.fullmatch(rest[2])):
        return _span(skip + 3, first[1], first[2], last[1], last[2])
    if not skip:
        return None
    start = _minute(first[1], first[2])
    return None if start is None else Span(2, start % DAY, None)


def _plain(tokens: Sequence[Token], at: int, most: int) -> list[str]:
    said = []
    for token in tokens[at : at + most]:
        if not token.is_plain:
            break
        said.append(token.word)
    return said


def _span(length: int, first: str, first_half: str | None, last: str, last_half: str | None) -> Span | None:
    start, end = _minute(first, first_half), _minute(last, last_half)
    if start is None or end is None:
        return None
    if last_half and not first_half and start < HALF_DAY and last_half == "pm" and start + HALF_DAY < end:
        start += HALF_DAY  # 9-11pm; 11-2pm begins in the morning
    if first_half and not last_half and end <= start and end <= HALF_DAY:
        end += HALF_DAY  # 9am-5
    return Span(length, start % DAY, end or DAY)


def _minute(text: str, half: str | None) -> int | None:
    try:
        minute = read_time(text)
    except NotATime:
        return None
    if not half:
        return minute
    if not 60 <= minute < 13 * 60:
        return None
    return minute % HALF_DAY + (HALF_DAY if half == "pm" else 0)
