"""Approving people's weeks: the list, one person's panel, and the acts."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from busy.lib.durations import print_hours
from busy.lib.periods import Week, local_today
from busy.workspaces.doors import MemberRequest
from busy.workspaces.models import Membership
from timesheets import approval
from timesheets.approval_weeks import Waiting, people_of_week, waiting_weeks
from timesheets.approvers import may_approve_people, may_approve_person, people_to_approve
from timesheets.views.approve_filter import asked_for
from timesheets.views.approve_page import page_of, side_of
from timesheets.views.approver_doors import approver_view, people_approver_view
from timesheets.views.asked import instant_asked_for, real_week
from timesheets.views.outliers import Outlier, Outliers

# What a calendar of work can mean; the ends of Python's own would overflow on the way to the next week.
_LARGEST_ID = 2**63 - 1


@approver_view
@require_GET
def approve(request: MemberRequest) -> HttpResponse:
    """The oldest week in which somebody waits, so that nothing is left behind; else this week.

    Who approves projects alone gets that page.
    """
    if not may_approve_people(request.membership):
        return HttpResponseRedirect(reverse("timesheets:approve-projects", args=[request.workspace.slug]))
    today = local_today(request.workspace.zone)
    waiting = waiting_weeks(today, people_to_approve(request.membership))
    return _show(request, waiting.weeks[0][0] if waiting.weeks else Week.of(today), waiting=waiting)


@people_approver_view
@require_GET
def approve_week(request: MemberRequest, week: Week) -> HttpResponse:
    return _show(request, real_week(week))


@people_approver_view
@require_GET
def approve_person(request: MemberRequest, week: Week, member_id: int) -> HttpResponse:
    """One person's panel, for the page to put beside the list."""
    member = get_object_or_404(Membership.objects.select_related("user"), pk=member_id)
    if not may_approve_person(request.membership, member):
        raise Http404
    return render(request, "timesheets/_approve_side.html", side_of(request, member, real_week(week)))


@people_approver_view
@require_POST
def approve_people(request: MemberRequest, week: Week) -> HttpResponse:
    """Approve the people named, or everybody without flags. Of several, who stands out is listed first."""
    member_ids = _without_flags(request, real_week(week)) if "without_flags" in request.POST else _named(request)
    if not member_ids:
        return _answer(request, week, _("Choose somebody first."), kind="info")
    if len(member_ids) > 1 and "without_flags" not in request.POST:
        outliers = _outliers(request, real_week(week), member_ids)
        if outliers and "confirmed" not in request.POST:
            return _show(request, week, outliers)
        member_ids = [pk for pk in member_ids if outliers is None or pk not in outliers.values]
        if not member_ids:
            return _answer(request, week, _("Choose somebody first."), kind="info")
    outcome = approval.approve_many(member_ids, week, by=request.membership)
    reasons = sorted({refusal.message for refusal in outcome.refused.values()})
    if not outcome.approvals:
        return _answer(request, week, " ".join(reasons) or _("These hours are approved already."), kind="info")
    told = [_approved_sentence(outcome, week), *reasons]
    undo = _url(request, "timesheets:approve-undo", week) + "?" + urlencode({"act": outcome.at.isoformat()})
    return _answer(request, week, " ".join(told), undo_url=undo)


@people_approver_view
@require_POST
def undo(request: MemberRequest, week: Week) -> HttpResponse:
    """Take back one act, named in the query, or the approvals of the people named."""
    if "act" in request.GET:
        outcome = approval.undo_act(instant_asked_for(request.GET["act"]), real_week(week), by=request.membership)
    else:
        outcome = approval.undo_many(_named(request), real_week(week), by=request.membership)
    reasons = sorted({refusal.message for refusal in outcome.refused.values()})
    if outcome.refused:
        return _answer(request, week, " ".join(reasons), kind="error", undone=True)
    if not outcome.approvals:
        return _answer(request, week, _("There was nothing to undo."), kind="info", undone=True)
    count = len(outcome.approvals)
    told = ngettext("The approval of %(n)s week is undone.", "The approval of %(n)s weeks is undone.", count)
    return _answer(request, week, told % {"n": count}, undone=True)


