"""What an entry may be: a small model of hours, what is sent of them, approvals, orders and their transfer.

It says of every act whether it is allowed, and what comes of it.
"""

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
    """One entry. ``approved`` and ``by_project`` are the two approvals by id, ``rejection`` the last one it had.

    ``sent`` is when it was submitted, ``order`` the number of the order it is on, ``billed`` what it was written down
    to. 0 is no approval and no rejection.
    """

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
    billed: int | None = None
    sent: datetime | None = None
    rejection: int = 0
    approved: int = 0
    by_project: int = 0
    order: int | None = None

    @property
    def is_approved(self) -> bool:
        return bool(self.approved or self.by_project)

    @property
    def as_new(self) -> Hours:
        """What a copy takes along: nothing of how far it is on its way."""
        return replace(self, billed=None, sent=None, rejection=0, approved=0, by_project=0, order=None)

    def lasting(self, day: date, start: int | None, end: int | None, minutes: int) -> Hours:
        """At another place; a write-down stays within the minutes."""
        billed = None if self.billed is None else min(self.billed, minutes)
        return replace(self, day=day, start=start, end=end, minutes=minutes, billed=billed)

    @property
    def cell(self) -> tuple[Pair, date]:
        return self.pair, self.day

    @property
    def base(self) -> str:
        return f"{self.pk}.{self.revision}"


@dataclass(slots=True)
class Sending:
    """One transfer of a finished order: waiting, transferring, unclear, transferred, attention or cancelled (R30)."""

    order: int
    order_id: int
    state: str = "waiting"

    @property
    def is_due(self) -> bool:
        return self.state in {"waiting", "unclear"}

    @property
    def stored(self) -> tuple[int, str, bool]:
        """As the delivery's row has it: in doubt is a mark beside the state."""
        return self.order_id, "waiting" if self.state == "unclear" else self.state, self.state == "unclear"


@dataclass(frozen=True, slots=True)
class Asked:
    """Anna asks that an approval, by id, be undone; for a day of it or for all."""

    approval: int
    day: date | None


@dataclass(slots=True)
class Book:
    """Everything there is. ``orders`` are ids by number; the numbers not in ``finished`` are drafts.

    ``requests`` are the open ones by id. ``submits``: hours are sent before they are approved (R111).
    """

    hours: dict[uuid.UUID, Hours] = field(default_factory=dict)
    closed: set[Week] = field(default_factory=set)
    orders: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    sendings: list[Sending] = field(default_factory=list)
    requests: dict[int, Asked] = field(default_factory=dict)
    submits: bool = True

    def __iter__(self) -> Any:
        return iter(self.hours.values())

    def is_locked(self, one: Hours) -> bool:
        """R112: an approval or a finished order holds it."""
        return one.is_approved or one.order in self.finished

    def is_closed(self, days: Iterable[date]) -> bool:
        """P21: a user approval closes its week against new and changed hours."""
        return any(Week.of(day) in self.closed for day in days)

    def in_week(self, week: Week) -> list[Hours]:
        return [one for one in self if Week.of(one.day) == week]

    def approvals(self) -> set[int]:
        """The ids of those in force: an approval without hours is undone."""
        return {id_ for one in self for id_ in (one.approved, one.by_project) if id_}

    def forget_answered(self) -> None:
        """An approval that is undone answers its requests too (R112)."""
        self.requests = {pk: asked for pk, asked in self.requests.items() if asked.approval in self.approvals()}

    def may_reopen_order(self, number: int) -> bool:
        """P31: what is on its way, in doubt or arrived stays finished."""
        if number not in self.finished:
            return True
        last = self.sending_of(number)
        return last is None or last.state in {"waiting", "attention", "cancelled"}

    def sending_of(self, number: int) -> Sending | None:
        """The last one of the order that is called so now."""
        return next((one for one in reversed(self.sendings) if one.order_id == self.orders[number]), None)

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
            if one.pair[0] == project_id
            and one.is_billable
            and one.billed != 0
            and one.is_approved
            and one.order is None
        ]

    def set(self, ids: Iterable[uuid.UUID], **fields: Any) -> None:
        for id_ in ids:
            self.hours[id_] = replace(self.hours[id_], **fields)
