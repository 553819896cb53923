"""Templates of a week: a page of their own, or a panel beside the week."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from busy.lib.periods import Week
from busy.workspaces.doors import MemberRequest, employee_view
from timesheets import week_templates
from timesheets.errors import HoursRefusal
from timesheets.models import WeekTemplate
from timesheets.views.asked import real_week
from timesheets.views.week_acts import act_of, answer


@employee_view
@require_http_methods(["GET", "HEAD", "POST"])
def templates(request: MemberRequest, week: Week) -> HttpResponse:
    week = real_week(week)
    if request.method != "POST":
        return _show(request, week)
    try:
        if "apply" in request.POST:
            return _apply(request, week)
        _change(request, week)
    except HoursRefusal as refusal:
        return _show(request, week, refused=refusal.message, status=422)
    except WeekTemplate.DoesNotExist as error:
        raise Http404 from error
    if request.htmx:
        return _show(request, week)
    return HttpResponseRedirect(request.path)


def _change(request: MemberRequest, week: Week) -> None:
    member, name = request.membership, request.POST.get("name", "")
    if "rename" in request.POST:
        week_templates.rename_template(member, _number(request.POST["rename"]), name)
    elif "delete" in request.POST:
        week_templates.delete_template(member, _number(request.POST["delete"]))
    else:
        week_templates.save_template(member, week, name, with_hours="hours" in request.POST)


def _apply(request: MemberRequest, week: Week) -> HttpResponse:
    filled = week_templates.apply_template(request.membership, week, _number(request.POST["apply"]), act_of(request))
    return answer(request, week, filled, nothing=_("All of it is on the week already."), close="panel")


def _show(request: MemberRequest, week: Week, *, refused: str = "", status: int = 200) -> HttpResponse:
    context = {
        "week": week,
        "templates": week_templates.templates_of(request.membership),
        "refused": refused,
        "typed": request.POST.get("name", "") if refused and "rename" not in request.POST else "",
        "address": reverse("timesheets:week-templates", kwargs={"workspace": request.workspace.slug, "week": week}),
    }
    name = "timesheets/_week_templates.html" if request.htmx else "timesheets/week_templates.html"
    return render(request, name, context, status=status)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)
