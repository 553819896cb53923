"""R94, R97, R105: Dina connects Uniconta with a customer tag, ticks it on a customer, and Bo's order for that customer
arrives there. The worker's turns are taken in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from busy.catalog import services as catalog
from busy.workspaces.models import User
from integrations.models import Connection
from integrations.subscriptions import order_connection
from tests.integrations.conftest import quick
from tests.integrations.uniconta_stage import PROVIDER, UnicontaStage, uniconta
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person

__all__ = ["quick", "uniconta"]

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGE = "da"
WITHIN = 30_000  # milliseconds; a loaded machine is slow, the wait ends as soon as the state is there


def word(text: str, **values: str) -> str:
    with translation.override(LANGUAGE):
        return gettext(text) % values


def test_r94_r97_r105_from_the_form_to_the_tagged_customer_and_the_order(
    uniconta: UnicontaStage, bo: Person, live_server: Any, new_page: Callable[..., Page]
) -> None:
    User.objects.update(language=LANGUAGE)
    with uniconta.scope():
        tag = catalog.tag_called("Regnskab")
        molo = catalog.create_customer(name="Molo Havn AS", number="30001")
    page = new_page()
    page.context.set_default_timeout(WITHIN)
    let_in(page.context, uniconta.dina, live_server.url)

    page.goto(f"{live_server.url}{uniconta.dina.url(f'settings/integrations/{PROVIDER}/connect/')}")
    page.get_by_label(word("Uniconta user name")).fill("busy")
    page.get_by_label(word("Uniconta password")).fill("sandbox-password-nordlys")
    page.get_by_label(word("Uniconta API key")).fill("11112222-3333-4444-5555-666677778888")
    page.get_by_label(word("Company ID")).fill("123456")
    page.locator("select[name=customer_tag]").select_option(str(tag.pk))
    page.locator(".decision-bar button[type=submit]").click()
    page.locator("#matches").wait_for()
    page.locator("#confirm button").click()
    page.locator("select[name=order_payment]").select_option("Net30")  # R104: the set-up step
    page.locator("select[name=order_item]").select_option("140")
    page.locator(".decision-bar button[type=submit]").click()
    sentence = page.locator(".health-sentence")
    expect(sentence).to_have_text(word("Not everything has been fetched from %(system)s yet.", system="Uniconta"))
    with uniconta.scope():
        uniconta.connection = Connection.objects.get()
        assert order_connection() == uniconta.connection
    uniconta.pull()
    expect(sentence).to_have_text(word("Everything is in step with %(system)s.", system="Uniconta"), timeout=WITHIN)

    page.goto(f"{live_server.url}{uniconta.dina.url(f'customers/{molo.pk}/')}")
    page.get_by_role("button", name="Regnskab").click()
    expect(page.locator("#customer-tags [aria-pressed=true]")).to_have_text("Regnskab")
    uniconta.push()
    assert uniconta.there("30001")["Name"] == "Molo Havn AS"
    page.reload()
    expect(page.locator("#customer-tags")).to_contain_text("30001")

    order = uniconta.draft(molo)
    let_in(page.context, bo, live_server.url)
    page.goto(f"{live_server.url}{bo.url(f'orders/{order}/')}")
    page.get_by_role("button", name=word("Finish the order")).click()
    expect(page.get_by_role("button", name=word("Finish the order"))).to_have_count(0)
    uniconta.push()
    arrived = page.locator("#order-status .step").last
    expect(arrived.locator("strong")).to_have_text("Overført", timeout=WITHIN)
    (sent,) = uniconta.sandbox.orders()
    expect(arrived).to_contain_text(str(sent["OrderNumber"]))
    assert (sent["Account"], len(sent["Lines"]), sent["Payment"]) == ("30001", 1, "Net30")
    wait_until_the_server_rests()
