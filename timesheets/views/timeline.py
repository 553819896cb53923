"""The timeline page; without scripts a list of the week with a form for one entry at a time."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from busy.catalog.selectors import loggable
from busy.lib.periods import Week, local_today
from busy.workspaces.doors import MemberRequest, employee_view
from timesheets.calendars.choices import KEY, made_from_events
from timesheets.calendars.selectors import Offer, offers
from timesheets.calendars.vendors import offered
from timesheets.errors import HoursRefusal, NoSuchCell, RequestReused
from timesheets.timeline import take_step
from timesheets.timeline_moves import Create, Delete, Move
from timesheets.timeline_selectors import Block, timeline_days
from timesheets.views.asked import first_steps, member_asked_for, real_week
from timesheets.views.calendar_events import plain_events, timeline_state
from timesheets.views.calendar_page import account_lines
from timesheets.views.submission_page import Place, shown_with
from timesheets.views.timeline_form import EntryForm
from timesheets.views.timeline_page import TimelinePage, page_of
from timesheets.views.timeline_words import words

NEW = "new"


@employee_view
@require_http_methods(["GET", "HEAD", "POST"])
def this_timeline(request: MemberRequest) -> HttpResponse:
    return _timeline(request, Week.of(local_today(request.workspace.zone)))


@employee_view
@require_http_methods(["GET", "HEAD", "POST"])
def timeline_week(request: MemberRequest, week: Week) -> HttpResponse:
    return _timeline(request, real_week(week))


def _timeline(request: MemberRequest, week: Week) -> HttpResponse:
    member = member_asked_for(request)
    today = local_today(request.workspace.zone)
    days = timeline_days(member, week.days)
    page = page_of(member, request.membership, week, today, days, request.GET.get("day", ""))
    if request.method == "POST":
        if page.is_read_only:
            raise PermissionDenied
        return _save(request, page)
    edited = request.GET.get("edit", "")
    if not edited or page.is_read_only:
        return _show(request, page)
    return _show(request, page, _form(request, page, edited), edited)


def _show(
    request: MemberRequest, page: TimelinePage, form: EntryForm | None = None, edited: str = "", status: int = 200
) -> HttpResponse:
    entries = [block.entry for day in page.days for block in day.blocks]
    submission = shown_with(request, page.member, page.week, Place.TIMELINE, entries)
    context: dict[str, object] = {"page": page, "data": page.data(), "words": words(), "form": form, "edited": edited}
    context["submission"] = submission
    if not page.is_read_only:
        lines = account_lines(page.member)
        context |= {"calendars": lines, "vendors": offered()}
        accounts = [line.account for line in lines]
        context["calendar_data"] = found = timeline_state(request, page.week, page.days, accounts)
        context["plain_events"] = plain_events(found)
        context["event"] = request.POST.get("event", "") or request.GET.get("event", "")
    if not page.is_read_only and not any(day.blocks for day in page.days):
        context |= first_steps(page.member)
    return render(request, "timesheets/timeline.html", context | {"request_id": uuid.uuid4()}, status=status)


def _form(request: MemberRequest, page: TimelinePage, edited: str) -> EntryForm:
    """The form of one entry of the week, or of a new one. Raises Http404 when there is no such entry."""
    data = request.POST if request.method == "POST" else None
    block = None if edited == NEW else _block(page, edited)
    return EntryForm(data, block=block, page=page, choices=loggable(page.member), offer=_offer(request, page))


def _offer(request: MemberRequest, page: TimelinePage) -> Offer | None:
    """The event of the member's calendar that a new entry is to be made of (P16)."""
    key = request.GET.get("event", "")
    if not key or page.is_read_only:
        return None
    return next((offer for offer in offers(page.member, page.week.days) if offer.piece.key == key), None)


def _block(page: TimelinePage, edited: str) -> Block:
    for day in page.days:
        for block in day.blocks:
            if str(block.entry.client_id) == edited:
                return block
    raise Http404


def _save(request: MemberRequest, page: TimelinePage) -> HttpResponse:
    """One entry's form, sent by hand. What is refused stays in the form with the reason."""
    edited = request.POST.get("entry", "")
    form = _form(request, page, edited)
    try:
        request_id = uuid.UUID(request.POST.get("request_id", ""))
        if "delete" in request.POST and form.block is not None:
            moves: list[Move] = [Delete(id=form.block.entry.client_id, base=request.POST.get("base", ""))]
        elif form.is_valid():
            moves = [form.move(request_id, request.POST.get("base", ""), cut="cut" in request.POST)]
        else:
            return _show(request, page, form, edited, status=422)
        step = take_step(page.member, moves, request_id=request_id, by=request.membership)
        event = request.POST.get("event", "")
        if isinstance(moves[0], Create) and KEY.match(event):
            made_from_events(page.member, {event: moves[0].id})
    except HoursRefusal as refusal:
        form.refuse(refusal.message)
        return _show(request, page, form, edited, status=422)
    except (NoSuchCell, RequestReused, ValueError) as error:
        raise Http404 from error
    messages.success(request, step.told or _("All is saved"))
    if step.caution:
        messages.warning(request, step.caution)
    return HttpResponseRedirect(page.address)
