"""Projects, work types and tasks travel both ways (R63-R69): made once, changed field by field, never taken back by an
echo, and a conflict told to people. Proven with the toy provider over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from busy.catalog import services as catalog
from busy.catalog.errors import CreatedElsewhere, OwnedElsewhere
from busy.catalog.models import Project, Task, WorkType
from busy.lib.broker import listen_again
from busy.workspaces.models import Role
from busy.workspaces.scope import scope
from integrations import appliers, deliveries, outbound, shared
from integrations.kernel import registry
from integrations.kernel.records import Kind
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import Attempt, Delivery, ProjectLink, PullRun, WorkTypeLink
from integrations.shared_models import SharedRecord, TaskLink
from tests.contract.conftest import kit_of
from tests.contract.toy import discovered
from tests.integrations.toy_stage import ToyStage
from tests.people import join

if TYPE_CHECKING:
    from tests.people import Person
    from tests.support.keeping import Keeper, Kept


@pytest.fixture
def fjord(
    request: pytest.FixtureRequest,
    transactional_db: None,
    redis_url: str,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
    dina: Person,
    kept: Kept | None,
    keeper: Keeper,
) -> Iterator[ToyStage]:
    everything = discovered()
    monkeypatch.setattr(registry, "connectors", lambda: everything)
    toy = registry.connector("fjord")
    listen_again()
    with kit_of(toy).sandbox() as sandbox:
        monkeypatch.setenv(toy.facts.variable("url"), sandbox.url)
        stage = ToyStage(dina, sandbox)  # type: ignore[arg-type] # the toy's, not Tripletex'
        if kept is not None:
            stage.sandbox.app.lists = deepcopy(kept.there)
        stage.begin("fjord", request.fixturenames, kept, keeper)
        yield stage


def test_r63_r65_a_project_made_in_busy_is_made_there_once_and_gets_its_number(fjord: ToyStage) -> None:
    project = fjord.new_project(customer=fjord.customer("2"), start_date=date(2026, 12, 1), is_billable=False)
    assert (fjord.fresh(project).number, fjord.row(project).makes) == ("", True)
    fjord.push()
    (there,) = fjord.there("projects", name="Molo")
    assert (there["customer"], there["from"], there["own"]) == (2, "2026-12-01", True)
    made = fjord.fresh(project)
    assert (made.number, made.mastered_by, made.is_archived) == (there["no"], "Fjord", False)
    row = fjord.row(project)
    assert (row.makes, row.before, row.delivery.state) == (False, {}, "transferred")
    with fjord.scope():
        runs = PullRun.objects.filter(kind="projects").count()
    fjord.again("projects")  # the echo
    with fjord.scope():
        assert Project.objects.filter(name="Molo").count() == 1
        run = PullRun.objects.filter(kind="projects").order_by("pk").last()
        assert run is not None
        assert PullRun.objects.filter(kind="projects").count() == runs + 1
        assert (run.created, run.updated, run.archived) == (0, 0, 0)


def test_r65_nobody_types_a_number_and_r62_nobody_makes_a_customer(fjord: ToyStage) -> None:
    with fjord.scope():
        with pytest.raises(OwnedElsewhere):
            catalog.create_project(by=fjord.by, name="Molo", number="17")
        with pytest.raises(OwnedElsewhere):
            catalog.change_project(fjord.brygge(), number="17")
        with pytest.raises(OwnedElsewhere):  # Fjord takes no word on it, as its facts say
            catalog.archive_project(fjord.brygge())
        with pytest.raises(CreatedElsewhere):
            catalog.create_customer(name="Ny kunde")


def test_r63_a_change_goes_there_alone_and_nothing_that_stands_there_is_lost(fjord: ToyStage) -> None:
    project = fjord.brygge()
    fjord.change(project, name="Brygge sør", customer=fjord.customer("3"))
    fjord.edit("projects", 7, to="2027-01-31")
    fjord.push()
    (there,) = fjord.there("projects", id=7)
    assert (there["name"], there["customer"], there["to"], there["note"]) == (
        "Brygge sør",
        3,
        "2027-01-31",
        "Husk båt",
    )
    after = fjord.fresh(project)
    assert (after.name, after.end_date) == ("Brygge sør", date(2027, 1, 31)), "what was changed there comes along"
    assert fjord.row(project).conflict is None
    writes = len(fjord.sandbox.requests("PUT"))
    with fjord.scope():
        shared.request(fjord.connection, Kind.PROJECTS, project.pk, {"name": "Brygge sør"})
    fjord.push()
    assert len(fjord.sandbox.requests("PUT")) == writes, "what stands there already costs no write"


@pytest.mark.parametrize("lost", [FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE], ids=str)
def test_r113_an_answer_lost_makes_exactly_one_also_when_a_pull_comes_between(fjord: ToyStage, lost: FaultKind) -> None:
    project = fjord.new_project()
    fjord.sandbox.arm(Fault(kind=lost, method="POST", path="/projects"))
    # Nor can it be looked for at once.
    fjord.sandbox.arm(
        Fault(kind=FaultKind.STATUS, status=429, retry_after=0, method="GET", path="/projects", count=None)
    )
    fjord.push()
    with fjord.scope():
        delivery = Delivery.objects.get(kind="record")
        assert delivery.is_unclear
    fjord.sandbox.disarm()
    fjord.again("projects")  # which must not take ours for somebody else's
    with fjord.scope():
        assert Project.objects.filter(name="Molo").count() == 1
    fjord.change(project, end_date=date(2027, 5, 1))  # somebody goes on working
    fjord.work_until(lambda: fjord.row(project).delivery.state == "transferred" and not fjord.row(project).before)
    (there,) = fjord.there("projects", name="Molo")
    assert there["to"] == "2027-05-01"
    fjord.again("projects")
    with fjord.scope():
        assert Project.objects.filter(name="Molo").count() == 1
        assert ProjectLink.objects.get(local=project).external_id == str(there["id"])


def test_r113_a_worker_killed_between_the_write_and_the_record_makes_no_second_one(
    fjord: ToyStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = fjord.new_project()

    class Killed(BaseException):
        """As if the process had ended here."""

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "record", dies)
        with pytest.raises(Killed):
            fjord.push()
    assert len(fjord.there("projects", name="Molo")) == 1
    with fjord.scope():
        Delivery.objects.update(lease_until=fjord.connection.connected_at)  # its time runs out
    fjord.make_due("push")
    fjord.work_until(lambda: fjord.row(project).delivery.state == "transferred")
    (there,) = fjord.there("projects", name="Molo")
    assert fjord.fresh(project).number == there["no"]
    with fjord.scope():
        assert Attempt.objects.filter(event="adopted").count() == 1


def test_what_is_changed_while_a_write_is_under_way_goes_out_next_and_is_no_conflict(
    fjord: ToyStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, record = fjord.brygge(), deliveries.record
    changes: list[dict[str, Any]] = [{"name": "Tredje"}, {"end_date": date(2027, 2, 1)}]

    def meanwhile(*args: Any, **kwargs: Any) -> None:
        if changes:
            fjord.change(project, **changes.pop(0))
        record(*args, **kwargs)

    monkeypatch.setattr(deliveries, "record", meanwhile)
    fjord.change(project, name="Andre")
    fjord.push()
    (there,) = fjord.there("projects", id=7)
    assert (there["name"], there["to"]) == ("Tredje", "2027-02-01")
    after, row = fjord.fresh(project), fjord.row(project)
    assert (after.name, after.end_date, row.conflict, row.before) == ("Tredje", date(2027, 2, 1), None, {})
    assert row.delivery.state == "transferred"


def test_what_was_archived_before_it_was_there_is_never_made(fjord: ToyStage) -> None:
    project = fjord.new_project()
    with fjord.scope():
        catalog.archive_project(project)
    fjord.push()
    assert fjord.there("projects", name="Molo") == []
    assert (fjord.row(project).makes, fjord.row(project).delivery.state) == (False, "cancelled")


def test_r6_what_is_just_being_made_there_is_not_taken_for_something_that_only_busy_has(fjord: ToyStage) -> None:
    project = fjord.new_project()
    with fjord.scope():
        old = Project.objects.create(name="Fra før")
        assert appliers.archive_local(fjord.connection, Kind.PROJECTS) == [old.pk]
    assert not fjord.fresh(project).is_archived


def test_a_pull_read_before_our_write_does_not_take_it_back(fjord: ToyStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is read, then a change goes out, then the page of the old list is written."""
    from integrations import staging

    project, write = fjord.brygge(), staging.apply_page

    def late(connection: Any, records: Any, *, kind: Kind, **more: Any) -> Any:
        return write(connection, records, kind=kind, **more)

    old = list(_pages(fjord))
    began = fjord.refresh().connected_at
    fjord.change(project, name="Brygge nord")
    with fjord.scope():
        applied = late(fjord.connection, old, kind=Kind.PROJECTS, system="Fjord", since=began)
        assert str(project.pk) in applied.locals_seen, "it is there: nothing may archive it"
    assert fjord.fresh(project).name == "Brygge nord", "while it waits to be sent"
    fjord.push()
    with fjord.scope():
        late(fjord.connection, old, kind=Kind.PROJECTS, system="Fjord", since=began)
    assert fjord.fresh(project).name == "Brygge nord", "and after it was"
    fjord.edit("projects", 7, name="Brygge vest")
    fjord.again("projects")
    assert fjord.fresh(project).name == "Brygge vest", "what is read later is news"


