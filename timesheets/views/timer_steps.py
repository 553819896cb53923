"""What the timer's module sends: one act, as it was clicked, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import Annotated

import msgspec
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.lib.durations import DAY
from busy.workspaces.doors import MemberRequest, employee_view
from busy.workspaces.models import Membership
from timesheets import clock
from timesheets import timer as acts
from timesheets.errors import HoursRefusal, NoSuchCell, RequestReused
from timesheets.timeline_errors import NoSuchTime
from timesheets.timer_selectors import open_timers
from timesheets.views.asked import YEARS, clean_text
from timesheets.views.timer_state import outcome_json, state_of

_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Note = Annotated[str, msgspec.Meta(max_length=10_000)]
# How long ago the click was, by the browser's own clock: right also where that clock is set wrong.
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=400 * 24 * 3600)]
_WallTime = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]
# Project and work type, and on a task-driven project the task (P19).
_On = Annotated[list[_Id], msgspec.Meta(min_length=2, max_length=3)]


class NotAWallTime(ValueError):
    """The text is no date and time of a calendar of work."""


class _Start(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="start"):
    timer: uuid.UUID
    ago: _Seconds
    on: _On | None = None
    note: _Note = ""

    def act(self, member: Membership) -> acts.Outcome:
        return acts.start(member, self.timer, at=_instant(self.ago), on=_read_on(self.on), note=clean_text(self.note))


class _Stop(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="stop"):
    timer: uuid.UUID
    ago: _Seconds

    def act(self, member: Membership) -> acts.Outcome:
        return acts.stop(member, self.timer, at=_instant(self.ago))


class _StopAt(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="stop_at"):
    timer: uuid.UUID
    at: _WallTime

    def act(self, member: Membership) -> acts.Outcome:
        return acts.stop_at(member, self.timer, at=read_wall_time(self.at, member.workspace.zone))


class _Change(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="change"):
    timer: uuid.UUID
    on: _On | None = None
    note: _Note | None = None
    started: _WallTime | None = None
    stopped: _WallTime | None = None

    def act(self, member: Membership) -> acts.Outcome:
        zone = member.workspace.zone
        return acts.change(
            member,
            self.timer,
            on=_read_on(self.on),
            note=None if self.note is None else clean_text(self.note),
            started=read_wall_time(self.started, zone) if self.started else None,
            stopped=read_wall_time(self.stopped, zone) if self.stopped else None,
        )


class _Save(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="save"):
    timer: uuid.UUID

    def act(self, member: Membership) -> acts.Outcome:
        return acts.save(member, self.timer)


class _Discard(msgspec.Struct, forbid_unknown_fields=True, tag_field="do", tag="discard"):
    timer: uuid.UUID

    def act(self, member: Membership) -> acts.Outcome:
        return acts.discard(member, self.timer)


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    """``member`` is whose page it was clicked on: another person may have signed in since, in another tab."""

    member: _Id
    act: _Start | _Stop | _StopAt | _Change | _Save | _Discard


_decoder = msgspec.json.Decoder(_Sent)


@employee_view
@require_POST
def take_act(request: MemberRequest) -> HttpResponse:
    """Answers with every open timer, also when it refuses."""
    try:
        sent = _decoder.decode(request.body)
    except msgspec.MsgspecError:
        return HttpResponseBadRequest()
    member = request.membership
    if sent.member != member.pk:
        told = _("You are signed in as %(name)s now. These hours wait until their owner signs in here again.")
        message = told % {"name": member.user.get_full_name()}
        return JsonResponse({"error": "other_member", "message": message}, status=403)
    try:
        outcome = sent.act.act(member)
    except HoursRefusal as refusal:
        return _refuse(member, refusal.code, refusal.message)
    except NoSuchCell:
        return _refuse(member, "missing", _("This project or work type is not there any more."))
    except (NotAWallTime, RequestReused):
        return HttpResponseBadRequest()
    return JsonResponse(outcome_json(outcome, member))


def read_wall_time(text: str, zone: str) -> datetime:
    """The instant of ``2026-11-17T09:30`` in the zone; of a time that occurs twice, the first.

    Raises NotAWallTime, and NoSuchTime where the clock skips it.
    """
    try:
        wall = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotAWallTime(text) from error
    if wall.tzinfo is not None or wall.year not in YEARS:
        raise NotAWallTime(text)
    minute = clock.minute_of(time(wall.hour, wall.minute))
    shift = clock.shift_of(wall.date(), zone)
    if shift is not None and shift.skips(minute % DAY):
        raise NoSuchTime(wall.date(), minute, shift)
    return clock.instant_of(wall.date(), minute, zone)


def _refuse(member: Membership, code: str, message: str) -> JsonResponse:
    state = state_of(member, open_timers(member), timezone.now())
    return JsonResponse({"error": code, "message": message, "state": state}, status=422)


def _read_on(on: list[int] | None) -> acts.On | None:
    return (on[0], on[1], on[2] if len(on) > 2 else None) if on else None


def _instant(ago: float) -> datetime:
    return timezone.now() - timedelta(seconds=ago)
