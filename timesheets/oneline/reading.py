"""What a line of text says: ``2t30 acme møte i går``, ``9-11.30 design @fjell #prosjekt``.

Times and days may stand anywhere. Names stand before the note, or behind a sign anywhere: ``#project``, ``@customer``,
``/work type`` or task. The first word that names nothing begins the note; what stands in quotes is always note. Reading
is pure and deterministic: the same line, the same projects and the same day give the same entry. Nothing is guessed in
silence: what can be meant twice is a problem with choices, each of them a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from busy.lib.durations import DAY
from timesheets.oneline import names
from timesheets.oneline.days import date_or_time, day_at
from timesheets.oneline.names import Candidate, Pair, Work
from timesheets.oneline.problems import Issue, Problem
from timesheets.oneline.times import Length, Span, length_at, span_at, whole_hours
from timesheets.oneline.tokens import CUSTOMER, LONGEST, PROJECT, QUOTED, WORK_TYPE, Token, clean, tokens_of

_KINDS_OF_SIGN = {
    PROJECT: [names.PROJECT],
    CUSTOMER: [names.CUSTOMER],
    WORK_TYPE: [names.TASK, names.WORK_TYPE],
}
_BARE_KINDS = (names.PROJECT, names.CUSTOMER, names.TASK, names.WORK_TYPE)
_LONGEST_NAME = 6
_BARE_NAMES = 5
# More signs than that are part of the note: nobody means so many names.
_SIGNED_NAMES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An entry as far as the line tells it. ``start`` and ``end`` are minutes from midnight; an end before the start
    belongs to the next day. ``minutes`` is the length of an entry without times.

    ``pairs`` is what can be meant while project or work type are open, best first.
    """

    day: date
    is_day_said: bool = False
    start: int | None = None
    end: int | None = None
    minutes: int | None = None
    project: Candidate | None = None
    work: Work | None = None
    note: str = ""
    problems: tuple[Problem, ...] = ()
    pairs: tuple[Pair, ...] = ()
    # The days that the line says when it says several, with the line that says each of them alone.
    days: tuple[tuple[date, str], ...] = ()
    # The places of the note's words among the pieces of the line.
    note_at: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        return not self.problems

    @property
    def has_time(self) -> bool:
        return self.minutes is not None or self.end is not None

    def issue(self, *issues: Issue) -> Problem | None:
        return next((problem for problem in self.problems if problem.issue in issues), None)


@dataclass
class _Parts:
    """A line taken apart. ``free`` are the places of pieces that say neither a day nor a time."""

    tokens: list[Token]
    today: date
    length: int | None = None
    span: Span | None = None
    # The place of a start without an end, its length in pieces, and the minute.
    start: tuple[int, int, int] | None = None
    days: list[tuple[int, int, date | None]] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    @property
    def has_time(self) -> bool:
        return self.length is not None or self.span is not None

    @property
    def free(self) -> list[int]:
        return [at for at in range(len(self.tokens)) if at not in self.taken]

    def take(self, at: int, length: int) -> None:
        self.taken.update(range(at, at + length))


def read_line(text: str, candidates: Sequence[Candidate], today: date, *, is_all: bool = True) -> Reading:
    """Read a line written on the day ``today``. Never raises, whatever the text.

    ``candidates`` are projects that the writer may log on, those used last first; ``is_all`` says that there are no
    others, so that a single one need not be named.
    """
    if len(text) > LONGEST:
        return Reading(day=today, problems=(Problem(Issue.TOO_LONG),))
    parts = take_apart(clean(text), today)
    if not parts.tokens:
        return Reading(day=today, problems=(Problem(Issue.EMPTY),))
    pairs, note_at, unknown, said = _names(parts, names.pairs_of(candidates))
    start, end, minutes, time_problem = _time(parts)
    day, days, day_problem = _day(parts)
    project, work, name_problem = _chosen(pairs, said, is_all=is_all)
    problems = [time_problem, day_problem, *unknown, None if unknown else name_problem]
    return Reading(
        day=day,
        is_day_said=bool(parts.days),
        start=start,
        end=end,
        minutes=minutes,
        project=project,
        work=work,
        note=" ".join(_in_note(parts.tokens[at]) for at in note_at),
        problems=tuple(problem for problem in problems if problem),
        pairs=() if project and work else tuple(pairs),
        days=days,
        note_at=tuple(note_at),
    )


