"""Durations are whole minutes. How people write them, and how they are written back."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

DAY = 24 * 60

# Norwegian, Swedish, Danish and English at once: "t" is hours in all of the Nordic ones and a letter of no other unit.
HOURS = r"(?:hours?|timer|timmar|timme|time|tim|t|h)"
MINUTES = r"(?:minutes?|minutter|minuter|minutt|minut|min|m)"

_DECIMAL = re.compile(rf"^([0-9]{{1,4}})?(?:[.,]([0-9]{{1,4}}))?\s*{HOURS}?$")
_CLOCK = re.compile(rf"^([0-9]{{1,3}})\s*(?::|{HOURS})\s*([0-5]?[0-9])\s*{MINUTES}?$")
_MINUTES = re.compile(rf"^([0-9]{{1,5}})\s*{MINUTES}$")


class NotADuration(ValueError):
    """The text is not a duration; ``message`` is a translatable sentence for the person who typed it."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))
        self.message = message


def parse_hours(text: str) -> int:
    """Whole minutes for ``7,5``, ``7.5``, ``7:30``, ``7t30``, ``7h30m``, ``7 tim``, ``450m``, ``7``; nothing is 0.

    Decimals of an hour that are no whole minutes are rounded half up (``0,33`` is 20). Raises NotADuration.
    """
    typed = re.sub(r"\s+", " ", text.strip().lower().replace("\N{NO-BREAK SPACE}", " "))
    if typed in {"", "-", "–"}:
        return 0
    if match := _MINUTES.match(typed):
        return int(match[1])
    if match := _CLOCK.match(typed):
        return int(match[1]) * 60 + int(match[2])
    match = _DECIMAL.match(typed)
    if match and (match[1] or match[2]):
        hours = Decimal(f"{match[1] or 0}.{match[2] or 0}")
        return int((hours * 60).quantize(Decimal(1), ROUND_HALF_UP))
    raise NotADuration(_("Write hours as 7.5, 7:30 or 450m."))


def print_hours(minutes: int, language: str | None = None) -> str:
    """Hours for a person: ``450`` is ``7,5`` in Norwegian, ``7.5`` in English; what decimals cannot say is ``0:20``.

    ``parse_hours(print_hours(m)) == m`` for every m and language. Negative minutes keep their sign.
    """
    sign = "-" if minutes < 0 else ""
    hours, rest = divmod(abs(minutes), 60)
    if rest % 3:
        return f"{sign}{hours}:{rest:02d}"
    point = "." if (language or get_language() or "en").startswith("en") else ","
    decimals = f"{rest * 100 // 60:02d}".rstrip("0")
    return f"{sign}{hours}{point}{decimals}" if decimals else f"{sign}{hours}"
