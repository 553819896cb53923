"""The catalogue's pages: what Bo can do with them, what Anna and Cilla cannot."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from busy.catalog import mastership, services
from busy.catalog.models import (
    Customer,
    Product,
    Project,
    ProjectMember,
    ProjectWorkType,
    Rate,
    RateMode,
    WorkType,
)
from busy.lib.periods import local_today
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person

HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Fjell:
    """What Fjell keeps in Busy."""

    customer: Customer
    product: Product
    design: WorkType
    arena: Project


@pytest.fixture
def at_fjell(fjell: Workspace, bo: Person) -> Fjell:
    with scope(fjell.pk):
        customer = services.create_customer(name="Fjell AS", number="10388")
        product = services.create_product(name="Consulting", number="P-100", price=Decimal("1450.50"))
        design = services.create_work_type(name="Design", product=product)
        arena = services.create_project(
            by=bo.membership, name="Fjell Arena", number="1042", customer=customer, work_types=[design]
        )
    return Fjell(customer, product, design, arena)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fjell keeps everything in Tripletex."""
    monkeypatch.setattr(mastership, "_owner", lambda kind: "Tripletex")
    monkeypatch.setattr(mastership, "_name", lambda key: key.capitalize())


def new_project(**fields: Any) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), "name": "Havn", "color": "3", "is_open": "on"} | fields


def pages_of(at: Fjell) -> list[str]:
    project = f"projects/{at.arena.pk}/"
    return [
        "projects/",
        "projects/?q=fjell&state=all&sort=-customer&billable=yes",
        "projects/new/",
        "projects/choices/?q=fjell",
        project,
        f"{project}work-types/",
        f"{project}members/",
        f"{project}rates/",
        "customers/",
        "customers/new/",
        "customers/choices/?q=fjell",
        f"customers/{at.customer.pk}/",
        "work-types/",
        "work-types/new/",
        f"work-types/{at.design.pk}/",
        "products/",
        "products/new/",
        "products/choices/?q=con",
        f"products/{at.product.pk}/",
        "rates/",
        "rates/why/",
    ]


def actions_of(at: Fjell, anna: Person) -> list[str]:
    project = f"projects/{at.arena.pk}/"
    return [
        f"{project}archive/",
        f"{project}restore/",
        f"{project}work-types/{at.design.pk}/remove/",
        f"{project}members/{anna.membership.pk}/add/",
        f"{project}rates/mode/",
        f"customers/{at.customer.pk}/archive/",
        f"customers/{at.customer.pk}/restore/",
        f"work-types/{at.design.pk}/archive/",
        f"work-types/{at.design.pk}/restore/",
        f"work-types/{at.design.pk}/rate/",
        f"products/{at.product.pk}/archive/",
        f"products/{at.product.pk}/restore/",
        "rates/999999/withdraw/",
    ]


def test_bo_sees_every_page_anna_none_and_cilla_finds_nothing(
    at_fjell: Fjell, bo: Person, anna: Person, cilla: Person
) -> None:
    for page in pages_of(at_fjell):
        assert bo.get(page).status_code == 200, page
        assert anna.get(page).status_code == 403, page
        assert cilla.get(f"/w/{bo.workspace.slug}/{page}").status_code == 404, page


def test_anna_and_cilla_change_nothing(at_fjell: Fjell, bo: Person, anna: Person, cilla: Person) -> None:
    for action in actions_of(at_fjell, anna):
        assert anna.post(action).status_code == 403, action
        assert cilla.post(f"/w/{bo.workspace.slug}/{action}").status_code == 404, action
        assert cilla.post(action).status_code == 404, action
        assert bo.get(action).status_code == 405, action


def test_cilla_cannot_reach_fjells_records_through_her_own_address(at_fjell: Fjell, cilla: Person) -> None:
    for page in pages_of(at_fjell):
        if any(char.isdigit() for char in page):
            assert cilla.get(page).status_code == 404, page
    for page in ("projects/", "customers/", "work-types/", "products/", "rates/"):
        text = cilla.get(page + "?state=all").content.decode()
        assert not [word for word in ("Fjell", "Design", "Consulting") if word in text], page
    assert cilla.get("customers/choices/?q=Fjell AS").json()["results"] == [
        {"value": "new:Fjell AS", "label": "Fjell AS", "detail": "New customer"}
    ]


