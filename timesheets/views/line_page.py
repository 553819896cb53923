"""What was understood of a line, as the field shows it: chips, what is missing, and what can be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _

from busy.catalog.selectors import Place
from busy.lib.durations import print_hours
from busy.lib.written import written_day
from timesheets.clock import written_time
from timesheets.lines import Line
from timesheets.models import TimeEntry
from timesheets.oneline.names import Pair
from timesheets.oneline.problems import Issue
from timesheets.oneline.writing import with_pair

_CHOICES = 6
_OF_TIME = (Issue.NO_TIME, Issue.NO_LENGTH, Issue.TOO_MANY_HOURS, Issue.TIMES_DIFFER)
_OF_DAY = (Issue.NO_SUCH_DAY, Issue.SEVERAL_DAYS)
_OF_NAMES = (Issue.NO_PROJECT, Issue.WHICH_PROJECT, Issue.WHICH_WORK_TYPE, Issue.WHICH_TASK)
_OF_PROJECT = (Issue.NO_PROJECT, Issue.WHICH_PROJECT, Issue.UNKNOWN_NAME, Issue.NOTHING_TO_LOG)


@dataclass(frozen=True, slots=True)
class Chip:
    """``label`` names the part for who does not see its place; ``is_missing`` shows the label in its stead."""

    kind: str
    label: str
    text: str = ""
    detail: str = ""
    color: int = 0
    is_missing: bool = False
    is_implied: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceOfLine:
    """``line`` is the whole line with the choice in it."""

    label: str
    line: str
    detail: str = ""
    color: int = 0


@dataclass(frozen=True)
class LinePage:
    line: Line

    @property
    def is_empty(self) -> bool:
        return self.line.reading.issue(Issue.EMPTY) is not None

    @property
    def is_complete(self) -> bool:
        return self.line.reading.is_complete

    @property
    def problem(self) -> str:
        """What to do next, in a sentence."""
        problems = self.line.reading.problems
        return problems[0].sentence if problems else ""

    @cached_property
    def chips(self) -> list[Chip]:
        reading = self.line.reading
        if reading.issue(Issue.EMPTY, Issue.TOO_LONG):
            return []
        chips = [self._day(), self._time(), self._project(), self._work()]
        if reading.note:
            chips.append(Chip("note", _("Note"), reading.note))
        return chips

    @cached_property
    def choices(self) -> list[ChoiceOfLine]:
        line, reading = self.line, self.line.reading
        if reading.issue(Issue.SEVERAL_DAYS):
            return [ChoiceOfLine(_day(day, line.today), text) for day, text in reading.days]
        if not reading.issue(*_OF_NAMES):
            return []
        return [
            ChoiceOfLine(
                label=pair.work.label if reading.project else pair.project.name,
                detail="" if reading.project else " · ".join(filter(None, [pair.work.label, pair.project.customer])),
                color=0 if reading.project else pair.project.color,
                line=with_pair(line.text, pair, line.candidates, line.today, is_all=line.is_all),
            )
            for pair in self._offered()
        ]

    @property
    def completion(self) -> str:
        """The line with the first choice of a project and work type in it: what Tab writes."""
        return self.choices[0].line if self.choices and self.line.reading.issue(*_OF_NAMES) else ""

    @property
    def summary(self) -> str:
        """For who listens."""
        said = [chip.text for chip in self.chips if not chip.is_missing]
        return ", ".join(said) + (f". {self.problem}" if self.problem else "")

    def _offered(self) -> list[Pair]:
        """Those used lately first; of the others one for each project, so that all projects have a chance."""
        place = {used: number for number, used in enumerate(self.line.used)}
        pairs = list(self.line.reading.pairs)
        used = [pair for pair in pairs if _place(pair) in place]
        used.sort(key=lambda pair: place[_place(pair)])
        others = [pair for pair in pairs if pair not in used]
        if self.line.reading.project is None:
            seen = {pair.project.id for pair in used}
            first = {pair.project.id: pair for pair in reversed(others) if pair.project.id not in seen}
            others = [pair for pair in others if first.get(pair.project.id) is pair]
        return [*used, *others][:_CHOICES]

    def _day(self) -> Chip:
        reading = self.line.reading
        label = _("Day")
        if reading.issue(*_OF_DAY):
            return Chip("day", label, is_missing=True)
        return Chip("day", label, _day(reading.day, self.line.today), is_implied=not reading.is_day_said)

    def _time(self) -> Chip:
        reading, minutes = self.line.reading, self.line.minutes
        label = _("Hours")
        if reading.issue(*_OF_TIME) or minutes is None:
            since = written_time(reading.start) + "–" if reading.start is not None and reading.end is None else ""
            return Chip("time", label, since, is_missing=True)
        hours = _("%(hours)s h") % {"hours": print_hours(minutes)}
        if reading.start is None or reading.end is None:
            return Chip("time", label, hours)
        return Chip("time", label, f"{written_time(reading.start)}–{written_time(reading.end)}", hours)

    def _project(self) -> Chip:
        project = self.line.reading.project
        label = _("Project")
        if project is None or self.line.reading.issue(*_OF_PROJECT):
            return Chip("project", label, is_missing=True)
        return Chip("project", label, project.name, project.customer, project.color)

    def _work(self) -> Chip:
        work = self.line.reading.work
        if work:
            return Chip("work", _("Work type"), work.task or work.name, work.name if work.task else "")
        label = _("Task") if self.line.reading.issue(Issue.WHICH_TASK) else _("Work type")
        return Chip("work", label, is_missing=True)


def _place(pair: Pair) -> Place:
    return (pair.project.id, pair.work.id, pair.work.task_id)


def told_of(entry: TimeEntry, today: date) -> str:
    """What was saved, for the notice."""
    return _("Saved: %(hours)s h, %(project)s, %(work)s, %(day)s.") % {
        "hours": print_hours(entry.minutes),
        "project": entry.project.name,
        "work": entry.work_type.name,
        "day": _day(entry.day, today),
    }


def _day(day: date, today: date) -> str:
    """With the year when it is another one."""
    return written_day(day) if day.year == today.year else f"{written_day(day)} {day.year}"
