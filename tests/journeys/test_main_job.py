"""The main job from end to end, as people do it: a week is logged, approved, made an order of, and transferred.

Everything is the real thing: a browser, PostgreSQL, a broker, a Celery worker, HTTP to the provider's sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from busy.catalog.models import Project, ProjectWorkType, Rate
from busy.lib.periods import Week, local_today
from busy.workspaces.models import User
from busy.workspaces.scope import scope
from integrations.providers.tripletex.sandbox import KEY
from tests.integrations.conftest import quick, sandbox, stage
from tests.integrations.stage import CUSTOMER, PRODUCT, PROJECT, Stage
from tests.journeys.browsers import wait_until_the_server_rests
from tests.people import PASSWORD, Person
from tests.support.broker import WorkerProcess

__all__ = ["quick", "sandbox", "stage"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# The words a person reads, per language: what the page says when the order has arrived (R30).
TRANSFERRED = {"nb": "Overført", "sv": "Överförd"}
WITHIN = 30_000  # milliseconds; a loaded machine is slow, the wait ends as soon as the state is there


class Browser:
    """One person's browser. Labels are looked up in the person's language."""

    def __init__(self, page: Page, server: str, person: Person, language: str) -> None:
        self.page = page
        self.server = server
        self.person = person
        self.language = language
        page.context.set_default_timeout(WITHIN)

    def word(self, text: str, **values: Any) -> str:
        with translation.override(self.language):
            return gettext(text) % values if values else gettext(text)

    def sign_in(self) -> Browser:
        self.page.goto(f"{self.server}/accounts/login/")
        self.page.locator("input[name=login]").fill(self.person.user.email)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("input[name=password]").press("Enter")
        self.page.wait_for_url(re.compile("/w/fjell/"))
        return self

    def open(self, path: str) -> Browser:
        self.page.goto(f"{self.server}{self.person.url(path)}")
        return self


@pytest.fixture
def open_browser(
    transactional_db: None, live_server: Any, new_page: Callable[..., Page]
) -> Callable[[Person, str], Browser]:
    def do(person: Person, language: str) -> Browser:
        User.objects.filter(pk=person.user.pk).update(language=language)
        return Browser(new_page(), live_server.url, person, language).sign_in()

    return do


@pytest.mark.parametrize("language", ["nb", "sv"])
def test_r26_r28_from_the_first_hour_to_the_order_in_tripletex(
    language: str,
    stage: Stage,
    anna: Person,
    bo: Person,
    open_browser: Callable[[Person, str], Browser],
    start_celery_worker: Callable[..., WorkerProcess],
) -> None:
    start_celery_worker("pull", "push", "interactive", concurrency=2)
    _dina_connects(open_browser(stage.dina, language))
    _the_studio_sets_its_prices(stage)

    _anna_logs_a_week(open_browser(anna, language))
    manager = open_browser(bo, language)
    _bo_approves(manager)
    number = _bo_makes_and_finishes_an_order(manager)
    wait_until_the_server_rests()

    (order,) = stage.sandbox.orders()
    assert str(order["number"] or order["id"]) == number
    assert str(order["customer"]["id"]) == CUSTOMER
    assert str(order["project"]["id"]) == PROJECT
    assert str(order["reference"]).startswith("Busy 1001 ")
    (line,) = order["orderLines"]
    assert str(line["product"]["id"]) == PRODUCT
    assert (Decimal(str(line["count"])), Decimal(str(line["unitPriceExcludingVatCurrency"]))) == (
        Decimal("22.75"),
        Decimal(1250),
    )


def _dina_connects(dina: Browser) -> None:
    """R1, R2, R10: a key, a look at what will happen, and the first synchronisation starts by itself."""
    dina.open("settings/integrations/tripletex/connect/")
    dina.page.locator("input[name=employee_token]").fill(KEY)
    dina.page.locator(".decision-bar button[type=submit]").click()
    dina.page.locator("#matches").wait_for()  # the lists were read one after the other
    dina.page.locator("#confirm button").click()
    expect(dina.page.locator(".page-title h1")).to_have_text("Tripletex")
    everything = dina.word("Everything is in step with %(system)s.", system="Tripletex")
    expect(dina.page.locator(".health-sentence")).to_have_text(everything, timeout=WITHIN)
    projects = dina.page.locator(".kinds tr", has_text=dina.word("Projects")).locator("[data-cell=count]")
    expect(projects).to_have_text("10", timeout=WITHIN)


def _the_studio_sets_its_prices(stage: Stage) -> None:
    """A work type with a product of Tripletex (R22), on the project (R21), at a rate."""
    work_type = stage.work_type()
    with scope(stage.workspace.pk):
        project = Project.objects.get(name="Nettbutikk for ferske råvarer")
        ProjectWorkType.objects.get_or_create(project=project, work_type=work_type)
        Rate.objects.create(amount=Decimal(1250))


def _anna_logs_a_week(anna: Browser) -> None:
    """She lands on the week, types a project and writes hours the way she likes (7,5 · 7:30 · 7t45)."""
    last_week = Week.of(local_today("Europe/Oslo")).plus(-1)
    page = anna.open(f"week/{last_week}/").page
    page.locator(".week[data-ready]").wait_for()
    page.locator("[data-add-input]").fill("nettbutikk")
    page.locator("[data-add-list] [role=option]").first.wait_for()
    page.locator("[data-add-input]").press("Enter")
    fields = page.locator("tr[data-row]").first.locator(".hours-input")
    expect(fields.first).to_be_visible()
    for day, text in enumerate(("7,5", "7:30", "7t45")):
        fields.nth(day).click()
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    expect(page.locator("[data-save-state]")).to_have_attribute("data-saved", "saved")
    expect(page.locator(".week-progress strong")).to_have_text("22,75")


def _bo_approves(bo: Browser) -> None:
    """With the keyboard: the person is chosen, `a` approves (P21)."""
    last_week = Week.of(local_today("Europe/Oslo")).plus(-1)
    page = bo.open(f"approve/{last_week}/").page
    expect(page.locator("tr[data-row]", has_text="Anna Aas")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("tr[data-row]", has_text="Anna Aas")).to_have_count(0)


def _bo_makes_and_finishes_an_order(bo: Browser) -> str:
    """The number that Tripletex gave, read off the page, which follows the transfer without a reload."""
    page = bo.open("orders/").page
    page.get_by_role("button", name=bo.word("New order")).or_(
        page.get_by_role("link", name=bo.word("New order"))
    ).first.click()
    page.wait_for_url(re.compile(r"/orders/\d+/"))
    expect(page.locator("#order")).to_contain_text("Nettbutikk for ferske råvarer")
    page.get_by_role("button", name=bo.word("Finish the order")).click()
    expect(page.locator("#order-state")).to_contain_text(TRANSFERRED[bo.language], timeout=WITHIN)
    arrived = page.locator("#order-status .step").last
    expect(arrived.locator("strong")).to_have_text(TRANSFERRED[bo.language])
    shown = arrived.locator("p").inner_text()
    found = re.search(r"\d+", shown)
    assert found, shown
    return found[0]
