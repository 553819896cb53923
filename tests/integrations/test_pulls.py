"""Pulling: idempotent, resumable, careful with absence, and respectful of what Busy adds."""

from __future__ import annotations

import threading
from unittest.mock import Mock

import pytest
from django.db import connection as database
from django.utils import timezone

from busy.catalog.models import COLORS, Customer, Project, ProjectWorkType, WorkType
from integrations import inbound, parked_listings, pull_jobs, services
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import ConnectionState, ProjectLink, PulledPage, PullOutcome, PullRun, PullState, Wakeup
from tests.integrations.stage import PROJECT, Stage

TABLES = (
    "catalog_project",
    "catalog_customer",
    "catalog_product",
    "integrations_projectlink",
    "integrations_customerlink",
)


def versions(stage: Stage) -> dict[str, list[tuple[int, str]]]:
    """The row versions of what is synchronised: an unchanged one was not written."""
    with stage.scope(), database.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT id, xmin::text FROM {table} ORDER BY id")
            found[table] = cursor.fetchall()
        return found


def test_r8_archived_there_is_archived_here_and_a_change_is_mirrored(connected: Stage) -> None:
    with connected.scope():
        closed = Project.objects.get(links__external_id="87310110")
        assert closed.is_archived
        assert (closed.number, closed.customer and closed.customer.name) == ("1010", "Tindfjell Kommune")
    connected.sandbox.change("Project", PROJECT, isClosed=True, name="Nettbutikk, fase 2")
    connected.make_due("projects")
    connected.pull()
    with connected.scope():
        project = Project.objects.get(links__external_id=PROJECT)
        assert (project.name, project.is_archived) == ("Nettbutikk, fase 2", True)
    connected.sandbox.change("Project", PROJECT, isClosed=False)
    connected.make_due("projects")
    connected.pull()
    with connected.scope():
        assert not Project.objects.get(links__external_id=PROJECT).is_archived


def test_r19_reading_everything_again_writes_no_row(connected: Stage) -> None:
    before = versions(connected)
    connected.do(services.synchronise_now, connected.connection)
    connected.pull()
    assert versions(connected) == before
    with connected.scope():
        run = PullRun.objects.filter(kind="projects").latest("pk")
        assert (run.is_complete, run.seen, run.created, run.updated) == (True, 12, 0, 0)
        assert not PulledPage.objects.exists()


def test_r19_a_look_that_finds_nothing_new_is_one_small_request_and_no_line_of_history(connected: Stage) -> None:
    with connected.scope():
        runs = PullRun.objects.count()
    connected.sandbox.forget_requests()
    connected.make_due("projects")
    connected.pull()
    asked = connected.sandbox.requests("GET", "/project")
    assert [seen.status for seen in asked] == [304]
    with connected.scope():
        assert PullRun.objects.count() == runs


def test_r17_what_busy_adds_to_a_project_survives_every_pull(connected: Stage) -> None:
    with connected.scope():
        project = Project.objects.get(links__external_id=PROJECT)
        mine = WorkType.objects.create(name="Design")
        ProjectWorkType.objects.create(project=project, work_type=mine)
        Project.objects.filter(pk=project.pk).update(color=7, is_open=False, is_billable=False)
    connected.sandbox.change("Project", PROJECT, name="Ny nettbutikk")
    connected.make_due("projects")
    connected.pull()
    with connected.scope():
        after = Project.objects.get(pk=project.pk)
        assert (after.name, after.color, after.is_open, after.is_billable) == ("Ny nettbutikk", 7, False, False)
        assert after.mastered_by == "Tripletex"  # R18
        assert ProjectWorkType.objects.filter(project=project, work_type=mine).exists()


def test_r21_a_new_project_gets_a_colour_and_the_workspaces_few_work_types(stage: Stage) -> None:
    with stage.scope():
        design, meetings = WorkType.objects.create(name="Design"), WorkType.objects.create(name="Meetings")
    stage.connect()
    stage.pull()
    with stage.scope():
        project = Project.objects.get(links__external_id=PROJECT)
        assert set(project.project_work_types.values_list("work_type", flat=True)) == {design.pk, meetings.pk}
        assert len(set(Project.objects.values_list("color", flat=True))) == min(12, COLORS)
        assert not Project.objects.get(links__external_id="87310112").is_billable  # internal there


