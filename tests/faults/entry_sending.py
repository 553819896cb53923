"""Acts on the way of an entry: sent, taken back, rejected, corrected, asked to be opened again, carried away."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from busy.lib.durations import DAY
from busy.lib.periods import Week
from integrations import deliveries
from integrations.kernel.payloads import Receipt
from integrations.models import Delivery
from integrations.policy import Decision, Event, State
from orders import services as orders
from tests.faults.entry_machine import DAYS, WEEKS, ZONE, Acts
from tests.faults.entry_model import Asked, Hours, Pair
from tests.people import Person
from timesheets import approval, clock, corrections, project_approval, reopening, submission
from timesheets.events import ApprovalUndone, HoursRejected, HoursSubmitted, SubmissionWithdrawn
from timesheets.models import TimeSettings
from timesheets.services import save_cell
from timesheets.submission import Choice
from timesheets.timeline import take_step
from timesheets.timeline_moves import Change, Copy, Create, Cut, Delete, Move, Place

# What became of a write at the accounting system, and how the sending stands then.
ANSWERS = {
    "transferred": Decision(event=Event.SENT, state=State.TRANSFERRED),
    "attention": Decision(event=Event.REFUSED, state=State.ATTENTION),
    "waiting": Decision(event=Event.TEMPORARY, state=State.WAITING),
    "unclear": Decision(event=Event.UNCLEAR, state=State.WAITING, is_unclear=True),
}
weeks = st.sampled_from(WEEKS)


class Way(Acts):
    """Anna leads the group that she is in and the project: what she may not do to her own hours is refused for that."""

    def choice(self, data: st.DataObject, week: Week) -> tuple[Choice, list[Hours]]:
        """Days or single entries of the week, and what that is of the entries there are."""
        here = sorted(self.book.in_week(week), key=lambda one: one.pk)
        single: bool = data.draw(st.booleans(), label="single entries")
        if here and single:
            chosen = data.draw(st.lists(st.sampled_from(here), unique=True, min_size=1), label="entries")
            return Choice(week=week, entries=frozenset(one.id for one in chosen)), chosen
        days = [day for day in DAYS if Week.of(day) == week]
        named = frozenset(data.draw(st.lists(st.sampled_from(days), unique=True, min_size=1), label="days"))
        return Choice(week=week, days=named), [one for one in here if one.day in named]

    def anybody(self, data: st.DataObject) -> Person:
        by: Person = data.draw(st.sampled_from([self.anna, *self.managers]), label="by")
        return by

    # Sending --------------------------------------------------------------------------------------------------------
    @rule(data=st.data(), week=weeks)
    def sends(self, data: st.DataObject, week: Week) -> None:
        self.send(self.anybody(data), *self.choice(data, week))

    def send(self, by: Person, choice: Choice, chosen: list[Hours]) -> None:
        open_ones = [one for one in chosen if one.sent is None and not self.book.is_locked(one)]
        done: list[submission.Submitted] = []
        allowed = by is self.anna and self.book.submits and bool(open_ones)
        act = partial(submission.submit, self.anna.membership, choice, by=by.membership)
        if self.happens(lambda: done.append(act()), by=by, allowed=allowed):
            self.sent_at.append((done[0].at, choice.week))
            self.book.set([one.id for one in open_ones], sent=done[0].at)
            self.ensure_told(HoursSubmitted, open_ones)

    @rule(data=st.data(), week=weeks)
    def takes_back(self, data: st.DataObject, week: Week) -> None:
        choice, chosen = self.choice(data, week)
        by = self.anybody(data)
        free = [one for one in chosen if one.sent is not None and not self.book.is_locked(one)]
        act = partial(submission.withdraw, self.anna.membership, choice, by=by.membership)
        if self.happens(act, by=by, allowed=by is self.anna and bool(free)):
            self.book.set([one.id for one in free], sent=None)
            self.ensure_told(SubmissionWithdrawn, free)

    @precondition(lambda self: self.sent_at)
    @rule(data=st.data())
    def undoes_a_sending(self, data: st.DataObject) -> None:
        at, week = data.draw(st.sampled_from(self.sent_at), label="act")
        free = [one for one in self.book.in_week(week) if one.sent == at and not self.book.is_locked(one)]
        act = partial(submission.withdraw_act, self.anna.membership, at, week, by=self.anna.membership)
        if self.happens(act, by=self.anna, allowed=bool(free)):
            self.book.set([one.id for one in free], sent=None)
            self.ensure_told(SubmissionWithdrawn, free)

    @rule(data=st.data(), week=weeks, why=st.sampled_from(["Which floor?", " "]))
    def rejects(self, data: st.DataObject, week: Week, why: str) -> None:
        choice, chosen = self.choice(data, week)
        by = self.anybody(data)
        sent = [one for one in chosen if one.sent is not None and not self.book.is_locked(one)]
        made: list[int] = []
        allowed = by is not self.anna and bool(sent) and bool(why.strip())
        act = partial(submission.reject, self.anna.membership, choice, by=by.membership, comment=why)
        if self.happens(lambda: made.append(act().pk), by=by, allowed=allowed):
            self.book.set([one.id for one in sent], sent=None, rejection=made[0])
            self.ensure_told(HoursRejected, sent)

    @rule(yes=st.sampled_from([True, True, False]))
    def chooses_whether_hours_are_sent(self, yes: bool) -> None:
        self.book.submits = yes
        change = partial(TimeSettings.objects.update_or_create, defaults={"submits_time": self.book.submits})
        self.happens(change, by=self.managers[-1], allowed=True)

    # Correcting -----------------------------------------------------------------------------------------------------
    @precondition(lambda self: self.book.hours)
    @rule(
        data=st.data(),
        minutes=st.sampled_from([30, 90, 450]),
        billable=st.booleans(),
        billed=st.sampled_from([None, 0, 15]),
        note=st.sampled_from(["", "Facade", "Roof"]),
    )
    def corrects(self, data: st.DataObject, minutes: int, billable: bool, billed: int | None, note: str) -> None:
        one, by = self.pick(data), self.anybody(data)
        pair = data.draw(st.sampled_from(self.pairs), label="on")
        length = data.draw(st.sampled_from([one.minutes, minutes]), label="minutes")
        is_billable = billable and pair == self.pairs[0]
        new = replace(
            self.of_length(one, length),
            pair=pair,
            note=note,
            is_billable=is_billable,
            billed=billed if billable else None,
        )
        same = new == one
        allowed = same or (not self.book.is_locked(one) and self.may_put([new], [one]))
        wanted = corrections.Correction(
            on=(*pair, None), minutes=length, is_billable=billable, billable_minutes=billed, note=note
        )
        act = partial(
            corrections.correct_entry, one.id, wanted, base=one.base, request_id=uuid.uuid4(), by=by.membership
        )
        if self.happens(act, by=by, allowed=allowed):
            self.became([one], [new])

    def of_length(self, one: Hours, minutes: int) -> Hours:
        """The end follows the start where the day is long enough, else no times are known."""
        if minutes == one.minutes:
            return one
        end = None if one.start is None else clock.end_after(one.day, one.start, minutes, ZONE)
        return one.lasting(one.day, None if end is None else one.start, end, minutes)

    # What is held ---------------------------------------------------------------------------------------------------
    @precondition(lambda self: any(self.book.is_locked(one) for one in self.book))
    @rule(data=st.data())
    def tries_everything_on_what_is_locked(self, data: st.DataObject) -> None:
        """R112, as its owner or as an approver: nothing is done, whichever way one comes."""
        locked = sorted((one for one in self.book if self.book.is_locked(one)), key=lambda one: one.pk)
        one, by = data.draw(st.sampled_from(locked), label="entry"), self.anybody(data)
        anna, other = self.anna.membership, f"{one.note} and more"
        moves: list[Move] = [
            Delete(id=one.id, base=one.base),
            Change(id=one.id, base=one.base, note=other),
            Change(id=one.id, base=one.base, place=Place(day=one.day, minutes=one.minutes % DAY + 1)),
            Cut(id=one.id, base=one.base, at=(one.start or 0) + 15, rest_id=uuid.uuid4()),
        ]
        acts: list[Callable[[], Any]] = []
        acts += [partial(take_step, anna, [move], request_id=uuid.uuid4(), by=by.membership) for move in moves]
        wanted = corrections.Correction(
            on=(*one.pair, None), minutes=one.minutes, is_billable=one.is_billable, billable_minutes=None, note=other
        )
        acts.append(
            partial(corrections.correct_entry, one.id, wanted, base=one.base, request_id=uuid.uuid4(), by=by.membership)
        )
        acts += self.writes_that_are_refused(one.pair, one.day, by)
        choice = Choice(week=Week.of(one.day), entries=frozenset({one.id}))
        acts.append(partial(submission.submit, anna, choice, by=anna))
        acts.append(partial(submission.withdraw, anna, choice, by=anna))
        acts.append(partial(submission.reject, anna, choice, by=by.membership, comment="Why?"))
        if one.order is not None and one.approved:
            acts.append(partial(approval.undo_person_week, anna.pk, Week.of(one.day), by=by.membership))
        for act in acts:
            self.happens(act, by=by, allowed=False)
        if one.order is not None:
            self.tries_to_get_it_off_the_order(one)

    def tries_to_get_it_off_the_order(self, one: Hours) -> None:
        """Nothing of it is refused, and nothing is done: what is on an order keeps its approvals and has no second."""
        bo, approvals = self.managers[0], {id_ for id_ in (one.approved, one.by_project) if id_}
        self.happens(lambda: project_approval.undo_hours([one.pk], by=bo.membership), by=bo, allowed=True)
        assert self.heard == []
        for number in sorted(set(self.book.orders) - self.book.finished - {one.order}):
            act = partial(orders.pick_entries, self.book.orders[number], by=bo.membership, include=[one.pk])
            self.happens(act, by=bo, allowed=True)
        for pk, asked in self.book.requests.items():
            if asked.approval in approvals and asked.day in (None, one.day):
                self.happens(partial(reopening.reopen, pk, by=bo.membership), by=bo, allowed=False)

    @precondition(lambda self: any(Week.of(day) in self.book.closed for day in DAYS))
    @rule(data=st.data())
    def tries_to_write_in_a_closed_week(self, data: st.DataObject) -> None:
        """P21: neither new hours nor copies nor moves come into it."""
        days = [day for day in DAYS if Week.of(day) in self.book.closed]
        day, by = data.draw(st.sampled_from(days), label="day"), self.anybody(data)
        anna, pair, place = self.anna.membership, self.pairs[0], Place(day=day, start=480, end=540)
        moves: list[Move] = [Create(id=uuid.uuid4(), place=place, project_id=pair[0], work_type_id=pair[1])]
        for one in sorted(self.book, key=lambda one: one.pk)[:3]:
            moves.append(Copy(id=uuid.uuid4(), of=one.id, place=place))
            moves.append(Change(id=one.id, base=one.base, place=replace(place, end=555)))
        acts: list[Callable[[], Any]] = []
        acts += [partial(take_step, anna, [move], request_id=uuid.uuid4(), by=by.membership) for move in moves]
        for act in acts + self.writes_that_are_refused(pair, day, by):
            self.happens(act, by=by, allowed=False)

    def writes_that_are_refused(self, pair: Pair, day: date, by: Person) -> list[Callable[[], Any]]:
        """In the week's grid, as far as the model refuses them."""
        base = "-".join(one.base for one in self.book.of_cell(pair, day))
        return [
            partial(
                save_cell,
                self.anna.membership,
                *pair,
                day,
                minutes,
                client_id=uuid.uuid4(),
                base_revision=base,
                by=by.membership,
            )
            for minutes in (0, 15, 465)
            if not self.book.may_write_cell(pair, day, minutes)
        ]

    # Asking to have approved hours opened again ---------------------------------------------------------------------
    @precondition(lambda self: self.given)
    @rule(data=st.data(), day=st.sampled_from([None, *DAYS]))
    def asks_to_reopen(self, data: st.DataObject, day: date | None) -> None:
        approval = data.draw(st.sampled_from(self.given), label="approval")
        by = data.draw(st.sampled_from([self.anna, self.anna, self.managers[0]]), label="by")
        made: list[int] = []
        allowed = by is self.anna and approval in self.book.approvals()
        act = partial(reopening.ask_to_reopen, self.anna.membership, approval, day=day, sentence="", by=by.membership)
        if self.happens(lambda: made.append(act().pk), by=by, allowed=allowed):
            there = next((pk for pk, asked in self.book.requests.items() if asked.approval == approval), made[0])
            assert made == [there], "asking again made a second request"
            self.asked = sorted({*self.asked, *made})
            self.book.requests[there] = Asked(approval, day)

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), says=st.sampled_from(["", "No, it is invoiced.", "reopen", "reopen", "reopen"]))
    def answers(self, data: st.DataObject, says: str) -> None:
        """Anna leads her own group and a project, so she may answer for these too; opening is not approving."""
        pk, by = data.draw(st.sampled_from(self.asked), label="request"), self.anybody(data)
        asked = self.book.requests.get(pk)
        by_person = [one for one in self.book if asked is not None and one.approved == asked.approval]
        by_project = [one for one in self.book if asked is not None and one.by_project == asked.approval]
        is_theirs = by is not self.anna or bool(by_person) or {one.pair[0] for one in by_project} == {self.pairs[0][0]}
        if says != "reopen":
            act = partial(reopening.decline, pk, by=by.membership, answer=says)
            if self.happens(act, by=by, allowed=asked is not None and is_theirs and bool(says)):
                del self.book.requests[pk]
            return
        freed = by_person or [one for one in by_project if asked is not None and asked.day in (None, one.day)]
        allowed = asked is not None and is_theirs and all(one.order is None for one in freed)
        if self.happens(partial(reopening.reopen, pk, by=by.membership), by=by, allowed=allowed):
            assert asked is not None
            del self.book.requests[pk]
            self.is_freed([one for one in freed if one.approved == asked.approval], "approved")
            self.is_freed([one for one in freed if one.by_project == asked.approval], "by_project")

    def is_freed(self, freed: list[Hours], approval: str) -> None:
        """An approval fell: the hours without the other one are open again, and that is told (R74, R109)."""
        if not freed:
            return
        self.book.set([one.id for one in freed], **{approval: 0})
        if approval == "approved":
            self.book.closed -= {Week.of(one.day) for one in freed}
        self.book.forget_answered()
        self.ensure_told(ApprovalUndone, [one for one in freed if not self.book.hours[one.id].is_approved])

    # Transfer of orders ---------------------------------------------------------------------------------------------
    @precondition(lambda self: self.book.sendings)
    @rule()
    def a_worker_takes_the_next_sending(self) -> None:
        """What it claims is the oldest, and what is in doubt is looked up and never sent."""
        due = next((one for one in self.book.sendings if one.is_due), None)
        claimed = deliveries.claim_next(self.anna.workspace.pk, self.connection.pk)
        assert (claimed is None) == (due is None)
        if claimed is not None and due is not None:
            assert claimed.order_id == due.order_id
            assert claimed.is_unclear == (due.state == "unclear")
            due.state = "transferring"
            self.claimed.append((claimed, due))
        self.watch.look(None, nothing_changed=True)

    @precondition(lambda self: self.claimed)
    @rule(answer=st.sampled_from(sorted(ANSWERS)))
    def the_system_answers(self, answer: str) -> None:
        claimed, sending = self.claimed.pop(0)
        receipt = Receipt(external_id=f"{claimed.pk}", number="10432") if answer == "transferred" else None
        deliveries.record(claimed, ANSWERS[answer], receipt=receipt)
        sending.state = answer
        self.watch.look(None, nothing_changed=True)

    @precondition(lambda self: any(one.state == "attention" for one in self.book.sendings))
    @rule()
    def somebody_sends_again(self) -> None:
        stuck = next(one for one in self.book.sendings if one.state == "attention")

        def press() -> None:
            delivery = Delivery.objects.select_for_update().get(order_id=stuck.order_id, state=State.ATTENTION)
            deliveries.revive(delivery, Event.PRESSED, by=self.managers[0].membership.pk)

        self.happens(press, by=self.managers[0], allowed=True)
        stuck.state = "waiting"