def test_cilla_cannot_put_an_id_of_fjell_into_a_form(at_fjell: Fjell, cilla: Person) -> None:
    answer = cilla.post("projects/new/", new_project(customer=str(at_fjell.customer.pk)))
    assert (answer.status_code, "It is not there any more" in answer.content.decode()) == (422, True)
    answer = cilla.post("projects/new/", new_project(work_types=[str(at_fjell.design.pk)]))
    assert answer.status_code == 422
    cilla.post("projects/new/", new_project())
    with scope(cilla.workspace.pk):
        own = Project.objects.get()
    cilla.post(f"projects/{own.pk}/work-types/", {"work_type": str(at_fjell.design.pk)})
    cilla.post(f"projects/{own.pk}/members/", {"member": str(at_fjell.arena.pk)})
    with scope(cilla.workspace.pk):
        assert not ProjectWorkType.objects.exists()
        assert ProjectMember.objects.get().member == cilla.membership
    rate = {"subject": f"work_type-{at_fjell.design.pk}", "amount": "1"}
    assert cilla.post(f"projects/{own.pk}/rates/", rate).status_code == 404
    assert cilla.post("rates/", rate).status_code == 404


def test_bo_creates_a_project_with_a_new_customer(at_fjell: Fjell, bo: Person) -> None:
    form = new_project(customer="new:Havn Eiendom AS", number="1050", work_types=[at_fjell.design.pk], is_billable="on")
    answer = bo.post("projects/new/", form, follow=True)
    assert "Havn is created, and you lead it." in answer.content.decode()
    with scope(bo.workspace.pk):
        havn = Project.objects.get(number="1050")
        assert str(havn.customer) == "Havn Eiendom AS"
        assert havn.project_work_types.get().work_type == at_fjell.design
        assert havn.members.get(is_leader=True).member == bo.membership
    bo.post("projects/new/", form)
    with scope(bo.workspace.pk):
        assert Project.objects.count() == 2
        assert Customer.objects.count() == 2


