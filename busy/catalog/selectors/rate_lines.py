"""Rates as pages show them: what holds today and why, what held before, what is to come (P26, P27)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from busy.catalog.models import Project, ProjectWorkType, RateMode, WorkType
from busy.catalog.rates import RateBook, RateKey, ResolvedRate
from busy.catalog.selectors.order import by_name
from busy.workspaces.models import Membership


@dataclass(frozen=True, slots=True)
class RateLine:
    """One rate in its time. ``until`` is its last day; None on either side has no end. No amount: the rate ended."""

    rate_id: int
    amount: Decimal | None
    since: date | None
    until: date | None
    is_past: bool
    is_coming: bool


@dataclass(frozen=True, slots=True)
class RateSubject:
    """What a rate is for, today's amount with its reason, and its own rates, newest first."""

    key: RateKey
    name: str
    detail: str
    today: ResolvedRate
    lines: tuple[RateLine, ...]
    is_active: bool = True

    @property
    def code(self) -> str:
        """What a form calls it: "" for the project or the workspace itself."""
        if self.key.member_id is not None:
            return f"member-{self.key.member_id}"
        return f"work_type-{self.key.work_type_id}" if self.key.work_type_id is not None else ""

    @property
    def is_general(self) -> bool:
        """Whether today's amount comes from a more general rule than the subject's own."""
        return self.today.amount is not None and self.today.source != self.key.source

    @property
    def rule(self) -> str:
        """The rule that gave today's amount, in words."""
        return self.today.considered[-1].rule

    @property
    def coming(self) -> RateLine | None:
        """The next change."""
        coming = [line for line in self.lines if line.is_coming]
        return coming[-1] if coming else None


@dataclass(frozen=True, slots=True)
class ProjectRates:
    """``mode`` is what was chosen last, ``since`` when; ``today`` differs from it while the choice is still to come."""

    mode: RateMode
    since: date | None
    today: RateMode
    subjects: tuple[RateSubject, ...]


def rate_lines(book: RateBook, key: RateKey, today: date) -> tuple[RateLine, ...]:
    """The rates of one subject, newest first, each until the day before the next."""
    lines: list[RateLine] = []
    following: date | None = None
    for rate_id, since, amount in reversed(book.history(key)):
        until = following - timedelta(1) if following else None
        is_coming = since is not None and since > today
        is_past = until is not None and until < today
        lines.append(RateLine(rate_id, amount, since, until, is_past, is_coming))
        following = since
    return tuple(lines)


def project_rates(project: Project, today: date, currency: str = "") -> ProjectRates:
    """What the project is set up for, and the rates that belong to it. A constant number of queries."""
    book = RateBook.load([project], currency=currency)
    mode = RateMode(project.rate_mode)
    subjects = tuple(_subjects(project, mode, book, today))
    return ProjectRates(mode, book.mode_since(project), book.mode(project, today), subjects)


def _subjects(project: Project, mode: RateMode, book: RateBook, today: date) -> Iterable[RateSubject]:
    own = [key for key in book.keys if key.project_id == project.pk]
    if mode == RateMode.PROJECT:
        key = RateKey(project.pk)
        yield RateSubject(key, project.name, "", book.resolve(project, None, None, today), rate_lines(book, key, today))
    elif mode == RateMode.MEMBER:
        for member, is_active in _people(project, own):
            key = RateKey(project.pk, None, member.pk)
            resolved = book.resolve(project, None, member.pk, today)
            yield RateSubject(
                key, str(member.user), member.user.email, resolved, rate_lines(book, key, today), is_active
            )
    else:
        for work_type, is_active in _work_types(project, own):
            key = RateKey(project.pk, work_type.pk)
            lines = rate_lines(book, key, today) if mode == RateMode.WORK_TYPE else ()
            resolved = book.resolve(project, work_type.pk, None, today)
            yield RateSubject(key, work_type.name, work_type.number, resolved, lines, is_active)


def _people(project: Project, own: Iterable[RateKey]) -> Iterable[tuple[Membership, bool]]:
    """Who can log on the project now, and who has a rate on it from before."""
    rated = {key.member_id for key in own if key.member_id is not None}
    able = Q(is_active=True) if project.is_open else Q(is_active=True, projects__project=project)
    people = Membership.objects.filter(able | Q(pk__in=rated)).select_related("user").distinct()
    for member in sorted(people, key=lambda member: str(member.user).casefold()):
        yield member, member.is_active


def _work_types(project: Project, own: Iterable[RateKey]) -> Iterable[tuple[WorkType, bool]]:
    rated = {key.work_type_id for key in own if key.work_type_id is not None}
    on_it = set(ProjectWorkType.objects.filter(project=project).values_list("work_type_id", flat=True))
    for work_type in WorkType.objects.filter(pk__in=on_it | rated).order_by(by_name(), "pk"):
        is_active = work_type.pk in on_it and not work_type.is_archived
        if is_active or work_type.pk in rated:
            yield work_type, is_active
