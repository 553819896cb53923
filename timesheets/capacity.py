"""How many minutes a person is expected to work on a day: the working week in force, public holidays, the period.

A person's own week comes before the company's. A public holiday has no capacity, an eve what the workspace says; the
company's week is five ordinary days of the workspace until somebody writes another.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import DateField, Q, Value

from busy.workspaces.models import Membership, Workspace
from timesheets import public_holidays
from timesheets.models import TimeSettings, WorkingWeek, WorkPeriod
from timesheets.models.settings import Eves
from timesheets.time_settings import time_settings

Minutes = tuple[int, ...]
_WORKING_DAYS = 5
# What is left of an eve's ordinary hours, in per cent.
_LEFT = {Eves.OFF: 0, Eves.HALF: 50, Eves.WORK: 100}


@dataclass(frozen=True, slots=True)
class DatedWeek:
    """Seven weekdays' minutes from a day on; None minutes are the company's."""

    valid_from: date
    minutes: Minutes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """What is expected of the people it was loaded for; everything is answered without a query."""

    country: str
    eves: Eves
    company: tuple[DatedWeek, ...]
    own: dict[int, tuple[DatedWeek, ...]]
    periods: dict[int, tuple[date, date]]

    def minutes(self, member_id: int, day: date) -> int:
        """The person's capacity on the day, in minutes."""
        first, last = self.periods.get(member_id, (date.min, date.max))
        if not first <= day <= last:
            return 0
        ordinary = self.week_of(member_id, day)[day.weekday()]
        return ordinary * self._left(day) // 100 if ordinary else 0

    def week_of(self, member_id: int | None, day: date) -> Minutes:
        """The seven weekdays' minutes in force on the day, before holidays; the company's without a member."""
        own = _in_force(self.own.get(member_id, ()), day) if member_id is not None else None
        week = own or _in_force(self.company, day)
        assert week is not None  # the company's list begins with the beginning
        return week

    def holiday(self, day: date) -> str:
        """The name of a public holiday or an eve that is not an ordinary day, in the reader's language, or ""."""
        return public_holidays.name_of(self.country, day) if self._left(day) < 100 else ""

    def _left(self, day: date) -> int:
        if public_holidays.is_public_holiday(self.country, day):
            return 0
        return _LEFT[self.eves] if public_holidays.is_eve(self.country, day) else 100


def work_calendar(workspace: Workspace, member_ids: Collection[int] | None = None) -> WorkCalendar:
    """The calendar of the people named, or of everybody. Two queries, whatever their number."""
    settings = time_settings()
    by_member: defaultdict[int | None, list[DatedWeek]] = defaultdict(list)
    periods: dict[int, tuple[date, date]] = {}
    for member_id, first, last, minutes, is_period in _weeks_and_periods(member_ids):
        if is_period:
            periods[member_id] = (first or date.min, last or date.max)
        else:
            by_member[member_id].append(DatedWeek(first or date.min, tuple(minutes) if minutes is not None else None))
    company = by_member.pop(None, [])
    if not company or min(week.valid_from for week in company) > date.min:
        company.append(DatedWeek(date.min, ordinary_week(workspace)))
    country = country_of(settings, workspace)
    return WorkCalendar(
        country=country,
        eves=eves_of(settings, country),
        company=_sorted(company),
        own={member_id: _sorted(own) for member_id, own in by_member.items() if member_id is not None},
        periods=periods,
    )


def _weeks_and_periods(member_ids: Collection[int] | None) -> Iterable[Any]:
    """(member, first day, last day, minutes, is a period) of working weeks and of working periods, in one query."""
    weeks, periods = WorkingWeek.objects.order_by(), WorkPeriod.objects.order_by()
    if member_ids is not None:
        weeks = weeks.filter(Q(member__in=member_ids) | Q(member=None))
        periods = periods.filter(member__in=member_ids)
    no_day = Value(None, output_field=DateField())
    no_minutes = Value(None, output_field=WorkingWeek._meta.get_field("minutes"))
    yes, no = Value(True), Value(False)
    return weeks.values_list("member_id", "valid_from", no_day, "minutes", no).union(
        periods.values_list("member_id", "first_day", "last_day", no_minutes, yes), all=True
    )


def capacity(member: Membership, days: Iterable[date]) -> dict[date, int]:
    """Minutes by day. ``member.workspace`` must be loaded; two queries."""
    calendar = work_calendar(member.workspace, [member.pk])
    return {day: calendar.minutes(member.pk, day) for day in days}


def country_of(settings: TimeSettings, workspace: Workspace) -> str:
    return settings.country or public_holidays.country_of_zone(workspace.zone)


def eves_of(settings: TimeSettings, country: str) -> Eves:
    if settings.eves:
        return Eves(settings.eves)
    return Eves.OFF if public_holidays.eves_are_off(country) else Eves.HALF


def ordinary_week(workspace: Workspace) -> Minutes:
    """What a company works that has written no working week: Monday to Friday."""
    return (workspace.day_minutes,) * _WORKING_DAYS + (0,) * (7 - _WORKING_DAYS)


def _sorted(weeks: Iterable[DatedWeek]) -> tuple[DatedWeek, ...]:
    return tuple(sorted(weeks, key=lambda week: week.valid_from))


def _in_force(weeks: tuple[DatedWeek, ...], day: date) -> Minutes | None:
    place = bisect_right(weeks, day, key=lambda week: week.valid_from)
    return weeks[place - 1].minutes if place else None