def _pages(fjord: ToyStage) -> list[Any]:
    from integrations.conversations import conversation

    pull = registry.connector("fjord").pull(Kind.PROJECTS)
    assert pull is not None
    with conversation(fjord.connection) as api:
        return [record for page in pull.read(api, None) for record in page.records]


def test_a_field_changed_on_both_sides_keeps_the_later_change_and_tells_both(fjord: ToyStage) -> None:
    project = fjord.brygge()
    fjord.change(project, name="Brygge (Busy)")
    fjord.edit("projects", 7, name="Brygge (Fjord)")  # later
    fjord.push()
    assert fjord.fresh(project).name == "Brygge (Fjord)"
    told = {"field": "name", "ours": "Brygge (Busy)", "theirs": "Brygge (Fjord)", "stays": "theirs"}
    assert fjord.row(project).conflict == [told]
    # The other way round: ours is later.
    fjord.edit("projects", 7, name="Fra fjorden")
    fjord.change(project, name="Fra Busy")
    fjord.push()
    assert [row["name"] for row in fjord.there("projects", id=7)] == ["Fra Busy"]
    conflict = fjord.row(project).conflict
    assert conflict is not None
    assert [one["stays"] for one in conflict] == ["ours"]


def test_r33_a_refused_change_waits_with_the_reason_and_pulls_leave_it_alone(fjord: ToyStage) -> None:
    project = fjord.brygge()
    fjord.change(project, name="B" * 61)
    fjord.push()
    row = fjord.row(project)
    assert (row.delivery.state, row.delivery.problem["params"]["message"]) == (
        "attention",
        "Navnet må ha 1 til 60 tegn.",
    )
    fjord.edit("projects", 7, note="Ny merknad")
    fjord.again("projects")
    assert fjord.fresh(project).name == "B" * 61
    fjord.change(project, name="Brygge øst")
    fjord.push()
    assert [row["name"] for row in fjord.there("projects", id=7)] == ["Brygge øst"]


