"""The timer's acts: start, stop, change, save what waits, throw away, undo (P15).

Each names the timer by the id that was made in the browser, so that a replay has no second effect, and says when the
click was: what was done without a connection counts from then, whenever it arrives. A person's acts follow one another
under one lock, and the database holds that one timer runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from busy.workspaces.models import Membership
from busy.workspaces.scope import current_workspace_id, scope
from timesheets import timer_rules
from timesheets.errors import HoursRefusal, Locked, NoSuchCell, RequestReused
from timesheets.loggable import ensure_loggable
from timesheets.models import TimeEntry, Timer
from timesheets.rules import LockReason
from timesheets.timeline import take_step
from timesheets.timeline_book import revision_of
from timesheets.timeline_errors import EntryChanged, EntryGone
from timesheets.timeline_moves import Create, Delete, Place
from timesheets.timer_errors import (
    AnotherTimerRuns,
    NoProjectChosen,
    RanTooLong,
    StartsTooLate,
    StopsTooLate,
    TimerGone,
)
from timesheets.timer_selectors import next_start, running_timer

# Project, work type, and the task on a task-driven project (P19).
On = tuple[int, int, int | None]

# An offline click may be told much later; what is older than this is a clock that went wrong.
OLDEST = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an act did to a timer. ``told`` is a sentence for the person, "" when nothing needs to be said.

    ``caution`` says what to know of the hours that were saved, and is part of ``told``.
    ``entries`` are the ids of what was saved. ``refusal`` says why stopped time could not be saved: it is kept in the
    timer. ``lock`` is set when that is a lock. ``can_undo``: the act can be taken back.
    """

    timer: Timer
    told: str = ""
    entries: tuple[uuid.UUID, ...] = ()
    refusal: HoursRefusal | None = None
    can_undo: bool = False
    caution: str = ""

    @property
    def lock(self) -> LockReason | None:
        return self.refusal.reason if isinstance(self.refusal, Locked) else None


@transaction.atomic
def start(member: Membership, timer_id: uuid.UUID, *, at: datetime, on: On | None = None, note: str = "") -> Outcome:
    """Start a timer at the instant of the click. One that runs already, in any workspace, is stopped then and saved.

    A project that takes no time any more does not keep the timer from starting: it starts without one, and says so.
    A start that arrives after a later one of another device becomes time that ended there. Raises RequestReused.
    """
    _take_turns(member.user_id)
    known = Timer.objects.filter(client_id=timer_id).first()
    if known is not None:
        if known.member_id != member.pk:
            raise RequestReused(str(timer_id))
        return Outcome(timer=known)
    at = _believable(at)
    told = []
    if on is not None and (why := _why_not_on(member, on)):
        on = None
        told.append(why)
    running = running_timer(member.user_id)
    if running is not None and running.started_at <= at:
        told.append(_stop_wherever(running, at, member).told)
    for late in Timer.objects.filter(member=member, was_cut=True, started_at__lte=at, stopped_at__gt=at):
        told.append(_stop_earlier(_own(member, late.client_id), at, member).told)
    ended = next_start(member.user_id, at)
    timer = Timer(
        client_id=timer_id,
        member=member,
        user_id=member.user_id,
        project_id=on[0] if on else None,
        work_type_id=on[1] if on else None,
        task_id=on[2] if on else None,
        note=note.strip(),
        started_at=at,
        stopped_at=ended,
        was_cut=ended is not None,
    )
    timer.save()
    if ended is None:
        return Outcome(timer=timer, told=_joined(told))
    settled = _settle(timer, member)
    told += [_("Another timer was started after this one, on another device, and ended it."), settled.told]
    return Outcome(timer=timer, told=_joined(told), entries=settled.entries, refusal=settled.refusal)


