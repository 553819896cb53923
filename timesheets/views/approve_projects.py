"""Approving the hours of projects: the page and its acts (P22, P23, R110)."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from busy.lib.durations import print_hours
from busy.lib.written import short_day
from busy.workspaces.doors import MemberRequest
from timesheets import project_approval
from timesheets.approval import others_can_approve
from timesheets.approval_rules import CannotApprove, Flag, too_many
from timesheets.models import TimeEntry
from timesheets.project_approval import ProjectsApproved, may_be_approved_by
from timesheets.project_hours import approvable, waiting
from timesheets.standing_out import flags_of_entries
from timesheets.views.approve_projects_asked import id_of
from timesheets.views.approve_projects_page import asked, page_of
from timesheets.views.approver_doors import projects_approver_view
from timesheets.views.asked import instant_asked_for
from timesheets.views.outliers import MOST_OUTLIERS, Outlier, Outliers


@projects_approver_view
@require_GET
def approve_projects(request: MemberRequest) -> HttpResponse:
    return _show(request)


@projects_approver_view
@require_POST
def approve_hours(request: MemberRequest) -> HttpResponse:
    """Approve the entries or the whole projects named. What stands out among several is listed first, unless ticked."""
    wanted = _wanted(request)
    if wanted is None:
        return _answer(request, _("Choose something first."), kind="info")
    is_confirmed = "confirmed" in request.POST
    open_ = approvable(may_be_approved_by(request.membership).filter(pk__in=wanted.order_by().values("pk")))
    if open_[: project_approval.MOST_AT_ONCE + 1].count() > project_approval.MOST_AT_ONCE:
        return _answer(request, too_many(project_approval.MOST_AT_ONCE).message, kind="error")
    others = open_.exclude(member=request.membership) if others_can_approve(request.membership) else open_
    is_bulk = is_confirmed or others[:2].count() > 1
    flags = flags_of_entries(others, request.workspace) if is_bulk else {}
    ticked = set(_ids(request, "also"))
    left_out = flags.keys() - ticked
    if left_out and not is_confirmed:
        return _show(request, _outliers(request, others, flags))
    try:
        outcome = project_approval.approve_hours(
            open_.exclude(pk__in=left_out), by=request.membership, period=_period(request)
        )
    except CannotApprove as refusal:
        return _answer(request, refusal.message, kind="error")
    return _tell(request, outcome, len(left_out))


@projects_approver_view
@require_POST
def undo(request: MemberRequest) -> HttpResponse:
    """Take back one act, named in the query, or the project approval of the entries named."""
    try:
        if "act" in request.GET:
            outcome = project_approval.undo_act(instant_asked_for(request.GET["act"]), by=request.membership)
        else:
            outcome = project_approval.undo_hours(_ids(request, "entry"), by=request.membership)
    except CannotApprove as refusal:
        return _answer(request, refusal.message, kind="error", undone=True)
    told = ngettext(
        "The approval of %(n)s entry is undone.", "The approval of %(n)s entries is undone.", outcome.entries
    ) % {"n": outcome.entries}
    if outcome.refused is not None:
        said = [told] if outcome.entries else []
        return _answer(request, " ".join([*said, outcome.refused.message]), kind="error", undone=True)
    if not outcome.entries:
        return _answer(request, _("There was nothing to undo."), kind="info", undone=True)
    return _answer(request, told, undone=True)


def _tell(request: MemberRequest, outcome: ProjectsApproved, stood_out: int) -> HttpResponse:
    reasons = [reason.message for reason in outcome.left_out]
    if stood_out:
        said = ngettext(
            "%(n)s entry stands out and was left out.", "%(n)s entries stand out and were left out.", stood_out
        )
        reasons.append(said % {"n": stood_out})
    if not outcome.entries:
        return _answer(request, " ".join(reasons) or _("These hours are approved already."), kind="info")
    told = ngettext("%(n)s entry approved, %(hours)s h.", "%(n)s entries approved, %(hours)s h.", outcome.entries) % {
        "n": outcome.entries,
        "hours": print_hours(outcome.minutes),
    }
    act = urlencode({"act": outcome.at.isoformat()})
    undo_url = f"{reverse('timesheets:approve-hours-undo', args=[request.workspace.slug])}?{act}"
    return _answer(request, " ".join([told, *reasons]), undo_url=undo_url)


def _wanted(request: MemberRequest) -> QuerySet[TimeEntry] | None:
    """The entries named, or all that the page's filters show of the projects named; None when nothing is."""
    if entry_ids := _ids(request, "entry"):
        return TimeEntry.objects.filter(pk__in=entry_ids)
    if project_ids := _ids(request, "project"):
        return waiting(asked(request).query.entries(request.membership)).filter(project__in=project_ids)
    return None


def _period(request: MemberRequest) -> project_approval.Period | None:
    """Whole projects are approved for the period that was asked for, single entries for their days."""
    if _ids(request, "entry"):
        return None
    query = asked(request).query
    return query.first_day, query.last_day


def _outliers(request: MemberRequest, wanted: QuerySet[TimeEntry], flags: dict[int, tuple[Flag, ...]]) -> Outliers:
    clear = wanted.exclude(pk__in=flags).aggregate(n=Count("pk"), minutes=Sum("minutes", default=0))
    found = wanted.filter(pk__in=flags).select_related("project", "work_type", "member__user")
    listed = list(found.order_by("project__name", "project_id", "day", "pk")[:MOST_OUTLIERS])
    act = ngettext(
        "Approve the other %(n)s entry, %(hours)s h", "Approve the other %(n)s entries, %(hours)s h", clear["n"]
    ) % {"n": clear["n"], "hours": print_hours(clear["minutes"])}
    hours = _("%(hours)s h")
    return Outliers(
        found=[
            Outlier(
                value=entry.pk,
                title=f"{entry.member}, {short_day(entry.day)}, {hours % {'hours': print_hours(entry.minutes)}}",
                detail=" · ".join(filter(None, (entry.project.name, entry.work_type.name, entry.note[:80]))),
                flags=flags[entry.pk],
            )
            for entry in listed
        ],
        more=len(flags) - len(listed),
        act=act if clear["n"] else _("Approve those ticked"),
        chosen=[(name, id_) for name in ("entry", "project") for id_ in _ids(request, name)],
    )


def _show(request: MemberRequest, outliers: Outliers | None = None) -> HttpResponse:
    template = "timesheets/_approve_projects.html" if request.htmx else "timesheets/approve_projects.html"
    return render(request, template, page_of(request, outliers=outliers))


def _answer(
    request: MemberRequest, told: str, *, kind: str = "success", undo_url: str = "", undone: bool = False
) -> HttpResponse:
    """The list as it is now and the sentence as a toast; where no script runs, the page again with the sentence."""
    if not request.htmx:
        messages.add_message(request, getattr(messages, kind.upper()), told)
        home = reverse("timesheets:approve-projects", args=[request.workspace.slug])
        return HttpResponseRedirect(f"{home}?{asked(request).address()}")
    # An undo comes from a toast, which belongs to no list: the page is told and fetches its list itself.
    response = HttpResponse(status=204) if undone else _show(request)
    events: dict[str, Any] = {"toast": {"text": told, "kind": kind, "undo_url": undo_url}}
    if undone:
        events["approve:changed"] = True
    # Headers are ASCII; names are not.
    response["HX-Trigger"] = json.dumps(events, ensure_ascii=True)
    return response


def _ids(request: MemberRequest, name: str) -> Collection[int]:
    return [id_ for text in request.POST.getlist(name) if (id_ := id_of(text)) is not None]
