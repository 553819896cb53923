"""The approver's answers to what people send and ask: sending hours back, reopening approved ones or not."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.lib.durations import print_hours
from busy.lib.periods import Week
from busy.workspaces.doors import MemberRequest
from busy.workspaces.models import Membership
from timesheets import reopening
from timesheets.models import ReopenRequest
from timesheets.submission import Choice
from timesheets.submission import reject as reject_hours
from timesheets.submission_errors import AlreadyAnswered, CommentMissing, NothingToReject, SubmissionRefusal
from timesheets.views.approve_projects_page import asked
from timesheets.views.approver_doors import approver_view, people_approver_view
from timesheets.views.asked import clean_text, entry_ids, real_week
from timesheets.views.request_lines import Place


@people_approver_view
@require_POST
def reject(request: MemberRequest, week: Week, member_id: int) -> HttpResponse:
    """Send the hours of the named days and entries back (P25)."""
    week = real_week(week)
    member = get_object_or_404(Membership.objects.select_related("user", "workspace"), pk=member_id)
    days = frozenset(day for day in week.days if day.isoformat() in request.POST.getlist("days"))
    choice = Choice(week=week, days=days, entries=entry_ids(request.POST.getlist("entries")))
    comment = clean_text(request.POST.get("comment", ""))
    if comment.strip() and not (choice.days or choice.entries):
        return _tell(request, week, _("Choose days or entries first."), changed=False, kind="warning")
    try:
        rejection = reject_hours(member, choice, by=request.membership, comment=comment)
    except SubmissionRefusal as refusal:
        return _tell(request, week, refusal.message, changed=isinstance(refusal, NothingToReject), kind="warning")
    told = _("%(hours)s h are rejected. %(name)s is told why by e-mail.")
    return _tell(request, week, told % {"hours": print_hours(rejection.minutes), "name": member})


@approver_view
@require_POST
def answer(request: MemberRequest, week: Week, request_id: int) -> HttpResponse:
    """Undo the approval that somebody asks about, or decline with a comment; ``place`` is the page it is done on."""
    week = real_week(week)
    wanted = get_object_or_404(ReopenRequest.objects.select_related("member__user"), pk=request_id)
    try:
        if request.POST.get("do") == "reopen":
            reopening.reopen(wanted.pk, by=request.membership)
            told = _("The hours of %(name)s are open again.") % {"name": wanted.member}
        else:
            reopening.decline(wanted.pk, by=request.membership, answer=clean_text(request.POST.get("answer", "")))
            told = _("%(name)s is told why by e-mail.") % {"name": wanted.member}
    except SubmissionRefusal as refusal:
        is_stale = isinstance(refusal, AlreadyAnswered)
        kind = "warning" if is_stale or isinstance(refusal, CommentMissing) else "error"
        return _tell(request, week, refusal.message, changed=is_stale, kind=kind)
    return _tell(request, week, told)


def _tell(
    request: MemberRequest, week: Week, told: str, *, kind: str = "success", changed: bool = True
) -> HttpResponse:
    """A toast, and the page fetches its list; where no script runs, the page again with the sentence."""
    if not request.htmx:
        messages.add_message(request, getattr(messages, kind.upper()), told)
        if request.GET.get("place") == Place.PROJECTS:
            kept = asked(request).address()
            return HttpResponseRedirect(
                f"{reverse('timesheets:approve-projects', args=[request.workspace.slug])}?{kept}"
            )
        url = reverse("timesheets:approve-week", kwargs={"workspace": request.workspace.slug, "week": week})
        kept = urlencode({key: request.GET[key] for key in ("show", "sent", "page") if key in request.GET})
        return HttpResponseRedirect(f"{url}?{kept}")
    response = HttpResponse(status=204)
    events: dict[str, object] = {"toast": {"text": told, "kind": kind}}
    if changed:
        events["approve:changed"] = True
    # Headers are ASCII; names are not.
    response["HX-Trigger"] = json.dumps(events, ensure_ascii=True)
    return response
