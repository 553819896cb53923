"""The timeline as its template and its modules read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from busy.lib.durations import print_hours
from busy.lib.periods import Week
from busy.lib.written import written_day, written_days, written_weekday
from busy.workspaces.models import Membership
from timesheets.clock import written_time
from timesheets.models import TimeEntry
from timesheets.rules import LockReason
from timesheets.selectors import Day, row_key
from timesheets.timeline_selectors import Block, TimelineDay
from timesheets.views.week_page import DAY_NAMES, DayHead, can_ask_to_reopen, share_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainDay:
    """A day of the list that stands there where no script runs: what is written, with its times in words."""

    iso: str
    name: str
    minutes: int
    lines: tuple[tuple[str, Block], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """A week of the member's timeline. ``heads`` and ``days`` are the seven days."""

    member: Membership
    reader: Membership
    week: Week
    today: date
    days: tuple[TimelineDay, ...]
    heads: tuple[DayHead, ...]

    @property
    def is_read_only(self) -> bool:
        return self.member.pk != self.reader.pk

    @property
    def period(self) -> str:
        """The years stand there unless the week lies in the present one."""
        with_year = self.week.monday.year != self.today.year
        return written_days(self.week.monday, self.week.sunday, with_year=with_year)

    @property
    def minutes(self) -> int:
        return sum(day.minutes for day in self.days)

    @property
    def capacity(self) -> int:
        return sum(day.capacity for day in self.days)

    @property
    def share(self) -> int:
        return share_of(self.minutes, self.capacity)

    @property
    def left(self) -> int:
        return max(0, self.capacity - self.minutes)

    @property
    def over(self) -> int:
        return max(0, self.minutes - self.capacity)

    @property
    def shows_lunch(self) -> bool:
        return any(day.lunch for day in self.days)

    @property
    def is_this_week(self) -> bool:
        return self.today in self.week.days

    @property
    def address(self) -> str:
        return self._url("timeline-week", self.week)

    @property
    def previous(self) -> str:
        return self._url("timeline-week", self.week.plus(-1))

    @property
    def next(self) -> str:
        return self._url("timeline-week", self.week.plus(1))

    @property
    def present(self) -> str:
        return self._url("timeline")

    @property
    def grid(self) -> str:
        """The same week as a table."""
        return self._url("week-of", self.week)

    @property
    def plain(self) -> list[PlainDay]:
        return [
            PlainDay(
                iso=day.day.isoformat(),
                name=written_day(day.day),
                minutes=day.minutes,
                lines=tuple((block_times(block), block) for block in day.blocks),
            )
            for day in self.days
        ]

    def data(self) -> dict[str, Any]:
        """What the modules draw from."""
        return {
            "member": self.member.pk,
            "zone": self.member.workspace.zone,
            "readOnly": self.is_read_only,
            "days": [day_json(day, self.reader) for day in self.days],
        }

    def _url(self, name: str, week: Week | None = None) -> str:
        parameters = {"workspace": self.reader.workspace.slug} | ({"week": week} if week else {})
        query = f"?{urlencode({'member': self.member.pk})}" if self.is_read_only else ""
        return reverse(f"timesheets:{name}", kwargs=parameters) + query


def page_of(
    member: Membership,
    reader: Membership,
    week: Week,
    today: date,
    days: tuple[TimelineDay, ...],
    chosen: str = "",
) -> TimelinePage:
    """``chosen`` is the name of the day that a phone opens at."""
    place = DAY_NAMES.index(chosen) if chosen in DAY_NAMES else week.days.index(today) if today in week.days else 0
    heads = tuple(
        DayHead(
            name=DAY_NAMES[number],
            day=Day(day=day.day, minutes=day.minutes, capacity=day.capacity, is_off=day.is_off, holiday=day.holiday),
            weekday=written_weekday(day.day),
            written=written_day(day.day),
            is_today=day.day == today,
            is_chosen=number == place,
        )
        for number, day in enumerate(days)
    )
    return TimelinePage(member=member, reader=reader, week=week, today=today, days=days, heads=heads)


def days_json(days: Sequence[TimelineDay], reader: Membership) -> list[dict[str, Any]]:
    return [day_json(day, reader) for day in days]


def day_json(day: TimelineDay, reader: Membership) -> dict[str, Any]:
    shift = day.shift
    return {
        "day": day.day.isoformat(),
        "name": written_day(day.day),
        "capacity": day.capacity,
        "lock": _lock_json(day.lock, reader),
        "shift": {"start": shift.start, "end": shift.end, "minutes": shift.minutes} if shift else None,
        "lunch": {"start": day.lunch.start, "end": day.lunch.end} if day.lunch else None,
        "deducts": day.deducts,
        "entries": [_entry_json(block, reader) for block in day.blocks],
    }


def block_times(block: Block) -> str:
    """``09:00–11:30``, or the hours of an entry without times."""
    if block.start is None or block.end is None:
        return print_hours(block.entry.minutes)
    return f"{written_time(block.start)}–{written_time(block.end)}"


def key_of(entry: TimeEntry) -> str:
    """What the entry is on, as a row of the week and a choice have it."""
    return row_key(entry.project_id, entry.work_type_id, entry.task_id)


def _entry_json(block: Block, reader: Membership) -> dict[str, Any]:
    entry = block.entry
    return {
        "id": str(entry.client_id),
        "revision": block.revision,
        "day": entry.day.isoformat(),
        "start": block.start,
        "end": block.end,
        "minutes": entry.minutes,
        "lunch": entry.lunch_minutes,
        "on": key_of(entry),
        "project": entry.project.name,
        "task": entry.task.name if entry.task else "",
        "driven": block.is_driven,
        "work": entry.work_type.name,
        "customer": block.customer,
        "color": entry.project.color,
        "note": entry.note,
        "billable": entry.is_billable,
        "billed": entry.billable_minutes,
        "canBill": block.can_bill,
        "absence": entry.work_type.get_kind_display() if entry.work_type.is_absence else "",
        "state": "rejected" if entry.is_sent_back else entry.state,
        "lock": _lock_json(block.lock, reader),
        "remark": {"sign": block.remark.sign, "text": block.remark.text},
    }


def _lock_json(reason: LockReason | None, reader: Membership) -> dict[str, str | int | None] | None:
    if reason is None:
        return None
    return {
        "state": reason.state,
        "title": reason.title,
        "sentence": reason.sentence,
        "cure": reason.cure,
        "approval": reason.approval_id if can_ask_to_reopen(reason, reader) else None,
    }
