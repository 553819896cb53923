"""What an entry may be: a small model of hours, approvals and orders, which says of every act whether it is allowed."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from busy.lib.durations import DAY
from busy.lib.periods import Week

Pair = tuple[int, int]


def real_minutes(day: date, start: int, end: int, zone: str) -> int:
    """By the instants themselves; neither time may be one that the day has not."""

    def instant(minute: int) -> float:
        days, rest = divmod(minute, DAY)
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(days=days)
        return midnight.replace(hour=rest // 60, minute=rest % 60).timestamp()

    return round((instant(end) - instant(start)) / 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """One entry. ``approved`` and ``by_project`` are the two approvals, ``order`` the number of the order it is on."""

    id: uuid.UUID
    pk: int = 0
    revision: int = 0
    day: date
    start: int | None
    end: int | None
    minutes: int
    pair: Pair
    note: str = ""
    is_billable: bool = True
    approved: bool = False
    by_project: bool = False
    order: int | None = None

    @property
    def is_approved(self) -> bool:
        return self.approved or self.by_project

    @property
    def cell(self) -> tuple[Pair, date]:
        return self.pair, self.day

    @property
    def base(self) -> str:
        return f"{self.pk}.{self.revision}"


@dataclass(slots=True)
class Book:
    """Everything there is. ``orders`` are ids by number; the numbers not in ``finished`` are drafts."""

    hours: dict[uuid.UUID, Hours] = field(default_factory=dict)
    closed: set[Week] = field(default_factory=set)
    orders: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    transferred: set[int] = field(default_factory=set)

    def __iter__(self) -> Any:
        return iter(self.hours.values())

    def is_locked(self, one: Hours) -> bool:
        """R112: an approval or a finished order holds it."""
        return one.is_approved or one.order in self.finished

    def is_closed(self, days: Iterable[date]) -> bool:
        """P21: a user approval closes its week against new and changed hours."""
        return any(Week.of(day) in self.closed for day in days)

    def day_sums(self) -> Counter[date]:
        sums: Counter[date] = Counter()
        for one in self:
            sums[one.day] += one.minutes
        return sums

    def cell_sums(self) -> Counter[tuple[Pair, date]]:
        sums: Counter[tuple[Pair, date]] = Counter()
        for one in self:
            sums[one.cell] += one.minutes
        return sums

    def has_room_for(self, new: Iterable[Hours], instead_of: Iterable[Hours] = ()) -> bool:
        """A day holds 24 hours; one that does not grow is never too full."""
        before = self.day_sums()
        after = before.copy()
        for one in instead_of:
            after[one.day] -= one.minutes
        for one in new:
            after[one.day] += one.minutes
        return all(after[day] <= DAY or after[day] <= before[day] for day in after)

    def of_cell(self, pair: Pair, day: date) -> list[Hours]:
        """By primary key."""
        return sorted((one for one in self if one.cell == (pair, day)), key=lambda one: one.pk)

    def may_write_cell(self, pair: Pair, day: date, wanted: int) -> bool:
        """Whether the week's grid may make the cell hold so many minutes: its last open entry gives or takes."""
        there = self.of_cell(pair, day)
        present = sum(one.minutes for one in there)
        if wanted == present:
            return True
        free = [one for one in there if not self.is_locked(one)]
        if self.is_closed([day]) or (there and not free):
            return False
        if wanted > present and self.day_sums()[day] - present + wanted > DAY:
            return False
        return not there or free[-1].minutes + wanted - present >= 0

    def offered(self, project_id: int) -> list[Hours]:
        """What an order of the project would take (P28, R109): billable, approved by either, on no order."""
        return [
            one
            for one in self
            if one.pair[0] == project_id and one.is_billable and one.is_approved and one.order is None
        ]

    def set(self, ids: Iterable[uuid.UUID], **fields: Any) -> None:
        for id_ in ids:
            self.hours[id_] = replace(self.hours[id_], **fields)