@transaction.atomic
def stop(member: Membership, timer_id: uuid.UUID, *, at: datetime) -> Outcome:
    """Stop the timer and save its time, an entry for each local day. One that is stopped already stays as it is.

    What cannot be saved, for want of a project or because the day is locked, is kept in the stopped timer, and the
    outcome says why. Less than a minute is thrown away. Raises TimerGone for what is not there.
    """
    _take_turns(member.user_id)
    timer = _own(member, timer_id)
    at = _believable(at)
    if timer.was_cut and timer.stopped_at is not None and at < timer.stopped_at:
        return _stop_earlier(timer, at, member)
    if not timer.is_running:
        return Outcome(timer=timer)
    return _stop(timer, at, member)


@transaction.atomic
def stop_at(member: Membership, timer_id: uuid.UUID, *, at: datetime) -> Outcome:
    """Stop a forgotten timer at an earlier instant that the person names. Raises StopsTooLate, TimerGone."""
    _take_turns(member.user_id)
    timer = _own(member, timer_id)
    if not timer.is_running:
        return Outcome(timer=timer)
    if at <= timer.started_at or at > timezone.now():
        raise StopsTooLate
    return _stop(timer, at, member)


@transaction.atomic
def change(
    member: Membership,
    timer_id: uuid.UUID,
    *,
    on: On | None = None,
    note: str | None = None,
    started: datetime | None = None,
    stopped: datetime | None = None,
) -> Outcome:
    """Choose what an open timer is about, or move its start, or the stop of a stopped one; None leaves it as it is.

    Raises TimerGone, StartsTooLate, StopsTooLate, NotLoggable, NoSuchCell.
    """
    _take_turns(member.user_id)
    timer = _own(member, timer_id)
    if not timer.is_open:
        raise TimerGone
    now = timezone.now()
    if on is not None and on != timer.on:
        ensure_loggable(member, *on)
        timer.project_id, timer.work_type_id, timer.task_id = on
    if note is not None:
        timer.note = note.strip()
    if started is not None:
        timer.started_at = started
    if stopped is not None and not timer.is_running:
        if stopped > now or stopped <= timer.started_at:
            raise StopsTooLate
        timer.stopped_at = stopped
    if timer.started_at > now or (timer.stopped_at is not None and timer.started_at >= timer.stopped_at):
        raise StartsTooLate
    timer.save(update_fields=["project", "work_type", "task", "note", "started_at", "stopped_at"])
    return Outcome(timer=timer)


@transaction.atomic
def save(member: Membership, timer_id: uuid.UUID) -> Outcome:
    """Save a stopped timer's time as it stands now. The outcome says why where it cannot be. Raises TimerGone."""
    _take_turns(member.user_id)
    timer = _own(member, timer_id)
    if timer.is_running or not timer.is_open:
        return Outcome(timer=timer)
    return _settle(timer, member)


@transaction.atomic
def discard(member: Membership, timer_id: uuid.UUID) -> Outcome:
    """Throw the time away; undo brings it back. Raises TimerGone for what is not there."""
    _take_turns(member.user_id)
    timer = _own(member, timer_id)
    if not timer.is_open:
        return Outcome(timer=timer)
    now = timezone.now()
    until = timer.stopped_at or now
    _close(timer, stopped_at=max(until, timer.started_at), is_saved=False)
    told = _("The timer is thrown away: %(hours)s h are not saved.") % {"hours": _hours(timer.started_at, until)}
    return Outcome(timer=timer, told=told, can_undo=True)


@transaction.atomic
def undo(member: Membership, timer_id: uuid.UUID, *, runs: bool) -> Outcome:
    """Take a stop or a discard back: what was saved is deleted, and the timer runs on, or waits again without ``runs``.

    Raises AnotherTimerRuns; EntryChanged and Locked when something was done to the entries since; TimerGone.
    """
    _take_turns(member.user_id)
    timer = _own(member, timer_id)
    if timer.is_running or (timer.is_open and not runs):
        return Outcome(timer=timer)
    if runs and running_timer(member.user_id) is not None:
        raise AnotherTimerRuns
    if timer.is_saved:
        _delete_entries(timer, member)
    timer.closed_at = None
    timer.is_saved = False
    timer.refusal = ""
    timer.round += 1
    if runs:
        timer.stopped_at = None
        timer.was_cut = False
    timer.save(update_fields=["stopped_at", "closed_at", "is_saved", "refusal", "round", "was_cut"])
    told = _("The timer runs on.") if runs else _("The time waits again.")
    return Outcome(timer=timer, told=told)


