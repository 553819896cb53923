"""What the approver's pages read: everybody's week in a few queries, one person's entries, how many people wait."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from busy.catalog.models import WorkTypeKind
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Workspace
from timesheets.approval import active_approvals
from timesheets.approval_rules import DaySum, Flag, flags_of, state_of
from timesheets.capacity import WorkCalendar, work_calendar
from timesheets.models import Approval, TimeEntry, TimeSettings
from timesheets.standing_out import odd_or_late
from timesheets.week_numbers import monday_of, week_number

# Weeks before the present one in which hours still ask to be approved; older ones are found by changing the week.
LOOK_BACK = 13

# What was recorded on a person's day, as the arguments of DaySum.
_Facts = dict[str, Any]
_NOTHING: _Facts = {}

# What of an entry can be invoiced, in minutes: a write-down counts as what it was written down to.
BILLABLE = Coalesce("billable_minutes", "minutes")


@dataclass(frozen=True)
class PersonWeek:
    """One person's week as the approver sees it; minutes throughout."""

    member: Membership
    days: tuple[DaySum, ...]
    today: date

    @property
    def minutes(self) -> int:
        return sum(day.minutes for day in self.days)

    @property
    def billable(self) -> int:
        return sum(day.billable for day in self.days)

    @property
    def waiting(self) -> int:
        return sum(day.waiting for day in self.days)

    @property
    def submitted(self) -> int:
        """What was sent and waits."""
        return sum(day.submitted for day in self.days)

    @property
    def rejected(self) -> int:
        """What was sent back and not sent again."""
        return sum(day.rejected for day in self.days)

    @property
    def capacity(self) -> int:
        return sum(day.capacity for day in self.days)

    @property
    def absence(self) -> int:
        return sum(day.absence for day in self.days)

    @property
    def over(self) -> int:
        """The overtime that would arise (P21): what was worked beyond the week's capacity; absence makes none."""
        return min(sum(day.worked for day in self.days), max(0, self.minutes - self.capacity))

    @property
    def under(self) -> int:
        return max(0, self.capacity - self.minutes)

    @property
    def holidays(self) -> list[DaySum]:
        return [day for day in self.days if day.holiday]

    @cached_property
    def state(self) -> str:
        return state_of(self.days)

    @cached_property
    def flags(self) -> tuple[Flag, ...]:
        return flags_of(self.days, self.today)


def people_of_week(
    week: Week, workspace: Workspace, *, today: date, among: Collection[int] | None = None
) -> list[PersonWeek]:
    """Everybody active, and who else has hours in the week, by name. Nine queries, whatever the number of people.

    ``among`` leaves out everybody else; None leaves out nobody.
    """
    sums = _sums_by_person(_entries(week))
    _add_odd_or_late(sums, _entries(week), workspace)
    members = Membership.objects.filter(Q(is_active=True) | Q(pk__in=list(sums)), **_of(among, "pk"))
    calendar = work_calendar(workspace)
    people = [
        PersonWeek(one, _days(week, one, calendar, sums.get(one.pk, {})), today)
        for one in members.select_related("user")
    ]
    return sorted(people, key=lambda person: (str(person.member).casefold(), person.member.pk))


def person_week(member: Membership, week: Week, workspace: Workspace, *, today: date) -> PersonWeek:
    sums = _sums_by_person(_entries(week).filter(member=member))
    _add_odd_or_late(sums, _entries(week).filter(member=member), workspace)
    calendar = work_calendar(workspace, [member.pk])
    return PersonWeek(member, _days(week, member, calendar, sums.get(member.pk, {})), today)


def entries_of(member: Membership, week: Week) -> list[tuple[date, list[TimeEntry]]]:
    """The person's entries by day, with project, customer and work type; days without any are left out."""
    by_day: defaultdict[date, list[TimeEntry]] = defaultdict(list)
    entries = _entries(week).filter(member=member).select_related("project__customer", "work_type", "task")
    for entry in entries.order_by("day", "start_time", "pk"):
        by_day[entry.day].append(entry)
    return list(by_day.items())


def approvals_of(people: Iterable[PersonWeek], week: Week) -> dict[int, Approval]:
    """The latest active approval per member id, with who gave it."""
    found = active_approvals(week).filter(member_id__in=[person.member.pk for person in people])
    by_member = found.select_related("approved_by__user").order_by("approved_at")
    return {approval.member_id: approval for approval in by_member if approval.member_id is not None}


