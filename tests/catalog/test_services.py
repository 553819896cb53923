"""What a manager may change in the catalogue, and what another system keeps."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from busy.catalog import mastership, services
from busy.catalog.errors import (
    CreatedElsewhere,
    EndsBeforeStart,
    NameMissing,
    NotActive,
    NotAnAmount,
    NumberTaken,
    OwnedElsewhere,
    ProjectFrozen,
    RateInForce,
)
from busy.catalog.events import CustomerChanged, ProductChanged, ProjectChanged, WorkTypeChanged
from busy.catalog.models import Customer, Product, Project, ProjectMember, ProjectWorkType, Rate, WorkType
from busy.lib import events
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person


@pytest.fixture(autouse=True)
def at_fjell(fjell: Workspace) -> Iterator[None]:
    with scope(fjell.pk):
        yield


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fjell keeps everything in Tripletex."""
    monkeypatch.setattr(mastership, "_owner", lambda kind: "Tripletex")
    monkeypatch.setattr(mastership, "_name", lambda key: key.capitalize())


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the catalogue announced."""
    heard: list[object] = []
    for kind in (CustomerChanged, ProductChanged, ProjectChanged, WorkTypeChanged):
        monkeypatch.setitem(events._listeners, kind, [heard.append])
    return heard


def arena(bo: Person, **fields: object) -> Project:
    return services.create_project(by=bo.membership, name="Fjell Arena", **fields)  # type: ignore[arg-type]


def from_tripletex(project: Project, *, archived: bool = False) -> Project:
    project.mastered_by = "tripletex"
    project.archived_at = timezone.now() if archived else None
    project.save()
    return project


def test_bo_creates_a_project_and_leads_it_p4(bo: Person, heard: list[object]) -> None:
    project = arena(bo, number=" 1042 ")
    lead = ProjectMember.objects.get(project=project)
    assert (lead.member, lead.is_leader, project.number) == (bo.membership, True, "1042")
    assert heard == [ProjectChanged(project.workspace_id, project.pk)]


def test_a_new_project_gets_the_colour_used_least_and_archived_ones_do_not_count(bo: Person) -> None:
    colors = [arena(bo).color for _ in range(12)]
    assert sorted(colors) == list(range(1, 13))
    services.archive_project(Project.objects.get(color=7))
    assert arena(bo).color == 7


def test_the_same_form_sent_twice_makes_one_project(bo: Person, heard: list[object]) -> None:
    form = uuid.uuid4()
    first, second = arena(bo, client_id=form, number="7"), arena(bo, client_id=form, number="7")
    assert first == second
    assert Project.objects.count() == 1
    assert len(heard) == 1


def test_two_active_projects_of_busys_own_share_no_number(bo: Person) -> None:
    arena(bo, number="P-1")
    other = services.create_project(by=bo.membership, name="Havn")
    with pytest.raises(NumberTaken, match="Number p-1 is taken by Fjell Arena"):
        services.change_project(other, number="p-1")
    with pytest.raises(NumberTaken):
        arena(bo, number="P-1")
    assert arena(bo).number == arena(bo).number == ""


def test_numbers_of_another_system_may_repeat(bo: Person) -> None:
    from_tripletex(arena(bo, number="1042"))
    assert arena(bo, number="1042").number == "1042"


def test_a_restored_project_does_not_get_back_a_number_that_was_taken_meanwhile(bo: Person) -> None:
    old = services.archive_project(arena(bo, number="1042"))
    arena(bo, number="1042")
    with pytest.raises(NumberTaken):
        services.restore_project(old)
    assert Project.objects.get(pk=old.pk).is_archived


def test_a_project_has_a_name_and_ends_after_it_starts(bo: Person) -> None:
    with pytest.raises(NameMissing):
        services.create_project(by=bo.membership, name="  ")
    project = arena(bo, start_date=date(2026, 5, 1))
    with pytest.raises(EndsBeforeStart):
        services.change_project(project, end_date=date(2026, 4, 30))


def test_a_change_that_changes_nothing_is_not_announced(bo: Person, heard: list[object]) -> None:
    project = arena(bo)
    heard.clear()
    services.change_project(project, name="Fjell  Arena ", is_billable=True)
    assert heard == []


@pytest.mark.parametrize("change", [{"name": "X"}, {"number": "9"}, {"customer": "other"}], ids=str)
def test_what_tripletex_owns_is_read_only_and_the_error_names_it_r18(
    bo: Person, connected: None, change: dict[str, object]
) -> None:
    project = from_tripletex(Project.objects.create(name="Fjell Arena"))
    if "customer" in change:
        change = {"customer": Customer.objects.create(name="Other")}
    with pytest.raises(OwnedElsewhere, match="Owned by Tripletex"):
        services.change_project(project, **change)  # type: ignore[arg-type]
    with pytest.raises(OwnedElsewhere):
        services.archive_project(project)
    assert Project.objects.filter(name="Fjell Arena", number="", customer=None, archived_at=None).exists()


def test_busy_is_master_of_its_own_projects_and_the_connected_system_of_its_p12(bo: Person, connected: None) -> None:
    """Who is master is said by each project: those that were Busy's own stay so beside the connected system's."""
    own, theirs = Project.objects.create(name="Intern"), from_tripletex(Project.objects.create(name="Fjell Arena"))
    services.change_project(own, name="Internal", number="1")
    with pytest.raises(OwnedElsewhere):
        services.change_project(theirs, name="Arena")
    assert set(Project.objects.values_list("name", flat=True)) == {"Internal", "Fjell Arena"}


def test_busys_own_settings_of_a_synchronised_project_stay_editable_r17(
    bo: Person, anna: Person, connected: None
) -> None:
    project = from_tripletex(Project.objects.create(name="Fjell Arena"))
    design = WorkType.objects.create(name="Design")
    services.change_project(project, name="Fjell Arena", color=5, is_billable=False, is_open=False)
    services.add_members(project, [anna.membership])
    services.set_leader(project, bo.membership, True)
    services.add_work_types(project, [design])
    services.set_rate(Decimal(900), project=project, valid_from=None)
    project.refresh_from_db()
    assert (project.color, project.is_billable, project.is_open) == (5, False, False)
    assert set(ProjectMember.objects.values_list("member", "is_leader")) == {
        (anna.membership.pk, False),
        (bo.membership.pk, True),
    }
    assert ProjectWorkType.objects.get().work_type == design
    assert Rate.objects.get().amount == 900


@pytest.mark.parametrize("mastered", [True, False], ids=["mastered", "archived by project sync"])
def test_an_archived_project_of_a_connected_workspace_is_frozen_r9(
    bo: Person, anna: Person, connected: None, mastered: bool
) -> None:
    project = Project.objects.create(name="Old", archived_at=timezone.now())
    if mastered:
        from_tripletex(project, archived=True)
    for attempt in (
        lambda: services.change_project(project, color=3),
        lambda: services.restore_project(project),
        lambda: services.add_members(project, [anna.membership]),
        lambda: services.set_leader(project, anna.membership, True),
        lambda: services.remove_member(project, anna.membership),
        lambda: services.add_work_types(project, []),
        lambda: services.set_rate(Decimal(1), project=project, valid_from=None),
    ):
        with pytest.raises(ProjectFrozen, match="Tripletex"):
            attempt()


def test_an_archived_local_project_is_editable_again_when_project_sync_is_off_r9(bo: Person) -> None:
    project = Project.objects.create(name="Old", archived_at=timezone.now())
    assert services.change_project(project, color=3).color == 3
    assert not services.restore_project(project).is_archived


def test_nothing_is_created_here_that_the_connected_system_keeps_r17_r24_r62(bo: Person, connected: None) -> None:
    for attempt in (
        lambda: services.create_product(name="Consulting"),
        lambda: services.create_customer(name="Fjell AS"),
        lambda: services.customer_called("Fjell AS"),
        lambda: services.create_work_type(name="Design"),
        lambda: arena(bo),
    ):
        with pytest.raises(CreatedElsewhere, match="Tripletex"):
            attempt()
    assert not Product.objects.exists()
    assert not Customer.objects.exists()


def test_only_an_active_product_can_be_chosen_r24(bo: Person, heard: list[object]) -> None:
    product = services.create_product(name="Consulting", number="P-100", price=Decimal("1450.00"))
    design = services.create_work_type(name="Design", product=product)
    gone = services.archive_product(services.create_product(name="Gone"))
    with pytest.raises(NotActive, match="Gone is not active"):
        services.change_work_type(design, product=gone)
    with pytest.raises(NotActive):
        services.create_work_type(name="Survey", product=gone)
    heard.clear()
    services.change_work_type(design, product=None)
    assert heard == [WorkTypeChanged(design.workspace_id, design.pk)]


def test_a_work_type_keeps_an_archived_product_until_another_is_chosen_r25(bo: Person) -> None:
    product = services.create_product(name="Consulting")
    design = services.create_work_type(name="Design", product=product)
    services.archive_product(product)
    assert services.change_work_type(design, name="Drawing").product == product


def test_the_product_of_an_activity_from_tripletex_is_chosen_here_r17_r22(connected: None) -> None:
    activity = WorkType.objects.create(name="Prosjektering", mastered_by="tripletex")
    product = Product.objects.create(name="Consulting", mastered_by="tripletex")
    assert services.change_work_type(activity, product=product, is_billable=False).product == product
    with pytest.raises(OwnedElsewhere):
        services.change_work_type(activity, name="X")
    with pytest.raises(OwnedElsewhere):
        services.archive_work_type(activity)


def test_an_archived_work_type_is_not_added_to_projects_r82(bo: Person) -> None:
    gone = services.archive_work_type(services.create_work_type(name="Gone"))
    with pytest.raises(NotActive):
        services.add_work_types(arena(bo), [gone])
    with pytest.raises(NotActive):
        arena(bo, work_types=[gone])


def test_adding_twice_and_removing_twice_is_harmless(bo: Person, anna: Person) -> None:
    project, design = arena(bo), services.create_work_type(name="Design")
    for _ in range(2):
        services.add_work_types(project, [design])
        services.add_members(project, [anna.membership, bo.membership])
    assert ProjectMember.objects.get(member=bo.membership).is_leader
    for _ in range(2):
        services.remove_work_type(project, design)
        services.remove_member(project, anna.membership)
    assert not ProjectWorkType.objects.exists()
    assert ProjectMember.objects.get().member == bo.membership


def test_somebody_who_has_left_is_not_put_on_a_project(bo: Person, anna: Person) -> None:
    anna.membership.is_active = False
    with pytest.raises(NotActive):
        services.add_members(arena(bo), [anna.membership])


def test_create_customer_called_takes_the_one_there_is(bo: Person) -> None:
    fjell = services.create_customer(name="Fjell AS", number="10388")
    assert services.customer_called("fjell as") == fjell
    assert services.customer_called("10388") == fjell
    services.archive_customer(fjell)
    assert services.customer_called("Fjell AS") != fjell


def test_a_rate_that_has_begun_is_not_taken_back_p27(bo: Person) -> None:
    began = services.set_rate(Decimal(900), valid_from=date(2026, 1, 1))
    with pytest.raises(RateInForce):
        services.withdraw_rate(began)
    services.withdraw_rate(services.set_rate(Decimal(950), valid_from=date(2999, 1, 1)))
    assert Rate.objects.get() == began


@pytest.mark.parametrize("amount", ["-1", "0.001", "NaN", "Infinity", "10000000000"])
def test_a_rate_is_an_amount_the_currency_has(amount: str) -> None:
    with pytest.raises(NotAnAmount, match="NOK"):
        services.set_rate(Decimal(amount), valid_from=None)


def test_the_same_day_again_corrects_the_rate_of_that_day() -> None:
    for amount in (900, 950):
        services.set_rate(Decimal(amount), valid_from=date(2026, 1, 1))
    assert Rate.objects.get().amount == 950