def entry_ids_of(timer: Timer, places: Sequence[Place]) -> list[uuid.UUID]:
    """The ids of the entries that a timer becomes: the same whenever they are asked for."""
    return [uuid.uuid5(timer.client_id, f"{timer.round} {place.day}") for place in places]


def _take_turns(user_id: int) -> None:
    """One act of a person's timer at a time, until the transaction ends: two tabs that start never make two."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"timer {user_id}"])


def _own(member: Membership, timer_id: uuid.UUID) -> Timer:
    found = Timer.objects.filter(member=member, client_id=timer_id)
    timer = found.select_related("project", "work_type", "task").first()
    if timer is None:
        raise TimerGone
    return timer


def _believable(at: datetime) -> datetime:
    now = timezone.now()
    return min(max(at, now - OLDEST), now)


def _why_not_on(member: Membership, on: On) -> str:
    """A sentence when the timer has to start without the project, "" when it can have it."""
    try:
        ensure_loggable(member, *on)
    except HoursRefusal as refusal:
        return _("%(reason)s The timer runs without a project.") % {"reason": refusal.message}
    except NoSuchCell:
        return _("This project or work type is not there any more. The timer runs without a project.")
    return ""


def _stop_wherever(timer: Timer, at: datetime, member: Membership) -> Outcome:
    """Stop the person's running timer, which another workspace may have: there it is saved by its own clock."""
    if timer.workspace_id == current_workspace_id():
        return _cut(_own(member, timer.client_id), at, member)
    with scope(timer.workspace_id):
        other = Membership.objects.select_related("user", "workspace").get(pk=timer.member_id)
        if not other.is_active:
            # Who may not come in there any more writes no hours there; the row keeps what was recorded.
            _close(timer, stopped_at=max(at, timer.started_at), is_saved=False)
            return Outcome(timer=timer)
        with timezone.override(ZoneInfo(other.workspace.zone)):
            outcome = _cut(_own(other, timer.client_id), at, other)
    told = _("In %(workspace)s: %(told)s") % {"workspace": other.workspace.name, "told": outcome.told}
    return Outcome(timer=outcome.timer, told=told, refusal=outcome.refusal)


def _stop(timer: Timer, at: datetime, member: Membership) -> Outcome:
    timer.stopped_at = max(at, timer.started_at)
    timer.save(update_fields=["stopped_at"])
    if timer.stopped_at - timer.started_at < timer_rules.SHORTEST:
        _close(timer, stopped_at=timer.stopped_at, is_saved=False)
        return Outcome(timer=timer, told=_("The timer ran for less than a minute. Nothing is saved."), can_undo=True)
    return _settle(timer, member)


def _cut(timer: Timer, at: datetime, member: Membership) -> Outcome:
    """Stop it for the start of another."""
    timer.was_cut = True
    timer.save(update_fields=["was_cut"])
    return _stop(timer, at, member)


def _stop_earlier(timer: Timer, at: datetime, member: Membership) -> Outcome:
    """A click arrives that was made before the start of another had ended it: it ended then."""
    if timer.is_saved:
        try:
            _delete_entries(timer, member)
        except HoursRefusal:
            # What was done with the entries since, by the person or an approver, is the last word on them.
            return Outcome(timer=timer)
    timer.closed_at = None
    timer.is_saved = False
    timer.round += 1
    timer.save(update_fields=["closed_at", "is_saved", "round"])
    return _stop(timer, at, member)


