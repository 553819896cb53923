"""R63-R69 with 24SevenOffice over real HTTP: projects and tasks travel both ways, and nothing of theirs is lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from busy.catalog import services as catalog
from busy.catalog.errors import CreatedElsewhere, OwnedElsewhere
from busy.catalog.models import Project, Task, WorkType
from integrations.models import CustomerLink, MemberLink, PullRun
from integrations.providers.twentyfoursevenoffice.sandbox.seed import NORDLYS
from tests.integrations.office_stage import OfficeStage, office

__all__ = ["office"]


@pytest.fixture
def both(office: OfficeStage) -> OfficeStage:
    office.connect()
    office.pull()
    return office


def _there(office: OfficeStage, kind: str, **named: object) -> list[dict[str, Any]]:
    rows = office.there.store.all(NORDLYS, kind)
    return [row for row in rows if all(row.get(key) == value for key, value in named.items())]


def test_r63_r65_a_project_made_in_busy_gets_its_number_and_a_change_loses_nothing_of_theirs(
    both: OfficeStage,
) -> None:
    with both.scope():
        customer = CustomerLink.objects.get(external_id="10001").local
        project = catalog.create_project(
            by=both.by, name="Båthus & brygge", customer=customer, start_date=date(2026, 12, 1)
        )
        assert project.number == ""
        with pytest.raises(OwnedElsewhere):
            catalog.change_project(project, number="17")
    both.push()
    (made,) = _there(both, "Project", Name="Båthus & brygge")
    assert (made["CustomerId"], made["DateStart"]) == (10001, "2026-12-01T12:00:00Z")
    with both.scope():
        fresh = Project.objects.get(pk=project.pk)
        assert (fresh.number, fresh.mastered_by != "") == (made["Id"], True)
    both.there.change("Project", made["Id"], DepartmentId=7, Description="Avtalt på kaia")
    with both.scope():
        catalog.change_project(Project.objects.get(pk=project.pk), name="Båthus")
    both.push()
    (changed,) = _there(both, "Project", Id=made["Id"])
    assert (changed["Name"], changed["DepartmentId"], changed["Description"]) == ("Båthus", 7, "Avtalt på kaia")
    both.make_due("projects")
    both.pull()
    with both.scope():
        assert Project.objects.filter(name__startswith="Båthus").count() == 1, "its echo is no other project"


def test_r62_r66_customers_and_work_types_are_made_there(both: OfficeStage) -> None:
    with both.scope():
        with pytest.raises(CreatedElsewhere):
            catalog.create_customer(name="Ny kunde")
        with pytest.raises(CreatedElsewhere):
            catalog.create_work_type(name="Dykking")
        design = WorkType.objects.get(archived_at=None, name="Design")
        assert design.product is not None, "the product its hours are billed as comes with it"
        assert (design.product.number, design.product.name) == ("110", "Design")


def test_r67_r69_assigned_tasks_come_and_one_made_here_is_made_on_the_project(both: OfficeStage) -> None:
    with both.scope():
        MemberLink.objects.create(connection=both.connection, local=both.by, external_id="9002")
        assert not Task.objects.exists(), "nobody here is assigned to any"
    both.make_due("tasks")
    both.pull()
    with both.scope():
        assert set(Task.objects.values_list("name", flat=True)) == {"Tekst og korrektur"}
        project = both.project("1004")
        task = catalog.create_task(project, name="Pålogging")
    both.push()
    (made,) = _there(both, "Task", Name="Pålogging")
    assert (made["Project"], bool(made["DateStart"]), bool(made["DateStop"])) == (1004, True, True)
    assert task.pk


def test_p19_a_project_that_takes_hours_on_its_tasks_only_is_task_driven_here_too(both: OfficeStage) -> None:
    def is_driven() -> bool:
        both.make_due("projects")
        both.pull()
        with both.scope():
            return both.project("1004").is_task_driven

    both.there.change("Project", 1004, TimeReg="Task", OverrideWorkTypeTask="True")
    assert not is_driven(), "it takes either"
    both.there.change("Project", 1004, OverrideWorkTypeTask="none")
    assert is_driven()
    with both.scope():
        catalog.change_project(both.project("1004"), is_task_driven=False)
    assert not is_driven(), "nothing changed there since"


def test_r60_a_customer_deactivated_there_is_archived_with_the_next_look_and_comes_back(both: OfficeStage) -> None:
    def state() -> tuple[bool, int]:
        both.make_due("customers")
        both.pull()
        with both.scope():
            link = CustomerLink.objects.select_related("local").get(external_id="10003")
            return link.local.is_archived, PullRun.objects.filter(kind="customers", archived__gt=0).count()

    both.there.change("Company", 10003, _active=False, DateChanged="2026-01-02T08:00:00Z")
    assert state() == (True, 1)
    assert state() == (True, 1), "once"
    both.there.change("Company", 10003, _active=True)
    assert state() == (False, 1)
