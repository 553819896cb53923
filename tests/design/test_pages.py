"""The design system in a real browser: looked at by axe-core, used with keys, and refused by the server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.design import urls

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

NewPage = Callable[..., "Page"]
Problems = Callable[["Page"], list[str]]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.design.urls")]


@pytest.fixture
def address(live_server: LiveServer) -> str:
    urls.posted.clear()
    return str(live_server.url)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_style_guide_has_no_barrier(
    new_page: NewPage, address: str, accessibility_problems: Problems, width: int, theme: str
) -> None:
    page = new_page(width=width, color_scheme=theme, reduced_motion="reduce")
    page.goto(f"{address}/styleguide/")
    assert accessibility_problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


@pytest.mark.parametrize("name", ["403", "404", "500", "csrf", "offline"])
def test_an_error_page_has_no_barrier(page: Page, address: str, accessibility_problems: Problems, name: str) -> None:
    page.goto(f"{address}/errors/{name}/")
    assert accessibility_problems(page) == []
    expect(page.locator("h1")).to_have_count(1)


@pytest.mark.parametrize("name", ["login", "signup", "password/reset"])
def test_an_account_page_wears_our_look(page: Page, address: str, accessibility_problems: Problems, name: str) -> None:
    page.goto(f"{address}/accounts/{name}/")
    assert accessibility_problems(page) == []
    expect(page.locator("main .field .input").first).to_be_visible()
    expect(page.locator("main button.button-primary")).to_have_count(1)


def test_fingers_find_targets_of_44_px(new_page: NewPage, address: str) -> None:
    page = new_page(width=390, has_touch=True)
    page.goto(f"{address}/styleguide/")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .button, select, .input, .bottom-bar-link, .tabs a")]
            .filter((target) => target.checkVisibility())
            .filter((target) => !target.matches(".segmented *, .hours-cell *, .text-button"))
            .map((target) => ({html: target.outerHTML.slice(0, 90), size: target.getBoundingClientRect()}))
            .filter(({size}) => size.height < 43.5).map(({html, size}) => `${size.height} ${html}`)"""
    )
    assert small == []


def test_the_theme_is_chosen_once_and_comes_with_the_next_page(page: Page, address: str) -> None:
    page.goto(f"{address}/styleguide/")
    expect(page.locator("html:not([data-theme])")).to_have_count(1)
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert 'data-theme="dark"' in page.request.get(f"{address}/styleguide/").text()
    page.get_by_role("button", name="Bo Lindqvist, profile").click()
    page.get_by_role("button", name="As the system").click()
    assert "data-theme=" not in page.request.get(f"{address}/styleguide/").text().split("<head>")[0]


def test_the_rail_stays_narrow(page: Page, address: str) -> None:
    page.goto(f"{address}/styleguide/")
    page.get_by_role("button", name="Narrow menu").click()
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-rail", "narrow")
    expect(page.get_by_role("link", name="Week", exact=True)).to_have_attribute("title", "Week")


