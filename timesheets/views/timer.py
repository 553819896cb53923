"""The timer's own page, where it works without scripts; its state for other tabs; and taking back what it did."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from busy.catalog.selectors import loggable
from busy.lib.periods import local_today
from busy.workspaces.doors import MemberRequest, employee_view
from timesheets import timer
from timesheets.errors import HoursRefusal, NoSuchCell, RequestReused
from timesheets.models import Timer
from timesheets.timer_selectors import open_timers, recent_work
from timesheets.views.asked import first_steps
from timesheets.views.timer_form import TimerForm
from timesheets.views.timer_state import page_of, state_of
from timesheets.views.week_cells import row_of

_RECENT = timedelta(days=60)


@employee_view
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: MemberRequest) -> HttpResponse:
    """The running timer, stopped time that waits, and what can be continued."""
    if request.method == "POST":
        return _act(request)
    return _show(request)


@employee_view
@require_GET
def state(request: MemberRequest) -> HttpResponse:
    """Every open timer, for a tab that was away; the token is for one whose own has become too old."""
    member = request.membership
    found = state_of(member, open_timers(member), timezone.now())
    return JsonResponse(found | {"token": get_token(request), "member": member.pk})


@employee_view
@require_POST
def undo(request: MemberRequest, timer_id: uuid.UUID) -> HttpResponse:
    """Take a stop or a discard back, from a toast or a plain form; the timer runs on unless it was waiting before."""
    try:
        outcome = timer.undo(request.membership, timer_id, runs="waits" not in request.GET)
    except HoursRefusal as refusal:
        return _answer(request, refusal.message, "error")
    return _answer(request, outcome.told, "success")


def _answer(request: MemberRequest, told: str, kind: str) -> HttpResponse:
    if not request.htmx:
        if told:
            messages.add_message(request, getattr(messages, kind.upper()), told)
        return HttpResponseRedirect(page_of(request.workspace.slug))
    response = HttpResponse(status=204)
    # Headers are ASCII; names are not.
    response["HX-Trigger"] = json.dumps({"toast": {"text": told, "kind": kind}, "timer:changed": True})
    return response


def _show(request: MemberRequest, posted: TimerForm | None = None, status: int = 200) -> HttpResponse:
    member = request.membership
    zone = request.workspace.zone
    choices = loggable(member)
    timers = [found for found in open_timers(member) if found.workspace_id == member.workspace_id]
    forms = [
        posted if posted and posted.timer.pk == found.pk else TimerForm(None, timer=found, zone=zone, choices=choices)
        for found in timers
    ]
    recent = recent_work(member, local_today(zone) - _RECENT) if choices else []
    context: dict[str, object] = {
        "forms": forms,
        "recent": [(uuid.uuid4(), line) for line in recent],
        "new_id": uuid.uuid4(),
    }
    if not choices:
        context |= first_steps(member)
    return render(request, "timesheets/timer.html", context, status=status)


def _act(request: MemberRequest) -> HttpResponse:
    """One plain form. What is refused stays in it with the reason."""
    member = request.membership
    try:
        timer_id = uuid.UUID(request.POST.get("timer", ""))
    except ValueError as error:
        raise Http404 from error
    wanted = request.POST.get("do", "")
    try:
        if wanted == "start":
            return _told(request, _start(request, timer_id))
        if wanted == "discard":
            return _told(request, timer.discard(member, timer_id))
        if wanted == "stop" and "started" not in request.POST:
            return _told(request, timer.stop(member, timer_id, at=timezone.now()))
        return _change(request, timer_id, wanted)
    except HoursRefusal as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(page_of(request.workspace.slug))
    except (NoSuchCell, RequestReused) as error:
        raise Http404 from error


def _start(request: MemberRequest, timer_id: uuid.UUID) -> timer.Outcome:
    on = row_of(request.POST["on"]) if request.POST.get("on") else None
    note = request.POST.get("note", "").replace("\x00", "")[:10_000]
    outcome = timer.start(request.membership, timer_id, at=timezone.now(), on=on, note=note)
    return outcome if outcome.told else timer.Outcome(timer=outcome.timer, told=_("The timer runs."))


def _change(request: MemberRequest, timer_id: uuid.UUID, wanted: str) -> HttpResponse:
    member = request.membership
    mine = Timer.objects.filter(member=member, client_id=timer_id)
    found = mine.select_related("project", "work_type", "task").first()
    if found is None:
        raise Http404
    form = TimerForm(request.POST, timer=found, zone=request.workspace.zone, choices=loggable(member))
    if not form.is_valid():
        return _show(request, form, status=422)
    cleaned = form.cleaned_data
    try:
        outcome = timer.change(
            member,
            timer_id,
            on=cleaned["on"],
            note=cleaned["note"].replace("\x00", ""),
            started=cleaned["started"],
            stopped=cleaned.get("stopped"),
        )
        if wanted == "stop":
            outcome = timer.stop(member, timer_id, at=timezone.now())
        elif not found.is_running:
            outcome = timer.save(member, timer_id)
    except HoursRefusal as refusal:
        form.add_error(None, refusal.message)
        return _show(request, form, status=422)
    if outcome.refusal is not None:
        form.add_error(None, outcome.told)
        return _show(request, form, status=422)
    return _told(request, outcome)


def _told(request: MemberRequest, outcome: timer.Outcome) -> HttpResponse:
    level = messages.WARNING if outcome.refusal else messages.SUCCESS
    messages.add_message(request, level, outcome.told or _("All is saved"))
    return HttpResponseRedirect(page_of(request.workspace.slug))
