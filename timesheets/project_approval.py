"""Approving the hours of projects, and taking that back (P22, P23).

Unlike a user approval it closes no day: it locks the entries that are there, and others can be written beside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from busy.lib.events import publish
from busy.workspaces.models import Membership
from timesheets import approval_rules as rules
from timesheets.approval import others_can_approve
from timesheets.approvers import may_approve_projects, projects_to_approve
from timesheets.events import ApprovalUndone, Cell, HoursApproved
from timesheets.holds import holds_on
from timesheets.models import Approval, ApprovalKind, TimeEntry
from timesheets.self_approval import send_own, take_own_back
from timesheets.time_settings import time_settings

# A year of a large project; more at once would keep the writers of all these days waiting.
MOST_AT_ONCE = 20_000

Period = tuple[date, date]


@dataclass(frozen=True, slots=True)
class _Row:
    entry_id: int
    member_id: int
    project_id: int
    work_type_id: int
    day: date
    minutes: int
    # The user approval that holds the entry too.
    person_approval_id: int | None
    project_approval_id: int | None

    @property
    def cell(self) -> Cell:
        return Cell(self.member_id, self.project_id, self.work_type_id, self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectsApproved:
    """What one act approved; ``at`` names the act. ``left_out`` says why some of the hours were not approved."""

    at: datetime
    approvals: tuple[Approval, ...]
    entries: int
    minutes: int
    left_out: tuple[rules.CannotApprove, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesFreed:
    """``refused`` names the orders that keep some of the entries approved."""

    entries: int
    refused: rules.CannotUndo | None = None


def may_be_approved_by(by: Membership) -> QuerySet[TimeEntry]:
    """The entries whose project approval is for ``by`` to give (R110): of all projects, or of those they lead."""
    if by.is_active and by.is_manager:
        return TimeEntry.objects.all()
    return TimeEntry.objects.filter(project__in=projects_to_approve(by))


@transaction.atomic
def approve_hours(wanted: QuerySet[TimeEntry], *, by: Membership, period: Period | None = None) -> ProjectsApproved:
    """Approve those of the entries that no project approval holds yet, also days to come (vacation requests, P22).

    One approval per project; its period is the one given, or the days of its entries. One's own hours are left out
    while somebody else can approve them, and so are hours from before approval began (P24). Approving again changes
    nothing. A constant number of queries. Raises CannotApprove for who approves no project, and for too many at once.
    """
    if not may_approve_projects(by):
        raise rules.not_a_manager()
    allowed = may_be_approved_by(by).filter(pk__in=wanted.order_by().values("pk"), project_approval__isnull=True)
    start = time_settings().approval_starts_on
    rows = _lock(allowed)
    if len(rows) > MOST_AT_ONCE:
        raise rules.too_many(MOST_AT_ONCE)
    own = {row.entry_id for row in rows if row.member_id == by.pk} if others_can_approve(by) else set()
    early = {row.entry_id for row in rows if start is not None and row.day < start}
    left_out = ([rules.own_time()] if own else []) + ([rules.before_start(start)] if start and early else [])
    taken = [row for row in rows if row.entry_id not in own | early]
    at = timezone.now()
    approvals = _record(taken, by=by, at=at, period=period)
    if taken:
        of_project = Approval.objects.filter(
            pk__in=[approval.pk for approval in approvals], project=OuterRef("project")
        ).values("pk")
        TimeEntry.objects.filter(pk__in=[row.entry_id for row in taken]).update(
            project_approval_id=Subquery(of_project)
        )
        if own_taken := [row.entry_id for row in taken if row.member_id == by.pk]:
            send_own(own_taken, approvals, by=by)
        if cells := _cells_without_user_approval(taken):
            publish(HoursApproved(by.workspace_id, cells=cells))
    return ProjectsApproved(
        at=at,
        approvals=tuple(approvals),
        entries=len(taken),
        minutes=sum(row.minutes for row in taken),
        left_out=tuple(left_out),
    )


@transaction.atomic
def undo_hours(entry_ids: Collection[int], *, by: Membership) -> EntriesFreed:
    """Take back the project approval of the entries (P23); what is not approved is no error.

    Entries that an order holds stay approved and are named; user approvals are not touched (R109). An approval that
    loses some of its entries stays for the others; what was taken from it is kept as an approval that was undone.
    Raises CannotApprove for who approves no project, and for too many at once.
    """
    if not may_approve_projects(by):
        raise rules.not_a_manager()
    wanted = may_be_approved_by(by).filter(pk__in=entry_ids, project_approval__isnull=False)
    # Approvals before entries, as undoing a user approval locks them.
    held_by = set(wanted.values_list("project_approval_id", flat=True))
    approvals = list(
        Approval.objects.select_for_update(no_key=True).filter(pk__in=held_by, undone_at=None).order_by("pk")
    )
    rows = _lock(wanted.filter(project_approval__in=[approval.pk for approval in approvals]))
    if len(rows) > MOST_AT_ONCE:
        raise rules.too_many(MOST_AT_ONCE)
    # The entries are locked: an order that takes them now waits, one that took them before is seen here.
    holds = holds_on([row.entry_id for row in rows])
    kept = frozenset[int]().union(*(hold.entry_ids for hold in holds))
    freed = [row for row in rows if row.entry_id not in kept]
    if freed:
        TimeEntry.objects.filter(pk__in=[row.entry_id for row in freed]).update(project_approval=None)
        _keep_record(approvals, freed, by=by)
        givers = {approval.approved_by_id for approval in approvals}
        if own := [row.entry_id for row in freed if row.member_id in givers and row.person_approval_id is None]:
            take_own_back(own, approvals)
        if cells := _cells_without_user_approval(freed):
            publish(ApprovalUndone(by.workspace_id, cells=cells))
    return EntriesFreed(entries=len(freed), refused=rules.held(holds) if holds else None)


def undo_act(at: datetime, *, by: Membership) -> EntriesFreed:
    """Take back what the person approved with one act, named by its instant."""
    act = Approval.objects.filter(kind=ApprovalKind.PROJECT, approved_at=at, approved_by=by, undone_at=None)
    entries = TimeEntry.objects.filter(project_approval__in=act.values("pk"))
    return undo_hours(list(entries.values_list("pk", flat=True)), by=by)


# In primary-key order, as user approvals, orders and writers lock them: who waited finds the rows as they were left.
def _lock(entries: QuerySet[TimeEntry]) -> list[_Row]:
    columns = (
        "pk",
        "member_id",
        "project_id",
        "work_type_id",
        "day",
        "minutes",
        "person_approval_id",
        "project_approval_id",
    )
    locked = entries.select_for_update(no_key=True, of=("self",)).order_by("pk")
    return [_Row(*row) for row in locked.values_list(*columns)[: MOST_AT_ONCE + 1]]


def _record(rows: Iterable[_Row], *, by: Membership, at: datetime, period: Period | None) -> list[Approval]:
    days: defaultdict[int, list[date]] = defaultdict(list)
    for row in rows:
        days[row.project_id].append(row.day)
    return Approval.objects.bulk_create(
        Approval(
            workspace_id=by.workspace_id,
            kind=ApprovalKind.PROJECT,
            project_id=project_id,
            first_day=period[0] if period else min(days[project_id]),
            last_day=period[1] if period else max(days[project_id]),
            approved_by=by,
            approved_at=at,
        )
        for project_id in sorted(days)
    )


def _keep_record(approvals: Sequence[Approval], freed: Sequence[_Row], *, by: Membership) -> None:
    """Say on the approvals themselves, or beside them for a part, who took what back and when."""
    now = timezone.now()
    days: defaultdict[int | None, list[date]] = defaultdict(list)
    for row in freed:
        days[row.project_approval_id].append(row.day)
    touched = [approval for approval in approvals if approval.pk in days]
    left = TimeEntry.objects.filter(project_approval__in=[approval.pk for approval in touched])
    in_force = set(left.values_list("project_approval_id", flat=True).distinct())
    whole = [approval.pk for approval in touched if approval.pk not in in_force]
    Approval.objects.filter(pk__in=whole).update(undone_by=by, undone_at=now)
    Approval.objects.bulk_create(
        Approval(
            workspace_id=by.workspace_id,
            kind=ApprovalKind.PROJECT,
            project_id=approval.project_id,
            first_day=min(days[approval.pk]),
            last_day=max(days[approval.pk]),
            approved_by_id=approval.approved_by_id,
            approved_at=approval.approved_at,
            undone_by=by,
            undone_at=now,
        )
        for approval in touched
        if approval.pk in in_force
    )


def _cells_without_user_approval(rows: Iterable[_Row]) -> frozenset[Cell]:
    """Hours are approved by the first of the two approvals and open again when the last of them falls (R74, R109)."""
    return frozenset(row.cell for row in rows if row.person_approval_id is None)
