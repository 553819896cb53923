"""What a workspace adds to its customers: tags (R96), fields of its own (R98), and the layout of their page (R100)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings

from busy.catalog import custom_values, exchange, services
from busy.catalog.customer_models import CustomerField, CustomerTag, CustomerTagging, FieldKind
from busy.catalog.errors import FieldHasValues, FieldNameTaken, NotAValue, TagInUse
from busy.catalog.exchange import SystemFields
from busy.catalog.layouts import moved
from busy.catalog.models import Customer
from busy.catalog.selectors.customer_pages import customer_page, values_of
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person

HTMX = {"HX-Request": "true"}


@pytest.fixture
def solvik(fjell: Workspace) -> Customer:
    with scope(fjell.pk):
        return services.create_customer(name="Solvik kommune", number="10388")


@pytest.fixture
def fields(fjell: Workspace) -> dict[str, CustomerField]:
    """One of each kind."""
    with scope(fjell.pk):
        return {
            kind: services.create_field(name=f"Own {kind}", kind=kind, choices=["Bygg", "Kraft"]) for kind in FieldKind
        }


@pytest.fixture
def uniconta(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system with two fields, which sorts customers by the first tag."""
    monkeypatch.setattr(exchange, "_fields", lambda: [SystemFields(system="Uniconta", names=("Branche", "xKanal"))])
    monkeypatch.setattr(exchange, "_tag_use", lambda tag_id: "Uniconta" if tag_id == first_tag().pk else "")


def first_tag() -> CustomerTag:
    tag = CustomerTag.objects.order_by("pk").first()
    assert tag is not None
    return tag


def place(fields: dict[str, CustomerField]) -> None:
    services.save_layout(["name", *(f"field_{field.pk}" for field in fields.values())], member=None)


def tagged(customer: Customer) -> list[str]:
    with scope(customer.workspace_id):
        return list(CustomerTagging.objects.filter(customer=customer).values_list("tag__name", flat=True))


def test_r96_bo_makes_a_tag_on_a_customers_page_and_ticks_it_on_another(
    bo: Person, solvik: Customer, fjell: Workspace
) -> None:
    with scope(fjell.pk):
        havn = services.create_customer(name="Havn Eiendom AS")
    part = bo.post(f"customers/{solvik.pk}/tags/", {"name": " Regn skap "}, headers=HTMX).content.decode()
    assert 'aria-pressed="true"' in part
    bo.post(f"customers/{havn.pk}/tags/", {"name": "regn skap"}, headers=HTMX)  # the same tag, not a second one
    with scope(fjell.pk):
        tag = CustomerTag.objects.get()
    assert tagged(havn) == ["Regn skap"]
    gone = bo.post(f"customers/{havn.pk}/tags/{tag.pk}/remove/", headers=HTMX)
    assert "undo_url" in gone.headers["HX-Trigger"]
    assert tagged(havn) == []
    listed = bo.get(f"customers/?tag={tag.pk}").content.decode()
    assert "Solvik kommune" in listed
    assert "Havn Eiendom" not in listed
    assert bo.post(f"customers/{havn.pk}/tags/", {"name": " "}, headers=HTMX).status_code == 422


def test_r96_dina_renames_and_deletes_tags_but_not_one_that_a_system_sorts_by(
    dina: Person, solvik: Customer, fjell: Workspace, uniconta: None
) -> None:
    with scope(fjell.pk):
        kept, gone = services.tag_called("Uniconta"), services.tag_called("Gammel")
        services.set_tag(solvik, gone)
        with pytest.raises(TagInUse):
            services.delete_tag(kept)
    dina.post(f"settings/customers/tags/{kept.pk}/", {"name": "Regnskap"})
    told = dina.post(f"settings/customers/tags/{gone.pk}/delete/", follow=True).content.decode()
    assert "1 customer carried it" in told
    refused = dina.post(f"settings/customers/tags/{kept.pk}/delete/", follow=True).content.decode()
    assert "Uniconta exchanges the customers tagged Regnskap" in refused


