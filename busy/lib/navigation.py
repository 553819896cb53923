"""What stands in the rail. Apps register their pages; a request sees the ones its member may use (P7).

An app registers in ``AppConfig.ready()``::

    register(NavItem("week", _("Week"), "week", "timesheets:week", EVERYBODY, group=RECORD, order=20, narrow=2))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

EMPLOYEE, MANAGER, ADMINISTRATOR = "employee", "manager", "administrator"
EVERYBODY = frozenset({EMPLOYEE, MANAGER, ADMINISTRATOR})
MANAGERS = frozenset({MANAGER, ADMINISTRATOR})
ADMINISTRATORS = frozenset({ADMINISTRATOR})

# Groups of the rail, from the top; a hairline's worth of air stands between two.
RECORD, KEEP, MORE = 1, 2, 3

# The bottom bar of a phone: four pages and More.
NARROW_PLACES = 4


@dataclass(frozen=True, slots=True)
class NavItem:
    """One page of the rail. ``url_name`` takes the workspace's slug as ``workspace``.

    ``count`` answers how many things wait there (0 shows nothing); it costs the page one query, so it must be cheap.
    ``allowed`` asks more than the role, of members who have it: whether there is anything there for them.
    ``narrow`` is the place in a phone's bottom bar, from 1; None leaves the page to the More sheet.
    ``shortcut`` is a key or two in a row, as in ``g w``, shown in the map of keys.
    """

    key: str
    label: str | Promise
    icon: str
    url_name: str
    roles: frozenset[str] = EVERYBODY
    group: int = KEEP
    order: int = 100
    count: Callable[[HttpRequest], int] | None = None
    narrow: int | None = None
    shortcut: str = ""
    allowed: Callable[[HttpRequest], bool] | None = None


class NavLink:
    """A page as one request sees it. Templates read it; the count is asked for once, and only if it is shown."""

    def __init__(self, item: NavItem, url: str, request: HttpRequest) -> None:
        self.item = item
        self.url = url
        self.current = ""
        self._request = request

    @property
    def key(self) -> str:
        return self.item.key

    @property
    def label(self) -> str:
        return str(self.item.label)

    @property
    def icon(self) -> str:
        return self.item.icon

    @property
    def shortcut(self) -> str:
        return self.item.shortcut

    @cached_property
    def count(self) -> int:
        return self.item.count(self._request) if self.item.count else 0


@dataclass(frozen=True, slots=True)
class NavGroup:
    number: int
    items: tuple[NavLink, ...]


class Navigation(tuple[NavGroup, ...]):
    """The groups of the rail, in order; ``narrow`` and ``more`` divide the same pages for a phone."""

    __slots__ = ()

    @property
    def links(self) -> tuple[NavLink, ...]:
        return tuple(link for group in self for link in group.items)

    @property
    def narrow(self) -> tuple[NavLink, ...]:
        placed = sorted((link for link in self.links if link.item.narrow is not None), key=_narrow_place)
        return tuple(placed[:NARROW_PLACES]) or self.links[:NARROW_PLACES]

    @property
    def more(self) -> tuple[NavLink, ...]:
        shown = {link.key for link in self.narrow}
        return tuple(link for link in self.links if link.key not in shown)


def _narrow_place(link: NavLink) -> int:
    return link.item.narrow or 0


_items: dict[str, NavItem] = {}


def register(item: NavItem) -> None:
    """Add a page to the rail. Raises ValueError when another page has the key: two apps would hide each other."""
    if _items.get(item.key, item) != item:
        raise ValueError(f"Two pages of the rail are called {item.key!r}.")
    _items[item.key] = item


def registered() -> tuple[NavItem, ...]:
    return tuple(sorted(_items.values(), key=lambda item: (item.group, item.order, item.key)))


def navigation_for(request: HttpRequest) -> Navigation:
    """The pages the member of this request may use, with the one that is open marked; empty outside of a workspace."""
    member: Any = getattr(request, "membership", None)
    workspace: Any = getattr(request, "workspace", None)
    if member is None or workspace is None:
        return Navigation()
    links = [
        NavLink(item, reverse(item.url_name, kwargs={"workspace": workspace.slug}), request)
        for item in registered()
        if member.role in item.roles and (item.allowed is None or item.allowed(request))
    ]
    _mark_current(links, request.path)
    numbers = sorted({link.item.group for link in links})
    return Navigation(NavGroup(number, tuple(x for x in links if x.item.group == number)) for number in numbers)


def _mark_current(links: list[NavLink], path: str) -> None:
    """The longest address that begins the page's own address wins: an order's page belongs to Orders."""
    under = [link for link in links if path.startswith(link.url.rstrip("/") + "/") or path == link.url]
    if under:
        link = max(under, key=lambda candidate: len(candidate.url))
        link.current = "page" if link.url == path else "true"
