"""Connection, record, delivery, what belongs to it, wakeup: whoever takes several takes them in this order
(docs/architecture.md). Two real connections to the database each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import connection as database

from busy.catalog import services as catalog
from busy.catalog.models import Project
from integrations import health, staging
from integrations.kernel.records import Kind, ProjectRecord
from integrations.models import Delivery
from integrations.policy import State
from tests.integrations.stage import PROJECT, Stage
from tests.integrations.test_records_both_ways import fjord  # noqa: F401 - a fixture
from tests.integrations.toy_stage import ToyStage
from tests.support.parallel import in_parallel

_PATIENCE = 20.0  # seconds


def _somebody_waits() -> bool:
    """Whether a transaction waits for another one's row."""
    with database.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < until, "nobody came to the point"
        time.sleep(0.01)


def test_r116_a_page_of_a_pull_and_a_change_of_its_record_never_wait_for_each_other(connected: Stage) -> None:
    """While an order is stuck, a change of the project looks at the connection, which the pull holds."""
    order = connected.finished_order(work_type=connected.work_type("Dykking", product=None))
    connected.work_until(lambda: connected.state(order) == State.ATTENTION)
    project, holds, is_over = connected.project(), threading.Event(), threading.Event()

    def pull() -> None:
        with connected.scope():
            connection = health.lock(connected.connection.pk)
            holds.set()
            _until(lambda: _somebody_waits() or is_over.is_set())
            record = ProjectRecord(external_id=PROJECT, number="1", name="Fra Tripletex")
            staging.apply_page(connection, [record], kind=Kind.PROJECTS, system="Tripletex")

    def change() -> None:
        assert holds.wait(_PATIENCE)
        try:
            with connected.scope():
                catalog.change_project(Project.objects.get(pk=project.pk), color=3)
        finally:
            is_over.set()

    assert in_parallel(lambda number: (pull, change)[number](), 2) == []
    with connected.scope():
        fresh = Project.objects.get(pk=project.pk)
        assert (fresh.name, fresh.color) == ("Fra Tripletex", 3)
        delivery = Delivery.objects.get(order_id=order)
        assert delivery.state == State.ATTENTION, "looked at again, and still without a product"


def test_r63_two_people_who_change_several_shared_projects_never_wait_for_each_other(fjord: ToyStage) -> None:  # noqa: F811
    one, other = fjord.brygge(), fjord.new_project("Molo")
    fjord.push()
    has_first, has_other = threading.Event(), threading.Event()

    def both() -> None:
        with fjord.scope():
            catalog.change_project(Project.objects.get(pk=one.pk), name="Brygge A")
            has_first.set()
            _until(lambda: _somebody_waits() or has_other.is_set())
            catalog.change_project(Project.objects.get(pk=other.pk), name="Molo A")

    def only_the_other() -> None:
        assert has_first.wait(_PATIENCE)
        fjord.change(other, name="Molo B")
        has_other.set()

    assert in_parallel(lambda number: (both, only_the_other)[number](), 2) == []
    fjord.push()
    (there,) = fjord.there("projects", no=fjord.fresh(other).number)
    assert there["name"] == fjord.fresh(other).name
    assert fjord.there("projects", name="Brygge A")
