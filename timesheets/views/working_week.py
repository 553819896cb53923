"""The working week of the company, under Settings → Time, and of one person: what holds from which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from busy.lib.periods import local_today
from busy.workspaces.doors import MemberRequest, admin_view
from busy.workspaces.models import Membership
from timesheets.capacity import WorkCalendar, ordinary_week, work_calendar
from timesheets.models import WorkingWeek, WorkPeriod
from timesheets.views.working_week_form import WeekForm, WorkPeriodForm, weekdays
from timesheets.working_weeks import WorkingWeekRefused, remove_week, set_period, set_week

WEEK, FOLLOW, PERIOD = "week", "follow", "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One dated week of the list. ``id`` is None for what holds without being written; no ``minutes`` follow the
    company's week."""

    id: int | None
    valid_from: date | None
    minutes: tuple[int, ...] | None
    is_now: bool

    @property
    def sum(self) -> int:
        return sum(self.minutes or ())


@admin_view
@require_http_methods(["GET", "HEAD", "POST"])
def of_company(request: MemberRequest) -> HttpResponse:
    return _page(request, None)


@admin_view
@require_http_methods(["GET", "HEAD", "POST"])
def of_person(request: MemberRequest, member_id: int) -> HttpResponse:
    return _page(request, get_object_or_404(Membership.objects.select_related("user", "workspace"), pk=member_id))


def _page(request: MemberRequest, member: Membership | None) -> HttpResponse:
    today = local_today(request.workspace.zone)
    calendar = work_calendar(request.workspace, [member.pk] if member else [])
    section = request.POST.get("section", "") if request.method == "POST" else ""
    if request.method == "POST" and section not in (WEEK, FOLLOW, PERIOD) and "remove" not in request.POST:
        raise Http404
    week_form = WeekForm(
        request.POST if section in (WEEK, FOLLOW) else None,
        minutes=calendar.week_of(member.pk if member else None, today),
        follows=section == FOLLOW,
    )
    period_form = WorkPeriodForm(request.POST if section == PERIOD else None, initial=_period(member))
    if request.method == "POST" and _done(request, member, section, week_form, period_form):
        return redirect(_address(request, member))
    context = {
        "member": member,
        "lines": _lines(request, member, calendar, today),
        "week_form": week_form,
        "period_form": period_form if member else None,
        "weekdays": weekdays(),
        "company": calendar.week_of(None, today),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "timesheets/working_week.html", context, status=status)


def _done(
    request: MemberRequest, member: Membership | None, section: str, week: WeekForm, period: WorkPeriodForm
) -> bool:
    """Whether what was asked for is done; otherwise the form says why not."""
    if "remove" in request.POST:
        _remove(request, member)
        return True
    form: WeekForm | WorkPeriodForm = period if section == PERIOD else week
    if not form.is_valid():
        return False
    try:
        if section != PERIOD:
            set_week(member, None if section == FOLLOW else week.minutes(), valid_from=form.cleaned_data["valid_from"])
        elif member is not None:
            set_period(member, **period.cleaned_data)
        else:
            raise Http404
    except WorkingWeekRefused as refusal:
        form.add_error(refusal.field, refusal.message)
        return False
    messages.success(request, _("Saved."))
    return True


def _remove(request: MemberRequest, member: Membership | None) -> None:
    asked = request.POST["remove"]
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        raise Http404
    if remove_week(member, int(asked)) is not None:
        messages.success(request, _("The working week is removed. The one before it goes on."))


def _lines(request: MemberRequest, member: Membership | None, calendar: WorkCalendar, today: date) -> list[Line]:
    """Newest first; the last one holds from the beginning."""
    weeks = list(WorkingWeek.objects.filter(member=member))
    weeks.sort(key=lambda week: week.valid_from or date.min)
    now = next((week.pk for week in reversed(weeks) if (week.valid_from or date.min) <= today), None)
    lines = [
        Line(
            id=week.pk,
            valid_from=week.valid_from,
            minutes=tuple(week.minutes) if week.minutes is not None else None,
            is_now=week.pk == now,
        )
        for week in weeks
    ]
    if not weeks or weeks[0].valid_from is not None:
        first = None if member else ordinary_week(request.workspace)
        lines.insert(0, Line(id=None, valid_from=None, minutes=first, is_now=now is None))
    return lines[::-1]


def _period(member: Membership | None) -> dict[str, Any]:
    period = WorkPeriod.objects.filter(member=member).first() if member else None
    return {"first_day": period.first_day, "last_day": period.last_day} if period else {}


def _address(request: MemberRequest, member: Membership | None) -> str:
    slug = request.workspace.slug
    if member is None:
        return reverse("timesheets:working-week", args=[slug])
    return reverse("timesheets:working-week-of", args=[slug, member.pk])