def _settle(timer: Timer, member: Membership) -> Outcome:
    """Make entries of stopped time, or keep it and say why not."""
    assert timer.stopped_at is not None
    refusal: HoursRefusal
    try:
        places, caution = _save_entries(timer, member)
    except HoursRefusal as error:
        refusal = error
    except NoSuchCell:
        refusal = NoProjectChosen()
    else:
        _close(timer, stopped_at=timer.stopped_at, is_saved=True)
        ids = tuple(entry_ids_of(timer, places))
        saved = list(TimeEntry.objects.filter(client_id__in=ids))
        told = _joined([_told_saved(timer, saved), caution])
        return Outcome(timer=timer, told=told, entries=ids, can_undo=True, caution=caution)
    timer.refusal = "" if isinstance(refusal, NoProjectChosen) else refusal.message
    timer.save(update_fields=["refusal"])
    kept = {"hours": _hours(timer.started_at, timer.stopped_at), "reason": refusal.message}
    told = _("%(hours)s h are kept, not saved yet. %(reason)s") % kept
    return Outcome(timer=timer, told=told, refusal=refusal)


def _save_entries(timer: Timer, member: Membership) -> tuple[tuple[Place, ...], str]:
    """The places in time, and what to know of these hours."""
    if timer.on is None:
        raise NoProjectChosen
    if timer.stopped_at is None or timer.stopped_at - timer.started_at > timer_rules.LONGEST:
        raise RanTooLong
    places = timer_rules.places_of(timer.started_at, timer.stopped_at, member.workspace.zone)
    project_id, work_type_id, task_id = timer.on
    moves = [
        Create(
            id=id_,
            place=place,
            project_id=project_id,
            work_type_id=work_type_id,
            task_id=task_id,
            note=timer.note,
            # The lunch is the first day's, as of an entry that is drawn over midnight (P20).
            lunch_minutes=None if place is places[0] else 0,
        )
        for id_, place in zip(entry_ids_of(timer, places), places, strict=True)
    ]
    step = take_step(member, moves, request_id=uuid.uuid4(), by=member)
    return tuple(places), step.caution


def _delete_entries(timer: Timer, member: Membership) -> None:
    """Only as they were saved: what somebody changed since is theirs."""
    assert timer.stopped_at is not None
    places = timer_rules.places_of(timer.started_at, timer.stopped_at, member.workspace.zone)
    entries = list(TimeEntry.objects.filter(member=member, client_id__in=entry_ids_of(timer, places)))
    if len(entries) < len(places):
        raise EntryGone
    for entry in entries:
        if entry.revision > 1:
            raise EntryChanged(entry)
    moves = [Delete(id=entry.client_id, base=revision_of(entry)) for entry in entries]
    take_step(member, moves, request_id=uuid.uuid4(), by=member)


def _close(timer: Timer, *, stopped_at: datetime, is_saved: bool) -> None:
    timer.stopped_at = stopped_at
    timer.closed_at = timezone.now()
    timer.is_saved = is_saved
    timer.refusal = ""
    timer.save(update_fields=["stopped_at", "closed_at", "is_saved", "refusal"])


def _told_saved(timer: Timer, saved: Sequence[TimeEntry]) -> str:
    """The hours as they stand now: what was deducted for lunch is said beside them (P20)."""
    assert timer.project is not None
    assert timer.work_type is not None
    lunch = sum(entry.lunch_minutes for entry in saved)
    facts = {
        "project": timer.project.name,
        "work_type": timer.work_type.name,
        "hours": print_hours(sum(entry.minutes for entry in saved)),
        "n": len(saved),
    }
    told = [_("%(project)s, %(work_type)s: %(hours)s h saved.") % facts]
    if len(saved) > 1:
        told = [
            _(
                "%(project)s, %(work_type)s: %(hours)s h saved."
                " Midnight lies between, so each of the %(n)s days has its own."
            )
            % facts
        ]
    if lunch:
        told.append(_("%(minutes)s min of lunch are deducted.") % {"minutes": lunch})
    return _joined(told)


def _hours(started: datetime, until: datetime) -> str:
    return print_hours(timer_rules.elapsed_minutes(started, until))


def _joined(sentences: Sequence[str]) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
