"""Who keeps the catalogue: Busy itself, an accounting system (P12), or both (R63), as a layer above tells.

Without a source Busy keeps everything, and what ``mastered_by`` holds is taken for the system's name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe


class Kind(StrEnum):
    CUSTOMER = "customers"
    PROJECT = "projects"
    PRODUCT = "products"
    WORK_TYPE = "work_types"
    TASK = "tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """A kind that a connected system keeps as well: what is made or changed here goes there, and the other way round.

    ``fields`` are those of a record that go out, by their names here, "archived", "done" and "members" among them; what
    else the system owns is read-only. ``creates``: a record that is made here is made there too, and gets its number
    there (R65).
    """

    system: str
    fields: frozenset[str]
    creates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where people in the system make and change what Busy cannot: a sentence, and a link when there is one."""

    system: str
    text: str
    url: str = ""


Owner = Callable[[str], str]
_owner: Owner | None = None
_name: Callable[[str], str] | None = None
_sharing: Callable[[str], Sharing | None] | None = None
_place: Callable[[str], Place | None] | None = None
_panel: Callable[[HttpRequest, str, int], str] | None = None
_tools: Callable[[HttpRequest, str], str] | None = None
_pending: Callable[[str, Collection[int]], set[int]] | None = None


def register_source(owner: Owner, *, name: Callable[[str], str] | None = None) -> None:
    """Called once by the layer that synchronises, when the app is ready.

    ``owner(kind)`` answers, for the workspace in scope and a value of ``Kind``, the name of the system in which alone
    records of the kind are created, or "" when they are created in Busy. ``name(mastered_by)`` turns what a record's
    ``mastered_by`` holds into the system's name.
    """
    global _owner, _name
    _owner, _name = owner, name


def owner_of(kind: Kind) -> str:
    """The name of the system in which alone records of the kind are created (R24, R62); "" when here."""
    return _owner(kind) if _owner else ""


def name_of(mastered_by: str) -> str:
    """The name people know the system by; "" for a record that Busy keeps."""
    return _name(mastered_by) if _name and mastered_by else mastered_by


def register_sharing(
    sharing: Callable[[str], Sharing | None],
    *,
    place: Callable[[str], Place | None],
    panel: Callable[[HttpRequest, str, int], str],
    tools: Callable[[HttpRequest, str], str],
    pending: Callable[[str, Collection[int]], set[int]],
) -> None:
    """Called once by the layer that synchronises, for the workspace in scope.

    ``panel(request, kind, record_id)`` gives the HTML that tells on a record's page how far it has come;
    ``tools(request, kind)`` what stands beside the head of the kind's list. Both escape what they did not write, and
    are "" when there is nothing to say. ``pending(kind, ids)`` are those that are still being made there, and get their
    number then (R65).
    """
    global _sharing, _place, _panel, _tools, _pending
    _sharing, _place, _panel, _tools, _pending = sharing, place, panel, tools, pending


def sharing_of(kind: Kind) -> Sharing | None:
    """How the kind travels both ways; None when it does not."""
    return _sharing(kind) if _sharing else None


def place_of(kind: Kind) -> Place | None:
    """Where in the connected system records of the kind are made; None when that is not known."""
    return _place(kind) if _place else None


def panel(request: HttpRequest, kind: Kind, record_id: int) -> SafeString:
    return mark_safe(_panel(request, kind, record_id)) if _panel else SafeString()  # noqa: S308 - it escapes


def tools(request: HttpRequest, kind: Kind) -> SafeString:
    return mark_safe(_tools(request, kind)) if _tools else SafeString()  # noqa: S308 - it escapes


def pending_of(kind: Kind, ids: Collection[int]) -> set[int]:
    """Those of the records whose number is still to come (R65)."""
    return _pending(kind, ids) if _pending else set()
