"""What pages of hours share: whose they are asked for, of when, and what an empty one says."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime

from busy.catalog.selectors import search_loggable
from busy.lib.periods import Week
from busy.workspaces.doors import MemberRequest
from busy.workspaces.models import Membership, Role
from timesheets.approvers import may_approve_people, may_approve_person

# What a calendar of work can mean; the ends of Python's own would overflow on the way to the next week.
YEARS = range(1990, 2200)


def member_asked_for(request: MemberRequest) -> Membership:
    """Whose week it is: one's own, or to read, for managers anybody's, for a group's leader theirs (P5)."""
    asked = request.GET.get("member", "")
    own = request.membership
    if not asked or asked == str(own.pk):
        return own
    if not may_approve_people(own):
        raise PermissionDenied
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        raise Http404
    member = get_object_or_404(Membership.objects.select_related("user", "workspace"), pk=asked)
    if not may_approve_person(own, member):
        raise PermissionDenied
    return member


def entry_ids(texts: Iterable[str]) -> frozenset[uuid.UUID]:
    """Ids that were made in the browser, as a form's boxes carry them; 404 for what is none."""
    try:
        return frozenset(uuid.UUID(text) for text in texts)
    except ValueError as error:
        raise Http404 from error


def real_week(week: Week) -> Week:
    """The same week; 404 when no calendar of work has it."""
    if week.year not in YEARS:
        raise Http404
    return week


def instant_asked_for(text: str) -> datetime:
    """The moment of an act, as its own page wrote it; 404 for anything else."""
    try:
        instant = parse_datetime(text)
    except ValueError as error:  # written like a moment, and there is none: the 31st of February
        raise Http404 from error
    if instant is None or instant.tzinfo is None:
        raise Http404
    return instant


def clean_text(text: str) -> str:
    """A note as people meant it: browsers send line ends of two letters, and PostgreSQL keeps no NUL."""
    return text.replace("\x00", "").replace("\r\n", "\n")


def first_steps(member: Membership) -> dict[str, object]:
    """What an empty week says next: to write, to make a project, or whom to ask for one."""
    if search_loggable(member, "", 1):
        return {"can_log": True}
    if member.is_manager:
        return {"can_log": False}
    managers = Membership.objects.filter(is_active=True, role__in=[Role.MANAGER, Role.ADMINISTRATOR])
    return {"can_log": False, "managers": list(managers.select_related("user").order_by("user__name", "pk")[:3])}
