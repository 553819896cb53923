"""Approving the hours of projects, and taking that back (P22, P23, P24, R74, R109, R110, R112)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Project, ProjectMember, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, entries, hire, log, log_week, log_weeks, make_project
from timesheets import approval, holds, project_approval, services
from timesheets.approval_rules import CannotApprove, OwnTime
from timesheets.approvers import may_approve_project, may_approve_projects, projects_to_approve
from timesheets.errors import Locked
from timesheets.events import ApprovalUndone, Cell, HoursApproved
from timesheets.holds import Hold
from timesheets.models import Approval, TimeEntry, TimeSettings

WEEK = Week.of(MONDAY)


@pytest.fixture
def harbour(fjell: Workspace) -> Project:
    return make_project(fjell, "Havnekvartalet", customer="Havn AS")


def lead(member: Membership, project: Project) -> None:
    with scope(project.workspace_id):
        ProjectMember.objects.create(project=project, member=member, is_leader=True)


def approve(by: Person, *projects: Project, period: tuple[date, date] | None = None) -> Any:
    with scope(by.workspace.pk):
        return project_approval.approve_hours(
            TimeEntry.objects.filter(project__in=projects), by=by.membership, period=period
        )


def approve_one(by: Person, entry: TimeEntry) -> Any:
    with scope(by.workspace.pk):
        return project_approval.approve_hours(TimeEntry.objects.filter(pk=entry.pk), by=by.membership)


def test_bo_approves_two_projects_in_a_period_and_their_hours_are_locked_p22_r112(
    bo: Person, anna: Person, dina: Person, arena: Project, harbour: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    log(dina.membership, harbour, design)
    outcome = approve(bo, arena, harbour, period=(MONDAY, WEEK.sunday))
    assert (outcome.entries, outcome.minutes) == (6, 6 * 450)
    assert {(given.project_id, given.first_day, given.last_day) for given in outcome.approvals} == {
        (arena.pk, MONDAY, WEEK.sunday),
        (harbour.pk, MONDAY, WEEK.sunday),
    }
    assert all(entry.is_locked and entry.state == "approved" for entry in entries(bo.workspace))


def test_a_single_entry_is_approved_and_others_can_be_written_beside_it_p22(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    first = log(anna.membership, arena, design)
    log(anna.membership, arena, design)
    [given] = approve_one(bo, first).approvals
    assert (given.first_day, given.last_day) == (MONDAY, MONDAY)
    assert [entry.is_locked for entry in entries(bo.workspace)] == [True, False]
    with scope(bo.workspace.pk):
        assert not approval.is_period_approved(anna.membership.pk, MONDAY)


def test_an_entry_that_a_project_approval_holds_cannot_be_changed_and_says_who_holds_it_r112(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    approve_one(bo, entry)
    with scope(bo.workspace.pk), pytest.raises(Locked, match=r"Bo Berg approved the hours .*project approval"):
        services.save_cell(
            anna.membership,
            arena.pk,
            design.pk,
            MONDAY,
            60,
            client_id=entry.client_id,
            base_revision=f"{entry.pk}.1",
            by=anna.membership,
        )


def test_vacation_that_is_still_to_come_can_be_approved_p22(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design, date(2199, 7, 1))
    assert approve(bo, arena).entries == 1


def test_the_first_approval_is_told_and_the_second_is_not_r74_r109(
    bo: Person, anna: Person, arena: Project, design: WorkType, heard: list[Any], no_holds: Any
) -> None:
    log(anna.membership, arena, design)
    cell = Cell(anna.membership.pk, arena.pk, design.pk, MONDAY)
    approve(bo, arena)
    with scope(bo.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
        assert heard == [HoursApproved(bo.workspace.pk, frozenset({cell}))]
        [entry] = TimeEntry.objects.all()
        project_approval.undo_hours([entry.pk], by=bo.membership)
        assert len(heard) == 1
        approval.undo_person_week(anna.membership.pk, WEEK, by=bo.membership)
    assert heard[1:] == [ApprovalUndone(bo.workspace.pk, frozenset({cell}))]


def test_the_other_way_round_the_project_approval_falls_last_r74_r109(
    bo: Person, anna: Person, arena: Project, design: WorkType, heard: list[Any], no_holds: Any
) -> None:
    log(anna.membership, arena, design)
    log(anna.membership, arena, design, MONDAY + timedelta(days=1))
    with scope(bo.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    approve(bo, arena)
    with scope(bo.workspace.pk):
        approval.undo_person_week(anna.membership.pk, WEEK, by=bo.membership)
        assert len(heard) == 1
        assert all(entry.is_approved for entry in TimeEntry.objects.all())
        first = TimeEntry.objects.order_by("pk")[0]
        project_approval.undo_hours([first.pk], by=bo.membership)
    cell = Cell(anna.membership.pk, arena.pk, design.pk, MONDAY)
    assert heard[1:] == [ApprovalUndone(bo.workspace.pk, frozenset({cell}))]


def test_an_hour_written_after_the_project_approval_is_told_when_the_week_is_approved_r74(
    bo: Person, anna: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    log(anna.membership, arena, design)
    approve(bo, arena)
    log(anna.membership, arena, design, MONDAY + timedelta(days=1))
    with scope(bo.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    assert [sorted(cell.day for cell in told.cells) for told in heard] == [[MONDAY], [MONDAY + timedelta(days=1)]]


def test_bo_withdraws_a_selection_and_the_record_says_who_took_what_back_p23(
    bo: Person, dina: Person, anna: Person, arena: Project, design: WorkType, no_holds: Any
) -> None:
    log_week(anna.membership, arena, design)
    [given] = approve(bo, arena).approvals
    first, *others = entries(bo.workspace)
    with scope(bo.workspace.pk):
        assert project_approval.undo_hours([first.pk], by=dina.membership).entries == 1
        assert project_approval.undo_hours([first.pk], by=dina.membership).entries == 0
        [part] = Approval.objects.exclude(undone_at=None)
        assert (part.approved_by, part.undone_by) == (bo.membership, dina.membership)
        assert (part.first_day, part.last_day) == (MONDAY, MONDAY)
        project_approval.undo_hours([entry.pk for entry in others], by=dina.membership)
        given.refresh_from_db()
    assert given.undone_by_id == dina.membership.pk
    assert not any(entry.is_locked for entry in entries(bo.workspace))


def test_one_act_is_undone_by_its_instant_and_leaves_others_alone_p23(
    bo: Person, anna: Person, arena: Project, harbour: Project, design: WorkType, no_holds: Any
) -> None:
    log(anna.membership, arena, design)
    log(anna.membership, harbour, design)
    act = approve(bo, arena)
    approve(bo, harbour)
    with scope(bo.workspace.pk):
        assert project_approval.undo_act(act.at, by=bo.membership).entries == 1
    assert [entry.project_id for entry in entries(bo.workspace) if entry.is_locked] == [harbour.pk]


def test_what_an_order_holds_stays_approved_and_the_order_is_named_p23_r112(
    bo: Person, anna: Person, arena: Project, design: WorkType, no_holds: list[holds.Source]
) -> None:
    held, *others = log_week(anna.membership, arena, design)
    no_holds.append(
        lambda ids: (
            [Hold(7, "Order 1043", "orders:order", frozenset({anna.membership.pk}), frozenset({held.pk}))]
            if held.pk in ids
            else []
        )
    )
    act = approve(bo, arena)
    with scope(bo.workspace.pk):
        outcome = project_approval.undo_act(act.at, by=bo.membership)
    assert outcome.entries == len(others)
    assert outcome.refused is not None
    assert "Order 1043" in outcome.refused.message
    assert [entry.pk for entry in entries(bo.workspace) if entry.is_locked] == [held.pk]


def test_bo_does_not_approve_his_own_hours_while_dina_can(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log(bo.membership, arena, design)
    log(anna.membership, arena, design)
    outcome = approve(bo, arena)
    assert outcome.entries == 1
    assert [type(reason) for reason in outcome.left_out] == [OwnTime]
    with scope(bo.workspace.pk):
        Membership.objects.exclude(pk=bo.membership.pk).update(is_active=False)
    assert approve(bo, arena).entries == 1


def test_anna_approves_the_projects_she_leads_and_no_others_r110(
    anna: Person, bo: Person, arena: Project, harbour: Project, design: WorkType
) -> None:
    log(bo.membership, arena, design)
    log(bo.membership, harbour, design)
    with scope(anna.workspace.pk):
        assert not may_approve_projects(anna.membership)
    with pytest.raises(CannotApprove):
        approve(anna, arena)
    lead(anna.membership, arena)
    with scope(anna.workspace.pk):
        assert list(projects_to_approve(anna.membership)) == [arena]
        assert may_approve_project(anna.membership, arena.pk)
        assert not may_approve_project(anna.membership, harbour.pk)
    assert approve(anna, arena, harbour).entries == 1
    assert approve(bo, harbour).entries == 0  # his own, and Dina can
    with scope(anna.workspace.pk):
        ids = list(TimeEntry.objects.values_list("pk", flat=True))
        assert project_approval.undo_hours(ids, by=anna.membership).entries == 1


def test_a_member_who_leads_nothing_undoes_nothing_r110(
    anna: Person, bo: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    entry = log(dina.membership, arena, design)
    approve_one(bo, entry)
    with scope(anna.workspace.pk), pytest.raises(CannotApprove):
        project_approval.undo_hours([entry.pk], by=anna.membership)
    assert entries(bo.workspace)[0].is_locked


def test_hours_from_before_approval_began_are_left_out_p24(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design)
    log(anna.membership, arena, design, MONDAY + timedelta(days=1))
    with scope(bo.workspace.pk):
        TimeSettings.objects.create(approval_starts_on=MONDAY + timedelta(days=1))
    outcome = approve(bo, arena)
    assert outcome.entries == 1
    assert "approval starts on that day" in outcome.left_out[0].message


def test_cillas_approval_reaches_nothing_at_fjell(
    cilla: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    assert approve_one(cilla, entry).entries == 0
    assert not entries(anna.workspace)[0].is_locked


def test_more_than_can_be_approved_at_once_is_refused_with_a_sentence(
    bo: Person, anna: Person, arena: Project, design: WorkType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_approval, "MOST_AT_ONCE", 3)
    log_week(anna.membership, arena, design)
    with pytest.raises(CannotApprove, match="At most 3 entries"):
        approve(bo, arena)


def test_a_year_takes_as_many_queries_as_a_week(bo: Person, arena: Project, design: WorkType) -> None:
    counts = []
    for size, name in ((1, "Few"), (40, "Many")):
        log_weeks(hire(bo.workspace, size, name), arena, design)
        with CaptureQueriesContext(connection) as queries:
            assert approve(bo, arena).entries == size * 5
        counts.append(len(queries))
    assert counts[0] == counts[1]


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
def test_thirty_two_approvals_and_thirty_two_withdrawals_at_once_are_one_each(
    bo: Person, anna: Person, arena: Project, design: WorkType, heard: list[Any], at_once: Any, no_holds: Any
) -> None:
    ids = [entry.pk for entry in log_week(anna.membership, arena, design)]
    assert sorted(at_once(32, lambda: approve(bo, arena).entries)) == [0] * 31 + [5]

    def undo() -> int:
        with scope(bo.workspace.pk):
            return project_approval.undo_hours(ids, by=bo.membership).entries

    assert sorted(at_once(32, undo)) == [0] * 31 + [5]
    assert [type(told) for told in heard] == [HoursApproved, ApprovalUndone]
    with scope(bo.workspace.pk):
        assert Approval.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_both_approvals_at_once_are_told_once(
    bo: Person, anna: Person, arena: Project, design: WorkType, heard: list[Any], at_once: Any
) -> None:
    log_week(anna.membership, arena, design)
    turns = [False, True] * 8

    def either() -> None:
        if turns.pop():
            approve(bo, arena)
        else:
            with scope(bo.workspace.pk):
                approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)

    at_once(16, either)
    assert len(heard) == 1
    assert all(entry.person_approval_id and entry.project_approval_id for entry in entries(bo.workspace))


@pytest.mark.django_db(transaction=True)
def test_who_writes_while_the_project_is_being_approved_is_told_that_it_is_locked_r112(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    """Anna's save waits for the row; what was joined to it before it waited must not count."""
    entry = log(anna.membership, arena, design)
    locked, go_on = threading.Event(), threading.Event()

    def approving() -> None:
        with scope(bo.workspace.pk):
            project_approval.approve_hours(TimeEntry.objects.filter(pk=entry.pk), by=bo.membership)
            locked.set()
            go_on.wait(10)
        connection.close()

    def saving() -> str:
        try:
            with scope(bo.workspace.pk):
                services.save_cell(
                    anna.membership,
                    arena.pk,
                    design.pk,
                    MONDAY,
                    60,
                    client_id=entry.client_id,
                    base_revision=f"{entry.pk}.1",
                    by=anna.membership,
                )
        except Locked as refusal:
            return refusal.message
        finally:
            connection.close()
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        approver = pool.submit(approving)
        assert locked.wait(10)
        saver = pool.submit(saving)
        with pytest.raises(TimeoutError):
            saver.result(0.3)
        go_on.set()
        approver.result()
        assert "Bo Berg approved the hours" in saver.result()
