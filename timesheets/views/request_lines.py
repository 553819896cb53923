"""Requests to reopen approved hours, as who may answer them reads them on a page of approval (R112)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.urls import reverse
from django.utils.http import urlencode

from busy.lib.periods import Week
from busy.lib.written import written_moment
from timesheets.models import Approval, ReopenRequest
from timesheets.views.submission_page import days_in_words


class Place(StrEnum):
    """The page that an answer is given on; without scripts it comes back there."""

    PEOPLE = "people"
    PROJECTS = "projects"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """``week`` is where the hours are, ``url`` the page that shows them as they were approved.

    ``project`` is the name of the project whose approval it is, "" for a user approval.
    """

    request: ReopenRequest
    week: Week
    days: str
    when: str
    url: str
    project: str


def request_lines(requests: Iterable[ReopenRequest], slug: str) -> list[RequestLine]:
    """Member, approval with its giver and project must be loaded."""
    return [_line(request, slug) for request in requests]


def hours_url(approval: Approval, member_id: int, day: date | None, slug: str) -> str:
    """The page of who approves by people or by projects, at the hours of the member that the approval holds."""
    first, last = day or approval.first_day, day or approval.last_day
    if approval.project_id is None:
        query = urlencode({"show": "approved", "member": str(member_id)})
        return f"{reverse('timesheets:approve-week', kwargs={'workspace': slug, 'week': Week.of(first)})}?{query}"
    narrow = {"show": "approved", "period": "range", "from": first.isoformat(), "to": last.isoformat()}
    query = urlencode(narrow | {"project": str(approval.project_id), "member": str(member_id)})
    return f"{reverse('timesheets:approve-projects', args=[slug])}?{query}"


def _line(request: ReopenRequest, slug: str) -> RequestLine:
    approval = request.approval
    first, last = request.day or approval.first_day, request.day or approval.last_day
    return RequestLine(
        request=request,
        week=Week.of(first),
        days=days_in_words(first, last),
        when=written_moment(request.asked_at),
        url=hours_url(approval, request.member_id, request.day, slug),
        project=approval.project.name if approval.project else "",
    )