def take_apart(text: str, today: date) -> _Parts:
    """Find days and times; the pieces left over are names and the note."""
    parts = _Parts(tokens_of(text), today)
    doubtful: list[int] = []
    at = 0
    while at < len(parts.tokens):
        at += _take_at(parts, at, doubtful)
    for place in doubtful:
        _decide(parts, place)
    if parts.span and parts.start:
        parts.taken.difference_update(range(parts.start[0], parts.start[0] + parts.start[1]))
        parts.start = None
    if not parts.has_time and parts.tokens and 0 not in parts.taken and (hours := whole_hours(parts.tokens[0])):
        parts.length = hours
        parts.take(0, 1)
    return parts


def _take_at(parts: _Parts, at: int, doubtful: list[int]) -> int:
    """How many pieces further the reading goes on."""
    token = parts.tokens[at]
    if not token.is_plain:
        return 1
    is_doubtful = date_or_time(token, parts.today) is not None
    if is_doubtful and _span_over_several(parts, at) is None and (at or span_at(parts.tokens, 0)):
        doubtful.append(at)
        return 1
    found = None if is_doubtful else day_at(parts.tokens, at, parts.today)
    if found:
        parts.days.append((at, found.length, found.day))
        parts.take(at, found.length)
        return found.length
    time = _time_at(parts, at)
    if time is None:
        return 1
    parts.take(at, time.length)
    return time.length


def _span_over_several(parts: _Parts, at: int) -> Span | None:
    """``9.10 to 11``: no date, though its first piece could be one."""
    span = span_at(parts.tokens, at)
    return span if span and span.length > 1 and span.end is not None else None


def _time_at(parts: _Parts, at: int) -> Length | Span | None:
    """The first duration, the first span and the first start are the entry's; others are words like any other."""
    span = span_at(parts.tokens, at)
    if span and span.end is not None and parts.span is None:
        parts.span = span
        return span
    if span and span.end is None and parts.start is None:
        parts.start = (at, span.length, span.start)
        return span
    length = length_at(parts.tokens, at)
    if length and parts.length is None:
        parts.length = length.minutes
        return length
    return None


def _decide(parts: _Parts, at: int) -> None:
    """``03-02``, and ``3.3`` behind the first word: the time when nothing else says one, a date otherwise."""
    token = parts.tokens[at]
    span, length = span_at([token], 0), length_at([token], 0)
    if not parts.has_time and (length or (span and span.end is not None and span.end > span.start)):
        parts.length = length.minutes if length else parts.length
        parts.span = span if not length else parts.span
    else:
        parts.days.append((at, 1, date_or_time(token, parts.today)))
    parts.take(at, 1)


# What was found, put together ---------------------------------------------------------------------------------------
def _time(parts: _Parts) -> tuple[int | None, int | None, int | None, Problem | None]:
    """Start, end, and minutes without times."""
    length, span = parts.length, parts.span
    if length is not None and not 1 <= length <= DAY:
        return None, None, None, Problem(Issue.NO_LENGTH if length < 1 else Issue.TOO_MANY_HOURS)
    if span is None:
        return _from_start(parts.start[2] if parts.start else None, length)
    assert span.end is not None
    lasts = span.end - span.start if span.end >= span.start else span.end - span.start + DAY
    if lasts == 0:
        return None, None, None, Problem(Issue.NO_LENGTH)
    if length is not None and length != lasts:
        return span.start, span.end, None, Problem(Issue.TIMES_DIFFER, minutes=(lasts, length))
    return span.start, span.end, None, None


def _from_start(start: int | None, length: int | None) -> tuple[int | None, int | None, int | None, Problem | None]:
    if length is None:
        return start, None, None, Problem(Issue.NO_TIME)
    if start is None or length == DAY:
        return None, None, length, None
    end = start + length
    return start, end if end <= DAY else end - DAY, None, None


def _day(parts: _Parts) -> tuple[date, tuple[tuple[date, str], ...], Problem | None]:
    if not parts.days:
        return parts.today, (), None
    if any(day is None for _, _, day in parts.days):
        at, length, _ = next(found for found in parts.days if found[2] is None)
        return parts.today, (), Problem(Issue.NO_SUCH_DAY, text=_words(parts, range(at, at + length)))
    days = [day for _, _, day in parts.days if day is not None]
    if len(set(days)) == 1:
        return days[0], (), None
    lines = tuple((day, _only_day(parts, at)) for at, _, day in parts.days if day is not None)
    return days[0], lines, Problem(Issue.SEVERAL_DAYS)


def _only_day(parts: _Parts, chosen: int) -> str:
    """The line with every other day put into quotes, which makes a note of it."""
    pieces = []
    spans = {at: length for at, length, _ in parts.days}
    at = 0
    while at < len(parts.tokens):
        length = spans.get(at, 1)
        text = _words(parts, range(at, at + length))
        pieces.append(Token(text, QUOTED).written if at in spans and at != chosen else text)
        at += length
    return " ".join(pieces)


