"""Asking to have approved hours opened again, and answering that (R112). Opening is undoing the approval (P23)."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from busy.workspaces.models import Membership
from timesheets import mails
from timesheets.approval import undo_approvals
from timesheets.approvers import may_approve_person, may_approve_project
from timesheets.models import Approval, ApprovalKind, ReopenOutcome, ReopenRequest, TimeEntry
from timesheets.project_approval import undo_hours
from timesheets.submission_errors import (
    AlreadyAnswered,
    CannotAnswer,
    CommentMissing,
    NotApproved,
    NotTheirHours,
    OnAnOrder,
)

SENTENCE_LENGTH = 2000


@transaction.atomic
def ask_to_reopen(
    member: Membership, approval_id: int, *, day: date | None = None, sentence: str = "", by: Membership
) -> ReopenRequest:
    """Ask those who approve to undo the approval; asking again changes what is said, and makes no second request.

    Who gave the approval is told by e-mail, once for each request. ``day`` is what it is about, None for all of it.
    Raises NotApproved when there is no such approval of the member's hours any more, NotTheirHours.
    """
    if by.pk != member.pk:
        raise NotTheirHours
    approval = _lock_approval(approval_id)
    if approval is None or not _is_about(approval, member):
        raise NotApproved
    said = sentence.strip()[:SENTENCE_LENGTH]
    request = ReopenRequest.objects.filter(approval=approval, member=member, outcome="").first()
    if request is None:
        request = ReopenRequest.objects.create(approval=approval, member=member, day=day, sentence=said)
        mails.tell_of_request(request)
    elif (request.day, request.sentence) != (day, said or request.sentence):
        request.day, request.sentence = day, said or request.sentence
        request.save(update_fields=["day", "sentence"])
    return request


@transaction.atomic
def reopen(request_id: int, *, by: Membership) -> ReopenRequest:
    """Undo the approval that the request is about, and tell who asked.

    Of a project approval, which holds hours of many, only the hours that were asked for are freed. Raises
    AlreadyAnswered, CannotAnswer, OnAnOrder when an order holds any of the hours.
    """
    request = _lock_open(request_id, by)
    if request.approval.kind == ApprovalKind.PERSON:
        for refused in undo_approvals([request.approval], by=by).refused.values():
            raise OnAnOrder(refused.holds)
    else:
        _free_from_project(request, by)
    return _answer(request, ReopenOutcome.REOPENED, "", by)


@transaction.atomic
def decline(request_id: int, *, by: Membership, answer: str) -> ReopenRequest:
    """Leave the approval as it is, and tell who asked why. Raises AlreadyAnswered, CannotAnswer, CommentMissing."""
    said = answer.strip()[:SENTENCE_LENGTH]
    if not said:
        raise CommentMissing
    return _answer(_lock_open(request_id, by), ReopenOutcome.DECLINED, said, by)


def _lock_approval(approval_id: int) -> Approval | None:
    return Approval.objects.select_for_update(no_key=True).filter(pk=approval_id, undone_at=None).first()


def _is_about(approval: Approval, member: Membership) -> bool:
    if approval.member_id is not None:
        return approval.member_id == member.pk
    return TimeEntry.objects.filter(project_approval=approval, member=member).exists()


def _lock_open(request_id: int, by: Membership) -> ReopenRequest:
    """The approval before the request, as asking locks them too. One that is not there is as one that is answered."""
    found = ReopenRequest.objects.filter(pk=request_id).values_list("approval_id", flat=True).first()
    if found is None or _lock_approval(found) is None:
        raise AlreadyAnswered
    request = (
        ReopenRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("approval__approved_by__user", "member__user", "member__workspace")
        .get(pk=request_id)
    )
    if not _may_answer(by, request):
        raise CannotAnswer
    if not request.is_open:
        raise AlreadyAnswered
    return request


def _free_from_project(request: ReopenRequest, by: Membership) -> None:
    asked = TimeEntry.objects.filter(project_approval=request.approval, member=request.member)
    if request.day is not None:
        asked = asked.filter(day=request.day)
    if refused := undo_hours(list(asked.values_list("pk", flat=True)), by=by).refused:
        raise OnAnOrder(refused.holds)


def _may_answer(by: Membership, request: ReopenRequest) -> bool:
    """Who may undo the approval: of the two kinds of approval each has its own approvers (R110)."""
    project_id = request.approval.project_id
    if project_id is None:
        return may_approve_person(by, request.member)
    return may_approve_project(by, project_id)


def _answer(request: ReopenRequest, outcome: ReopenOutcome, answer: str, by: Membership) -> ReopenRequest:
    request.outcome, request.answer = outcome, answer
    request.answered_by, request.answered_at = by, timezone.now()
    request.save(update_fields=["outcome", "answer", "answered_by", "answered_at"])
    mails.tell_of_answer(request)
    return request
