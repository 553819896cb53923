"""The project of the orders' stories: Fjell Arena for Fjell AS, with design at 1,450 an hour and meetings at 950.

Models are imported where they are used: pytest reads this file before Django is set up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from busy.catalog.models import Project, WorkType
    from busy.workspaces.models import Workspace
    from orders import transfer


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    from tests.timesheets.hours import make_project

    return make_project(fjell, "Fjell Arena", customer="Fjell AS")


@pytest.fixture
def design(arena: Project) -> WorkType:
    return _sold(arena, "Design", "1450", product="Design hours")


@pytest.fixture
def meetings(arena: Project) -> WorkType:
    return _sold(arena, "Meetings", "950", product=None)


def _sold(project: Project, name: str, rate: str, *, product: str | None) -> WorkType:
    from tests.orders.stories import set_rate
    from tests.timesheets.hours import make_work_type

    work_type = make_work_type(project, name, product=product)
    set_rate(project.workspace_id, rate, work_type=work_type)
    return work_type


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What orders announced, for as long as the test runs."""
    from busy.lib import events
    from orders.events import OrderFinished, OrderReopened

    heard: list[Any] = []
    for event in (OrderFinished, OrderReopened):
        monkeypatch.setitem(events._listeners, event, [heard.append])
    return heard


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> transfer._Carrier:
    """Nobody carries orders, until the test says who does."""
    from orders import transfer

    nobody = transfer._Carrier()
    monkeypatch.setattr(transfer, "_carrier", nobody)
    return nobody


@pytest.fixture
def at_once() -> Iterator[Callable[[int, Callable[[], Any]], list[Any]]]:
    """Run a function in many threads that start together, each on a connection of its own."""
    from django.db import connection

    pool = ThreadPoolExecutor(32)

    def run(times: int, work: Callable[[], Any]) -> list[Any]:
        start = threading.Barrier(times)

        def one() -> Any:
            start.wait()
            try:
                return work()
            finally:
                connection.close()

        return [job.result() for job in [pool.submit(one) for _ in range(times)]]

    yield run
    pool.shutdown()
