"""R58, R59, R62: Dina signs in with the integration user, chooses the company and looks at what would happen; Bo's
order arrives with the status that was chosen. The worker's turns are taken in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from busy.workspaces.models import User
from integrations.models import Connection
from integrations.providers.twentyfoursevenoffice.sandbox.seed import PASSWORD, USER
from tests.integrations.conftest import quick
from tests.integrations.office_stage import OfficeStage, office
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person

__all__ = ["office", "quick"]

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGE = "da"
WITHIN = 30_000  # milliseconds; a loaded machine is slow, the wait ends as soon as the state is there
SYSTEM = "24SevenOffice"


def word(text: str, **values: str) -> str:
    with translation.override(LANGUAGE):
        return gettext(text) % values


def test_r58_r59_from_the_integration_user_to_the_order_with_its_status(
    office: OfficeStage, bo: Person, live_server: Any, new_page: Callable[..., Page]
) -> None:
    User.objects.update(language=LANGUAGE)
    page = new_page()
    page.context.set_default_timeout(WITHIN)
    let_in(page.context, office.dina, live_server.url)

    page.goto(f"{live_server.url}{office.dina.url('settings/integrations/twentyfoursevenoffice/connect/')}")
    page.get_by_label(word("E-mail of the integration user")).fill(USER)
    password = page.get_by_label(word("Password of the integration user"))
    password.fill("wrong")
    page.locator(".decision-bar button[type=submit]").click()
    expect(page.locator(".form-errors")).to_contain_text(SYSTEM)
    password.fill(PASSWORD)
    page.locator(".decision-bar button[type=submit]").click()
    expect(page.get_by_label("Nordlys Studio AS")).to_be_checked()  # the user's usual company
    page.locator(".decision-bar button[type=submit]").click()
    page.locator("#matches").wait_for()  # the lists were read one after the other
    page.locator("#confirm button").click()
    sentence = page.locator(".health-sentence")
    expect(sentence).to_have_text(word("Not everything has been fetched from %(system)s yet.", system=SYSTEM))
    with office.scope():
        office.connection = Connection.objects.get()
    office.pull()
    expect(sentence).to_have_text(word("Everything is in step with %(system)s.", system=SYSTEM), timeout=WITHIN)

    page.goto(f"{live_server.url}{office.dina.url('settings/integrations/twentyfoursevenoffice/settings/')}")
    page.get_by_label(word("Orders arrive as")).select_option(label=word("Confirmed order"))
    page.locator("section[aria-labelledby=options] button[type=submit]").click()
    expect(page.locator("[data-toast-text]").first).to_have_text(word("Saved."))

    order = office.draft()
    let_in(page.context, bo, live_server.url)
    page.goto(f"{live_server.url}{bo.url(f'orders/{order}/')}")
    page.get_by_role("button", name=word("Finish the order")).click()
    expect(page.get_by_role("button", name=word("Finish the order"))).to_have_count(0)
    office.push()
    arrived = page.locator("#order-status .step").last
    (sent,) = office.there.orders()
    expect(arrived).to_contain_text(str(sent["OrderId"]), timeout=WITHIN)
    assert (sent["OrderStatus"], len(sent["InvoiceRows"])) == ("Confirmed", 1)
    wait_until_the_server_rests()
