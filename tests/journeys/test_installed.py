"""Busy installed as an app: manifest, service worker, the page without a network; and changes that wait for one."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from busy.catalog.models import Project
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.journeys.week_page import OpenWeek, WeekPage, arena, design, meetings, minutes_of, monday, open_week, rows
from tests.people import Person

__all__ = ["arena", "design", "meetings", "monday", "open_week", "rows"]

pytestmark = pytest.mark.django_db(transaction=True)

CONTROLLED = "navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))"
KEPT = """caches.keys()
  .then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys()))))
  .then((all) => all.flat().map((request) => new URL(request.url).pathname))"""


def until(page: Page, script: str, seconds: float = 15) -> None:
    """Wait until the script says true; a page's own policy keeps Playwright from waiting inside of it."""
    last = clock.monotonic() + seconds
    while not page.evaluate(script):
        assert clock.monotonic() < last, script
        page.wait_for_timeout(50)


def kept_addresses(page: Page) -> list[str]:
    return list(page.evaluate(KEPT))


def test_busy_can_be_installed_and_keeps_nothing_private(
    transactional_db: None, live_server: Any, new_page: Callable[..., Page], anna: Person
) -> None:
    """A manifest with icons, a worker that controls the page; without a network a page says so, in Norwegian."""
    page = new_page(service_workers="allow")
    let_in(page.context, anna, live_server.url)
    page.goto(f"{live_server.url}{anna.url('week/')}")
    until(page, CONTROLLED)
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())")
    assert manifest["display"] == "standalone"
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    for icon in manifest["icons"]:
        assert page.request.get(f"{live_server.url}{icon['src']}").status == 200
    page.goto(f"{live_server.url}{manifest['start_url']}")
    assert page.url.endswith(anna.url("timeline/"))
    page.reload()
    assert all(not path.startswith("/w/") for path in kept_addresses(page))
    assert "/offline/" in kept_addresses(page)

    anna.client.post("/language/", {"language": "nb"})
    page.reload()
    until(page, "caches.match('/offline/').then((kept) => kept.text()).then((text) => text.includes('lang=\"nb\"'))")
    page.evaluate("localStorage.setItem('busy-week:fjell:1:change:x', JSON.stringify({id: 'x', at: 1}))")
    page.context.set_offline(True)
    page.goto(f"{live_server.url}{anna.url('week/')}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ingen kontakt med Busy")
    expect(page.locator("[data-waiting-told]")).to_contain_text("1 endring venter")
    page.evaluate("localStorage.clear()")
    page.context.set_offline(False)
    expect(page.locator(".week")).to_be_visible()
    page.goto("about:blank")
    wait_until_the_server_rests()


def offline_entry(week: WeekPage) -> None:
    """Anna writes on her week while the way to it is cut, and goes on to a page that is not about hours."""
    week.page.route("**/week/cell/", lambda route: route.abort())
    # The page's last try on its way out goes past the route.
    week.page.evaluate("""() => {
      const way = window.fetch;
      window.fetch = (url, options) => (options?.keepalive ? Promise.reject(new TypeError("cut")) : way(url, options));
    }""")
    week.write("Design", "fri", "6")
    expect(week.cell("Design", "fri")).to_have_attribute("data-cell-state", "queued")


def test_what_was_written_on_the_week_is_sent_from_any_page_once(
    rows: None, open_week: OpenWeek, fjell: Workspace, anna: Person, live_server: Any
) -> None:
    week = open_week()
    offline_entry(week)
    week.page.goto(f"{live_server.url}{anna.url('timer/')}")
    sign = week.page.locator("[data-waiting]")
    expect(sign).to_be_visible()
    expect(sign).to_contain_text("1 change waits for the way to the server")
    assert minutes_of(fjell) == [60, 60]
    sign.click()
    send = week.page.get_by_role("button", name="Try now")
    expect(send).to_be_visible()
    week.page.unroute("**/week/cell/")
    # The page's own next try may come first, and then it closes what the button stands in.
    send.dispatch_event("click")
    expect(sign).to_be_hidden()
    assert minutes_of(fjell) == [60, 60, 360]
    week.expect_all_sent()


def test_what_is_refused_waits_for_the_page_that_can_show_it(
    rows: None, open_week: OpenWeek, fjell: Workspace, anna: Person, arena: Project, live_server: Any
) -> None:
    week = open_week()
    offline_entry(week)
    week.page.goto(f"{live_server.url}{anna.url('timer/')}")
    expect(week.page.locator("[data-waiting]")).to_be_visible()
    with scope(fjell.pk):
        Project.objects.filter(pk=arena.pk).update(archived_at=timezone.now())
    week.page.unroute("**/week/cell/")
    week.page.evaluate("window.dispatchEvent(new Event('online'))")
    week.page.locator("[data-waiting]").click()
    week.page.get_by_role("link", name="Week").last.click()
    # Its row takes no time any more, so there is no field to show it in: the page says so.
    expect(week.page.locator("[data-toast]")).to_contain_text("could not be saved any more")
    expect(week.page.locator("[data-toast]")).to_contain_text("Fjell Arena is archived")
    assert minutes_of(fjell) == [60, 60]


def test_signing_out_with_unsent_changes_asks_first_and_they_come_back(
    rows: None, open_week: OpenWeek, fjell: Workspace, anna: Person, live_server: Any
) -> None:
    week = open_week()
    offline_entry(week)
    page = week.page
    page.locator("[popovertarget=profile-menu]").click()
    page.get_by_role("menuitem", name="Sign out").click()
    question = page.locator("[data-confirm-dialog]")
    expect(question).to_contain_text("Sign out before all is sent?")
    question.get_by_role("button", name="Cancel").click()
    page.locator("[popovertarget=profile-menu]").click()
    page.get_by_role("menuitem", name="Sign out").click()
    question.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.unroute("**/week/cell/")
    anna.client.force_login(anna.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    let_in(page.context, anna, live_server.url)
    page.goto(f"{live_server.url}{anna.url('timer/')}")
    week.expect_all_sent()
    assert minutes_of(fjell) == [60, 60, 360]
