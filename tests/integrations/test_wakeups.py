"""Waking workers up: bounded, fair, and harmless when it happens twice or not at all."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from busy.lib.broker import listen_again
from integrations import wakeups
from integrations.models import Connection, Wakeup
from integrations.wakeups import Lane, Message
from tests.support.broker import broker_at


@pytest.fixture
def broker(transactional_db: None, redis_url: str, settings: Any) -> Iterator[redis.Redis]:
    settings.SYNC_WORKERS = 100
    listen_again()
    with redis.Redis.from_url(redis_url) as client:
        yield client


def row(
    connection: int, kind: str = "push", *, provider: str = "north", due_in: float = -1, workspace: int = 1
) -> None:
    due_at = timezone.now() + timedelta(seconds=due_in)
    Wakeup.objects.create(workspace_id=workspace, connection_id=connection, kind=kind, provider=provider, due_at=due_at)


def fjell(connection: int) -> Connection:
    return Connection(pk=connection, workspace_id=1, provider="north")


def take(connection: int, lane: Lane = Lane.PUSH, lease: float = 30) -> wakeups.Taken | None:
    return wakeups.take(lane, workspace_id=1, connection_id=connection, lease=lease)


def test_ten_ticks_at_once_publish_each_wakeup_once(broker: redis.Redis) -> None:
    for connection in range(20):
        row(connection)
    counts: list[int] = []

    def tick() -> None:
        counts.append(wakeups.tick())
        database.close()

    threads = [threading.Thread(target=tick) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while wakeups.tick():  # a tick that found another one at work left the rest to it
        pass
    assert broker.llen("push") == 20


def test_the_kinds_of_one_connection_share_a_message(broker: redis.Redis) -> None:
    for kind in ("projects", "customers", "products"):
        row(1, kind)
    assert wakeups.tick() == 1
    assert broker.llen("pull") == 1


def test_a_message_that_reached_nobody_is_published_again_after_a_while(broker: redis.Redis, settings: Any) -> None:
    settings.SYNC_MESSAGE = 1
    row(1)
    assert (wakeups.tick(), wakeups.tick()) == (1, 0)
    time.sleep(1.1)
    assert wakeups.tick() == 1


def test_a_slow_provider_never_holds_all_workers(broker: redis.Redis, settings: Any) -> None:
    settings.SYNC_PROVIDER_CAP = 3
    for connection in range(50):
        row(connection, "projects", provider="slow", due_in=-100)
    for connection in range(50, 55):
        row(connection, "projects", provider="quick")
    assert wakeups.tick() == 3 + 3
    assert wakeups.tick() == 0  # both are at their cap
    assert take(50, Lane.PULL)
    Wakeup.objects.filter(provider="quick").update(claimed_until=None, due_at=timezone.now() + timedelta(hours=1))
    Wakeup.objects.filter(connection_id__in=[53, 54]).update(due_at=timezone.now())
    assert wakeups.tick() == 2


def test_who_has_waited_longest_comes_first(broker: redis.Redis, settings: Any) -> None:
    settings.SYNC_PROVIDER_CAP = 1
    for connection, due_in in ((1, -5), (2, -50), (3, -20)):
        row(connection, due_in=due_in)
    wakeups.tick()
    assert Wakeup.objects.exclude(claimed_until=None).get().connection_id == 2


def test_one_worker_at_a_time_holds_a_wakeup_and_one_that_vanished_loses_it(broker: redis.Redis) -> None:
    row(1)
    assert take(1, lease=0.5)
    assert take(1) is None
    time.sleep(0.6)
    assert take(1)


def test_a_nudge_during_the_work_is_not_forgotten(broker: redis.Redis) -> None:
    row(1)
    taken = take(1)
    assert taken
    with transaction.atomic():
        wakeups.nudge(fjell(1), "push", by=7)
    wakeups.finish(taken, next_in=3600)
    again = take(1)
    assert again
    assert again.started_by_id == 7
    wakeups.finish(again, next_in=3600)
    assert take(1) is None


def test_a_late_worker_does_not_put_off_what_another_one_holds(broker: redis.Redis) -> None:
    row(1)
    late = take(1, lease=0)
    assert late
    now = take(1)
    assert now
    wakeups.finish(late, next_in=3600)
    assert Wakeup.objects.get().claim_token == now.token


def test_a_nudge_that_is_rolled_back_wakes_nobody(broker: redis.Redis) -> None:
    with transaction.atomic():
        wakeups.nudge(fjell(1), "push")
        transaction.set_rollback(True)
    assert broker.llen("push") == 0
    assert not Wakeup.objects.exists()


def test_a_broker_that_is_gone_or_silent_costs_less_than_a_second_and_only_once(transactional_db: None) -> None:
    """Refused, and accepting without ever answering: the row stands, the page goes on."""
    message = [Message(lane=Lane.PUSH, workspace_id=1, connection_id=1)]
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        for url in ("redis://127.0.0.1:1/0", f"redis://127.0.0.1:{silent.getsockname()[1]}/0"):
            with broker_at(url):
                started = time.monotonic()
                assert not wakeups.publish(message)
                first = time.monotonic() - started
                assert not wakeups.publish(message)
                assert first < 1.0
                assert time.monotonic() - started - first < 0.05


def test_a_tick_without_a_broker_leaves_the_rows_due_for_the_next(broker: redis.Redis) -> None:
    row(1)
    with broker_at("redis://127.0.0.1:1/0"):
        wakeups.tick()
    assert Wakeup.objects.get().claimed_until is None
    assert wakeups.tick() == 1
    assert broker.llen("push") == 1


def test_a_provider_at_rest_is_left_alone_but_a_nudge_comes_through(broker: redis.Redis) -> None:
    row(1)
    row(1, "notice")
    wakeups.rest(fjell(1), 60)
    assert Wakeup.objects.get(due_at__lt=timezone.now()).kind == "notice"
    with transaction.atomic():
        wakeups.nudge(fjell(1), "push")
    assert take(1)
