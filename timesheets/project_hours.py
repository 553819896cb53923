"""What the project approval's page reads: the hours of projects in a period, narrowed, summed and paged (P22)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from busy.catalog.models import Project, WorkType
from busy.catalog.rates import RateBook
from busy.catalog.selectors.order import by_name
from busy.lib.money import rounded
from busy.workspaces.models import Membership, Workspace
from timesheets.approval_rules import Flag
from timesheets.models import TimeEntry
from timesheets.project_approval import may_be_approved_by
from timesheets.remarks import Transfer, transfers_of
from timesheets.rules import cell_of
from timesheets.standing_out import flags_of_entries
from timesheets.time_settings import time_settings

PER_PAGE = 50
# As on the page of people: how far back hours still ask to be approved.
LOOK_BACK = timedelta(weeks=13)

# Amounts of whole projects are reckoned entry by entry, so only while there are not too many.
_PRICED = 5_000
_CHOICES = 200

_UNAPPROVED = Q(project_approval__isnull=True, person_approval__isnull=True)

BILLABLE = Coalesce("billable_minutes", "minutes")


class Shown(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursQuery:
    """Which hours are asked for; None and nothing narrow nothing."""

    first_day: date
    last_day: date
    shown: Shown = Shown.WAITING
    project_id: int | None = None
    work_type_id: int | None = None
    member_id: int | None = None
    submitted: bool = False

    def in_period(self, by: Membership) -> QuerySet[TimeEntry]:
        return may_be_approved_by(by).filter(day__range=(self.first_day, self.last_day))

    def entries(self, by: Membership) -> QuerySet[TimeEntry]:
        """Never more than ``by`` may approve (R110)."""
        return self._narrow(self.in_period(by))

    def _narrow(self, entries: QuerySet[TimeEntry]) -> QuerySet[TimeEntry]:
        if self.shown == Shown.WAITING:
            entries = waiting(entries)
        elif self.shown == Shown.APPROVED:
            entries = entries.exclude(_UNAPPROVED)
        exact = {"project": self.project_id, "work_type": self.work_type_id, "member": self.member_id}
        entries = entries.filter(**{name: wanted for name, wanted in exact.items() if wanted is not None})
        return entries.filter(submitted_at__isnull=False) if self.submitted else entries


def waiting(entries: QuerySet[TimeEntry]) -> QuerySet[TimeEntry]:
    """What neither approval holds: either counts (R109)."""
    return approvable(entries).filter(person_approval__isnull=True)


def approvable(entries: QuerySet[TimeEntry]) -> QuerySet[TimeEntry]:
    """What no project approval holds, from the day on which approval begins (P24)."""
    start = time_settings().approval_starts_on
    found = entries.filter(project_approval__isnull=True)
    return found if start is None else found.filter(day__gte=start)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursLine:
    """One entry as the approver sees it. ``is_own``: for somebody else to approve.

    What a user approval holds can get the project approval as well, and ``is_approvable`` says so.
    """

    entry: TimeEntry
    billable: int
    rate: Decimal | None
    rate_why: str
    amount: Decimal | None
    flags: tuple[Flag, ...]
    is_own: bool
    transfer: Transfer | None

    @property
    def is_approvable(self) -> bool:
        return self.entry.project_approval_id is None and not self.is_own


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectGroup:
    """A project's hours of the whole query, in minutes; ``lines`` are those on this page.

    ``amount`` is None when there are too many to reckon, or nothing has a rate.
    """

    project: Project
    entries: int
    minutes: int
    billable: int
    waiting: int
    waiting_minutes: int
    amount: Decimal | None
    lines: list[HoursLine]


def project_groups(
    query: HoursQuery, by: Membership, workspace: Workspace, *, four_eyes: bool, page: str | int = 1
) -> tuple[list[ProjectGroup], Page[TimeEntry]]:
    """The page's entries by project, with the sums of these projects. A constant number of queries."""
    found = query.entries(by)
    ordered = found.select_related(
        "project__customer",
        "work_type",
        "member__user",
        "project_approval__approved_by__user",
        "person_approval__approved_by__user",
    ).order_by(by_name("project__name"), "project_id", "day", "member_id", "start_time", "pk")
    shown = Paginator(ordered, PER_PAGE).get_page(page)
    entries = list(shown.object_list)
    project_ids = {entry.project_id for entry in entries}
    sums = _sums(found.filter(project__in=project_ids))
    book = RateBook.load(project_ids, currency=workspace.currency)
    amounts = _amounts(found.filter(project__in=project_ids), sums.values(), book)
    on_page = TimeEntry.objects.filter(pk__in=[entry.pk for entry in entries if not entry.is_approved])
    flags = flags_of_entries(on_page, workspace)
    transfers = transfers_of(TimeEntry.objects.filter(pk__in=[entry.pk for entry in entries]))
    lines: defaultdict[int, list[HoursLine]] = defaultdict(list)
    for entry in entries:
        is_own = four_eyes and entry.member_id == by.pk
        line = _line(entry, book, flags.get(entry.pk, ()), is_own=is_own, transfer=transfers.get(cell_of(entry)))
        lines[entry.project_id].append(line)
    projects = {entry.project_id: entry.project for entry in entries}
    groups = [
        ProjectGroup(
            project=project,
            entries=sums[pk]["entries"],
            minutes=sums[pk]["sum_minutes"],
            billable=sums[pk]["sum_billable"],
            waiting=sums[pk]["waiting"],
            waiting_minutes=sums[pk]["waiting_minutes"],
            amount=amounts.get(pk),
            lines=lines[pk],
        )
        for pk, project in projects.items()
    ]
    return groups, shown


