"""Writes of the timeline: entries are made, moved, resized, copied, cut, changed and deleted, one step at a time.

A step is a few moves that happen together or not at all. Times are minutes from midnight in the workspace's zone (see
clock.py); minutes of work follow from them. What passes midnight becomes two entries. Entries may overlap. The client
undoes a step by sending its inverse; a deleted entry comes back by making it again under its own id.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.lib.durations import DAY
from busy.lib.events import publish
from busy.lib.written import written_day
from busy.workspaces.models import Membership
from timesheets import rules
from timesheets.elapsed import keep_to_the_past
from timesheets.errors import RequestReused
from timesheets.events import Cell, HoursChanged
from timesheets.loggable import ensure_loggable
from timesheets.lunch import deducted_minutes
from timesheets.models import CellChange, TimeEntry
from timesheets.remarks import ProjectDates, remarks_of, sentences
from timesheets.services import lock_days, period_locks
from timesheets.time_settings import time_settings
from timesheets.timeline_book import Book
from timesheets.timeline_errors import DayFull
from timesheets.timeline_moves import Change, Copy, Create, Cut, Delete, Move, places_of

_SAVED = (
    "project",
    "work_type",
    "task",
    "day",
    "minutes",
    "start_time",
    "end_time",
    "lunch_minutes",
    "note",
    "is_billable",
    "billable_minutes",
    "submitted_at",
    "revision",
    "changed_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step touched. ``told`` says what happened beyond what was asked, ``caution`` what to know of the hours."""

    days: tuple[date, ...]
    told: str = ""
    caution: str = ""


@transaction.atomic
def take_step(member: Membership, moves: Sequence[Move], *, request_id: uuid.UUID, by: Membership) -> Step:
    """Do all the moves, or none. ``member.workspace`` must be loaded.

    ``request_id`` is made once per step, before the first attempt to send it: a replay has no second effect. Each move
    says what revision it is based on; ``by`` is who makes it. What is the case already is never refused.

    Raises HoursRefusal (Locked, EntryChanged, EntryGone, DayFull, NotLoggable, NoSuchTime, ...) with a sentence,
    NoSuchCell, NotTheirs, RequestReused.
    """
    rules.ensure_may_change(member, by)
    return take_moves(member, moves, request_id=request_id, by=by)


@transaction.atomic
def take_moves(member: Membership, moves: Sequence[Move], *, request_id: uuid.UUID, by: Membership) -> Step:
    """As take_step, for who has asked by other rules whether ``by`` may: approvers correct what they approve (P22)."""
    days = days_of(member, moves)
    lock_days(member, days)
    done = CellChange.objects.filter(request_id=request_id).first()
    if done is not None:
        if done.member_id != member.pk:
            raise RequestReused(str(request_id))
        return Step(days=days)
    lunch = deducted_minutes(time_settings())
    book = Book(member, _entries_of(member, days), period_locks(member, days), request_id, lunch)
    for move in moves:
        _take(book, move)
    caution = ""
    if book.touched:
        grown = _ensure_room(member, book)
        _record(book, request_id, by)
        keep_to_the_past([*book.changed, *book.created], member.workspace.zone)
        _write(book)
        publish(HoursChanged(member.workspace_id, cells=book.touched_cells))
        caution = _caution(member, grown)
    return Step(days=days, told=_told(book.split_on), caution=caution)


def _take(book: Book, move: Move) -> None:
    match move:
        case Create():
            book.create(move)
        case Change():
            book.change(move)
        case Copy():
            book.copy(move)
        case Cut():
            book.cut(move)
        case Delete():
            book.delete(move)


def days_of(member: Membership, moves: Sequence[Move]) -> tuple[date, ...]:
    """Every day that a move takes from or puts on. An entry that leaves its day before it is locked is a conflict."""
    days = {day for move in moves for place in places_of(move) for day in place.days}
    ids = {id_ for move in moves for id_ in ([move.id, move.of] if isinstance(move, Copy) else [move.id])}
    days |= set(TimeEntry.objects.filter(member=member, client_id__in=ids).values_list("day", flat=True))
    return tuple(sorted(days))


def _entries_of(member: Membership, days: Collection[date]) -> list[TimeEntry]:
    """Locked against approvals and orders, by primary key as those lock them too."""
    return list(
        TimeEntry.objects.filter(member=member, day__in=days)
        .select_related(
            "project",
            "work_type",
            "person_approval__approved_by__user",
            "project_approval__approved_by__user",
        )
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )


def _ensure_room(member: Membership, book: Book) -> dict[Cell, ProjectDates]:
    """What is there may always be reduced; more needs room in the day and a project that takes it: the cells that have
    more."""
    for day, (before, after) in book.day_sums().items():
        if after > before and after > DAY:
            raise DayFull(day, after)
    grown = {}
    for slot, (before, after) in sorted(book.slot_sums().items(), key=lambda item: item[0].place):
        if after > before:
            place = ensure_loggable(member, slot.cell.project_id, slot.cell.work_type_id, slot.task_id)
            grown[slot.cell] = ProjectDates.of(place.project)
    return grown


def _caution(member: Membership, grown: Mapping[Cell, ProjectDates]) -> str:
    if not grown:
        return ""
    entries = TimeEntry.objects.filter(member=member, day__in={cell.day for cell in grown})
    found = remarks_of(entries, grown.items())
    return sentences(found.get(cell) for cell in grown)


def _record(book: Book, request_id: uuid.UUID, by: Membership) -> None:
    """One row per slot, the first under the request's own id, by which a replay is recognised."""
    sums = book.slot_sums()
    changes = [
        CellChange(
            workspace_id=by.workspace_id,
            request_id=uuid.uuid5(request_id, str(number)) if number else request_id,
            member_id=slot.cell.member_id,
            project_id=slot.cell.project_id,
            work_type_id=slot.cell.work_type_id,
            task_id=slot.task_id,
            day=slot.cell.day,
            minutes_before=sums[slot][0],
            minutes_after=sums[slot][1],
            note_changed=slot in book.noted,
            changed_by=by,
        )
        for number, slot in enumerate(sorted(book.touched, key=lambda slot: slot.place))
    ]
    try:
        with transaction.atomic():
            CellChange.objects.bulk_create(changes)
    except IntegrityError as error:  # the same request came with other days at once
        raise RequestReused(str(request_id)) from error


def _write(book: Book) -> None:
    now = timezone.now()
    TimeEntry.objects.filter(pk__in=[entry.pk for entry in book.deleted]).delete()
    for entry in book.changed:
        entry.revision += 1
        entry.changed_at = now
        entry.save(update_fields=_SAVED)
    try:
        with transaction.atomic():
            TimeEntry.objects.bulk_create(book.created)
    except IntegrityError as error:  # an entry of another day, or of another member, has the id
        raise RequestReused(", ".join(str(entry.client_id) for entry in book.created)) from error


def _told(split_on: Sequence[date]) -> str:
    if not split_on:
        return ""
    return _("Midnight lies between: the part after it is on %(day)s.") % {
        "day": written_day(split_on[0] + timedelta(days=1))
    }
