"""The one-line entry: what is understood while one types, saving, and taking it back."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from busy.lib.periods import Week, local_today
from busy.workspaces.doors import MemberRequest, employee_view
from timesheets.errors import HoursRefusal, NoSuchCell, RequestReused
from timesheets.lines import SavedLine, read_for, save_line, undo_line
from timesheets.oneline.tokens import LONGEST
from timesheets.views.line_page import LinePage, told_of

# A line waits in a browser for as long as its owner is away. Somebody's clock may be ahead.
_WAITED = timedelta(days=400)
_AHEAD = timedelta(days=1)


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    """``member`` is whose page it was written on; ``on`` is the day of writing, from which "yesterday" is counted."""

    member: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    id: uuid.UUID
    line: Annotated[str, msgspec.Meta(max_length=4 * LONGEST)]
    on: date


@employee_view
@require_GET
def read(request: MemberRequest) -> HttpResponse:
    """What the line says so far, for the field to show."""
    return render(request, "timesheets/_line_read.html", {"page": _page(request, request.GET.get("line", ""))})


@employee_view
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: MemberRequest) -> HttpResponse:
    """Save a line. Scripts send JSON and get JSON; a plain form gets the page with what is missing, or the timeline."""
    if request.method != "POST":
        return _show(request, request.GET.get("line", ""))
    if request.content_type == "application/json":
        return _save_sent(request)
    text = request.POST.get("line", "")
    try:
        line_id = uuid.UUID(request.POST.get("request_id", ""))
        saved = save_line(request.membership, text, line_id=line_id, written_on=_today(request))
    except HoursRefusal as refusal:
        return _show(request, text, refusal.message, status=422)
    except (NoSuchCell, RequestReused, ValueError) as error:
        raise Http404 from error
    if saved.entry:
        messages.success(request, f"{told_of(saved.entry, _today(request))} {saved.told}".strip())
    if saved.caution:
        messages.warning(request, saved.caution)
    return HttpResponseRedirect(_timeline(request, saved.days[0]))


@employee_view
@require_POST
def undo(request: MemberRequest, line_id: uuid.UUID) -> HttpResponse:
    """Take back what a line made. The notice asks for it, which belongs to no page."""
    try:
        days = undo_line(request.membership, line_id)
    except HoursRefusal as refusal:
        told, kind, days = refusal.message, "error", ()
    else:
        told, kind = (_("It is taken back."), "info") if days else (_("There was nothing to undo."), "info")
    if not request.htmx:
        messages.add_message(request, messages.ERROR if kind == "error" else messages.INFO, told)
        return HttpResponseRedirect(_timeline(request, days[0] if days else _today(request)))
    response = HttpResponse(status=204)
    events = {"toast": {"text": told, "kind": kind}, "hours:changed": {"days": [day.isoformat() for day in days]}}
    # Headers are ASCII; sentences are not.
    response["HX-Trigger"] = json.dumps(events, ensure_ascii=True)
    return response


def _save_sent(request: MemberRequest) -> HttpResponse:
    try:
        sent = msgspec.json.decode(request.body, type=_Sent)
    except msgspec.MsgspecError:
        return HttpResponseBadRequest()
    member, today = request.membership, _today(request)
    if sent.member != member.pk:
        told = _("You are signed in as %(name)s now. These hours wait until their owner signs in here again.")
        message = told % {"name": member.user.get_full_name()}
        return JsonResponse({"error": "other_member", "message": message}, status=403)
    if not today - _WAITED <= sent.on <= today + _AHEAD:
        return HttpResponseBadRequest()
    try:
        saved = save_line(member, sent.line, line_id=sent.id, written_on=sent.on)
    except HoursRefusal as refusal:
        return JsonResponse({"error": refusal.code, "message": refusal.message}, status=422)
    except NoSuchCell:
        message = _("This project or work type is not there any more.")
        return JsonResponse({"error": "missing", "message": message}, status=422)
    except RequestReused:
        return HttpResponseBadRequest()
    return JsonResponse(_json(request, saved, sent.id, today))


def _json(request: MemberRequest, saved: SavedLine, line_id: uuid.UUID, today: date) -> dict[str, Any]:
    names = {"workspace": request.workspace.slug, "line_id": line_id}
    return {
        "told": " ".join(filter(None, [told_of(saved.entry, today), saved.told, saved.caution])) if saved.entry else "",
        "kind": "warning" if saved.caution else "success",
        "days": [day.isoformat() for day in saved.days],
        "undo": reverse("timesheets:line-undo", kwargs=names),
    }


def _show(request: MemberRequest, text: str, refusal: str = "", status: int = 200) -> HttpResponse:
    page = _page(request, text)
    told = refusal if page.is_complete else page.problem
    context = {"page": page, "line": text, "refusal": told if text else "", "request_id": uuid.uuid4()}
    return render(request, "timesheets/line.html", context, status=status)


def _page(request: MemberRequest, text: str) -> LinePage:
    return LinePage(read_for(request.membership, text[: 4 * LONGEST], _today(request)))


def _today(request: MemberRequest) -> date:
    return local_today(request.workspace.zone)


def _timeline(request: MemberRequest, day: date) -> str:
    return reverse("timesheets:timeline-week", kwargs={"workspace": request.workspace.slug, "week": Week.of(day)})
