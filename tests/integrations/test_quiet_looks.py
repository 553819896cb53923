"""A look that finds nothing new costs next to nothing: one request, five statements, no row but its own three."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from busy.catalog.models import Project
from integrations import services, turns
from integrations.changes import Changes
from integrations.models import Connection, ProviderEmployee, PullRun, PullState, Wakeup
from integrations.providers.tripletex import pulls
from tests.integrations.stage import PROJECT, Stage


def statements_of(act: Callable[[], None]) -> list[str]:
    said: list[str] = []

    def listen(execute: Any, sql: str, *rest: Any) -> Any:
        said.append(sql)
        return execute(sql, *rest)

    with database.execute_wrapper(listen):
        act()
    return said


def test_a_look_that_finds_nothing_new_is_one_request_and_five_statements(connected: Stage) -> None:
    connected.sandbox.forget_requests()
    connected.make_due("projects")
    said = statements_of(connected.pull)
    assert len(said) <= 5, said
    assert [seen.status for seen in connected.sandbox.requests()] == [304]
    connection = connected.refresh()
    assert (connection.lease_token, connection.lease_until) == (None, None)
    row = Wakeup.objects.get(connection_id=connection.pk, kind="projects")
    assert not row.is_running
    with connected.scope():
        state = PullState.objects.get(kind="projects")
    assert state.last_success_at is not None
    assert row.due_at > state.last_success_at


def test_customers_are_asked_for_changes_and_the_time_asked_for_moves_on(
    connected: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if they had been there for longer than the minutes that are asked for once more.
    monkeypatch.setattr(pulls, "OVERLAP", -timedelta(minutes=1))
    with connected.scope():
        PullState.objects.filter(kind="customers").update(cursor={"changed_since": "2100-01-01T00:00:00"})
    connected.make_due("customers")
    assert len(statements_of(connected.pull)) <= 5
    with connected.scope():
        after = PullState.objects.get(kind="customers")
        assert after.cursor is not None
        assert after.cursor["changed_since"] < "2100"


def test_what_was_changed_minutes_ago_comes_again_and_is_no_news(connected: Stage) -> None:
    with connected.scope():
        runs, before = PullRun.objects.count(), PullState.objects.get(kind="customers").cursor
    connected.make_due("customers")
    said = statements_of(connected.pull)
    assert len(said) <= 9, said
    with connected.scope():
        after = PullState.objects.get(kind="customers").cursor
        assert PullRun.objects.count() == runs
    assert before is not None
    assert after is not None
    assert after["changed_since"] >= before["changed_since"]


def test_five_quiet_kinds_are_one_job_that_lets_the_connection_go(connected: Stage) -> None:
    connected.make_due("customers", "projects", "products", "employees")
    connected.pull()
    assert connected.refresh().lease_token is None
    assert not Wakeup.objects.filter(is_running=True).exists()


def test_a_button_pressed_during_a_quiet_look_is_not_forgotten(
    connected: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dina presses 🔄 while the 304 is on its way: everything is read anew by the same job."""
    ends = turns.end_calmly
    pressed: list[bool] = []

    def press_first(*args: Any, **kwargs: Any) -> bool | None:
        if not pressed:
            pressed.append(connected.do(services.synchronise_now, connected.connection))
        return ends(*args, **kwargs)

    monkeypatch.setattr(turns, "end_calmly", press_first)
    connected.make_due("projects")
    connected.pull()
    assert pressed == [True]
    with connected.scope():
        run = PullRun.objects.filter(kind="projects").latest("pk")
        assert (run.started_by_id, run.is_complete) == (connected.by.pk, True)
        assert not PullState.objects.get(kind="projects").wants_everything


def test_a_worker_that_lost_the_connection_settles_nothing(connected: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected.scope():
        before = PullState.objects.get(kind="projects").last_success_at
    ends = turns.end_calmly

    def too_late(*args: Any, **kwargs: Any) -> bool | None:
        with connected.scope():
            Connection.objects.update(lease_token=None)
        return ends(*args, **kwargs)

    monkeypatch.setattr(turns, "end_calmly", too_late)
    connected.make_due("projects")
    connected.pull()
    with connected.scope():
        assert PullState.objects.get(kind="projects").last_success_at == before
    assert Wakeup.objects.get(kind="projects").due_at <= wakeups_now()


def wakeups_now() -> Any:
    with database.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def test_a_session_that_another_worker_renewed_is_taken_and_not_thrown_away(connected: Stage) -> None:
    from django.utils import timezone

    from integrations.credentials import SealedSessions

    later = timezone.now() + timedelta(hours=1)
    ours, theirs = SealedSessions(connected.refresh()), SealedSessions(connected.refresh())
    theirs.set("session", "old", expires_at=later)
    assert ours.get("session") == "old"
    theirs.forget("session")
    theirs.set("session", "new", expires_at=later)
    assert ours.get("session") == "old"  # believed until it is refused
    ours.forget("session")
    assert ours.get("session") == "new"


def test_a_page_with_one_change_writes_that_one(connected: Stage) -> None:
    """R19: of what is read, only what differs is staged and written."""
    connected.sandbox.change("Project", PROJECT, name="Fase 3")
    connected.make_due("projects")
    said = statements_of(connected.pull)
    assert sum("COPY" in sql or "staged_project (" in sql for sql in said) <= 2
    with connected.scope():
        run = PullRun.objects.filter(kind="projects").latest("pk")
        assert (run.seen, run.created, run.updated) == (12, 0, 1)
        assert Project.objects.get(links__external_id=PROJECT).name == "Fase 3"


def test_an_employee_that_left_and_came_back_is_known_again(connected: Stage) -> None:
    """R35: people at the provider stand in a table of their own, with the same rules."""
    from integrations.providers.tripletex.sandbox.seed import NORDLYS

    with connected.scope():
        somebody = ProviderEmployee.objects.filter(archived_at=None).order_by("pk")[0]
    row = connected.sandbox.store.get(NORDLYS, "Employee", int(somebody.external_id)) or {}
    connected.sandbox.delete("Employee", somebody.external_id)
    connected.make_due("employees")
    connected.pull()
    with connected.scope():
        assert ProviderEmployee.objects.get(pk=somebody.pk).archived_at is not None
    connected.sandbox.store.put(NORDLYS, "Employee", row)
    connected.make_due("employees")
    connected.pull()
    with connected.scope():
        assert ProviderEmployee.objects.get(pk=somebody.pk).archived_at is None


def test_of_very_many_changes_any_record_may_be_one() -> None:
    """What a run changed is remembered up to a bound, so that memory does not grow with a first import."""
    changes = Changes()
    assert not changes
    changes.add({"1", "2"})
    assert ("1" in changes, "3" in changes) == (True, False)
    changes.add({str(n) for n in range(Changes.MOST)})
    assert "never seen" in changes
    assert (changes.known, Changes({"1"}).known) == (None, ["1"])
