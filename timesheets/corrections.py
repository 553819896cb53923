"""An approver's correction of somebody's entry before it is approved (P22).

The same rules as for the person's own changes: locks, the length of a day, what may be logged on, revisions.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction

from busy.catalog.models import WorkType
from busy.workspaces.models import Membership
from timesheets import clock
from timesheets.approvers import may_approve_person, may_approve_project
from timesheets.models import TimeEntry
from timesheets.timeline import take_moves
from timesheets.timeline_book import revision_of
from timesheets.timeline_errors import EntryGone
from timesheets.timeline_moves import Change, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What an entry shall say, all of it. ``on`` is project, work type and task.

    ``billable_minutes`` is a write-down; None bills all of a billable entry's minutes.
    """

    on: tuple[int, int, int | None]
    minutes: int
    is_billable: bool
    billable_minutes: int | None
    note: str


def said_by(entry: TimeEntry) -> Correction:
    """What the entry says now."""
    return Correction(
        on=(entry.project_id, entry.work_type_id, entry.task_id),
        minutes=entry.minutes,
        is_billable=entry.is_billable,
        billable_minutes=entry.billable_minutes,
        note=entry.note,
    )


def entry_to_correct(client_id: uuid.UUID, *, by: Membership) -> TimeEntry:
    """The entry with all that a page about it shows.

    Raises EntryGone for what is not there, and for what is not ``by``'s to approve: both look alike.
    """
    found = TimeEntry.objects.select_related(
        "project__customer",
        "work_type",
        "task",
        "member__user",
        "member__workspace",
        "person_approval__approved_by__user",
        "project_approval__approved_by__user",
    )
    entry = found.filter(client_id=client_id).first()
    if entry is None or not _may_correct(by, entry):
        raise EntryGone
    return entry


@transaction.atomic
def correct_entry(
    client_id: uuid.UUID, wanted: Correction, *, base: str, request_id: uuid.UUID, by: Membership
) -> TimeEntry:
    """Make the entry say this. Answers with what it is then; what it says already is never refused.

    ``base`` is the revision that the correction was based on, ``request_id`` is made once per correction: a replay has
    no second effect. The history has it under ``by``.

    Raises HoursRefusal (Locked, EntryChanged, EntryGone, DayFull, NotLoggable, ...) with a sentence, NoSuchCell,
    RequestReused.
    """
    entry = entry_to_correct(client_id, by=by)
    project_id, work_type_id, task_id = wanted.on
    lunch = _lunch(entry, work_type_id)
    change = Change(
        id=client_id,
        base=base,
        place=_place(entry, wanted.minutes, lunch),
        on=(project_id, work_type_id),
        task_id=task_id,
        note=wanted.note,
        is_billable=wanted.is_billable,
        billable_minutes=wanted.billable_minutes if wanted.is_billable else None,
        writes_down=True,
        lunch_minutes=lunch,
    )
    take_moves(entry.member, [change], request_id=request_id, by=by)
    # Not asked for the right again: who moves an entry to a project of somebody else has done so.
    return TimeEntry.objects.select_related("member__user").get(client_id=client_id)


def base_of(entry: TimeEntry) -> str:
    return revision_of(entry)


def _may_correct(by: Membership, entry: TimeEntry) -> bool:
    return may_approve_person(by, entry.member) or may_approve_project(by, entry.project_id)


def _lunch(entry: TimeEntry, work_type_id: int) -> int:
    """What the entry has stays, but nothing is deducted from absence (P20)."""
    if not entry.lunch_minutes or work_type_id == entry.work_type_id:
        return entry.lunch_minutes
    wanted = WorkType.objects.filter(pk=work_type_id).first()
    return 0 if wanted is not None and wanted.is_absence else entry.lunch_minutes


def _place(entry: TimeEntry, minutes: int, lunch: int) -> Place | None:
    """The hours are what was said; the end follows the start where the day is long enough, else no times are known."""
    if (minutes, lunch) == (entry.minutes, entry.lunch_minutes):
        return None
    if entry.start_time is not None:
        start = clock.minute_of(entry.start_time)
        end = clock.end_after(entry.day, start, minutes + lunch, entry.member.workspace.zone)
        if end is not None:
            return Place(day=entry.day, start=start, end=end)
    return Place(day=entry.day, minutes=minutes)
