"""Bo corrects and approves hours by project in a real browser, without a mouse (P22, P23)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from busy.lib.periods import local_today
from busy.workspaces.scope import scope
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person
from tests.support.browser import leave
from tests.timesheets.hours import log, make_project, make_work_type
from timesheets.models import TimeEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(
    transactional_db: None, live_server: Any, new_page: Callable[..., Page], bo: Person, anna: Person
) -> Iterator[Page]:
    """Two waiting entries of Anna's, yesterday and the day before."""
    arena = make_project(bo.workspace)
    design = make_work_type(arena)
    today = local_today(bo.workspace.zone)
    for back in (2, 1):
        log(anna.membership, arena, design, today - timedelta(days=back), 300)
    opened = new_page()
    let_in(opened.context, bo, live_server.url)
    opened.goto(f"{live_server.url}{bo.url('approve/projects/')}")
    yield opened
    leave(opened)
    wait_until_the_server_rests()


def approved(person: Person) -> int:
    with scope(person.workspace.pk):
        return TimeEntry.objects.exclude(project_approval=None).count()


def test_bo_corrects_an_entry_and_approves_the_rest_with_the_keyboard_p22_p23(page: Page, bo: Person) -> None:
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    page.keyboard.press("j")
    expect(rows.nth(0)).to_have_attribute("data-at", "")
    page.keyboard.press("Enter")
    hours = page.get_by_label("Hours", exact=True)
    expect(hours).to_be_focused()
    page.keyboard.type("much")
    page.keyboard.press("Enter")
    expect(page.locator(".correct .field-error")).to_contain_text("Write hours as")
    expect(hours).to_have_value("much")
    hours.fill("4")
    hours.press("Enter")
    expect(page.locator("[data-toast-text]")).to_contain_text("Corrected: Anna Aas")
    expect(page.locator("[data-correct-frame]")).to_have_count(0)
    expect(rows.nth(0).locator("[data-cell=sum]")).to_have_text("4")

    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    expect(page.locator("[data-chosen-text]")).to_have_text("Approve 1 entry, 5 h")
    page.keyboard.press("a")
    expect(rows).to_have_count(1)
    assert approved(bo) == 1
    page.get_by_role("link", name="Approved").click()
    expect(rows).to_have_count(1)
    rows.nth(0).locator("[data-entry-box]").check()
    page.keyboard.press("u")
    expect(page.get_by_text("Nothing is approved in these days")).to_be_visible()
    assert approved(bo) == 0
