"""Mails about hours: one for each act, in the language of who gets it and on the workspace's clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from busy.lib.periods import Week
from busy.lib.written import written_day, written_days
from busy.workspaces.mails import send
from busy.workspaces.models import Membership
from timesheets.models import Rejection, ReopenOutcome, ReopenRequest, TimeEntry

# Entries that a mail names one by one.
_NAMED = 20


def tell_of_rejection(rejection: Rejection) -> None:
    """To the member whose hours were sent back."""
    week = Week.of(rejection.first_day)
    member, days = rejection.member, (rejection.first_day, rejection.last_day)
    others = TimeEntry.objects.filter(member=member, day__range=days).exclude(rejection=rejection)
    back = rejection.entries.select_related("project", "work_type", "task").order_by("day", "start_time", "pk")
    context = {
        "by": str(rejection.rejected_by),
        "comment": rejection.comment,
        "minutes": rejection.minutes,
        # Which hours, where the days alone do not say it.
        "entries": list(back[:_NAMED]) if others.exists() else [],
        "more": max(0, back.count() - _NAMED),
        "link": _link(rejection.member, "timesheets:week-of", week),
    }
    _tell("rejected", rejection.member, context, rejection.first_day, rejection.last_day)


def tell_of_request(request: ReopenRequest) -> None:
    """To who gave the approval; others who approve see the request on their page."""
    approval = request.approval
    week = Week.of(request.day or approval.first_day)
    slug = request.member.workspace.slug
    # Each kind of approval has its page, and who leads a project may have no people of their own.
    link = (
        _link(request.member, "timesheets:approve-week", week)
        if approval.project_id is None
        else f"{settings.BASE_URL}{reverse('timesheets:approve-projects', args=[slug])}"
    )
    context = {"by": str(request.member), "comment": request.sentence, "link": link}
    _tell("asked", approval.approved_by, context, *_days_of(request))


def tell_of_answer(request: ReopenRequest) -> None:
    """To who asked."""
    week = Week.of(request.day or request.approval.first_day)
    context = {
        "by": str(request.answered_by),
        "comment": request.answer,
        "reopened": request.outcome == ReopenOutcome.REOPENED,
        "link": _link(request.member, "timesheets:week-of", week),
    }
    _tell("answered", request.member, context, *_days_of(request))


def _days_of(request: ReopenRequest) -> tuple[date, date]:
    if request.day is not None:
        return request.day, request.day
    return request.approval.first_day, request.approval.last_day


def _tell(name: str, to: Membership, facts: Mapping[str, object], first: date, last: date) -> None:
    """Written now, in the scope; sent when the act is stored for good."""
    if not to.is_active:
        return
    with translation.override(to.user.language), timezone.override(ZoneInfo(to.workspace.zone)):
        days = written_day(first) if first == last else written_days(first, last)
        context = {**facts, "name": to.user.get_short_name(), "days": days, "workspace": to.workspace}
        subject = render_to_string(f"timesheets/email/{name}_subject.txt", context)
        body = render_to_string(f"timesheets/email/{name}_message.txt", context)
    mail = EmailMultiAlternatives(" ".join(subject.split()), body.strip(), settings.DEFAULT_FROM_EMAIL, [to.user.email])
    transaction.on_commit(partial(send, mail))


def _link(member: Membership, name: str, week: Week) -> str:
    return f"{settings.BASE_URL}{reverse(name, kwargs={'workspace': member.workspace.slug, 'week': week})}"
