"""Writes of hours: check, change, record, announce, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.catalog.models import Project
from busy.lib.durations import print_hours
from busy.lib.events import publish
from busy.lib.periods import Week
from busy.workspaces.models import Membership
from busy.workspaces.scope import current_workspace_id
from timesheets import clock, rules, selectors
from timesheets.billing import Billing, billing_of, change_billing
from timesheets.cells import CellState, cell_state
from timesheets.elapsed import keep_to_the_past
from timesheets.errors import (
    CellChanged,
    HoursRefusal,
    Locked,
    NoteWithoutHours,
    PartlyLocked,
    RequestReused,
    RowHasHours,
    SeveralEntries,
    SeveralNotes,
)
from timesheets.events import Cell, HoursChanged
from timesheets.loggable import Place, ensure_loggable, ensure_open, places
from timesheets.models import Approval, ApprovalKind, CellChange, TimeEntry, WeekRow
from timesheets.remarks import ProjectDates, Remark, remarks_of, sentences
from timesheets.slots import Slot
from timesheets.week_gate import pass_to_write


class Unchanged(Enum):
    """Says that a save leaves the hours or the note as they are."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


def save_cell(
    member: Membership,
    project_id: int,
    work_type_id: int,
    day: date,
    minutes: int | Unchanged,
    *,
    client_id: uuid.UUID,
    base_revision: str,
    note: str | Unchanged = UNCHANGED,
    billing: Billing | Unchanged = UNCHANGED,
    task_id: int | None = None,
    by: Membership,
    alone: bool = False,
) -> CellState:
    """Make the cell hold so many minutes, the note and what is billed; 0 minutes delete the hours.

    Answers with what it holds now.
    ``billing`` says what of the hours is billed, for a cell of one entry; hours that go to 0 take it along.
    ``task_id`` is the row's task on a task-driven project (P19): each task has a cell of its own.
    ``client_id`` is made once per change, before the first attempt to send it: a replay has no second effect and
    answers with the present state. ``base_revision`` is what the change was based on; ``by`` is who makes it.
    ``alone``: the transaction around is for this save only, and a refusal ends it; that saves two statements.

    Raises HoursRefusal (Locked, CellChanged, DayTooLong, NotLoggable, ...) with a sentence, NoSuchCell, NotTheirs,
    RequestReused. Saving what the cell holds already is never refused.
    """
    rules.ensure_may_change(member, by)
    change = _Change(
        slot=Slot(Cell(member.pk, project_id, work_type_id, day), task_id),
        minutes=minutes,
        note=note,
        billing=billing,
        client_id=client_id,
        base_revision=base_revision,
    )
    with transaction.atomic(savepoint=not alone):
        lock_days(member, [day])
        return _make(change, member, by)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """As the arguments of ``save_cell``."""

    slot: Slot
    minutes: int | Unchanged
    note: str | Unchanged
    billing: Billing | Unchanged
    client_id: uuid.UUID
    base_revision: str


def _make(change: _Change, member: Membership, by: Membership) -> CellState:
    """The day is locked."""
    slot, minutes, note, billing = change.slot, change.minutes, change.note, change.billing
    day, client_id = slot.cell.day, change.client_id
    entries = _entries_of(slot)
    around = _look_around(member, slot, client_id)
    period_lock = period_locks(member, [day]).get(day) if around.is_held else None
    present = cell_state(slot, entries, period_lock=period_lock)
    if around.was_done:
        return replace(present, remark=_remark_on(slot.cell, None, present.minutes))
    wanted = present.minutes if isinstance(minutes, Unchanged) else minutes
    wanted_note = present.note if isinstance(note, Unchanged) else note.strip()
    if not wanted:
        if wanted_note and not present.minutes:
            raise NoteWithoutHours
        wanted_note = ""
    wanted_billing = present.billing if isinstance(billing, Unchanged) or not wanted else billing.of(wanted)
    if (wanted, wanted_note, wanted_billing) == (present.minutes, present.note, present.billing):
        return present
    if present.lock is not None:
        raise Locked(present.lock)
    if change.base_revision != present.revision:
        raise CellChanged(present)
    place = _ensure_holds(member, present, wanted, around)
    _record(present, wanted, wanted_note, client_id, by)
    notice = ""
    if wanted != present.minutes:
        notice = _change_minutes(slot, entries, wanted, client_id, member.workspace.zone, place)
    if wanted and wanted_note != present.note:
        _change_note(entries, wanted_note)
    if wanted and not isinstance(billing, Unchanged) and billing.of(wanted) != billing_of(entries):
        change_billing(entries, billing.of(wanted))
    publish(HoursChanged(member.workspace_id, cells=frozenset({slot.cell})))
    remark = _remark_on(slot.cell, around.place.project if around.place else None, wanted)
    said = [notice, sentences([remark]) if wanted > present.minutes else ""]
    return cell_state(slot, entries, period_lock=period_lock, notice=" ".join(filter(None, said)), remark=remark)


