"""The machine under the random acts: what it takes to do one, and what must hold after each of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from busy.lib.durations import DAY
from busy.lib.periods import Week
from busy.workspaces.scope import acting_as, scope
from integrations.deliveries import Claimed
from integrations.models import Connection, Delivery
from orders.models import Order, OrderEntry, OrderState
from orders.rules import OrderRefusal
from tests.faults.entry_history import Watch
from tests.faults.entry_model import Asked, Book, Hours, Pair, Sending, real_minutes
from tests.people import Person
from timesheets import clock, selectors
from timesheets.approval_rules import CannotApprove, CannotUndo
from timesheets.errors import HoursRefusal, NotTheirs
from timesheets.events import Cell, HoursChanged
from timesheets.models import Approval, CellChange, ReopenRequest, TimeEntry
from timesheets.submission_errors import NotTheirHours, SubmissionRefusal
from timesheets.timeline import take_step
from timesheets.timeline_moves import Move
from timesheets.timeline_selectors import timeline_days

# The last day of a week, in the night of which the clock goes back, between two others.
DAYS = [date(2024, 10, 26), date(2024, 10, 27), date(2024, 10, 28)]
WEEKS = sorted({Week.of(day) for day in DAYS})
ZONE = "Europe/Oslo"
REFUSALS = (HoursRefusal, NotTheirs, CannotApprove, CannotUndo, SubmissionRefusal, NotTheirHours, OrderRefusal)


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
        self.watch = Watch(self.anna.membership)
        self.summed_up = -1
        # Acts of sending by instant and week; approvals that were given and requests that were made, by id; sendings
        # that a worker holds.
        self.sent_at: list[tuple[datetime, Week]] = []
        self.given: list[int] = []
        self.asked: list[int] = []
        self.claimed: list[tuple[Claimed, Sending]] = []
        with scope(self.anna.workspace.pk):
            self.connection = Connection.objects.create(provider="tripletex", company_id="1", company_name="Fjell AS")

    def teardown(self) -> None:
        connection.check_constraints()
        transaction.savepoint_rollback(self.point)

    # Helpers --------------------------------------------------------------------------------------------------------
    def pick(self, data: st.DataObject) -> Hours:
        chosen: Hours = data.draw(st.sampled_from(sorted(self.book, key=lambda one: one.pk)), label="entry")
        return chosen

    def pick_order(self, data: st.DataObject) -> int:
        return int(data.draw(st.sampled_from(sorted(self.book.orders)), label="order"))

    def happens(self, act: Callable[[], Any], *, by: Person, allowed: bool) -> bool:
        """Do it; whether it was done must be what the model says. What was refused tells nobody anything."""
        self.heard.clear()
        refusal: Exception | None = None
        try:
            # As a page's request does it, so that the history knows who it was.
            with acting_as(by.user.pk), scope(self.anna.workspace.pk):
                act()
        except REFUSALS as caught:
            refusal = caught
        assert (refusal is None) == allowed, f"refused: {refusal!r}" if refusal else "was done, and must not have been"
        assert refusal is None or self.heard == []
        self.watch.look(by.membership, nothing_changed=refusal is not None)
        return refusal is None

    def take(self, request: uuid.UUID, move: Move, *, allowed: bool, touched: list[Hours], new: list[Hours]) -> bool:
        anna = self.anna.membership
        act = partial(take_step, anna, [move], request_id=request, by=anna)
        if not self.happens(act, by=self.anna, allowed=allowed):
            return False
        if self.became(touched, new):
            self.last = (request, move)
        return True

    def became(self, touched: list[Hours], new: list[Hours]) -> bool:
        """What was touched is what is new now, and was told; whether that is a change at all."""
        same = [one for one in touched if one in new]
        changed = [one for one in touched + new if one not in same]
        for one in touched:
            self.stale = (one.id, one.base)
            del self.book.hours[one.id]
        for one in new:
            self.book.hours[one.id] = one
        self.reread([one.id for one in new])
        self.ensure_told(HoursChanged, changed)
        return bool(changed)

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
            return [like.lasting(day, start, end, real_minutes(day, start, end, ZONE))]
        next_day = day + timedelta(days=1)
        first = like.lasting(day, start, DAY, real_minutes(day, start, DAY, ZONE))
        later = real_minutes(next_day, 0, end - DAY, ZONE)
        return [first, self.rest_of(like, first, rest).lasting(next_day, 0, end - DAY, later)]

    def rest_of(self, whole: Hours, first: Hours, id_: uuid.UUID) -> Hours:
        """The later part: sent as the whole was, and billed what the first part leaves of a write-down."""
        billed = None if whole.billed is None else whole.billed - (first.billed or 0)
        return replace(whole.as_new, id=id_, sent=whole.sent, rejection=whole.rejection, billed=billed)

    def may_put(self, new: list[Hours], instead_of: list[Hours]) -> bool:
        return not self.book.is_closed(one.day for one in new) and self.book.has_room_for(new, instead_of)

    # What must hold -------------------------------------------------------------------------------------------------
    @invariant()
    def the_database_is_as_the_model(self) -> None:
        with scope(self.anna.workspace.pk):
            rows = list(TimeEntry.objects.select_related("person_approval", "project_approval"))
            on = dict(OrderEntry.objects.values_list("entry_id", "order__number"))
            states = dict(Order.objects.values_list("number", "state"))
            open_ones = ReopenRequest.objects.filter(outcome="", approval__undone_at=None)
            rows_of_asked = open_ones.values_list("pk", "approval_id", "day")
            asked = {pk: Asked(approval, day) for pk, approval, day in rows_of_asked}
            sendings = list(Delivery.objects.order_by("pk").values_list("order_id", "state", "is_unclear"))
        assert {self.as_model(row, on) for row in rows} == set(self.book)
        assert states == {
            number: OrderState.FINISHED if number in self.book.finished else OrderState.DRAFT
            for number in self.book.orders
        }
        assert asked == self.book.requests
        assert sendings == [one.stored for one in self.book.sendings]
        for row in rows:
            ordered = row.ordered_at is not None
            assert ordered == (on.get(row.pk) in self.book.finished)
            assert not ordered or (row.is_billable and row.is_approved and row.is_locked and row.state == "ordered")
            assert row.order_label == (str(on[row.pk]) if ordered else "")
            assert row.pk not in on or row.is_approved
            for given in (row.person_approval, row.project_approval):
                assert given is None or (given.undone_at is None and given.approved_by_id != row.member_id)

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
            billed=row.billable_minutes,
            sent=row.submitted_at,
            rejection=row.rejection_id or 0,
            approved=row.person_approval_id or 0,
            by_project=row.project_approval_id or 0,
            order=on.get(row.pk),
        )

    @invariant()
    def approvals_close_what_they_approved(self) -> None:
        with scope(self.anna.workspace.pk):
            found = Approval.objects.values_list("pk", "kind", "first_day", "undone_at", "undone_by")
            in_force = {pk: (kind, day) for pk, kind, day, undone_at, _by in found if undone_at is None}
        assert {Week.of(day) for kind, day in in_force.values() if kind == "person"} == self.book.closed
        # One that holds nothing any more was undone, and one that was undone says by whom.
        assert set(in_force) == self.book.approvals()
        assert all((at is None) == (by is None) for *_row, at, by in found)
        assert all(one.approved for one in self.book if Week.of(one.day) in self.book.closed)

    @invariant()
    def every_sum_is_the_models(self) -> None:
        if self.summed_up == self.watch.version:
            return
        self.summed_up = self.watch.version
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