def _names(parts: _Parts, pairs: list[Pair]) -> tuple[list[Pair], list[int], list[Problem], set[str]]:
    """What is named, the places of the note's words, signs that name nothing, and which kinds were named."""
    said: set[str] = set()
    used: set[int] = set()
    unknown: list[Problem] = []
    signed = [at for at in parts.free if parts.tokens[at].sign in _KINDS_OF_SIGN]
    for at in signed[:_SIGNED_NAMES]:
        kinds = _KINDS_OF_SIGN[parts.tokens[at].sign]
        if at in used:
            continue
        found, length, as_kinds = _longest(parts, pairs, at, kinds, bare=False)
        used.update(range(at, at + length))
        said |= as_kinds or set(kinds)
        if found:
            pairs = found
        else:
            unknown.append(Problem(Issue.UNKNOWN_NAME, text=parts.tokens[at].written))
    pairs = _bare_names(parts, pairs, said, used)
    return pairs, [at for at in parts.free if at not in used], unknown, said


def _bare_names(parts: _Parts, pairs: list[Pair], said: set[str], used: set[int]) -> list[Pair]:
    """Words before the note that name what no sign has named."""
    for _ in range(_BARE_NAMES):
        at = next((place for place in parts.free if place not in used), None)
        kinds = [kind for kind in _BARE_KINDS if kind not in said]
        if at is None or not parts.tokens[at].is_plain or not kinds:
            break
        found, length, as_kinds = _longest(parts, pairs, at, kinds, bare=True, used=used)
        if not found:
            break
        pairs = found
        used.update(range(at, at + length))
        # What fits as two kinds has not said which of them: the next word may say the other.
        said |= as_kinds if len(as_kinds) == 1 else as_kinds & {names.CUSTOMER, names.TASK}
    return pairs


def _longest(
    parts: _Parts, pairs: list[Pair], at: int, kinds: list[str], *, bare: bool, used: set[int] | None = None
) -> tuple[list[Pair], int, set[str]]:
    """The longest phrase from here on that names something; what stands in quotes is a phrase by itself."""
    run = [at]
    if not parts.tokens[at].quoted:
        while len(run) < _LONGEST_NAME and _goes_on(parts, run[-1] + 1, used or set()):
            run.append(run[-1] + 1)
    for length in range(len(run), 0, -1):
        phrase = " ".join(parts.tokens[place].word for place in run[:length])
        found, as_kinds = names.named(pairs, phrase, kinds, bare=bare)
        if found:
            return found, length, as_kinds
    return [], 1, set()


def _goes_on(parts: _Parts, at: int, used: set[int]) -> bool:
    return at < len(parts.tokens) and at not in parts.taken and at not in used and parts.tokens[at].is_plain


def _chosen(pairs: list[Pair], said: set[str], *, is_all: bool) -> tuple[Candidate | None, Work | None, Problem | None]:
    projects = list(dict.fromkeys(pair.project for pair in pairs))
    if not projects:
        return None, None, Problem(Issue.NOTHING_TO_LOG if is_all else Issue.NO_PROJECT)
    is_named = bool(said & {names.PROJECT, names.CUSTOMER})
    if len(projects) > 1 or not (is_named or is_all):
        works = list(dict.fromkeys(pair.work for pair in pairs))
        work = works[0] if len(works) == 1 and names.WORK_TYPE in said else None
        return None, work, Problem(Issue.WHICH_PROJECT if is_named else Issue.NO_PROJECT)
    works = list(dict.fromkeys(pair.work for pair in pairs))
    if len(works) > 1:
        tasks = {work.task_id for work in works}
        return projects[0], None, Problem(Issue.WHICH_TASK if len(tasks) > 1 else Issue.WHICH_WORK_TYPE)
    return projects[0], works[0], None


def _words(parts: _Parts, places: Sequence[int]) -> str:
    return " ".join(parts.tokens[at].written for at in places)


def _in_note(token: Token) -> str:
    return token.text if token.sign == QUOTED else token.written


# Only so many words of a line are looked up in a catalogue that is too large to be read whole.
_LOOKED_UP = 10


def words_of_names(text: str) -> list[str]:
    """The folded words of a line that may name a project or a customer: behind signs, and the first bare ones."""
    if len(text) > LONGEST:
        return []
    tokens = tokens_of(clean(text))
    signed = [part for token in tokens if token.sign in (PROJECT, CUSTOMER) for part in token.word.split()]
    bare = [token.word for token in tokens if token.is_plain and len(token.word) > 1]
    return list(dict.fromkeys([*signed, *bare]))[:_LOOKED_UP]
