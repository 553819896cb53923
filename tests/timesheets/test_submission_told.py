"""What every way of sending hours, and of taking that back, announces: each cell once, and its opposite (R85, P25).

The transfer of hours on submission listens to this and to nothing else.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Role
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_work_type
from timesheets import approval, project_approval
from timesheets.events import Cell, HoursRejected, HoursSubmitted, SubmissionWithdrawn
from timesheets.models import TimeEntry, TimeSettings
from timesheets.rules import cells_of
from timesheets.submission import Choice, submit
from timesheets.timeline import take_step
from timesheets.timeline_book import revision_of
from timesheets.timeline_moves import Change, Place

WEEK = Week.of(MONDAY)
TUESDAY, FRIDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=4)
SEND = f"submission/{WEEK}/"
HTMX = {"HX-Request": "true"}

Sent = dict[str, TimeEntry]
Act = Callable[[Person, Person, Sent], Any]


@pytest.fixture(autouse=True)
def thursday_noon() -> Iterator[None]:
    with time_machine.travel(f"{MONDAY + timedelta(days=3)}T12:00:00+01:00", tick=True):
        yield


@pytest.fixture
def hours(anna: Person, arena: Project, design: WorkType) -> Sent:
    """Two entries of one cell on Monday and one of another, one on Tuesday, and Friday is still to come."""
    meetings = make_work_type(arena, "Meetings", product=None)
    with scope(arena.workspace_id):
        TimeSettings.objects.create(submits_time=True)
    return {
        "early": log(anna.membership, arena, design, MONDAY, 120),
        "late": log(anna.membership, arena, design, MONDAY, 60),
        "meeting": log(anna.membership, arena, meetings, MONDAY, 30),
        "tuesday": log(anna.membership, arena, design, TUESDAY, 300),
        "friday": log(anna.membership, arena, design, FRIDAY, 300),
    }


def told(heard: list[Any], kind: type[Any]) -> Counter[Cell]:
    """How often each cell was announced so."""
    return Counter(cell for event in heard if type(event) is kind for cell in event.cells)


def once(*entries: TimeEntry) -> Counter[Cell]:
    return Counter(cells_of(entries))


def ids(hours: Sent, *names: str) -> list[str]:
    return [str(hours[name].client_id) for name in names]


PASSED = ("early", "late", "meeting", "tuesday")
ROUTES: dict[str, tuple[tuple[str, ...], Act]] = {
    "the week": (PASSED, lambda anna, _bo, _hours: anna.post(SEND, {"do": "submit-week"}, headers=HTMX)),
    "the week twice": (
        PASSED,
        lambda anna, _bo, _hours: [anna.post(SEND, {"do": "submit-week"}, headers=HTMX) for _time in range(2)],
    ),
    "a day": (
        ("early", "late", "meeting"),
        lambda anna, _bo, _hours: anna.post(SEND, {"only": f"submit:{MONDAY}"}, headers=HTMX),
    ),
    "a day without a script": (
        ("early", "late", "meeting"),
        lambda anna, _bo, _hours: anna.post(SEND, {"only": f"submit:{MONDAY}"}),
    ),
    "a selection": (
        ("early", "late", "tuesday"),
        lambda anna, _bo, hours: anna.post(
            SEND, {"do": "submit", "days": [str(TUESDAY)], "entries": ids(hours, "early", "late", "tuesday")}
        ),
    ),
    "an entry and then the week": (
        PASSED,
        lambda anna, _bo, hours: [
            anna.post(SEND, {"do": "submit", "entries": ids(hours, "meeting")}),
            anna.post(SEND, {"do": "submit-week"}),
        ],
    ),
}

BACK: dict[str, tuple[type, Act]] = {
    "withdrawing the week": (
        SubmissionWithdrawn,
        lambda anna, _bo, _hours: anna.post(SEND, {"do": "withdraw", "days": [str(day) for day in WEEK.days]}),
    ),
    "withdrawing day by day": (
        SubmissionWithdrawn,
        lambda anna, _bo, _hours: [anna.post(SEND, {"only": f"withdraw:{day}"}) for day in (MONDAY, TUESDAY)],
    ),
    "rejecting the days": (
        HoursRejected,
        lambda anna, bo, _hours: bo.post(
            f"approve/{WEEK}/people/{anna.membership.pk}/reject/",
            {"comment": "Why", "days": [str(day) for day in WEEK.days]},
        ),
    ),
    "rejecting the entries": (
        HoursRejected,
        lambda anna, bo, hours: bo.post(
            f"approve/{WEEK}/people/{anna.membership.pk}/reject/", {"comment": "Why", "entries": ids(hours, *PASSED)}
        ),
    ),
}


@pytest.mark.parametrize("route", ROUTES)
def test_r85_every_way_to_submit_tells_each_cell_once(
    anna: Person, bo: Person, hours: Sent, heard: list[Any], route: str
) -> None:
    names, act = ROUTES[route]
    act(anna, bo, hours)
    assert told(heard, HoursSubmitted) == once(*(hours[name] for name in names))
    assert told(heard, SubmissionWithdrawn) == told(heard, HoursRejected) == Counter()


@pytest.mark.parametrize("way", BACK)
def test_r85_every_way_back_tells_the_opposite_once(
    anna: Person, bo: Person, hours: Sent, heard: list[Any], way: str
) -> None:
    kind, act = BACK[way]
    with scope(anna.workspace.pk):
        submit(anna.membership, Choice.all_of(WEEK), by=anna.membership)
    heard.clear()
    for _time in range(2):
        act(anna, bo, hours)
    assert told(heard, kind) == once(*(hours[name] for name in PASSED))
    assert {type(event) for event in heard} == {kind}


def test_r85_undoing_the_act_and_moving_into_the_future_tell_the_opposite(
    anna: Person, hours: Sent, heard: list[Any]
) -> None:
    with scope(anna.workspace.pk):
        submit(anna.membership, Choice.all_of(WEEK), by=anna.membership)
        entry = TimeEntry.objects.get(pk=hours["tuesday"].pk)
        move = Change(id=entry.client_id, base=revision_of(entry), place=Place(day=FRIDAY, minutes=300))
        heard.clear()
        take_step(anna.membership, [move], request_id=uuid.uuid4(), by=anna.membership)
        at = TimeEntry.objects.get(pk=hours["early"].pk).submitted_at
    assert at is not None
    moved = told(heard, SubmissionWithdrawn)
    assert sum(moved.values()) == 1
    anna.post(f"{SEND}undo/?act={at.isoformat().replace('+', '%2B')}")
    rest = once(*(hours[name] for name in ("early", "late", "meeting")))
    assert told(heard, SubmissionWithdrawn) == moved + rest


# Who approves the own hours -----------------------------------------------------------------------------------------


@pytest.fixture
def alone(anna: Person, hours: Sent) -> Person:
    """Anna manages Fjell by herself: nobody else can approve her hours."""
    with scope(anna.workspace.pk):
        anna.membership.role = Role.MANAGER
        anna.membership.save(update_fields=["role"])
        Membership.objects.exclude(pk=anna.membership.pk).update(is_active=False)
    return anna


def test_r85_approving_the_own_week_submits_what_has_passed_and_undo_takes_that_back(
    alone: Person, hours: Sent, heard: list[Any]
) -> None:
    member = alone.membership
    with scope(alone.workspace.pk):
        given = approval.approve_person_week(member.pk, WEEK, by=member)
        approval.approve_person_week(member.pk, WEEK, by=member)
        sent = TimeEntry.objects.filter(submitted_at=given.approved_at)
        assert set(sent.values_list("pk", flat=True)) == {hours[name].pk for name in PASSED}
        assert told(heard, HoursSubmitted) == once(*(hours[name] for name in PASSED))
        approval.undo_person_week(member.pk, WEEK, by=member)
        assert not TimeEntry.objects.exclude(submitted_at=None).exists()
    assert told(heard, SubmissionWithdrawn) == told(heard, HoursSubmitted)


def test_r85_what_was_submitted_before_is_not_told_again_and_stays_submitted(
    alone: Person, hours: Sent, heard: list[Any]
) -> None:
    member = alone.membership
    with scope(alone.workspace.pk):
        submit(member, Choice(week=WEEK, days=frozenset({MONDAY})), by=member)
        approval.approve_person_week(member.pk, WEEK, by=member)
        approval.undo_person_week(member.pk, WEEK, by=member)
        assert TimeEntry.objects.exclude(submitted_at=None).count() == 3
    assert told(heard, HoursSubmitted) == once(*(hours[name] for name in PASSED))
    assert told(heard, SubmissionWithdrawn) == once(hours["tuesday"])


def test_r85_r109_the_project_approval_of_own_hours_is_the_same(alone: Person, hours: Sent, heard: list[Any]) -> None:
    member = alone.membership
    with scope(alone.workspace.pk):
        project_approval.approve_hours(TimeEntry.objects.all(), by=member)
        approval.approve_person_week(member.pk, WEEK, by=member)
        assert told(heard, HoursSubmitted) == once(*(hours[name] for name in PASSED))
        approval.undo_person_week(member.pk, WEEK, by=member)
        assert told(heard, SubmissionWithdrawn) == Counter()
        project_approval.undo_hours([entry.pk for entry in hours.values()], by=member)
        assert not TimeEntry.objects.exclude(submitted_at=None).exists()
    assert told(heard, SubmissionWithdrawn) == told(heard, HoursSubmitted)


def test_r85_approving_somebody_elses_hours_or_where_nothing_is_submitted_sends_nothing(
    anna: Person, bo: Person, hours: Sent, heard: list[Any]
) -> None:
    own = log(bo.membership, hours["early"].project, hours["early"].work_type)
    with scope(anna.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
        TimeSettings.objects.update(submits_time=False)
        Membership.objects.exclude(pk=bo.membership.pk).update(is_active=False)
        approval.approve_person_week(bo.membership.pk, WEEK, by=bo.membership)
        assert TimeEntry.objects.get(pk=own.pk).is_approved
        assert not TimeEntry.objects.exclude(submitted_at=None).exists()
    assert told(heard, HoursSubmitted) == Counter()