def test_r98_values_are_kept_by_kind_and_found_in_the_list(
    bo: Person, solvik: Customer, fjell: Workspace, fields: dict[str, CustomerField]
) -> None:
    with scope(fjell.pk):
        place(fields)
        services.create_customer(name="Havn Eiendom AS")
    written = {"text": "Nøkkelkunde", "number": "1 250,50", "day": "2026-11-22", "yes_no": "True", "choice": "Kraft"}
    sent = {"name": "Solvik kommune"} | {f"field_{fields[kind].pk}": text for kind, text in written.items()}
    assert bo.post(f"customers/{solvik.pk}/", sent, headers=HTMX).status_code == 200
    with scope(fjell.pk):
        kept = values_of(solvik)
    assert {kind: kept[field.pk] for kind, field in fields.items()} == {
        "text": "Nøkkelkunde",
        "number": "1250.5",
        "day": "2026-11-22",
        "yes_no": "yes",
        "choice": "Kraft",
    }
    number = fields["number"].pk
    for query in ("q=nøkkel", "q=1250,5", "q=2026-11-22", f"field={number}&value=1250,50", f"field={number}"):
        listed = bo.get(f"customers/?{query}").content.decode()
        assert "Solvik kommune" in listed, query
        assert "Havn Eiendom" not in listed, query
    assert "Solvik kommune" not in bo.get(f"customers/?field={number}&value=12").content.decode()
    assert (
        "Write a number"
        in bo.post(
            f"customers/{solvik.pk}/", {"name": "Solvik kommune", f"field_{number}": "mange"}, headers=HTMX
        ).content.decode()
    )


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (FieldKind.NUMBER, Decimal("-0.00"), "0"),
        (FieldKind.NUMBER, Decimal("12.500"), "12.5"),
        (FieldKind.DAY, date(2026, 1, 2), "2026-01-02"),
        (FieldKind.YES_NO, False, "no"),
        (FieldKind.TEXT, " a\x00b ", "ab"),
        (FieldKind.TEXT, None, ""),
    ],
)
def test_r98_equal_values_are_kept_alike(kind: str, value: Any, text: str) -> None:
    assert custom_values.kept(kind, value) == text
    assert custom_values.kept(kind, custom_values.value_of(kind, text)) == text


def test_r98_a_value_of_another_kind_is_refused(solvik: Customer, fields: dict[str, CustomerField]) -> None:
    with scope(solvik.workspace_id):
        for kind, value in (("number", "mange"), ("number", Decimal("NaN")), ("day", "i dag"), ("text", "x" * 1001)):
            with pytest.raises(NotAValue):
                services.change_customer(solvik, values={fields[kind].pk: value})
        services.change_customer(solvik, values={fields["text"].pk: "Bygg"})
        with pytest.raises(FieldHasValues):
            services.change_field(fields["text"], name="Bransje", kind=FieldKind.NUMBER)
        with pytest.raises(FieldNameTaken):
            services.create_field(name="OWN TEXT", kind=FieldKind.TEXT)


def test_r99_the_field_editor_offers_the_systems_names_and_warns_of_those_that_match_nothing(
    dina: Person, fjell: Workspace, uniconta: None
) -> None:
    assert '<option value="xKanal">' in dina.get("settings/customers/fields/new/").content.decode()
    for name, told in (
        ("Branche", ""),
        ("xkanal", "Uniconta writes it xKanal"),
        ("Humør", "has no field of this name"),
    ):
        page = dina.post("settings/customers/fields/new/", {"name": name, "kind": "text"}, follow=True)
        warned = {line["field"].name: line["warning"] for line in page.context["lines"]}
        assert told in warned[name]
        assert bool(told) == bool(warned[name])
    assert "Write at least two choices" in (
        dina.post(
            "settings/customers/fields/new/", {"name": "Valg", "kind": "choice", "choices": "En"}
        ).content.decode()
    )


