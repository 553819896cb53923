"""One running timer per user (P15): over two workspaces, and when many clicks arrive at once."""

from __future__ import annotations

import uuid
from datetime import time, timedelta

import pytest
import time_machine
from django.utils import timezone

from busy.workspaces.models import Membership, Role
from busy.workspaces.people import deactivate
from busy.workspaces.scope import acting_as, scope
from tests.people import Person
from tests.support.parallel import in_parallel
from tests.timesheets.test_timer import MONDAY, NINE, arena, clock, design, entries, later, on
from timesheets import timer
from timesheets.models import TimeEntry, Timer

__all__ = ["arena", "clock", "design", "on"]


@pytest.fixture
def annas_havn(anna: Person, cilla: Person) -> Membership:
    """Anna works in Cilla's company too."""
    with scope(cilla.workspace.pk):
        made = Membership.objects.create(workspace=cilla.workspace, user=anna.user, role=Role.EMPLOYEE)
        return Membership.objects.select_related("workspace", "user").get(pk=made.pk)


def test_p15_one_timer_per_user_over_two_workspaces(
    anna: Person, annas_havn: Membership, on: timer.On, clock: time_machine.Traveller
) -> None:
    """Starting at Havn stops the one at Fjell, and saves it there."""
    with acting_as(anna.user.pk):
        with scope(anna.workspace.pk):
            timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on)
        clock.move_to(later(1))
        with scope(annas_havn.workspace_id):
            started = timer.start(annas_havn, uuid.uuid4(), at=timezone.now())
            assert started.told == "In Fjell: Fjell Arena, Design: 1 h saved."
            assert TimeEntry.objects.count() == 0
        with scope(anna.workspace.pk):
            assert entries(anna.membership) == [(MONDAY, time(9), time(10), 60)]


def test_p15_a_timer_where_anna_was_deactivated_blocks_no_other(
    anna: Person, annas_havn: Membership, on: timer.On, clock: time_machine.Traveller
) -> None:
    with acting_as(anna.user.pk):
        with scope(anna.workspace.pk):
            left = timer.start(anna.membership, uuid.uuid4(), at=NINE, on=on).timer
            deactivate(anna.membership.pk)
        with scope(annas_havn.workspace_id):
            started = timer.start(annas_havn, uuid.uuid4(), at=NINE)
            assert (started.told, started.timer.is_running) == ("", True)
        with scope(anna.workspace.pk):
            left.refresh_from_db()
            assert (left.is_open, left.is_saved, entries(anna.membership)) == (False, False, [])


@pytest.mark.django_db(transaction=True)
def test_p15_six_starts_at_once_leave_one_running(anna: Person, on: timer.On) -> None:
    instant = timezone.now() - timedelta(hours=1)

    def start(number: int) -> None:
        with acting_as(anna.user.pk), scope(anna.workspace.pk):
            timer.start(anna.membership, uuid.uuid4(), at=instant + timedelta(minutes=number), on=on)

    assert in_parallel(start, 6) == []
    with scope(anna.workspace.pk):
        assert Timer.objects.filter(stopped_at=None).count() == 1
        assert Timer.objects.get(stopped_at=None).started_at == instant + timedelta(minutes=5)
        assert sum(minutes for *_rest, minutes in entries(anna.membership)) == 5


@pytest.mark.django_db(transaction=True)
def test_p15_eight_stops_at_once_make_one_entry(anna: Person, on: timer.On) -> None:
    with acting_as(anna.user.pk), scope(anna.workspace.pk):
        id_ = timer.start(
            anna.membership, uuid.uuid4(), at=timezone.now() - timedelta(minutes=30), on=on
        ).timer.client_id

    def stop(_number: int) -> None:
        with acting_as(anna.user.pk), scope(anna.workspace.pk):
            timer.stop(anna.membership, id_, at=timezone.now())

    assert in_parallel(stop, 8) == []
    with scope(anna.workspace.pk):
        assert [minutes for *_rest, minutes in entries(anna.membership)] in ([30], [29, 1], [1, 29])
