"""A machine of people and of a provider that loses answers. What must hold: once it is quiet, every cell stands at the
provider as Busy wants it, and nothing that Busy did not send was ever touched (R90-R93, R113).

`FAULT_STEPS=2000 FAULT_SEED=7 pytest tests/integrations/test_hours_machine.py` is longer.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from integrations.hour_models import HoursCell
from integrations.kernel.errors import Code, Problem, Refused, Turn
from integrations.kernel.facts import HourTrigger
from integrations.models import Delivery
from orders.models import Order, OrderState
from orders.rules import OrderRefusal
from orders.services import create_draft, finish, reopen
from tests.integrations.hours_stage import ENDS, HoursStage, Key, Standing
from tests.timesheets.hours import MONDAY
from timesheets.approval_rules import CannotApprove, CannotUndo
from timesheets.errors import HoursRefusal
from timesheets.models import TimeEntry
from timesheets.submission_errors import SubmissionRefusal

STEPS = int(os.environ.get("FAULT_STEPS", "90"))
SEEDS = [int(seed) for seed in os.environ.get("FAULT_SEED", "3,8").split(",")]
DAYS = [MONDAY + timedelta(days=n) for n in range(3)]
FOREIGN = 7  # minutes that nobody in Busy ever writes
TRIGGERS = [HourTrigger.ON_SUBMISSION, HourTrigger.ON_APPROVAL, HourTrigger.ON_ORDER]
NO = (HoursRefusal, SubmissionRefusal, CannotApprove, CannotUndo, OrderRefusal)


class Machine:
    def __init__(self, stage: HoursStage, seed: int) -> None:
        self.stage = stage
        self.random = random.Random(seed)
        self.foreign: set[Key] = set()
        self.trigger = HourTrigger.OFF
        self.done = Counter[str]()
        self.steps: list[tuple[int, Callable[[], None]]] = [
            (14, self.write),
            (5, stage.submit),
            (2, stage.withdraw),
            (4, stage.approve),
            (3, stage.undo),
            (2, self.finish_an_order),
            (2, self.reopen_an_order),
            (10, self.break_something),
            (12, stage.work_until_killed),
            (3, stage.let_leases_run_out),
            (3, stage.let_time_pass),
            (1, self.somebody_writes_there),
            (1, self.choose),
        ]

    def run(self, steps: int) -> None:
        self.choose()
        acts = self.random.choices([act for _, act in self.steps], [weight for weight, _ in self.steps], k=steps)
        for act in acts:
            try:
                act()
                self.done[act.__name__] += 1
            except NO:
                self.done["refused"] += 1
            self.ensure_nothing_foreign_changed()

    # --- What happens ---

    def write(self) -> None:
        minutes = self.random.choice([0, 15, 30, 60, 90])
        on = self.random.choice([self.stage.design, self.stage.meeting])
        self.stage.write(minutes, self.random.choice(DAYS), work_type=on)

    def finish_an_order(self) -> None:
        with self.stage.scope():
            order = create_draft(self.stage.project.pk, by=self.stage.dina.membership)
            finish(order.pk, by=self.stage.dina.membership)

    def reopen_an_order(self) -> None:
        with self.stage.scope():
            order = Order.objects.filter(state=OrderState.FINISHED).first()
            if order is not None:
                reopen(order.pk, by=self.stage.dina.membership)
                order.entries.all().delete()
                order.lines.all().delete()
                order.delete()

    def break_something(self) -> None:
        moment, error = self.random.choice(list(ENDS.values()))
        if self.random.random() < 0.2:
            moment, error = "read", lambda: Refused(Problem(code=Code.MONTH_CLOSED, turn=Turn.ACCOUNTING))
        self.stage.ledger.next_befalls(moment, error())

    def somebody_writes_there(self) -> None:
        key: Key = ("E2", "P1", self.random.choice(["A1", "A2"]), self.random.choice(DAYS))
        if key not in self.stage.ledger.cells:
            self.stage.ledger.cells[key] = Standing(f"foreign {len(self.foreign)}", FOREIGN)
            self.foreign.add(key)

    def choose(self) -> None:
        self.trigger = self.random.choice(TRIGGERS)
        self.stage.choose(self.trigger)

    # --- What must hold ---

    def ensure_nothing_foreign_changed(self) -> None:
        for key in self.foreign:
            assert self.stage.ledger.cells[key].minutes == FOREIGN, key

    def ensure_equal(self) -> None:
        self.stage.settle()
        with self.stage.scope():
            Delivery.objects.filter(state="attention").update(state="waiting")  # somebody presses "try again" on all
        self.stage.settle()
        self.ensure_nothing_foreign_changed()
        there = {key: found.minutes for key, found in self.stage.ledger.cells.items() if key not in self.foreign}
        wanted = {key: minutes for key, minutes in self.wanted().items() if key not in self.foreign}
        assert there == wanted
        with self.stage.scope():
            for cell in HoursCell.objects.select_related("delivery").filter(delivery__state="attention"):
                assert (cell.delivery.problem or {})["code"] == Code.HOURS_CONFLICT, cell.delivery.problem

    def wanted(self) -> dict[Key, int]:
        """Computed in the plainest way."""
        activity = {self.stage.design.pk: "A1", self.stage.meeting.pk: "A2"}
        sums = Counter[tuple[str, date]]()
        with self.stage.scope():
            for entry in TimeEntry.objects.all():
                reached = {
                    HourTrigger.ON_SUBMISSION: entry.submitted_at is not None or entry.is_locked,
                    HourTrigger.ON_APPROVAL: entry.is_locked,
                    HourTrigger.ON_ORDER: entry.ordered_at is not None,
                }[self.trigger]
                if reached:
                    sums[activity[entry.work_type_id], entry.day] += entry.minutes
        return {("E2", "P1", work_type, day): minutes for (work_type, day), minutes in sums.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_once_it_is_quiet_every_cell_is_as_busy_wants_it(hours_stage: HoursStage, seed: int) -> None:
    machine = Machine(hours_stage, seed)
    for _ in range(3):
        machine.run(STEPS // 3)
        machine.ensure_equal()
    assert machine.done["write"]
    assert machine.done["work_until_killed"]
