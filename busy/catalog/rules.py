"""What holds for the catalogue, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from busy.catalog.errors import EndsBeforeStart, NameMissing, NotAnAmount
from busy.catalog.models import COLORS
from busy.lib.money import minor_unit

# What the system that keeps a record decides alone (R18); everything else survives every pull (R17).
OWNED_FIELDS = frozenset({"name", "number", "customer", "organization_number", "email", "unit", "price", "currency"})

MAX_RATE = Decimal(10) ** 10


def least_used_color(used: Mapping[int, int]) -> int:
    """The colour that the fewest active projects have, the first of equals. ``used`` counts projects per colour."""
    return min(range(1, COLORS + 1), key=lambda color: (used.get(color, 0), color))


def cleaned_name(name: str) -> str:
    """One line without doubled blanks. Raises NameMissing for an empty one."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise NameMissing
    return cleaned


def ensure_period(start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise EndsBeforeStart


def ensure_amount(amount: Decimal | None, currency: str) -> None:
    """None ends a rate. Raises NotAnAmount below zero, above what a column holds, and for parts of a coin."""
    if amount is None:
        return
    if not amount.is_finite() or not 0 <= amount < MAX_RATE or amount != amount.quantize(minor_unit(currency)):
        raise NotAnAmount(currency)
