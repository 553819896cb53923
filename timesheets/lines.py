"""Entries in one line, with what the workspace knows: read a line, save it, take it back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max

from busy.catalog.selectors import Choice, LoggableProject, Place, loggable_named
from busy.lib.durations import DAY
from busy.workspaces.models import Membership
from timesheets import clock
from timesheets.errors import HoursRefusal
from timesheets.models import CellChange, TimeEntry
from timesheets.oneline.names import Candidate, Work
from timesheets.oneline.problems import Problem
from timesheets.oneline.reading import Reading, read_line, words_of_names
from timesheets.timeline import take_step
from timesheets.timeline_moves import Create, Delete, Move
from timesheets.timeline_moves import Place as PlaceInTime

# How far back a project counts as used lately, in days, and how many of them are remembered.
LATELY = 90
_USED = 30


class LineUnclear(HoursRefusal):
    """The line does not say an entry; ``problem`` is the first thing that it leaves open."""

    code = "unclear"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    @property
    def message(self) -> str:
        return self.problem.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as its writer means it. ``minutes`` is the real length, by the clock of the day."""

    text: str
    today: date
    reading: Reading
    candidates: tuple[Candidate, ...]
    is_all: bool
    minutes: int | None
    # What the writer's entries of late are on, the last used first.
    used: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedLine:
    """``entry`` is None when a line that comes a second time made something that was deleted since."""

    entry: TimeEntry | None
    days: tuple[date, ...]
    told: str = ""
    caution: str = ""


def read_for(member: Membership, text: str, today: date) -> Line:
    """Read a line that the member wrote on the local day ``today``. ``member.workspace`` must be loaded.

    A constant number of queries, whatever the line and the number of projects.
    """
    used = _used_lately(member, today)
    projects, is_all = loggable_named(member, words_of_names(text), {project for project, _, _ in used})
    candidates = _by_use(projects, used)
    reading = read_line(text, candidates, today, is_all=is_all)
    return Line(
        text=text,
        today=today,
        reading=reading,
        candidates=candidates,
        is_all=is_all,
        minutes=_minutes(member, reading),
        used=tuple(used),
    )


def save_line(member: Membership, text: str, *, line_id: uuid.UUID, written_on: date) -> SavedLine:
    """Save the entry that the line says, seen from the day on which it was written; sending it twice saves one.

    ``line_id`` is made in the browser. Raises LineUnclear, and what take_step raises.
    """
    done = CellChange.objects.filter(request_id=line_id, member=member).values_list("day", flat=True).first()
    if done is not None:
        return SavedLine(entry=_entry(member, line_id), days=(done,))
    reading = read_for(member, text, written_on).reading
    if reading.problems or reading.project is None or reading.work is None:
        raise LineUnclear(reading.problems[0])
    place = PlaceInTime(day=reading.day, start=reading.start, end=reading.end, minutes=reading.minutes or 0)
    move = Create(
        id=entry_id(line_id),
        place=place,
        project_id=reading.project.id,
        work_type_id=reading.work.id,
        task_id=reading.work.task_id,
        note=reading.note,
    )
    step = take_step(member, [move], request_id=line_id, by=member)
    return SavedLine(entry=_entry(member, line_id), days=step.days, told=step.told, caution=step.caution)


def _entry(member: Membership, line_id: uuid.UUID) -> TimeEntry | None:
    entries = TimeEntry.objects.filter(member=member, client_id=entry_id(line_id))
    return entries.select_related("project", "work_type").first()


def undo_line(member: Membership, line_id: uuid.UUID) -> tuple[date, ...]:
    """Delete what the line made, unless somebody changed it since; the days that are changed. Twice is once.

    Raises EntryChanged, Locked.
    """
    ids = (entry_id(line_id), uuid.uuid5(line_id, f"rest {entry_id(line_id)}"))
    entries = TimeEntry.objects.filter(member=member, client_id__in=ids)
    # As it was made: an entry that has another revision by now is refused.
    moves: list[Move] = [Delete(id=entry.client_id, base=f"{entry.pk}.1") for entry in entries]
    if not moves:
        return ()
    return take_step(member, moves, request_id=uuid.uuid5(line_id, "undo"), by=member).days


def entry_id(line_id: uuid.UUID) -> uuid.UUID:
    return uuid.uuid5(line_id, "entry")


def _minutes(member: Membership, reading: Reading) -> int | None:
    """Real minutes: what passes midnight, or the change of clock, is counted as it is saved."""
    if reading.start is None or reading.end is None:
        return reading.minutes
    zone = member.workspace.zone
    if reading.end >= reading.start:
        return max(0, clock.minutes_between(reading.day, reading.start, reading.end, zone))
    before = clock.minutes_between(reading.day, reading.start, DAY, zone)
    return before + clock.minutes_between(reading.day + timedelta(days=1), 0, reading.end, zone)


def _used_lately(member: Membership, today: date) -> list[Place]:
    """What the member's entries of late are on, the last used first."""
    since = (today - timedelta(days=LATELY), today + timedelta(days=LATELY))
    used = TimeEntry.objects.filter(member=member, day__range=since).values_list(
        "project_id", "work_type_id", "task_id"
    )
    last = used.annotate(last_day=Max("day"), last_pk=Max("pk")).order_by("-last_day", "-last_pk")
    return [(project, work, task) for project, work, task, _, _ in last[:_USED]]


def _by_use(projects: Sequence[LoggableProject], used: Sequence[Place]) -> tuple[Candidate, ...]:
    """Those used last come first, projects and their work alike; the others by name."""
    projects_used = list(dict.fromkeys(project for project, _, _ in used))
    place = {project: number for number, project in enumerate(projects_used)}
    place_of_work = {each: number for number, each in enumerate(used)}
    late = len(used)
    candidates = [
        Candidate(
            id=each.project.pk,
            name=each.project.name,
            number=each.project.number,
            customer=each.project.customer.name if each.project.customer else "",
            color=each.project.color,
            work_types=tuple(
                _work(choice) for choice in sorted(each.choices, key=lambda one: place_of_work.get(one.place, late))
            ),
        )
        for each in projects
    ]
    return tuple(sorted(candidates, key=lambda candidate: place.get(candidate.id, late)))


def _work(choice: Choice) -> Work:
    kind, task = choice.work_type, choice.task
    if task is None:
        return Work(kind.pk, kind.name, kind.number)
    return Work(kind.pk, kind.name, kind.number, task.pk, task.name, task.number)
