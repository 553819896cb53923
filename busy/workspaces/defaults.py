"""What a new workspace is likely to want, told from the language of whoever makes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defaults:
    zone: str
    currency: str
    language: str


_BY_LANGUAGE = {
    "nb": Defaults("Europe/Oslo", "NOK", "nb"),
    "sv": Defaults("Europe/Stockholm", "SEK", "sv"),
    "da": Defaults("Europe/Copenhagen", "DKK", "da"),
    "en": Defaults("Europe/Oslo", "NOK", "en"),
}


def defaults_for(language: str) -> Defaults:
    return _BY_LANGUAGE.get(language, _BY_LANGUAGE["en"])
