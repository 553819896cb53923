"""The broker is down while an order is finished: the page goes on, and the order leaves when the broker is back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from busy.embedded.valkey import Valkey
from busy.lib.broker import listen_again
from integrations import wakeups
from integrations.policy import State
from tests.faults.measures import ROUNDS
from tests.faults.test_killed_workers import QUICK, ticking_until
from tests.integrations.stage import Stage
from tests.support.broker import WorkerProcess, broker_at

pytestmark = pytest.mark.faults


@pytest.fixture
def broker(own_broker: Valkey) -> Iterator[Valkey]:
    """A broker of this test's own, which this process and the workers it starts use."""
    with broker_at(own_broker.url()):
        yield own_broker


@pytest.mark.parametrize("_round", ROUNDS)
def test_an_order_finished_without_a_broker_leaves_when_it_is_back(
    connected: Stage, broker: Valkey, start_celery_worker: Callable[..., WorkerProcess], _round: int
) -> None:
    start_celery_worker("push", REDIS_URL=broker.url(), **QUICK)
    broker.stop()
    listen_again()
    started = time.monotonic()
    orders = [connected.finished_order() for _ in range(3)]
    assert time.monotonic() - started < 5  # making hours and orders included; the broker costs less than a second
    assert [connected.state(order) for order in orders] == [State.WAITING] * 3
    wakeups.tick()

    broker.start()
    listen_again()
    took = ticking_until(lambda: all(connected.state(order) == State.TRANSFERRED for order in orders), within=60)
    assert connected.sent_orders() == [connected.delivery(order).reference for order in orders]
    print(f"all had left {took:.1f} s after the broker was back")