def test_a_refused_form_keeps_what_was_typed_and_makes_no_customer(at_fjell: Fjell, bo: Person) -> None:
    answer = bo.post("projects/new/", new_project(customer="new:Havn Eiendom AS", number="1042"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Number 1042 is taken by Fjell Arena. Choose another number." in text
    assert 'value="Havn"' in text
    assert '<option value="new:Havn Eiendom AS" selected>Havn Eiendom AS</option>' in text
    with scope(bo.workspace.pk):
        assert Customer.objects.count() == 1


def test_without_javascript_a_customer_is_named_in_words(at_fjell: Fjell, bo: Person) -> None:
    bo.post("projects/new/", new_project(customer="", customer_text="fjell as"))
    with scope(bo.workspace.pk):
        assert Project.objects.get(name="Havn").customer == at_fjell.customer


def test_bo_changes_one_field_and_does_not_undo_what_dina_changed(at_fjell: Fjell, bo: Person, dina: Person) -> None:
    page = f"projects/{at_fjell.arena.pk}/"
    shown = {"initial-name": "Fjell Arena", "initial-number": "1042", "number": "1042", "color": "1"}
    dina.post(page, shown | {"name": "Fjell Arena II"})
    answer = bo.post(page, shown | {"name": "Fjell Arena", "initial-color": "1", "color": "9"}, headers=HTMX)
    assert answer.status_code == 200
    assert "Fjell Arena II" in answer.content.decode()
    with scope(bo.workspace.pk):
        at_fjell.arena.refresh_from_db()
    assert (at_fjell.arena.name, at_fjell.arena.color) == ("Fjell Arena II", 9)


def test_an_error_stands_next_to_its_field_with_what_was_typed(at_fjell: Fjell, bo: Person) -> None:
    fields = {"name": "", "initial-name": "Fjell Arena", "number": "77", "color": "1"}
    page = bo.post(f"projects/{at_fjell.arena.pk}/", fields)
    part = bo.post(f"projects/{at_fjell.arena.pk}/", fields, headers=HTMX)
    for answer in (page, part):
        assert answer.status_code == 422
        assert 'id="id_name_error"' in answer.content.decode()
        assert 'value="77"' in answer.content.decode()
    assert (part["HX-Retarget"], part["HX-Reswap"]) == ("#project-fields", "outerHTML")


def test_what_tripletex_owns_is_shown_with_a_lock_and_is_no_field_r18(
    at_fjell: Fjell, bo: Person, connected: None
) -> None:
    with scope(bo.workspace.pk):
        Project.objects.update(mastered_by="tripletex")
        Customer.objects.update(mastered_by="tripletex")
        Product.objects.update(mastered_by="tripletex")
    page = f"projects/{at_fjell.arena.pk}/"
    text = bo.get(page).content.decode()
    assert "Owned by Tripletex" in text
    assert 'name="name"' not in text
    assert "project-archive" not in text
    assert "archive/" not in text
    bo.post(page, {"name": "Mine", "number": "9", "color": "4", "initial-color": "1"})
    with scope(bo.workspace.pk):
        at_fjell.arena.refresh_from_db()
    assert (at_fjell.arena.name, at_fjell.arena.number, at_fjell.arena.color) == ("Fjell Arena", "1042", 4)
    assert "Owned by Tripletex" in bo.post(f"{page}archive/", follow=True).content.decode()
    for page in (f"customers/{at_fjell.customer.pk}/", f"products/{at_fjell.product.pk}/"):
        text = bo.get(page).content.decode()
        assert "Owned by Tripletex" in text
        assert "data-autosave-form" not in text.partition('id="main"')[2].partition("</main>")[0]


def test_a_connected_workspace_offers_no_way_to_create_what_the_system_keeps_r24_r62(
    at_fjell: Fjell, bo: Person, connected: None
) -> None:
    for kind, new in (
        ("products", "products/new/"),
        ("customers", "customers/new/"),
        ("projects", "projects/new/"),
        ("work-types", "work-types/new/"),
    ):
        listed = bo.get(f"{kind}/").content.decode()
        assert "kept in Tripletex" in listed
        assert new not in listed
        assert "are created in Tripletex" in bo.get(new, follow=True).content.decode()
        bo.post(new, new_project())
    assert bo.get("customers/choices/?q=Havn").json() == {"results": []}
    with scope(bo.workspace.pk):
        assert (Product.objects.count(), Customer.objects.count(), Project.objects.count()) == (1, 1, 1)


def test_an_archived_project_of_a_connected_workspace_says_why_it_cannot_be_changed_r9(
    at_fjell: Fjell, bo: Person, connected: None
) -> None:
    with scope(bo.workspace.pk):
        Project.objects.update(archived_at=timezone.now())
    for page in ("", "work-types/", "members/", "rates/"):
        text = bo.get(f"projects/{at_fjell.arena.pk}/{page}").content.decode()
        assert "Activate it in Tripletex" in text
        assert "<form" not in text.partition('id="main"')[2].partition("</main>")[0]
    answer = bo.post(f"projects/{at_fjell.arena.pk}/restore/", headers=HTMX)
    assert (answer.status_code, answer["HX-Reswap"]) == (422, "none")
    assert "turn off project sync" in answer["HX-Trigger"]


def test_archiving_can_be_undone_from_the_toast(at_fjell: Fjell, bo: Person) -> None:
    for page in (
        f"projects/{at_fjell.arena.pk}/",
        f"customers/{at_fjell.customer.pk}/",
        f"work-types/{at_fjell.design.pk}/",
        f"products/{at_fjell.product.pk}/",
    ):
        answer = bo.post(f"{page}archive/", headers=HTMX)
        assert bo.url(f"{page}restore/?undo") in answer["HX-Trigger"]
        assert "Archived" in answer.content.decode()
        undone = bo.post(f"{page}restore/?undo", headers=HTMX)
        assert undone["HX-Refresh"] == "true"
        assert "Archived" not in bo.get(page).content.decode().partition('id="main"')[2].partition("</h1>")[2][:200]


def test_members_come_lead_and_go(at_fjell: Fjell, bo: Person, anna: Person) -> None:
    page = f"projects/{at_fjell.arena.pk}/members/"
    bo.post(page, {"member": str(anna.membership.pk)}, headers=HTMX)
    bo.post(f"{page}{anna.membership.pk}/lead/")
    with scope(bo.workspace.pk):
        assert ProjectMember.objects.get(member=anna.membership).is_leader
    answer = bo.post(f"{page}{anna.membership.pk}/remove/", headers=HTMX)
    assert f"{page}{anna.membership.pk}/lead/?undo" in answer["HX-Trigger"]
    with scope(bo.workspace.pk):
        assert not ProjectMember.objects.filter(member=anna.membership).exists()
    assert bo.post(f"{page}{anna.membership.pk}/promote/").status_code == 404


def test_work_types_are_added_one_or_all_and_removed_r21(at_fjell: Fjell, bo: Person) -> None:
    page = f"projects/{at_fjell.arena.pk}/work-types/"
    with scope(bo.workspace.pk):
        travel, survey = (services.create_work_type(name=name) for name in ("Travel", "Survey"))
    bo.post(f"{page}{at_fjell.design.pk}/remove/")
    bo.post(page, {"work_type": str(travel.pk)})
    with scope(bo.workspace.pk):
        assert [row.work_type for row in ProjectWorkType.objects.all()] == [travel]
    answer = bo.post(page, {"all": "1"}, headers=HTMX)
    assert "All active work types are on the project." in answer.content.decode()
    with scope(bo.workspace.pk):
        assert ProjectWorkType.objects.filter(work_type__in=[travel, survey, at_fjell.design]).count() == 3


def test_bo_sets_a_rate_in_his_own_way_of_writing_and_keeps_the_old_one_p27(at_fjell: Fjell, bo: Person) -> None:
    today = local_today("Europe/Oslo")
    bo.post("rates/", {"subject": "", "amount": "1 000"})
    bo.post("rates/", {"subject": f"work_type-{at_fjell.design.pk}", "amount": "1.250,50", "valid_from": str(today)})
    bo.post(f"projects/{at_fjell.arena.pk}/rates/mode/", {"mode": "project", "valid_from": str(today)})
    tomorrow = today + timedelta(1)
    bo.post(f"projects/{at_fjell.arena.pk}/rates/", {"subject": "", "amount": "1400", "valid_from": str(tomorrow)})
    with scope(bo.workspace.pk):
        rates = Rate.objects.values_list("project", "work_type", "amount", "valid_from").order_by("pk")
        assert list(rates) == [
            (None, None, 1000, None),
            (None, at_fjell.design.pk, Decimal("1250.50"), today),
            (at_fjell.arena.pk, None, 1400, tomorrow),
        ]
        coming = Rate.objects.get(valid_from=tomorrow)
    page = bo.get(f"projects/{at_fjell.arena.pk}/rates/").content.decode()
    assert "One rate for the project" in page
    assert "1,400.00 from" in page
    bo.post(f"rates/{coming.pk}/withdraw/", headers=HTMX)
    with scope(bo.workspace.pk):
        assert Rate.objects.count() == 2


def test_a_wrong_amount_stays_in_its_field_with_the_reason(at_fjell: Fjell, bo: Person) -> None:
    with scope(bo.workspace.pk):
        services.change_rate_mode(at_fjell.arena, RateMode.PROJECT, valid_from=None)
    own = f"work_type-{at_fjell.design.pk}"
    for page, subject in (
        ("rates/", ""),
        ("rates/", own),
        (f"work-types/{at_fjell.design.pk}/rate/", own),
        (f"projects/{at_fjell.arena.pk}/rates/", ""),
    ):
        for headers in ({}, HTMX):
            answer = bo.post(page, {"subject": subject, "amount": "a lot"}, headers=headers)
            text = answer.content.decode()
            assert answer.status_code == 422
            assert text.count("Write an amount, such as 1450 or 1 450,50.") == 1
            assert text.count('value="a lot"') == 1
    with scope(bo.workspace.pk):
        assert not Rate.objects.exists()


def test_the_page_says_why_an_hour_costs_what_it_costs(at_fjell: Fjell, bo: Person, anna: Person) -> None:
    with scope(bo.workspace.pk):
        services.set_rate(Decimal(900), valid_from=date(2026, 3, 1), work_type=at_fjell.design)
    query = f"?project={at_fjell.arena.pk}&work_type={at_fjell.design.pk}&member={anna.membership.pk}&day="
    since = f"The work type&#x27;s default rate, since {date_format(date(2026, 3, 1), 'DATE_FORMAT')}."
    assert since in bo.get(f"rates/why/{query}2026-03-01").content.decode()
    assert "No rate is set" in bo.get(f"rates/why/{query}2026-02-28").content.decode()
    assert bo.get(f"rates/why/{query}soon").status_code == 200


def test_a_missing_product_is_told_where_orders_would_wait_r25(
    at_fjell: Fjell, bo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope(bo.workspace.pk):
        bare = services.create_work_type(name="Survey")
    assert "Missing product" not in bo.get("work-types/").content.decode()
    monkeypatch.setattr(mastership, "_owner", lambda kind: "Tripletex" if kind == "products" else "")
    assert "Missing product" in bo.get("work-types/").content.decode()
    assert "The work type has no product." in bo.get(f"work-types/{bare.pk}/").content.decode()
    assert "has no product" not in bo.get(f"work-types/{at_fjell.design.pk}/").content.decode()
    with scope(bo.workspace.pk):
        Product.objects.update(archived_at=timezone.now())
    assert "is not active" in bo.get(f"work-types/{at_fjell.design.pk}/").content.decode()


def test_every_empty_list_says_the_next_step(bo: Person) -> None:
    for page, sentence in (
        ("projects/", "No projects yet"),
        ("customers/", "No customers yet"),
        ("work-types/", "No work types yet"),
        ("products/", "No products yet"),
    ):
        assert sentence in bo.get(page).content.decode()
        assert "Nothing matches" in bo.get(f"{page}?q=x").content.decode()


def test_names_are_written_as_text_never_as_markup(at_fjell: Fjell, bo: Person) -> None:
    with scope(bo.workspace.pk):
        evil = "<script>alert(1)</script>"
        services.change_project(at_fjell.arena, name=evil)
        services.change_customer(at_fjell.customer, name=evil)
        services.change_work_type(at_fjell.design, name=evil)
    for page in pages_of(at_fjell):
        if "choices" not in page:
            assert evil not in bo.get(page).content.decode(), page


def test_pages_cost_the_same_number_of_queries_with_many_records(
    at_fjell: Fjell, fjell: Workspace, bo: Person, count_queries: Callable[[Person, str], int]
) -> None:
    few = {page: count_queries(bo, page) for page in pages_of(at_fjell)}
    with scope(fjell.pk):
        people = [bo.membership]
        kinds = WorkType.objects.bulk_create(
            WorkType(workspace=fjell, name=f"W{n}", product=at_fjell.product) for n in range(60)
        )
        customers = Customer.objects.bulk_create(Customer(workspace=fjell, name=f"C{n}") for n in range(60))
        Product.objects.bulk_create(Product(workspace=fjell, name=f"P{n}") for n in range(60))
        projects = Project.objects.bulk_create(
            Project(
                workspace=fjell,
                name=f"Fjell {n}",
                customer=at_fjell.customer if n % 2 else customers[0],
                rate_mode=RateMode.PROJECT,
            )
            for n in range(60)
        )
        ProjectMember.objects.bulk_create(
            ProjectMember(workspace=fjell, project=p, member=person) for p in projects for person in people
        )
        ProjectWorkType.objects.bulk_create(
            ProjectWorkType(workspace=fjell, project=p, work_type=kind)
            for p in [at_fjell.arena, *projects[:5]]
            for kind in kinds
        )
        Rate.objects.bulk_create(
            Rate(workspace=fjell, project=p, work_type=kind, amount=1) for p in projects[:10] for kind in kinds[:5]
        )
    many = {page: count_queries(bo, page) for page in pages_of(at_fjell)}
    assert {page: n for page, n in many.items() if n > max(few[page], 0) + 1} == {}
    # Among them the timer in the top bar, and the categories that a work type can have; a customer's page also asks for
    # the tags, the fields of data and how the page is laid out.
    assert {page: n for page, n in many.items() if n > (16 if page.startswith("customers/") else 14)} == {}
