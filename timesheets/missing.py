"""Who has recorded less than expected: people's past days below their capacity.

Today is never missing. Days before the start of approval (P24), before a person's first working day or after the last
one are not asked for; a person without a written first day is asked from the day of coming to the workspace. Absence
counts as recorded, public holidays have no capacity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from busy.lib.periods import local_date, local_today
from busy.workspaces.models import Membership, Workspace
from timesheets.capacity import WorkCalendar, work_calendar
from timesheets.models import TimeEntry, TimeSettings
from timesheets.models.settings import MissingCounts
from timesheets.time_settings import time_settings

# How far back is looked unless somebody asks for more.
WEEKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingDay:
    """Minutes throughout."""

    day: date
    minutes: int
    capacity: int

    @property
    def short(self) -> int:
        return self.capacity - self.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingPerson:
    """``days`` are in order and never empty."""

    member: Membership
    days: tuple[MissingDay, ...]

    @property
    def short(self) -> int:
        return sum(day.short for day in self.days)


def missing(
    workspace: Workspace, members: Sequence[Membership], *, weeks: int = WEEKS, today: date | None = None
) -> list[MissingPerson]:
    """Who of the people misses hours in the last so many weeks, in their order. Five queries, however many they are."""
    today = today or local_today(workspace.zone)
    settings = time_settings()
    first, last = _period(settings, weeks, today)
    ids = [member.pk for member in members]
    if first > last or not ids:
        return []
    calendar = work_calendar(workspace, ids)
    recorded = _recorded(ids, first, last)
    only_empty = settings.missing_counts == MissingCounts.EMPTY
    found = []
    for member in members:
        start = max(first, _start(member, workspace, calendar))
        days = _short_days(member.pk, start, last, recorded[member.pk], calendar, only_empty=only_empty)
        if days:
            found.append(MissingPerson(member=member, days=days))
    return found


def _period(settings: TimeSettings, weeks: int, today: date) -> tuple[date, date]:
    first = today - timedelta(weeks=weeks)
    return max(first, settings.approval_starts_on or first), today - timedelta(days=1)


def _start(member: Membership, workspace: Workspace, calendar: WorkCalendar) -> date:
    written = calendar.periods.get(member.pk, (date.min, date.max))[0]
    return written if written > date.min else local_date(member.created_at, workspace.zone)


def _recorded(ids: Collection[int], first: date, last: date) -> defaultdict[int, dict[date, int]]:
    sums = TimeEntry.objects.filter(member__in=ids, day__range=(first, last)).values_list("member_id", "day")
    found: defaultdict[int, dict[date, int]] = defaultdict(dict)
    for member_id, day, minutes in sums.annotate(sum=Sum("minutes")):
        found[member_id][day] = minutes
    return found


def _short_days(
    member_id: int, first: date, last: date, recorded: dict[date, int], calendar: WorkCalendar, *, only_empty: bool
) -> tuple[MissingDay, ...]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    found = (
        MissingDay(day=day, minutes=recorded.get(day, 0), capacity=calendar.minutes(member_id, day)) for day in days
    )
    return tuple(day for day in found if day.short > 0 and not (only_empty and day.minutes))
