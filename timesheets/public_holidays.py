"""Public holidays of the Nordic countries, from the library ``holidays``, and the eves that many have off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

COUNTRIES = [
    ("NO", _("Norway")),
    ("SE", _("Sweden")),
    ("DK", _("Denmark")),
    ("FI", _("Finland")),
    ("IS", _("Iceland")),
    ("FO", _("Faroe Islands")),
    ("GL", _("Greenland")),
]
_BY_ZONE = {
    "Europe/Oslo": "NO",
    "Europe/Stockholm": "SE",
    "Europe/Copenhagen": "DK",
    "Europe/Helsinki": "FI",
    "Atlantic/Reykjavik": "IS",
    "Atlantic/Faroe": "FO",
    "America/Nuuk": "GL",
}
# The library's names for our languages, the likeliest first.
_LANGUAGES = {"nb": ("no",), "sv": ("sv", "sv_FI"), "da": ("da",), "en": ("en_US",)}
# Whose own names a reader of a neighbouring language understands; of the others the English ones are better.
_SCANDINAVIAN = {"no", "sv", "da"}


def country_of_zone(zone: str) -> str:
    return _BY_ZONE.get(zone, "NO")


def eves_are_off(country: str) -> bool:
    """Whether the country's custom gives the eves off: Sweden's law on vacation counts them as Sundays."""
    return country == "SE"


def is_public_holiday(country: str, day: date) -> bool:
    return day in _names(country, day.year, "en_US")


@lru_cache(maxsize=4096)
def is_eve(country: str, day: date) -> bool:
    """An eve that is no public holiday by itself; Finland's Christmas Eve is one."""
    return any(day == eve for eve, _name in _eves(country, day.year)) and not is_public_holiday(country, day)


def name_of(country: str, day: date) -> str:
    """What the day is called in the reader's language where the library has it; "" for an ordinary day."""
    name = _names(country, day.year, _language(country)).get(day, "")
    return name or next((str(eve_name) for eve, eve_name in _eves(country, day.year) if eve == day), "")


def _eves(country: str, year: int) -> Iterator[tuple[date, Promise]]:
    yield date(year, 12, 24), _("Christmas Eve")
    yield date(year, 12, 31), _("New Year's Eve")
    if country == "SE":
        yield _friday_from(date(year, 6, 19)), _("Midsummer Eve")


def _friday_from(day: date) -> date:
    return day + timedelta(days=(4 - day.weekday()) % 7)


# Seven countries, a handful of languages, and the years that people look at.
@lru_cache(maxsize=512)
def _names(country: str, year: int, language: str) -> dict[date, str]:
    import holidays  # takes a moment that a process that asks for no holidays need not spend

    return dict(holidays.country_holidays(country, years=year, language=language))


@lru_cache(maxsize=64)
def _spoken(country: str) -> tuple[str, tuple[str, ...]]:
    """The library's own language of the country, and all those it has."""
    import holidays

    found = holidays.country_holidays(country)
    return found.default_language or "en_US", tuple(found.supported_languages)


def _language(country: str) -> str:
    reader = (get_language() or "en").split("-")[0]
    own, spoken = _spoken(country)
    for language in _LANGUAGES.get(reader, ()):
        if language in spoken:
            return language
    return own if own in _SCANDINAVIAN and reader in {"nb", "sv", "da"} else "en_US"
