"""Approving a person's week, and taking it back (P21, P23, R109, R110, R112)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import FULL_DAY, MONDAY, entries, hire, log, log_week, log_weeks
from timesheets import approval, holds, services
from timesheets.approval_rules import CannotApprove, CannotUndo, NothingToApprove, OwnTime
from timesheets.events import ApprovalUndone, Cell, HoursApproved
from timesheets.holds import Hold
from timesheets.models import Approval

WEEK = Week.of(MONDAY)


def test_bo_approves_annas_week_and_it_is_locked_and_announced_p21_r112(
    bo: Person, anna: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    log_week(anna.membership, arena, design)
    log(anna.membership, arena, design, MONDAY + timedelta(days=7))
    with scope(bo.workspace.pk):
        given = approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    *week, next_monday = entries(bo.workspace)
    assert all(entry.is_locked and entry.person_approval_id == given.pk for entry in week)
    assert not next_monday.is_locked
    days = [MONDAY + timedelta(days=n) for n in range(5)]
    cells = frozenset(Cell(anna.membership.pk, arena.pk, design.pk, day) for day in days)
    assert heard == [HoursApproved(bo.workspace.pk, cells)]


def test_approving_again_changes_and_announces_nothing(
    bo: Person, anna: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    log_week(anna.membership, arena, design)
    with scope(bo.workspace.pk):
        first = approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
        second = approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    assert (first.pk, len(heard)) == (second.pk, 1)


def test_hours_a_project_approval_holds_are_approved_as_well_r109(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    with scope(bo.workspace.pk):
        by_project = Approval.objects.create(
            kind="project", project=arena, first_day=MONDAY, last_day=MONDAY, approved_by=bo.membership
        )
    log(anna.membership, arena, design, project_approval=by_project)
    with scope(bo.workspace.pk):
        given = approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    [entry] = entries(bo.workspace)
    assert (entry.person_approval_id, entry.project_approval_id) == (given.pk, by_project.pk)


def test_a_week_without_hours_is_refused_with_a_sentence(bo: Person, anna: Person) -> None:
    with scope(bo.workspace.pk), pytest.raises(NothingToApprove) as refusal:
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    assert refusal.value.message == "There are no hours in this week to approve."


def test_anna_approves_nothing_r110(anna: Person, bo: Person, arena: Project, design: WorkType) -> None:
    log_week(bo.membership, arena, design)
    with scope(bo.workspace.pk), pytest.raises(CannotApprove):
        approval.approve_person_week(bo.membership.pk, WEEK, by=anna.membership)
    assert not any(entry.is_locked for entry in entries(bo.workspace))


def test_bo_may_not_approve_his_own_hours_while_dina_can(bo: Person, arena: Project, design: WorkType) -> None:
    log_week(bo.membership, arena, design)
    with scope(bo.workspace.pk), pytest.raises(OwnTime):
        approval.approve_person_week(bo.membership.pk, WEEK, by=bo.membership)
    assert not any(entry.is_locked for entry in entries(bo.workspace))


def test_dina_may_when_nobody_else_can(dina: Person, bo: Person, arena: Project, design: WorkType) -> None:
    log_week(dina.membership, arena, design)
    with scope(dina.workspace.pk):
        Membership.objects.filter(pk=bo.membership.pk).update(is_active=False)
        approval.approve_person_week(dina.membership.pk, WEEK, by=dina.membership)
    assert all(entry.is_locked for entry in entries(dina.workspace))


def test_in_bulk_the_others_are_approved_and_who_was_left_out_is_named(
    bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    log_week(anna.membership, arena, design)
    log_week(bo.membership, arena, design)
    everybody = [anna.membership.pk, bo.membership.pk, dina.membership.pk]
    with scope(bo.workspace.pk):
        outcome = approval.approve_many(everybody, WEEK, by=bo.membership)
    assert [given.member_id for given in outcome.approvals] == [anna.membership.pk]
    assert outcome.minutes == 5 * FULL_DAY
    assert {member: type(why) for member, why in outcome.refused.items()} == {
        bo.membership.pk: OwnTime,
        dina.membership.pk: NothingToApprove,
    }
    assert len(heard) == 1


def test_undo_frees_the_hours_keeps_the_record_and_tells_p23(
    bo: Person, dina: Person, anna: Person, arena: Project, design: WorkType, heard: list[Any], no_holds: Any
) -> None:
    log_week(anna.membership, arena, design)
    with scope(bo.workspace.pk):
        given = approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
        approval.undo_person_week(anna.membership.pk, WEEK, by=dina.membership)
        assert approval.undo_person_week(anna.membership.pk, WEEK, by=dina.membership) == ()
        given.refresh_from_db()
    assert given.undone_by_id == dina.membership.pk
    assert given.undone_at is not None
    assert not any(entry.is_locked for entry in entries(bo.workspace))
    approved, undone = heard
    assert isinstance(undone, ApprovalUndone)
    assert undone.cells == approved.cells


def test_undo_is_refused_while_an_order_holds_an_hour_r112(
    bo: Person, anna: Person, arena: Project, design: WorkType, no_holds: list[holds.Source], heard: list[Any]
) -> None:
    held = log_week(anna.membership, arena, design)[2].pk

    def order_1043(entry_ids: Any) -> list[Hold]:
        return [Hold(7, "Order 1043", "orders:order", frozenset({anna.membership.pk}))] if held in entry_ids else []

    no_holds.append(order_1043)
    with scope(bo.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
        with pytest.raises(CannotUndo, match="Order 1043") as refusal:
            approval.undo_person_week(anna.membership.pk, WEEK, by=bo.membership)
    assert [hold.object_id for hold in refusal.value.holds] == [7]
    assert all(entry.is_locked for entry in entries(bo.workspace))
    assert len(heard) == 1


def test_one_act_is_undone_by_its_instant_and_leaves_other_acts_alone(
    bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType, no_holds: Any
) -> None:
    log_week(anna.membership, arena, design)
    log_week(dina.membership, arena, design)
    with scope(bo.workspace.pk):
        first = approval.approve_many([anna.membership.pk], WEEK, by=bo.membership)
        approval.approve_many([dina.membership.pk], WEEK, by=bo.membership)
        undone = approval.undo_act(first.at, WEEK, by=bo.membership)
    assert [given.member_id for given in undone.approvals] == [anna.membership.pk]
    assert {entry.member_id for entry in entries(bo.workspace) if entry.is_locked} == {dina.membership.pk}


def test_cillas_approval_reaches_nothing_at_fjell(
    cilla: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    with scope(cilla.workspace.pk), pytest.raises(NothingToApprove):
        approval.approve_person_week(anna.membership.pk, WEEK, by=cilla.membership)
    assert not any(entry.is_locked for entry in entries(anna.workspace))


def test_an_approved_day_is_closed_and_the_day_after_the_week_is_not_p21(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design)
    with scope(bo.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
        assert approval.is_period_approved(anna.membership.pk, WEEK.sunday)
        assert not approval.is_period_approved(anna.membership.pk, WEEK.sunday + timedelta(days=1))
        assert not approval.is_period_approved(bo.membership.pk, MONDAY)


def test_approving_fifty_peoples_weeks_takes_a_constant_number_of_queries(
    bo: Person, arena: Project, design: WorkType
) -> None:
    few = _staff(bo.workspace, "Few", 2, arena, design)
    many = _staff(bo.workspace, "Many", 50, arena, design)
    counts, times = [], []
    for people in (few, many):
        with scope(bo.workspace.pk), CaptureQueriesContext(connection) as queries:
            began = time.perf_counter()
            outcome = approval.approve_many(people, WEEK, by=bo.membership)
            times.append(time.perf_counter() - began)
        assert len(outcome.approvals) == len(people)
        counts.append(len(queries))
    print(f"50 people, 250 entries: {times[1] * 1000:.0f} ms, {counts[1]} queries")
    assert counts[0] == counts[1] <= 7
    assert times[1] < 0.3


def _staff(workspace: Workspace, name: str, size: int, project: Project, work_type: WorkType) -> list[int]:
    members = hire(workspace, size, name)
    log_weeks(members, project, work_type)
    return [member.pk for member in members]


@pytest.fixture
def at_once() -> Iterator[Callable[[int, Callable[[], Any]], list[Any]]]:
    """Run a function in many threads that start together, each on a connection of its own."""
    pool = ThreadPoolExecutor(32)

    def run(times: int, work: Callable[[], Any]) -> list[Any]:
        start = threading.Barrier(times)

        def one() -> Any:
            start.wait()
            try:
                return work()
            finally:
                connection.close()

        return [job.result() for job in [pool.submit(one) for _ in range(times)]]

    yield run
    pool.shutdown()


@pytest.mark.django_db(transaction=True)
def test_thirty_two_approvals_at_once_are_one(
    bo: Person, anna: Person, arena: Project, design: WorkType, heard: list[Any], at_once: Any
) -> None:
    log_week(anna.membership, arena, design)

    def approve() -> int:
        with scope(bo.workspace.pk):
            return approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership).pk

    assert len(set(at_once(32, approve))) == 1
    assert len(heard) == 1
    with scope(bo.workspace.pk):
        assert Approval.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_hour_that_is_just_being_written_is_approved_with_the_week_or_comes_too_late_p21(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    """Anna's Tuesday is written but not committed when Bo approves: he waits for it."""
    log(anna.membership, arena, design)
    tuesday = MONDAY + timedelta(days=1)
    written, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with scope(bo.workspace.pk):
            services.lock_days(anna.membership, [tuesday])
            log(anna.membership, arena, design, tuesday)
            written.set()
            go_on.wait(10)
        connection.close()

    def approve() -> int:
        with scope(bo.workspace.pk):
            outcome = approval.approve_many([anna.membership.pk], WEEK, by=bo.membership)
        connection.close()
        return outcome.minutes

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(write)
        assert written.wait(10)
        approving = pool.submit(approve)
        with pytest.raises(TimeoutError):
            approving.result(0.3)
        go_on.set()
        writing.result()
        assert approving.result() == 2 * FULL_DAY


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_approve_overlapping_people_do_not_wait_for_each_other(
    bo: Person, dina: Person, arena: Project, design: WorkType, at_once: Any
) -> None:
    people = _staff(bo.workspace, "Both", 8, arena, design)
    orders = [people, people[::-1]] * 8

    def approve() -> int:
        with scope(bo.workspace.pk):
            return len(approval.approve_many(orders.pop(), WEEK, by=dina.membership).approvals)

    assert sum(at_once(16, approve)) == 8
