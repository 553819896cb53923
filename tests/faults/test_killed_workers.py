"""Real Celery workers, killed in the middle of a send: the order arrives once, and nobody has to do anything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from integrations import wakeups
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.policy import State
from tests.faults.measures import ROUNDS
from tests.integrations.stage import Stage
from tests.support.broker import WorkerProcess

pytestmark = pytest.mark.faults

# Seconds. A worker that is late by the lease is one that was lost; the order arrives once all the same.
QUICK = {"BUSY_SYNC_LEASE": "2", "BUSY_SYNC_SETTLE": "1", "BUSY_SYNC_SETTLE_SLOW": "1", "BUSY_SYNC_MESSAGE": "2"}
StartWorker = Callable[..., WorkerProcess]


def ticking_until(done: Callable[[], bool], *, within: float) -> float:
    """Do what beat does, fifty times as often, until it is done; seconds it took."""
    started = time.monotonic()
    while time.monotonic() < started + within:
        wakeups.tick()
        if done():
            return time.monotonic() - started
        time.sleep(0.2)
    raise AssertionError(f"not done within {within} s")


def wait_until(done: Callable[[], bool], *, within: float = 15) -> None:
    until = time.monotonic() + within
    while not done():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


@contextmanager
def sending(stage: Stage, fault: FaultKind) -> Iterator[int]:
    """An order whose worker hangs in the middle of its send; the body kills it."""
    stage.sandbox.arm(Fault(kind=fault, seconds=20, method="POST", path="/order"))
    order = stage.finished_order()
    wait_until(lambda: stage.delivery(order).write_began_at is not None)
    time.sleep(0.3)  # the request is at the provider now
    yield order
    stage.sandbox.disarm()


@pytest.mark.parametrize("_round", ROUNDS)
def test_r113_a_child_or_a_worker_killed_while_it_sends_leaves_one_order(
    connected: Stage, start_celery_worker: StartWorker, _round: int
) -> None:
    """A child dies, as when memory runs out; then the worker, as when the machine dies, and another one comes up.

    Whether or not the order had arrived, it stands there once in the end. Starting a worker costs more than all else
    here, so they follow each other in one.
    """
    worker = start_celery_worker("push", **QUICK)
    orders: list[int] = []
    for victim in ("child", "worker"):
        for fault in (FaultKind.HANG_AFTER, FaultKind.HANG_BEFORE):
            with sending(connected, fault) as order:
                if victim == "child":
                    worker.kill_child()
                else:
                    worker.kill()
                    worker = start_celery_worker("push", **QUICK)
                took = ticking_until(arrived(connected, order), within=60)
            orders.append(order)
            assert "looking" in connected.ledger(order), (victim, fault)
            print(f"{victim} killed, {fault}: recovered in {took:.1f} s")
    assert connected.sent_orders() == [connected.delivery(order).reference for order in orders]


def arrived(stage: Stage, order: int) -> Callable[[], bool]:
    return lambda: stage.state(order) == State.TRANSFERRED


@pytest.mark.parametrize("_round", ROUNDS)
def test_r20_a_worker_killed_in_the_middle_of_a_pull_archives_nothing_and_the_next_one_goes_on(
    stage: Stage, start_celery_worker: StartWorker, _round: int
) -> None:
    from busy.catalog.models import Project

    stage.sandbox.arm(Fault(kind=FaultKind.DELAY, seconds=5, method="GET", path="/project", skip=1))
    worker = start_celery_worker("pull", **QUICK)
    stage.connect()
    wait_until(lambda: len(stage.sandbox.requests("GET", "/product")) > 1)
    worker.kill()
    stage.sandbox.disarm()
    start_celery_worker("pull", **QUICK)

    def all_projects() -> bool:
        with stage.scope():
            return Project.objects.filter(archived_at=None).count() == 10

    ticking_until(all_projects, within=60)
    with stage.scope():
        assert Project.objects.count() == 12


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_message_that_got_lost_is_published_again(
    connected: Stage, start_celery_worker: StartWorker, _round: int
) -> None:
    """Published while nobody listens, then the broker forgets everything."""
    import os

    import redis

    order = connected.finished_order()
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        assert broker.llen("push") >= 1
        broker.flushdb()
    start_celery_worker("push", **QUICK)
    ticking_until(lambda: connected.state(order) == State.TRANSFERRED, within=30)
    assert len(connected.sent_orders()) == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_workers_and_ten_ticks_send_each_order_once(
    connected: Stage, start_celery_worker: StartWorker, _round: int
) -> None:
    start_celery_worker("push", concurrency=2, **QUICK)
    orders = [connected.finished_order() for _ in range(8)]

    def all_there() -> bool:
        for _ in range(10):
            wakeups.tick()
        return all(connected.state(order) == State.TRANSFERRED for order in orders)

    ticking_until(all_there, within=40)
    assert connected.sent_orders() == [connected.delivery(order).reference for order in orders]
