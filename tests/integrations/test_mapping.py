"""What is what at the other end, changed by hand and taken back (R19, R89)."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from busy.catalog.models import Customer, Project, WorkType
from busy.workspaces.models import Membership, User
from integrations import candidates, linking, mapping, suggesting
from integrations.kernel.records import Kind
from integrations.mapping import Show
from integrations.matching import Named
from integrations.models import LinkChange, ProductLink, ProjectLink
from tests.integrations.stage import PROJECT, Stage
from tests.people import Person

PAGE = "settings/integrations/tripletex/mapping/"


@pytest.fixture
def hytta(stage: Stage, walked: None) -> Project:
    """Made in Busy before Tripletex was connected, under a name that Tripletex has too, nearly."""
    with stage.scope():
        return Project.objects.create(name="nettbutikk for ferske ravarer", number="77")


def rows(stage: Stage, kind: Kind, show: Show = Show.ALL) -> dict[str, mapping.Row]:
    with stage.scope():
        page = mapping.page(stage.refresh(), kind, show=show, text="", number=None)
        return {row.name: row for row in page.object_list}


def htmx(person: Person, path: str, data: Any = None) -> Any:
    return person.post(path, data or {}, headers={"hx-request": "true"})


def toast(answer: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer.headers["HX-Trigger"])["toast"]
    return told


def linked(stage: Stage, external_id: str = PROJECT) -> str:
    with stage.scope():
        return str(ProjectLink.objects.select_related("local").get(external_id=external_id).local.name)


# --- People -----------------------------------------------------------------------------------------------------------


def test_r89_a_person_is_suggested_by_e_mail_and_by_name_and_linked_by_the_number(
    stage: Stage, bo: Person, anna: Person
) -> None:
    User.objects.filter(pk=bo.user.pk).update(email="anna@nordlys.example")
    User.objects.filter(pk=anna.user.pk).update(name="maja ÖSTBERG")
    stage.connect()
    stage.pull()
    found = rows(stage, Kind.EMPLOYEES, Show.UNLINKED)
    told = {name: row.suggestion.theirs.label if row.suggestion else "" for name, row in found.items()}
    assert told == {"Bo Berg": "2 Anna Nygård", "maja ÖSTBERG": "3 Maja Östberg", "Dina Dahl": ""}
    assert found["Dina Dahl"].note == "No employee number in Busy."

    answer = htmx(stage.dina, f"{PAGE}employees/{bo.membership.pk}/", {"external_id": "18500402"})
    assert answer.status_code == 204
    with stage.scope():
        assert Membership.objects.get(pk=bo.membership.pk).employee_number == "2"
    assert rows(stage, Kind.EMPLOYEES)["Bo Berg"].theirs is not None
    assert htmx(stage.dina, toast(answer)["undo_url"]).status_code == 204
    with stage.scope():
        assert Membership.objects.get(pk=bo.membership.pk).employee_number == ""


def test_r89_who_has_the_number_is_named_and_it_moves_only_when_said(
    connected: Stage, bo: Person, anna: Person
) -> None:
    with connected.scope():
        connected.do(linking.link, connected.connection, Kind.EMPLOYEES, bo.membership.pk, "18500402")
    address = f"{PAGE}employees/{anna.membership.pk}/"
    refused = htmx(connected.dina, address, {"external_id": "18500402"})
    assert refused.status_code == 422
    assert "Bo Berg has employee number 2 already" in refused.content.decode()
    assert htmx(connected.dina, address, {"external_id": "18500402", "moves": "on"}).status_code == 204
    with connected.scope():
        numbers = dict(Membership.objects.values_list("user__name", "employee_number"))
    assert (numbers["Bo Berg"], numbers["Anna Aas"]) == ("", "2")


def test_r89_an_employee_without_a_number_there_cannot_be_linked(connected: Stage, anna: Person) -> None:
    refused = htmx(connected.dina, f"{PAGE}employees/{anna.membership.pk}/", {"external_id": "18500407"})
    assert refused.status_code == 422
    assert "has no employee number in Tripletex" in refused.content.decode()


# --- Projects ---------------------------------------------------------------------------------------------------------


def test_r6_r19_a_project_the_sync_archived_is_suggested_linked_and_given_back(
    hytta: Project, connected: Stage
) -> None:
    assert rows(connected, Kind.PROJECTS, Show.UNLINKED) == {}
    row = rows(connected, Kind.PROJECTS, Show.ARCHIVED)[hytta.name]
    assert row.suggestion is not None
    assert (row.suggestion.theirs.external_id, row.suggestion.basis) == (PROJECT, "Nearly the same name")

    answer = htmx(connected.dina, f"{PAGE}projects/{hytta.pk}/", {"external_id": PROJECT})
    with connected.scope():
        hytta.refresh_from_db()
        other = Project.objects.exclude(pk=hytta.pk).get(name="Nettbutikk for ferske råvarer")
        assert (hytta.number, hytta.is_archived, hytta.mastered_by) == ("1001", False, "Tripletex")
        assert (other.is_archived, other.mastered_by) == (True, "")
        assert Project.objects.filter(number="1001", archived_at=None).count() == 1
    connected.make_due()
    connected.pull()
    with connected.scope():
        assert ProjectLink.objects.get(external_id=PROJECT).local_id == hytta.pk  # nothing came in twice

    htmx(connected.dina, toast(answer)["undo_url"])
    with connected.scope():
        hytta.refresh_from_db()
        assert (hytta.name, hytta.number, hytta.is_archived, hytta.mastered_by) == (
            "nettbutikk for ferske ravarer", "77", True, "",
        )  # fmt: skip
        assert ProjectLink.objects.get(external_id=PROJECT).local_id == other.pk
        assert not Project.objects.get(pk=other.pk).is_archived
        assert LinkChange.objects.get().undone_at is not None


def test_r19_a_link_that_hours_stand_on_names_its_holder_and_moves_only_when_said(
    hytta: Project, connected: Stage
) -> None:
    connected.approved_hours(connected.project(), connected.work_type())
    address = f"{PAGE}projects/{hytta.pk}/"
    refused = htmx(connected.dina, address, {"external_id": PROJECT})
    assert refused.status_code == 422
    assert "1001 Nettbutikk for ferske råvarer” has this link" in refused.content.decode()
    assert rows(connected, Kind.PROJECTS, Show.ARCHIVED)[hytta.name].suggestion is None
    assert htmx(connected.dina, address, {"external_id": PROJECT, "moves": "on"}).status_code == 204
    with connected.scope():
        assert ProjectLink.objects.get(external_id=PROJECT).local_id == hytta.pk


def test_r6_who_loses_the_link_to_another_is_archived_under_its_own_name(hytta: Project, connected: Stage) -> None:
    with connected.scope():
        other = Project.objects.create(name="Butikk")
        connected.do(linking.link, connected.connection, Kind.PROJECTS, hytta.pk, PROJECT)
        with pytest.raises(linking.Taken):
            connected.do(linking.link, connected.connection, Kind.PROJECTS, other.pk, PROJECT)
        connected.do(linking.link, connected.connection, Kind.PROJECTS, other.pk, PROJECT, moves=True)
        hytta.refresh_from_db()
        other.refresh_from_db()
    assert (hytta.name, hytta.is_archived, hytta.mastered_by) == ("nettbutikk for ferske ravarer", True, "")
    assert (other.number, other.is_archived, other.mastered_by) == ("1001", False, "Tripletex")


def test_a_wrong_match_is_changed_by_exchanging_the_two(connected: Stage) -> None:
    with connected.scope():
        first, second = connected.project(), connected.project("87310102")
    htmx(connected.dina, f"{PAGE}projects/{first.pk}/", {"external_id": "87310102"})
    with connected.scope():
        links = dict(ProjectLink.objects.values_list("external_id", "local_id"))
        assert (links[PROJECT], links["87310102"]) == (second.pk, first.pk)
        first.refresh_from_db()
        assert first.name == "Profil og emballasje"


def test_unlinking_archives_a_project_and_the_next_listing_brings_it_in_anew(connected: Stage) -> None:
    local = connected.project()
    answer = htmx(connected.dina, f"{PAGE}projects/{local.pk}/", {"act": "unlink"})
    assert answer.status_code == 204
    with connected.scope():
        local.refresh_from_db()
        assert (local.is_archived, local.mastered_by) == (True, "")
    connected.pull()
    assert linked(connected) == "Nettbutikk for ferske råvarer"
    with connected.scope():
        assert ProjectLink.objects.get(external_id=PROJECT).local_id != local.pk
    late = htmx(connected.dina, toast(answer)["undo_url"])
    assert "changed meanwhile" in toast(late)["text"]


def test_projects_follow_their_customer_and_work_types_their_product(connected: Stage) -> None:
    with connected.scope():
        own = Customer.objects.create(name="Havgap")
        imported = connected.project().customer
        assert imported is not None
        product = ProductLink.objects.get(external_id="53120202").local
        work_type = WorkType.objects.create(name="Skisser", product=product)
        better = type(product).objects.create(name="Skisser")
    htmx(connected.dina, f"{PAGE}customers/{own.pk}/", {"external_id": "108615701"})
    answer = htmx(connected.dina, f"{PAGE}products/{better.pk}/", {"external_id": "53120202"})
    with connected.scope():
        assert connected.project().customer_id == own.pk
        work_type.refresh_from_db()
        assert work_type.product_id == better.pk
    htmx(connected.dina, toast(answer)["undo_url"])
    with connected.scope():
        work_type.refresh_from_db()
        assert work_type.product_id == product.pk


# --- Many at once -----------------------------------------------------------------------------------------------------


def test_all_suggestions_are_shown_ticked_and_taken_back_at_once(stage: Stage) -> None:
    with stage.scope():
        made = [Customer.objects.create(name=name) for name in ("Havgap Sjømat AS", "KALEVA LAB OY", "Ingen AS")]
        numbered = Customer.objects.create(name="Noe annet", number="10003")
    stage.connect()
    stage.pull()
    shown = stage.dina.get(f"{PAGE}customers/accept/")
    offered = {row.name: row.suggestion.is_sure for row in shown.context["rows"]}
    assert offered == {
        "Havgap Sjømat AS": True,
        "KALEVA LAB OY": True,
        "Noe annet": False,
    }  # another name is no match yet
    with patch.object(mapping, "MOST_AT_ONCE", 1):
        first = stage.dina.get(f"{PAGE}customers/accept/")
    assert [row.name for row in first.context["rows"]] == ["Havgap Sjømat AS"]
    assert "These are the first 1 of 3 suggestions." in first.content.decode()
    assert "Link all 2 certain ones" in first.content.decode()
    answer = stage.dina.post(f"{PAGE}customers/accept/", {"record": [made[0].pk, made[1].pk, "x", "999999999"]})
    with stage.scope():
        assert Customer.objects.filter(pk__in=[one.pk for one in made[:2]], mastered_by="Tripletex").count() == 2
        assert not Customer.objects.get(pk=numbered.pk).mastered_by
        assert Customer.objects.filter(name="Kaleva Lab Oy", archived_at=None).count() == 1
    undo_url = stage.dina.client.get(answer.url).context["done_undo_url"]
    stage.dina.post(undo_url)
    with stage.scope():
        assert Customer.objects.get(pk=made[1].pk).name == "KALEVA LAB OY"


def test_two_of_the_same_name_are_not_suggested_for_one_and_an_active_one_comes_before_an_archived(
    connected: Stage,
) -> None:
    """R19: what is not clear is not guessed, on whatever page the two stand."""
    with connected.scope():
        there = Customer.objects.filter(mastered_by="Tripletex", archived_at=None).order_by("pk")[0]
        first = Customer.objects.create(name=there.name)
        old = Customer.objects.create(name=there.name, archived_at=timezone.now())
        found = suggesting.of_all(connected.refresh(), Kind.CUSTOMERS)
        assert [one.pk for one in found] == [first.pk]
        assert not suggesting.of_some(connected.connection, Kind.CUSTOMERS, [old])
        Customer.objects.create(name=there.name, number="77")
        assert not suggesting.of_some(connected.connection, Kind.CUSTOMERS, [first])
        change, left_out = connected.do(
            linking.link_all,
            connected.connection,
            Kind.CUSTOMERS,
            {first.pk: found[0].external_id, old.pk: found[0].external_id},
        )
        assert (left_out, change.after[first.pk]) == (1, found[0].external_id)


def test_candidates_are_found_by_the_database_however_they_are_spelt(connected: Stage) -> None:
    """R19: of a hundred thousand imported records only those are loaded that a record of Busy may be."""
    with connected.scope():
        there = Customer.objects.filter(mastered_by="Tripletex", archived_at=None).order_by("pk")[:3]
        for record, name in zip(there, ("Ærø  Møbelsnekkeri & Sønner", "Strasse 9", "Noe helt annet"), strict=True):
            Customer.objects.filter(pk=record.pk).update(name=name, number="" if name != "Noe helt annet" else "K-7")
        names = (("aero mobelsnekkeri & SONNER", ""), ("straße 9", ""), ("X", " k-7 "))
        ours = [Named(key=n, name=name, number=number) for n, (name, number) in enumerate(names)]
        found = candidates.near(connected.refresh(), Kind.CUSTOMERS, ours)
        assert set(found.imported) == {record.pk for record in there}
        assert not candidates.near(connected.refresh(), Kind.CUSTOMERS, [Named(key=1, name="mobelsnekkeri")]).imported


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_pages_cost_the_same_for_few_and_for_many(connected: Stage, django_assert_max_num_queries: Any) -> None:
    with connected.scope():
        Customer.objects.bulk_create(Customer(workspace=connected.workspace, name=f"Kunde {n}") for n in range(120))
    with django_assert_max_num_queries(45):
        shown = connected.dina.get(f"{PAGE}customers/", data={"show": "unlinked", "page": 2})
    assert len(shown.context["rows"]) == 50
    assert shown.context["unlinked"] == 120
    found = connected.dina.get(f"{PAGE}customers/", data={"q": "kunde 119"})
    assert [row.name for row in found.context["rows"]] == ["Kunde 119"]
    overview = connected.dina.get("settings/integrations/tripletex/")
    assert "120 not linked" in overview.content.decode()


def test_the_combobox_says_who_has_a_link(hytta: Project, connected: Stage) -> None:
    with connected.scope():
        connected.do(linking.link, connected.connection, Kind.PROJECTS, hytta.pk, PROJECT)
    answer = connected.dina.get(f"{PAGE}projects/choices/", data={"q": "1001"})
    (found,) = answer.json()["results"]
    assert (found["value"], found["detail"]) == (PROJECT, "linked to Nettbutikk for ferske råvarer")


def test_strangers_wrong_kinds_and_nonsense_find_nothing(
    hytta: Project, connected: Stage, cilla: Person, bo: Person
) -> None:
    assert bo.get(f"{PAGE}projects/").status_code == 403
    assert cilla.get(connected.dina.url(f"{PAGE}projects/")).status_code == 404
    assert connected.dina.get(f"{PAGE}work-types/").status_code == 404  # not synchronised
    assert connected.dina.get(f"{PAGE}nonsense/").status_code == 404
    assert connected.dina.get(f"{PAGE}projects/999999/").status_code == 404
    for value in ("", "0", "x" * 200, "\x00"):
        assert htmx(connected.dina, f"{PAGE}projects/{hytta.pk}/", {"external_id": value}).status_code == 422
    assert linked(connected) == "Nettbutikk for ferske råvarer"
