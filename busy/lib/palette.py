"""What the palette finds on the server. Apps register sources; a member sees those that the role allows (P7).

A source registers in ``AppConfig.ready()``, as the rail's pages do, so that layers below know nothing of those above::

    register(Source("projects", _("Projects"), find_projects, MANAGERS, order=20))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from busy.lib.folding import fold
from busy.lib.navigation import EVERYBODY

# Of each source; who wants more types more.
MOST = 6
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``url`` is where it leads. ``more`` is for the module that knows what to do instead of going there."""

    label: str
    url: str = ""
    detail: str = ""
    icon: str = "right"
    color: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def json(self, group: str) -> dict[str, Any]:
        said = {"label": self.label, "url": self.url, "detail": self.detail, "icon": self.icon, "group": group}
        return said | ({"color": self.color} if self.color else {}) | self.more


Find = Callable[[HttpRequest, str], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Source:
    """``find`` gets the request of a member and a text that is not empty; it costs a query or two."""

    key: str
    title: str | Promise
    find: Find
    roles: frozenset[str] = EVERYBODY
    order: int = 100


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do, found by its name: ``url_name`` takes the workspace, ``query`` is put behind the address."""

    key: str
    label: str | Promise
    icon: str
    url_name: str
    roles: frozenset[str] = EVERYBODY
    query: str = ""


_sources: dict[str, Source] = {}
_actions: dict[str, Action] = {}


def register(source: Source) -> None:
    """Raises ValueError when another source has the key."""
    if _sources.get(source.key, source) != source:
        raise ValueError(f"Two sources of the palette are called {source.key!r}.")
    _sources[source.key] = source


def register_action(action: Action) -> None:
    """Raises ValueError when another action has the key."""
    if _actions.get(action.key, action) != action:
        raise ValueError(f"Two actions of the palette are called {action.key!r}.")
    _actions[action.key] = action


def search(request: HttpRequest, text: str, role: str) -> list[dict[str, Any]]:
    """What all sources find for a member of that role, in the order of the sources."""
    wanted = text.replace("\x00", "").strip()[:LONGEST]
    if not wanted:
        return []
    found: list[dict[str, Any]] = []
    for source in sorted(_sources.values(), key=lambda source: (source.order, source.key)):
        if role in source.roles:
            found += [each.json(str(source.title)) for each in islice(source.find(request, wanted), MOST)]
    return found


def find_actions(request: HttpRequest, text: str) -> list[Found]:
    """Actions whose name has words that begin with every word of the text."""
    member: Any = getattr(request, "membership", None)
    parts = fold(text).split()
    found = []
    for action in _actions.values():
        words = fold(str(action.label)).split()
        if member.role in action.roles and all(any(word.startswith(part) for word in words) for part in parts):
            url = reverse(action.url_name, kwargs={"workspace": member.workspace.slug}) + action.query
            found.append(Found(label=str(action.label), url=url, icon=action.icon))
    return found
