"""Lists of the catalogue, and what a member may log on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from busy.catalog import selectors, services
from busy.catalog.models import Customer, Project, ProjectMember, ProjectWorkType, WorkType
from busy.catalog.selectors import ListQuery, State
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person


@pytest.fixture(autouse=True)
def at_fjell(fjell: Workspace) -> Iterator[None]:
    with scope(fjell.pk):
        yield


@pytest.fixture
def design() -> WorkType:
    return services.create_work_type(name="Design")


@pytest.fixture
def arena(bo: Person, design: WorkType) -> Project:
    customer = services.create_customer(name="Fjell AS", number="10388")
    return services.create_project(
        by=bo.membership, name="Fjell Arena", number="1042", customer=customer, is_open=False, work_types=[design]
    )


def names(query: ListQuery) -> list[str]:
    return [row.project.name for row in selectors.projects_page(query).object_list]


def test_anna_logs_on_open_projects_and_on_closed_ones_she_is_on_p9(
    anna: Person, bo: Person, arena: Project, design: WorkType
) -> None:
    kinds = [design, services.create_work_type(name="Admin")]
    internal = services.create_project(by=bo.membership, name="Internal", work_types=kinds)
    services.create_project(by=bo.membership, name="Without work types")
    assert [(row.project, [w.name for w in row.work_types]) for row in selectors.loggable(anna.membership)] == [
        (internal, ["Admin", "Design"])
    ]
    services.add_members(arena, [anna.membership])
    assert [row.project.name for row in selectors.loggable(anna.membership)] == ["Fjell Arena", "Internal"]


def test_archived_projects_and_work_types_take_no_new_time_r6_r82(bo: Person, arena: Project, design: WorkType) -> None:
    assert selectors.loggable_pairs(bo.membership, [(arena.pk, design.pk), (arena.pk, 0)]) == {(arena.pk, design.pk)}
    services.archive_work_type(design)
    assert selectors.loggable(bo.membership) == []
    services.restore_work_type(design)
    services.archive_project(arena)
    assert selectors.loggable(bo.membership) == []
    assert selectors.loggable_pairs(bo.membership, [(arena.pk, design.pk)]) == set()


@pytest.mark.parametrize("text", ["fjell", "aren desi", "1042", "FJELL AS", "design", "fjell as design", ""])
def test_typing_a_row_finds_project_number_customer_or_work_type(bo: Person, arena: Project, text: str) -> None:
    assert [choice.project for choice in selectors.search_loggable(bo.membership, text)] == [arena]


@pytest.mark.parametrize("text", ["fjell survey", "042", "%", "_"])
def test_every_word_has_to_occur(bo: Person, arena: Project, text: str) -> None:
    assert selectors.search_loggable(bo.membership, text) == []


def test_projects_that_begin_with_what_was_typed_come_first(bo: Person, arena: Project, design: WorkType) -> None:
    services.create_project(by=bo.membership, name="Annex of Fjell", work_types=[design])
    found = selectors.search_loggable(bo.membership, "fjell", limit=1)
    assert [choice.project for choice in found] == [arena]


def test_cilla_finds_nothing_of_fjell(cilla: Person, arena: Project, design: WorkType) -> None:
    with scope(cilla.workspace.pk):
        assert selectors.loggable(cilla.membership) == []
        assert selectors.search_loggable(cilla.membership, "fjell") == []
        assert selectors.loggable_pairs(cilla.membership, [(arena.pk, design.pk)]) == set()
        assert selectors.projects_page(ListQuery(state=State.ALL)).paginator.count == 0
        assert selectors.customers_page(ListQuery(state=State.ALL)).paginator.count == 0


def test_loggable_and_searching_it_cost_three_queries_whatever_there_is(
    bo: Person, design: WorkType, django_assert_num_queries: Callable[[int], object]
) -> None:
    customer = services.create_customer(name="Fjell AS")
    for number in range(3):
        services.create_project(by=bo.membership, name=str(number), customer=customer, work_types=[design])
    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        assert len({row.project.customer for row in selectors.loggable(bo.membership)}) == 1
    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        assert len([choice.project.customer for choice in selectors.search_loggable(bo.membership, "fjell")]) == 3


def test_the_list_filters_and_searches(bo: Person, arena: Project) -> None:
    services.create_project(by=bo.membership, name="Internal", is_billable=False)
    services.archive_project(services.create_project(by=bo.membership, name="Old"))
    assert names(ListQuery()) == ["Fjell Arena", "Internal"]
    assert names(ListQuery(state=State.ARCHIVED)) == ["Old"]
    assert names(ListQuery(state=State.ALL)) == ["Fjell Arena", "Internal", "Old"]
    assert names(ListQuery(billable=False)) == ["Internal"]
    assert names(ListQuery(customer_id=arena.customer_id)) == ["Fjell Arena"]
    assert names(ListQuery(text="arena fjell as")) == ["Fjell Arena"]
    assert names(ListQuery(text="1042")) == ["Fjell Arena"]


def test_names_stand_in_the_order_of_the_readers_alphabet(bo: Person) -> None:
    for name in ("Ås", "ærø", "Östersund", "Zoo", "Ødegård", "bo", "Äpple", "Arena"):
        services.create_project(by=bo.membership, name=name)
    with translation.override("nb"):
        assert names(ListQuery()) == ["Arena", "bo", "Zoo", "Äpple", "ærø", "Ødegård", "Östersund", "Ås"]
        assert names(ListQuery(sort="-name"))[0] == "Ås"
    with translation.override("sv"):
        assert names(ListQuery()) == ["Arena", "bo", "Zoo", "Ås", "Äpple", "ærø", "Ødegård", "Östersund"]


def test_nine_stands_before_ten_when_numbers_are_sorted(bo: Person) -> None:
    for number in ("10", "9", "101"):
        services.create_project(by=bo.membership, name=f"N{number}", number=number)
    assert names(ListQuery(sort="number")) == ["N9", "N10", "N101"]


def test_a_page_of_projects_costs_four_queries_whatever_there_is(
    fjell: Workspace, bo: Person, anna: Person, design: WorkType, django_assert_num_queries: Callable[[int], object]
) -> None:
    customers = Customer.objects.bulk_create(Customer(workspace=fjell, name=f"C{n}") for n in range(20))
    projects = Project.objects.bulk_create(
        Project(workspace=fjell, name=f"P{n:05}", customer=customers[n % 20]) for n in range(120)
    )
    ProjectMember.objects.bulk_create(
        ProjectMember(workspace=fjell, project=project, member=person.membership, is_leader=person is bo)
        for project in projects
        for person in (anna, bo)
    )
    ProjectWorkType.objects.bulk_create(
        ProjectWorkType(workspace=fjell, project=project, work_type=design) for project in projects
    )
    with django_assert_num_queries(4):  # type: ignore[attr-defined]
        page = selectors.projects_page(ListQuery(text="p", page=2))
        rows = page.object_list
        shown = [(row.project.customer and row.project.customer.name, row.leaders[0].user.name) for row in rows]
    assert (page.paginator.count, len(rows)) == (120, 50)
    assert shown[0] == ("C10", "Bo Berg")
    assert [member.user.name for member in rows[0].members] == ["Bo Berg", "Anna Aas"]
    assert rows[0].work_types == 1


def test_a_question_that_makes_no_sense_is_not_asked() -> None:
    query = ListQuery.read(
        {"q": " a\x00b ", "state": "x", "billable": "?", "customer": "-1", "page": "9" * 30, "sort": "password"}
    )
    assert query == ListQuery(text="ab", sort="password")
    assert selectors.projects_page(query).paginator.count == 0


def test_work_types_show_todays_rate_and_whether_it_is_their_own(design: WorkType) -> None:
    other = services.create_work_type(name="Travel")
    today = date(2026, 11, 22)
    rows = selectors.work_types_page(ListQuery(), today).object_list
    assert [(row.work_type, row.rate, row.rate_is_own) for row in rows] == [(design, None, False), (other, None, False)]
    services.set_rate(Decimal(800), valid_from=None)
    services.set_rate(Decimal(900), valid_from=today, work_type=design)
    rows = selectors.work_types_page(ListQuery(), today).object_list
    assert [(row.rate, row.rate_is_own) for row in rows] == [(Decimal(900), True), (Decimal(800), False)]
