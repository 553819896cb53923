"""The pages of the catalogue in a real browser: what saves itself, what is refused, what is typed in lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from busy.catalog import services
from busy.catalog.customer_models import CustomerLayout
from busy.catalog.models import Project
from busy.workspaces.scope import scope
from tests.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[[str], "Page"]


@pytest.fixture
def arena(bo: Person) -> Project:
    with scope(bo.workspace.pk):
        design = services.create_work_type(name="Design")
        services.create_work_type(name="Travel")
        return services.create_project(by=bo.membership, name="Fjell Arena", number="1042", work_types=[design])


@pytest.fixture(params=[1440, 390], ids=["desk", "phone"])
def open_page(request: pytest.FixtureRequest, live_server: Any, new_page: Callable[..., Page], bo: Person) -> Open:
    page = new_page(width=request.param)
    value = bo.client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])

    def go(path: str) -> Page:
        page.goto(live_server.url + bo.url(path))
        return page

    return go


def test_bo_renames_a_project_back_and_forth_and_gives_it_a_new_customer(
    arena: Project, bo: Person, open_page: Open
) -> None:
    from playwright.sync_api import expect

    page = open_page(f"projects/{arena.pk}/")
    for name in ("Fjell Arena, part 2", "Fjell Arena"):
        page.get_by_label("Name").fill(name)
        page.keyboard.press("Tab")
        expect(page.locator("h1")).to_have_text(name)
        expect(page.locator("[data-save-state]")).to_have_attribute("data-saved", "saved")
    customer = page.get_by_role("combobox", name="Customer")
    customer.fill("Havn Eiendom AS")
    page.get_by_role("option", name="Havn Eiendom AS").click()
    expect(page.locator(".record-title")).to_contain_text("Havn Eiendom AS")
    page.get_by_role("radio", name="Violet").check(force=True)
    expect(page.locator("h1 .project")).to_have_attribute("data-color", "5")
    with scope(bo.workspace.pk):
        arena = Project.objects.select_related("customer").get(pk=arena.pk)
    assert (arena.name, str(arena.customer), arena.color) == ("Fjell Arena", "Havn Eiendom AS", 5)


def test_bo_adds_a_work_type_by_typing_and_archives_and_undoes(arena: Project, bo: Person, open_page: Open) -> None:
    from playwright.sync_api import expect

    page = open_page(f"projects/{arena.pk}/work-types/")
    page.get_by_role("combobox", name="Add a work type").fill("tra")
    page.keyboard.press("Enter")
    expect(page.locator(".part-table tbody tr")).to_have_count(2)
    expect(page.locator(".tabs [aria-current] .count")).to_have_text("2")
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("button", name="Restore")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Archive")).to_be_visible()


def test_bo_searches_and_the_filters_keep_what_he_typed(arena: Project, bo: Person, open_page: Open) -> None:
    from playwright.sync_api import expect

    with scope(bo.workspace.pk):
        services.create_project(by=bo.membership, name="Havn")
    page = open_page("projects/")
    page.keyboard.press("/")
    page.keyboard.type("arena")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.get_by_role("link", name="All", exact=True).click()
    expect(page.get_by_role("searchbox")).to_have_value("arena")
    expect(page.locator("#list tbody tr")).to_have_count(1)


def test_r100_bo_moves_fields_of_the_customer_page_by_keys_and_by_dragging(bo: Person, open_page: Open) -> None:
    from playwright.sync_api import expect

    with scope(bo.workspace.pk):
        services.create_field(name="Bransje", kind="text")
    page = open_page("customers/layout/")
    placed = page.locator("[data-layout-placed] [data-part]")
    handle = page.get_by_role("button", name="Move E-mail", exact=True)
    handle.focus()
    page.keyboard.press("ArrowUp")
    assert placed.evaluate_all("parts => parts.map((part) => part.dataset.name)") == [
        "Name",
        "Number",
        "E-mail",
        "Organisation number",
    ]
    expect(handle).to_be_focused()
    expect(page.locator("[data-announcer=assertive]")).to_have_text("E-mail stands at place 3 of 4.")
    grip = page.get_by_role("button", name="Move Bransje", exact=True).bounding_box()
    onto = page.get_by_role("button", name="Move Number", exact=True).bounding_box()
    assert grip is not None
    assert onto is not None
    page.mouse.move(grip["x"] + 10, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(onto["x"] + 10, onto["y"] + 2, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Save for me only").click()
    expect(page.locator("[data-toasts]")).to_contain_text("saved for you")
    with scope(bo.workspace.pk):
        (layout,) = CustomerLayout.objects.all()
    assert layout.places[0] == "name"
    assert layout.places[1].startswith("field_")
    assert layout.places[2:] == ["number", "email", "organization_number"]
