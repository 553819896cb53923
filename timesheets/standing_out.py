"""What stands out among hours that wait for approval: over capacity, a note missing, an odd project, a late edit.

The same rules for a person's week and for entries of a project, asked for many entries at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import (
    Count,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, TruncWeek

from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from timesheets.approval_rules import Flag, late_edit, note_missing, odd_project, over_capacity
from timesheets.capacity import WorkCalendar, work_calendar
from timesheets.models import CellChange, TimeEntry

# A project is odd for a person who logged in at least REGULAR of so many weeks before, and never on it.
ODD_AFTER = timedelta(weeks=8)
REGULAR = 4


@dataclass(frozen=True, slots=True)
class OddOrLate:
    """A person's day: names of odd projects, and how many entries were changed late."""

    odd: set[str] = field(default_factory=set)
    late: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Entry:
    pk: int
    member_id: int
    day: date
    is_billable: bool
    note: str

    @property
    def week(self) -> Week:
        return Week.of(self.day)


def flags_of_entries(entries: QuerySet[TimeEntry], workspace: Workspace) -> dict[int, tuple[Flag, ...]]:
    """The flags of those of the entries that have any, by id. Eight queries, whatever their number."""
    rows = [_Entry(*row) for row in entries.order_by().values_list("pk", "member_id", "day", "is_billable", "note")]
    weeks = _Weeks.load(rows, workspace)
    late = late_entries(entries, workspace.zone)
    odd = odd_entries(entries)
    found: dict[int, tuple[Flag, ...]] = {}
    for row in rows:
        flags = (
            over_capacity() if weeks.is_over(row) else None,
            note_missing() if row.is_billable and not row.note and weeks.writes_notes(row) else None,
            odd_project() if row.pk in odd else None,
            late_edit() if row.pk in late else None,
        )
        if named := tuple(flag for flag in flags if flag is not None):
            found[row.pk] = named
    return found


def odd_or_late(entries: QuerySet[TimeEntry], zone: str) -> dict[tuple[int, date], OddOrLate]:
    """What is odd or late among the entries, by person and day. Four queries."""
    odd, late = odd_entries(entries), late_entries(entries, zone)
    days: defaultdict[tuple[int, date], OddOrLate] = defaultdict(OddOrLate)
    named = TimeEntry.objects.filter(pk__in=odd | late).values_list("pk", "member_id", "day", "project__name")
    for pk, member_id, day, project in named:
        if pk in odd:
            days[member_id, day].odd.add(project)
        if pk in late:
            days[member_id, day].late.append(pk)
    return days


def late_entries(entries: QuerySet[TimeEntry], zone: str) -> set[int]:
    """Entries that were there when they were sent, or when their week was over, and that their owner changed after.

    Who writes hours late for the first time edits nothing, and what an approver corrects is no late edit.
    """
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
    return set(known.filter(Exists(by_owner)).values_list("pk", flat=True))


def odd_entries(entries: QuerySet[TimeEntry]) -> set[int]:
    """Entries on a billable project that their owner, who logs most weeks, has not logged on in the weeks before.

    Internal projects are left out: the first vacation in eight weeks is nothing to look at.
    """
    since = ExpressionWrapper(F("monday") - Value(ODD_AFTER), output_field=DateField())
    before = TimeEntry.objects.filter(
        member=OuterRef("member"), project=OuterRef("project"), day__gte=OuterRef("since"), day__lt=OuterRef("monday")
    )
    named = entries.order_by().filter(project__is_billable=True).annotate(monday=TruncWeek("day"))
    rows = list(
        named.annotate(since=since).filter(~Exists(before)).values_list("pk", "member_id", "monday"),
    )
    worked = _weeks_worked(rows)
    return {
        pk
        for pk, member_id, monday in rows
        if sum(monday - ODD_AFTER <= week < monday for week in worked[member_id]) >= REGULAR
    }


def _weeks_worked(rows: Iterable[tuple[int, int, date]]) -> defaultdict[int, set[date]]:
    """The Mondays of the weeks in which these people logged anything, as far back as the rows need."""
    members = {member_id for _pk, member_id, _monday in rows}
    mondays = {monday for _pk, _member_id, monday in rows} or {date(2000, 1, 3)}
    found = TimeEntry.objects.filter(
        member__in=members, day__gte=min(mondays) - ODD_AFTER, day__lt=max(mondays)
    ).annotate(monday=TruncWeek("day"))
    worked: defaultdict[int, set[date]] = defaultdict(set)
    for member_id, monday in found.order_by().values_list("member_id", "monday").distinct():
        worked[member_id].add(monday)
    return worked


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
