"""What the timeline's modules send: one step, a few moves that happen together."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.lib.durations import DAY
from busy.workspaces.doors import MemberRequest, employee_view
from timesheets import timeline_moves as moves
from timesheets.calendars.choices import KEY, made_from_events
from timesheets.errors import HoursRefusal, NoSuchCell, RequestReused
from timesheets.timeline import days_of, take_step
from timesheets.timeline_errors import EntryChanged, EntryGone
from timesheets.timeline_selectors import timeline_days
from timesheets.views.asked import YEARS, clean_text
from timesheets.views.timeline_page import days_json

_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Minute = Annotated[int, msgspec.Meta(ge=0, le=DAY)]
_Note = Annotated[str, msgspec.Meta(max_length=10_000)]
_Base = Annotated[str, msgspec.Meta(max_length=60)]
_Event = Annotated[str, msgspec.Meta(pattern=KEY.pattern)]
# Project and work type, and on a task-driven project the task (P19).
_On = Annotated[list[_Id], msgspec.Meta(min_length=2, max_length=3)]


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    day: date
    start: _Minute | None = None
    end: _Minute | None = None
    minutes: _Minute = 0

    def read(self) -> moves.Place:
        return moves.Place(day=self.day, start=self.start, end=self.end, minutes=self.minutes)


class _Create(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="create"):
    id: uuid.UUID
    place: _Place
    on: _On
    note: _Note = ""
    billable: bool | None = None
    billed: _Minute | None = None
    lunch: _Minute | None = None
    # P16. The event of the member's calendar that it is made from, and of which day: choices.KEY.
    event: _Event | None = None

    def read(self) -> moves.Create:
        return moves.Create(
            id=self.id,
            place=self.place.read(),
            project_id=self.on[0],
            work_type_id=self.on[1],
            task_id=_task_of(self.on),
            note=clean_text(self.note),
            is_billable=self.billable,
            billable_minutes=self.billed,
            lunch_minutes=self.lunch,
        )


class _Change(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="change"):
    id: uuid.UUID
    base: _Base
    place: _Place | None = None
    on: _On | None = None
    note: _Note | None = None
    billable: bool | None = None
    lunch: _Minute | None = None

    def read(self) -> moves.Change:
        return moves.Change(
            id=self.id,
            base=self.base,
            place=self.place.read() if self.place else None,
            on=(self.on[0], self.on[1]) if self.on else None,
            task_id=_task_of(self.on) if self.on else None,
            note=None if self.note is None else clean_text(self.note),
            is_billable=self.billable,
            lunch_minutes=self.lunch,
        )


class _Copy(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="copy"):
    id: uuid.UUID
    of: uuid.UUID
    place: _Place

    def read(self) -> moves.Copy:
        return moves.Copy(id=self.id, of=self.of, place=self.place.read())


class _Cut(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="cut"):
    id: uuid.UUID
    base: _Base
    at: _Minute
    rest: uuid.UUID

    def read(self) -> moves.Cut:
        return moves.Cut(id=self.id, base=self.base, at=self.at, rest_id=self.rest)


class _Delete(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="delete"):
    id: uuid.UUID
    base: _Base

    def read(self) -> moves.Delete:
        return moves.Delete(id=self.id, base=self.base)


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    """``member`` is whose page it was made on: another person may have signed in since, in another tab."""

    member: _Id
    id: uuid.UUID
    moves: Annotated[list[_Create | _Change | _Copy | _Cut | _Delete], msgspec.Meta(min_length=1, max_length=50)]


@employee_view
@require_POST
def save_step(request: MemberRequest) -> HttpResponse:
    """Answers with the days it touched, also when it refuses: what they hold now is what the page must show."""
    try:
        wanted = msgspec.json.decode(request.body, type=_Step)
    except msgspec.MsgspecError:
        return HttpResponseBadRequest()
    member = request.membership
    if wanted.member != member.pk:
        told = _("You are signed in as %(name)s now. These hours wait until their owner signs in here again.")
        message = told % {"name": member.user.get_full_name()}
        return JsonResponse({"error": "other_member", "message": message}, status=403)
    read = [move.read() for move in wanted.moves]
    if any(place.day.year not in YEARS for move in read for place in moves.places_of(move)):
        return HttpResponseBadRequest()
    try:
        step = take_step(member, read, request_id=wanted.id, by=member)
    except HoursRefusal as refusal:
        conflict = isinstance(refusal, EntryChanged | EntryGone)
        return _refuse(request, read, refusal.code, refusal.message, 409 if conflict else 422)
    except NoSuchCell:
        return _refuse(request, read, "missing", _("This project or work type is not there any more."), 422)
    except RequestReused:
        return HttpResponseBadRequest()
    made = {move.event: move.id for move in wanted.moves if isinstance(move, _Create) and move.event}
    made_from_events(member, made)
    days = days_json(timeline_days(member, step.days), member)
    return JsonResponse({"told": step.told, "caution": step.caution, "days": days})


def _refuse(request: MemberRequest, read: Sequence[moves.Move], code: str, message: str, status: int) -> JsonResponse:
    member = request.membership
    days = days_json(timeline_days(member, days_of(member, read)), member)
    return JsonResponse({"error": code, "message": message, "days": days}, status=status)


def _task_of(on: Sequence[int]) -> int | None:
    return on[2] if len(on) == 3 else None
