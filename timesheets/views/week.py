"""The week page: a table of inputs that saves itself, or by its button where no script runs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from busy.catalog.selectors import search_loggable
from busy.lib.durations import NotADuration, parse_hours
from busy.lib.periods import Week, local_today
from busy.workspaces.doors import MemberRequest, employee_view
from busy.workspaces.models import Membership
from timesheets import selectors, services
from timesheets.cells import CellState
from timesheets.errors import CellChanged, HoursRefusal, NoSuchCell, RequestReused
from timesheets.views.asked import first_steps, member_asked_for, real_week
from timesheets.views.submission_page import Place, shown_with
from timesheets.views.week_page import CellPart, cell_name, page_of
from timesheets.views.week_words import words

_FIELD = re.compile(r"hours-(\d{1,18})-(\d{1,18})(?:-(\d{1,18}))?-(\d{4}-\d{2}-\d{2})", re.ASCII)

_FOUND = 12


@employee_view
@require_http_methods(["GET", "HEAD", "POST"])
def this_week(request: MemberRequest) -> HttpResponse:
    return _week(request, Week.of(local_today(request.workspace.zone)))


@employee_view
@require_http_methods(["GET", "HEAD", "POST"])
def week_of(request: MemberRequest, week: Week) -> HttpResponse:
    return _week(request, real_week(week))


def _week(request: MemberRequest, week: Week) -> HttpResponse:
    member = member_asked_for(request)
    if request.method == "POST":
        if member.pk != request.membership.pk:
            raise PermissionDenied
        return _save_all(request, week)
    return _show(request, member, week)


def _show(
    request: MemberRequest,
    member: Membership,
    week: Week,
    parts: dict[str, CellPart] | None = None,
    status: int = 200,
) -> HttpResponse:
    today = local_today(request.workspace.zone)
    shown = selectors.week(member, week)
    page = page_of(shown, today, reader=request.membership, parts=parts or {}, chosen_day=request.GET.get("day", ""))
    asked = request.GET.get("add", "").replace("\x00", "").strip()
    found = search_loggable(member, asked, _FOUND) if asked else []
    submission = shown_with(request, member, week, Place.WEEK, shown.entries)
    context = {"page": page, "submission": submission, "words": words(), "asked": asked, "found": found}
    context["request_id"] = uuid.uuid4()
    if not shown.rows and not page.is_read_only:
        context |= first_steps(member)
    return render(request, "timesheets/week.html", context, status=status)


def _save_all(request: MemberRequest, week: Week) -> HttpResponse:
    """The whole table at once, for a browser without scripts. What is refused stays in its cell with the reason."""
    try:
        form_id = uuid.UUID(request.POST.get("request_id", ""))
    except ValueError:
        return HttpResponseBadRequest()
    saves: list[services.CellSave] = []
    parts: dict[str, CellPart] = {}
    for name, typed in request.POST.items():
        read = _read_field(name, week)
        if read is None:
            continue
        base, _slash, seen = request.POST.get(f"base-{name}", "/0").rpartition("/")
        try:
            minutes = parse_hours(str(typed))
        except NotADuration as error:
            parts[name] = CellPart(typed=str(typed), message=str(error.message))
            continue
        if str(minutes) != seen:
            project_id, work_type_id, task_id, day = read
            saves.append(
                services.CellSave(
                    project_id=project_id,
                    work_type_id=work_type_id,
                    task_id=task_id,
                    day=day,
                    minutes=minutes,
                    # One rendering of the form saves a cell's value once, however often it is sent.
                    client_id=uuid.uuid5(form_id, f"{name}={minutes}"),
                    base_revision=base,
                )
            )
    try:
        answers = services.save_cells(request.membership, saves, by=request.membership)
    except (NoSuchCell, RequestReused) as error:
        raise Http404 from error
    for save, answer in zip(saves, answers, strict=True):
        name = cell_name(save.slot_of(request.membership))
        if isinstance(answer, HoursRefusal):
            parts[name] = CellPart(typed=str(request.POST[name]), message=_explain(answer))
    _tell_notices(request, answers)
    if parts:
        return _show(request, request.membership, week, parts, status=422)
    messages.success(request, _("All is saved"))
    return HttpResponseRedirect(request.get_full_path())


def _tell_notices(request: MemberRequest, answers: Sequence[CellState | HoursRefusal]) -> None:
    """What the saves did beyond what was asked, and what to know of the hours, each once."""
    notices = [answer.notice for answer in answers if isinstance(answer, CellState) and answer.notice]
    for notice in dict.fromkeys(notices):
        messages.warning(request, notice)


def _explain(refusal: HoursRefusal) -> str:
    if isinstance(refusal, CellChanged):
        return _("%(reason)s Save again to keep what you wrote.") % {"reason": refusal.message}
    return refusal.message


def _read_field(name: str, week: Week) -> tuple[int, int, int | None, date] | None:
    """(project id, work type id, task id or None, day) of an input of this week; None for any other field."""
    match = _FIELD.fullmatch(name)
    if not match:
        return None
    try:
        day = date.fromisoformat(match[4])
    except ValueError:
        return None
    if day not in week.days:
        return None
    return int(match[1]), int(match[2]), int(match[3]) if match[3] else None, day
