"""Reminders by mail: in the person's language, at the workspace's hour, once a person and period (P39)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections

from busy.workspaces.models import Membership, Role, User, Workspace
from busy.workspaces.scope import scope
from tests.people import Person, join
from tests.timesheets.hours import MONDAY, log_week, make_project, make_work_type
from timesheets import reminders
from timesheets.models import Reminder, ReminderClock, TimeSettings
from timesheets.reminder_clock import due_on, instant_on, next_due
from timesheets.reminders import ask

NEXT_MONDAY = MONDAY + timedelta(days=7)
MONDAY_MORNING = f"{NEXT_MONDAY}T09:05:00+01:00"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY_MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def fjell_reminds(fjell: Workspace, anna: Person, dina: Person) -> Workspace:
    """Mondays at nine. Anna misses last week, Dina does not; Mia reads Swedish and misses it too."""
    mia = join(fjell, "Mia Malm", Role.EMPLOYEE)
    User.objects.filter(pk=mia.user_id).update(language="sv")
    arena = make_project(fjell)
    design = make_work_type(arena)
    with scope(fjell.pk):
        Membership.objects.update(created_at=datetime(2026, 3, 1, tzinfo=UTC))
        TimeSettings.objects.create(reminds=True, remind_weekday=0, remind_hour=9)
        ReminderClock.objects.create(workspace_id=fjell.pk, next_at=datetime(2026, 3, 1, tzinfo=UTC))
    log_week(dina.membership, arena, design)
    return fjell


def states(workspace: Workspace) -> dict[str, str]:
    with scope(workspace.pk):
        return {str(row.member): row.state for row in Reminder.objects.select_related("member__user")}


def test_each_reads_it_in_the_own_language_with_a_link_to_the_day(fjell_reminds: Workspace) -> None:
    assert reminders.tick() == [fjell_reminds.pk]
    assert reminders.run(fjell_reminds.pk) == 2
    anna, mia = sorted(mail.outbox, key=lambda message: message.to)
    assert (anna.to, mia.to) == (["anna@busy.example"], ["mia@busy.example"])
    assert anna.subject == "Hours are missing on 5 days in Fjell"
    assert "Monday 2 March: 0 of 7.5 h" in anna.body
    assert f"/w/{fjell_reminds.slug}/week/2026-W10/?day=mon" in anna.body
    assert "/profile" in anna.body
    assert "måndag 2 mars: 0 av 7,5 h" in mia.body
    assert states(fjell_reminds) == {"Anna Aas": "sent", "Mia Malm": "sent"}


def test_once_a_period_however_often_the_clock_strikes(
    fjell_reminds: Workspace, monday_morning: time_machine.Traveller
) -> None:
    for minutes in (0, 1, 60, 300):
        monday_morning.move_to(f"{NEXT_MONDAY}T09:05:00+01:00")
        monday_morning.shift(timedelta(minutes=minutes))
        reminders.run(fjell_reminds.pk)
    assert len(mail.outbox) == 2
    monday_morning.shift(timedelta(days=1))
    reminders.run(fjell_reminds.pk)
    assert len(mail.outbox) == 2
    monday_morning.move_to(f"{NEXT_MONDAY + timedelta(days=7)}T09:05:00+01:00")
    reminders.run(fjell_reminds.pk)
    assert len(mail.outbox) == 5  # the next period; Dina has nothing in her second week either


def at_once(work: Callable[[], Any], times: int) -> list[Any]:
    """Run it in so many threads that start together, each with its own connection."""
    gate = Barrier(times)

    def one() -> Any:
        try:
            gate.wait(10)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(one) for _ in range(times)]]


def test_two_beats_and_four_workers_send_each_mail_once(fjell_reminds: Workspace) -> None:
    claims = at_once(reminders.tick, 2)
    assert sorted(len(claim) for claim in claims) == [0, 1]
    sent = at_once(lambda: reminders.run(fjell_reminds.pk), 4)
    assert sum(sent) == 2
    assert sorted(message.to[0] for message in mail.outbox) == ["anna@busy.example", "mia@busy.example"]


def test_a_worker_that_dies_while_sending_leaves_no_second_mail(
    fjell_reminds: Workspace, bo: Person, monkeypatch: pytest.MonkeyPatch, monday_morning: time_machine.Traveller
) -> None:
    def die(*_args: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(EmailBackend, "send_messages", die)
        with pytest.raises(KeyboardInterrupt):
            reminders.run(fjell_reminds.pk)
    assert sorted(states(fjell_reminds).values()) == ["sending", "waiting"]
    assert reminders.run(fjell_reminds.pk) == 1  # the other one goes on
    assert sorted(states(fjell_reminds).values()) == ["sending", "sent"]
    monday_morning.shift(timedelta(minutes=10))
    assert "Sending was interrupted" in bo.get("missing/").content.decode()


def test_a_refused_mail_is_tried_again_and_given_up_after_three(
    fjell_reminds: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    for expected in ("waiting", "waiting", "failed", "failed"):
        assert reminders.run(fjell_reminds.pk) == 0
        assert set(states(fjell_reminds).values()) == {expected}


def test_who_has_written_meanwhile_gets_no_mail(fjell_reminds: Workspace, anna: Person, bo: Person) -> None:
    with scope(fjell_reminds.pk):
        asked = ask([anna.membership], by=bo.membership, day=NEXT_MONDAY)
        assert asked.asked == {anna.membership.pk}
    arena = make_project(fjell_reminds, "Later")
    log_week(anna.membership, arena, make_work_type(arena, "Late", product=None))
    reminders.run(fjell_reminds.pk)
    assert states(fjell_reminds)["Anna Aas"] == "not_needed"
    assert ["anna@busy.example"] not in [message.to for message in mail.outbox]


def test_a_managers_reminder_names_him_and_the_schedule_adds_none(
    fjell_reminds: Workspace, anna: Person, bo: Person
) -> None:
    with scope(fjell_reminds.pk):
        ask([anna.membership], by=bo.membership, day=NEXT_MONDAY)
    reminders.run(fjell_reminds.pk)
    [annas] = [message for message in mail.outbox if message.to == ["anna@busy.example"]]
    assert "Bo Berg asks you" in annas.body


def test_anna_turns_the_automatic_ones_off_in_her_profile(fjell_reminds: Workspace, anna: Person, bo: Person) -> None:
    assert anna.post("/profile/", {"name": "Anna Aas", "language": "en"}).status_code == 302
    reminders.run(fjell_reminds.pk)
    assert [message.to for message in mail.outbox] == [["mia@busy.example"]]
    with scope(fjell_reminds.pk):
        ask([anna.membership], by=bo.membership, day=NEXT_MONDAY)
    assert reminders.run(fjell_reminds.pk) == 1  # a manager's own still comes


def test_nothing_leaves_before_the_hour_or_on_another_day(
    fjell_reminds: Workspace, monday_morning: time_machine.Traveller
) -> None:
    for moment in (f"{NEXT_MONDAY}T08:59:00+01:00", f"{NEXT_MONDAY + timedelta(days=1)}T09:05:00+01:00"):
        monday_morning.move_to(moment)
        assert reminders.run(fjell_reminds.pk) == 0
    clock = ReminderClock.objects.get()
    assert timedelta(0) < clock.next_at - datetime.now(UTC) <= timedelta(hours=1)


def test_turned_off_and_nothing_waiting_the_clock_is_gone(fjell_reminds: Workspace) -> None:
    with scope(fjell_reminds.pk):
        TimeSettings.objects.update(reminds=False)
    assert reminders.run(fjell_reminds.pk) == 0
    assert not ReminderClock.objects.exists()
    assert reminders.tick() == []


def test_dina_turns_them_on_and_the_round_that_is_past_today_is_left_out(dina: Person, anna: Person) -> None:
    posted = {"section": "reminders", "reminds": "on", "remind_weekday": "0", "remind_hour": "9"}
    assert dina.post("settings/time/", posted | {"missing_counts": "short"}).status_code == 302
    assert reminders.tick() == [dina.workspace.pk]
    assert reminders.run(dina.workspace.pk) == 0
    clock = ReminderClock.objects.get()
    assert clock.round_made_on == NEXT_MONDAY
    assert anna.post("settings/time/", posted).status_code == 403


def test_mails_are_never_sent_inside_a_transaction(fjell_reminds: Workspace) -> None:
    with scope(fjell_reminds.pk), pytest.raises(RuntimeError):
        reminders.run(fjell_reminds.pk)
    assert not connection.in_atomic_block


def test_other_workspaces_reminders_are_not_touched(fjell_reminds: Workspace, cilla: Person) -> None:
    with scope(cilla.workspace.pk):
        ask([cilla.membership], by=None, day=NEXT_MONDAY)
    reminders.run(fjell_reminds.pk)
    assert states(cilla.workspace) == {"Cilla Carlsen": "waiting"}
    assert ["cilla@busy.example"] not in [message.to for message in mail.outbox]


# --- The local hour and the change of clock --------------------------------------------------------------------------


def settings_at(hour: int, weekday: int = 6) -> TimeSettings:
    return TimeSettings(reminds=True, remind_weekday=weekday, remind_hour=hour)


@pytest.mark.parametrize(
    ("day", "hour", "instant"),
    [
        ("2026-03-22", 9, "2026-03-22T08:00"),  # winter
        ("2026-03-29", 9, "2026-03-29T07:00"),  # the clock went forward in the night
        ("2026-03-29", 2, "2026-03-29T01:00"),  # 02 is left out: it comes when the clock shows 03
        ("2026-10-25", 9, "2026-10-25T08:00"),  # and back
        ("2026-10-25", 2, "2026-10-25T00:00"),  # 02 comes twice: the first one
    ],
)
def test_the_hour_is_the_workspaces_also_when_the_clock_changes(day: str, hour: int, instant: str) -> None:
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    settings = settings_at(hour)
    assert instant_on(settings, "Europe/Oslo", expected.date()) == expected
    assert due_on(settings, "Europe/Oslo", expected) == expected.date()
    assert due_on(settings, "Europe/Oslo", expected - timedelta(seconds=1)) is None
    assert str(expected.date()) == day
    assert next_due(settings, "Europe/Oslo", expected - timedelta(days=2)) == expected
    assert next_due(settings, "Europe/Oslo", expected) > expected + timedelta(days=6)


def test_the_schedule_names_the_task() -> None:
    from busy.celery import app

    entry = app.conf.beat_schedule["reminders"]
    assert entry["task"] == "timesheets.reminders_tick"
    assert Path("timesheets/tasks.py").is_file()
