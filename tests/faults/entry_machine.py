"""The machine under the random acts: what it takes to do one, and what must hold after each of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from busy.lib.durations import DAY
from busy.lib.periods import Week
from busy.workspaces.scope import scope
from orders.models import Order, OrderEntry, OrderState
from orders.rules import OrderRefusal
from tests.faults.entry_model import Book, Hours, Pair, real_minutes
from tests.people import Person
from timesheets import clock, selectors
from timesheets.approval_rules import CannotApprove, CannotUndo
from timesheets.errors import HoursRefusal
from timesheets.events import Cell, HoursChanged
from timesheets.models import Approval, CellChange, TimeEntry
from timesheets.timeline import take_step
from timesheets.timeline_moves import Move
from timesheets.timeline_selectors import timeline_days

# The last day of a week, in the night of which the clock goes back, between two others.
DAYS = [date(2024, 10, 26), date(2024, 10, 27), date(2024, 10, 28)]
WEEKS = sorted({Week.of(day) for day in DAYS})
ZONE = "Europe/Oslo"
REFUSALS = (HoursRefusal, CannotApprove, CannotUndo, OrderRefusal)


class Acts(RuleBasedStateMachine):
    """Does what it is told and holds it against the model. People and pairs are given by the test."""

    anna: ClassVar[Person]
    managers: ClassVar[list[Person]]
    pairs: ClassVar[list[Pair]]
    heard: ClassVar[list[Any]]

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.book = Book()
        self.last: tuple[uuid.UUID, Move] | None = None
        self.stale: tuple[uuid.UUID, str] | None = None

    def teardown(self) -> None:
        connection.check_constraints()
        transaction.savepoint_rollback(self.point)

    # Helpers --------------------------------------------------------------------------------------------------------
    def pick(self, data: st.DataObject) -> Hours:
        chosen: Hours = data.draw(st.sampled_from(sorted(self.book, key=lambda one: one.pk)), label="entry")
        return chosen

    def pick_order(self, data: st.DataObject) -> int:
        return int(data.draw(st.sampled_from(sorted(self.book.orders)), label="order"))

    def happens(self, act: Callable[[], Any], *, allowed: bool) -> bool:
        """Do it; whether it was done must be what the model says. What was refused tells nobody anything."""
        self.heard.clear()
        refusal: Exception | None = None
        try:
            with scope(self.anna.workspace.pk):
                act()
        except REFUSALS as caught:
            refusal = caught
        assert (refusal is None) == allowed, f"refused: {refusal!r}" if refusal else "was done, and must not have been"
        assert refusal is None or self.heard == []
        return refusal is None

    def take(self, request: uuid.UUID, move: Move, *, allowed: bool, touched: list[Hours], new: list[Hours]) -> bool:
        anna = self.anna.membership
        if not self.happens(lambda: take_step(anna, [move], request_id=request, by=anna), allowed=allowed):
            return False
        same = [one for one in touched if one in new]
        changed = [one for one in touched + new if one not in same]
        if changed:
            self.last = (request, move)
        for one in touched:
            self.stale = (one.id, one.base)
            del self.book.hours[one.id]
        for one in new:
            self.book.hours[one.id] = one
        self.reread([one.id for one in new])
        self.ensure_told(HoursChanged, changed)
        return True

    def reread(self, ids: list[uuid.UUID]) -> None:
        """Row ids and revisions are the database's; everything else must be as the model has it."""
        with scope(self.anna.workspace.pk):
            for entry in TimeEntry.objects.filter(client_id__in=ids):
                was = self.book.hours[entry.client_id]
                self.book.hours[entry.client_id] = replace(was, pk=entry.pk, revision=entry.revision)

    def ensure_told(self, kind: type, touched: list[Hours]) -> None:
        told: set[Cell] = set()
        for event in self.heard:
            if isinstance(event, kind):
                told |= event.cells  # type: ignore[attr-defined]
        member = self.anna.membership.pk
        assert told == {Cell(member, *one.pair, one.day) for one in touched}

    def placed(self, like: Hours, day: date, start: int, length: int, rest: uuid.UUID) -> list[Hours]:
        """The entry, and what of it lies after midnight."""
        end = start + length
        if end <= DAY:
            return [replace(like, day=day, start=start, end=end, minutes=real_minutes(day, start, end, ZONE))]
        next_day = day + timedelta(days=1)
        first = replace(like, day=day, start=start, end=DAY, minutes=real_minutes(day, start, DAY, ZONE))
        later = real_minutes(next_day, 0, end - DAY, ZONE)
        return [first, replace(like, id=rest, day=next_day, start=0, end=end - DAY, minutes=later)]

    def may_put(self, new: list[Hours], instead_of: list[Hours]) -> bool:
        return not self.book.is_closed(one.day for one in new) and self.book.has_room_for(new, instead_of)

    # What must hold -------------------------------------------------------------------------------------------------
    @invariant()
    def the_database_is_as_the_model(self) -> None:
        with scope(self.anna.workspace.pk):
            rows = list(TimeEntry.objects.select_related("person_approval", "project_approval"))
            on = dict(OrderEntry.objects.values_list("entry_id", "order__number"))
            states = dict(Order.objects.values_list("number", "state"))
        assert {self.as_model(row, on) for row in rows} == set(self.book)
        assert states == {
            number: OrderState.FINISHED if number in self.book.finished else OrderState.DRAFT
            for number in self.book.orders
        }
        for row in rows:
            ordered = row.ordered_at is not None
            assert ordered == (on.get(row.pk) in self.book.finished)
            assert not ordered or (row.is_billable and row.is_approved and row.is_locked and row.state == "ordered")
            assert row.order_label == (str(on[row.pk]) if ordered else "")
            assert row.pk not in on or row.is_approved
            for given in (row.person_approval, row.project_approval):
                assert given is None or given.undone_at is None

    def as_model(self, row: TimeEntry, on: dict[int, int]) -> Hours:
        timed = row.start_time is not None and row.end_time is not None
        return Hours(
            id=row.client_id,
            pk=row.pk,
            revision=row.revision,
            day=row.day,
            start=clock.minute_of(row.start_time) if timed and row.start_time else None,
            end=clock.end_minute_of(row.end_time) if timed and row.end_time else None,
            minutes=row.minutes,
            pair=(row.project_id, row.work_type_id),
            note=row.note,
            is_billable=row.is_billable,
            approved=row.person_approval_id is not None,
            by_project=row.project_approval_id is not None,
            order=on.get(row.pk),
        )

    @invariant()
    def approvals_close_what_they_approved(self) -> None:
        with scope(self.anna.workspace.pk):
            weeks = Approval.objects.filter(kind="person", undone_at=None).values_list("first_day", flat=True)
            assert {Week.of(day) for day in weeks} == self.book.closed
        assert all(one.approved for one in self.book if Week.of(one.day) in self.book.closed)

    @invariant()
    def every_sum_is_the_models(self) -> None:
        sums, cells = self.book.day_sums(), self.book.cell_sums()
        anna = self.anna.membership
        with scope(self.anna.workspace.pk):
            timeline = {day.day: day.minutes for day in timeline_days(anna, DAYS)}
            weeks = [selectors.week_sums(anna, week) for week in WEEKS]
            written = CellChange.objects.order_by("pk").values_list(
                "project_id", "work_type_id", "day", "minutes_after"
            )
            last = {((project, work_type), day): after for project, work_type, day, after in written}
        assert timeline == {day: sums[day] for day in DAYS}
        for week, told in zip(WEEKS, weeks, strict=True):
            assert {day: told[day] for day in week.days} == {day: sums[day] for day in week.days}
        assert {cell: after for cell, after in last.items() if after} == dict(cells)
