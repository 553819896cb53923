"""Entries written as a line, so that reading the line gives the entry back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

from busy.lib.durations import print_hours
from busy.lib.folding import fold
from timesheets.clock import written_time
from timesheets.oneline.names import Candidate, Pair
from timesheets.oneline.reading import Reading, read_line, take_apart
from timesheets.oneline.tokens import PROJECT, WORK_TYPE, clean, quoted

_UNIT = {"nb": "t", "da": "t", "sv": "tim", "en": "h"}
_RELATIVE = {
    "nb": {0: "i dag", -1: "i går", -2: "i forgårs", 1: "i morgen"},
    "da": {0: "i dag", -1: "i går", -2: "i forgårs", 1: "i morgen"},
    "sv": {0: "i dag", -1: "i går", -2: "i förrgår", 1: "i morgon"},
    "en": {0: "today", -1: "yesterday", -2: "day before yesterday", 1: "tomorrow"},
}
_WEEKDAYS = {
    "nb": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "da": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_PREVIOUS = {"nb": "forrige", "da": "forrige", "sv": "förra", "en": "last"}
_MONTHS = {
    "nb": [
        "januar",
        "februar",
        "mars",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "desember",
    ],
    "da": [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "sv": [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


class DayForm(StrEnum):
    """How a day is written; where a form cannot say the day, the ISO date does."""

    RELATIVE = "relative"
    WEEKDAY = "weekday"
    PREVIOUS = "previous"
    DOTS = "dots"
    DOTS_AND_YEAR = "dots_and_year"
    SLASH = "slash"
    MONTH = "month"
    ISO = "iso"


def write_day(day: date, today: date, language: str, form: DayForm) -> str:
    ago = (today - day).days
    monday = today - timedelta(days=today.weekday())
    if form == DayForm.RELATIVE and -ago in _RELATIVE[language]:
        return _RELATIVE[language][-ago]
    if form == DayForm.WEEKDAY and 0 <= ago < 7:
        return _WEEKDAYS[language][day.weekday()]
    if form == DayForm.PREVIOUS and monday - timedelta(days=7) <= day < monday:
        return f"{_PREVIOUS[language]} {_WEEKDAYS[language][day.weekday()]}"
    if form == DayForm.MONTH:
        dot = "." if language in ("nb", "da") else ""
        return f"{day.day}{dot} {_MONTHS[language][day.month - 1]} {day.year}"
    if form == DayForm.DOTS_AND_YEAR:
        return f"{day.day}.{day.month}.{day.year}"
    if abs(ago) < 180 and form == DayForm.DOTS:
        return f"{day.day}.{day.month}."
    if abs(ago) < 180 and form == DayForm.SLASH:
        return f"{day.day}/{day.month}"
    return day.isoformat()


def write_length(minutes: int, language: str) -> str:
    printed = print_hours(minutes, language)
    return printed if ":" in printed else printed + _UNIT[language]


def write_line(
    pair: Pair,
    *,
    day: str = "",
    length: str = "",
    times: tuple[int, int] | None = None,
    note: str = "",
    candidates: Sequence[Candidate] = (),
) -> str:
    """A line that says the pair among the candidates, the day and the length as written, and the note."""
    said = f"{written_time(times[0])}-{written_time(times[1])}" if times else length
    pieces = [said, project_in_words(pair.project, candidates), work_in_words(pair), quoted(note) if note else "", day]
    return " ".join(piece for piece in pieces if piece)


def project_in_words(project: Candidate, candidates: Sequence[Candidate]) -> str:
    """With the sign, and as much as it takes to mean this one project: the name, the number, or Busy's own id."""
    others = [other for other in candidates if other.id != project.id]
    taken = {fold(text) for other in others for text in (other.name, other.number) if text}
    for text in (project.name, project.number):
        if fold(text) and fold(text) not in taken:
            return _signed(PROJECT, text)
    return f"{PROJECT}={project.id}"


def work_in_words(pair: Pair) -> str:
    """The work type, behind its task where there is one."""
    works = pair.project.work_types
    kinds = {work.id: (work.name, work.number) for work in works}
    tasks = {work.task_id: (work.task, work.task_number) for work in works if work.task_id is not None}
    kind = _clear(pair.work.id, pair.work.name, kinds, tasks) or f"{WORK_TYPE}={pair.work.id}"
    if pair.work.task_id is None:
        return kind
    task = _clear(pair.work.task_id, pair.work.task, tasks, kinds) or f"{WORK_TYPE}=t{pair.work.task_id}"
    return f"{task} {kind}"


def _clear(own: int, name: str, same: Mapping[int, tuple[str, str]], other: Mapping[int, tuple[str, str]]) -> str:
    """The name with its sign, unless something else of the project has it as name or number."""
    others = [texts for id_, texts in same.items() if id_ != own] + list(other.values())
    taken = {fold(text) for texts in others for text in texts if text}
    return _signed(WORK_TYPE, name) if fold(name) and fold(name) not in taken else ""


def _signed(sign: str, name: str) -> str:
    return sign + quoted(name)


def with_pair(text: str, pair: Pair, candidates: Sequence[Candidate], today: date, *, is_all: bool = True) -> str:
    """The line with this project and work type in place of what it says about them, in the plainest words that do.

    Everything else stays as it was written.
    """
    before = read_line(text, candidates, today, is_all=is_all)
    plain = " ".join(filter(None, [pair.project.name, pair.work.task, pair.work.name]))
    line = _put(text, plain, before, today)
    after = read_line(line, candidates, today, is_all=is_all)
    if (after.project, after.work, after.note, _when(after)) == (pair.project, pair.work, before.note, _when(before)):
        return line
    return _put(text, f"{project_in_words(pair.project, candidates)} {work_in_words(pair)}", before, today)


def _when(reading: Reading) -> tuple[object, ...]:
    return (reading.day, reading.start, reading.end, reading.minutes)


def _put(text: str, names: str, before: Reading, today: date) -> str:
    """The names before the note, or at the end; times and days where they were."""
    parts = take_apart(clean(text), today)
    note_at = set(before.note_at)
    pieces: list[str] = []
    placed = False
    for at, token in enumerate(parts.tokens):
        if not placed and at not in parts.taken:
            pieces.append(names)
            placed = True
        if at in parts.taken or at in note_at:
            pieces.append(token.written)
    return " ".join(pieces if placed else [*pieces, names])