def test_r100_the_layout_is_saved_for_everybody_or_for_oneself(
    dina: Person, bo: Person, solvik: Customer, fjell: Workspace, fields: dict[str, CustomerField]
) -> None:
    text = f"field_{fields['text'].pk}"
    page = f"customers/{solvik.pk}/"
    assert "Own text" not in bo.get(page).content.decode()
    dina.post("customers/layout/", {"place": ["name", text, "email"], "save": "everybody"})
    assert list(bo.get(page).context["form"].fields) == ["name", text, "email"]
    moved_up = bo.post("customers/layout/", {"place": ["name", text, "email"], "move": "up:email"})
    assert [key for key, _label in moved_up.context["placed"]] == ["name", "email", text]  # nothing is saved by it
    assert bo.post("customers/layout/", {"place": ["name"], "save": "everybody"}).status_code == 422
    bo.post("customers/layout/", {"place": [text, "nonsense"], "save": "own"})
    assert list(bo.get(page).context["form"].fields) == ["name", text]  # the name is always there
    assert list(dina.get(page).context["form"].fields) == ["name", text, "email"]
    bo.post("customers/layout/", {"save": "reset"})
    assert list(bo.get(page).context["form"].fields) == ["name", text, "email"]
    dina.post(f"settings/customers/fields/{fields['text'].pk}/archive/")
    assert list(bo.get(page).context["form"].fields) == ["name", "email"]


def test_r100_the_editors_buttons() -> None:
    shown, rest = ["name", "email"], ["field_3"]
    assert moved(shown, rest, "place:field_3") == (["name", "email", "field_3"], [])
    assert moved(shown, rest, "spare:email") == (["name"], ["field_3", "email"])
    for nothing in ("up:name", "down:email", "spare:name", "place:email", "up:number", "", "wrong"):
        assert moved(shown, rest, nothing) == (shown, rest)


def test_a_field_that_was_not_changed_does_not_undo_a_colleagues_change(
    bo: Person, solvik: Customer, fjell: Workspace, fields: dict[str, CustomerField]
) -> None:
    key, number = f"field_{fields['text'].pk}", f"field_{fields['number'].pk}"
    with scope(fjell.pk):
        place(fields)
        services.change_customer(solvik, values={fields["text"].pk: "Kollegas"})
    sent = {"name": solvik.name, "initial-name": solvik.name, key: "", f"initial-{key}": "", number: "7"}
    bo.post(f"customers/{solvik.pk}/", sent, headers=HTMX)
    with scope(fjell.pk):
        assert values_of(solvik) == {fields["text"].pk: "Kollegas", fields["number"].pk: "7"}


@override_settings(LANGUAGE_CODE="nb")
def test_anna_and_cilla_see_nothing_of_it(
    anna: Person, bo: Person, cilla: Person, solvik: Customer, fields: dict[str, CustomerField]
) -> None:
    for page in ("customers/layout/", "settings/customers/"):
        assert anna.get(page).status_code == 403
    assert bo.get("settings/customers/").status_code == 403
    assert "Own text" not in cilla.get("settings/customers/").content.decode()
    with scope(cilla.workspace.pk):
        assert customer_page(cilla.membership).fields == {}


def test_pages_cost_the_same_whatever_there_is(
    dina: Person,
    solvik: Customer,
    fields: dict[str, CustomerField],
    count_queries: Callable[[Person, str], int],
) -> None:
    pages = ["customers/", f"customers/{solvik.pk}/", "customers/layout/", "settings/customers/"]
    with scope(solvik.workspace_id):
        place(fields)
        services.set_tag(solvik, services.tag_called("En"))
    before = {page: count_queries(dina, page) for page in pages}
    with scope(solvik.workspace_id):
        more = {}
        for n in range(4):
            more[str(n)] = services.create_field(name=f"Felt {n}", kind=FieldKind.TEXT)
            services.set_tag(solvik, services.tag_called(f"Tagg {n}"))
            other = services.create_customer(name=f"Kunde {n}")
            services.set_tag(other, services.tag_called("En"))
            services.change_customer(other, values={more[str(n)].pk: "verdi"})
        place(fields | more)
    assert {page: count_queries(dina, page) for page in pages} == before
