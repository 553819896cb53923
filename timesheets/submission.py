"""Sending hours for approval, taking them back, and sending them back with a comment (P25, R111).

What is sent stays open to its owner until it is approved (R112). A change leaves it sent, as somebody expects who mends
a word, and ``TimeEntry.changed_since_sent`` tells the approver; only what is moved to a time that is to come is sent no
longer (``elapsed.keep_to_the_past``). A new entry is sent by itself.

Locks are taken as everywhere: the gate of the weeks, the days, then the rows by primary key. So of a submission, a save
and an approval that meet, each sees what the one before it left.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from busy.lib.events import publish
from busy.lib.periods import Week
from busy.workspaces.models import Membership
from timesheets import mails
from timesheets.approvers import may_approve_person
from timesheets.elapsed import has_passed, local_now
from timesheets.events import HoursRejected, HoursSubmitted, SubmissionWithdrawn
from timesheets.models import Rejection, TimeEntry
from timesheets.rules import cells_of
from timesheets.services import lock_days
from timesheets.submission_errors import (
    CannotReject,
    CommentMissing,
    NothingToReject,
    NothingToSubmit,
    NothingToWithdraw,
    NotTheirHours,
    SubmissionOff,
)
from timesheets.time_settings import time_settings

COMMENT_LENGTH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Hours of one week: whole days, and single entries by the ids made in the browser."""

    week: Week
    days: frozenset[date] = frozenset()
    entries: frozenset[uuid.UUID] = frozenset()

    @classmethod
    def all_of(cls, week: Week) -> Choice:
        return cls(week=week, days=frozenset(week.days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What one act sent, in minutes. ``at`` names the act: undo finds its hours by it. ``ahead`` is still to come."""

    at: datetime
    minutes: int
    ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What is not sent any more, in minutes; ``approved`` is what somebody had approved and stays as it is."""

    minutes: int
    approved: int


@transaction.atomic
def submit(member: Membership, choice: Choice, *, by: Membership) -> Submitted:
    """Send what has passed of the hours; those before the start of approval need it not (P24).

    ``member.workspace`` must be loaded. Raises NothingToSubmit, SubmissionOff, NotTheirHours.
    """
    _ensure_own(member, by)
    choices = time_settings()
    if not choices.submits_time:
        raise SubmissionOff
    entries = _lock(member, choice.week, _chosen(choice))
    now = local_now(member.workspace.zone)
    start = choices.approval_starts_on
    waiting = [entry for entry in entries if not entry.is_locked and entry.submitted_at is None]
    waiting = [entry for entry in waiting if start is None or entry.day >= start]
    passed = [entry for entry in waiting if has_passed(entry, now)]
    ahead = _minutes(waiting) - _minutes(passed)
    if not passed:
        sent = [entry for entry in entries if entry.is_locked or entry.submitted_at is not None]
        raise NothingToSubmit(ahead=ahead, sent=_minutes(sent))
    at = timezone.now()
    _update(passed, submitted_at=at)
    publish(HoursSubmitted(member.workspace_id, cells=cells_of(passed)))
    return Submitted(at=at, minutes=_minutes(passed), ahead=ahead)


def withdraw(member: Membership, choice: Choice, *, by: Membership) -> Withdrawn:
    """Take back what was sent of the hours and is not approved yet. Raises NothingToWithdraw, NotTheirHours."""
    return _withdraw(member, choice.week, _chosen(choice), by)


def withdraw_act(member: Membership, at: datetime, week: Week, *, by: Membership) -> Withdrawn:
    """Undo one act of sending, named by its instant."""
    return _withdraw(member, week, Q(submitted_at=at), by)


@transaction.atomic
def _withdraw(member: Membership, week: Week, which: Q, by: Membership) -> Withdrawn:
    _ensure_own(member, by)
    sent = [entry for entry in _lock(member, week, which) if entry.submitted_at is not None]
    free = [entry for entry in sent if not entry.is_locked]
    if not free:
        raise NothingToWithdraw(approved=bool(sent))
    _update(free, submitted_at=None)
    publish(SubmissionWithdrawn(member.workspace_id, cells=cells_of(free)))
    return Withdrawn(minutes=_minutes(free), approved=_minutes(sent) - _minutes(free))


@transaction.atomic
def reject(member: Membership, choice: Choice, *, by: Membership, comment: str) -> Rejection:
    """Send back what was sent of the hours and is not approved; the member is told by e-mail, once.

    Raises CannotReject for who may not approve the member's hours and for the member, CommentMissing, NothingToReject.
    """
    if by.pk == member.pk or not may_approve_person(by, member):
        raise CannotReject(is_own=by.pk == member.pk)
    why = comment.strip()[:COMMENT_LENGTH]
    if not why:
        raise CommentMissing
    entries = _lock(member, choice.week, _chosen(choice))
    sent = [entry for entry in entries if entry.submitted_at is not None and not entry.is_locked]
    if not sent:
        raise NothingToReject
    rejection = Rejection.objects.create(
        member=member,
        first_day=min(entry.day for entry in sent),
        last_day=max(entry.day for entry in sent),
        minutes=_minutes(sent),
        comment=why,
        rejected_by=by,
    )
    _update(sent, submitted_at=None, rejection=rejection)
    publish(HoursRejected(member.workspace_id, cells=cells_of(sent)))
    mails.tell_of_rejection(rejection)
    return rejection


def _chosen(choice: Choice) -> Q:
    return Q(day__in=choice.days) | Q(client_id__in=choice.entries)


def _ensure_own(member: Membership, by: Membership) -> None:
    if by.pk != member.pk:
        raise NotTheirHours


def _lock(member: Membership, week: Week, which: Q) -> list[TimeEntry]:
    lock_days(member, week.days)
    entries = TimeEntry.objects.filter(which, member=member, day__range=(week.monday, week.sunday))
    return list(entries.select_for_update(no_key=True).order_by("pk"))


def _update(entries: Collection[TimeEntry], **fields: object) -> None:
    """Neither revision nor changed_at move: the hours are what they were, and a save on its way goes on."""
    TimeEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(**fields)


def _minutes(entries: Iterable[TimeEntry]) -> int:
    return sum(entry.minutes for entry in entries)
