"""The machine that breaks everything, against a provider where an order is a header and then its lines.

`FAULT_STEPS=10000 FAULT_SEED=7 pytest` with this file is longer (docs/fault-tests.md).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.kernel.sandbox import Fault
from tests.faults.measures import SEEDS, STEPS
from tests.faults.test_fault_machine import Machine
from tests.integrations.xledger_stage import PROJECT, XledgerStage, connected_xledger, xledger

pytestmark = pytest.mark.faults
__all__ = ["connected_xledger", "xledger"]


class MachineOfTwoWrites(Machine):
    stage: XledgerStage

    def arm(self, fault: Fault, method: str) -> None:
        """On any write, the taking away of a header among them, or on any look."""
        path = "*" if method == "POST" else self.random.choice(["/FindOrder", "/OrderStored", "/OrderConditions"])
        self.stage.there.arm(replace(fault, method=method, path=path))

    def end_sessions(self) -> None:
        """There are none; limits there are."""
        self.stage.there.limit(self.random.choice(["concurrency", "burst"]))

    def revoke_the_key(self) -> None:
        self.stage.there.revoke()
        self.stage.push()
        self.heal()

    def close_the_project(self) -> None:
        """Or what only this provider asks for is not so any more."""
        what = self.random.choice(["_closed", "ourSales", "billable"])
        spoilt = self.random.random() < 0.5
        values = {"_closed": spoilt, "ourSales": None if spoilt else 698_703, "billable": not spoilt}
        self.stage.there.change("Project", PROJECT, **{what: values[what]})

    def heal(self) -> None:
        self.stage.there.app.armed.clear()
        super().heal()

    def open_the_project(self) -> None:
        self.stage.there.change("Project", PROJECT, _closed=False, ourSales=698_703, billable=True)

    def ensure_all_arrive(self) -> None:
        super().ensure_all_arrive()
        assert {len(order["details"]) for order in self.stage.there.orders()} == {1}, "none is there by half"


@pytest.mark.parametrize("seed", SEEDS)
def test_r113_every_finished_order_stands_there_once_and_whole(
    connected_xledger: XledgerStage, monkeypatch: pytest.MonkeyPatch, settings: Any, seed: int
) -> None:
    settings.SYNC_LEASE = 1
    settings.SYNC_SETTLE = settings.SYNC_SETTLE_SLOW = 2
    machine = MachineOfTwoWrites(connected_xledger, seed, monkeypatch)
    machine.run(STEPS // 2)  # the engine's own states are the other machine's; here it is about what stands by half
    machine.ensure_all_arrive()
    assert len(machine.orders) >= 3
