"""The week as the template shows it: names, labels and texts for every cell, made once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from busy.lib.periods import Week
from busy.lib.written import written_day, written_days, written_weekday
from busy.workspaces.models import Membership
from timesheets.cells import CellState
from timesheets.events import Cell as HoursPlace
from timesheets.remarks import Remark
from timesheets.rules import LockReason
from timesheets.selectors import Day, MemberWeek, Row, row_key
from timesheets.slots import Slot

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def cell_name(slot: Slot) -> str:
    """The name of the cell's input, and its key in scripts: ``hours-12-34-2026-03-02``, with a task one number more."""
    cell = slot.cell
    return f"hours-{row_key(cell.project_id, cell.work_type_id, slot.task_id)}-{cell.day.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPart:
    """What a person typed that could not be saved, and why not."""

    typed: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A reason that several cells may share, shown once. ``ask``: the reader can ask for the hours to be opened."""

    id: str
    reason: LockReason
    ask: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHead:
    """``name`` is the day's short English name, the hook of the stylesheet; ``share`` of the capacity in per cent."""

    name: str
    day: Day
    weekday: str
    written: str
    is_today: bool
    is_chosen: bool

    @property
    def share(self) -> int:
        return share_of(self.day.minutes, self.day.capacity)

    @property
    def over(self) -> int:
        return max(0, self.day.minutes - self.day.capacity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    name: str
    head: DayHead
    state: CellState
    text: str
    label: str
    note_label: str
    message: str
    lock: Lock | None
    # A dash without a field: nothing is there, and nothing can be put there.
    is_closed: bool
    remark: Remark

    @property
    def billable(self) -> str:
        """ "true" or "false"; "" where there is nothing to bill, or several entries that may differ."""
        return str(self.state.billing.is_billable).lower() if self.state.billing else ""

    @property
    def billed(self) -> str:
        """The hours that a write-down leaves; "" where all or none are billed."""
        minutes = self.state.billing.minutes if self.state.billing else None
        return "" if minutes is None else print_hours(minutes)

    @property
    def base(self) -> str:
        """What the form was based on; a cell that was not touched is told by it from one that was changed elsewhere."""
        return f"{self.state.revision}/{self.state.minutes}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    row: Row
    cells: tuple[Cell, ...]
    can_remove: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekPage:
    """Everything the page shows. ``key`` names the reader's own store of unsent changes in the browser."""

    shown: MemberWeek
    today: date
    heads: tuple[DayHead, ...]
    rows: tuple[PageRow, ...]
    locks: tuple[Lock, ...]
    reader: Membership

    @property
    def week(self) -> Week:
        return self.shown.week

    @property
    def is_read_only(self) -> bool:
        return self.shown.member.pk != self.reader.pk

    @property
    def can_add(self) -> bool:
        return not self.is_read_only and self.shown.approval is None

    @property
    def period(self) -> str:
        """The years stand there unless the week lies in the present one."""
        with_year = self.week.monday.year != self.today.year
        return written_days(self.week.monday, self.week.sunday, with_year=with_year)

    @property
    def share(self) -> int:
        return share_of(self.shown.minutes, self.shown.capacity)

    @property
    def left(self) -> int:
        return max(0, self.shown.capacity - self.shown.minutes)

    @property
    def over(self) -> int:
        return max(0, self.shown.minutes - self.shown.capacity)

    @property
    def is_this_week(self) -> bool:
        return self.today in self.week.days

    @property
    def address(self) -> str:
        return self._address(self.week)

    @property
    def previous(self) -> str:
        return self._address(self.week.plus(-1))

    @property
    def next(self) -> str:
        return self._address(self.week.plus(1))

    @property
    def timeline(self) -> str:
        """The same week on the clock."""
        parameters = {"workspace": self.reader.workspace.slug, "week": self.week}
        return reverse("timesheets:timeline-week", kwargs=parameters) + self._query

    @property
    def present(self) -> str:
        url = reverse("timesheets:week", kwargs={"workspace": self.reader.workspace.slug})
        return f"{url}{self._query}"

    def _address(self, week: Week) -> str:
        slug = self.reader.workspace.slug
        return reverse("timesheets:week-of", kwargs={"workspace": slug, "week": week}) + self._query

    @property
    def _query(self) -> str:
        return f"?{urlencode({'member': self.shown.member.pk})}" if self.is_read_only else ""


def page_of(
    shown: MemberWeek, today: date, *, reader: Membership, parts: dict[str, CellPart], chosen_day: str = ""
) -> WeekPage:
    """``parts`` are what was typed and refused, by cell name; ``chosen_day`` is the day a phone opens at."""
    heads = _heads(shown, today, chosen_day)
    locks = _locks(shown, reader)
    remarks = shown.remarks()
    is_read_only = shown.member.pk != reader.pk
    rows = []
    for row in shown.rows:
        cells = tuple(
            _cell(row, state, head, locks, parts, remarks, is_read_only=is_read_only)
            for state, head in zip(row.cells, heads, strict=True)
        )
        can_remove = not is_read_only and shown.approval is None and not row.minutes
        rows.append(PageRow(row=row, cells=cells, can_remove=can_remove))
    return WeekPage(shown=shown, today=today, heads=heads, rows=tuple(rows), locks=tuple(locks.values()), reader=reader)


def share_of(minutes: int, capacity: int) -> int:
    """In per cent, at most 100; a day off has none to fill."""
    return min(100, minutes * 100 // capacity) if capacity else 0


def _heads(shown: MemberWeek, today: date, chosen_day: str) -> tuple[DayHead, ...]:
    chosen = DAY_NAMES.index(chosen_day) if chosen_day in DAY_NAMES else None
    if chosen is None:
        chosen = shown.week.days.index(today) if today in shown.week.days else 0
    return tuple(
        DayHead(
            name=DAY_NAMES[place],
            day=day,
            weekday=written_weekday(day.day),
            written=written_day(day.day),
            is_today=day.day == today,
            is_chosen=place == chosen,
        )
        for place, day in enumerate(shown.days)
    )


def _locks(shown: MemberWeek, reader: Membership) -> dict[LockReason, Lock]:
    reasons = [cell.lock for row in shown.rows for cell in row.cells if cell.lock]
    return {
        reason: Lock(
            id=f"lock-{number}", reason=reason, ask=shown.member.pk == reader.pk and can_ask_to_reopen(reason, reader)
        )
        for number, reason in enumerate(dict.fromkeys(reasons), start=1)
    }


def can_ask_to_reopen(reason: LockReason, reader: Membership) -> bool:
    """Whether somebody else can undo what holds the hours; nobody asks an order, or oneself."""
    return reason.approval_id is not None and reason.email != reader.user.email


def _cell(
    row: Row,
    state: CellState,
    head: DayHead,
    locks: dict[LockReason, Lock],
    parts: dict[str, CellPart],
    remarks: Mapping[HoursPlace, Remark],
    *,
    is_read_only: bool,
) -> Cell:
    name = cell_name(state.slot)
    part = parts.get(name)
    saved = print_hours(state.minutes) if state.minutes else ""
    label = ", ".join(filter(None, (row.project, row.task, row.work_type, head.written)))
    is_empty = not state.minutes and part is None
    return Cell(
        name=name,
        head=head,
        state=state,
        text=part.typed if part else saved,
        label=label,
        note_label=_("Note: %(label)s") % {"label": label},
        message=part.message if part else "",
        # What was typed into a cell that was locked in the meantime stays in a field, beside the reason.
        lock=locks.get(state.lock) if state.lock and part is None else None,
        is_closed=is_empty and (is_read_only or bool(row.closed) or state.lock is not None),
        remark=(remarks.get(state.cell) if state.minutes else None) or Remark(),
    )
