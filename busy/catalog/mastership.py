"""Who keeps the catalogue: Busy itself, or an accounting system (P12), as a layer above tells.

Without a source Busy keeps everything, and what ``mastered_by`` holds is taken for the system's name.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Kind(StrEnum):
    CUSTOMER = "customers"
    PROJECT = "projects"
    PRODUCT = "products"
    WORK_TYPE = "work_types"


Owner = Callable[[str], str]
_owner: Owner | None = None
_name: Callable[[str], str] | None = None


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
