"""What an hour costs on a day, and why (P26, P27).

    book = RateBook.load([project.pk])
    rate = book.resolve(project, work_type.pk, member.pk, day)
    rate.amount, rate.currency, rate.why

From specific to general: the project's rate of the kind it is set up for on that day, the work type's default, the
workspace's default. The first that has begun and has not ended gives the amount.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from busy.catalog.models import Project, Rate, RateMode, RateModeChange
from busy.workspaces.models import Workspace
from busy.workspaces.scope import current_workspace_id

T = TypeVar("T")


class RateSource(StrEnum):
    """Which rule gave the amount, from specific to general; the values are stable."""

    PROJECT = "project"
    PROJECT_WORK_TYPE = "project_work_type"
    PROJECT_MEMBER = "project_member"
    WORK_TYPE = "work_type"
    WORKSPACE = "workspace"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RateKey:
    """What a rate is for; the ids that are None are not narrowed."""

    project_id: int | None = None
    work_type_id: int | None = None
    member_id: int | None = None

    @property
    def source(self) -> RateSource:
        if self.project_id is None:
            return RateSource.WORKSPACE if self.work_type_id is None else RateSource.WORK_TYPE
        if self.member_id is not None:
            return RateSource.PROJECT_MEMBER
        return RateSource.PROJECT if self.work_type_id is None else RateSource.PROJECT_WORK_TYPE


@dataclass(frozen=True, slots=True)
class Considered:
    """One rule on the way to the amount: None was said, or an amount since a day (None: from the beginning)."""

    source: RateSource
    amount: Decimal | None = None
    since: date | None = None

    @property
    def rule(self) -> str:
        """The rule in words of the reader's language."""
        return _rule(self.source)

    @property
    def sentence(self) -> str:
        """The rule and the day in one sentence of the reader's language."""
        rule = self.rule
        if self.amount is None:
            return _("%(rule)s: none on that day.") % {"rule": rule}
        if self.since is None:
            return _("%(rule)s, from the beginning.") % {"rule": rule}
        return _("%(rule)s, since %(day)s.") % {"rule": rule, "day": date_format(self.since, "DATE_FORMAT")}


