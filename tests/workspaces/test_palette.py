"""What the palette finds: records, people, weeks and an entry in one line, each for those who may (P2, P7, P8, P15)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Customer, Project
from busy.lib.palette import Action, Source, register, register_action
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from orders.models import Order
from tests.people import Person
from tests.timesheets.hours import make_project, make_task, make_work_type, use_tasks


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    project = make_project(fjell, number="1042")
    make_work_type(project)
    return project


def find(person: Person, text: str) -> list[dict[str, Any]]:
    answer = person.get("find/", data={"q": text})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def labels(person: Person, text: str) -> list[tuple[str, str]]:
    return [(each["group"], each["label"]) for each in find(person, text)]


def test_bo_finds_projects_and_customers_by_name_and_number(bo: Person, arena: Project) -> None:
    assert labels(bo, "fjell") == [("Projects", "Fjell Arena"), ("Customers", "Fjell AS")]
    assert labels(bo, "1042") == [("Projects", "Fjell Arena")]
    assert find(bo, "1042")[0]["url"] == bo.url(f"projects/{arena.pk}/")


def test_p7_anna_finds_only_what_she_may_open(anna: Person, bo: Person, arena: Project) -> None:
    assert labels(anna, "fjell") == []
    assert labels(anna, "bo") == []
    assert labels(anna, "new") == [("Do", "New entry")]


def test_p2_dina_finds_people_and_bo_their_timelines(dina: Person, bo: Person, anna: Person) -> None:
    assert ("People", "Anna Aas") in labels(dina, "anna")
    assert labels(bo, "anna") == [("Timelines", "Anna Aas")]
    assert find(bo, "anna")[0]["url"] == bo.url(f"timeline/?member={anna.membership.pk}")


def test_an_order_is_found_by_its_number(bo: Person, arena: Project, fjell: Workspace) -> None:
    with scope(fjell.pk):
        Order.objects.create(
            number=1017,
            project=arena,
            customer=Customer.objects.get(),
            currency="NOK",
            order_date="2026-03-02",
            created_by=bo.membership,
        )
    assert ("Orders", "1017") in labels(bo, "1017")
    assert ("Orders", "1017") in labels(bo, "arena")


def test_p8_a_line_becomes_an_entry(anna: Person, arena: Project) -> None:
    found = find(anna, "2t arena i går")[0]
    assert (found["group"], found["complete"], found["line"]) == ("New entry", True, "2t arena i går")
    assert "Fjell Arena" in found["label"]
    make_work_type(arena, "Møte", product=None)
    open_, choice, *_ = find(anna, "2t arena")
    assert (open_["complete"], open_["detail"]) == (False, "Choose a work type.")
    assert choice["line"] == "2t Fjell Arena Design"


@pytest.mark.parametrize("word", ["start", "Starta", "begynn", "börja", "begynd", "begin"])
def test_p15_a_line_that_begins_with_start_starts_the_timer(anna: Person, arena: Project, word: str) -> None:
    found = find(anna, f"{word} design arena skisser")[0]
    assert (found["group"], found["label"]) == ("Timer", "Fjell Arena, Design, skisser")
    timer = found["timer"]
    assert (timer["project"], timer["work"], timer["note"]) == ("Fjell Arena", "Design", "skisser")
    assert timer["on"].startswith(f"{arena.pk}-")
    assert found["url"] == anna.url("timer/")


def test_p15_what_start_leaves_open_is_chosen_and_what_has_a_time_is_an_entry(
    anna: Person, cilla: Person, arena: Project, fjell: Workspace
) -> None:
    make_work_type(arena, "Møte", product=None)
    choice = find(anna, "start arena")[0]
    assert (choice["completion"], "timer" in choice) == ("start Fjell Arena Design", False)
    assert find(anna, choice["completion"])[0]["timer"]["work"] == "Design"
    assert all("timer" not in one for one in find(anna, "start 2t arena design"))
    assert [one for text in ("start", "start ", "started arena") for one in find(anna, text) if "timer" in one] == []
    assert all("timer" not in one for one in find(cilla, "start design arena"))


def test_p15_p19_start_names_a_task(anna: Person, fjell: Workspace) -> None:
    use_tasks(fjell)
    tower = make_project(fjell, "Tower", customer="", is_task_driven=True)
    kind = make_work_type(tower, "Drawing", product=None)
    task = make_task(tower, "Facade", work_type=kind)
    timer = find(anna, "start tower facade")[0]["timer"]
    assert (timer["on"], timer["task"]) == (f"{tower.pk}-{kind.pk}-{task.pk}", "Facade")


def test_weeks_are_found_by_number_in_every_language(anna: Person) -> None:
    for text in ("uke 11 2026", "vecka 11 2026", "uge 11/2026", "week 11-2026", "v. 11 2026"):
        assert [each["url"] for each in find(anna, text)] == [
            anna.url("week/2026-W11/"),
            anna.url("timeline/2026-W11/"),
        ]
    assert find(anna, "week 54 2026") == []
    assert len(find(anna, "uke 11")) == 2


def test_cilla_finds_nothing_of_fjell(cilla: Person, arena: Project, anna: Person) -> None:
    assert labels(cilla, "fjell") == []
    assert labels(cilla, "anna") == []


def test_what_is_found_costs_the_same_however_much_there_is(dina: Person, arena: Project, fjell: Workspace) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            find(dina, "fjell")
        return len(queries)

    few = cost()
    with scope(fjell.pk):
        Project.objects.bulk_create(Project(workspace=fjell, name=f"Fjell {n}") for n in range(100))
        Customer.objects.bulk_create(Customer(workspace=fjell, name=f"Fjell {n}") for n in range(100))
    assert cost() == few
    assert len([each for each in find(dina, "fjell") if each["group"] == "Projects"]) == 6


@pytest.mark.parametrize("text", ["", " ", "\x00", "%", "'", "x" * 5000, "9999999999999999999999", "🙂"])
def test_no_text_is_too_strange(dina: Person, arena: Project, text: str) -> None:
    assert isinstance(find(dina, text), list)


def test_two_sources_or_actions_of_one_name_are_refused() -> None:
    def nothing(request: object, text: str) -> list[Any]:
        return []

    with pytest.raises(ValueError, match="projects"):
        register(Source("projects", "Other", nothing))
    with pytest.raises(ValueError, match="new-project"):
        register_action(Action("new-project", "Other", "plus", "catalog:project-new"))
