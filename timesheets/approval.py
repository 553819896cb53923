"""Approving a person's week and taking that back (P21, P23). One act locks all hours of the week or none (R112)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from busy.lib.events import publish
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Role
from timesheets import approval_rules as rules
from timesheets.approvers import people_to_approve
from timesheets.events import ApprovalUndone, Cell, HoursApproved
from timesheets.holds import holds_on
from timesheets.models import Approval, ApprovalKind, TimeEntry
from timesheets.self_approval import send_own, take_own_back
from timesheets.week_gate import pass_to_approve

# Entry, member, project, work type, day, minutes, and the project approval that holds the entry too.
_Row = tuple[int, int, int, int, date, int, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What one act approved. ``at`` names the act: all its approvals carry that instant, and undo finds them by it."""

    at: datetime
    approvals: tuple[Approval, ...]
    minutes: int
    # Member ids of those who were left out, and why.
    refused: dict[int, rules.CannotApprove]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    approvals: tuple[Approval, ...]
    refused: dict[int, rules.CannotUndo]


def approve_person_week(member_id: int, week: Week, *, by: Membership) -> Approval:
    """Approve every hour of the week that no user approval holds yet; approving again changes nothing.

    Raises NothingToApprove for a week without hours, OwnTime, and CannotApprove for who may not (R110).
    """
    outcome = approve_many([member_id], week, by=by)
    if outcome.approvals:
        return outcome.approvals[0]
    if member_id in outcome.refused:
        raise outcome.refused[member_id]
    return active_approvals(week).filter(member_id=member_id).latest("approved_at")


@transaction.atomic
def approve_many(member_ids: Collection[int], week: Week, *, by: Membership) -> Approved:
    """Approve several people's week in one act. Who cannot be approved is left out and named; the others are approved.

    Raises CannotApprove for who approves nobody (R110). A constant number of queries.
    """
    people = people_to_approve(by)
    wanted = set(member_ids) if people is None else set(member_ids) & people
    if people is not None and not people:
        raise rules.not_an_approver()
    pass_to_approve(week)
    refused: dict[int, rules.CannotApprove] = {pk: rules.not_an_approver() for pk in set(member_ids) - wanted}
    if by.pk in wanted and others_can_approve(by):
        refused[by.pk] = rules.own_time()
    rows = _lock_waiting(wanted - refused.keys(), week)
    found = {row[1] for row in rows}
    for member_id in wanted - found - refused.keys() - _members_with_hours(wanted - found, week):
        refused[member_id] = rules.nothing_to_approve()
    at = timezone.now()
    approvals = _record(sorted(found), week, by=by, at=at)
    if rows:
        theirs = Approval.objects.filter(pk__in=[approval.pk for approval in approvals], member=OuterRef("member"))
        entries = TimeEntry.objects.filter(pk__in=[row[0] for row in rows])
        entries.update(person_approval_id=Subquery(theirs.values("pk")))
        if own := [row[0] for row in rows if row[1] == by.pk]:
            send_own(own, approvals, by=by)
        if cells := _cells_without_project_approval(rows):
            publish(HoursApproved(by.workspace_id, cells=cells))
    return Approved(at=at, approvals=tuple(approvals), minutes=sum(row[5] for row in rows), refused=refused)


def undo_person_week(member_id: int, week: Week, *, by: Membership) -> tuple[Approval, ...]:
    """Take back the user approvals of the week and free its hours (P23). Nothing to take back is no error.

    Raises CannotUndo when an order holds any of the hours, with the orders in its ``holds``.
    """
    outcome = undo_approvals(list(active_approvals(week).filter(member_id=member_id)), by=by)
    if member_id in outcome.refused:
        raise outcome.refused[member_id]
    return outcome.approvals


def undo_many(member_ids: Collection[int], week: Week, *, by: Membership) -> Undone:
    return undo_approvals(list(active_approvals(week).filter(member_id__in=member_ids)), by=by)


def undo_act(at: datetime, week: Week, *, by: Membership) -> Undone:
    """Take back what the person approved in the week with one act, named by its instant."""
    return undo_approvals(list(active_approvals(week).filter(approved_at=at, approved_by=by)), by=by)


