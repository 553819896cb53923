"""Nudges reach the broker, or cost next to nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest
import redis
from django.db import transaction

from busy.embedded.launch import free_port
from busy.lib import broker
from busy.lib.broker import Nudge
from tests.support.broker import broker_at
from timesheets.tasks import fetch_calendar

NUDGE = Nudge("timesheets.fetch_calendar", (1, 2))


def test_a_nudge_waits_in_its_queue_for_a_worker(redis_url: str) -> None:
    broker.listen_again()
    assert broker.send([NUDGE, NUDGE])
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen("interactive") == 2


def test_a_broker_that_is_away_is_not_waited_for() -> None:
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        began = time.monotonic()
        assert not broker.send([NUDGE])
        assert not broker.send([NUDGE])  # not even asked again for a while
        assert time.monotonic() - began < 3


def test_calendars_are_fetched_with_no_transaction_open(db: Any) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="no transaction open"):
        fetch_calendar(1, 2)
