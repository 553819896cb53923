"""What the address of the project approval's page says: period, filters, columns. What makes no sense is left out."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from busy.lib.periods import Week
from timesheets.project_hours import LOOK_BACK, HoursQuery, Shown
from timesheets.views.asked import YEARS

# How far ahead planned time is asked for when nothing else is said.
_AHEAD = timedelta(days=400)


class Period(StrEnum):
    RECENT = "recent"
    THIS_WEEK = "week"
    LAST_WEEK = "last-week"
    MONTH = "month"
    LAST_MONTH = "last-month"
    COMING = "coming"
    RANGE = "range"


PERIODS: dict[Period, str | Promise] = {
    Period.RECENT: _("Three months until today"),
    Period.THIS_WEEK: _("This week"),
    Period.LAST_WEEK: _("Last week"),
    Period.MONTH: _("This month"),
    Period.LAST_MONTH: _("Last month"),
    Period.COMING: _("To come"),
    Period.RANGE: _("From and to …"),
}


class Column(StrEnum):
    WORK_TYPE = "work-type"
    NOTE = "note"
    BILLABLE = "billable"
    RATE = "rate"
    AMOUNT = "amount"
    FLAGS = "flags"


COLUMNS: dict[Column, str | Promise] = {
    Column.WORK_TYPE: _("Work type"),
    Column.NOTE: _("Note"),
    Column.BILLABLE: _("Billable"),
    Column.RATE: _("Rate"),
    Column.AMOUNT: _("Amount"),
    Column.FLAGS: _("Flags"),
}
USUAL = frozenset({Column.WORK_TYPE, Column.NOTE, Column.BILLABLE, Column.AMOUNT, Column.FLAGS})

# What is kept of an address: in links, after an act, when one page refers to another.
KEPT = ("period", "from", "to", "show", "project", "work_type", "member", "submitted", "col", "page")
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    query: HoursQuery
    period: Period
    columns: frozenset[Column]
    page: str
    # The rest of the address, to come back to the same list.
    kept: QueryDict

    def address(self, **changes: str) -> str:
        """The query string with some values changed; an empty value drops the key."""
        query = self.kept.copy()
        for key, value in changes.items():
            query.pop(key, None)
            if value:
                query[key] = value
        return query.urlencode()


def asked_for(values: QueryDict, today: date) -> Asked:
    period = Period(text) if (text := values.get("period", "")) in set(Period) else Period.RECENT
    first, last = _days(period, values, today)
    shown = Shown(text) if (text := values.get("show", "")) in set(Shown) else Shown.WAITING
    columns = frozenset(Column(text) for text in values.getlist("col") if text in set(Column))
    kept = QueryDict(mutable=True)
    for key in KEPT:
        if key in values:
            kept.setlist(key, values.getlist(key))
    return Asked(
        query=HoursQuery(
            first_day=first,
            last_day=last,
            shown=shown,
            project_id=id_of(values.get("project", "")),
            work_type_id=id_of(values.get("work_type", "")),
            member_id=id_of(values.get("member", "")),
            submitted=values.get("submitted") == "1",
        ),
        period=period,
        columns=columns if "col" in values else USUAL,
        page=values.get("page", "1"),
        kept=kept,
    )


def id_of(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= _LARGEST_ID else None


def _days(period: Period, values: QueryDict, today: date) -> tuple[date, date]:
    if period == Period.RANGE:
        days = [day for day in (_day(values.get("from", "")), _day(values.get("to", ""))) if day is not None] or [today]
        return min(days), max(days)
    return _PRESETS[period](today)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _week(day: date) -> tuple[date, date]:
    week = Week.of(day)
    return week.monday, week.sunday


def _month(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


_PRESETS: dict[Period, Callable[[date], tuple[date, date]]] = {
    Period.RECENT: lambda today: (Week.of(today - LOOK_BACK).monday, today),
    Period.THIS_WEEK: _week,
    Period.LAST_WEEK: lambda today: _week(today - timedelta(weeks=1)),
    Period.MONTH: _month,
    Period.LAST_MONTH: lambda today: _month(today.replace(day=1) - timedelta(days=1)),
    Period.COMING: lambda today: (today + timedelta(days=1), today + _AHEAD),
}