def test_r66_work_types_made_in_busy_go_there_with_their_archived_state(fjord: ToyStage) -> None:
    with fjord.scope():
        work_type = catalog.create_work_type(name="Dykking")
    fjord.push()
    with fjord.scope():
        assert WorkTypeLink.objects.get(local=work_type).external_id
        catalog.archive_work_type(work_type)
    fjord.push()
    assert [row["off"] for row in fjord.there("worktypes", name="Dykking")] == [True]
    fjord.edit("worktypes", 4, name="Rigg")
    fjord.again("work_types")
    with fjord.scope():
        assert set(WorkType.objects.values_list("name", flat=True)) == {"Rigg", "Dykking"}


def test_r67_r69_tasks_come_with_who_is_assigned_and_go_there_after_their_project(fjord: ToyStage) -> None:
    anna = join(fjord.workspace, "Anna Nygård", Role.EMPLOYEE)
    fjord.again("tasks")
    assert fjord.tasks() == {}, "R67: nobody here is assigned to it"
    fjord.link_people({"2": anna, "5": fjord.by})
    fjord.again("tasks")
    assert fjord.tasks() == {"Pæler": ["Anna Nygård"]}  # R68
    with fjord.scope():
        task = Task.objects.get(name="Pæler")
        catalog.add_task_members(task, [fjord.by])
        project = catalog.create_project(by=fjord.by, name="Molo")
        new = catalog.create_task(project, name="Støping")
        catalog.add_task_members(new, [anna])
    fjord.push()
    assert [sorted(row["people"]) for row in fjord.there("tasks", id=30)] == [[2, 5]]
    (made,) = fjord.there("tasks", name="Støping")
    assert (made["project"], made["people"]) == (fjord.there("projects", name="Molo")[0]["id"], [2])
    fjord.edit("tasks", made["id"], people=[])
    fjord.again("tasks")
    assert list(fjord.tasks()) == ["Pæler"], "nobody is assigned to it any more"
    with fjord.scope():
        assert TaskLink.objects.count() == 2
        catalog.finish_task(task)
    fjord.push()
    assert [row["done"] for row in fjord.there("tasks", id=30)] == [True]