def _remark_on(cell: Cell, project: Project | None, minutes: int) -> Remark:
    """What there is to know of hours that were just written; ``project`` is the cell's, where it is known."""
    if not minutes:
        return Remark()
    dates = ProjectDates.of(project or Project.objects.get(pk=cell.project_id))
    on: dict[str, Any] = {"member": cell.member_id, "project": cell.project_id, "work_type": cell.work_type_id}
    entries = TimeEntry.objects.filter(day=cell.day, **on)
    return remarks_of(entries, [(cell, dates)]).get(cell, Remark())


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSave:
    """One cell of a whole week that is saved at once; as the arguments of save_cell."""

    project_id: int
    work_type_id: int
    day: date
    minutes: int
    client_id: uuid.UUID
    base_revision: str
    task_id: int | None = None

    def slot_of(self, member: Membership) -> Slot:
        return Slot(Cell(member.pk, self.project_id, self.work_type_id, self.day), self.task_id)


@transaction.atomic
def save_cells(member: Membership, saves: Sequence[CellSave], *, by: Membership) -> list[CellState | HoursRefusal]:
    """Save each cell by itself: a refused one keeps no other from being saved. Answers in the order of ``saves``.

    Raises NoSuchCell, NotTheirs and RequestReused for all of them.
    """
    rules.ensure_may_change(member, by)
    lock_hours(member, [save.day for save in saves])
    answers: list[CellState | HoursRefusal] = []
    for save in saves:
        try:
            answers.append(
                save_cell(
                    member,
                    save.project_id,
                    save.work_type_id,
                    save.day,
                    save.minutes,
                    client_id=save.client_id,
                    base_revision=save.base_revision,
                    task_id=save.task_id,
                    by=by,
                )
            )
        except HoursRefusal as refusal:
            answers.append(refusal)
    return answers


def lock_hours(member: Membership, days: Sequence[date]) -> None:
    """The days, and all rows on them by primary key as orders lock them; cell by cell would be another order."""
    lock_days(member, days)
    list(TimeEntry.objects.filter(member=member, day__in=days).select_for_update(no_key=True).order_by("pk").only("pk"))


def lock_days(member: Membership, days: Sequence[date]) -> None:
    """Let one writer at a time at these days of the member, until the transaction ends.

    Rows cannot be locked before they are there, and the length of a day is a matter of all its rows. Days are locked in
    order: two savers of overlapping days would otherwise wait for each other. An approval of the week waits as well.
    """
    names = [f"hours {member.workspace_id} {member.pk} {day.isoformat()}" for day in sorted(set(days))]
    pass_to_write(days, then=names)


def _entries_of(slot: Slot) -> list[TimeEntry]:
    """The slot's entries, locked against approvals and orders, by primary key as those lock them too."""
    return list(
        TimeEntry.objects.filter(slot.where)
        .select_related("person_approval__approved_by__user", "project_approval__approved_by__user")
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )


def period_locks(member: Membership, days: Collection[date]) -> dict[date, rules.LockReason]:
    """Which of the days a user approval closes, against new hours too (P21)."""
    if not days:
        return {}
    approvals = _user_approvals(member, days).select_related("approved_by__user")
    return {day: rules.approval_reason(held) for held in approvals for day in days if rules.covers(held, day)}


