"""What the week page reads: one member's week as a frozen value, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from busy.catalog.models import Project, ProjectMember, ProjectWorkType, WorkType
from busy.catalog.selectors import may_use_task, with_driven
from busy.lib.periods import Week
from busy.workspaces.models import Membership
from timesheets import rules
from timesheets.capacity import WorkCalendar, work_calendar
from timesheets.cells import CellState, cell_state
from timesheets.events import Cell
from timesheets.models import Approval, Favourite, TimeEntry, WeekRow
from timesheets.remarks import ProjectDates, Remark, remarks_of
from timesheets.slots import Slot
from timesheets.task_errors import TaskMissing

# Project, work type and, on a task-driven project, task (P19).
RowKey = tuple[int, int, int | None]
Q = TypeVar("Q", bound="QuerySet[Any]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One project and work type of the week, on a task-driven project also one task, with its seven cells.

    Minutes throughout. ``closed`` says why no more time can be put here, "" when it can; ``lacks_task`` is that reason
    for hours from before the project was task-driven. ``is_billable`` is what new hours would be.
    ``absence`` is the kind of absence in words, "" for work (P17).
    """

    project_id: int
    work_type_id: int
    project: str
    work_type: str
    customer: str
    color: int
    closed: str
    is_archived: bool
    is_billable: bool
    absence: str
    cells: tuple[CellState, ...]
    task_id: int | None = None
    task: str = ""
    lacks_task: bool = False
    is_favourite: bool = False
    dates: ProjectDates

    @property
    def key(self) -> str:
        return row_key(self.project_id, self.work_type_id, self.task_id)

    @property
    def minutes(self) -> int:
        return sum(cell.minutes for cell in self.cells)

    @property
    def detail(self) -> str:
        return " · ".join(filter(None, (self.task, self.work_type, self.customer)))


