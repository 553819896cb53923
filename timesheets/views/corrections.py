"""Correcting an entry where it stands: in the list of project approval, or in a person's panel (P22)."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from busy.catalog.selectors import search_loggable
from busy.lib.periods import Week
from busy.lib.written import closing, short_day
from busy.workspaces.doors import MemberRequest
from timesheets import rules
from timesheets.approvers import may_approve_person, may_approve_projects
from timesheets.correction_form import CorrectionForm
from timesheets.corrections import Correction, base_of, correct_entry, entry_to_correct, said_by
from timesheets.errors import HoursRefusal, NoSuchCell, RequestReused
from timesheets.models import TimeEntry
from timesheets.timeline_errors import EntryChanged, EntryGone
from timesheets.views.approve_page import side_of
from timesheets.views.approve_projects_page import asked, width_of
from timesheets.views.approver_doors import approver_view

_FOUND = 30
_SALT = "timesheets.correction"


@approver_view
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: MemberRequest, client_id: uuid.UUID) -> HttpResponse:
    """The form, and its saving. What is wrong, locked or changed meanwhile is said in it, and nothing typed is lost."""
    try:
        entry = entry_to_correct(client_id, by=request.membership)
    except EntryGone as gone:
        if request.method == "POST" and request.htmx:
            return _tell(HttpResponse(status=204), gone.message, kind="error", changed=True)
        raise Http404 from gone
    if request.method != "POST":
        return _show(request, entry, _form(request, entry))
    form = _form(request, entry, request.POST)
    if not form.is_valid():
        return _show(request, entry, form, status=422)
    before = said_by(entry)
    try:
        after = correct_entry(
            client_id,
            form.wanted,
            base=form.cleaned_data["base"],
            request_id=form.cleaned_data["request_id"],
            by=request.membership,
        )
    except EntryChanged as changed:
        form.rebase(changed.present)
        return _show(request, entry_to_correct(client_id, by=request.membership), form, status=422, conflict=True)
    except (HoursRefusal, NoSuchCell) as refusal:
        form.refuse(refusal)
        return _show(request, entry, form, status=422)
    except RequestReused as error:
        raise Http404 from error
    return _corrected(request, before, after)


@approver_view
@require_GET
def search(request: MemberRequest, client_id: uuid.UUID) -> HttpResponse:
    """What the entry's person may log on."""
    try:
        entry = entry_to_correct(client_id, by=request.membership)
    except EntryGone as gone:
        raise Http404 from gone
    text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    found = search_loggable(entry.member, text, _FOUND)
    return JsonResponse(
        {
            "results": [
                {"value": one.key, "label": one.project.name, "detail": one.detail, "color": one.project.color}
                for one in found
            ]
        }
    )


@approver_view
@require_POST
def undo(request: MemberRequest, client_id: uuid.UUID) -> HttpResponse:
    """Make the entry say what it said before a correction, unless somebody changed it since."""
    try:
        said = signing.loads(request.GET.get("to", ""), salt=_SALT)
    except signing.BadSignature as error:
        raise Http404 from error
    if said["entry"] != str(client_id):
        raise Http404
    values = said["before"]
    before = Correction(**(values | {"on": tuple(values["on"])}))
    try:
        correct_entry(
            client_id,
            before,
            base=said["base"],
            request_id=uuid.uuid5(client_id, f"undo {said['base']}"),
            by=request.membership,
        )
    except HoursRefusal as refusal:
        return _tell(HttpResponse(status=204), refusal.message, kind="error", changed=True)
    except (NoSuchCell, RequestReused) as error:
        raise Http404 from error
    return _tell(HttpResponse(status=204), _("The correction is undone."), changed=True)


def _form(request: MemberRequest, entry: TimeEntry, data: Any = None) -> CorrectionForm:
    url = reverse("timesheets:correct-search", args=[request.workspace.slug, entry.client_id])
    # Where no script runs the list is all there is to choose from; the search finds the rest.
    choices = [] if request.htmx else search_loggable(entry.member, "", _FOUND)
    return CorrectionForm(data, entry=entry, url=url, choices=choices)


def _show(
    request: MemberRequest, entry: TimeEntry, form: CorrectionForm, *, status: int = 200, conflict: bool = False
) -> HttpResponse:
    week = _week(request)
    context = {
        "entry": entry,
        "form": form,
        "lock": rules.lock_reason(entry),
        "conflict": conflict,
        "address": f"{reverse('timesheets:correct', args=[request.workspace.slug, entry.client_id])}?{_query(request)}",
        "back": _home(request, entry),
        "week": week,
        "width": width_of(asked(request)),
    }
    if not request.htmx:
        return render(request, "timesheets/correct.html", context, status=status)
    alone = status != 200 or "part" in request.GET
    template = "_correct_form" if alone else "_correct_in_panel" if week else "_correct_in_list"
    return render(request, f"timesheets/{template}.html", context, status=status)


def _corrected(request: MemberRequest, before: Correction, after: TimeEntry) -> HttpResponse:
    told = _("Corrected: %(name)s, %(day)s.") % {"name": after.member, "day": closing(short_day(after.day))}
    if not request.htmx:
        messages.success(request, told)
        return HttpResponseRedirect(_home(request, after))
    said = {"entry": str(after.client_id), "base": base_of(after), "before": asdict(before)}
    token = urlencode({"to": signing.dumps(said, salt=_SALT)})
    undo_url = f"{reverse('timesheets:correct-undo', args=[request.workspace.slug, after.client_id])}?{token}"
    week = _week(request)
    if week is None or not may_approve_person(request.membership, after.member):
        return _tell(HttpResponse(status=204), told, undo_url=undo_url, changed=True)
    # The panel and the person's line in the list, so that one stays where one is.
    shown = side_of(request, after.member, week)
    response = render(request, "timesheets/_approve_side.html", shown | {"is_corrected": True})
    response["HX-Retarget"], response["HX-Reswap"] = "#approve-side", "innerHTML"
    return _tell(response, told, undo_url=undo_url)


def _tell(
    response: HttpResponse, told: str, *, kind: str = "success", undo_url: str = "", changed: bool = False
) -> HttpResponse:
    events: dict[str, Any] = {"toast": {"text": told, "kind": kind, "undo_url": undo_url}}
    if changed:
        events["approve:changed"] = True
    # Headers are ASCII; names are not.
    response["HX-Trigger"] = json.dumps(events, ensure_ascii=True)
    return response


def _week(request: MemberRequest) -> Week | None:
    """The week of the person's panel that the entry stands in; None in the list of project approval."""
    try:
        return Week.parse(request.GET.get("week", ""))
    except ValueError:
        return None


def _query(request: MemberRequest) -> str:
    week = _week(request)
    return (
        asked(request).address()
        if week is None
        else urlencode({"week": str(week), "show": request.GET.get("show", "")})
    )


def _home(request: MemberRequest, entry: TimeEntry) -> str:
    """The page that the entry stands on; of a group's leader without projects that is the person's week alone."""
    week, slug, by = _week(request), request.workspace.slug, request.membership
    if week is None and not may_approve_projects(by):
        week = Week.of(entry.day)
    if week is None or not may_approve_person(by, entry.member):
        return f"{reverse('timesheets:approve-projects', args=[slug])}?{asked(request).address()}"
    query = urlencode({"show": request.GET.get("show", ""), "member": str(entry.member_id)})
    return f"{reverse('timesheets:approve-week', kwargs={'workspace': slug, 'week': week})}?{query}"
