"""The machine that breaks everything, against a provider where people sign in: tokens die, change with each renewal
and are lost on their way, and several workers need a new one at once.

`FAULT_STEPS=10000 FAULT_SEED=7 pytest` with this file is longer (docs/fault-tests.md).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from integrations import wakeups
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.keyrings import SealedKeyring
from integrations.providers.visma_eaccounting.sandbox.seed import ROTATING, ROTATING_SECRET, guid
from tests.faults.measures import SEEDS, STEPS
from tests.faults.test_fault_machine import Killed, Machine
from tests.integrations.test_sign_in import TOKEN, SignInStage, sandbox, stage

pytestmark = pytest.mark.faults
__all__ = ["sandbox", "stage"]


class MachineOfSignIns(Machine):
    stage: SignInStage

    def arm(self, fault: Fault, method: str) -> None:
        field = "Id" if fault.field else ""
        self.stage.sandbox.arm(replace(fault, method=method, path="/v2/orders*", field=field))

    def end_sessions(self) -> None:
        """The hour is over; and the renewal goes wrong too, or the worker dies before it has stored the new token."""
        self.stage.sandbox.expire_tokens()
        trouble = self.random.choice(["", FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER, FaultKind.STATUS, "killed"])
        if isinstance(trouble, FaultKind):
            self.stage.sandbox.arm(Fault(kind=trouble, status=503, path=TOKEN))
        elif trouble:
            self.kill_while_renewing()

    def kill_while_renewing(self) -> None:
        def dead(*args: Any, **kwargs: Any) -> None:
            raise Killed

        with self.patch.context() as patch:
            patch.setattr(SealedKeyring, "write", dead)
            patch.setattr(wakeups, "finish", dead)
            with suppress(Killed):
                self.stage.push()

    def revoke_the_key(self) -> None:
        if self.random.random() < 0.5:
            self.stage.sandbox.end_all()
        else:
            self.stage.sandbox.change_password()
            self.stage.sandbox.expire_tokens()
        self.stage.push()
        self.heal()

    def close_the_project(self) -> None:
        self.stage.sandbox.change("projects", guid(2, 1), Status=self.random.choice([1, 2]))

    def open_the_project(self) -> None:
        self.stage.sandbox.change("projects", guid(2, 1), Status=1)

    def heal(self) -> None:
        """Dina signs in again."""
        self.stage.sandbox.disarm()
        self.stage.connect_quietly(self.stage.sandbox.sign_in(ROTATING))
        self.stage.pull()


@pytest.mark.parametrize("seed", SEEDS)
def test_r113_r57_every_finished_order_stands_there_once_whatever_becomes_of_the_sign_in(
    stage: SignInStage, monkeypatch: pytest.MonkeyPatch, settings: Any, seed: int
) -> None:
    settings.SYNC_LEASE = 1
    settings.SYNC_SETTLE = settings.SYNC_SETTLE_SLOW = 2
    monkeypatch.setenv("BUSY_VISMA_EACCOUNTING_CLIENT_ID", ROTATING)
    monkeypatch.setenv("BUSY_VISMA_EACCOUNTING_CLIENT_SECRET", ROTATING_SECRET)
    machine = MachineOfSignIns(stage, seed, monkeypatch)
    machine.heal()
    machine.run(STEPS * 2 // 3)
    machine.ensure_all_arrive()
    assert len(machine.orders) >= 3