def count_waiting(today: date, among: Collection[int] | None = None) -> int:
    """How many people have hours that wait for user approval, up to today and not older than LOOK_BACK weeks."""
    return _waiting(today, among).aggregate(people=Count("member", distinct=True))["people"] or 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """``weeks`` are those in which somebody waits, oldest first, with the number of people; ``people`` all of them."""

    weeks: list[tuple[Week, int]]
    people: int


def waiting_weeks(today: date, among: Collection[int] | None = None) -> Waiting:
    """One query, of a row for each person and week."""
    rows = _waiting(today, among).order_by().annotate(week=week_number("day")).values_list("week", "member_id")
    found = list(rows.distinct())
    weeks = sorted(Counter(week for week, _member in found).items())
    return Waiting(
        weeks=[(Week.of(monday_of(week)), people) for week, people in weeks],
        people=len({member for _week, member in found}),
    )


def _of(among: Collection[int] | None, field: str) -> dict[str, Any]:
    """A filter for these members; None is everybody."""
    return {} if among is None else {f"{field}__in": among}


def _waiting(today: date, among: Collection[int] | None) -> QuerySet[TimeEntry]:
    oldest = Week.of(today).monday - timedelta(weeks=LOOK_BACK)
    starts = Subquery(TimeSettings.objects.values("approval_starts_on")[:1])  # P24; asked once for all rows
    waiting = TimeEntry.objects.filter(day__range=(oldest, today), person_approval__isnull=True)
    return waiting.filter(day__gte=Coalesce(starts, Value(oldest)), **_of(among, "member"))


def _entries(week: Week) -> QuerySet[TimeEntry]:
    return TimeEntry.objects.filter(day__range=(week.monday, week.sunday))


def _sums_by_person(entries: QuerySet[TimeEntry]) -> dict[int, dict[date, _Facts]]:
    """What was recorded; the capacity is laid beside it by ``_days``."""
    billable, waiting = Q(is_billable=True), Q(person_approval__isnull=True)
    rows: Iterable[Any] = entries.values("member_id", "day").annotate(
        sum_minutes=Sum("minutes"),
        sum_billable=Sum(BILLABLE, filter=billable, default=0),
        sum_waiting=Sum("minutes", filter=waiting, default=0),
        sum_submitted=Sum("minutes", filter=waiting & Q(submitted_at__isnull=False), default=0),
        sum_rejected=Sum("minutes", filter=waiting & Q(submitted_at=None, rejection__isnull=False), default=0),
        changed=Count("pk", filter=waiting & Q(changed_at__gt=F("submitted_at"))),
        billable_entries=Count("pk", filter=billable),
        noted=Count("pk", filter=billable & ~Q(note="")),
        sum_absence=Sum("minutes", filter=~Q(work_type__kind=WorkTypeKind.WORK), default=0),
    )
    people: defaultdict[int, dict[date, _Facts]] = defaultdict(dict)
    for row in rows:
        people[row["member_id"]][row["day"]] = {
            "minutes": row["sum_minutes"],
            "billable": row["sum_billable"],
            "waiting": row["sum_waiting"],
            "submitted": row["sum_submitted"],
            "rejected": row["sum_rejected"],
            "changed": row["changed"],
            "entries": row["billable_entries"],
            "noted": row["noted"],
            "absence": row["sum_absence"],
        }
    return people


def _add_odd_or_late(sums: dict[int, dict[date, _Facts]], entries: QuerySet[TimeEntry], workspace: Workspace) -> None:
    """Only what waits is looked at again."""
    found = odd_or_late(entries.filter(person_approval__isnull=True), workspace.zone)
    for (member_id, day), seen in found.items():
        told = {"odd": tuple(sorted(seen.odd)), "late": len(seen.late), "cautions": tuple(seen.cautions)}
        sums[member_id][day].update(told)


def _days(week: Week, member: Membership, calendar: WorkCalendar, sums: dict[date, _Facts]) -> tuple[DaySum, ...]:
    return tuple(
        DaySum(
            day=day,
            capacity=calendar.minutes(member.pk, day),
            holiday=calendar.holiday(day),
            **sums.get(day, _NOTHING),
        )
        for day in week.days
    )
