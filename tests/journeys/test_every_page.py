"""Every page in a real browser, wide and light, narrow and dark: no error in the console, nothing wider than the
screen, and nothing that axe-core finds wrong (WCAG 2.2 AA). A new page comes along by itself, from the addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from busy.workspaces.models import User
from tests.architecture.routes import ROUTES
from tests.architecture.test_routes import told, url
from tests.architecture.world import make_world
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)

# What colours and the width of the screen change; the other rules read the document, which is the same in both looks.
LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable", "css-orientation-lock"]


def pages_of(person: Person, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and path of what answers a plain GET with a whole page; parts and JSON are left out."""
    found = []
    for address in told():
        route = ROUTES[address.name]
        if route.get != 200:
            continue
        path = url(address, route, parameters)
        answer = person.client.get(path)
        if answer.status_code == 200 and b"<!doctype html>" in answer.content[:200].lower():
            found.append((address.name, path))
    return found


@pytest.mark.parametrize(
    ("width", "height", "scheme", "language", "rules"),
    [(1440, 900, "light", "nb", []), (390, 844, "dark", "en", LOOKS)],
    ids=["wide", "narrow"],
)
def test_every_page_is_sound(
    width: int,
    height: int,
    scheme: str,
    language: str,
    rules: list[str],
    transactional_db: None,
    live_server: Any,
    dina: Person,
    cilla: Person,
    new_page: Callable[..., Page],
    accessibility_problems: Callable[..., list[str]],
) -> None:
    world = make_world(dina, cilla)
    User.objects.filter(pk=dina.user.pk).update(language=language)
    page = new_page(width=width, height=height, color_scheme=scheme, reduced_motion="reduce")
    let_in(page.context, dina, live_server.url)
    troubles = []
    pages = pages_of(dina, world.parameters)
    for name, path in pages:
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("load")
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            troubles.append(f"{name}: wider than the screen")
        troubles += [f"{name}: {problem}" for problem in accessibility_problems(page, rules)]
    page.goto("about:blank")
    wait_until_the_server_rests()
    assert len(pages) > 30
    assert not troubles, "\n" + "\n".join(troubles)
