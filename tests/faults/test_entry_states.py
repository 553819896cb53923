"""An entry under random acts of Anna, two approvers, orders and transfer never reaches an illegal state.

The model (entry_model.py) says before each act whether it is allowed, and after it what must be in the database; both
are held against what Busy did. `FAULT_EXAMPLES=300 FAULT_ACTS=80 pytest tests/faults/test_entry_states.py` is longer.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.conf import settings as settings_of_busy
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from busy.catalog.models import ProjectMember
from busy.lib import events
from busy.lib.durations import DAY
from busy.lib.periods import Week
from busy.workspaces.models import Group, GroupMember
from busy.workspaces.scope import scope
from orders import services as orders
from orders.models import Order
from tests.faults.entry_machine import DAYS, WEEKS, ZONE
from tests.faults.entry_model import Hours, Pair, Sending, real_minutes
from tests.faults.entry_sending import Way
from tests.faults.measures import ACTS, EXAMPLES, TELLS_OTHERS
from tests.orders.stories import set_rate
from tests.people import Person
from tests.timesheets.hours import make_project, make_work_type
from timesheets import approval, clock, project_approval
from timesheets.events import (
    ApprovalUndone,
    HoursApproved,
    HoursChanged,
    HoursRejected,
    HoursSubmitted,
    SubmissionWithdrawn,
)
from timesheets.models import TimeEntry, TimeSettings
from timesheets.services import save_cell
from timesheets.submission import Choice
from timesheets.timeline import take_step
from timesheets.timeline_errors import EntryChanged
from timesheets.timeline_moves import Change, Copy, Create, Cut, Delete, Place

pytestmark = [pytest.mark.faults, pytest.mark.django_db]

quarters = st.integers(0, 95).map(lambda n: n * 15)
lengths = st.integers(1, 40).map(lambda n: n * 15)


class Entries(Way):
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
        place = Place(day=day, start=start, end=(start + length - 1) % DAY + 1)
        same = new == [one]
        allowed = same or (not self.book.is_locked(one) and self.may_put(new, [one]))
        self.take(request, Change(id=one.id, base=one.base, place=place), allowed=allowed, touched=[one], new=new)

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data(), day=st.sampled_from(DAYS), start=quarters, length=lengths)
    def copies(self, data: st.DataObject, day: date, start: int, length: int) -> None:
        one, request, id_ = self.pick(data), uuid.uuid4(), uuid.uuid4()
        like = replace(one.as_new, id=id_)
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
            first = one.lasting(one.day, one.start, at, real_minutes(one.day, one.start, at, ZONE))
            second = self.rest_of(one, first, rest)
            new = [first, second.lasting(one.day, at, one.end, real_minutes(one.day, at, one.end, ZONE))]
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
        self.happens(lambda: take_step(anna, [move], request_id=request, by=anna), by=self.anna, allowed=True)
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
        by = data.draw(st.sampled_from([self.anna, *self.managers]), label="by")

        def act() -> None:
            save_cell(self.anna.membership, *pair, day, minutes, client_id=id_, base_revision=base, by=by.membership)

        present = sum(one.minutes for one in there)
        if not self.happens(act, by=by, allowed=self.book.may_write_cell(pair, day, minutes)) or minutes == present:
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
        self.book.hours[last.id] = last.lasting(day, start, end, minutes)
        self.reread([last.id])

    # Bo and Dina ----------------------------------------------------------------------------------------------------
    @rule(data=st.data(), week=st.sampled_from(WEEKS))
    def approves_the_week(self, data: st.DataObject, week: Week) -> None:
        """Anna leads the group that she is in: only the rule of four eyes keeps her from approving her own hours."""
        self.approve_week(self.anybody(data), week)

    def approve_week(self, by: Person, week: Week) -> None:
        here = self.book.in_week(week)
        anna, made = self.anna.membership.pk, list[int]()
        act = partial(approval.approve_person_week, anna, week, by=by.membership)
        if self.happens(lambda: made.append(act().pk), by=by, allowed=by is not self.anna and bool(here)):
            self.ensure_told(HoursApproved, [one for one in here if not one.is_approved])
            self.book.set([one.id for one in here], approved=made[0])
            self.book.closed.add(week)
            self.given = sorted({*self.given, *made})

    @rule(data=st.data(), week=st.sampled_from(WEEKS))
    def takes_the_week_back(self, data: st.DataObject, week: Week) -> None:
        by = self.anybody(data)
        here = [one for one in self.book.in_week(week) if one.approved]
        allowed = all(one.order is None for one in here)
        act = partial(approval.undo_person_week, self.anna.membership.pk, week, by=by.membership)
        if self.happens(act, by=by, allowed=allowed):
            self.is_freed(here, "approved")

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data())
    def approves_for_the_project(self, data: st.DataObject) -> None:
        """Anna leads the project too, and her own hours are left out of what she approves."""
        self.approve_for_project(self.anybody(data), self.some(data))

    def approve_for_project(self, by: Person, chosen: list[Hours]) -> None:
        wanted = [one.pk for one in chosen]
        done: list[project_approval.ProjectsApproved] = []

        def act() -> None:
            found = TimeEntry.objects.filter(pk__in=wanted)
            done.append(project_approval.approve_hours(found, by=by.membership))

        self.happens(act, by=by, allowed=True)
        taken = [one for one in chosen if not one.by_project and by is not self.anna]
        self.ensure_told(HoursApproved, [one for one in taken if not one.is_approved])
        of_project = {given.project_id: given.pk for given in done[0].approvals}
        assert set(of_project) == {one.pair[0] for one in taken}
        for one in taken:
            self.book.set([one.id], by_project=of_project[one.pair[0]])
        self.given = sorted({*self.given, *of_project.values()})

    @precondition(lambda self: self.book.hours)
    @rule(data=st.data())
    def takes_back_for_the_project(self, data: st.DataObject) -> None:
        by, chosen = self.anybody(data), self.some(data)
        wanted = [one.pk for one in chosen]
        self.happens(lambda: project_approval.undo_hours(wanted, by=by.membership), by=by, allowed=True)
        led = {self.pairs[0][0]} if by is self.anna else {pair[0] for pair in self.pairs}
        self.is_freed(
            [one for one in chosen if one.by_project and one.order is None and one.pair[0] in led], "by_project"
        )

    def some(self, data: st.DataObject) -> list[Hours]:
        entries = st.sampled_from(sorted(self.book, key=lambda one: one.pk))
        return list(data.draw(st.lists(entries, unique=True, min_size=1), label="entries"))

    # Orders and transfer --------------------------------------------------------------------------------------------
    @rule(data=st.data(), day=st.sampled_from(DAYS), start=quarters, far=st.integers(1, 4), whole=st.booleans())
    def goes_far(self, data: st.DataObject, day: date, start: int, far: int, whole: bool) -> None:
        """Many acts in one, since by chance alone few entries come so far: written, sent, approved, on an order."""
        self.creates(data=data, day=day, start=start, length=60, billable=True)
        self.send(self.anna, Choice(week=Week.of(day), days=frozenset({day})), self.on(day))
        bo, here = self.managers[0], self.on(day)
        if far > 1 and whole:
            self.approve_week(bo, Week.of(day))
        elif far > 1 and here:
            self.approve_for_project(bo, here)
        if far > 2:
            self.drafts_an_order()
        if far > 3 and self.book.orders:
            self.finishes_an_order(data=data)

    def on(self, day: date) -> list[Hours]:
        return [one for one in self.book if one.day == day]

    @rule()
    def drafts_an_order(self) -> None:
        by, project = self.managers[0].membership, self.pairs[0][0]
        offered = self.book.offered(project)
        made: list[Order] = []
        bo = self.managers[0]
        if self.happens(lambda: made.append(orders.create_draft(project, by=by)), by=bo, allowed=bool(offered)):
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
        act = partial(orders.pick_entries, order, by=by, exclude=[one.pk])
        if self.happens(act, by=self.managers[0], allowed=allowed):
            self.book.set([one.id], order=None)

    @precondition(lambda self: self.book.orders)
    @rule(data=st.data())
    def puts_an_entry_on(self, data: st.DataObject) -> None:
        number, order_by = self.pick_order(data), self.managers[0].membership
        entries = sorted((one for one in self.book), key=lambda one: one.pk)
        if not entries:
            return
        one = data.draw(st.sampled_from(entries), label="entry")
        act = partial(orders.pick_entries, self.book.orders[number], by=order_by, include=[one.pk])
        offered = self.book.offered(self.pairs[0][0])
        if self.happens(act, by=self.managers[0], allowed=number not in self.book.finished) and one in offered:
            self.book.set([one.id], order=number)

    @precondition(lambda self: self.book.orders)
    @rule(data=st.data())
    def finishes_an_order(self, data: st.DataObject) -> None:
        number = self.pick_order(data)
        allowed = number in self.book.finished or any(one.order == number for one in self.book)
        order, by = self.book.orders[number], self.managers[0].membership
        if self.happens(lambda: orders.finish(order, by=by), by=self.managers[0], allowed=allowed):
            if number not in self.book.finished:
                self.book.sendings.append(Sending(number, order))
            self.book.finished.add(number)

    @precondition(lambda self: self.book.orders)
    @rule(data=st.data())
    def reopens_an_order(self, data: st.DataObject) -> None:
        number = self.pick_order(data)
        order, by = self.book.orders[number], self.managers[0].membership
        allowed = self.book.may_reopen_order(number)
        if self.happens(lambda: orders.reopen(order, by=by), by=self.managers[0], allowed=allowed):
            if number in self.book.finished and (sending := self.book.sending_of(number)):
                sending.state = "cancelled"
            self.book.finished.discard(number)

    @precondition(lambda self: self.book.orders)
    @rule(data=st.data())
    def throws_an_order_away(self, data: st.DataObject) -> None:
        number = self.pick_order(data)
        order, by = self.book.orders[number], self.managers[0].membership
        act = partial(orders.delete_draft, order, by=by)
        if self.happens(act, by=self.managers[0], allowed=number not in self.book.finished):
            del self.book.orders[number]
            self.book.set([one.id for one in self.book if one.order == number], order=None)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, anna: Person, bo: Person, dina: Person) -> type[RuleBasedStateMachine]:
    arena = make_project(anna.workspace)
    design = make_work_type(arena)
    internal = make_project(anna.workspace, "Internal", customer="", is_billable=False)
    meetings = make_work_type(internal, "Meetings", product=None)
    set_rate(anna.workspace.pk, "1450", work_type=design)
    with scope(anna.workspace.pk):
        group = Group.objects.create(name="Oslo")
        GroupMember.objects.create(group=group, member=anna.membership, is_leader=True)
        ProjectMember.objects.create(project=arena, member=anna.membership, is_leader=True)
        TimeSettings.objects.create(submits_time=True)
    # Minutes, where a story takes seconds: no worker of it is taken for lost.
    monkeypatch.setattr(settings_of_busy, "SYNC_LEASE", 600)
    heard: list[Any] = []
    for kind in (HoursChanged, HoursApproved, ApprovalUndone, HoursSubmitted, SubmissionWithdrawn, HoursRejected):
        monkeypatch.setitem(events._listeners, kind, [*events._listeners[kind], heard.append])

    class Fjells(Entries):
        pass

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
            derandomize=not TELLS_OTHERS,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