def test_the_palette_finds_pages_commands_and_what_the_server_knows(page: Page, address: str) -> None:
    page.goto(f"{address}/styleguide/")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search or go to")
    expect(palette.get_by_role("option", name="Timeline")).to_be_visible()
    page.keyboard.type("fjell")
    palette.get_by_role("option", name="Fjell Arena").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**#1042")
    page.keyboard.press("Control+k")
    page.keyboard.type("zzz")
    expect(palette.get_by_text("Nothing matches.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()


def test_two_keys_in_a_row_go_to_a_page_and_the_map_shows_them(page: Page, address: str) -> None:
    page.goto(f"{address}/styleguide/")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**#week")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys on this page")
    expect(keys.get_by_text("Search or go to")).to_be_visible()
    expect(keys.get_by_text("Timeline")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator(":focus")).to_have_attribute("name", "q")


def test_a_combobox_is_walked_with_keys_and_the_select_keeps_the_value(page: Page, address: str) -> None:
    page.goto(f"{address}/styleguide/")
    box = page.get_by_role("combobox", name="Project", exact=True).first
    box.fill("solv")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Solvik ungdomsskole")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Solvik ungdomsskole")
    expect(page.locator("select[name=project]").first).to_have_value("1029")
    box.fill("half a wo")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(box).to_have_value("Solvik ungdomsskole")


def test_a_combobox_asks_the_server(page: Page, address: str) -> None:
    page.goto(f"{address}/styleguide/")
    box = page.get_by_role("combobox", name="Customer, found on the server").first
    box.fill("ferry")
    page.get_by_role("option", name="Ærø Ferry Terminal").click()
    expect(page.locator("select[name=far]").first).to_have_value("1055")


def test_without_javascript_the_combobox_is_a_select(new_page: NewPage, address: str) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{address}/styleguide/")
    page.get_by_label("Project", exact=True).first.select_option("1038")
    expect(page.get_by_label("Project", exact=True).first).to_have_value("1038")


def test_a_menu_is_walked_with_arrows_and_letters(page: Page, address: str) -> None:
    page.goto(f"{address}/styleguide/")
    opener = page.get_by_role("button", name="Menu", exact=True)
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.focus()
    page.keyboard.press("ArrowDown")
    focused = page.locator(":focus")
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(focused).to_contain_text("Copy last week")
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_text("Print")
    page.keyboard.press("d")
    expect(focused).to_have_text("Delete")
    page.keyboard.press("Escape")
    expect(focused).to_have_text("Menu")


def test_the_phone_reaches_every_page_through_more(new_page: NewPage, address: str) -> None:
    page = new_page(width=390, has_touch=True)
    page.goto(f"{address}/styleguide/")
    bar = page.get_by_role("navigation", name="Main menu, narrow")
    expect(bar.get_by_role("link").first).to_have_text("Timeline")
    bar.get_by_role("button", name="More").tap()
    expect(page.get_by_role("menuitem", name="Settings")).to_be_visible()


def test_a_toast_of_the_server_can_be_undone_with_one_key(page: Page, address: str) -> None:
    page.goto(f"{address}/saving/")
    page.locator("h1").click()
    page.keyboard.press("a")
    toast = page.locator("[data-toast]", has_text="Approved the week of Anna Aas.")
    toast.wait_for()
    assert urls.posted, "nothing was posted"
    assert urls.posted[0] != "", "the token was missing"
    with page.expect_request("**/answer/204/?undo"):
        page.keyboard.press("z")
    toast.wait_for(state="detached")


def test_a_refusal_is_swapped_in_and_failures_are_told(page: Page, address: str) -> None:
    page.goto(f"{address}/saving/")
    page.get_by_role("button", name="Wrong").click()
    page.get_by_text("Write hours as 7.5.").wait_for()
    page.get_by_role("button", name="Broken").click()
    page.locator("[data-toast][data-kind=error]", has_text="Something broke on our side").wait_for()
    page.get_by_role("button", name="Signed out").click()
    told = page.locator("[data-toast]", has_text="You are signed out.")
    link = told.get_by_role("link", name="Sign in")
    expect(link).to_have_attribute("href", "/accounts/login/?next=%2Fsaving%2F")
    expect(page.get_by_text("Write hours as 7.5."), "what stood there was lost").to_be_visible()


def test_no_way_to_the_server_is_told_and_nothing_is_lost(page: Page, address: str) -> None:
    page.goto(f"{address}/saving/")
    page.get_by_label("Hours").fill("7,5")
    page.context.set_offline(True)
    page.keyboard.press("Tab")
    page.locator("[data-toast]", has_text="No way to the server").wait_for()
    expect(page.get_by_label("Hours")).to_have_value("7,5")
    expect(page.locator("[data-save-state]")).to_have_attribute("data-saved", "refused")
    page.context.set_offline(False)
    page.get_by_label("Hours").fill("7")
    page.keyboard.press("Tab")
    page.locator("[data-save-state][data-saved=saved]").wait_for()


def test_a_question_is_asked_in_the_page(page: Page, address: str) -> None:
    page.goto(f"{address}/saving/")
    page.get_by_role("button", name="Withdraw").click()
    question = page.get_by_role("dialog", name="Withdraw the approval?")
    expect(question.get_by_text("Anna can write again.")).to_be_visible()
    question.get_by_role("button", name="Cancel").click()
    assert urls.posted == []
    page.get_by_role("button", name="Withdraw").click()
    with page.expect_response("**/answer/200/"):
        question.get_by_role("button", name="Withdraw").click()
    assert len(urls.posted) == 1


def test_two_clicks_send_a_form_once(page: Page, address: str) -> None:
    page.goto(f"{address}/saving/")
    with page.expect_response("**/slow/"):
        page.locator("#once button").dblclick()
    page.wait_for_timeout(300)  # a second request would come by now
    assert urls.posted == ["slow"]


def test_leaving_unsaved_changes_asks_first(new_page: NewPage, address: str) -> None:
    page = new_page(used_up=True)
    page.goto(f"{address}/saving/")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_label("Name").fill("Fjell Arena")
    page.get_by_role("link", name="Away").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Name")).to_have_value("Fjell Arena")


def test_times_stay_true_in_the_language_of_the_page(new_page: NewPage, address: str) -> None:
    page = new_page(locale="nb-NO")
    page.goto(f"{address}/styleguide/")
    expect(page.locator("html")).to_have_attribute("lang", "nb")
    ago = page.locator("time[data-relative]").first
    expect(ago).to_contain_text("sekunder siden")
    expect(ago).to_have_attribute("title", re.compile("."))


@override_settings(MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage")
def test_a_message_of_the_server_becomes_a_toast(page: Page, address: str) -> None:
    page.goto(f"{address}/styleguide/?say=error")
    toast = page.locator("[data-toasts] [data-toast][data-kind=error]")
    expect(toast).to_have_text("A message of the server.")
    toast.get_by_role("button", name="Close").click()
    toast.wait_for(state="detached")
