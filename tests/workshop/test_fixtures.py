"""What other tests lean on: the serving role, an emptied database, real workers, a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.db import ProgrammingError, connection, transaction
from pytest_django.live_server_helper import LiveServer

from tests.people import Person
from tests.support.broker import WorkerProcess
from tests.support.database import empty_tables

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.django_db
def test_tests_serve_as_the_role_that_policies_bind() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("busy_app", False)
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("CREATE TABLE mine (id int)")


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_leaves_nothing_behind(anna: Person) -> None:
    assert get_user_model().objects.exists()
    empty_tables()
    assert not get_user_model().objects.exists()


def test_a_worker_starts_answers_and_can_be_killed(
    celery_worker_process: WorkerProcess, start_celery_worker: Callable[..., WorkerProcess], broker_url: str
) -> None:
    from busy.celery import app

    with app.connection(broker_url) as broker:
        answers = app.control.inspect(connection=broker, timeout=10, limit=1).active_queues()
    assert answers
    assert [queue["name"] for queues in answers.values() for queue in queues] == ["interactive", "push", "pull"]
    celery_worker_process.kill()
    assert celery_worker_process.process.returncode == -9
    second = start_celery_worker("push")
    assert second.stop() == 0


def test_a_browser_meets_this_tests_database(page: Page, live_server: LiveServer, anna: Person) -> None:
    answer = page.goto(f"{live_server.url}/healthz")
    assert answer
    assert answer.json() == {"status": "ok"}
    assert get_user_model().objects.filter(pk=anna.membership.user_id).exists()


def test_accessibility_problems_are_found(
    page: Page, live_server: LiveServer, accessibility_problems: Callable[[Page], list[str]]
) -> None:
    page.goto(f"{live_server.url}/healthz")
    page.set_content("<html lang=en><title>Week</title><main><h1>Week</h1><img src='data:,'></main>")
    assert [problem.split()[0] for problem in accessibility_problems(page)] == ["image-alt"]
