"""R51, R54: Dina signs in at the provider itself, in a browser that meets its consent page, and Bo's order arrives as
a draft. The worker's turns are taken in this process; the main job has a worker of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from busy.workspaces.models import User
from integrations.models import Connection
from integrations.providers.visma_eaccounting.sandbox.seed import FJORD, NORDLYS
from tests.integrations.conftest import quick
from tests.integrations.test_sign_in import PAGE, SignInStage, sandbox, stage
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person

__all__ = ["quick", "sandbox", "stage"]

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGE = "da"
WITHIN = 30_000  # milliseconds; a loaded machine is slow, the wait ends as soon as the state is there


def word(text: str, **values: str) -> str:
    with translation.override(LANGUAGE):
        return gettext(text) % values


def test_r51_r54_from_the_sign_in_at_visma_to_the_draft_order(
    stage: SignInStage, bo: Person, live_server: Any, new_page: Callable[..., Page], settings: Any
) -> None:
    settings.BASE_URL = live_server.url
    User.objects.update(language=LANGUAGE)
    page = new_page()
    page.context.set_default_timeout(WITHIN)
    let_in(page.context, stage.dina, live_server.url)

    page.goto(f"{live_server.url}{stage.dina.url(f'{PAGE}connect/')}")
    page.locator(".decision-bar button[type=submit]").click()
    page.wait_for_url(re.compile(r"/connect/authorize"))  # nobody has to press anything on the way
    page.get_by_label("Company").select_option(FJORD)
    page.get_by_role("button", name="Deny").click()
    denied = word("The access was not allowed in %(system)s", system="Visma eAccounting")
    expect(page.locator(".form-errors")).to_contain_text(denied)

    page.locator(".decision-bar button[type=submit]").click()
    page.wait_for_url(re.compile(r"/connect/authorize"))
    page.get_by_label("Company").select_option(NORDLYS)
    page.get_by_role("button", name="Allow").click()
    page.locator("#matches").wait_for()  # the lists were read one after the other
    page.locator("#confirm button").click()
    expect(page.locator(".page-title h1")).to_have_text("Visma eAccounting")
    with stage.scope():
        stage.connection = Connection.objects.get()
    stage.pull()
    in_step = word("Everything is in step with %(system)s.", system="Visma eAccounting")
    expect(page.locator(".health-sentence")).to_have_text(in_step, timeout=WITHIN)

    order = stage.draft()
    let_in(page.context, bo, live_server.url)
    page.goto(f"{live_server.url}{bo.url(f'orders/{order}/')}")
    page.get_by_role("button", name=word("Finish the order")).click()
    expect(page.get_by_role("button", name=word("Finish the order"))).to_have_count(0)
    stage.push()
    arrived = page.locator("#order-status .step").last
    expect(arrived.locator("strong")).to_have_text("Overført", timeout=WITHIN)
    (sent,) = stage.sandbox.orders()
    expect(arrived).to_contain_text(str(sent["Number"]))
    assert sent["Status"] == 1, "a draft, which people over there go on with"
    wait_until_the_server_rests()