@pytest.mark.parametrize("kind", [FaultKind.TRUNCATE, FaultKind.STATUS, FaultKind.HTML_200, FaultKind.DROP_AFTER])
def test_r20_a_broken_listing_archives_nothing_and_the_next_one_is_whole(connected: Stage, kind: FaultKind) -> None:
    connected.do(services.synchronise_now, connected.connection)
    connected.sandbox.arm(Fault(kind=kind, status=500, method="GET", path="/project", count=4))
    connected.pull()
    with connected.scope():
        assert Project.objects.filter(archived_at=None).count() == 10
        assert PullRun.objects.filter(kind="projects").latest("pk").outcome == PullOutcome.FAILED
    connected.make_due("projects")
    connected.pull()
    with connected.scope():
        assert PullRun.objects.filter(kind="projects").latest("pk").outcome == PullOutcome.SUCCEEDED


def test_r115_a_fault_of_our_own_is_told_and_tried_again_by_itself(
    connected: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected.sandbox.change("Project", PROJECT, name="Ny nettbutikk")
    connected.make_due("projects")
    with monkeypatch.context() as patch:
        patch.setattr("integrations.staging._write", Mock(side_effect=KeyError("a mistake of ours")))
        connected.pull()
    with connected.scope():
        run = PullRun.objects.filter(kind="projects").latest("pk")
        assert (run.outcome, (run.problem or {}).get("code")) == (PullOutcome.FAILED, "internal")
        state = PullState.objects.get(kind="projects")
        assert (state.failures, (state.problem or {}).get("code")) == (1, "internal")
        due_in = (Wakeup.objects.get(kind="projects").due_at - timezone.now()).total_seconds()
        assert 0 < due_in <= 60
    connected.make_due("projects")
    connected.pull()
    with connected.scope():
        assert Project.objects.filter(name="Ny nettbutikk").exists()
        assert PullState.objects.get(kind="projects").problem is None


def test_r20_an_interrupted_listing_goes_on_where_it_stopped(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    many_projects(stage, 2_500)
    stage.connect()
    stage.sandbox.arm(Fault(kind=FaultKind.STATUS, status=500, method="GET", path="/project", skip=2, count=4))
    for _ in range(3):  # it gives way after a page when something waits to be sent
        stage.pull()
    with stage.scope():
        assert PullState.objects.get(kind="projects").checkpoint is not None
        assert Project.objects.count() >= 1_999
    stage.sandbox.forget_requests()
    stage.make_due("projects")
    stage.pull()
    with stage.scope():
        assert Project.objects.count() == 2_512
        assert PullState.objects.get(kind="projects").checkpoint is None
        assert (
            not Project.objects.filter(archived_at__isnull=False)
            .exclude(links__external_id__in=["87310110", "87310111"])
            .filter(number__startswith="9")
            .exists()
        )
    assert len(stage.sandbox.requests("GET", "/project")) == 1  # no page is fetched twice


def test_r20_a_job_that_has_worked_long_enough_gives_the_worker_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_projects(stage, 2_500)
    stage.connect()
    monkeypatch.setattr(pull_jobs, "SLICE", -1.0)
    for _ in range(12):
        stage.pull()
    with stage.scope():
        run = PullRun.objects.get(kind="projects")
        assert (run.outcome, run.pages, Project.objects.count()) == (PullOutcome.SUCCEEDED, 3, 2_512)


def many_projects(stage: Stage, count: int) -> None:
    from integrations.providers.tripletex.sandbox.seed import NORDLYS

    one = stage.sandbox.store.get(NORDLYS, "Project", int(PROJECT)) or {}
    stage.sandbox.store.put(
        NORDLYS,
        "Project",
        *({**one, "id": 90_000_000 + n, "number": f"9{n}", "name": f"Project {n}"} for n in range(count)),
    )


def test_what_a_whole_listing_no_longer_names_is_archived_and_comes_back_when_it_is_named_again(
    connected: Stage,
) -> None:
    from integrations.providers.tripletex.sandbox.seed import NORDLYS

    gone = connected.sandbox.store.get(NORDLYS, "Project", int(PROJECT)) or {}
    connected.sandbox.delete("Project", PROJECT)
    connected.make_due("projects")
    connected.pull()
    with connected.scope():
        assert Project.objects.get(links__external_id=PROJECT).is_archived
        assert PullRun.objects.filter(kind="projects").latest("pk").archived == 1
    connected.sandbox.store.put(NORDLYS, "Project", gone)
    connected.make_due("projects")
    connected.pull()
    with connected.scope():
        assert not Project.objects.get(links__external_id=PROJECT).is_archived
        assert PullRun.objects.filter(kind="projects").latest("pk").restored == 1


def missing_rights(stage: Stage) -> int:
    """Most projects are suddenly not in the list; the number of the run that met it."""
    many_projects(stage, 40)
    stage.make_due("projects")
    stage.pull()
    for n in range(40):
        stage.sandbox.delete("Project", 90_000_000 + n)
    stage.make_due("projects")
    stage.pull()
    with stage.scope():
        return PullRun.objects.filter(kind="projects").latest("pk").pk


def test_the_guard_parks_a_listing_that_lacks_too_much_and_dina_confirms_it(connected: Stage) -> None:
    run_id = missing_rights(connected)
    with connected.scope():
        run = PullRun.objects.get(pk=run_id)
        assert (run.outcome, len(run.parked or [])) == (PullOutcome.PARKED, 40)
        assert Project.objects.filter(archived_at=None).count() == 50
    assert connected.do(parked_listings.confirm_archiving, run_id) == 40
    with connected.scope():
        assert Project.objects.filter(archived_at=None).count() == 10
        assert PullState.objects.get(kind="projects").problem is None


def test_the_guard_asks_once_about_what_dina_dismissed(connected: Stage) -> None:
    run_id = missing_rights(connected)
    assert connected.do(parked_listings.dismiss_archiving, run_id) is True
    connected.do(services.synchronise_now, connected.connection)
    connected.pull()
    with connected.scope():
        assert PullRun.objects.filter(kind="projects").latest("pk").outcome == PullOutcome.SUCCEEDED
        assert Project.objects.filter(archived_at=None).count() == 50


def test_a_project_gets_its_customer_when_the_customer_comes_later(stage: Stage) -> None:
    stage.connect()
    stage.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, method="GET", path="/customer", count=None))
    stage.pull()
    with stage.scope():
        assert not Customer.objects.exists()
        assert Project.objects.filter(customer=None).count() == 12
    stage.sandbox.disarm()
    stage.make_due()
    stage.work_until(lambda: _customers(stage) > 0)
    with stage.scope():
        assert Project.objects.filter(customer=None).count() == 1  # the internal one


