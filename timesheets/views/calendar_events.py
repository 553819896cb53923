"""Events of the member's calendars as the timeline's modules read them: offers, and answers to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from busy.lib.periods import Week, local_today
from busy.lib.written import written_day
from busy.workspaces.doors import MemberRequest, employee_view
from timesheets.calendars import choices, selectors, turns
from timesheets.calendars.selectors import Offer
from timesheets.clock import written_time
from timesheets.models import CalendarAccount, TimeEntry
from timesheets.timeline_selectors import TimelineDay
from timesheets.views.asked import real_week
from timesheets.views.timeline_page import key_of


@employee_view
@require_GET
def events(request: MemberRequest, week: Week) -> HttpResponse:
    return JsonResponse(state_of(request, real_week(week)))


@employee_view
@require_POST
def refresh(request: MemberRequest, week: Week) -> HttpResponse:
    """The timeline is open at the week: what is older than a minute is fetched anew. Answers before that is done."""
    turns.ask_for(request.membership, real_week(week))
    return JsonResponse(state_of(request, week))


@employee_view
@require_POST
def answer(request: MemberRequest, week: Week) -> HttpResponse:
    """Hide a piece of an event (``?event=…&hidden=1``), or offer it again."""
    event, hidden = request.GET.get("event", ""), request.GET.get("hidden", "")
    if not choices.KEY.match(event) or hidden not in ("0", "1"):
        return HttpResponseBadRequest()
    act = choices.hide if hidden == "1" else choices.bring_back
    act(request.membership, event)
    told = JsonResponse(state_of(request, real_week(week)))
    return trigger_client_event(told, "events:changed") if hidden == "0" else told


def state_of(request: MemberRequest, week: Week) -> dict[str, Any]:
    """What is on offer in the week, and whether more is on its way."""
    member = request.membership
    here = TimeEntry.objects.filter(member=member, day__range=(week.monday, week.sunday))
    accounts = list(CalendarAccount.objects.filter(member=member).order_by("pk"))
    offers = selectors.offers(member, week.days, set(here.values_list("client_id", flat=True))) if accounts else []
    return state_json(offers, accounts, week, request.workspace.zone)


def timeline_state(
    request: MemberRequest, week: Week, days: Iterable[TimelineDay], accounts: Sequence[CalendarAccount]
) -> dict[str, Any]:
    """The same for the page, which knows its entries and the member's accounts."""
    member = request.membership
    seen: set[uuid.UUID] = {block.entry.client_id for day in days for block in day.blocks}
    offers = selectors.offers(member, week.days, seen) if accounts else []
    return state_json(offers, accounts, week, request.workspace.zone)


def state_json(offers: Iterable[Offer], accounts: Iterable[CalendarAccount], week: Week, zone: str) -> dict[str, Any]:
    accounts = list(accounts)
    today = local_today(zone)
    fetched = [turns.fresh_at(account, week, today) for account in accounts]
    return {
        "connected": bool(accounts),
        "fetching": any(turns.is_waited_for(account) for account in accounts),
        "signIn": any(account.needs_sign_in for account in accounts),
        "never": bool(accounts) and not any(fetched),
        "events": [offer_json(offer) for offer in offers],
    }


def plain_events(state: dict[str, Any]) -> list[dict[str, str]]:
    """What is not answered yet, in words, for where no script runs."""
    return [
        {
            "key": event["key"],
            "day": written_day(date.fromisoformat(event["day"])),
            "times": _("All day")
            if event["start"] is None
            else f"{written_time(event['start'])}–{written_time(event['end'])}",
            "title": event["title"],
        }
        for event in state["events"]
        if event["entry"] is None
    ]


def offer_json(offer: Offer) -> dict[str, Any]:
    piece, like = offer.piece, offer.like
    return {
        "key": piece.key,
        "day": piece.day.isoformat(),
        "start": piece.start,
        "end": piece.end,
        "title": title_of(offer),
        "note": offer.title,
        "calendar": offer.calendar,
        "entry": str(offer.entry) if offer.entry else None,
        "like": None
        if like is None
        else {
            "value": key_of(like),
            "project": like.project.name,
            "task": like.task.name if like.task else "",
            "driven": like.is_driven,
            "work": like.work_type.name,
            "customer": like.project.customer.name if like.project.customer else "",
            "color": like.project.color,
            "canBill": like.project.is_billable and like.work_type.is_billable,
            "absence": like.work_type.get_kind_display() if like.work_type.is_absence else "",
        },
    }


def title_of(offer: Offer) -> str:
    if offer.is_private:
        return _("Private event")
    return offer.title or _("Event without a title")