@transaction.atomic
def undo_approvals(approvals: Sequence[Approval], *, by: Membership) -> Undone:
    """Take the approvals back, those of a person together or not at all; only of people whom ``by`` may approve.

    Raises CannotApprove for who approves nobody (R110).
    """
    people = people_to_approve(by)
    if people is not None and not people:
        raise rules.not_an_approver()
    locked = list(
        Approval.objects.select_for_update(no_key=True)
        .filter(pk__in=[one.pk for one in approvals if people is None or one.member_id in people], undone_at=None)
        .order_by("pk")
    )
    rows = _lock_held(locked)
    refused: dict[int, rules.CannotUndo] = {}
    # The entries are locked: an order that takes them now waits, one that took them before is seen here.
    holds = holds_on([row[0] for row in rows])
    for member_id in {approval.member_id for approval in locked if approval.member_id is not None}:
        if theirs := [hold for hold in holds if member_id in hold.member_ids]:
            refused[member_id] = rules.held(theirs)
    freed = tuple(approval for approval in locked if approval.member_id not in refused)
    free_rows = [row for row in rows if row[1] not in refused]
    if freed:
        at = timezone.now()
        Approval.objects.filter(pk__in=[approval.pk for approval in freed]).update(undone_by=by, undone_at=at)
        TimeEntry.objects.filter(pk__in=[row[0] for row in free_rows]).update(person_approval=None)
        if own := [approval for approval in freed if approval.approved_by_id == approval.member_id]:
            take_own_back([row[0] for row in free_rows if row[6] is None], own)
        if cells := _cells_without_project_approval(free_rows):
            publish(ApprovalUndone(by.workspace_id, cells=cells))
    return Undone(approvals=freed, refused=refused)


def active_approvals(week: Week) -> QuerySet[Approval]:
    """User approvals of the week that nobody took back."""
    return Approval.objects.filter(kind=ApprovalKind.PERSON, first_day=week.monday, undone_at=None)


def is_period_approved(member_id: int, day: date) -> bool:
    """Whether a user approval closes the day against new and changed hours of the member (P21)."""
    return Approval.objects.filter(
        kind=ApprovalKind.PERSON, member_id=member_id, first_day__lte=day, last_day__gte=day, undone_at=None
    ).exists()


def others_can_approve(by: Membership) -> bool:
    """Whether four eyes are possible: another active manager or administrator is there."""
    others = Membership.objects.filter(is_active=True, role__in=[Role.MANAGER, Role.ADMINISTRATOR]).exclude(pk=by.pk)
    return others.exists()


def _members_with_hours(member_ids: Collection[int], week: Week) -> set[int]:
    if not member_ids:
        return set()
    entries = TimeEntry.objects.filter(member_id__in=member_ids, day__range=(week.monday, week.sunday))
    return set(entries.values_list("member_id", flat=True).distinct())


# Entries are locked in primary-key order: two managers who approve overlapping sets of people would otherwise wait for
# each other. Who waited sees the rows as the first one left them, and finds none of them open any more.
def _lock_waiting(member_ids: Collection[int], week: Week) -> list[_Row]:
    return _lock(
        TimeEntry.objects.filter(
            member_id__in=member_ids, day__range=(week.monday, week.sunday), person_approval__isnull=True
        )
    )


def _lock_held(approvals: Sequence[Approval]) -> list[_Row]:
    return _lock(TimeEntry.objects.filter(person_approval_id__in=[approval.pk for approval in approvals]))


def _lock(entries: QuerySet[TimeEntry]) -> list[_Row]:
    columns = ("pk", "member_id", "project_id", "work_type_id", "day", "minutes", "project_approval_id")
    return list(entries.select_for_update(no_key=True).order_by("pk").values_list(*columns))


def _cells_without_project_approval(rows: Iterable[_Row]) -> frozenset[Cell]:
    """Hours are approved by the first of the two approvals and open again when the last of them falls (R74, R109)."""
    return rules.cells_of(row[1:5] for row in rows if row[6] is None)


def _record(member_ids: Sequence[int], week: Week, *, by: Membership, at: datetime) -> list[Approval]:
    return Approval.objects.bulk_create(
        Approval(
            workspace_id=by.workspace_id,
            kind=ApprovalKind.PERSON,
            member_id=member_id,
            first_day=week.monday,
            last_day=week.sunday,
            approved_by=by,
            approved_at=at,
        )
        for member_id in member_ids
    )
