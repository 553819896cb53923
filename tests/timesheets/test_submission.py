"""Sending hours for approval, taking them back, sending them back (P18, P24, P25, R85, R111, R112)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from busy.catalog.models import Project, WorkType
from busy.lib import events
from busy.lib.periods import Week
from busy.workspaces.models import User, Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import FULL_DAY, MONDAY, log, log_week, make_project, make_work_type
from timesheets import approval
from timesheets.cells import revision_of
from timesheets.events import HoursChanged, HoursRejected, HoursSubmitted, SubmissionWithdrawn
from timesheets.models import Rejection, TimeEntry, TimeSettings
from timesheets.services import save_cell
from timesheets.submission import Choice, Submitted, Withdrawn, reject, submit, withdraw, withdraw_act
from timesheets.submission_errors import (
    CannotReject,
    CommentMissing,
    NothingToReject,
    NothingToSubmit,
    NothingToWithdraw,
    NotTheirHours,
    SubmissionOff,
)
from timesheets.timeline import take_step
from timesheets.timeline_book import revision_of as timeline_revision_of
from timesheets.timeline_moves import Change, Place

WEEK = Week.of(MONDAY)
THURSDAY = MONDAY + timedelta(days=3)
FRIDAY = MONDAY + timedelta(days=4)


@pytest.fixture(autouse=True)
def thursday_noon() -> Iterator[Any]:
    """12:00 in Oslo."""
    with time_machine.travel(f"{THURSDAY}T12:00:00+01:00", tick=True) as clock:
        yield clock


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    with scope(fjell.pk):
        TimeSettings.objects.create(submits_time=True)
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    told: list[Any] = []
    for event in (HoursSubmitted, SubmissionWithdrawn, HoursRejected, HoursChanged):
        monkeypatch.setitem(events._listeners, event, [told.append])
    return told


def send(person: Person, choice: Choice | None = None) -> Submitted:
    with scope(person.workspace.pk):
        return submit(person.membership, choice or Choice.all_of(WEEK), by=person.membership)


def take_back(person: Person, choice: Choice | None = None) -> Withdrawn:
    with scope(person.workspace.pk):
        return withdraw(person.membership, choice or Choice.all_of(WEEK), by=person.membership)


def send_back(by: Person, whose: Person, comment: str = "Wrong project", choice: Choice | None = None) -> Rejection:
    with scope(by.workspace.pk):
        return reject(whose.membership, choice or Choice.all_of(WEEK), by=by.membership, comment=comment)


def sent_days(workspace: Workspace) -> list[date]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.exclude(submitted_at=None).order_by("day", "pk").values_list("day", flat=True))


def entries(workspace: Workspace) -> list[TimeEntry]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("day", "pk"))


def test_anna_submits_what_has_passed_and_hears_how_much_is_still_to_come_p18_p25(
    anna: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    log_week(anna.membership, arena, design)
    sent = send(anna)
    assert (sent.minutes, sent.ahead) == (4 * FULL_DAY, FULL_DAY)
    assert sent_days(anna.workspace) == [MONDAY + timedelta(days=n) for n in range(4)]
    [told] = heard
    assert isinstance(told, HoursSubmitted)
    assert {cell.day for cell in told.cells} == set(sent_days(anna.workspace))


@pytest.mark.parametrize(
    ("start", "end", "is_sent"),
    [((9, 0), (12, 0), True), ((9, 0), (12, 1), False), ((13, 0), (14, 0), False), ((22, 0), (0, 0), False)],
)
def test_of_today_only_what_is_over_by_the_workspaces_clock_is_sent_p25(
    anna: Person,
    arena: Project,
    design: WorkType,
    thursday_noon: Any,
    start: tuple[int, int],
    end: tuple[int, int],
    is_sent: bool,
) -> None:
    thursday_noon.move_to(f"{THURSDAY}T12:00:30+01:00", tick=False)
    log(anna.membership, arena, design, MONDAY, 60)
    log(anna.membership, arena, design, THURSDAY, 60, start_time=time(*start), end_time=time(*end))
    send(anna)
    assert (THURSDAY in sent_days(anna.workspace)) is is_sent


def test_one_day_one_entry_and_both_at_once(anna: Person, arena: Project, design: WorkType) -> None:
    monday, tuesday, wednesday, *_rest = log_week(anna.membership, arena, design)
    send(anna, Choice(week=WEEK, days=frozenset({MONDAY})))
    assert sent_days(anna.workspace) == [monday.day]
    both = Choice(week=WEEK, days=frozenset({tuesday.day}), entries=frozenset({wednesday.client_id}))
    assert send(anna, both).minutes == 2 * FULL_DAY
    assert sent_days(anna.workspace) == [monday.day, tuesday.day, wednesday.day]


def test_submitting_again_changes_and_announces_nothing(
    anna: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    log(anna.membership, arena, design)
    first = send(anna)
    with pytest.raises(NothingToSubmit, match="submitted already"):
        send(anna)
    assert [entry.submitted_at for entry in entries(anna.workspace)] == [first.at]
    assert len(heard) == 1


def test_only_planned_time_is_refused_with_a_sentence_p25(anna: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design, FRIDAY)
    with pytest.raises(NothingToSubmit, match=r"7\.5 h are still to come"):
        send(anna)
    assert sent_days(anna.workspace) == []


def test_hours_before_the_start_of_approval_need_not_be_sent_p24(
    anna: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    with scope(arena.workspace_id):
        TimeSettings.objects.update(approval_starts_on=MONDAY + timedelta(days=2))
    assert send(anna).minutes == 2 * FULL_DAY
    assert sent_days(anna.workspace)[0] == MONDAY + timedelta(days=2)


def test_nothing_is_sent_where_the_workspace_has_it_off_r111(anna: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design)
    with scope(arena.workspace_id):
        TimeSettings.objects.update(submits_time=False)
    with pytest.raises(SubmissionOff):
        send(anna)


def test_everybody_sends_the_own_hours_and_cilla_reaches_none(
    anna: Person, bo: Person, cilla: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design)
    with scope(arena.workspace_id), pytest.raises(NotTheirHours):
        submit(anna.membership, Choice.all_of(WEEK), by=bo.membership)
    with scope(cilla.workspace.pk):
        TimeSettings.objects.create(submits_time=True)
    with pytest.raises(NothingToSubmit):
        send(cilla)
    assert sent_days(anna.workspace) == []


def test_anna_takes_back_what_is_not_approved_yet(
    anna: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    log_week(anna.membership, arena, design)
    send(anna)
    assert take_back(anna, Choice(week=WEEK, days=frozenset({MONDAY}))).minutes == FULL_DAY
    assert MONDAY not in sent_days(anna.workspace)
    take_back(anna)
    assert sent_days(anna.workspace) == []
    assert [type(event) for event in heard] == [HoursSubmitted, SubmissionWithdrawn, SubmissionWithdrawn]
    with pytest.raises(NothingToWithdraw):
        take_back(anna)


def test_undo_takes_back_one_act_and_leaves_the_one_before(anna: Person, arena: Project, design: WorkType) -> None:
    log_week(anna.membership, arena, design)
    send(anna, Choice(week=WEEK, days=frozenset({MONDAY})))
    second = send(anna)
    with scope(arena.workspace_id):
        withdraw_act(anna.membership, second.at, WEEK, by=anna.membership)
    assert sent_days(anna.workspace) == [MONDAY]


def test_what_is_approved_cannot_be_taken_back_r112(anna: Person, bo: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design)
    send(anna)
    with scope(arena.workspace_id):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    with pytest.raises(NothingToWithdraw, match="approved by now"):
        take_back(anna)
    assert sent_days(anna.workspace) == [MONDAY]


def test_sent_hours_stay_open_to_changes_and_the_change_is_told_r112(
    anna: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    entry = log(anna.membership, arena, design)
    send(anna)
    with scope(arena.workspace_id):
        save_cell(
            anna.membership,
            arena.pk,
            design.pk,
            MONDAY,
            480,
            client_id=uuid.uuid4(),
            base_revision=revision_of([entry]),
            by=anna.membership,
        )
    [changed] = entries(anna.workspace)
    assert (changed.minutes, changed.state, changed.changed_since_sent) == (480, "submitted", True)
    assert [type(event) for event in heard] == [HoursSubmitted, HoursChanged]


def test_a_sent_entry_that_is_moved_to_tomorrow_is_sent_no_longer_p18_p25(
    anna: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    entry = log(anna.membership, arena, design, MONDAY, 60, start_time=time(9), end_time=time(10))
    send(anna)
    move = Change(id=entry.client_id, base=timeline_revision_of(entry), place=Place(day=FRIDAY, start=540, end=600))
    with scope(arena.workspace_id):
        take_step(anna.membership, [move], request_id=uuid.uuid4(), by=anna.membership)
    [moved] = entries(anna.workspace)
    assert (moved.day, moved.submitted_at) == (FRIDAY, None)
    assert SubmissionWithdrawn in [type(event) for event in heard]


def test_bo_rejects_with_a_comment_and_anna_is_told_in_her_language_p25(
    anna: Person,
    bo: Person,
    arena: Project,
    design: WorkType,
    heard: list[Any],
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    log_week(anna.membership, arena, design)
    send(anna)
    User.objects.filter(pk=anna.user.pk).update(language="nb")
    anna.user.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        rejection = send_back(bo, anna, "  Use the Arena project  ")
    assert sent_days(anna.workspace) == []
    assert all(entry.is_sent_back for entry in entries(anna.workspace) if entry.day <= THURSDAY)
    assert (rejection.comment, rejection.rejected_by_id) == ("Use the Arena project", bo.membership.pk)
    assert (rejection.first_day, rejection.last_day, rejection.minutes) == (MONDAY, THURSDAY, 4 * FULL_DAY)
    [mail] = mailoutbox
    assert mail.to == [anna.user.email]
    assert "Use the Arena project" in mail.body
    assert "avviste" in mail.subject
    assert isinstance(heard[-1], HoursRejected)


def test_anna_sends_again_and_the_history_stays_p25(anna: Person, bo: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design)
    send(anna)
    send_back(bo, anna, "No note")
    send(anna)
    [entry] = entries(anna.workspace)
    assert (entry.state, entry.is_sent_back) == ("submitted", False)
    send_back(bo, anna, "Still no note")
    with scope(arena.workspace_id):
        assert list(Rejection.objects.order_by("pk").values_list("comment", flat=True)) == ["No note", "Still no note"]
        assert TimeEntry.objects.get().rejection == Rejection.objects.latest("pk")


def test_a_rejection_needs_a_comment_an_approver_and_sent_hours(
    anna: Person, bo: Person, cilla: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design)
    with pytest.raises(NothingToReject):
        send_back(bo, anna)
    send(anna)
    with pytest.raises(CommentMissing):
        send_back(bo, anna, "  ")
    with pytest.raises(CannotReject):
        send_back(anna, anna)
    with pytest.raises(CannotReject):
        send_back(cilla, anna)
    assert sent_days(anna.workspace) == [MONDAY]


def test_one_day_is_sent_back_and_the_rest_of_the_week_waits_on(
    anna: Person, bo: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    send(anna)
    send_back(bo, anna, choice=Choice(week=WEEK, days=frozenset({MONDAY})))
    assert sent_days(anna.workspace) == [MONDAY + timedelta(days=n) for n in (1, 2, 3)]


@pytest.mark.django_db(transaction=True)
def test_thirty_two_submissions_saves_and_approvals_at_once_end_in_one_state(
    anna: Person, bo: Person, arena: Project, design: WorkType, heard: list[Any]
) -> None:
    """Nobody waits for another in a ring, nothing is announced twice, and what is approved was sent or not, whole."""
    log_week(anna.membership, arena, design)
    tuesday = MONDAY + timedelta(days=1)
    start = threading.Barrier(32)

    def act(number: int) -> None:
        start.wait()
        try:
            with scope(arena.workspace_id):
                if number % 4 == 0:
                    submit(anna.membership, Choice.all_of(WEEK), by=anna.membership)
                elif number % 4 == 1:
                    submit(anna.membership, Choice(week=WEEK, days=frozenset({tuesday})), by=anna.membership)
                elif number % 4 == 2:
                    save_cell(
                        anna.membership,
                        arena.pk,
                        design.pk,
                        FRIDAY,
                        FULL_DAY,
                        client_id=uuid.uuid4(),
                        base_revision="",
                        by=anna.membership,
                    )
                elif number == 31:
                    approval.approve_many([anna.membership.pk], WEEK, by=bo.membership)
                else:
                    withdraw(anna.membership, Choice(week=WEEK, days=frozenset({MONDAY})), by=anna.membership)
        except (NothingToSubmit, NothingToWithdraw):
            return
        finally:
            connection.close()

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(act, range(32)))
    rows = entries(anna.workspace)
    assert all(entry.person_approval_id for entry in rows)
    assert len(rows) == 5
    submitted = [cell for event in heard if isinstance(event, HoursSubmitted) for cell in event.cells]
    withdrawn = [cell for event in heard if isinstance(event, SubmissionWithdrawn) for cell in event.cells]
    for entry in rows:
        times = sum(cell.day == entry.day for cell in submitted) - sum(cell.day == entry.day for cell in withdrawn)
        assert times == (entry.submitted_at is not None)
