"""Asking to have approved hours opened again (P23, R109, R110, R112)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from busy.catalog.models import Project, ProjectMember, WorkType
from busy.lib.periods import Week
from busy.workspaces.groups import add_to_group, create_group, set_leader
from busy.workspaces.models import Role, Workspace
from busy.workspaces.scope import scope
from tests.people import Person, join, sign_in
from tests.timesheets.hours import MONDAY, log, log_week, make_project, make_work_type
from timesheets import approval, holds, project_approval
from timesheets.holds import Hold
from timesheets.models import ReopenRequest, TimeEntry
from timesheets.reopening import ask_to_reopen, decline, reopen
from timesheets.submission_errors import (
    AlreadyAnswered,
    CannotAnswer,
    CommentMissing,
    NotApproved,
    NotTheirHours,
    OnAnOrder,
)
from timesheets.submission_weeks import open_requests

WEEK = Week.of(MONDAY)
HTMX = {"HX-Request": "true"}
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def approved(anna: Person, bo: Person, arena: Project, design: WorkType) -> int:
    """The id of Bo's approval of Anna's week."""
    log_week(anna.membership, arena, design)
    with scope(arena.workspace_id):
        return approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership).pk


def ask(anna: Person, approval_id: int, **more: Any) -> ReopenRequest:
    with scope(anna.workspace.pk):
        return ask_to_reopen(anna.membership, approval_id, by=anna.membership, **more)


def locked(workspace: Workspace) -> int:
    with scope(workspace.pk):
        return sum(entry.is_locked for entry in TimeEntry.objects.all())


def test_anna_asks_once_and_bo_opens_the_week_r112(
    anna: Person, bo: Person, approved: int, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        asked = ask(anna, approved, sentence="I forgot two hours", day=TUESDAY)
        assert ask(anna, approved, sentence="On Tuesday", day=TUESDAY).pk == asked.pk
    [told] = mail.outbox
    assert (told.to, "I forgot two hours" in told.body) == ([bo.user.email], True)
    with scope(anna.workspace.pk), django_capture_on_commit_callbacks(execute=True):
        answered = reopen(asked.pk, by=bo.membership)
    assert (answered.outcome, answered.answered_by_id, answered.sentence) == (
        "reopened",
        bo.membership.pk,
        "On Tuesday",
    )
    assert locked(anna.workspace) == 0
    assert mail.outbox[1].to == [anna.user.email]


def test_bo_declines_with_a_comment_and_the_week_stays_locked(anna: Person, bo: Person, approved: int) -> None:
    asked = ask(anna, approved)
    with scope(anna.workspace.pk):
        with pytest.raises(CommentMissing):
            decline(asked.pk, by=bo.membership, answer=" ")
        decline(asked.pk, by=bo.membership, answer="It is invoiced")
        with pytest.raises(AlreadyAnswered):
            reopen(asked.pk, by=bo.membership)
    assert locked(anna.workspace) == 5
    assert ask(anna, approved).pk != asked.pk


def test_an_order_that_holds_the_hours_keeps_the_week_r112(
    anna: Person, bo: Person, approved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(anna, approved)

    def order_1043(entry_ids: Any) -> list[Hold]:
        return [Hold(7, "Order 1043", "orders:order", frozenset({anna.membership.pk}), frozenset(entry_ids))]

    monkeypatch.setattr(holds, "_sources", [order_1043])
    with scope(anna.workspace.pk):
        with pytest.raises(OnAnOrder, match="Order 1043"):
            reopen(asked.pk, by=bo.membership)
        assert ReopenRequest.objects.get().is_open
    assert locked(anna.workspace) == 5


def test_an_approval_that_is_undone_answers_the_request_itself(anna: Person, bo: Person, approved: int) -> None:
    asked = ask(anna, approved)
    with scope(anna.workspace.pk):
        approval.undo_person_week(anna.membership.pk, WEEK, by=bo.membership)
        assert not ReopenRequest.objects.select_related("approval").get().is_open
        with pytest.raises(AlreadyAnswered):
            reopen(asked.pk, by=bo.membership)
    with pytest.raises(NotApproved):
        ask(anna, approved)


def test_of_a_project_approval_annas_day_is_opened_and_no_other_r109(
    anna: Person, bo: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    for day in (MONDAY, TUESDAY):
        log(anna.membership, arena, design, day)
        log(bo.membership, arena, design, day)
    with scope(arena.workspace_id):
        given = project_approval.approve_hours(TimeEntry.objects.all(), by=dina.membership).approvals[0]
        asked = ask_to_reopen(anna.membership, given.pk, day=MONDAY, by=anna.membership)
        reopen(asked.pk, by=dina.membership)
        [free] = [entry for entry in TimeEntry.objects.all() if not entry.is_locked]
    assert (free.member_id, free.day) == (anna.membership.pk, MONDAY)


def test_who_may_ask_and_who_may_answer(
    anna: Person, bo: Person, cilla: Person, approved: int, arena: Project, design: WorkType
) -> None:
    with scope(anna.workspace.pk):
        with pytest.raises(NotTheirHours):
            ask_to_reopen(anna.membership, approved, by=bo.membership)
        with pytest.raises(NotApproved):
            ask_to_reopen(bo.membership, approved, by=bo.membership)
    asked = ask(anna, approved)
    with scope(anna.workspace.pk), pytest.raises(CannotAnswer):
        reopen(asked.pk, by=anna.membership)
    with scope(cilla.workspace.pk):
        with pytest.raises(AlreadyAnswered):
            reopen(asked.pk, by=cilla.membership)
        with pytest.raises(NotApproved):
            ask_to_reopen(cilla.membership, approved, by=cilla.membership)
    assert locked(anna.workspace) == 5


@pytest.fixture
def eli(fjell: Workspace, arena: Project) -> Person:
    """Leads Fjell Arena and no people."""
    person = sign_in(join(fjell, "Eli Eng", Role.EMPLOYEE))
    with scope(fjell.pk):
        ProjectMember.objects.create(project=arena, member=person.membership, is_leader=True)
    return person


@pytest.fixture
def asked_of_project(anna: Person, eli: Person, arena: Project, design: WorkType) -> ReopenRequest:
    """Anna asks about Monday, which Eli approved on the project."""
    for day in (MONDAY, TUESDAY):
        log(anna.membership, arena, design, day)
    with scope(arena.workspace_id):
        given = project_approval.approve_hours(TimeEntry.objects.all(), by=eli.membership).approvals[0]
        return ask_to_reopen(anna.membership, given.pk, day=MONDAY, sentence="Wrong day", by=anna.membership)


def test_r112_a_project_leader_without_people_sees_the_request_and_reopens_the_hours(
    anna: Person, eli: Person, bo: Person, asked_of_project: ReopenRequest
) -> None:
    page = eli.get("approve/projects/").content.decode()
    assert ("Asked to be reopened" in page, "Wrong day" in page) == (True, True)
    answer = eli.post(f"approve/{WEEK}/requests/{asked_of_project.pk}/?place=projects", {"do": "reopen"})
    assert answer.headers["Location"].startswith(eli.url("approve/projects/"))
    assert locked(anna.workspace) == 1
    assert "Asked to be reopened" not in bo.get("approve/projects/").content.decode()


def test_r112_a_project_leader_declines_with_a_reason_that_anna_reads(
    anna: Person, eli: Person, asked_of_project: ReopenRequest, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        eli.post(
            f"approve/{WEEK}/requests/{asked_of_project.pk}/", {"do": "decline", "answer": "Invoiced"}, headers=HTMX
        )
    assert mail.outbox[-1].to == [anna.user.email]
    assert "Invoiced" in mail.outbox[-1].body
    assert locked(anna.workspace) == 2


def test_r110_each_kind_of_approval_is_reopened_by_its_own_approvers(
    anna: Person, bo: Person, eli: Person, cilla: Person, approved: int, fjell: Workspace
) -> None:
    """Anna's group leader opens her week, but no project's hours; the leader of a project the other way round."""
    gro = sign_in(join(fjell, "Gro Gran", Role.EMPLOYEE))
    with scope(fjell.pk):
        group = create_group(name="Oslo", parent_id=None)
        for member in (gro.membership, anna.membership):
            add_to_group(group.pk, member.pk)
        set_leader(group.pk, gro.membership.pk, is_leader=True)
        given = project_approval.approve_hours(TimeEntry.objects.all(), by=bo.membership).approvals[0]
        by_person = ask_to_reopen(anna.membership, approved, by=anna.membership)
        by_project = ask_to_reopen(anna.membership, given.pk, by=anna.membership)
        seen = {person.membership: open_requests(person.membership) for person in (bo, gro, eli)}
        assert list(seen.values()) == [[by_person, by_project], [by_person], [by_project]]
        assert open_requests(bo.membership, of_projects=True) == [by_project]
        for who, what in ((gro, by_project), (eli, by_person)):
            with pytest.raises(CannotAnswer):
                reopen(what.pk, by=who.membership)
    answer = gro.post(f"approve/{WEEK}/requests/{by_project.pk}/", {"do": "reopen"}, headers=HTMX)
    assert "Ask somebody who approves them" in answer["HX-Trigger"]
    for person in (gro, eli):
        assert person.post(f"approve/{WEEK}/requests/{by_project.pk}/", {"do": "decline"}).status_code == 302
    assert anna.post(f"approve/{WEEK}/requests/{by_project.pk}/", {"do": "reopen"}).status_code == 403
    assert cilla.post(f"approve/{WEEK}/requests/{by_project.pk}/", {"do": "reopen"}).status_code == 404


def test_r112_the_mail_leads_the_project_leader_to_the_page_of_projects(
    anna: Person, eli: Person, arena: Project, design: WorkType, django_capture_on_commit_callbacks: Any
) -> None:
    log(anna.membership, arena, design)
    with scope(arena.workspace_id), django_capture_on_commit_callbacks(execute=True):
        given = project_approval.approve_hours(TimeEntry.objects.all(), by=eli.membership).approvals[0]
        ask_to_reopen(anna.membership, given.pk, by=anna.membership)
    [told] = mail.outbox
    assert (told.to, eli.url("approve/projects/") in told.body) == ([eli.user.email], True)