def test_r67_a_task_that_is_everybodys_in_busy_stays_so_when_it_changes_there(fjord: ToyStage) -> None:
    with fjord.scope():
        catalog.create_task(fjord.brygge(), name="Rydding")
    fjord.push()
    (made,) = fjord.there("tasks", name="Rydding")
    fjord.edit("tasks", made["id"], name="Rydding etterpå")
    fjord.again("tasks")
    assert fjord.tasks() == {"Rydding etterpå": []}


def test_a_task_waits_for_who_is_not_linked_and_goes_on_when_the_link_is_there(fjord: ToyStage) -> None:
    eli = join(fjord.workspace, "Eli Aas", Role.EMPLOYEE)
    with fjord.scope():
        task = catalog.create_task(fjord.brygge(), name="Befaring")
        catalog.add_task_members(task, [eli])
    fjord.push()
    with fjord.scope():
        problem = Delivery.objects.get(kind="record").problem
        assert problem is not None
        assert (problem["code"], problem["params"]["name"]) == ("not_linked", "Eli Aas")
    fjord.link_people({"1": eli})
    fjord.again("employees")
    fjord.push()
    assert [row["people"] for row in fjord.there("tasks", name="Befaring")] == [[1]]


def test_what_busy_alone_has_stays_there_and_another_company_sees_nothing(fjord: ToyStage, cilla: Person) -> None:
    with scope(cilla.workspace.pk):
        catalog.create_project(by=cilla.membership, name="Hemmelig")
        assert SharedRecord.objects.count() == 0
    with fjord.scope():
        old = Project.objects.create(name="Fra før")
        catalog.change_project(old, name="Fra før tilkoblingen")
        assert Delivery.objects.count() == 0
    outbound.run_pushes(fjord.workspace.pk, fjord.connection.pk)
    assert fjord.there("projects", name="Fra før tilkoblingen") == []
