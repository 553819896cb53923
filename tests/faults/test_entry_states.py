"""An entry under random acts of Anna, two approvers, orders and transfer never reaches an illegal state.

The model (entry_model.py) says before each act whether it is allowed, and after it what must be in the database; both
are held against what Busy did. `FAULT_EXAMPLES=300 FAULT_ACTS=80 pytest tests/faults/test_entry_states.py` is longer.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from busy.lib import events
from busy.lib.durations import DAY
from busy.lib.periods import Week
from busy.workspaces.scope import scope
from orders import rules as order_rules
from orders import services as orders
from orders.events import OrderReopened
from orders.models import Order
from tests.faults.entry_machine import DAYS, WEEKS, ZONE, Acts
from tests.faults.entry_model import Hours, Pair, real_minutes
from tests.orders.stories import set_rate
from tests.people import Person
from tests.timesheets.hours import make_project, make_work_type
from timesheets import approval, clock, project_approval
from timesheets.events import ApprovalUndone, HoursApproved, HoursChanged
from timesheets.models import TimeEntry
from timesheets.services import save_cell
from timesheets.timeline import take_step
from timesheets.timeline_errors import EntryChanged
from timesheets.timeline_moves import Change, Copy, Create, Cut, Delete, Place

pytestmark = [pytest.mark.faults, pytest.mark.django_db]

EXAMPLES = int(os.environ.get("FAULT_EXAMPLES", "6"))
ACTS = int(os.environ.get("FAULT_ACTS", "36"))
quarters = st.integers(0, 95).map(lambda n: n * 15)
lengths = st.integers(1, 40).map(lambda n: n * 15)


class Entries(Acts):
    """Anna writes, Bo and Dina approve and make orders, which are transferred."""

    # Anna -----------------------------------------------------------------------------------------------------------
    @rule(data=st.data(), day=st.sampled_from(DAYS), start=quarters, length=lengths, billable=st.booleans())
    def creates(self, data: st.DataObject, day: date, start: int, length: int, billable: bool) -> None:
        pair = data.draw(st.sampled_from(self.pairs), label="on")
        request, id_ = uuid.uuid4(), uuid.uuid4()
        bare = Hours(
            id=id_, day=day, start=0, end=0, minutes=0, pair=pair, is_billable=billable and pair == self.pairs[0]
        )
        new = self.placed(bare, day, start, length, uuid.uuid5(request, f"rest {id_}"))
        place = Place(day=day, start=start, end=(start + length - 1) % DAY + 1)
        move = Create(id=id_, place=place, project_id=pair[0], work_type_id=pair[1], is_billable=billable)
        self.take(request, move, allowed=self.may_put(new, []), touched=[], new=new)

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data(), day=st.sampled_from(DAYS), start=quarters, length=lengths)
    def moves(self, data: st.DataObject, day: date, start: int, length: int) -> None:
        one, request = self.pick(data), uuid.uuid4()
        new = self.placed(one, day, start, length, uuid.uuid5(request, f"rest {one.id}"))
        if len(new) > 1:
            new[1] = replace(new[1], approved=False, by_project=False, order=None)
        place = Place(day=day, start=start, end=(start + length - 1) % DAY + 1)
        same = new == [one]
        allowed = same or (not self.book.is_locked(one) and self.may_put(new, [one]))
        self.take(request, Change(id=one.id, base=one.base, place=place), allowed=allowed, touched=[one], new=new)

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data(), day=st.sampled_from(DAYS), start=quarters, length=lengths)
    def copies(self, data: st.DataObject, day: date, start: int, length: int) -> None:
        one, request, id_ = self.pick(data), uuid.uuid4(), uuid.uuid4()
        like = replace(one, id=id_, approved=False, by_project=False, order=None)
        new = self.placed(like, day, start, length, uuid.uuid5(request, f"rest {id_}"))
        place = Place(day=day, start=start, end=(start + length - 1) % DAY + 1)
        self.take(request, Copy(id=id_, of=one.id, place=place), allowed=self.may_put(new, []), touched=[], new=new)

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data(), at=quarters)
    def cuts(self, data: st.DataObject, at: int) -> None:
        one, rest = self.pick(data), uuid.uuid4()
        inside = one.start is not None and one.end is not None and one.start < at < one.end
        allowed = inside and not self.book.is_locked(one) and not self.book.is_closed([one.day])
        new = [one]
        if inside and one.start is not None and one.end is not None:
            first = replace(one, end=at, minutes=real_minutes(one.day, one.start, at, ZONE))
            second = replace(one, id=rest, start=at, minutes=real_minutes(one.day, at, one.end, ZONE))
            new = [first, second]
        move = Cut(id=one.id, base=one.base, at=at, rest_id=rest)
        self.take(uuid.uuid4(), move, allowed=allowed, touched=[one], new=new)

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data())
    def deletes(self, data: st.DataObject) -> None:
        one = self.pick(data)
        move = Delete(id=one.id, base=one.base)
        self.take(uuid.uuid4(), move, allowed=not self.book.is_locked(one), touched=[one], new=[])

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data(), note=st.sampled_from(["", "Facade"]))
    def writes_a_note(self, data: st.DataObject, note: str) -> None:
        one = self.pick(data)
        new = [replace(one, note=note)]
        allowed = new == [one] or not (self.book.is_locked(one) or self.book.is_closed([one.day]))
        self.take(uuid.uuid4(), Change(id=one.id, base=one.base, note=note), allowed=allowed, touched=[one], new=new)

    @precondition(lambda self: self.last)
    @rule()
    def sends_the_last_step_again(self) -> None:
        assert self.last is not None
        request, move = self.last
        anna = self.anna.membership
        self.happens(lambda: take_step(anna, [move], request_id=request, by=anna), allowed=True)
        assert self.heard == []

    @precondition(lambda self: self.stale and self.stale[0] in self.book.hours)
    @rule()
    def changes_what_another_tab_has_changed(self) -> None:
        assert self.stale is not None
        id_, base = self.stale
        one, anna = self.book.hours[id_], self.anna.membership
        if one.base == base or self.book.is_locked(one) or self.book.is_closed([one.day]):
            return
        move = Change(id=id_, base=base, note=f"{one.note} from the other tab")
        with scope(self.anna.workspace.pk), pytest.raises(EntryChanged):
            take_step(anna, [move], request_id=uuid.uuid4(), by=anna)

    @rule(data=st.data(), day=st.sampled_from(DAYS), minutes=st.sampled_from([0, 30, 90, 450, 600]))
    def writes_in_the_week(self, data: st.DataObject, day: date, minutes: int) -> None:
        pair = data.draw(st.sampled_from(self.pairs), label="on")
        there = self.book.of_cell(pair, day)
        base, id_ = "-".join(one.base for one in there), uuid.uuid4()
        member = data.draw(st.sampled_from([self.anna, *self.managers]), label="by").membership

        def act() -> None:
            save_cell(self.anna.membership, *pair, day, minutes, client_id=id_, base_revision=base, by=member)

        present = sum(one.minutes for one in there)
        if not self.happens(act, allowed=self.book.may_write_cell(pair, day, minutes)) or minutes == present:
            return
        self.lay_over(pair, day, there, minutes - present, id_)
        self.ensure_told(HoursChanged, [Hours(id=id_, day=day, start=None, end=None, minutes=0, pair=pair)])

    def lay_over(self, pair: Pair, day: date, there: list[Hours], more: int, id_: uuid.UUID) -> None:
        if not there:
            new = Hours(
                id=id_, day=day, start=None, end=None, minutes=more, pair=pair, is_billable=pair == self.pairs[0]
            )
            self.book.hours[id_] = new
            self.reread([id_])
            return
        last = [one for one in there if not self.book.is_locked(one)][-1]
        minutes = last.minutes + more
        if not minutes:
            del self.book.hours[last.id]
            return
        end = None if last.start is None else clock.end_after(day, last.start, minutes, ZONE)
        start = None if end is None else last.start
        self.book.hours[last.id] = replace(last, minutes=minutes, start=start, end=end)
        self.reread([last.id])

    # Bo and Dina ----------------------------------------------------------------------------------------------------
    @rule(data=st.data(), week=st.sampled_from(WEEKS))
    def approves_the_week(self, data: st.DataObject, week: Week) -> None:
        by = data.draw(st.sampled_from([self.anna, *self.managers]), label="by")
        here = [one for one in self.book if Week.of(one.day) == week]
        allowed = by is not self.anna and bool(here)
        anna = self.anna.membership.pk
        if self.happens(lambda: approval.approve_person_week(anna, week, by=by.membership), allowed=allowed):
            self.ensure_told(HoursApproved, [one for one in here if not one.is_approved])
            self.book.set([one.id for one in here], approved=True)
            self.book.closed.add(week)

    @rule(data=st.data(), week=st.sampled_from(WEEKS))
    def takes_the_week_back(self, data: st.DataObject, week: Week) -> None:
        by = data.draw(st.sampled_from(self.managers), label="by")
        here = [one for one in self.book if Week.of(one.day) == week and one.approved]
        allowed = all(one.order is None for one in here)
        anna = self.anna.membership.pk
        if self.happens(lambda: approval.undo_person_week(anna, week, by=by.membership), allowed=allowed):
            self.book.set([one.id for one in here], approved=False)
            self.book.closed.discard(week)
            self.ensure_told(ApprovalUndone, [one for one in here if not one.by_project])

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data())
    def approves_for_the_project(self, data: st.DataObject) -> None:
        chosen = data.draw(
            st.lists(st.sampled_from(sorted(self.book, key=lambda one: one.pk)), unique=True, min_size=1)
        )
        by = data.draw(st.sampled_from(self.managers), label="by")
        wanted = [one.pk for one in chosen]

        def act() -> None:
            project_approval.approve_hours(TimeEntry.objects.filter(pk__in=wanted), by=by.membership)

        self.happens(act, allowed=True)
        self.ensure_told(HoursApproved, [one for one in chosen if not one.is_approved])
        self.book.set([one.id for one in chosen], by_project=True)

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data())
    def takes_back_for_the_project(self, data: st.DataObject) -> None:
        chosen = data.draw(
            st.lists(st.sampled_from(sorted(self.book, key=lambda one: one.pk)), unique=True, min_size=1)
        )
        by = data.draw(st.sampled_from(self.managers), label="by")
        self.happens(lambda: project_approval.undo_hours([one.pk for one in chosen], by=by.membership), allowed=True)
        freed = [one for one in chosen if one.by_project and one.order is None]
        self.ensure_told(ApprovalUndone, [one for one in freed if not one.approved])
        self.book.set([one.id for one in freed], by_project=False)

    # Orders and transfer --------------------------------------------------------------------------------------------
    @rule(data=st.data())
    def drafts_an_order(self, data: st.DataObject) -> None:
        by, project = self.managers[0].membership, self.pairs[0][0]
        offered = self.book.offered(project)
        made: list[Order] = []
        if self.happens(lambda: made.append(orders.create_draft(project, by=by)), allowed=bool(offered)):
            self.book.orders[made[0].number] = made[0].pk
            self.book.set([one.id for one in offered], order=made[0].number)

    @precondition(lambda self: any(one.order for one in self.book))
    @rule(data=st.data())
    def takes_an_entry_off(self, data: st.DataObject) -> None:
        held = sorted((one for one in self.book if one.order), key=lambda one: one.pk)
        one = data.draw(st.sampled_from(held), label="entry")
        assert one.order is not None
        order, by = self.book.orders[one.order], self.managers[0].membership
        allowed = one.order not in self.book.finished
        if self.happens(lambda: orders.pick_entries(order, by=by, exclude=[one.pk]), allowed=allowed):
            self.book.set([one.id], order=None)

    @precondition(lambda self: self.book.orders)
    @rule(data=st.data())
    def finishes_an_order(self, data: st.DataObject) -> None:
        number = self.pick_order(data)
        allowed = number in self.book.finished or any(one.order == number for one in self.book)
        order, by = self.book.orders[number], self.managers[0].membership
        if self.happens(lambda: orders.finish(order, by=by), allowed=allowed):
            self.book.finished.add(number)

    @precondition(lambda self: self.book.finished)
    @rule(data=st.data())
    def an_order_is_transferred(self, data: st.DataObject) -> None:
        self.book.transferred.add(data.draw(st.sampled_from(sorted(self.book.finished)), label="order"))

    @precondition(lambda self: self.book.orders)
    @rule(data=st.data())
    def reopens_an_order(self, data: st.DataObject) -> None:
        number = self.pick_order(data)
        order, by = self.book.orders[number], self.managers[0].membership
        if self.happens(lambda: orders.reopen(order, by=by), allowed=number not in self.book.transferred):
            self.book.finished.discard(number)

    @precondition(lambda self: self.book.orders)
    @rule(data=st.data())
    def throws_an_order_away(self, data: st.DataObject) -> None:
        number = self.pick_order(data)
        order, by = self.book.orders[number], self.managers[0].membership
        if self.happens(lambda: orders.delete_draft(order, by=by), allowed=number not in self.book.finished):
            del self.book.orders[number]
            self.book.set([one.id for one in self.book if one.order == number], order=None)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, anna: Person, bo: Person, dina: Person) -> type[RuleBasedStateMachine]:
    arena = make_project(anna.workspace)
    design = make_work_type(arena)
    internal = make_project(anna.workspace, "Internal", customer="", is_billable=False)
    meetings = make_work_type(internal, "Meetings", product=None)
    set_rate(anna.workspace.pk, "1450", work_type=design)
    heard: list[Any] = []
    for kind in (HoursChanged, HoursApproved, ApprovalUndone):
        monkeypatch.setitem(events._listeners, kind, [*events._listeners[kind], heard.append])

    class Fjells(Entries):
        def __init__(self) -> None:
            super().__init__()
            # As the integrations do it: what is with the accounting system is not reopened (P31).
            monkeypatch.setitem(events._listeners, OrderReopened, [self.keep])

        def keep(self, event: OrderReopened) -> None:
            if event.order_id in {self.book.orders[number] for number in self.book.transferred}:
                raise order_rules.CannotReopen("It is transferred.")

    Fjells.anna, Fjells.managers, Fjells.heard = anna, [bo, dina], heard
    Fjells.pairs = [(arena.pk, design.pk), (internal.pk, meetings.pk)]
    return Fjells


def test_r112_p21_p23_r109_no_act_brings_an_entry_into_an_illegal_state(machine: type[RuleBasedStateMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=ACTS,
            deadline=None,
            database=None,
            derandomize="FAULT_EXAMPLES" not in os.environ,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
