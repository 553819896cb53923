"""R42, R46, R47: Dina pastes a token of Xledger and looks at what would happen, and Bo's order arrives in the order
overview. The worker's turns are taken in this process; the main job has a worker of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from busy.workspaces.models import User
from integrations.models import Connection
from integrations.providers.xledger.sandbox import TOKEN, TOKEN_REVOKED
from tests.integrations.conftest import quick
from tests.integrations.xledger_stage import XledgerStage, xledger
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person

__all__ = ["quick", "xledger"]

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGE = "sv"
WITHIN = 30_000  # milliseconds; a loaded machine is slow, the wait ends as soon as the state is there


def word(text: str, **values: str) -> str:
    with translation.override(LANGUAGE):
        return gettext(text) % values


def test_r42_r46_r47_from_the_token_to_the_order_in_the_order_overview(
    xledger: XledgerStage, bo: Person, live_server: Any, new_page: Callable[..., Page]
) -> None:
    User.objects.update(language=LANGUAGE)
    page = new_page()
    page.context.set_default_timeout(WITHIN)
    let_in(page.context, xledger.dina, live_server.url)

    page.goto(f"{live_server.url}{xledger.dina.url('settings/integrations/xledger/connect/')}")
    token = page.get_by_label(word("API token"))
    token.fill(TOKEN_REVOKED)
    page.locator(".decision-bar button[type=submit]").click()
    expect(page.locator(".form-errors")).to_contain_text(word("%(system)s refuses the key", system="Xledger"))
    token.fill(TOKEN)
    page.locator(".decision-bar button[type=submit]").click()
    page.locator("#matches").wait_for()  # the lists were read one after the other
    page.locator("#confirm button").click()
    sentence = page.locator(".health-sentence")
    expect(sentence).to_have_text(word("Not everything has been fetched from %(system)s yet.", system="Xledger"))
    with xledger.scope():
        xledger.connection = Connection.objects.get()
    xledger.pull()
    expect(sentence).to_have_text(word("Everything is in step with %(system)s.", system="Xledger"), timeout=WITHIN)

    order = xledger.draft()
    let_in(page.context, bo, live_server.url)
    page.goto(f"{live_server.url}{bo.url(f'orders/{order}/')}")
    page.get_by_role("button", name=word("Finish the order")).click()
    expect(page.get_by_role("button", name=word("Finish the order"))).to_have_count(0)
    xledger.push()
    arrived = page.locator("#order-status .step").last
    expect(arrived.locator("strong")).to_have_text("Överförd", timeout=WITHIN)
    (sent,) = xledger.there.orders()
    expect(arrived).to_contain_text(str(sent["orderNumber"]))
    assert len(sent["details"]) == 1
    expect(page.locator("#order-status")).to_contain_text("Till fakturering")  # what somebody there does next
    wait_until_the_server_rests()
