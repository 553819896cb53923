"""Days and instants as people of the page's language write them. English puts the day first, as in Britain."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_interval, format_skeleton, format_time
from django.utils.timezone import localtime
from django.utils.translation import get_language

_LOCALES = {"en": "en_GB"}
_DAY_WITH_DOT = ("nb", "da")


def written_days(first: date, last: date, *, with_year: bool = False) -> str:
    """``16.–22. nov.``, ``16–22 Nov``; the years stand there when the days fall into two of them, or when asked for."""
    years = "yMMMd" if with_year or first.year != last.year else "MMMd"
    return format_interval(first, last, years, locale=_locale())


def written_day(day: date) -> str:
    """``tirsdag 17. november``, ``Tuesday 17 November``."""
    return format_date(day, f"EEEE {_day_and_month()}", locale=_locale())


def written_moment(instant: datetime) -> str:
    """``17. november 15:20``, in the zone the request works in; of another year, ``17. november 2025 15:20``."""
    local = localtime(instant)
    year = "" if local.year == localtime().year else " y"
    day = format_date(local.date(), f"{_day_and_month()}{year}", locale=_locale())
    return f"{day} {format_time(local.time(), 'short', locale=_locale())}"


def short_day(day: date) -> str:
    """``17. nov.``, ``17 Nov``; an instant is taken in the zone the request works in."""
    return format_skeleton("MMMd", _local(day), locale=_locale())


def short_date(day: date) -> str:
    """``17. nov. 2026``, ``17 Nov 2026``."""
    return format_skeleton("yMMMd", _local(day), locale=_locale())


def _local(day: date) -> date:
    return localtime(day).date() if isinstance(day, datetime) else day


def closing(text: str) -> str:
    """``16.–22. nov`` of ``16.–22. nov.``: for the end of a sentence, whose full stop is the abbreviation's too."""
    return text.removesuffix(".")


def written_month(day: date) -> str:
    """``november 2026``, ``November 2026``."""
    return format_skeleton("yMMMM", day, locale=_locale())


def written_weekday(day: date) -> str:
    """``Man``, ``Mon``: for the head of a column."""
    return format_date(day, "ccc", locale=_locale()).rstrip(".").capitalize()


def _day_and_month() -> str:
    return "d. MMMM" if _language() in _DAY_WITH_DOT else "d MMMM"


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _locale() -> str:
    return _LOCALES.get(_language(), _language())
