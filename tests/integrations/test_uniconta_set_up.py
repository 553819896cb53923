"""R104: the bookkeeping connection is followed by a set-up step of its own; finished orders wait for it, and go on."""

from __future__ import annotations

from django.test import Client

from integrations import set_up
from tests.integrations.test_uniconta import link
from tests.integrations.uniconta_stage import PROVIDER, UnicontaStage, uniconta
from tests.people import Person

__all__ = ["uniconta"]

PAGE = f"settings/integrations/{PROVIDER}/set-up/"


def test_r104_finished_orders_wait_for_the_set_up_and_go_by_its_answers(
    uniconta: UnicontaStage, dina: Person, bo: Person, cilla: Person
) -> None:
    uniconta.connect(is_set_up=False)
    uniconta.pull()
    havgap = uniconta.customer("Havgap", number="10001", tag="Regnskap")
    link(uniconta, havgap, "10001")
    order = uniconta.draft(havgap)
    bo.post(f"orders/{order}/finish/")
    uniconta.push()
    assert uniconta.sandbox.orders() == []
    assert "The set-up of Uniconta is not finished" in bo.get(f"orders/{order}/").content.decode()
    assert "Needs configuration" in dina.get("settings/integrations/").content.decode()
    assert "Finish the set-up" in dina.get(f"settings/integrations/{PROVIDER}/").content.decode()

    assert bo.get(PAGE).status_code == 403
    assert cilla.get(PAGE).status_code == 404
    page = dina.get(PAGE).content.decode()
    for name in ("order_employee", "order_payment", "order_vat", "order_category", "order_item", "customer_group"):
        assert f'name="{name}"' in page, name
    assert dina.post(PAGE, {"order_payment": "nonsense"}).status_code == 422
    assert dina.post(PAGE, {"order_payment": "Net30", "order_employee": "1"}).status_code == 302
    uniconta.push()
    (sent,) = uniconta.sandbox.orders()
    assert (sent["Payment"], sent["Employee"]) == ("Net30", "1")

    settings = dina.get(f"settings/integrations/{PROVIDER}/settings/").content.decode()
    assert "Net30 30 dager netto" in settings
    assert "Change the set-up" in settings
    dina.post(PAGE, {"order_payment": "Kontant"})  # and again, whenever somebody likes
    with uniconta.scope():
        kept = set_up.answers(uniconta.refresh(), uniconta.facts)
    assert (kept["order_payment"], kept["order_employee"]) == ("Kontant", "")
    assert "Needs configuration" not in dina.get("settings/integrations/").content.decode()


def test_r104_customers_alone_need_no_set_up_and_bookkeeping_later_asks_for_it(
    uniconta: UnicontaStage, dina: Person
) -> None:
    connection = uniconta.connect(bookkeeping=False)
    page = dina.get(PAGE).content.decode()
    assert 'name="customer_group"' in page
    assert 'name="order_payment"' not in page
    assert not set_up.is_waited_for(connection)
    tag = connection.settings["customer_tag"]
    answer = dina.post(
        f"settings/integrations/{PROVIDER}/settings/exchange/", {"customer_tag": str(tag), "bookkeeping": "on"}
    )
    assert answer["Location"].endswith(f"/{PAGE}")
    assert set_up.is_waited_for(uniconta.refresh())


def test_r104_a_refused_order_goes_on_when_the_set_up_is_mended(
    uniconta: UnicontaStage, dina: Person, bo: Person
) -> None:
    uniconta.connect()
    uniconta.pull()
    havgap = uniconta.customer("Havgap", number="10001", tag="Regnskap")
    link(uniconta, havgap, "10001")
    dina.post(PAGE, {"order_payment": "Net30"})
    uniconta.sandbox.delete("PaymentTermClient", "Net30")
    order = uniconta.draft(havgap)
    bo.post(f"orders/{order}/finish/")
    uniconta.push()
    told = bo.get(f"orders/{order}/").content.decode()
    assert "was chosen in the set-up" in told
    assert "An administrator can put this right." in told
    assert "Open the set-up" in dina.get(f"orders/{order}/").content.decode()
    page = dina.get(PAGE).content.decode()
    assert "was chosen before, and is not in Uniconta any more" in page
    dina.post(PAGE, {"order_payment": "Net14"})
    uniconta.push()
    (sent,) = uniconta.sandbox.orders()
    assert sent["Payment"] == "Net14"


def test_r104_what_uniconta_says_no_to_is_told_on_the_page(uniconta: UnicontaStage, dina: Person) -> None:
    uniconta.connect(is_set_up=False)
    uniconta.sandbox.revoke()
    refused = dina.get(PAGE)
    assert refused.status_code == 422
    assert "Read again" in refused.content.decode()
    dina.post(f"settings/integrations/{PROVIDER}/pause/")
    assert "does not run" in dina.get(PAGE).content.decode()
    assert Client().get(PAGE).status_code == 404
