"""Who customers are exchanged with, as a layer above tells. Without it the catalogue knows of nobody.

A system that takes a customer's own fields knows them by name (R99); one that exchanges only some customers sorts them
by a tag (R95).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from busy.catalog.models import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFields:
    """The names of the fields that customers have in a system."""

    system: str
    names: tuple[str, ...]

    def match(self, name: str) -> str | None:
        """The name itself when the system has it, else the one that differs in capitals only, else None."""
        if name in self.names:
            return name
        return next((known for known in self.names if known.casefold() == name.casefold()), None)


Fields = Callable[[], list[SystemFields]]
TagUse = Callable[[int], str]
Panel = Callable[[Any, Customer], SafeString]
_fields: Fields | None = None
_tag_use: TagUse | None = None
_panel: Panel | None = None


def register(*, fields: Fields, tag_use: TagUse, panel: Panel) -> None:
    """Called once by the layer that exchanges customers, when the app is ready.

    ``tag_use(tag_id)`` is the name of the system that sorts customers by the tag, or "". ``panel(request, customer)``
    is what the customer's page tells of the exchange.
    """
    global _fields, _tag_use, _panel
    _fields, _tag_use, _panel = fields, tag_use, panel


def system_fields() -> list[SystemFields]:
    return _fields() if _fields else []


def tag_use(tag_id: int) -> str:
    return _tag_use(tag_id) if _tag_use else ""


def panel(request: Any, customer: Customer) -> SafeString:
    return _panel(request, customer) if _panel else SafeString("")
