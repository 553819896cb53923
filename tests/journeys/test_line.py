"""The one-line entry in a browser: preview, Tab, Enter, undo, and a line written without a way to the server (P8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.journeys.week_page import arena, design, meetings, minutes_of
from tests.people import Person
from tests.support.browser import leave

__all__ = ["arena", "design", "meetings"]


class LinePage:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.goto(address)
        page.locator("[data-line][data-ready]").wait_for()

    @property
    def field(self) -> Locator:
        return self.page.locator("[data-line-input]")

    @property
    def chips(self) -> Locator:
        return self.page.locator(".line-chip")

    @property
    def toast(self) -> Locator:
        return self.page.locator("[data-toast-text]")

    def type(self, text: str) -> None:
        self.field.click()
        self.page.keyboard.type(text)


@pytest.fixture
def open_line(
    transactional_db: None,
    live_server: Any,
    new_page: Callable[..., Page],
    anna: Person,
    design: WorkType,
    meetings: WorkType,
) -> Iterator[Callable[..., LinePage]]:
    opened: list[Page] = []

    def do(path: str = "timeline/", **options: Any) -> LinePage:
        page = new_page(**options)
        opened.append(page)
        let_in(page.context, anna, live_server.url)
        return LinePage(page, f"{live_server.url}{anna.url(path)}")

    yield do
    for page in opened:
        leave(page)
    wait_until_the_server_rests()


OpenLine = Callable[..., LinePage]


def test_tab_takes_the_suggestion_enter_saves_and_undo_takes_it_back(
    open_line: OpenLine, fjell: Workspace, accessibility_problems: Callable[[Page], list[str]]
) -> None:
    line = open_line()
    line.type("2t30 arena")
    expect(line.page.locator("[data-line-choice]").first).to_be_visible()
    assert accessibility_problems(line.page) == []
    line.page.keyboard.press("Enter")
    expect(line.field).to_have_attribute("aria-invalid", "true")
    expect(line.page.locator("[data-line-problem]")).to_have_text("Choose a work type.")
    line.page.keyboard.press("Tab")
    expect(line.field).to_have_value("2t30 Fjell Arena Design")
    expect(line.page.locator("[data-line-parts]")).to_have_attribute("data-complete", "true")
    line.page.keyboard.type(" skisser")
    line.page.keyboard.press("Enter")
    expect(line.toast).to_contain_text("Saved: 2.5 h, Fjell Arena, Design")
    expect(line.field).to_have_value("")
    expect(line.page.locator("[data-entry]")).to_have_count(1)
    assert minutes_of(fjell) == [150]
    line.page.locator("[data-toast-undo] button").click()
    expect(line.page.locator("[data-entry]")).to_have_count(0)
    assert minutes_of(fjell) == []


def test_a_line_on_the_week_fills_its_cell_and_a_choice_is_one_press(open_line: OpenLine, fjell: Workspace) -> None:
    line = open_line("week/", width=390, height=800)
    line.type("1,5t")
    line.page.locator("[data-line-choice]", has_text="Meetings").click()
    expect(line.field).to_have_value("1,5t Fjell Arena Meetings")
    line.page.locator("[data-line-save]").click()
    expect(line.toast).to_contain_text("Saved: 1.5 h, Fjell Arena, Meetings")
    expect(line.page.locator("tr[data-row]")).to_have_count(1)
    assert minutes_of(fjell) == [90]


def test_escape_empties_the_line(open_line: OpenLine) -> None:
    line = open_line()
    line.page.keyboard.press("e")
    expect(line.field).to_be_focused()
    line.page.keyboard.type("2t arena")
    expect(line.chips.first).to_be_visible()
    line.page.keyboard.press("Escape")
    expect(line.field).to_have_value("")
    expect(line.page.locator("[data-line-read]")).to_be_hidden()


def test_a_line_written_offline_is_kept_when_the_page_is_left_and_saved_once(
    open_line: OpenLine, fjell: Workspace
) -> None:
    line = open_line()
    line.page.context.set_offline(True)
    line.type("2t arena design")
    line.page.keyboard.press("Enter")
    expect(line.toast).to_contain_text("The line is kept here and saved later.")
    assert minutes_of(fjell) == []
    address = line.page.url
    line.page.goto("about:blank")  # the page would send the line itself as soon as there is a way again
    line.page.context.set_offline(False)
    line.page.goto(address)
    expect(line.toast).to_contain_text("Saved: 2 h, Fjell Arena, Design")
    assert minutes_of(fjell) == [120]


def test_what_the_server_refuses_when_it_arrives_stays_in_view_with_the_reason(
    open_line: OpenLine, fjell: Workspace, arena: Project
) -> None:
    line = open_line()
    line.page.context.set_offline(True)
    for text in ("2t nonsense", "3t arena"):
        line.type(text)
        line.page.keyboard.press("Enter")
    line.field.fill("something else")
    line.page.context.set_offline(False)
    held = line.page.locator("[data-line-held] li")
    expect(held).to_have_count(2, timeout=20_000)
    expect(held.nth(1)).to_contain_text("3t arena")
    expect(held.nth(1)).to_contain_text("Choose a work type.")
    held.nth(1).locator("[data-held-edit]").click()
    expect(line.field).to_have_value("3t arena")
    held.first.locator("[data-held-drop]").click()
    expect(held).to_have_count(0)
    assert minutes_of(fjell) == []
