"""A machine that breaks everything at random. What must hold is counted at every step and at the end.

Every finished order stands at the provider once or waits visibly with a reason; nothing ever stands there twice.

`FAULT_STEPS=10000 FAULT_SEED=7 pytest tests/faults/test_fault_machine.py` is longer (docs/fault-tests.md).
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database

from integrations import deliveries, outbound, services, wakeups
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import Delivery
from integrations.policy import State
from tests.faults.measures import SEEDS, STEPS
from tests.integrations.stage import PROJECT, Stage

pytestmark = pytest.mark.faults


class Killed(BaseException):
    """The worker is gone: whatever it would have done next is not done."""


class Machine:
    def __init__(self, stage: Stage, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage = stage
        self.random = random.Random(seed)
        self.patch = monkeypatch
        self.orders: list[int] = []
        self.steps: list[tuple[int, Callable[[], None]]] = [
            (6, self.finish_an_order),
            (8, self.break_a_send),
            (3, self.break_a_look_up),
            (2, self.end_sessions),
            (10, self.work),
            (5, self.work_twice_at_once),
            (6, self.kill_a_worker),
            (2, self.press_the_button),
            (1, self.revoke_the_key),
            (2, self.close_the_project),
            (3, self.let_time_pass),
            (2, self.heal),
        ]

    def run(self, steps: int) -> None:
        acts = self.random.choices([act for _, act in self.steps], [weight for weight, _ in self.steps], k=steps)
        for act in acts:
            act()
            self.ensure_nothing_stands_twice()

    # --- What happens ---

    def finish_an_order(self) -> None:
        if len(self.orders) < max(10, STEPS // 8):
            self.orders.append(self.stage.finished_order())

    def break_a_send(self) -> None:
        kind = self.random.choice(
            [
                Fault(kind=FaultKind.DROP_AFTER),
                Fault(kind=FaultKind.DROP_BEFORE),
                Fault(kind=FaultKind.DROP_LATE, seconds=0.4),
                Fault(kind=FaultKind.TRUNCATE),
                Fault(kind=FaultKind.HTML_200, after=True),
                Fault(kind=FaultKind.STATUS, status=500, after=True),
                Fault(kind=FaultKind.STATUS, status=503),
                Fault(kind=FaultKind.STATUS, status=429, retry_after=1),
                Fault(kind=FaultKind.UNAUTHORIZED),
                Fault(kind=FaultKind.MISSING_FIELD, field="id"),
            ]
        )
        self.arm(kind, "POST")

    def break_a_look_up(self) -> None:
        kinds = [FaultKind.DROP_BEFORE, FaultKind.TRUNCATE, FaultKind.HTML_200, FaultKind.STATUS]
        self.arm(Fault(kind=self.random.choice(kinds), status=503, count=self.random.randint(1, 5)), "GET")

    def arm(self, fault: Fault, method: str) -> None:
        from dataclasses import replace

        self.stage.sandbox.arm(replace(fault, method=method, path="/order*"))

    def end_sessions(self) -> None:
        self.stage.sandbox.end_sessions()

    def work(self) -> None:
        wakeups.tick()
        self.stage.push()

    def work_twice_at_once(self) -> None:
        threads = [threading.Thread(target=self.push_and_close) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def push_and_close(self) -> None:
        self.stage.push()
        database.close()

    def kill_a_worker(self) -> None:
        """At one of the moments that matter: claimed, payload stored, about to write, sent, about to record."""
        target: Any
        target, name = self.random.choice(
            [
                (deliveries, "freeze"),
                (deliveries, "record"),
                (outbound.Carrier, "_send"),
                (outbound.Carrier, "_look"),
                (outbound.Carrier, "_arrived"),
            ]
        )

        def dead(*args: Any, **kwargs: Any) -> None:
            raise Killed

        with self.patch.context() as patch:
            patch.setattr(target, name, dead)
            patch.setattr(wakeups, "finish", dead)  # a dead worker lets nothing go
            try:
                self.stage.push()
            except Killed:
                pass
            else:
                return

    def press_the_button(self) -> None:
        self.stage.do(services.synchronise_now, self.stage.connection)

    def revoke_the_key(self) -> None:
        self.stage.sandbox.revoke()
        self.stage.sandbox.end_sessions()
        self.stage.push()
        self.heal()

    def close_the_project(self) -> None:
        self.stage.sandbox.change("Project", PROJECT, isClosed=self.random.random() < 0.5)

    def open_the_project(self) -> None:
        self.stage.sandbox.change("Project", PROJECT, isClosed=False)

    def let_time_pass(self) -> None:
        time.sleep(0.3)

    def heal(self) -> None:
        self.stage.sandbox.disarm()
        self.stage.sandbox.restore()
        self.stage.connect()
        self.stage.pull()

    # --- What must hold ---

    def ensure_nothing_stands_twice(self) -> None:
        twice = {reference: n for reference, n in Counter(self.stage.sent_orders()).items() if n > 1}
        assert not twice, f"orders stand at the provider more than once: {twice}"

    def ensure_all_arrive(self) -> None:
        """Nothing breaks any more, and people have done their part: every order arrives, once."""
        self.open_the_project()
        self.heal()
        self.stage.do(services.retry_all_waiting, self.stage.connection)
        self.stage.work_until(lambda: not self.waiting(), within=30)
        with self.stage.scope():
            references = set(Delivery.objects.values_list("reference", flat=True))
        assert len(references) == len(self.orders)
        assert Counter(self.stage.sent_orders()) == Counter(references)

    def waiting(self) -> list[Delivery]:
        """Each visibly, with a state a person can read; none is forgotten."""
        with self.stage.scope():
            rows = list(Delivery.objects.exclude(state=State.TRANSFERRED))
        assert all(row.problem for row in rows if row.state == State.ATTENTION)
        return rows


@pytest.mark.parametrize("seed", SEEDS)
def test_r113_every_finished_order_stands_at_the_provider_exactly_once(
    connected: Stage, monkeypatch: pytest.MonkeyPatch, settings: Any, seed: int
) -> None:
    settings.SYNC_LEASE = 1
    settings.SYNC_SETTLE = settings.SYNC_SETTLE_SLOW = 2
    machine = Machine(connected, seed, monkeypatch)
    machine.run(STEPS)
    machine.ensure_all_arrive()
    assert len(machine.orders) >= 3
