"""Sending one's hours for approval, taking them back, and asking to have them opened again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from busy.lib.durations import print_hours
from busy.lib.periods import Week
from busy.workspaces.doors import MemberRequest, employee_view
from timesheets import reopening
from timesheets.submission import Choice, Submitted, Withdrawn, submit, withdraw, withdraw_act
from timesheets.submission_errors import NothingToSubmit, SubmissionRefusal
from timesheets.views.asked import clean_text, entry_ids, instant_asked_for, real_week
from timesheets.views.submission_page import Place, submission_of

_PAGES = {Place.WEEK: "timesheets:week-of", Place.TIMELINE: "timesheets:timeline-week"}
_LARGEST_ID = 2**63 - 1


@employee_view
@require_http_methods(["GET", "HEAD", "POST"])
def submission(request: MemberRequest, week: Week) -> HttpResponse:
    """The parts as they are now, and the acts: ``do`` for what was chosen, ``only`` for one day.

    Who opens the address by hand gets the page that the parts stand on.
    """
    week = real_week(week)
    if request.method != "POST" and not request.htmx:
        return HttpResponseRedirect(_url(request, _PAGES[_place(request.GET.get("place", ""))], week))
    if request.method != "POST":
        return _parts(request, week, _place(request.GET.get("place", "")))
    do, choice = _wanted(request, week)
    if not choice.days and not choice.entries:
        return _tell(request, week, _("Choose days or entries first."), kind="info")
    try:
        if do == "withdraw":
            return _tell(request, week, _withdrawn(withdraw(request.membership, choice, by=request.membership)))
        sent = submit(request.membership, choice, by=request.membership)
    except SubmissionRefusal as refusal:
        kind = "info" if isinstance(refusal, NothingToSubmit) else "warning"
        return _tell(request, week, refusal.message, kind=kind)
    undo = _url(request, "timesheets:submission-undo", week)
    query = urlencode({"act": sent.at.isoformat(), "place": _place(request.POST.get("place", ""))})
    return _tell(request, week, _submitted(sent), undo_url=f"{undo}?{query}")


@employee_view
@require_POST
def undo(request: MemberRequest, week: Week) -> HttpResponse:
    """Take back one act of sending, named in the query."""
    week = real_week(week)
    try:
        taken = withdraw_act(
            request.membership, instant_asked_for(request.GET.get("act", "")), week, by=request.membership
        )
    except SubmissionRefusal as refusal:
        return _tell(request, week, refusal.message, kind="warning")
    return _tell(request, week, _withdrawn(taken))


@employee_view
@require_POST
def ask(request: MemberRequest, week: Week) -> HttpResponse:
    """Ask to have an approval of one's hours undone."""
    week = real_week(week)
    approval_id = request.POST.get("approval", "")
    if not (approval_id.isascii() and approval_id.isdecimal() and int(approval_id) <= _LARGEST_ID):
        raise Http404
    days = _days([request.POST.get("day", "")], week)
    try:
        asked = reopening.ask_to_reopen(
            request.membership,
            int(approval_id),
            day=next(iter(days), None),
            sentence=clean_text(request.POST.get("sentence", "")),
            by=request.membership,
        )
    except SubmissionRefusal as refusal:
        return _tell(request, week, refusal.message, kind="info")
    told = _("%(who)s is asked to reopen the hours.") % {"who": asked.approval.approved_by}
    return _tell(request, week, told)


def _submitted(sent: Submitted) -> str:
    told = _("%(hours)s h are submitted for approval.") % {"hours": print_hours(sent.minutes)}
    if not sent.ahead:
        return told
    left = _("%(hours)s h are still to come and are not submitted.") % {"hours": print_hours(sent.ahead)}
    return f"{told} {left}"


def _withdrawn(taken: Withdrawn) -> str:
    told = _("%(hours)s h are withdrawn.") % {"hours": print_hours(taken.minutes)}
    if not taken.approved:
        return told
    kept = _("%(hours)s h are approved by now and stay so.") % {"hours": print_hours(taken.approved)}
    return f"{told} {kept}"


def _wanted(request: MemberRequest, week: Week) -> tuple[str, Choice]:
    """``only`` is ``submit:2026-11-16`` or ``withdraw:2026-11-16``; ``do`` is submit, withdraw or submit-week."""
    only, _colon, day = request.POST.get("only", "").partition(":")
    if only:
        return only, Choice(week=week, days=_days([day], week))
    do = request.POST.get("do", "")
    if do == "submit-week":
        return do, Choice.all_of(week)
    days = _days(request.POST.getlist("days"), week)
    return do, Choice(week=week, days=days, entries=entry_ids(request.POST.getlist("entries")))


def _days(texts: Iterable[str], week: Week) -> frozenset[date]:
    return frozenset(day for day in week.days if day.isoformat() in set(texts))


def _tell(request: MemberRequest, week: Week, told: str, *, kind: str = "success", undo_url: str = "") -> HttpResponse:
    """The parts as they are now and the sentence as a toast; where no script runs, the page again with the sentence."""
    place = _place(request.POST.get("place", "") or request.GET.get("place", ""))
    if not request.htmx:
        messages.add_message(request, getattr(messages, kind.upper()), told)
        return HttpResponseRedirect(_url(request, _PAGES[place], week))
    response = _parts(request, week, place)
    toast = {"text": told, "kind": kind, "undo_url": undo_url}
    # Headers are ASCII; names are not.
    response["HX-Trigger"] = json.dumps({"toast": toast}, ensure_ascii=True)
    response["HX-Trigger-After-Settle"] = "submission:changed"
    return response


def _parts(request: MemberRequest, week: Week, place: Place) -> HttpResponse:
    page = submission_of(request.membership, week, place, reader=request.membership)
    return render(request, "timesheets/_submission_parts.html", {"submission": page})


def _place(text: str) -> Place:
    return Place.TIMELINE if text == Place.TIMELINE else Place.WEEK


def _url(request: MemberRequest, name: str, week: Week) -> str:
    return reverse(name, kwargs={"workspace": request.workspace.slug, "week": week})