def row_key(project_id: int, work_type_id: int, task_id: int | None = None) -> str:
    """How pages name a row: ``12-34``, or ``12-34-56`` with a task."""
    return f"{project_id}-{work_type_id}" + (f"-{task_id}" if task_id is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """``capacity`` and ``minutes`` are minutes; ``holiday`` names a public holiday or an eve, "" on ordinary days."""

    day: date
    minutes: int
    capacity: int
    is_off: bool
    holiday: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWeek:
    """``to_copy`` are the rows of the week before that this one has not and that still take time.

    ``entries`` are all of the week, with project, work type and task. ``approval`` is the user approval that closes the
    week, or days of it (P21). ``billable`` minutes count a write-down as what it was written down to.
    """

    member: Membership
    week: Week
    rows: tuple[Row, ...]
    days: tuple[Day, ...]
    to_copy: tuple[Row, ...]
    approval: rules.LockReason | None
    billable: int
    last_week_minutes: int = 0
    entries: tuple[TimeEntry, ...] = ()

    def remarks(self) -> dict[Cell, Remark]:
        """What there is to know of the hours, by cell. No query while none leave Busy; then a few."""
        cells = [(cell.cell, row.dates) for row in self.rows for cell in row.cells if cell.minutes]
        days = self.week.days
        entries = TimeEntry.objects.filter(member=self.member, day__range=(days[0], days[-1]))
        return remarks_of(entries, cells)

    @property
    def minutes(self) -> int:
        return sum(day.minutes for day in self.days)

    @property
    def capacity(self) -> int:
        return sum(day.capacity for day in self.days)

    def row(self, project_id: int, work_type_id: int, task_id: int | None = None) -> Row | None:
        key = row_key(project_id, work_type_id, task_id)
        return next((row for row in self.rows if row.key == key), None)


@dataclass(slots=True)
class _Found:
    """A row while its entries are gathered; ``since`` decides its place."""

    project: Project
    work_type: WorkType
    on_project: bool
    is_member: bool
    on_task: rules.OnTask
    is_favourite: bool
    since: tuple[datetime, int]
    by_day: defaultdict[date, list[TimeEntry]] = field(default_factory=lambda: defaultdict(list))

    @property
    def key(self) -> RowKey:
        return (self.project.pk, self.work_type.pk, self.on_task.task.pk if self.on_task.task else None)


def week(member: Membership, week: Week) -> MemberWeek:
    """The member's rows, cells and sums of the week. Five queries, whatever the number of entries.

    Rows stand in the order in which they came. ``member.workspace`` must be loaded.
    """
    last_week = week.plus(-1)
    entries = list(_entries(member, last_week.monday, week.sunday))
    week_rows = list(_week_rows(member, [last_week.monday, week.monday]))
    locks = locks_of(entries, week.days)
    found = _gather(member, entries, week_rows, week)
    rows = tuple(_row(member, row, week, locks) for row in found)
    before = _gather(member, entries, week_rows, last_week)
    calendar = work_calendar(member.workspace, [member.pk])
    present = {row.key for row in found}
    to_copy = tuple(
        copied for row in before if row.key not in present and not (copied := _row(member, row, last_week, {})).closed
    )
    return MemberWeek(
        member=member,
        week=week,
        rows=rows,
        days=tuple(_day(member, day, rows, place, calendar) for place, day in enumerate(week.days)),
        to_copy=to_copy,
        approval=next(iter(locks.values()), None),
        billable=sum(_billable(entry) for entry in entries if entry.day >= week.monday),
        last_week_minutes=sum(entry.minutes for entry in entries if entry.day < week.monday),
        entries=tuple(entry for entry in entries if entry.day >= week.monday),
    )


def week_sums(member: Membership, week: Week) -> dict[date, int]:
    """Minutes per day of the week, all rows together. One query."""
    sums = (
        TimeEntry.objects.filter(member=member, day__range=(week.monday, week.sunday))
        .values_list("day")
        .annotate(sum=Sum("minutes"))
    )
    return dict.fromkeys(week.days, 0) | dict(sums)


def _entries(member: Membership, first: date, last: date) -> QuerySet[TimeEntry]:
    return _with_loggable(
        member,
        TimeEntry.objects.filter(member=member, day__range=(first, last)).select_related(
            "project__customer",
            "work_type",
            "task__work_type",
            "person_approval__approved_by__user",
            "project_approval__approved_by__user",
        ),
    ).order_by("pk")


def _week_rows(member: Membership, mondays: Sequence[date]) -> QuerySet[WeekRow]:
    rows = WeekRow.objects.filter(member=member, monday__in=mondays).select_related(
        "project__customer", "work_type", "task__work_type"
    )
    return _with_loggable(member, rows).order_by("pk")


def _billable(entry: TimeEntry) -> int:
    if not entry.is_billable:
        return 0
    return entry.minutes if entry.billable_minutes is None else entry.billable_minutes


def _with_loggable(member: Membership, rows: Q) -> Q:
    project, work_type = OuterRef("project"), OuterRef("work_type")
    starred = Favourite.objects.filter(member=member, project=project, work_type=work_type).alias(
        task_or_none=Coalesce("task_id", 0)
    )
    return may_use_task(with_driven(rows, "project__"), member, "task").annotate(
        on_project=Exists(ProjectWorkType.objects.filter(project=project, work_type=work_type)),
        is_favourite=Exists(starred.filter(task_or_none=Coalesce(OuterRef("task_id"), 0))),
        in_project=Exists(ProjectMember.objects.filter(project=project, member=member)),
    )


def locks_of(entries: Iterable[TimeEntry], days: Collection[date]) -> dict[date, rules.LockReason]:
    """Which of the days of whole weeks a user approval closes; ``entries`` are all of the weeks'.

    An approval is of a week and locked hours when it was given, and they lead back to it.
    """
    approvals: dict[int, Approval] = {
        entry.person_approval.pk: entry.person_approval for entry in entries if entry.person_approval is not None
    }
    return {
        day: rules.approval_reason(approval)
        for approval in approvals.values()
        for day in days
        if rules.covers(approval, day)
    }


def _gather(member: Membership, entries: Iterable[TimeEntry], week_rows: Iterable[WeekRow], week: Week) -> list[_Found]:
    found: dict[RowKey, _Found] = {}
    sources: list[Any] = [row for row in week_rows if row.monday == week.monday]
    sources += [entry for entry in entries if week.monday <= entry.day <= week.sunday]
    for source in sources:
        key = (source.project_id, source.work_type_id, source.task_id)
        since = (source.created_at, source.pk)
        on_task = rules.OnTask(is_driven=source.is_driven, task=source.task, may_use=source.may_use)
        row = found.setdefault(
            key,
            _Found(
                source.project,
                source.work_type,
                source.on_project,
                source.in_project,
                on_task,
                source.is_favourite,
                since,
            ),
        )
        row.since = min(row.since, since)
        if isinstance(source, TimeEntry):
            row.by_day[source.day].append(source)
    return sorted(found.values(), key=lambda row: row.since)


def _row(member: Membership, row: _Found, week: Week, locks: dict[date, rules.LockReason]) -> Row:
    task = row.on_task.task
    why = rules.why_not_loggable(
        row.project, row.work_type, on_project=row.on_project, is_member=row.is_member, on_task=row.on_task
    )
    return Row(
        project_id=row.project.pk,
        work_type_id=row.work_type.pk,
        project=row.project.name,
        work_type=row.work_type.name,
        customer=row.project.customer.name if row.project.customer else "",
        color=row.project.color,
        closed=why.message if why else "",
        is_archived=row.project.is_archived or row.work_type.is_archived or (task is not None and task.is_archived),
        is_billable=row.project.is_billable and row.work_type.is_billable,
        task_id=task.pk if task else None,
        task=task.name if task else "",
        lacks_task=isinstance(why, TaskMissing),
        absence=row.work_type.get_kind_display() if row.work_type.is_absence else "",
        is_favourite=row.is_favourite,
        dates=ProjectDates.of(row.project),
        cells=tuple(
            cell_state(
                Slot(Cell(member.pk, row.project.pk, row.work_type.pk, day), task.pk if task else None),
                row.by_day[day],
                period_lock=locks.get(day),
            )
            for day in week.days
        ),
    )


def _day(member: Membership, day: date, rows: Sequence[Row], place: int, calendar: WorkCalendar) -> Day:
    capacity = calendar.minutes(member.pk, day)
    return Day(
        day=day,
        minutes=sum(row.cells[place].minutes for row in rows),
        capacity=capacity,
        is_off=not capacity,
        holiday=calendar.holiday(day),
    )
