"""Hours at the provider equal the total of Busy (R90, R91), or are refused with a reason a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.kernel.connector import Put
from integrations.kernel.errors import (
    Code,
    CureAct,
    LoginNeeded,
    MappingError,
    NotReady,
    Problem,
    Refused,
    Temporary,
    Unclear,
)
from integrations.kernel.facts import HourTrigger
from integrations.kernel.payloads import HoursPayload, KnownHours, Receipt, from_json, to_json
from integrations.kernel.sandbox import Fault, HoursKit, Sandbox
from tests.contract.conftest import ALL, Provider, kit_of
from tests.contract.test_pushes import LOST

WITH_HOURS = [connector for connector in ALL if connector.put(HoursPayload) is not None]


@dataclass(kw_only=True)
class Cell:
    """One cell, and what the engine remembers of it between puts."""

    provider: Provider
    kit: HoursKit
    push: Put[Any, HoursPayload]
    known: KnownHours = KnownHours()  # noqa: RUF009 - frozen

    def put(self, minutes: int, **changes: Any) -> Receipt:
        """Once; whatever comes of it."""
        payload = replace(self.kit.cell, minutes=minutes, **changes)
        try:
            receipt = self.push.put(self.provider.api, payload, self.known)
        except Unclear:
            self.known = replace(self.known, in_doubt=(*self.known.in_doubt, minutes))
            raise
        self.known = KnownHours(external_id=receipt.external_id, version=receipt.version, minutes=minutes)
        return receipt

    def deliver(self, minutes: int) -> Receipt:
        """What the outbox does: put until it is done."""
        for _ in range(12):
            try:
                return self.put(minutes)
            except (Unclear, Temporary, MappingError, LoginNeeded):
                continue
        raise AssertionError("never delivered")

    @property
    def minutes(self) -> list[int]:
        return self.kit.minutes(self.provider.sandbox, self.kit.cell)

    @property
    def sandbox(self) -> Sandbox:
        return self.provider.sandbox

    def written(self) -> int:
        """How many writes the provider has seen."""
        return len([seen for seen in self.sandbox.requests() if seen.method in ("PUT", "DELETE")]) + len(
            self.sandbox.requests(*self.kit.writes[0])
        )

    def lose(self, fault: Fault, on: int) -> None:
        method, path = self.kit.writes[on]
        self.sandbox.arm(replace(fault, method=method, path=path))


@pytest.fixture(params=WITH_HOURS, ids=lambda connector: connector.facts.key)
def connector(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def cell(provider: Provider) -> Cell:
    push, kit = provider.connector.put(HoursPayload), provider.kit.hours
    assert push is not None
    assert kit is not None, f"{provider!r} puts hours: its kit must say how to test them"
    return Cell(provider=provider, kit=kit, push=push)


def test_r73_r84_hours_that_can_be_put_have_triggers_to_choose_from(connector: Any) -> None:
    assert HourTrigger.OFF in connector.facts.hour_triggers
    assert len(connector.facts.hour_triggers) > 1


def test_r90_the_total_stands_there_once_and_saying_it_again_writes_nothing(cell: Cell) -> None:
    first = cell.put(450)
    assert (cell.minutes, bool(first.external_id), first.adopted) == ([450], True, False)
    before = cell.written()
    again = cell.put(450)
    assert (again.external_id, again.adopted, cell.written()) == (first.external_id, False, before)
    assert from_json(Receipt, to_json(first)) == first


def test_r91_a_new_total_replaces_the_old_one_also_when_somebody_changed_it_there(cell: Cell) -> None:
    entry = cell.put(450)
    assert cell.put(475).external_id == entry.external_id
    cell.known = replace(cell.known, minutes=1)  # what stands there is not what we last saw
    cell.put(60)
    assert cell.minutes == [60]


def test_r93_no_hours_left_remove_the_entry_and_new_ones_make_it_again(cell: Cell) -> None:
    cell.put(450)
    assert cell.put(0).external_id == ""
    assert cell.minutes == []
    assert cell.put(0).external_id == ""
    cell.put(30)
    assert cell.minutes == [30]


def test_hours_removed_there_are_put_again_and_removing_them_is_done(cell: Cell) -> None:
    entry, known = cell.put(450), cell.known
    cell.put(0)
    cell.known = known  # as if somebody there had removed them
    assert cell.put(450).external_id not in ("", entry.external_id)
    cell.put(0)
    cell.known = known
    assert cell.put(0).external_id == ""
    assert cell.minutes == []


@pytest.mark.parametrize("minutes", [450, 90, 0])
def test_r92_hours_that_busy_did_not_send_are_a_conflict_unless_an_administrator_overwrites(
    cell: Cell, minutes: int
) -> None:
    cell.kit.record(cell.sandbox, cell.kit.cell, 90)
    with pytest.raises(Refused) as raised:
        cell.put(minutes)
    problem = raised.value.problem
    assert problem.code == Code.HOURS_CONFLICT
    assert (problem.params["minutes"], problem.params["wanted"]) == (90, minutes)
    assert problem.cure is not None
    assert problem.cure.act is CureAct.OVERWRITE
    assert cell.minutes == [90], "neither added nor replaced"
    cell.known = KnownHours(overwrite=True)
    cell.put(minutes)
    assert cell.minutes == ([minutes] if minutes else [])


def test_r92_a_put_in_doubt_knows_its_own_hours_by_their_minutes_and_no_others(cell: Cell) -> None:
    cell.kit.record(cell.sandbox, cell.kit.cell, 90)
    cell.known = KnownHours(in_doubt=(75,))
    with pytest.raises(Refused, match="hours_conflict"):
        cell.put(450)
    cell.known = KnownHours(in_doubt=(75, 90))
    assert cell.put(450).external_id
    assert cell.minutes == [450]
    cell.known = KnownHours(in_doubt=(450,))
    assert cell.put(450).adopted


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.after}-{fault.count}")
def test_r113_an_answer_lost_still_makes_the_cell_equal(cell: Cell, fault: Fault) -> None:
    for on, wanted in enumerate((475, 60, 0)):  # made, changed, removed
        cell.lose(fault, on)
        receipt = cell.deliver(wanted)
        cell.sandbox.disarm()
        assert cell.minutes == ([wanted] if wanted else []), cell.kit.writes[on]
        assert bool(receipt.external_id) is bool(wanted)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from((0, 30, 450, 475)), st.lists(st.tuples(st.sampled_from(LOST), st.integers(0, 3)))),
        min_size=1,
        max_size=4,
    )
)
def test_r113_any_run_of_totals_and_faults_ends_with_the_last_total(
    cell: Cell, steps: list[tuple[int, list[tuple[Fault, int]]]]
) -> None:
    for minutes, faults in steps:
        for fault, on in faults[:3]:
            if on < 3:
                cell.lose(fault, on)
            else:
                cell.sandbox.arm(replace(fault, method="GET", path=cell.kit.reads))
        cell.deliver(minutes)
        assert cell.minutes == ([minutes] if minutes else [])
        cell.sandbox.disarm()
    cell.sandbox.disarm()


def test_a_write_of_hours_is_never_repeated_by_the_transport(cell: Cell) -> None:
    cell.lose(Fault(kind=LOST[7].kind, status=503, count=None), 0)
    with pytest.raises(Unclear):
        cell.put(450)
    assert cell.written() == 1


def test_the_engine_is_asked_before_hours_are_written_and_may_stop_it(cell: Cell) -> None:
    class LeaseLost(Exception):
        pass

    def stop() -> None:
        raise LeaseLost

    access = replace(cell.provider.access, before_write=stop)
    with cell.provider.connector.open(access) as api, pytest.raises(LeaseLost):
        cell.push.put(api, cell.kit.cell, KnownHours())
    assert cell.minutes == []


def _of_kit(name: str) -> list[Any]:
    return [
        pytest.param(connector, code, act, id=f"{connector.facts.key}:{code}")
        for connector in WITH_HOURS
        for code, act in getattr(kit_of(connector).hours, name).items()
    ]


def _ensure_it_can_be_acted_on(problem: Problem, code: str) -> None:
    assert problem.code == code
    assert problem.cure is not None
    assert Problem.from_json(problem.to_json()) == problem


@pytest.mark.parametrize(("connector", "code", "spoil"), _of_kit("spoilers"))
def test_r33_spoiled_hours_are_refused_with_what_to_change(
    cell: Cell, code: str, spoil: Callable[[Sandbox], None]
) -> None:
    spoil(cell.sandbox)
    with pytest.raises(Refused) as raised:
        cell.put(450)
    _ensure_it_can_be_acted_on(raised.value.problem, code)
    assert cell.minutes == []


@pytest.mark.parametrize(("connector", "code", "lock"), _of_kit("locks"))
def test_hours_frozen_there_refuse_a_change_and_stay_as_they_are(
    cell: Cell, code: str, lock: Callable[[Sandbox, str], None]
) -> None:
    entry = cell.put(450)
    lock(cell.sandbox, entry.external_id)
    for minutes in (60, 0):
        with pytest.raises(Refused) as raised:
            cell.put(minutes)
        _ensure_it_can_be_acted_on(raised.value.problem, code)
    assert cell.minutes == [450]
    assert cell.put(450).external_id == entry.external_id, "equal hours need no write"


@pytest.mark.parametrize(("connector", "code", "demand"), _of_kit("demands"))
def test_what_a_project_demands_is_added_when_the_connection_allows_it(
    cell: Cell, code: str, demand: Callable[[Sandbox], None]
) -> None:
    demand(cell.sandbox)
    access = replace(cell.provider.access, prepare_hours=False)
    with cell.provider.connector.open(access) as api, pytest.raises(Refused) as raised:
        cell.push.put(api, cell.kit.cell, KnownHours())
    _ensure_it_can_be_acted_on(raised.value.problem, code)
    assert cell.minutes == []
    cell.put(450)
    assert cell.minutes == [450]


def test_more_than_a_day_has_is_known_before_sending(cell: Cell) -> None:
    with pytest.raises(NotReady, match="day_too_long"):
        cell.put(24 * 60 + 1)
    assert cell.sandbox.requests() == []


def test_r38_a_revoked_key_stops_before_hours_are_sent(cell: Cell) -> None:
    cell.provider.kit.revoke(cell.sandbox)
    with pytest.raises(LoginNeeded):
        cell.put(450)
    assert cell.minutes == []


def test_standing_hours_are_those_of_the_days_asked_for_both_ends_included(cell: Cell) -> None:
    day, entry = cell.kit.cell.day, cell.put(450)
    (found,) = cell.push.standing(cell.provider.api, day, day)
    wanted = cell.kit.cell
    assert (found.external_id, found.version) == (entry.external_id, entry.version)
    assert (found.employee_id, found.project_id, found.work_type_id, found.day, found.minutes) == (
        wanted.employee_id, wanted.project_id, wanted.work_type_id, wanted.day, 450
    )  # fmt: skip
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    assert list(cell.push.standing(cell.provider.api, before, before)) == []
    assert list(cell.push.standing(cell.provider.api, after, after)) == []
    assert len(list(cell.push.standing(cell.provider.api, before, after))) == 1


def test_hours_on_a_task_are_told_apart_from_those_of_the_project(cell: Cell) -> None:
    """Where hours stand on tasks, each task is a place of its own; elsewhere the kit knows none."""
    on_task = cell.kit.on_task
    assert (on_task is not None) is cell.provider.connector.facts.hours_on_tasks
    if on_task is None:
        return
    put, api = cell.push.put, cell.provider.api
    without = replace(on_task, task_id=None, reference=f"{on_task.reference}:0", minutes=60)
    put(api, without, KnownHours())
    first = put(api, on_task, KnownHours())
    stands = {one.task_id: one.minutes for one in cell.push.standing(api, on_task.day, on_task.day)}
    assert stands == {None: 60, on_task.task_id: on_task.minutes}
    known = KnownHours(external_id=first.external_id, minutes=on_task.minutes)
    assert put(api, replace(on_task, minutes=30), known).external_id == first.external_id
    assert cell.kit.minutes(cell.sandbox, on_task) == [30]
    put(api, replace(on_task, minutes=0), known)
    assert (cell.kit.minutes(cell.sandbox, on_task), cell.kit.minutes(cell.sandbox, without)) == ([], [60])
    cell.kit.record(cell.sandbox, replace(on_task, day=on_task.day + timedelta(days=1), task_id=None), 90)
    tomorrow = replace(on_task, day=on_task.day + timedelta(days=1))
    second = put(api, tomorrow, KnownHours())
    assert second.external_id, "hours of others on the project alone are no conflict"
    cell.kit.record(cell.sandbox, tomorrow, 45)
    with pytest.raises(Refused, match=str(Code.HOURS_CONFLICT)):
        put(api, tomorrow, KnownHours(external_id=second.external_id, minutes=tomorrow.minutes))
