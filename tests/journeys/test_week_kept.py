"""Nothing that Anna types is ever lost: no connection, a lost answer, an expired sign-in, two tabs."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from tests.journeys.week_page import (
    OpenWeek,
    arena,
    design,
    meetings,
    minutes_of,
    monday,
    open_week,
    rows,
)
from tests.people import PASSWORD, Person
from tests.timesheets.hours import log

__all__ = ["arena", "design", "meetings", "monday", "open_week", "rows"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_without_a_connection_anna_goes_on_and_all_is_sent_later(
    rows: None, open_week: OpenWeek, fjell: Workspace
) -> None:
    week = open_week()
    week.page.context.set_offline(True)
    week.write("Design", "thu", "4")
    week.write("Design", "thu", "5")
    week.write("Design", "fri", "6")
    expect(week.cell("Design", "fri")).to_have_attribute("data-cell-state", "queued")
    expect(week.state).to_contain_text("wait for the way to the server")
    expect(week.page.locator(".week-notice")).to_contain_text("No way to the server")
    expect(week.sum_of("fri")).to_have_text("6")
    assert minutes_of(fjell) == [60, 60]
    week.page.context.set_offline(False)
    week.expect_all_saved()
    expect(week.page.locator(".week-notice")).to_have_count(0)
    assert minutes_of(fjell) == [60, 60, 300, 360]


def test_what_waits_survives_a_reload(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    week.page.route("**/week/cell/", lambda route: route.abort())
    # The page's last try on its way out goes past the route.
    week.page.evaluate("""() => {
      const way = window.fetch;
      window.fetch = (url, options) => (options?.keepalive ? Promise.reject(new TypeError("cut")) : way(url, options));
    }""")
    week.write("Design", "fri", "6")
    expect(week.cell("Design", "fri")).to_have_attribute("data-cell-state", "queued")
    week.page.reload()
    week.wait()
    expect(week.field("Design", "fri")).to_have_value("6")
    assert minutes_of(fjell) == [60, 60]
    week.page.unroute("**/week/cell/")
    week.expect_all_sent()
    assert minutes_of(fjell) == [60, 60, 360]


def test_a_lost_answer_and_a_broken_server_have_one_effect(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    """The server saves, the answer is lost, then it breaks, then Anna writes on; all of it ends as she wrote last."""
    week = open_week()
    tries: list[str] = []

    def lose(route: Route) -> None:
        tries.append(json.loads(route.request.post_data or "")["hours"])
        if len(tries) == 1:
            route.fetch()
            route.abort()
        elif len(tries) == 2:
            route.fulfill(status=502, body="bad gateway")
        else:
            route.continue_()

    week.page.route("**/week/cell/", lose)
    week.write("Design", "fri", "6")
    expect(week.cell("Design", "fri")).to_have_attribute("data-cell-state", "queued")
    assert minutes_of(fjell) == [60, 60, 360]
    week.write("Design", "fri", "7")
    week.expect_all_saved()
    assert tries == ["6", "6", "6", "7"]
    assert minutes_of(fjell) == [60, 60, 420]


def test_signed_out_anna_signs_in_in_another_tab_and_nothing_is_lost(
    rows: None, open_week: OpenWeek, fjell: Workspace, anna: Person, live_server: Any
) -> None:
    """The session ends while she writes; the sign-in makes a new token, which the old page has to fetch."""
    week = open_week()
    week.page.context.clear_cookies()
    week.write("Design", "fri", "6")
    notice = week.page.locator(".week-notice")
    expect(notice).to_contain_text("You are signed out")
    with week.page.context.expect_page() as opened:
        notice.get_by_role("link", name="Sign in").click()
    tab = opened.value
    tab.get_by_label("E-mail").or_(tab.get_by_label("Email")).first.fill("anna@busy.example")
    tab.locator("input[type=password]").fill(PASSWORD)
    tab.locator("input[type=password]").press("Enter")
    tab.locator(".week[data-ready]").wait_for()
    week.page.bring_to_front()
    week.expect_all_sent()
    expect(notice).to_have_count(0)
    assert minutes_of(fjell) == [60, 60, 360]
    tab.close()
    week.write("Design", "thu", "5")
    week.expect_all_sent()
    assert minutes_of(fjell) == [60, 60, 300, 360]


def test_a_stale_token_is_renewed_without_a_word(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    week = open_week()
    week.page.evaluate("""document.querySelector('meta[name="csrf-token"]').content = "x".repeat(64)""")
    week.write("Design", "fri", "6")
    week.expect_all_saved()
    assert minutes_of(fjell) == [60, 60, 360]


def test_two_tabs_anna_chooses_which_hours_stand(rows: None, open_week: OpenWeek, fjell: Workspace) -> None:
    """The tabs cannot talk to each other, as in two browsers."""
    first = open_week(used_up=True)
    first.page.add_init_script("delete window.BroadcastChannel")
    first.open()
    second = open_week(beside=first)
    second.write("Design", "fri", "4")
    second.expect_all_saved()
    first.write("Design", "fri", "7,5")
    choice = first.cell("Design", "fri").locator(".cell-conflict")
    expect(choice).to_contain_text("Changed elsewhere to 4")
    assert minutes_of(fjell) == [60, 60, 240]
    choice.get_by_role("button", name="Keep mine: 7.5").click()
    first.expect_all_saved()
    assert minutes_of(fjell) == [60, 60, 450]


def test_the_other_tab_follows_by_itself(rows: None, open_week: OpenWeek) -> None:
    first = open_week()
    second = open_week(beside=first)
    second.write("Design", "fri", "4")
    expect(first.field("Design", "fri")).to_have_value("4")
    expect(first.sum_of("fri")).to_have_text("4")
    first.write("Design", "fri", "5")  # on the revision that the other tab made
    first.expect_all_saved()
    expect(second.field("Design", "fri")).to_have_value("5")


def test_use_theirs_takes_the_other_hours(
    rows: None, open_week: OpenWeek, fjell: Workspace, anna: Person, arena: Project, design: WorkType, monday: date
) -> None:
    week = open_week()
    log(anna.membership, arena, design, monday + timedelta(days=4), 240)
    week.write("Design", "fri", "7,5")
    week.cell("Design", "fri").get_by_role("button", name="Use 4").click()
    expect(week.field("Design", "fri")).to_have_value("4")
    week.write("Design", "fri", "5")
    week.expect_all_saved()
    assert minutes_of(fjell) == [60, 60, 300]