@dataclass(frozen=True, slots=True)
class ResolvedRate:
    """``amount`` per hour, None when no rule has one. ``considered`` ends with the rule that gave it."""

    amount: Decimal | None
    currency: str
    source: RateSource
    since: date | None
    considered: tuple[Considered, ...]

    @property
    def why(self) -> str:
        """Why this rate, in one sentence of the reader's language."""
        if self.amount is None:
            return _("No rate is set on this project, on the work type, or for the workspace.")
        return self.considered[-1].sentence


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A value that changes on days. ``days`` rises strictly; ``date.min`` is the beginning."""

    days: tuple[date, ...]
    values: tuple[T, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[date | None, T]]) -> Dated[T]:
        ordered = sorted(((day or date.min, value) for day, value in pairs), key=lambda pair: pair[0])
        return cls(tuple(day for day, _ in ordered), tuple(value for _, value in ordered))

    def on(self, day: date) -> tuple[date | None, T] | None:
        """What holds on the day and since when (None: from the beginning); None before the first."""
        index = bisect_right(self.days, day) - 1
        if index < 0:
            return None
        since = self.days[index]
        return (None if since == date.min else since), self.values[index]


class RateBook:
    """All rates that can matter to some projects, in memory; resolving asks nothing of the database."""

    def __init__(
        self,
        currency: str,
        rates: Mapping[RateKey, Dated[Decimal | None]],
        modes: Mapping[int, Dated[RateMode]],
        rate_ids: Mapping[tuple[RateKey, date | None], int] | None = None,
    ) -> None:
        self.currency = currency
        self._rates = rates
        self._modes = modes
        self._rate_ids = rate_ids or {}
        # Between two of these days nothing changes, so that what was resolved once holds for all of them.
        changes = {day for dated in rates.values() for day in dated.days}
        self._changes = sorted(changes.union(*(dated.days for dated in modes.values())))
        self._is_by_member = any(key.member_id is not None for key in rates)
        self._resolved: dict[tuple[int, int | None, int | bool | None, int], ResolvedRate] = {}

    @classmethod
    def load(cls, projects: Iterable[Project | int] | None = None, *, currency: str = "") -> RateBook:
        """The rates of these projects and the defaults; of all projects when None.

        Four queries, three when the caller knows the workspace's ``currency``; two less for no project at all.
        """
        ids = None if projects is None else {_id(project) for project in projects}
        wanted = Q() if ids is None else Q(project=None) | Q(project__in=ids)
        pairs: defaultdict[RateKey, list[tuple[date | None, Decimal | None]]] = defaultdict(list)
        rate_ids: dict[tuple[RateKey, date | None], int] = {}
        for pk, project_id, work_type_id, member_id, valid_from, amount in Rate.objects.filter(wanted).values_list(
            "pk", "project_id", "work_type_id", "member_id", "valid_from", "amount"
        ):
            key = RateKey(project_id, work_type_id, member_id)
            pairs[key].append((valid_from, amount))
            rate_ids[key, valid_from] = pk
        return cls(
            currency or Workspace.objects.values_list("currency", flat=True).get(pk=current_workspace_id()),
            {key: Dated.of(values) for key, values in pairs.items()},
            _modes(ids),
            rate_ids,
        )

    def resolve(
        self, project: Project | int, work_type_id: int | None, member_id: int | None, day: date
    ) -> ResolvedRate:
        """The rate of one member's hour of one work type on the project on a local day.

        A project that was not loaded has no rates of its own. Each answer is worked out once: an overview asks tens of
        thousands of times for a handful of rates.
        """
        project_id = _id(project)
        whose = member_id if self._is_by_member else member_id is not None
        place = (project_id, work_type_id, whose, bisect_right(self._changes, day))
        found = self._resolved.get(place)
        if found is None:
            found = self._resolved[place] = self._resolve(project_id, work_type_id, member_id, day)
        return found

    def _resolve(self, project_id: int, work_type_id: int | None, member_id: int | None, day: date) -> ResolvedRate:
        considered: list[Considered] = []
        for key in self._keys(project_id, work_type_id, member_id, day):
            found = self._rates[key].on(day) if key in self._rates else None
            since, amount = found or (None, None)
            considered.append(Considered(key.source, amount, since))
            if amount is not None:
                return ResolvedRate(amount, self.currency, key.source, since, tuple(considered))
        return ResolvedRate(None, self.currency, RateSource.NONE, None, tuple(considered))

    def mode(self, project: Project | int, day: date) -> RateMode:
        """Which rates the project is set up for on the day."""
        modes = self._modes.get(_id(project))
        found = modes.on(day) if modes else None
        return found[1] if found else RateMode.INHERITED

    def mode_since(self, project: Project | int) -> date | None:
        """From which day holds what was chosen for the project last, maybe one to come; None: from the beginning."""
        modes = self._modes.get(_id(project))
        return None if modes is None or modes.days[-1] == date.min else modes.days[-1]

    @property
    def keys(self) -> frozenset[RateKey]:
        """What there are rates for."""
        return frozenset(self._rates)

    def history(self, key: RateKey) -> list[tuple[int, date | None, Decimal | None]]:
        """The rates of one kind, oldest first: id, since when (None: from the beginning), amount (None: it ended)."""
        dated = self._rates.get(key, Dated((), ()))
        sinces = [None if day == date.min else day for day in dated.days]
        return [(self._rate_ids[key, since], since, amount) for since, amount in zip(sinces, dated.values, strict=True)]

    def on(self, key: RateKey, day: date) -> Decimal | None:
        """The amount of this one rate on the day; None when it has none of its own then."""
        found = self._rates[key].on(day) if key in self._rates else None
        return found[1] if found else None

    def _keys(self, project_id: int, work_type_id: int | None, member_id: int | None, day: date) -> Iterable[RateKey]:
        mode = self.mode(project_id, day)
        if mode == RateMode.PROJECT:
            yield RateKey(project_id)
        elif mode == RateMode.WORK_TYPE and work_type_id is not None:
            yield RateKey(project_id, work_type_id)
        elif mode == RateMode.MEMBER and member_id is not None:
            yield RateKey(project_id, None, member_id)
        if work_type_id is not None:
            yield RateKey(None, work_type_id)
        yield RateKey()


def _modes(ids: set[int] | None) -> dict[int, Dated[RateMode]]:
    """What each project was set up for in its time.

    Asked of the database even for projects at hand, since theirs may be an old copy, and money hangs on it.
    """
    if ids is not None and not ids:
        return {}
    # Of all projects only those with rates of their own: a workspace may have 100,000 that inherit.
    own = Project.objects.exclude(rate_mode=RateMode.INHERITED) if ids is None else Project.objects.filter(pk__in=ids)
    changes = RateModeChange.objects.all() if ids is None else RateModeChange.objects.filter(project__in=ids)
    always = {pk: [(None, RateMode(mode))] for pk, mode in own.values_list("pk", "rate_mode")}
    dated: defaultdict[int, list[tuple[date | None, RateMode]]] = defaultdict(list)
    for project_id, valid_from, mode in changes.values_list("project_id", "valid_from", "mode"):
        dated[project_id].append((valid_from, RateMode(mode)))
    return {project_id: Dated.of(pairs) for project_id, pairs in (always | dated).items()}


def _id(project: Project | int) -> int:
    return project if isinstance(project, int) else project.pk


def _rule(source: RateSource) -> str:
    return {
        RateSource.PROJECT: _("The project's rate"),
        RateSource.PROJECT_WORK_TYPE: _("The project's rate for this work type"),
        RateSource.PROJECT_MEMBER: _("The project's rate for this person"),
        RateSource.WORK_TYPE: _("The work type's default rate"),
        RateSource.WORKSPACE: _("The workspace's default rate"),
        RateSource.NONE: _("No rate"),
    }[source]