def lines_of(days: Iterable[Sequence[TimeEntry]], currency: str) -> dict[int, HoursLine]:
    """The entries by id with rate and amount (P21); what they were written down to is what counts. Three queries."""
    entries = [entry for day in days for entry in day]
    book = RateBook.load({entry.project_id for entry in entries}, currency=currency)
    transfers = transfers_of(TimeEntry.objects.filter(pk__in=[entry.pk for entry in entries]))
    return {entry.pk: _line(entry, book, (), is_own=False, transfer=transfers.get(cell_of(entry))) for entry in entries}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the filters offer: only what there are hours of in the period, by name."""

    projects: Sequence[tuple[int, str]]
    work_types: Sequence[tuple[int, str]]
    members: Sequence[tuple[int, str]]


def choices(query: HoursQuery, by: Membership) -> Choices:
    entries = query.in_period(by).order_by()
    projects = Project.objects.filter(pk__in=entries.values("project")).order_by(by_name(), "pk")
    work_types = WorkType.objects.filter(pk__in=entries.values("work_type")).order_by(by_name(), "pk")
    members = Membership.objects.filter(pk__in=entries.values("member")).order_by(by_name("user__name"), "pk")
    return Choices(
        projects=list(projects.values_list("pk", "name")[:_CHOICES]),
        work_types=list(work_types.values_list("pk", "name")[:_CHOICES]),
        members=list(members.values_list("pk", "user__name")[:_CHOICES]),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    entries: int
    first_day: date | None
    last_day: date | None


def waiting_for(by: Membership, first_day: date, last_day: date) -> Waiting:
    """What waits for project approval in the days, whatever else was asked for. Two queries."""
    entries = waiting(may_be_approved_by(by).filter(day__range=(first_day, last_day)))
    found = entries.aggregate(entries=Count("pk"), first=Min("day"), last=Max("day"))
    return Waiting(found["entries"], found["first"], found["last"])


def count_unapproved(by: Membership, today: date) -> int:
    """For a project manager's rail: entries of their projects, up to today, that have neither approval."""
    return waiting(may_be_approved_by(by).filter(day__range=(today - LOOK_BACK, today))).count()


def _line(
    entry: TimeEntry, book: RateBook, flags: tuple[Flag, ...], *, is_own: bool, transfer: Transfer | None
) -> HoursLine:
    billable = 0 if not entry.is_billable else entry.minutes
    if entry.is_billable and entry.billable_minutes is not None:
        billable = entry.billable_minutes
    rate = book.resolve(entry.project_id, entry.work_type_id, entry.member_id, entry.day)
    amount = None if rate.amount is None or not billable else rounded(rate.amount * billable / 60, book.currency)
    return HoursLine(
        entry=entry,
        billable=billable,
        rate=rate.amount if billable else None,
        rate_why=rate.why if billable else "",
        amount=amount,
        flags=flags,
        is_own=is_own,
        transfer=transfer,
    )


def _sums(entries: QuerySet[TimeEntry]) -> dict[int, dict[str, Any]]:
    rows: Any = (
        entries.order_by()
        .values("project_id")
        .annotate(
            entries=Count("pk"),
            sum_minutes=Sum("minutes"),
            sum_billable=Sum(BILLABLE, filter=Q(is_billable=True), default=0),
            waiting=Count("pk", filter=_UNAPPROVED),
            waiting_minutes=Sum("minutes", filter=_UNAPPROVED, default=0),
        )
    )
    return {row["project_id"]: row for row in rows}


def _amounts(entries: QuerySet[TimeEntry], sums: Iterable[dict[str, Any]], book: RateBook) -> dict[int, Decimal]:
    """By project id, rounded once; projects whose billable hours have no rate at all are left out."""
    if sum(row["entries"] for row in sums) > _PRICED:
        return {}
    columns = ("project_id", "work_type_id", "member_id", "day")
    rows: Any = (
        entries.order_by().filter(is_billable=True).values(*columns).annotate(sum_billable=Sum(BILLABLE, default=0))
    )
    amounts: defaultdict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        rate = book.resolve(*(row[column] for column in columns)).amount
        if rate is not None:
            amounts[row["project_id"]] += rate * row["sum_billable"] / 60
    return {project_id: rounded(amount, book.currency) for project_id, amount in amounts.items()}
