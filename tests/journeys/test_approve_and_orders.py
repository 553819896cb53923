"""Bo approves with the keyboard and writes an order in a real browser (P21, P23, P30, R30)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.scope import scope
from orders import transfer
from orders.models import Order, OrderLine
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.orders.stories import approve, draft, entry_ids, set_rate
from tests.people import Person
from tests.support.browser import leave
from tests.timesheets.hours import MONDAY, log_week, make_project, make_work_type
from timesheets.models import TimeEntry

pytestmark = pytest.mark.django_db(transaction=True)

WEEK = Week.of(MONDAY)
OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    transactional_db: None, live_server: Any, new_page: Callable[..., Page], bo: Person
) -> Iterator[OpenPage]:
    opened: list[Page] = []

    def do(path: str, **options: Any) -> Page:
        page = new_page(**options)
        opened.append(page)
        let_in(page.context, bo, live_server.url)
        page.goto(f"{live_server.url}{bo.url(path)}")
        return page

    yield do
    for page in opened:
        leave(page)
    wait_until_the_server_rests()


@pytest.fixture
def arena(bo: Person) -> Project:
    return make_project(bo.workspace)


@pytest.fixture
def design(arena: Project) -> WorkType:
    work_type = make_work_type(arena)
    set_rate(arena.workspace_id, "1450", work_type=work_type)
    return work_type


@pytest.fixture
def order(bo: Person, anna: Person, arena: Project, design: WorkType) -> Order:
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    return draft(arena, by=bo.membership)


def locked(person: Person) -> int:
    with scope(person.workspace.pk):
        return TimeEntry.objects.exclude(person_approval=None).count()


def test_bo_approves_undoes_and_finds_his_place_without_a_mouse_p21_p23(
    open_page: OpenPage, bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    log_week(dina.membership, arena, design)
    page = open_page(f"approve/{WEEK}/")
    at = page.locator("[data-row][data-at] .person-name")
    side = page.locator("#side-title")
    expect(side).to_have_text("Anna Aas")
    page.keyboard.press("j")
    expect(at).to_have_text("Dina Dahl")
    expect(side).to_have_text("Dina Dahl")
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(page.locator("[data-toast-text]").first).to_have_text("Anna Aas, week 10: 37.5 h approved.")
    expect(at).to_have_text("Dina Dahl")
    assert locked(bo) == 5
    page.keyboard.press("z")
    expect(page.locator("[data-row]")).to_have_count(2)
    assert locked(bo) == 0
    page.keyboard.press("Shift+A")
    expect(page.get_by_role("heading", name="Nobody waits for you this week")).to_be_visible()
    assert locked(bo) == 10


def test_all_boxes_are_ticked_with_one_and_approved_together(
    open_page: OpenPage, bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    log_week(dina.membership, arena, design)
    page = open_page(f"approve/{WEEK}/")
    page.get_by_label("Select everybody on this page").check()
    expect(page.locator("[data-approve-count]")).to_have_text("2")
    page.get_by_role("button", name="Approve selected").click()
    expect(page.get_by_role("heading", name="Nobody waits for you this week")).to_be_visible()
    assert locked(bo) == 10


def test_on_a_phone_the_panel_opens_over_the_list_and_closes_to_where_bo_was(
    open_page: OpenPage, anna: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    page = open_page(f"approve/{WEEK}/", width=390, height=844)
    panel = page.locator("[data-side]")
    expect(panel).to_be_hidden()
    page.get_by_role("link", name="Anna Aas").click()
    expect(panel.get_by_role("button", name=re.compile("Approve 37.5"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("link", name="Anna Aas")).to_be_focused()


def test_bo_picks_writes_and_finishes_and_nothing_he_wrote_is_lost_p30(
    open_page: OpenPage, bo: Person, order: Order
) -> None:
    page = open_page(f"orders/{order.pk}/")
    total = page.locator("#order-totals dd")
    expect(total).to_have_text(re.compile("54,375.00"))
    page.locator("[data-entry]").first.uncheck()
    expect(total).to_have_text(re.compile("43,500.00"))
    page.get_by_label("Choose everything on this page").check()
    expect(total).to_have_text(re.compile("54,375.00"))
    page.get_by_label("Price of Design").fill("lots")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Price of Design")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Finish the order").click()
    expect(page.get_by_label("Price of Design")).to_be_focused()
    expect(page.get_by_label("Price of Design")).to_have_value("lots")
    page.get_by_label("Price of Design").fill("1 500,50")
    page.get_by_label("Description of line 1").fill("Façade")
    page.get_by_label("Text", exact=True).fill("Work done in March")
    # The click takes the focus from the text: what was written there goes first.
    page.get_by_role("button", name="Finish the order").click()
    expect(page.locator("#order-state")).to_have_text("Finished")
    expect(page.locator(".document")).to_contain_text("Work done in March")
    with scope(bo.workspace.pk):
        order.refresh_from_db()
        line = OrderLine.objects.get(order=order)
    assert (order.state, order.text) == ("finished", "Work done in March")
    assert (line.description, line.unit_price, line.amount) == ("Façade", Decimal("1500.50"), Decimal("56268.75"))
    assert len(entry_ids(order)) == 5


def test_the_page_follows_the_order_without_being_loaded_again_r30(
    open_page: OpenPage, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {"now": "transferring"}
    since = timezone.now()

    def source(ids: Any) -> dict[int, transfer.TransferStatus]:
        number = "10432" if state["now"] == "transferred" else ""
        status = transfer.TransferStatus(state=state["now"], system="Tripletex", since=since, number=number)
        return dict.fromkeys(ids, status)

    monkeypatch.setattr(transfer, "_carrier", transfer._Carrier(source=source, system_name=lambda: "Tripletex"))
    page = open_page(f"orders/{order.pk}/")
    page.get_by_role("button", name="Finish the order").click()
    expect(page.locator("#order-state")).to_have_text("Transferring")
    page.evaluate("document.body.dataset.loadedOnce = 'yes'")
    state["now"] = "transferred"
    expect(page.locator("#order-state")).to_have_text("Transferred")
    expect(page.locator(".steps")).to_contain_text("10432")
    expect(page.get_by_role("button", name="Reopen")).to_have_count(0)
    assert page.evaluate("document.body.dataset.loadedOnce") == "yes"
