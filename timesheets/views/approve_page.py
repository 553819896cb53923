"""What the templates of the approve page need, put together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from busy.lib.periods import Week, local_today
from busy.lib.written import written_days
from busy.workspaces.doors import MemberRequest
from busy.workspaces.models import Membership
from timesheets.approval import others_can_approve
from timesheets.approval_weeks import (
    PersonWeek,
    Waiting,
    approvals_of,
    entries_of,
    people_of_week,
    person_week,
    waiting_weeks,
)
from timesheets.approvers import may_approve_person, people_to_approve
from timesheets.holds import Hold, holds_on
from timesheets.models import Approval
from timesheets.project_hours import lines_of
from timesheets.submission_weeks import last_rejection, open_requests
from timesheets.time_settings import time_settings
from timesheets.views.approve_filter import SENT, asked_for, filter_of, filters_of, look_of_person
from timesheets.views.approve_projects_page import kinds
from timesheets.views.outliers import Outliers
from timesheets.views.request_lines import request_lines
from timesheets.views.submission_page import Look
from timesheets.week_bars import Bar, bars_in_words, bars_of

PER_PAGE = 50
TO_APPROVE, APPROVED, NO_HOURS = "waiting", "approved", "nothing"

# Weeks that are named beside this one, so that the line stays a line.
_OTHER_WEEKS = 4


@dataclass(frozen=True)
class Row:
    """One person in the list. ``is_own``: these hours are for somebody else to approve."""

    person: PersonWeek
    bars: list[Bar]
    in_words: str
    is_own: bool
    approval: Approval | None = None
    look: Look | None = None

    @property
    def member(self) -> Membership:
        return self.person.member


@dataclass(frozen=True, slots=True)
class HoldLink:
    label: str
    url: str


def page_of(
    request: MemberRequest, week: Week, *, outliers: Outliers | None = None, waiting: Waiting | None = None
) -> dict[str, Any]:
    """Everything on the page, in a constant number of queries whatever the number of people.

    ``waiting`` is who waits in which weeks, where that is known already.
    """
    today = local_today(request.workspace.zone)
    among = people_to_approve(request.membership)
    people = people_of_week(week, request.workspace, today=today, among=among)
    shown = _filter(request)
    by_state = _divided(people)
    submits_time = time_settings().submits_time
    listed = asked_for(request, by_state[shown]) if shown == TO_APPROVE else by_state[shown]
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page", 1))
    four_eyes = others_can_approve(request.membership)
    approvals = approvals_of(page.object_list, week)
    rows = [
        _row(person, request.membership, four_eyes, approvals, submits_time=submits_time) for person in page.object_list
    ]
    at, is_asked = _current(request, rows)
    waiting = waiting_weeks(today, among) if waiting is None else waiting
    request.people_waiting = waiting.people  # type: ignore[attr-defined]
    mine = request.membership.pk if four_eyes else None
    unflagged = [one for one in asked_for(request, by_state[TO_APPROVE]) if not one.flags and one.member.pk != mine]
    return {
        "week": week,
        "kinds": kinds(request, "people"),
        "exceptions": outliers,
        "chosen": outliers.names("member") if outliers else (),
        "days_text": written_days(week.monday, week.sunday, with_year=True),
        "previous_week": week.plus(-1),
        "next_week": week.plus(1),
        "this_week": Week.of(today),
        "shown": shown,
        "tabs": _tabs(request, week, shown, by_state),
        "rows": rows,
        "page_obj": page,
        "at": at,
        "waiting_count": len(by_state[TO_APPROVE]),
        "unflagged": len(unflagged),
        "other_weeks": [(other, count) for other, count in waiting.weeks if other != week][:_OTHER_WEEKS],
        "waiting_people": waiting.people,
        "query": urlencode({"show": shown, "page": str(page.number)} | _sent_query(request)),
        "submits_time": submits_time,
        "sent_filters": filters_of(request, by_state[TO_APPROVE]) if submits_time and shown == TO_APPROVE else [],
        "only_sent": filter_of(request) == SENT,
        "requests": request_lines(open_requests(request.membership), request.workspace.slug),
        "is_side_asked": is_asked,
        "side": side_of(request, at.member, week, row=at) if at else None,
    }


def side_of(request: MemberRequest, member: Membership, week: Week, *, row: Row | None = None) -> dict[str, Any]:
    """One person's entries by day, and what can be done about them. ``row`` is the person's, where the list has it."""
    row = row or _row_alone(request, member, week)
    by_day = dict(entries_of(member, week))
    priced = lines_of(by_day.values(), request.workspace.currency)
    holds = holds_on([entry.pk for entries in by_day.values() for entry in entries]) if row.approval else []
    return {
        "row": row,
        "rejection": last_rejection(member, week),
        "can_reject": member.pk != request.membership.pk and may_approve_person(request.membership, member),
        "sent": [
            (day, entries, sum(entry.minutes for entry in entries))
            for day in row.person.days
            if (entries := [entry for entry in by_day.get(day.day, ()) if entry.submitted_at and not entry.is_locked])
        ],
        "days": [
            (day, [priced[entry.pk] for entry in by_day.get(day.day, [])])
            for day in row.person.days
            if day.minutes or day.capacity or day.holiday
        ],
        "week": week,
        "amount": sum((line.amount or 0 for line in priced.values()), Decimal()),
        "holds": [_link(request, hold) for hold in holds],
        "query": urlencode({"show": _filter(request)} | _sent_query(request)),
        "shown_tab": _filter(request),
    }


def _row_alone(request: MemberRequest, member: Membership, week: Week) -> Row:
    person = person_week(member, week, request.workspace, today=local_today(request.workspace.zone))
    four_eyes = member.pk == request.membership.pk and others_can_approve(request.membership)
    approvals = approvals_of([person], week)
    return _row(person, request.membership, four_eyes, approvals, submits_time=time_settings().submits_time)


def _filter(request: MemberRequest) -> str:
    asked = request.GET.get("show", TO_APPROVE)
    return asked if asked in {APPROVED, NO_HOURS} else TO_APPROVE


def _divided(people: list[PersonWeek]) -> dict[str, list[PersonWeek]]:
    """By what the approver does with them; who has sent the hours comes first."""
    by_state: dict[str, list[PersonWeek]] = {TO_APPROVE: [], APPROVED: [], NO_HOURS: []}
    for person in people:
        by_state[person.state if person.state in by_state else TO_APPROVE].append(person)
    by_state[TO_APPROVE].sort(key=lambda person: person.state != "submitted")
    return by_state


def _sent_query(request: MemberRequest) -> dict[str, str]:
    return {"sent": sent} if (sent := filter_of(request)) else {}


def _row(
    person: PersonWeek, by: Membership, four_eyes: bool, approvals: dict[int, Approval], *, submits_time: bool
) -> Row:
    return Row(
        person=person,
        bars=bars_of(person.days),
        in_words=bars_in_words(person.days),
        is_own=four_eyes and person.member.pk == by.pk,
        approval=approvals.get(person.member.pk),
        look=look_of_person(person, submits_time=submits_time),
    )


def _current(request: MemberRequest, rows: list[Row]) -> tuple[Row | None, bool]:
    """Whose panel stands open, and whether it was asked for: then it lies above a list that leaves no room beside."""
    asked = request.GET.get("member", "")
    named = next((row for row in rows if str(row.member.pk) == asked), None)
    return named or (rows[0] if rows else None), named is not None


def _tabs(
    request: MemberRequest, week: Week, shown: str, by_state: dict[str, list[PersonWeek]]
) -> list[dict[str, object]]:
    url = reverse("timesheets:approve-week", kwargs={"workspace": request.workspace.slug, "week": week})
    labels = {TO_APPROVE: _("To approve"), APPROVED: _("Approved"), NO_HOURS: _("No hours")}
    return [
        {
            "label": label,
            "url": f"{url}?{urlencode({'show': key})}" if key != TO_APPROVE else url,
            "current": key == shown,
            "count": len(by_state[key]),
        }
        for key, label in labels.items()
    ]


def _link(request: MemberRequest, hold: Hold) -> HoldLink:
    return HoldLink(hold.label, reverse(hold.url_name, args=[request.workspace.slug, hold.object_id]))
