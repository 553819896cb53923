"""What the timeline reads: a member's days with their entries, on the clock and without times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from busy.catalog.selectors import with_driven
from busy.lib.periods import Week
from busy.workspaces.models import Membership
from timesheets import clock, rules
from timesheets.capacity import work_calendar
from timesheets.lunch import LunchTime, deducted_minutes, shown_lunch
from timesheets.models import TimeEntry
from timesheets.remarks import ProjectDates, Remark, remarks_of
from timesheets.selectors import locks_of
from timesheets.services import period_locks
from timesheets.time_settings import time_settings
from timesheets.timeline_book import revision_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An entry as the timeline shows it. ``start`` and ``end`` are minutes from midnight, None without times.

    ``can_bill``: the project and the work type are billable. ``is_driven``: the project is task-driven (P19). ``lock``
    says what holds the entry (R112).
    """

    entry: TimeEntry
    revision: str
    start: int | None
    end: int | None
    can_bill: bool
    is_driven: bool
    lock: rules.LockReason | None
    remark: Remark

    @property
    def customer(self) -> str:
        customer = self.entry.project.customer
        return customer.name if customer else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineDay:
    """``lock`` closes the whole day; ``shift`` is the change of clock; ``capacity`` and ``minutes`` are minutes.

    ``holiday`` names a public holiday or an eve, "" on ordinary days. ``lunch`` is the grey area of a working day, and
    ``deducts`` the minutes of lunch that its first entry loses (P20).
    """

    day: date
    blocks: tuple[Block, ...]
    capacity: int
    is_off: bool
    lock: rules.LockReason | None
    shift: clock.Shift | None
    holiday: str = ""
    lunch: LunchTime | None = None
    deducts: int = 0

    @property
    def minutes(self) -> int:
        return sum(block.entry.minutes for block in self.blocks)


def timeline_days(member: Membership, days: Collection[date]) -> tuple[TimelineDay, ...]:
    """The days with all entries, by start. Three queries for whole weeks, else four, and those of the remarks.
    ``member.workspace`` must be loaded."""
    if not days:
        return ()
    calendar = work_calendar(member.workspace, [member.pk])
    settings = time_settings()
    found: defaultdict[date, list[Block]] = defaultdict(list)
    entries = with_driven(TimeEntry.objects.filter(member=member, day__in=days), "project__").select_related(
        "project__customer",
        "work_type",
        "task",
        "person_approval__approved_by__user",
        "project_approval__approved_by__user",
    )
    listed = list(entries.order_by("start_time", "pk"))
    remarks = remarks_of(
        TimeEntry.objects.filter(member=member, day__in=days),
        [(rules.cell_of(entry), ProjectDates.of(entry.project)) for entry in listed],
    )
    locks = locks_of(listed, days) if _are_whole_weeks(days) else period_locks(member, days)
    for entry in listed:
        found[entry.day].append(_block(entry, remarks.get(rules.cell_of(entry), Remark())))
    capacity = {day: calendar.minutes(member.pk, day) for day in sorted(days)}
    return tuple(
        TimelineDay(
            day=day,
            blocks=tuple(found[day]),
            capacity=minutes,
            is_off=not minutes,
            lock=locks.get(day),
            shift=clock.shift_of(day, member.workspace.zone),
            holiday=calendar.holiday(day),
            lunch=shown_lunch(settings) if minutes else None,
            deducts=deducted_minutes(settings),
        )
        for day, minutes in capacity.items()
    )


def _are_whole_weeks(days: Collection[date]) -> bool:
    return all(set(days).issuperset(week.days) for week in {Week.of(day) for day in days})


def _block(entry: Any, remark: Remark) -> Block:
    """``entry`` knows whether its project ``is_driven``."""
    timed = entry.start_time is not None and entry.end_time is not None
    return Block(
        entry=entry,
        revision=revision_of(entry),
        start=clock.minute_of(entry.start_time) if timed and entry.start_time is not None else None,
        end=clock.end_minute_of(entry.end_time) if timed and entry.end_time is not None else None,
        can_bill=entry.project.is_billable and entry.work_type.is_billable,
        is_driven=entry.is_driven,
        lock=rules.lock_reason(entry),
        remark=remark,
    )
