"""The rail: apps register their pages, a member sees the ones of the role (P7)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path

from busy.lib import navigation
from busy.lib.navigation import (
    ADMINISTRATORS,
    EVERYBODY,
    KEEP,
    MANAGERS,
    MORE,
    RECORD,
    NavItem,
    navigation_for,
    register,
)


def page(request: HttpRequest, workspace: str) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path(f"w/<slug:workspace>/{name}", page, name=name)
    for name in ("", "week/", "approve/", "settings/", "settings/people/")
]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    register(NavItem("settings", "Settings", "settings", "settings/", ADMINISTRATORS, group=MORE))
    register(NavItem("people", "People", "people", "settings/people/", ADMINISTRATORS, group=MORE, order=10))
    register(
        NavItem(
            "approve",
            "Approve",
            "approve",
            "approve/",
            MANAGERS,
            group=RECORD,
            order=30,
            count=lambda request: 7,
            narrow=2,
        )
    )
    register(NavItem("week", "Week", "week", "week/", EVERYBODY, group=RECORD, order=20, narrow=1))


def request_of(role: str, address: str = "/w/fjell/week/") -> HttpRequest:
    request = RequestFactory().get(address)
    request.workspace = SimpleNamespace(name="Fjell", slug="fjell")  # type: ignore[attr-defined]
    request.membership = SimpleNamespace(role=role)  # type: ignore[attr-defined]
    return request


def labels(role: str, address: str = "/w/fjell/week/") -> list[list[str]]:
    return [[link.label for link in group.items] for group in navigation_for(request_of(role, address))]


def test_anna_sees_only_what_an_employee_may_use() -> None:
    """P7: what a user may not use is absent."""
    assert labels("employee") == [["Week"]]


def test_bo_sees_what_managers_may_use_in_order() -> None:
    assert labels("manager") == [["Week", "Approve"]]


def test_dina_sees_everything_in_groups() -> None:
    assert labels("administrator") == [["Week", "Approve"], ["People", "Settings"]]


def test_addresses_lead_into_the_workspace_of_the_request() -> None:
    assert [link.url for link in navigation_for(request_of("manager")).links] == ["/w/fjell/week/", "/w/fjell/approve/"]


@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/w/fjell/week/", {"week": "page"}),
        ("/w/fjell/week/2026-W47/", {"week": "true"}),
        ("/w/fjell/settings/people/12/", {"people": "true"}),
        ("/w/fjell/weekend/", {}),
    ],
)
def test_the_longest_address_that_begins_the_page_is_current(address: str, current: dict[str, str]) -> None:
    links = navigation_for(request_of("administrator", address)).links
    assert {link.key: link.current for link in links if link.current} == current


def test_a_count_is_asked_for_once_and_only_when_shown() -> None:
    asked: list[str] = []

    def waiting(request: HttpRequest) -> int:
        asked.append(request.path)
        return 3

    register(NavItem("orders", "Orders", "orders", "", group=KEEP, count=waiting))
    found = navigation_for(request_of("employee"))
    assert asked == []
    link = next(link for link in found.links if link.key == "orders")
    assert (link.count, link.count, asked) == (3, 3, ["/w/fjell/week/"])


def test_the_phone_divides_the_pages_between_the_bar_and_more() -> None:
    found = navigation_for(request_of("administrator"))
    assert [link.key for link in found.narrow] == ["week", "approve"]
    assert [link.key for link in found.more] == ["people", "settings"]


def test_nobody_outside_of_a_workspace_has_a_rail() -> None:
    assert navigation_for(RequestFactory().get("/")) == ()


def test_two_pages_of_one_key_are_refused() -> None:
    register(NavItem("week", "Week", "week", "week/", EVERYBODY, group=RECORD, order=20, narrow=1))
    with pytest.raises(ValueError, match="'week'"):
        register(NavItem("week", "Another", "week", "approve/"))
