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
from busy.workspaces.models import Membership
from timesheets import selectors, services
from timesheets.billing import Billing
from timesheets.cells import CellState
from timesheets.errors import CellChanged, HoursRefusal, NoSuchCell, RequestReused
from timesheets.views.offers import offers
from timesheets.views.week_page import cell_name

_FOUND = 30

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Hours = Annotated[str, msgspec.Meta(max_length=400)]


class _Cell(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One change of one cell. ``hours`` is what was typed, None leaves the hours as they are; so does ``note``.

    ``billable`` None leaves the billing as it is; ``billed`` are the hours that a write-down leaves, "" bills all.
    """

    project: Id
    work_type: Id
    day: date
    client_id: uuid.UUID
    base: Annotated[str, msgspec.Meta(max_length=4000)]
    task: Id | None = None
    hours: Hours | None = None
    note: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None
    billable: bool | None = None
    billed: Hours | None = None

    @property
    def billing(self) -> Billing | services.Unchanged:
        if self.billable is None:
            return services.UNCHANGED
        billed = (self.billed or "").strip()
        return Billing(self.billable, parse_hours(billed) if billed else None)


class _Save(_Cell, forbid_unknown_fields=True, kw_only=True):
    """``member`` is whose page it was typed on: another person may have signed in since, in another tab."""

    member: Id


class _Saves(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The cells of one act, as pasting a block."""

    member: Id
    cells: Annotated[list[_Cell], msgspec.Meta(min_length=1, max_length=400)]


_decoder = msgspec.json.Decoder(_Save)
_decoder_of_many = msgspec.json.Decoder(_Saves)
_Answer = tuple[int, dict[str, Any] | None]


@employee_view
@require_POST
def save_cell(request: MemberRequest) -> HttpResponse:
    try:
        wanted = _decoder.decode(request.body)
    except msgspec.MsgspecError:
        return HttpResponseBadRequest()
    if wanted.member != request.membership.pk:
        return _other_member(request)
    status, body = _save(request.membership, wanted, alone=True)
    if body is None:
        return HttpResponseBadRequest()
    if status == 200:
        body["days"] = _days(request.membership, wanted.day)
    return JsonResponse(body, status=status)


@employee_view
@require_POST
def save_cells(request: MemberRequest) -> HttpResponse:
    """Each cell by itself, as save_cell answers it: a refused one keeps no other from being saved."""
    try:
        wanted = _decoder_of_many.decode(request.body)
    except msgspec.MsgspecError:
        return HttpResponseBadRequest()
    member = request.membership
    if wanted.member != member.pk:
        return _other_member(request)
    services.lock_hours(member, [cell.day for cell in wanted.cells])
    answers = [_save(member, cell) for cell in wanted.cells]
    saved = [body for status, body in answers if status == 200 and body is not None]
    if saved:
        saved[-1]["days"] = _days(member, wanted.cells[0].day)
    return JsonResponse({"answers": [{"status": status, "body": body} for status, body in answers]})


def _save(member: Membership, wanted: _Cell, *, alone: bool = False) -> _Answer:
    """Status and body of one cell's answer; no body where the sender is broken."""
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
            billing=wanted.billing,
            task_id=wanted.task,
            by=member,
            alone=alone,
        )
    except NotADuration as error:
        return 422, {"error": "not_a_duration", "message": str(error.message)}
    except CellChanged as changed:
        return 409, {"error": changed.code, "message": changed.message, "cell": _json(changed.present)}
    except HoursRefusal as refusal:
        return 422, {"error": refusal.code, "message": refusal.message}
    except NoSuchCell:
        return 404, {"error": "missing", "message": _("This project or work type is not there any more.")}
    except RequestReused:
        return 400, None
    return 200, {"cell": _json(state)}


def _other_member(request: MemberRequest) -> JsonResponse:
    told = _("You are signed in as %(name)s now. These hours wait until their owner signs in here again.")
    return _refuse("other_member", told % {"name": request.membership.user.get_full_name()}, 403)


def _days(member: Membership, day: date) -> dict[str, int]:
    return {each.isoformat(): sum_ for each, sum_ in selectors.week_sums(member, Week.of(day)).items()}


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
        # None: not asked for, so what stands there still holds.
        "remark": {"sign": state.remark.sign, "text": state.remark.text} if state.remark else None,
        "entries": state.entries,
        "billable": state.billing.is_billable if state.billing else None,
        "billed": print_hours(state.billing.minutes) if state.billing and state.billing.minutes is not None else "",
    }


def _refuse(code: str, message: str, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"error": code, "message": message, **more}, status=status)