def _show(
    request: MemberRequest, week: Week, outliers: Outliers | None = None, *, waiting: Waiting | None = None
) -> HttpResponse:
    template = "timesheets/_approve.html" if request.htmx else "timesheets/approve.html"
    return render(request, template, page_of(request, week, outliers=outliers, waiting=waiting))


def _outliers(request: MemberRequest, week: Week, member_ids: Collection[int]) -> Outliers | None:
    """Those of the people whose week has flags and who were not ticked all the same; None when there are none."""
    ticked = {text for text in request.POST.getlist("also") if text.isdecimal()}
    chosen = set(member_ids)
    people = people_of_week(
        week, request.workspace, today=local_today(request.workspace.zone), among=people_to_approve(request.membership)
    )
    waiting = [person for person in people if person.member.pk in chosen and person.waiting]
    found = [person for person in waiting if person.flags and str(person.member.pk) not in ticked]
    if not found:
        return None
    clear = len(waiting) - len(found)
    act = ngettext("Approve the other person", "Approve the other %(n)s people", clear) % {"n": clear}
    return Outliers(
        found=[
            Outlier(
                value=person.member.pk,
                title=str(person.member),
                detail=_("%(hours)s of %(capacity)s h")
                % {"hours": print_hours(person.minutes), "capacity": print_hours(person.capacity)},
                flags=person.flags,
            )
            for person in found
        ],
        chosen=[("member", pk) for pk in member_ids],
        act=act if clear else _("Approve those ticked"),
    )


def _answer(
    request: MemberRequest, week: Week, told: str, *, kind: str = "success", undo_url: str = "", undone: bool = False
) -> HttpResponse:
    """The list as it is now and the sentence as a toast; where no script runs, the page again with the sentence."""
    if not request.htmx:
        messages.add_message(request, getattr(messages, kind.upper()), told)
        return HttpResponseRedirect(f"{_url(request, 'timesheets:approve-week', week)}?{_query(request)}")
    # An undo comes from a toast, which belongs to no list: the page is told and fetches its list itself.
    response = HttpResponse(status=204) if undone else _show(request, week)
    events: dict[str, Any] = {"toast": {"text": told, "kind": kind, "undo_url": undo_url}}
    if undone:
        events["approve:changed"] = True
    # Headers are ASCII; names are not.
    response["HX-Trigger"] = json.dumps(events, ensure_ascii=True)
    return response


def _approved_sentence(outcome: approval.Approved, week: Week) -> str:
    facts = {"week": week.number, "hours": print_hours(outcome.minutes), "n": len(outcome.approvals)}
    if len(outcome.approvals) == 1:
        name = Membership.objects.select_related("user").get(approvals=outcome.approvals[0])
        return _("%(name)s, week %(week)s: %(hours)s h approved.") % (facts | {"name": name})
    return _("%(n)s people, week %(week)s: %(hours)s h approved.") % facts


def _without_flags(request: MemberRequest, week: Week) -> list[int]:
    people = people_of_week(
        week, request.workspace, today=local_today(request.workspace.zone), among=people_to_approve(request.membership)
    )
    return [person.member.pk for person in asked_for(request, people) if person.waiting and not person.flags]


def _named(request: MemberRequest) -> Collection[int]:
    ids = [int(text) for text in request.POST.getlist("member") if text.isdecimal()]
    return [member_id for member_id in ids if member_id <= _LARGEST_ID]


def _query(request: MemberRequest) -> str:
    return urlencode({key: request.GET[key] for key in ("show", "sent", "page") if key in request.GET})


def _url(request: MemberRequest, name: str, week: Week) -> str:
    return reverse(name, kwargs={"workspace": request.workspace.slug, "week": week})
