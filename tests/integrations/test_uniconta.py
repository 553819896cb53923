"""Uniconta with Fjell: tagged customers come in (R95, R99, R106), what the connection is for (R94, R104, R107), and the
change URL with its silence (R101-R103)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from busy.catalog import services as catalog
from busy.catalog.customer_models import CustomerTag
from busy.catalog.models import Customer, Product
from busy.catalog.selectors.customer_pages import values_of
from integrations import change_urls, customer_exchange, watching
from integrations.change_urls import State
from integrations.customer_exchange import Choices
from integrations.models import Connection, ConnectionState, CustomerLink, Wakeup
from integrations.providers.uniconta.sandbox import events
from integrations.providers.uniconta.sandbox.seed import NORDLYS
from integrations.subscriptions import order_connection
from tests.integrations.uniconta_stage import PROVIDER, UnicontaStage, uniconta
from tests.people import Person

__all__ = ["uniconta"]


def link(stage: UnicontaStage, customer: Customer, account: str) -> None:
    answer = stage.dina.post(f"settings/integrations/{PROVIDER}/customers/{customer.pk}/link/", {"number": account})
    assert answer.status_code == 302


def test_r95_r106_only_tagged_customers_are_received_and_none_is_imported(uniconta: UnicontaStage) -> None:
    uniconta.connect()
    tagged = uniconta.customer("Havgap", number="10001", tag="Regnskap")
    plain = uniconta.customer("Bryggen", number="10003")
    for customer, account in ((tagged, "10001"), (plain, "10003")):
        link(uniconta, customer, account)
    uniconta.make_due()
    uniconta.pull()
    with uniconta.scope():
        tagged.refresh_from_db()
        plain.refresh_from_db()
        assert Customer.objects.count() == 2
        assert Product.objects.filter(mastered_by="Uniconta").count() == 6
    assert (tagged.name, tagged.organization_number, tagged.mastered_by) == ("Havgap Sjømat AS", "915112233", "")
    assert plain.name == "Bryggen"


def test_r99_fields_of_equal_names_come_in_and_the_editor_knows_them(uniconta: UnicontaStage, dina: Person) -> None:
    uniconta.connect()
    tagged = uniconta.customer("Havgap", number="10001", tag="Regnskap")
    link(uniconta, tagged, "10001")
    uniconta.pull()  # learns the names
    fields = {name: uniconta.own_field(name, kind) for name, kind in (("Branche", "text"), ("Rabat", "number"))}
    other = uniconta.own_field("branche 2")
    uniconta.make_due()
    uniconta.pull()
    with uniconta.scope():
        assert values_of(tagged) == {fields["Branche"].pk: "Fiskeri", fields["Rabat"].pk: "7.5"}
    page = dina.get("settings/customers/").content.decode()
    assert "Uniconta has no field of this name" in page
    assert '<option value="xKanal">' in dina.get(f"settings/customers/fields/{other.pk}/").content.decode()


def test_r94_r104_r107_the_form_asks_what_the_connection_is_for(uniconta: UnicontaStage, dina: Person) -> None:
    with uniconta.scope():
        tag = catalog.tag_called("Regnskap")
    address = f"settings/integrations/{PROVIDER}/connect/"
    page = dina.get(address).content.decode()
    for name in ("enabled", "username", "password", "api_key", "company_id", "customer_tag"):
        assert f'name="{name}"' in page, name
    typed = {
        "username": "busy", "password": "wrong", "api_key": "11112222-3333-4444-5555-666677778888",
        "company_id": "123456", "customer_tag": str(tag.pk),
    }  # fmt: skip
    refused = dina.post(address, typed)
    assert refused.status_code == 422  # R11
    assert not Connection.across_workspaces.exists()
    typed["password"] = "sandbox-password-nordlys"
    dina.post(address, typed)  # off, and for customers alone
    preview = f"settings/integrations/{PROVIDER}/preview/"
    for _ in range(2):
        dina.post(f"{preview}read/")
    told = dina.get(f"{preview}?kind=customers").content.decode()
    assert "Only customers tagged “Regnskap” travel: 0 of 0" in told
    dina.post(preview, {"turn": "confirm"})
    with uniconta.scope():
        connection = Connection.objects.get()
        assert connection.state == ConnectionState.PAUSED
        assert customer_exchange.choices_of(connection) == Choices(tag_id=tag.pk, bookkeeping=False)
        assert order_connection() is None
    dina.post(f"settings/integrations/{PROVIDER}/settings/exchange/", {"bookkeeping": "on"})
    with uniconta.scope():
        assert order_connection() == connection
        assert customer_exchange.choices_of(Connection.objects.get()).tag_id is None


def test_r97_r106_a_tagged_customer_is_made_there_and_changes_travel_both_ways(
    uniconta: UnicontaStage, dina: Person
) -> None:
    uniconta.connect()
    uniconta.pull()  # learns the names of the fields
    branche = uniconta.own_field("Branche")
    plain = uniconta.customer("Uten tagg", number="30002")
    molo = uniconta.customer("Molo Havn AS", number="30001", tag="Regnskap")
    uniconta.push()
    assert {row["Account"] for row in uniconta.sandbox.all("DebtorClient")} >= {"30001"}
    assert "30002" not in {row["Account"] for row in uniconta.sandbox.all("DebtorClient")}
    with uniconta.scope():
        assert CustomerLink.objects.get(local=molo).external_id == "30001"
        catalog.change_customer(molo, email="post@molo.example", values={branche.pk: "Havn"})
        catalog.change_customer(plain, email="post@uten.example")
    uniconta.sandbox.change("DebtorClient", "30001", Name="Molo Havn Nord AS", Payment="Net30")
    uniconta.push()
    there = uniconta.there("30001")
    assert (there["ContactEmail"], there["Branche"], there["Name"]) == (
        "post@molo.example",
        "Havn",
        "Molo Havn Nord AS",
    )
    assert (there["Payment"], there["Group"]) == ("Net30", "NO"), "read, changed, written back whole"
    with uniconta.scope():
        molo.refresh_from_db()
    assert (molo.name, molo.mastered_by) == ("Molo Havn Nord AS", "")
    uniconta.sandbox.change("DebtorClient", "30001", Branche="Fiskeri", CompanyRegNo="988776655")
    uniconta.make_due()
    uniconta.pull()
    with uniconta.scope():
        molo.refresh_from_db()
        assert (molo.organization_number, values_of(molo)) == ("988776655", {branche.pk: "Fiskeri"})
    writes = len(uniconta.sandbox.requests("PUT", "/Crud/Update/DebtorClientUser"))
    uniconta.push()
    assert len(uniconta.sandbox.requests("PUT", "/Crud/Update/DebtorClientUser")) == writes, "an echo is no change"


def test_r97_removing_and_setting_the_tag_or_one_button_sends_everything_again(
    uniconta: UnicontaStage, dina: Person
) -> None:
    uniconta.connect()
    molo = uniconta.customer("Molo Havn AS", number="30001", tag="Regnskap")
    uniconta.push()
    with uniconta.scope():
        tag = CustomerTag.objects.get()
        catalog.remove_tag(molo, tag)
        catalog.change_customer(molo, name="Molo Havn Nord AS")  # without the tag: stays here
    uniconta.push()
    assert uniconta.there("30001")["Name"] == "Molo Havn AS"
    with uniconta.scope():
        catalog.set_tag(molo, tag)
    uniconta.push()
    assert uniconta.there("30001")["Name"] == "Molo Havn Nord AS"
    uniconta.sandbox.change("DebtorClient", "30001", Name="Feil navn AS")
    page = dina.get(f"customers/{molo.pk}/").content.decode()
    assert "Re-sync this customer" in page
    dina.post(f"settings/integrations/{PROVIDER}/customers/{molo.pk}/again/")
    uniconta.push()
    assert uniconta.there("30001")["Name"] == "Molo Havn Nord AS"


def test_a_customer_that_is_there_already_is_linked_by_a_person_and_not_made_twice(
    uniconta: UnicontaStage, dina: Person
) -> None:
    uniconta.connect()
    with uniconta.scope():
        havgap = catalog.create_customer(name="Havgap", organization_number="915112233")
        catalog.set_tag(havgap, CustomerTag.objects.get())
    uniconta.push()
    assert len([row for row in uniconta.sandbox.all("DebtorClient") if row["CompanyRegNo"] == "915112233"]) == 1
    assert "10001 Havgap Sjømat AS" in dina.get(f"customers/{havgap.pk}/").content.decode()
    link(uniconta, havgap, "10001")
    uniconta.make_due()
    uniconta.pull()
    with uniconta.scope():
        havgap.refresh_from_db()
    assert havgap.name == "Havgap Sjømat AS"


def test_r105_a_finished_order_arrives_once_and_needs_a_link_but_no_tag(uniconta: UnicontaStage, bo: Person) -> None:
    uniconta.connect(tag="")
    uniconta.pull()
    havgap = uniconta.customer("Havgap", number="10001")
    order = uniconta.draft(havgap)
    answer = bo.post(f"orders/{order}/finish/", follow=True)
    assert answer.status_code == 200
    uniconta.push()
    assert uniconta.sandbox.orders() == []
    assert "Havgap" in bo.get(f"orders/{order}/").content.decode()
    link(uniconta, havgap, "10001")  # the order goes on by itself
    uniconta.push()
    (sent,) = uniconta.sandbox.orders()
    assert (sent["Account"], sent["OurRef"].startswith("Busy ")) == ("10001", True)
    assert [(line["Item"], line["Qty"]) for line in sent["Lines"]] == [("110", 7.5)]


def test_r96_the_tag_that_a_connection_sorts_by_is_kept(uniconta: UnicontaStage, dina: Person) -> None:
    uniconta.connect()
    with uniconta.scope():
        tag = CustomerTag.objects.get()
    refused = dina.post(f"settings/customers/tags/{tag.pk}/delete/", follow=True).content.decode()
    assert "Uniconta exchanges the customers tagged Regnskap" in refused


def call(stage: UnicontaStage, query: str = "", method: str = "get", body: bytes = b"") -> int:
    path = urlsplit(watching.address_of(stage.connection)).path + query
    if method == "post":
        return Client(enforce_csrf_checks=True).post(path, body, content_type="application/json").status_code
    answer: int = getattr(Client(enforce_csrf_checks=True), method)(path).status_code
    return answer


@pytest.mark.parametrize(
    "query",
    [
        "?CompanyId=123456&Table=Debtor&RowId=1&Key=10001&Action=update",
        "?CompanyId=123456?Table=debtor?Operation=Update",
    ],
)
def test_r101_the_change_url_takes_all_its_variants_and_is_a_hint_only(uniconta: UnicontaStage, query: str) -> None:
    uniconta.connect()
    with uniconta.scope():
        Wakeup.objects.all().delete()
    assert call(uniconta, query) == 200
    with uniconta.scope():
        assert [row.kind for row in Wakeup.objects.all()] == ["customers"]
    assert call(uniconta, "?Table=InvItem", "post", b'{"Item": "110"}') == 200
    assert call(uniconta, "", "head") == 200
    assert call(uniconta, "?Table=GLAccount") == 200  # nothing of ours
    assert call(uniconta, "", "post", b"\xff not json") == 200


def test_r101_it_is_answered_whatever_the_state_of_the_house_is(uniconta: UnicontaStage) -> None:
    uniconta.connect()
    with patch.object(watching, "hear", side_effect=OperationalError):
        assert call(uniconta, "?Table=Debtor") == 200
    with patch.object(watching, "A_MINUTE", 0):
        assert call(uniconta, "?Table=Debtor") == 200
    with uniconta.scope():
        Connection.objects.update(state=ConnectionState.DISCONNECTED)
    assert call(uniconta, "?Table=Debtor") == 404
    assert Client().get("/hints/nobody/").status_code == 405


def test_r102_r103_a_stopped_change_url_is_told_with_its_cure_and_everything_is_read_when_it_goes_on(
    uniconta: UnicontaStage, dina: Person, settings: Any
) -> None:
    settings.BASE_URL = "https://busy.example"
    uniconta.connect()
    url = watching.address_of(uniconta.connection)
    row = {"Url": url, "TableId": 0, "HasError": True, "ErrorMessage": "HTTP 502", "RowId": 9}
    with uniconta.sandbox.store.lock:
        uniconta.sandbox.store.put(NORDLYS, "TableChangeEventClient", {**row, "Id": "9"})
    assert call(uniconta, "?Table=Debtor") == 200
    customers = uniconta.facts.kinds[0]
    with uniconta.scope():
        Wakeup.objects.all().delete()
        assert watching.interval(uniconta.refresh(), customers) > customers.interval
    change_urls.look(dina.workspace.pk, uniconta.connection.pk)
    with uniconta.scope():
        told = change_urls.change_url(uniconta.refresh())
        assert watching.interval(uniconta.connection, customers) == customers.interval, "no longer rarer"
        assert {row.kind for row in Wakeup.objects.all()} == {"customers", "products"}
    assert (told.state, told.message) == (State.STOPPED, "HTTP 502")
    page = dina.get(f"settings/integrations/{PROVIDER}/").content.decode()
    assert "press Refresh" in page
    assert "Needs attention" in dina.get("settings/integrations/").content.decode()
    assert url not in page.replace(f'data-copy="{url}"', "")  # shown masked
    events.refresh(uniconta.sandbox.store, NORDLYS)
    with uniconta.scope():
        Wakeup.objects.all().delete()
        assert call(uniconta, "?Table=GLAccount") == 200
        assert call(uniconta, "?Table=Debtor") == 200  # it goes on: whatever was missed is looked for
        assert {row.kind for row in Wakeup.objects.all()} == {"customers", "products"}
        assert change_urls.change_url(uniconta.refresh()).state is State.HEARD


def test_cilla_and_bo_have_no_way_in(uniconta: UnicontaStage, bo: Person, cilla: Person) -> None:
    uniconta.connect()
    customer = uniconta.customer("Havgap", tag="Regnskap")
    address = f"settings/integrations/{PROVIDER}/customers/{customer.pk}/link/"
    assert bo.post(address, {"number": "10001"}).status_code == 403
    assert cilla.post(address, {"number": "10001"}).status_code == 404
    told = uniconta.dina.post(address, {"number": "nobody"}, follow=True).content.decode()
    assert "has no customer with the number" in told
    with uniconta.scope():
        assert not CustomerLink.objects.exists()


def test_r106_what_both_sides_changed_shows_both_values_with_the_choice(
    uniconta: UnicontaStage, dina: Person, bo: Person, anna: Person
) -> None:
    uniconta.connect()
    uniconta.pull()  # learns the names of the fields
    branche = uniconta.own_field("Branche")
    molo = uniconta.customer("Molo Havn AS", number="30001", tag="Regnskap")
    uniconta.push()
    with uniconta.scope():
        catalog.change_customer(molo, email="post@molo.example", values={branche.pk: "Havn"})
    uniconta.sandbox.change(
        "DebtorClient", "30001", ContactEmail="faktura@molo.example", Branche="Fiskeri", UpdatedAt="2099-01-01T00:00:00"
    )
    uniconta.push()
    page = bo.get(f"customers/{molo.pk}/").content.decode()
    for said in ("Changed in both places: E-mail", "post@molo.example", "faktura@molo.example", "Havn", "Fiskeri"):
        assert said in page, said
    settle = f"settings/integrations/{PROVIDER}/customers/{molo.pk}/settle/"
    assert anna.post(settle, {"do": "other"}).status_code == 403
    bo.post(settle, {"do": "other"})
    uniconta.push()
    there = uniconta.there("30001")
    assert (there["ContactEmail"], there["Branche"]) == ("post@molo.example", "Havn")
    with uniconta.scope():
        molo.refresh_from_db()
        assert (molo.email, values_of(molo)) == ("post@molo.example", {branche.pk: "Havn"})
    assert "Changed in both places" not in bo.get(f"customers/{molo.pk}/").content.decode()

    with uniconta.scope():
        catalog.change_customer(molo, name="Molo Sør AS")
    uniconta.sandbox.change("DebtorClient", "30001", Name="Molo Nord AS", UpdatedAt="2020-01-01T00:00:00")
    uniconta.push()
    assert "What was changed last stays: “Molo Sør AS”" in bo.get(f"customers/{molo.pk}/").content.decode()
    bo.post(settle, {"do": "seen"})
    assert "Changed in both places" not in bo.get(f"customers/{molo.pk}/").content.decode()
    assert uniconta.there("30001")["Name"] == "Molo Sør AS"


def test_r33_a_change_that_uniconta_does_not_take_waits_for_a_person_who_sees_why_and_what_to_do(
    uniconta: UnicontaStage, dina: Person, bo: Person, anna: Person
) -> None:
    uniconta.connect()
    molo = uniconta.customer("Molo Havn AS", number="30001", tag="Regnskap")
    uniconta.push()
    uniconta.sandbox.change("DebtorClient", "30001", Group="Gone")
    with uniconta.scope():
        catalog.change_customer(molo, name="Molo Havn Nord AS")
    uniconta.push()
    page = bo.get(f"customers/{molo.pk}/").content.decode()
    for said in ("Uniconta did not take the change", "FieldHasinvalidValue", "Try again now", "take what stands in"):
        assert said in page, said
    assert "Molo Havn Nord AS" in dina.get(f"settings/integrations/{PROVIDER}/problems/").content.decode()
    settle = f"settings/integrations/{PROVIDER}/customers/{molo.pk}/settle/"
    assert anna.post(settle, {"do": "take"}).status_code == 403
    uniconta.sandbox.change("DebtorClient", "30001", Group="NO")
    bo.post(settle, {"do": "retry"})
    moving = bo.get(f"catalogue/customers/{molo.pk}/exchange/").content.decode()
    assert "hx-get" in moving
    uniconta.push()
    assert uniconta.there("30001")["Name"] == "Molo Havn Nord AS"
    assert "hx-get" not in bo.get(f"catalogue/customers/{molo.pk}/exchange/").content.decode(), "it has come"

    uniconta.sandbox.change("DebtorClient", "30001", Group="Gone")
    with uniconta.scope():
        catalog.change_customer(molo, name="Molo")
    uniconta.push()
    bo.post(settle, {"do": "take"})
    uniconta.push()
    with uniconta.scope():
        molo.refresh_from_db()
    assert molo.name == "Molo Havn Nord AS"
    assert "did not take the change" not in bo.get(f"customers/{molo.pk}/").content.decode()


def test_r101_a_new_change_url_shuts_the_old_one_at_once_or_after_a_day(
    uniconta: UnicontaStage, dina: Person, bo: Person, cilla: Person
) -> None:
    uniconta.connect()
    address = f"settings/integrations/{PROVIDER}/settings/change-url/"
    first = urlsplit(watching.address_of(uniconta.connection)).path
    assert bo.post(address, {"old": "keep"}).status_code == 403
    assert cilla.post(address, {"old": "keep"}).status_code == 404
    assert call(uniconta, "?Table=Debtor") == 200
    dina.post(address, {"old": "keep"})
    uniconta.refresh()
    second = urlsplit(watching.address_of(uniconta.connection)).path
    assert second != first
    with uniconta.scope():
        Wakeup.objects.all().delete()
    assert Client().get(f"{first}?Table=Debtor").status_code == 200
    with uniconta.scope():
        assert [row.kind for row in Wakeup.objects.all()] == ["customers"], "no change is missed"
        told = change_urls.change_url(uniconta.refresh())
        assert (told.state, told.old_until is not None) == (State.NEVER, True), "nothing is known of the new one"
    page = dina.get(f"settings/integrations/{PROVIDER}/settings/").content.decode()
    assert "The old change URL keeps working until" in page
    with time_machine.travel(timezone.now() + change_urls.GRACE + timedelta(minutes=1)):
        assert Client().get(f"{first}?Table=Debtor").status_code == 404
    dina.post(address, {"do": "shut-old"})
    assert Client().get(f"{first}?Table=Debtor").status_code == 404
    dina.post(address, {"old": "shut"})
    assert Client().get(f"{second}?Table=Debtor").status_code == 404
    uniconta.refresh()
    assert call(uniconta, "?Table=Debtor") == 200
    history = dina.get(f"settings/integrations/{PROVIDER}/history/").content.decode()
    for sentence in ("kept working for 24 hours", "The old change URL was shut", "was shut at once", "Dina"):
        assert sentence in history, sentence
