"""The rows of the mapping page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy

from integrations.mapping_models import Basis

BASES = {
    Basis.LINKED: gettext_lazy("Linked earlier"),
    Basis.NUMBER: gettext_lazy("Same number"),
    Basis.EMAIL: gettext_lazy("Same e-mail"),
    Basis.NAME: gettext_lazy("Same name"),
    Basis.FOLDED: gettext_lazy("Nearly the same name"),
    Basis.HAND: gettext_lazy("Chosen by hand"),
}


class Show(StrEnum):
    """Which records the page lists."""

    ALL = ""
    UNLINKED = "unlinked"
    ARCHIVED = "archived"  # not linked, and not in use any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """A record at the provider."""

    external_id: str
    number: str
    name: str
    url: str = ""
    is_archived: bool = False

    @property
    def label(self) -> str:
        return f"{self.number} {self.name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    theirs: Theirs
    basis: str  # in words
    is_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of Busy. ``note`` says why it has no link, when that is known."""

    pk: int
    name: str
    number: str
    detail: str = ""
    is_archived: bool = False
    theirs: Theirs | None = None
    suggestion: Suggestion | None = None
    note: str = ""
    fate: str = ""  # of one that only Busy has, where the preview asks: a value of `alone.Fate`