def _user_approvals(member: Membership, days: Collection[date]) -> QuerySet[Approval]:
    return Approval.objects.filter(
        kind=ApprovalKind.PERSON,
        member=member,
        first_day__lte=max(days),
        last_day__gte=min(days),
        undone_at=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What a save of a cell asks of everything but the cell's own hours. ``place`` is the row of ``places``."""

    was_done: bool
    is_held: bool
    day_minutes: int
    place: Any


def _look_around(member: Membership, slot: Slot, client_id: uuid.UUID) -> _Around:
    """One query where the work type is on the project, else two. Raises RequestReused.

    Asked when the day is locked, so that who was there first is seen.
    """
    cell = slot.cell
    day = TimeEntry.objects.filter(member=member, day=cell.day).order_by().values("member")
    facts: dict[str, Any] = {
        "was_done": Exists(CellChange.objects.filter(request_id=client_id)),
        "is_held": Exists(_user_approvals(member, [cell.day])),
        "day_minutes": Coalesce(Subquery(day.annotate(sum=Sum("minutes")).values("sum")), 0),
    }
    place: Any = places(member, cell.project_id, cell.work_type_id).annotate(**facts).first()
    row: Any = place or Membership.objects.filter(pk=member.pk).annotate(**facts).get()
    if row.was_done:
        done = CellChange.objects.get(request_id=client_id)
        if Slot(Cell(done.member_id, done.project_id, done.work_type_id, done.day), done.task_id) != slot:
            raise RequestReused(str(client_id))
    return _Around(was_done=row.was_done, is_held=row.is_held, day_minutes=row.day_minutes, place=place)


def _ensure_holds(member: Membership, present: CellState, wanted: int, around: _Around) -> Place | None:
    """What is there may always be reduced; more needs room in the day and a place that takes it, which is given."""
    cell = present.cell
    if wanted <= present.minutes:
        return None
    rules.ensure_day_holds(wanted, around.day_minutes - present.minutes)
    return ensure_open(around.place, member, cell.project_id, cell.work_type_id, present.task_id)


def _change_minutes(
    slot: Slot, entries: list[TimeEntry], wanted: int, client_id: uuid.UUID, zone: str, place: Place | None
) -> str:
    """Bring the cell's sum to ``wanted`` by its last unlocked entry, in the database and in the list.

    ``place`` is where more goes. Answers with a sentence when that was one of several. Raises PartlyLocked and
    SeveralEntries.
    """
    if not entries:
        assert place is not None  # hours where there were none are more
        entries.append(_create(slot, wanted, client_id, place))
        return ""
    last = max((entry for entry in entries if not entry.is_locked), key=lambda entry: entry.pk)
    before = last.minutes
    after = before + wanted - sum(entry.minutes for entry in entries)
    if after < 0:
        _refuse_to_take(entries, before, wanted)
    if after == 0:
        _keep_row(slot, last.created_at)
        entries.remove(last)
        last.delete()
    else:
        _set_minutes(last, after, zone)
    if len(entries) + (after == 0) == 1:
        return ""
    return _("Several entries make up this day here. The last of them went from %(before)s to %(after)s.") % {
        "before": print_hours(before),
        "after": print_hours(after),
    }


def _refuse_to_take(entries: Sequence[TimeEntry], changeable: int, wanted: int) -> None:
    locked = [(entry, reason) for entry in entries if (reason := rules.lock_reason(entry))]
    locked_minutes = sum(entry.minutes for entry, _reason in locked)
    if wanted < locked_minutes:
        raise PartlyLocked(locked_minutes, locked[0][1])
    raise SeveralEntries(len(entries), changeable, sum(entry.minutes for entry in entries) - changeable)


def _create(slot: Slot, minutes: int, client_id: uuid.UUID, place: Place) -> TimeEntry:
    return TimeEntry.objects.create(
        member_id=slot.cell.member_id,
        project=place.project,
        work_type=place.work_type,
        task_id=slot.task_id,
        day=slot.cell.day,
        minutes=minutes,
        is_billable=place.project.is_billable and place.work_type.is_billable,
        client_id=client_id,
    )


def _set_minutes(entry: TimeEntry, minutes: int, zone: str) -> None:
    entry.minutes = minutes
    if entry.billable_minutes is not None:
        entry.billable_minutes = min(entry.billable_minutes, minutes)
    if entry.start_time is not None:
        # The hours are what was said; the end follows the start where the day is long enough, else no times are known.
        # The lunch lies inside of the times (P20).
        length = minutes + entry.lunch_minutes
        end = clock.end_after(entry.day, clock.minute_of(entry.start_time), length, zone)
        if end is None:
            entry.start_time, entry.end_time, entry.lunch_minutes = None, None, 0
        else:
            entry.end_time = clock.time_of(end)
    keep_to_the_past([entry], zone)
    _save(entry, "minutes", "billable_minutes", "start_time", "end_time", "lunch_minutes", "submitted_at")


def _change_note(entries: Sequence[TimeEntry], note: str) -> None:
    if not entries:
        raise NoteWithoutHours
    if len(entries) > 1:
        raise SeveralNotes
    entries[0].note = note
    _save(entries[0], "note")


def _save(entry: TimeEntry, *fields: str) -> None:
    entry.revision += 1
    entry.changed_at = timezone.now()
    entry.save(update_fields=[*fields, "revision", "changed_at"])


def _record(present: CellState, wanted: int, note: str, client_id: uuid.UUID, by: Membership) -> None:
    """Before the change itself, so that one request id that came with two cells at once fails here."""
    cell = present.cell
    try:
        CellChange.objects.create(
            request_id=client_id,
            member_id=cell.member_id,
            project_id=cell.project_id,
            work_type_id=cell.work_type_id,
            task_id=present.task_id,
            day=cell.day,
            minutes_before=present.minutes,
            minutes_after=wanted,
            note_changed=note != present.note,
            changed_by=by,
        )
    except IntegrityError as error:
        raise RequestReused(str(client_id)) from error


def _keep_row(slot: Slot, since: datetime) -> None:
    """Emptying a cell does not take its row from under the person's hands: it stays, in its place, until removed."""
    cell = slot.cell
    row = WeekRow(
        workspace_id=current_workspace_id(),
        member_id=cell.member_id,
        project_id=cell.project_id,
        work_type_id=cell.work_type_id,
        task_id=slot.task_id,
        monday=Week.of(cell.day).monday,
        created_at=since,
    )
    WeekRow.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def add_row(
    member: Membership, week: Week, project_id: int, work_type_id: int, task_id: int | None = None, *, by: Membership
) -> WeekRow:
    """Put a row on the member's week; adding it again changes nothing. Raises NotLoggable, NoSuchCell, NotTheirs."""
    rules.ensure_may_change(member, by)
    ensure_loggable(member, project_id, work_type_id, task_id)
    place: dict[str, Any] = {"project_id": project_id, "work_type_id": work_type_id, "task_id": task_id}
    row, _created = WeekRow.objects.get_or_create(member=member, monday=week.monday, **place)
    return row


@transaction.atomic
def remove_row(
    member: Membership, week: Week, project_id: int, work_type_id: int, task_id: int | None = None, *, by: Membership
) -> None:
    """Take an empty row off the week. Raises RowHasHours, NotTheirs; a row that is not there is no error."""
    rules.ensure_may_change(member, by)
    lock_days(member, week.days)
    row = Q(member=member, project=project_id, work_type=work_type_id, task=task_id)
    if TimeEntry.objects.filter(row, day__range=(week.monday, week.sunday)).exists():
        raise RowHasHours
    WeekRow.objects.filter(row, monday=week.monday).delete()


@transaction.atomic
def copy_last_weeks_rows(member: Membership, week: Week, *, by: Membership) -> int:
    """Put the rows of the week before on this one, without hours, in their order. How many came new.

    Rows that may not be logged on any more stay behind.
    """
    rules.ensure_may_change(member, by)
    now = timezone.now()
    rows = [
        WeekRow(
            workspace_id=member.workspace_id,
            member=member,
            monday=week.monday,
            project_id=row.project_id,
            work_type_id=row.work_type_id,
            task_id=row.task_id,
            created_at=now + timedelta(microseconds=place),
        )
        for place, row in enumerate(selectors.week(member, week).to_copy)
    ]
    WeekRow.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
