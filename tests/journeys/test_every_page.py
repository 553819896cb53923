"""Every page in a real browser, wide and light, then narrow and dark: no error in the console, nothing wider than the
screen, and nothing that axe-core finds wrong (WCAG 2.2 AA). A new page comes along by itself, from the addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

from busy.workspaces.models import User
from tests.architecture.routes import ROUTES
from tests.architecture.test_routes import told, url
from tests.architecture.world import make_world
from tests.journeys.browsers import let_in, wait_until_the_server_rests
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# What colours and the width of the screen change; the other rules read the document, which is the same in both looks.
LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable", "css-orientation-lock"]

# What stands around every page of a workspace is looked at once in each look, and then out of the way: it is most of
# what axe-core would look at.
SHELL = ".skip-link, .rail, .topbar, .bottom-bar, #palette, #confirm-dialog, #keys-dialog"
OUT_OF_THE_WAY = "elements => elements.forEach(element => element.style.display = 'none')"


def pages_of(person: Person, parameters: dict[str, Any], share: int) -> list[tuple[str, str]]:
    """Name and path of what answers a plain GET with a whole page, of every other address; parts and JSON are left
    out."""
    found = []
    for address in [address for address in told() if ROUTES[address.name].get == 200][share::2]:
        route = ROUTES[address.name]
        path = url(address, route, parameters)
        answer = person.client.get(path)
        if answer.status_code == 200 and b"<!doctype html>" in answer.content[:200].lower():
            found.append((address.name, path))
    return found


@pytest.mark.parametrize(("language", "share"), [("nb", 0), ("da", 1)])
def test_every_page_is_sound(
    language: str,
    share: int,
    transactional_db: None,
    live_server: Any,
    dina: Person,
    cilla: Person,
    new_page: Callable[..., Page],
    accessibility_problems: Callable[..., list[str]],
) -> None:
    """Each of two tests takes every other page."""
    world = make_world(dina, cilla)
    User.objects.filter(pk=dina.user.pk).update(language=language)
    page = new_page(color_scheme="light", reduced_motion="reduce", used_up=True)
    let_in(page.context, dina, live_server.url)
    troubles: list[str] = []
    shown: set[str] = set()

    def look(name: str, in_look: str, rules: Sequence[str] = ()) -> None:
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            troubles.append(f"{name}, {in_look}: wider than the screen")
        shell = page.locator("body.app").locator(SHELL)
        if in_look in shown:
            shell.evaluate_all(OUT_OF_THE_WAY)
        elif shell.count():
            shown.add(in_look)
        troubles.extend(f"{name}, {in_look}: {problem}" for problem in accessibility_problems(page, rules))

    def put_on(width: int, height: int, scheme: Literal["light", "dark"]) -> None:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)

    def wide(name: str) -> None:
        put_on(1440, 900, "light")
        look(name, "wide")

    def narrow(name: str) -> None:
        put_on(390, 844, "dark")
        look(name, "narrow", LOOKS)

    pages = pages_of(dina, world.parameters, share)
    looks = [wide, narrow]
    for name, path in pages:
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("load")
        for look_at in looks:
            look_at(name)
        looks.reverse()  # the next page is loaded as this one stands: a change of look costs as much as a small page
    page.goto("about:blank")
    wait_until_the_server_rests()
    assert len(pages) > 30
    assert not troubles, "\n" + "\n".join(troubles)
