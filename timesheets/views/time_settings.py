"""Settings → Time: a panel for each subject, each saved by itself."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from busy.lib.periods import local_today
from busy.workspaces.doors import MemberRequest, admin_view
from busy.workspaces.settings_tabs import settings_tabs
from timesheets.capacity import work_calendar
from timesheets.forms import SECTIONS
from timesheets.time_settings import time_settings, time_settings_to_change


@admin_view
@require_http_methods(["GET", "POST"])
def show(request: MemberRequest) -> HttpResponse:
    """A POST names its section; the others show what is stored. Raises Http404 for a section that is not there."""
    chosen = request.POST.get("section", "") if request.method == "POST" else ""
    if request.method == "POST" and chosen not in {section.key for section in SECTIONS}:
        raise Http404
    stored = time_settings_to_change() if chosen else time_settings()
    # A form writes what was posted onto its row, so each has its own.
    forms = [section(request.POST if section.key == chosen else None, instance=copy(stored)) for section in SECTIONS]
    posted = next((form for form in forms if form.is_bound), None)
    if posted is not None and posted.is_valid():
        posted.save()
        messages.success(request, _("The settings are saved."))
        return redirect("timesheets:settings", workspace=request.workspace.slug)
    week = work_calendar(request.workspace, []).week_of(None, local_today(request.workspace.zone))
    context = {"sections": forms, "tabs": settings_tabs(request, "time"), "week_minutes": sum(week)}
    return render(request, "timesheets/settings.html", context, status=422 if posted else 200)
