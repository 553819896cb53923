"""What stands out among hours that wait for approval: over capacity, a note missing, an odd project, a late edit.

The same rules for a person's week and for entries of a project, asked for many entries at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, BitOr
from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from timesheets.approval_rules import Flag, late_edit, note_missing, odd_project, over_capacity
from timesheets.capacity import WorkCalendar, work_calendar
from timesheets.events import Cell
from timesheets.models import CellChange, TimeEntry
from timesheets.remarks import DATES, OUTSIDE, Caution, ProjectDates, cautions_told
from timesheets.week_numbers import monday_of, week_number

# A project is odd for a person who logged in at least REGULAR of so many weeks before, and never on it.
ODD_AFTER = 8
REGULAR = 4
# Of a bigint, with air.
_BITS = 60


@dataclass(frozen=True, slots=True)
class OddOrLate:
    """A person's day: names of odd projects, which entries were changed late, and what will be refused elsewhere."""

    odd: set[str] = field(default_factory=set)
    late: list[int] = field(default_factory=list)
    cautions: dict[Flag, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    pk: int
    member_id: int
    project_id: int
    work_type_id: int
    day: date
    is_billable: bool
    note: str
    dates: ProjectDates

    @property
    def cell(self) -> Cell:
        return Cell(self.member_id, self.project_id, self.work_type_id, self.day)

    @property
    def week(self) -> Week:
        return Week.of(self.day)


def flags_of_entries(entries: QuerySet[TimeEntry], workspace: Workspace) -> dict[int, tuple[Flag, ...]]:
    """The flags of those of the entries that have any, by id. Eight queries, whatever their number, and two more while
    hours leave Busy."""
    columns = ("pk", "member_id", "project_id", "work_type_id", "day", "is_billable", "note", *DATES)
    rows = []
    for pk, member_id, project_id, work_type_id, day, is_billable, note, *project in entries.order_by().values_list(
        *columns
    ):
        dates = ProjectDates(*project)
        rows.append(_Entry(pk, member_id, project_id, work_type_id, day, is_billable, note, dates))
    weeks = _Weeks.load(rows, workspace)
    late = late_entries(entries, workspace.zone)
    odd = odd_entries(entries)
    cautions = cautions_told(entries)
    found: dict[int, tuple[Flag, ...]] = {}
    for row in rows:
        flags = (
            *map(_flag, row.dates.cautions(row.day) + cautions.get(row.cell, ())),
            over_capacity() if weeks.is_over(row) else None,
            note_missing() if row.is_billable and not row.note and weeks.writes_notes(row) else None,
            odd_project() if row.pk in odd else None,
            late_edit() if row.pk in late else None,
        )
        if named := tuple(flag for flag in flags if flag is not None):
            found[row.pk] = named
    return found


def odd_or_late(entries: QuerySet[TimeEntry], zone: str) -> dict[tuple[int, date], OddOrLate]:
    """What is odd, late or will be refused among the entries, by person and day. Four queries whatever is found, and
    two more while hours leave Busy."""
    days: defaultdict[tuple[int, date], OddOrLate] = defaultdict(OddOrLate)
    for group in _odd_groups(entries, "day"):
        for day in group.found:
            days[group.member_id, day].odd.add(group.project)
    for pk, member_id, day in _late(entries, zone).values_list("pk", "member_id", "day"):
        days[member_id, day].late.append(pk)
    for member_id, day, *project in entries.order_by().filter(OUTSIDE).values_list("member_id", "day", *DATES):
        days[member_id, day].cautions.update(dict.fromkeys(map(_flag, ProjectDates(*project).cautions(day))))
    for cell, found in cautions_told(entries).items():
        days[cell.member_id, cell.day].cautions.update(dict.fromkeys(map(_flag, found)))
    return days


def _flag(caution: Caution) -> Flag:
    return Flag(caution.code, caution.label)


def late_entries(entries: QuerySet[TimeEntry], zone: str) -> set[int]:
    """Entries that were there when they were sent, or when their week was over, and that their owner changed after.

    Who writes hours late for the first time edits nothing, and what an approver corrects is no late edit.
    """
    return set(_late(entries, zone).values_list("pk", flat=True))


def _late(entries: QuerySet[TimeEntry], zone: str) -> QuerySet[TimeEntry]:
    by_owner = CellChange.objects.filter(
        member=OuterRef("member"),
        changed_by=OuterRef("member"),
        day=OuterRef("day"),
        project=OuterRef("project"),
        work_type=OuterRef("work_type"),
        changed_at__gte=OuterRef("deadline"),
    )
    deadline = Coalesce("submitted_at", _week_end(zone))
    known = entries.order_by().annotate(deadline=deadline).filter(created_at__lt=F("deadline"))
    return known.filter(Exists(by_owner))


@dataclass(frozen=True, slots=True)
class _Group:
    """Entries of one person on one project in one week; ``found`` is what was asked of each."""

    member_id: int
    project_id: int
    project: str
    week: int
    found: list[Any]


def odd_entries(entries: QuerySet[TimeEntry]) -> set[int]:
    """Entries on a billable project that their owner, who logs most weeks, has not logged on in the weeks before.

    Internal projects are left out: the first vacation in eight weeks is nothing to look at.
    """
    return {pk for group in _odd_groups(entries, "pk") for pk in group.found}


def _odd_groups(entries: QuerySet[TimeEntry], column: str) -> list[_Group]:
    """Two queries, each over everybody at once: asked for each entry by itself, whether there is an earlier one took
    13 seconds among a million entries."""
    billable = entries.order_by().filter(project__is_billable=True).annotate(week=week_number("day"))
    by = billable.values_list("member_id", "project_id", "project__name", "week")
    groups = [_Group(*row) for row in by.annotate(found=ArrayAgg(column))]
    if not groups:
        return []
    seen = _weeks_seen({group.member_id for group in groups}, {group.week for group in groups})
    return [group for group in groups if _is_odd(group, seen[group.member_id])]


def _is_odd(group: _Group, projects: dict[int, int]) -> bool:
    """``projects`` are the weeks in which the person logged, as bits, by project."""
    lately = ((1 << ODD_AFTER) - 1) << (group.week - ODD_AFTER)
    any_project = 0
    for weeks in projects.values():
        any_project |= weeks
    before = any_project & lately
    return before.bit_count() >= REGULAR and not before & projects.get(group.project_id, 0)


def _weeks_seen(members: Collection[int], weeks: Collection[int]) -> defaultdict[int, dict[int, int]]:
    """The weeks in which these people logged, by person and project, as bits of a number, as far back as is needed.

    Bits are made in the database, in blocks that fit into its numbers: of a hundred thousand entries come some
    thousand rows, and nothing is sorted.
    """
    first = min(weeks) - ODD_AFTER
    logged = TimeEntry.objects.filter(
        member__in=members, day__gte=monday_of(first), day__lt=monday_of(max(weeks))
    ).order_by()
    since = week_number("day") - Value(first)
    bit = Func(since % _BITS, template="(1::bigint << (%(expressions)s))", output_field=BigIntegerField())
    rows = logged.annotate(block=since / _BITS).values_list("member_id", "project_id", "block")
    seen: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for member_id, project_id, block, bits in rows.annotate(bits=BitOr(bit)):
        projects = seen[member_id]
        projects[project_id] = projects.get(project_id, 0) | bits << (first + block * _BITS)
    return seen


@dataclass(frozen=True, slots=True)
class _Weeks:
    """People's weeks, all their projects together; minutes."""

    minutes: dict[tuple[int, date], int]
    notes: set[tuple[int, Week]]
    calendar: WorkCalendar

    @classmethod
    def load(cls, rows: Iterable[_Entry], workspace: Workspace) -> _Weeks:
        members = {row.member_id for row in rows}
        weeks = {row.week for row in rows} or {Week.of(date(2000, 1, 3))}
        entries = TimeEntry.objects.filter(
            member__in=members, day__range=(min(weeks).monday, max(weeks).sunday)
        ).values("member_id", "day")
        minutes: dict[tuple[int, date], int] = {}
        notes: set[tuple[int, Week]] = set()
        noted = Count("pk", filter=Q(is_billable=True) & ~Q(note=""))
        for row in entries.order_by().annotate(sum_minutes=Sum("minutes"), noted=noted):
            minutes[row["member_id"], row["day"]] = row["sum_minutes"]
            if row["noted"]:
                notes.add((row["member_id"], Week.of(row["day"])))
        return cls(minutes, notes, work_calendar(workspace, members))

    def is_over(self, entry: _Entry) -> bool:
        """The week is over capacity, and this day is one of those that make it so."""
        if self._minutes(entry, entry.day) <= self._capacity(entry, entry.day):
            return False
        days = entry.week.days
        return sum(self._minutes(entry, day) for day in days) > sum(self._capacity(entry, day) for day in days)

    def writes_notes(self, entry: _Entry) -> bool:
        return (entry.member_id, entry.week) in self.notes

    def _minutes(self, entry: _Entry, day: date) -> int:
        return self.minutes.get((entry.member_id, day), 0)

    def _capacity(self, entry: _Entry, day: date) -> int:
        return self.calendar.minutes(entry.member_id, day)


def _week_end(zone: str) -> Func:
    """The midnight that ends the week of the entry's day, in the workspace's zone."""
    monday = Func(
        F("day"),
        template="(date_trunc('week', (%(expressions)s)::timestamp) + interval '7 days')",
        output_field=DateTimeField(),
    )
    return Func(Value(zone), monday, function="timezone", output_field=DateTimeField())
