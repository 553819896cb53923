"""What the week page's modules ask for: saving one cell, rows, and the search for what to put time on."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from busy.catalog.selectors import Choice
from busy.lib.durations import NotADuration, parse_hours, print_hours
from busy.lib.periods import Week
from busy.workspaces.doors import MemberRequest, employee_view
from timesheets import selectors, services
from timesheets.cells import CellState
from timesheets.errors import CellChanged, HoursRefusal, NoSuchCell, RequestReused
from timesheets.views.offers import offers
from timesheets.views.week_page import cell_name

_FOUND = 30

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class _Save(msgspec.Struct, forbid_unknown_fields=True):
    """One change of one cell. ``hours`` is what was typed, None leaves the hours as they are; so does ``note``.

    ``member`` is whose page it was typed on: another person may have signed in since, in another tab.
    """

    member: Id
    project: Id
    work_type: Id
    day: date
    client_id: uuid.UUID
    base: Annotated[str, msgspec.Meta(max_length=4000)]
    task: Id | None = None
    hours: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None


_decoder = msgspec.json.Decoder(_Save)


@employee_view
@require_POST
def save_cell(request: MemberRequest) -> HttpResponse:
    try:
        wanted = _decoder.decode(request.body)
    except msgspec.MsgspecError:
        return HttpResponseBadRequest()
    member = request.membership
    if wanted.member != member.pk:
        told = _("You are signed in as %(name)s now. These hours wait until their owner signs in here again.")
        return _refuse("other_member", told % {"name": member.user.get_full_name()}, 403)
    try:
        state = services.save_cell(
            member,
            wanted.project,
            wanted.work_type,
            wanted.day,
            services.UNCHANGED if wanted.hours is None else parse_hours(wanted.hours),
            client_id=wanted.client_id,
            base_revision=wanted.base,
            note=services.UNCHANGED if wanted.note is None else wanted.note.replace("\x00", ""),
            task_id=wanted.task,
            by=member,
        )
    except NotADuration as error:
        return _refuse("not_a_duration", str(error.message), 422)
    except CellChanged as changed:
        return _refuse(changed.code, changed.message, 409, cell=_json(changed.present))
    except HoursRefusal as refusal:
        return _refuse(refusal.code, refusal.message, 422)
    except NoSuchCell:
        return _refuse("missing", _("This project or work type is not there any more."), 404)
    except RequestReused:
        return HttpResponseBadRequest()
    week = selectors.week_sums(member, Week.of(wanted.day))
    return JsonResponse({"cell": _json(state), "days": {day.isoformat(): sum_ for day, sum_ in week.items()}})


@employee_view
@require_POST
def change_rows(request: MemberRequest, week: Week) -> HttpResponse:
    """Add, remove or copy rows. Scripts get JSON; a plain form comes back to the page."""
    member = request.membership
    by_script = "application/json" in request.headers.get("Accept", "")
    home = reverse("timesheets:week-of", kwargs={"workspace": request.workspace.slug, "week": week})
    try:
        if "copy" in request.POST:
            count = services.copy_last_weeks_rows(member, week, by=member)
            told = ngettext("%(count)s row came along.", "%(count)s rows came along.", count) % {"count": count}
        elif "remove" in request.POST:
            services.remove_row(member, week, *row_of(request.POST["remove"]), by=member)
            told = ""
        else:
            services.add_row(member, week, *row_of(request.POST.get("add", "")), by=member)
            told = ""
    except HoursRefusal as refusal:
        if by_script:
            return _refuse(refusal.code, refusal.message, 422)
        messages.error(request, refusal.message)
        return HttpResponseRedirect(home)
    except NoSuchCell as error:
        raise Http404 from error
    if by_script:
        return JsonResponse({"message": told})
    if told:
        messages.success(request, told)
    return HttpResponseRedirect(home)


@employee_view
@require_GET
def search(request: MemberRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    found = offers(
        request.membership,
        text,
        _FOUND,
        project_id=_number(request.GET.get("project", "")),
        work_type_id=_number(request.GET.get("work_type", "")),
    )
    return JsonResponse({"results": [_option(choice) | {"group": group} for choice, group in found]})


def row_of(text: str) -> tuple[int, int, int | None]:
    """``12-34`` is project 12 and work type 34, ``12-34-56`` has the task 56. Raises NoSuchCell for anything else."""
    match [_number(part) for part in text.split("-")]:
        case [int(project), int(work_type)]:
            return project, work_type, None
        case [int(project), int(work_type), int(task)]:
            return project, work_type, task
    raise NoSuchCell


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _option(choice: Choice) -> dict[str, Any]:
    customer, task = choice.project.customer, choice.task
    return {
        "value": choice.key,
        "label": choice.project.name,
        "detail": choice.detail,
        "color": choice.project.color,
        "work": choice.work_type.name,
        "task": task.name if task else "",
        "customer": customer.name if customer else "",
    }


def _json(state: CellState) -> dict[str, Any]:
    return {
        "key": cell_name(state.slot),
        "minutes": state.minutes,
        "text": print_hours(state.minutes) if state.minutes else "",
        "note": state.note,
        "revision": state.revision,
        "state": state.state,
        "notice": state.notice,
    }


def _refuse(code: str, message: str, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"error": code, "message": message, **more}, status=status)
