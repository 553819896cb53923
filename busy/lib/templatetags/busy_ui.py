"""Small words for templates: icons, people, states, hours, money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from re import findall
from typing import Any
from zlib import crc32

from babel.numbers import format_currency, format_decimal
from django import template
from django.contrib.staticfiles import finders
from django.template.context import RequestContext
from django.template.defaultfilters import date as written
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from busy.lib import written as words
from busy.lib.durations import print_hours

register = template.Library()

COLOURS = 12
THEMES = ("light", "dark")


# --- Icons ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def icon_names() -> frozenset[str]:
    """The ids of the sprite; empty where only the collected files are there, as in a production image."""
    sprite = finders.find("icons.svg")
    return frozenset(findall(r'<symbol id="([\w-]+)"', Path(sprite).read_text())) if sprite else frozenset()


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """``{% icon "lock" "icon-small" %}``. Decoration unless ``label`` says in words what only the picture tells.

    Raises ValueError for a name that the sprite does not have: an invisible icon is found by nobody.
    """
    return _drawn(str(name), str(classes), str(label))


# A page draws a hundred icons, few of them different; a label is one of few words in one of four languages.
@lru_cache(maxsize=4096)
def _drawn(name: str, classes: str, label: str) -> SafeString:
    names = icon_names()
    if names and name not in names:
        raise ValueError(f"There is no icon {name!r} in static/icons.svg.")
    drawn = format_html('<use href="{}#{}"/>', static("icons.svg"), name)
    class_names = f"icon {classes}".strip()
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}">{}</svg>', class_names, label, drawn)
    return format_html('<svg class="{}" aria-hidden="true">{}</svg>', class_names, drawn)


@register.simple_tag
def sprite_url() -> str:
    """Where the modules find the icons."""
    return static("icons.svg")


# --- People -----------------------------------------------------------------------------------------------------------


@register.filter
def initials(name: object) -> str:
    """``Anna Nygård`` is ``AN``, ``Cilla`` is ``C``, ``Ove Erik von Dahl`` is ``OD``."""
    words = str(name).replace("-", " ").split()
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def colour_of(name: object) -> int:
    """One of the twelve colours, the same for the same name on every page and in every process."""
    return crc32(str(name).encode()) % COLOURS + 1


@register.simple_tag
def avatar(name: object, classes: str = "", colour: object = None, letters: int = 2) -> SafeString:
    """Initials on a tint. Always decoration: the name stands beside it, or in an ``only-read-aloud``."""
    return format_html(
        '<span class="{}" data-color="{}" aria-hidden="true">{}</span>',
        f"avatar {classes}".strip(),
        colour if colour is not None else colour_of(name),
        initials(name)[:letters],
    )


# --- States -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StateLook:
    sign: str
    word: str | Promise


STATES: dict[str, StateLook] = {
    "open": StateLook("empty-ring", _("Open")),
    "submitted": StateLook("send", _("Submitted")),
    "approved": StateLook("approve", _("Approved")),
    "ordered": StateLook("orders", _("On order")),
    "transferring": StateLook("sync", _("Transferring")),
    "transferred": StateLook("tick", _("Transferred")),
    "attention": StateLook("alert", _("Needs attention")),
    "archived": StateLook("archive", _("Archived")),
    "waiting": StateLook("clock", _("Waiting")),
    "failed": StateLook("cross", _("Failed")),
    "draft": StateLook("edit", _("Draft")),
    "finished": StateLook("flag", _("Finished")),
    "active": StateLook("empty-ring", _("Active")),
    "rejected": StateLook("undo", _("Rejected")),
    "invited": StateLook("mail", _("Invited")),
    "paused": StateLook("pause", _("Paused")),
}


@register.simple_tag
def state_look(state: object) -> StateLook:
    """Sign and word of a state. Raises KeyError for a state without a look."""
    return STATES[str(state)]


@register.inclusion_tag("parts/_state.html")
def state(value: object, label: object = "", large: bool = False) -> dict[str, object]:
    """``{% state order.state %}``: sign, word and tint, or another word through ``label``."""
    return {"state": str(value), "label": label, "large": large}


# --- Numbers ----------------------------------------------------------------------------------------------------------


@register.filter
def hours(minutes: int | None) -> str:
    """Whole minutes as the page's language writes hours: 450 is ``7,5``. None is nothing."""
    return "" if minutes is None else print_hours(int(minutes), get_language() or "en")


@register.filter
def hours_or_dash(minutes: int | None) -> str:
    """As ``hours``, with a faint dash for none."""
    return hours(minutes) if minutes else nothing()


@register.simple_tag
def nothing() -> SafeString:
    """The faint dash that stands for zero."""
    return mark_safe('<span class="nothing"></span><span class="only-read-aloud">0</span>')


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """``1 234,50 kr`` with a currency, ``1 234,50`` without. None is nothing."""
    if amount is None:
        return ""
    if currency:
        # English CLDR writes NOK130.00; Busy's readers expect the amount first, in every language.
        pattern = "#,##0.00\N{NO-BREAK SPACE}¤¤" if _locale().startswith("en") else None
        return format_currency(amount, currency, pattern, locale=_locale())
    return format_decimal(amount, "#,##0.00", locale=_locale())


@register.filter
def decimal(number: Decimal | float | int | None) -> str:
    """A quantity with as many decimals as it has: ``62,5``."""
    return "" if number is None else format_decimal(number, "#,##0.####", locale=_locale())


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")


# --- Time -------------------------------------------------------------------------------------------------------------


@register.simple_tag
def relative_time(instant: datetime | None, fallback: str = "") -> SafeString | str:
    """``40 seconds ago``, kept true by live.js; without JavaScript and on paper the date and time stand there."""
    if instant is None:
        return fallback
    return format_html(
        '<time datetime="{}" data-relative>{}</time>',
        instant.isoformat(),
        written(localtime(instant), "SHORT_DATETIME_FORMAT"),
    )


@register.filter
def short_day(day: date | None) -> str:
    """``17. nov.`` for a day or an instant; None is nothing."""
    return words.short_day(day) if day else ""


@register.filter
def short_date(day: date | None) -> str:
    """``17. nov. 2026``; None is nothing."""
    return words.short_date(day) if day else ""


@register.filter
def iso(value: date | datetime) -> str:
    """For ``datetime`` and ``value`` attributes, whatever the language."""
    return value.isoformat()


# --- The page ---------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def theme_choice(context: RequestContext) -> str:
    """``light``, ``dark``, or nothing: as the system. The cookie is the person's, so it is checked."""
    return _cookie(context, "theme", THEMES)


@register.simple_tag(takes_context=True)
def rail_choice(context: RequestContext) -> str:
    return _cookie(context, "rail", ("narrow",))


def _cookie(context: RequestContext, name: str, allowed: tuple[str, ...]) -> str:
    request: Any = context.get("request")
    value = request.COOKIES.get(name, "") if request is not None else ""
    return value if value in allowed else ""


@register.simple_tag(takes_context=True)
def query_with(context: RequestContext, **changes: object) -> str:
    """The page's query string with some values changed, for paging, sorting, filters. An empty value drops the key."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"


# --- Waiting changes --------------------------------------------------------------------------------------------------


@register.simple_tag
def waiting_words(count: int) -> str:
    """The sentence for one or for many; the module puts the number in."""
    return ngettext(
        "%(count)s change waits for the way to the server", "%(count)s changes wait for the way to the server", count
    )
