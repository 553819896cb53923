"""Connecting, reconnecting, disconnecting: verified first, sealed, started at once, and nothing of ours ever lost."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from busy.catalog.models import Customer, Project
from integrations import services
from integrations.kernel.errors import Code
from integrations.models import Connection, ConnectionState, Delivery, ProjectLink, PullRun, PullState, Wakeup
from integrations.policy import State
from integrations.providers.tripletex.sandbox import KEY, KEY_ACCOUNTANT, KEY_LIMITED, KEY_OTHER_COMPANY, KEY_REVOKED
from tests.integrations.stage import PROVIDER, Stage
from tests.people import Person


@pytest.mark.parametrize("key", [KEY_REVOKED, "a-key-that-was-never-made", KEY_ACCOUNTANT, "short"])
def test_r11_a_key_that_is_refused_stores_nothing_and_says_why_beside_its_field(stage: Stage, key: str) -> None:
    with pytest.raises(services.CannotConnect) as refused:
        stage.connect(key=key)
    assert refused.value.field == "employee_token"
    assert refused.value.explained.title
    with stage.scope():
        assert not Connection.objects.exists()
    assert not Wakeup.objects.exists()


def test_r10_the_first_synchronisation_is_due_as_soon_as_the_connection_is_made(stage: Stage) -> None:
    connection = stage.connect()
    due = set(
        Wakeup.objects.filter(connection_id=connection.pk)
        .exclude(kind__in=["notice", "compare"])
        .values_list("kind", flat=True)
    )
    assert due == {"customers", "products", "employees", "projects", "push"}
    stage.pull()
    with stage.scope():
        assert Project.objects.filter(archived_at=None).count() == 10
        assert PullState.objects.exclude(last_success_at=None).count() == 4
    assert connection.company_name == "Nordlys Studio AS"


def test_r44_rights_that_the_key_lacks_are_listed_by_name(stage: Stage) -> None:
    verified = services.verify(PROVIDER, {"employee_token": KEY_LIMITED}, workspace=stage.workspace)
    assert verified.missing == ("Read products", "Read and create orders")
    stage.connect(key=KEY_LIMITED)
    stage.pull()
    with stage.scope():
        problems = dict(PullState.objects.values_list("kind", "problem__code"))
        connection = stage.refresh()
        assert (problems["products"], problems["customers"]) == (Code.RIGHTS_MISSING, None)
        assert connection.state == ConnectionState.ACTIVE  # the other kinds go on
        assert Customer.objects.exists()


def test_r13_no_secret_stands_in_any_table_in_clear(connected: Stage) -> None:
    """Keys and sessions are sealed; the ledger, runs and problems never held them."""
    connected.finished_order()
    connected.push()
    with connected.scope():
        assert connected.refresh().session
    found = dump_tables()
    assert "Nettbutikk" in found  # the dump sees what is stored
    for secret in (KEY, "sandbox-consumer-token-busy"):
        assert secret not in found
    assert KEY not in repr(connected.refresh().__dict__)


def dump_tables() -> str:
    """All rows of all tables as text, read past row-level security."""
    from tests.support.database import worker_name
    from tests.support.servers import database_of, superuser_url

    with psycopg.connect(superuser_url(database_of(worker_name()))) as database:
        names = [
            row[0]
            for row in database.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        ]
        return "\n".join(
            str(row)
            for name in names
            for row in database.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name)))
        )


def test_r39_r40_reconnecting_to_the_same_company_keeps_links_and_lets_waiting_orders_go(connected: Stage) -> None:
    before = links(connected)
    connected.sandbox.revoke()
    connected.sandbox.end_sessions()
    order = connected.finished_order()
    connected.push()
    assert connected.refresh().state == ConnectionState.NEEDS_SIGN_IN
    assert connected.state(order) == State.WAITING

    connected.sandbox.restore()
    connected.connect()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    assert links(connected) == before
    assert len(connected.sent_orders()) == 1
    with connected.scope():
        assert Connection.objects.count() == 1


def test_r40_another_company_is_refused(connected: Stage) -> None:
    before = connected.refresh().credentials
    with pytest.raises(services.CannotConnect) as refused:
        connected.connect(key=KEY_OTHER_COMPANY)
    assert refused.value.problem.code == Code.OTHER_COMPANY
    assert "Fjordlys Rådgivning AS" in refused.value.explained.text
    assert connected.refresh().credentials == before


def test_r41_disconnecting_wipes_the_key_stops_the_jobs_and_keeps_the_data(connected: Stage) -> None:
    order = connected.finished_order()
    connected.do(services.disconnect, connected.connection)
    connection = connected.refresh()
    assert (connection.credentials, connection.session) == ("", "")
    assert not Wakeup.objects.filter(connection_id=connection.pk).exists()
    connected.sandbox.forget_requests()
    connected.work()
    assert connected.sandbox.requests() == []
    with connected.scope():
        projects = Project.objects.filter(links__isnull=False)
        assert projects.count() == 12
        assert not projects.exclude(mastered_by="").exists()  # nothing feeds them, so they may be edited
    assert connected.state(order) == State.WAITING

    connected.connect()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    with connected.scope():
        assert Project.objects.count() == 12
        assert not Project.objects.filter(mastered_by="").exists()


def test_r6_r9_turning_project_sync_on_archives_local_projects_once_all_were_listed(stage: Stage) -> None:
    with stage.scope():
        local = Project.objects.create(name="Hytta")
    stage.connect(project_sync=False)
    stage.pull()
    with stage.scope():
        assert not Project.objects.exclude(pk=local.pk).exists()  # R7
        assert Customer.objects.exists()
    stage.do(services.change_project_sync, stage.connection, on=True)
    with stage.scope():
        assert not Project.objects.get(pk=local.pk).is_archived  # not before the list was read whole
    stage.pull()
    with stage.scope():
        assert Project.objects.get(pk=local.pk).is_archived
        assert Project.objects.filter(archived_at=None).count() == 10

    stage.do(services.change_project_sync, stage.connection, on=False)
    with stage.scope():
        assert not Project.objects.exclude(mastered_by="").exists()
        Project.objects.filter(links__external_id="87310101").update(name="Renamed while it was ours")
    stage.refresh()
    stage.do(services.change_project_sync, stage.connection, on=True)
    stage.pull()
    with stage.scope():
        taken_back = Project.objects.get(links__external_id="87310101")
        assert (taken_back.name, taken_back.mastered_by) == ("Nettbutikk for ferske råvarer", "Tripletex")


def test_r6_an_interrupted_first_listing_archives_no_local_project(stage: Stage) -> None:
    from integrations.kernel.sandbox import Fault, FaultKind

    with stage.scope():
        local = Project.objects.create(name="Hytta")
    stage.connect()
    stage.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, method="GET", path="/project", count=None))
    stage.pull()
    with stage.scope():
        assert not Project.objects.get(pk=local.pk).is_archived


def test_r37_a_second_press_starts_no_second_run(connected: Stage) -> None:
    assert connected.do(services.synchronise_now, connected.connection) is True
    assert connected.do(services.synchronise_now, connected.connection) is False
    connected.pull()
    with connected.scope():
        runs = PullRun.objects.filter(started_by=connected.by, kind="projects", is_complete=True)
        assert runs.count() == 2  # connecting, and the button
    assert connected.do(services.synchronise_now, connected.connection) is True


def test_cilla_sees_nothing_of_it(connected: Stage, cilla: Person) -> None:
    from busy.workspaces.scope import scope

    connected.finished_order()
    connected.push()
    with scope(cilla.workspace.pk):
        for model in (Connection, Delivery, ProjectLink, PullRun, PullState):
            assert not model.objects.exists()
            assert not model.across_workspaces.exists()


def links(stage: Stage) -> set[tuple[str, int]]:
    with stage.scope():
        return set(ProjectLink.objects.values_list("external_id", "local_id"))
