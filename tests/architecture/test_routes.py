"""Every address x everybody: who gets in, who does not, and that neither tells the other what is there (P1-P7, R3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from busy.workspaces.models import Role
from busy.workspaces.scope import scope
from tests.architecture.routes import ADMINISTRATOR, EMPLOYEE, MANAGER, PUBLIC, ROUTES, Route
from tests.architecture.world import World, make_world
from tests.people import PASSWORD, Person, join, sign_in

RANK = {EMPLOYEE: 1, MANAGER: 2, ADMINISTRATOR: 3}
MISSING = 2_000_000_000
ALLAUTH = "allauth."


@dataclass(frozen=True, slots=True)
class Address:
    """One URL pattern: its name with namespaces, the names of its parameters, its view."""

    name: str
    parameters: tuple[str, ...]
    view: Any

    @property
    def is_of_a_workspace(self) -> bool:
        return "workspace" in self.parameters


def addresses() -> list[Address]:
    return list(_walk(get_resolver().url_patterns, (), ()))


def told() -> list[Address]:
    """Addresses with a line in the table; that all have one is a test of its own."""
    return [address for address in addresses() if address.name in ROUTES]


def _walk(
    patterns: list[URLPattern | URLResolver], namespaces: tuple[str, ...], parameters: tuple[str, ...]
) -> Iterator[Address]:
    for pattern in patterns:
        found = parameters + tuple(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inside = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _walk(pattern.url_patterns, inside, found)
        else:
            yield Address(":".join((*namespaces, pattern.name or "")), found, pattern.callback)


@pytest.fixture
def world(dina: Person, cilla: Person) -> World:
    return make_world(dina, cilla)


# --- The table is whole ----------------------------------------------------------------------------------------------


def test_every_address_is_named_and_every_line_is_an_address() -> None:
    names = [address.name for address in addresses()]
    assert len(names) == len(set(names)), "two addresses share a name"
    assert set(names) - set(ROUTES) == set(), "write a line in tests/architecture/routes.py for these"
    assert set(ROUTES) - set(names) == set(), "these lines of tests/architecture/routes.py are about nothing"


def test_every_view_has_the_door_its_line_names() -> None:
    for address in told():
        if address.view.__module__.startswith(ALLAUTH):
            assert ROUTES[address.name].door == PUBLIC
            continue
        door = getattr(address.view, "door", None)
        assert door is not None, f"{address.name} has no door: see busy/workspaces/doors.py"
        assert door == ROUTES[address.name].door, address.name
        assert (door in RANK) == address.is_of_a_workspace, f"{address.name} is on the wrong side of /w/"


# --- Who gets what ---------------------------------------------------------------------------------------------------


def url(address: Address, route: Route, parameters: dict[str, Any]) -> str:
    missing = [name for name in address.parameters if name not in parameters and name not in route.ids]
    assert not missing, f"{address.name} has a new parameter: name it in tests/architecture/world.py: {missing}"
    kwargs = {name: parameters[name] for name in address.parameters if name in parameters}
    kwargs |= {
        name: parameters.get(f"{value}", value) for name, value in route.ids.items() if name in address.parameters
    }
    return reverse(address.name, kwargs=kwargs)


def ask(client: Client, method: str, path: str) -> HttpResponse:
    """The answer; whatever the request wrote is taken back. A GET writes nothing: PostgreSQL keeps it from that. And
    whatever the answer is, it carries the headers that keep it safe."""
    with transaction.atomic():
        if method == "GET":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL transaction_read_only = on")
        answer: Any = client.get(path) if method == "GET" else client.post(path)
        transaction.set_rollback(True)
    ensure_safe(answer)
    return answer  # type: ignore[no-any-return]


def usual(route: Route) -> str:
    """The method by which a browser comes to the address."""
    return "POST" if route.get == 405 else "GET"


def ensure_safe(answer: HttpResponse) -> None:
    policy = answer["Content-Security-Policy"]
    for directive in ("default-src 'none'", "script-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def differences(client: Client, parameters: dict[str, Any], expected: Any) -> list[str]:
    """Ask every route in both ways; ``expected(route, method, address)`` is a status, or None for any that is no
    failure of ours."""
    found = []
    for address in told():
        route = ROUTES[address.name]
        path = url(address, route, parameters)
        for method in ("GET", "POST"):
            status = expected(route, method, address)
            if status is None and method == "POST":
                continue
            try:
                answer = ask(client, method, path)
            except Exception as error:
                error.add_note(f"{method} {address.name} ({path})")
                raise
            if answer.status_code != status and (status or answer.status_code >= 500):
                found.append(f"{method} {address.name} ({path}): {answer.status_code} instead of {status}")
    return found


def nothing_but(found: list[str]) -> None:
    assert not found, "\n" + "\n".join(found)


def _for_members(role: str) -> Any:
    def expected(route: Route, method: str, address: Address) -> int | None:
        if route.door in RANK and RANK[role] < RANK[route.door]:
            return 403
        if role == EMPLOYEE and route.employee is not None:
            return route.employee
        if address.view.__module__.startswith(ALLAUTH):
            return None
        return route.get if method == "GET" else route.post

    return expected


@pytest.mark.parametrize("role", [EMPLOYEE, MANAGER, ADMINISTRATOR])
def test_members_get_what_their_role_reaches(world: World, role: str) -> None:
    member = sign_in(join(world.dina.workspace, "Mona Moe", Role(role)))
    nothing_but(differences(member.client, world.parameters, _for_members(role)))


def test_signed_out_people_get_to_sign_in(world: World) -> None:
    """Whoever asks for a page with a script is told so in a way that a script understands."""
    client, script = Client(), Client(headers={"accept": "application/json"})
    found = []
    for address in told():
        route = ROUTES[address.name]
        path = url(address, route, world.parameters)
        get, post = (ask(client, method, path) for method in ("GET", "POST"))
        if route.door == PUBLIC:
            wanted = route.get, route.post
        else:
            wanted = 302, 302
            assert post["Location"].startswith("/accounts/login/?next="), address.name
            assert ask(script, "POST", path).status_code == 401, f"{address.name} does not answer scripts"
        if any(want not in (None, got.status_code) for got, want in zip((get, post), wanted, strict=True)):
            found.append(f"{address.name}: {get.status_code}, {post.status_code} instead of {wanted}")
    nothing_but(found)


def test_a_deactivated_member_finds_nothing(world: World) -> None:
    eva = sign_in(join(world.dina.workspace, "Eva Eng", Role.ADMINISTRATOR))
    with scope(eva.workspace.pk):
        type(eva.membership).objects.filter(pk=eva.membership.pk).update(is_active=False)
    for address in (address for address in told() if address.is_of_a_workspace):
        route = ROUTES[address.name]
        answer = ask(eva.client, usual(route), url(address, route, world.parameters))
        assert answer.status_code == 404, address.name


# --- What is foreign looks like what is missing ----------------------------------------------------------------------


def _bytes(answer: HttpResponse) -> tuple[int, bytes]:
    """Status and body. A token against forged requests is masked anew each time, so it is left out."""
    body = re.sub(rb'(name="csrf-token" content|name="csrfmiddlewaretoken" value)="[^"]+"', b"", answer.content)
    return answer.status_code, body


def test_an_administrator_of_another_workspace_finds_what_anybody_finds_where_nothing_is(world: World) -> None:
    """Whichever way it is asked, the answer is the page of an address where nothing is."""
    for address in (address for address in told() if address.is_of_a_workspace):
        route = ROUTES[address.name]
        nowhere = ask(
            world.cilla.client, usual(route), url(address, route, world.parameters | {"workspace": "no-such-company"})
        )
        for method in ("GET", "POST"):
            foreign = ask(world.cilla.client, method, url(address, route, world.parameters))
            assert foreign.status_code == 404, (method, address.name)
            assert _bytes(foreign) == _bytes(nowhere), (method, address.name)


def test_a_foreign_object_looks_like_one_that_does_not_exist(world: World) -> None:
    """Cilla asks in her own workspace for what belongs to Fjell, by its number."""
    asked = 0
    for address in (address for address in told() if address.is_of_a_workspace):
        numbers = [name for name in address.parameters if isinstance(world.parameters.get(name), int)]
        if not numbers:
            continue
        route, own = ROUTES[address.name], {"workspace": world.cilla.workspace.slug}
        for method in ("GET", "POST"):
            foreign = ask(world.cilla.client, method, url(address, route, world.parameters | own))
            missing = ask(
                world.cilla.client,
                method,
                url(address, route, world.parameters | own | dict.fromkeys(numbers, MISSING)),
            )
            assert foreign.status_code in (404, 405), (method, address.name, foreign.status_code)
            assert _bytes(foreign) == _bytes(missing), (method, address.name)
            asked += 1
    assert asked >= 10


# --- Cookies, forged requests ----------------------------------------------------------------------------------------


def test_cookies_are_kept_from_scripts_and_other_sites(anna: Person) -> None:
    client = Client()
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": anna.user.email, "password": PASSWORD})
    client.post(reverse("set_language"), {"language": "sv"})
    for name in ("session", "csrf", "language"):
        cookie = client.cookies[name]
        assert cookie["samesite"] == "Lax", name
        assert cookie["path"] == "/", name
        assert bool(cookie["httponly"]) == (name != "csrf"), name


def test_a_post_without_a_token_changes_nothing(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = world.dina.client.cookies
    for address in told():
        if address.name == "hints":  # signed by who sends it, and no session is looked at
            continue
        if getattr(address.view, "csrf_exempt", False):
            pytest.fail(f"{address.name} takes a POST from any site")
        answer = ask(strict, "POST", url(address, ROUTES[address.name], world.parameters))
        assert answer.status_code == 403, address.name


def test_a_line_without_its_parameter_is_told() -> None:
    with pytest.raises((AssertionError, NoReverseMatch)):
        url(Address("workspaces:person", ("workspace", "member_id"), None), Route(EMPLOYEE), {"workspace": "fjell"})