def _customers(stage: Stage) -> int:
    with stage.scope():
        return Customer.objects.count()


def test_r115_a_kind_that_keeps_failing_starves_no_other(connected: Stage) -> None:
    connected.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, method="GET", path="/customer", count=None))
    for name in ("one", "two", "three", "four"):
        connected.sandbox.change("Project", PROJECT, name=name)
        connected.make_due("customers", "projects", "products")
        connected.pull()
        with connected.scope():
            assert Project.objects.get(links__external_id=PROJECT).name == name


def test_a_record_named_twice_counts_as_it_was_named_last(stage: Stage) -> None:
    stage.sandbox.arm(Fault(kind=FaultKind.DOUBLED, method="GET", path="/project"))
    stage.connect()
    stage.pull()
    with stage.scope():
        assert Project.objects.count() == 12


def test_two_workers_pull_once(stage: Stage) -> None:
    stage.connect()
    threads = [threading.Thread(target=_pull_and_close, args=(stage,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stage.pull()
    with stage.scope():
        assert Project.objects.count() == 12
        assert PullRun.objects.filter(kind="projects").count() == 1


def _pull_and_close(stage: Stage) -> None:
    stage.pull()
    database.close()


def test_a_late_worker_writes_nothing_after_its_lease_was_taken(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.connect()
    apply_page = inbound.PullOfKind._page

    def taken_over(self: inbound.PullOfKind, page: object, *, count: int) -> None:
        with stage.scope():
            type(stage.connection).objects.filter(pk=stage.connection.pk).update(lease_token=None)
        apply_page(self, page, count=count)  # type: ignore[arg-type]

    monkeypatch.setattr(inbound.PullOfKind, "_page", taken_over)
    stage.pull()
    with stage.scope():
        assert not Customer.objects.exists()
        assert not ProjectLink.objects.exists()


def test_a_reader_of_an_unknown_answer_stops_and_the_others_go_on(connected: Stage) -> None:
    connected.do(services.synchronise_now, connected.connection)
    connected.sandbox.arm(Fault(kind=FaultKind.MISSING_FIELD, field="name", method="GET", path="/customer", count=None))
    connected.sandbox.change("Project", PROJECT, name="Nytt navn")
    connected.pull()
    with connected.scope():
        state = PullState.objects.get(kind="customers")
        assert (state.problem or {})["code"] == "unknown_answer"
        assert Project.objects.get(links__external_id=PROJECT).name == "Nytt navn"
        assert connected.refresh().state == ConnectionState.ACTIVE
