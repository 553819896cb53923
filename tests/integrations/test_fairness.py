"""Nobody waits for somebody else's slow provider, and a provider is asked no more at a time than it allows."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from integrations import outbound, pull_jobs, turns, wakeups
from integrations.models import Connection, PullOutcome, PullRun, Wakeup
from integrations.wakeups import Lane, Message
from tests.integrations.stage import Stage
from tests.integrations.test_pulls import many_projects
from tests.support.parallel import in_parallel

SLOW = 0.3  # seconds, for the thirty of a slow provider
WORKERS = 4


class Workers:
    """Four workers as Celery has them: a queue of messages, the real scheduler, and a provider played by a sleep."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        self.stopping = threading.Event()
        self.started: dict[int, float] = {}
        self.jobs: Counter[str] = Counter()
        self.at_a_time: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self._lock = threading.Lock()
        monkeypatch.setattr(wakeups, "publish", self._publish)

    def _publish(self, messages: Sequence[Message]) -> bool:
        for message in messages:
            self.messages.put(message)
        return True

    def run(self, done: Callable[[], bool], *, at_most: float) -> None:
        threads = [threading.Thread(target=self._work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + at_most
        while time.monotonic() < until and not done():
            wakeups.tick()
            time.sleep(0.05)
        self.stopping.set()
        for thread in threads:
            thread.join()

    def _work(self) -> None:
        try:
            while not self.stopping.is_set():
                try:
                    message = self.messages.get(timeout=0.02)
                except queue.Empty:
                    continue
                wakeups.work_on(Lane.PULL, self._job, message.workspace_id, message.connection_id)
        finally:
            database.close()

    def _job(self, workspace_id: int, connection_id: int) -> None:
        if self.stopping.is_set():
            return
        taken = wakeups.take(Lane.PULL, workspace_id=workspace_id, connection_id=connection_id, lease=30)
        if taken is None:
            return
        with self._lock:
            self.started.setdefault(connection_id, time.monotonic())
            self.jobs[taken.provider] += 1
            self.at_a_time[taken.provider] += 1
            self.most[taken.provider] = max(self.most[taken.provider], self.at_a_time[taken.provider])
        time.sleep(SLOW if taken.provider == "slow" else 0.001)
        with self._lock:
            self.at_a_time[taken.provider] -= 1
        wakeups.finish(taken, next_in=3600)


def rows(provider: str, connections: range, *, waited: float) -> None:
    due_at = timezone.now() - timedelta(seconds=waited)
    Wakeup.objects.bulk_create(
        Wakeup(workspace_id=1, connection_id=number, kind="projects", provider=provider, due_at=due_at)
        for number in connections
    )


@pytest.mark.django_db(transaction=True)
def test_many_that_begin_at_the_same_moment_do_not_all_take_the_last_place(settings: Any) -> None:
    settings.SYNC_WORKERS = WORKERS
    rows("slow", range(1000, 1016), waited=60)
    rows("quick", range(1, 2), waited=1)
    taken = []

    def take(number: int) -> None:
        taken.append(wakeups.take(Lane.PULL, workspace_id=1, connection_id=1000 + number, lease=30))

    assert in_parallel(take, 16) == []
    assert sum(one is not None for one in taken) == WORKERS // 2


@pytest.mark.django_db(transaction=True)
def test_two_hundred_connections_of_a_slow_provider_do_not_delay_the_others(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """In order of waiting alone the quick ones would start after 200 x 0.3 s / 4 workers = 15 s, when all slow ones
    had their turn."""
    settings.SYNC_WORKERS = WORKERS
    rows("slow", range(1000, 1200), waited=60)
    rows("quick", range(1, 13), waited=1)
    workers = Workers(monkeypatch)
    began = time.monotonic()
    workers.run(lambda: workers.jobs["quick"] >= 12, at_most=10.0)
    delays = [workers.started[number] - began for number in range(1, 13) if number in workers.started]
    assert len(delays) == 12
    assert max(delays) < 10.0
    assert workers.most["slow"] == WORKERS // 2
    # The slow one's share is used meanwhile, by ever other connections, and by far not by all.
    slow = [number for number in workers.started if number >= 1000]
    assert 2 <= len(slow) == workers.jobs["slow"] < 100


@pytest.mark.django_db(transaction=True)
def test_pulls_leave_a_worker_for_what_people_wait_for(settings: Any) -> None:
    settings.SYNC_WORKERS = 3
    for number, provider in enumerate(("north", "south", "east"), start=1):
        rows(provider, range(number, number + 1), waited=10)
    held = [wakeups.take(Lane.PULL, workspace_id=1, connection_id=number, lease=30) for number in (1, 2)]
    assert all(held)
    assert wakeups.take(Lane.PULL, workspace_id=1, connection_id=3, lease=30) is None
    assert wakeups.next_due(Lane.PULL) is None
    Wakeup.objects.create(workspace_id=1, connection_id=3, kind="push", provider="east", due_at=timezone.now())
    push = wakeups.take(Lane.PUSH, workspace_id=1, connection_id=3, lease=30)
    assert push
    assert held[0]
    wakeups.finish(held[0], next_in=60)
    assert wakeups.next_due(Lane.PULL) == Message(lane=Lane.PULL, workspace_id=1, connection_id=3)


@pytest.mark.django_db(transaction=True)
def test_a_message_that_finds_no_room_waits_for_the_next_free_worker(settings: Any) -> None:
    settings.SYNC_WORKERS, settings.SYNC_PROVIDER_CAP = 8, 1
    rows("north", range(1, 3), waited=10)
    first = wakeups.take(Lane.PULL, workspace_id=1, connection_id=1, lease=30)
    assert first
    Wakeup.objects.filter(connection_id=2).update(claimed_until=timezone.now() + timedelta(seconds=40))
    assert wakeups.take(Lane.PULL, workspace_id=1, connection_id=2, lease=30) is None
    assert Wakeup.objects.get(connection_id=2).claimed_until is None
    wakeups.finish(first, next_in=60)
    assert wakeups.next_due(Lane.PULL) == Message(lane=Lane.PULL, workspace_id=1, connection_id=2)


def test_a_pull_gives_way_to_an_order_and_goes_on_where_it_stopped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tripletex takes one request at a time: Dina's order waits for a page, not for the whole list."""
    stage.connect()
    stage.pull()
    order = stage.finished_order()
    many_projects(stage, 2_500)
    monkeypatch.setattr(pull_jobs, "PATIENT_PUSH", -1.0)
    stage.make_due("projects")
    stage.pull()
    with stage.scope():
        run = PullRun.objects.filter(kind="projects").latest("pk")
        assert (run.outcome, run.pages) == (PullOutcome.RUNNING, 1)
    assert stage.refresh().lease_token is None
    stage.push()
    assert stage.state(order) == "transferred"
    stage.sandbox.forget_requests()
    stage.make_due("projects")
    stage.pull()
    with stage.scope():
        run.refresh_from_db()
        assert (run.outcome, run.pages, run.seen) == (PullOutcome.SUCCEEDED, 3, 2_512)
    assert len(stage.sandbox.requests("GET", "/project")) == 2


def test_an_order_is_not_sent_while_a_pull_talks_and_a_pull_not_while_an_order_is(
    connected: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 0.0)
    order = connected.finished_order()
    with connected.scope():
        Connection.objects.update(lease_token="a" * 32, lease_until=timezone.now() + timedelta(seconds=60))
    outbound.run_pushes(connected.workspace.pk, connected.connection.pk)
    assert connected.state(order) == "waiting"
    assert connected.posts() == 0
    with connected.scope():
        Connection.objects.update(lease_token=None, lease_until=None)

    talked: list[int] = []
    send = outbound._carry_all

    def pull_meanwhile(*args: Any) -> float:
        connected.sandbox.forget_requests()
        connected.make_due("projects")
        connected.pull()
        talked.append(len(connected.sandbox.requests()))
        return send(*args)

    monkeypatch.setattr(outbound, "_carry_all", pull_meanwhile)
    connected.make_due("push")
    connected.push()
    assert talked == [0]
    assert connected.state(order) == "transferred"
    assert connected.refresh().lease_token is None
