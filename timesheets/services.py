"""Writes of hours: check, change, record, announce, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.catalog.models import Project, ProjectMember, ProjectWorkType, Task, WorkType
from busy.catalog.selectors import may_use_task, with_driven
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
    NoSuchCell,
    NoteWithoutHours,
    PartlyLocked,
    RequestReused,
    RowHasHours,
    SeveralEntries,
    SeveralNotes,
)
from timesheets.events import Cell, HoursChanged
from timesheets.models import Approval, ApprovalKind, CellChange, TimeEntry, WeekRow
from timesheets.remarks import ProjectDates, Remark, remarks_of, sentences
from timesheets.slots import Slot
from timesheets.week_gate import pass_to_write


class Unchanged(Enum):
    """Says that a save leaves the hours or the note as they are."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@transaction.atomic
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
) -> CellState:
    """Make the cell hold so many minutes, the note and what is billed; 0 minutes delete the hours.

    Answers with what it holds now.
    ``billing`` says what of the hours is billed, for a cell of one entry; hours that go to 0 take it along.
    ``task_id`` is the row's task on a task-driven project (P19): each task has a cell of its own.
    ``client_id`` is made once per change, before the first attempt to send it: a replay has no second effect and
    answers with the present state. ``base_revision`` is what the change was based on; ``by`` is who makes it.

    Raises HoursRefusal (Locked, CellChanged, DayTooLong, NotLoggable, ...) with a sentence, NoSuchCell, NotTheirs,
    RequestReused. Saving what the cell holds already is never refused.
    """
    rules.ensure_may_change(member, by)
    slot = Slot(Cell(member.pk, project_id, work_type_id, day), task_id)
    lock_days(member, [day])
    entries = _entries_of(slot)
    period_lock = period_locks(member, [day]).get(day)
    present = cell_state(slot, entries, period_lock=period_lock)
    if _was_done(client_id, slot):
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
    if base_revision != present.revision:
        raise CellChanged(present)
    project = _ensure_holds(member, present, wanted)
    _record(present, wanted, wanted_note, client_id, by)
    notice = ""
    if wanted != present.minutes:
        notice = _change_minutes(slot, entries, wanted, client_id, member.workspace.zone)
    if wanted and wanted_note != present.note:
        _change_note(entries, wanted_note)
    if wanted and not isinstance(billing, Unchanged) and billing.of(wanted) != billing_of(entries):
        change_billing(entries, billing.of(wanted))
    publish(HoursChanged(member.workspace_id, cells=frozenset({slot.cell})))
    remark = _remark_on(slot.cell, project, wanted)
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
    pass_to_write(days)
    with connection.cursor() as cursor:
        for day in sorted(set(days)):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"hours {member.workspace_id} {member.pk} {day.isoformat()}"],
            )


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
    approvals = Approval.objects.filter(
        kind=ApprovalKind.PERSON,
        member=member,
        first_day__lte=max(days),
        last_day__gte=min(days),
        undone_at=None,
    ).select_related("approved_by__user")
    return {day: rules.approval_reason(held) for held in approvals for day in days if rules.covers(held, day)}


def _was_done(client_id: uuid.UUID, slot: Slot) -> bool:
    done = CellChange.objects.filter(request_id=client_id).first()
    if done is None:
        return False
    if Slot(Cell(done.member_id, done.project_id, done.work_type_id, done.day), done.task_id) != slot:
        raise RequestReused(str(client_id))
    return True


def _ensure_holds(member: Membership, present: CellState, wanted: int) -> Project | None:
    """What is there may always be reduced; more needs room in the day and a project that takes it, which is given."""
    cell = present.cell
    if wanted <= present.minutes:
        return None
    day = TimeEntry.objects.filter(member_id=cell.member_id, day=cell.day).aggregate(sum=Sum("minutes", default=0))
    rules.ensure_day_holds(wanted, day["sum"] - present.minutes)
    return ensure_loggable(member, cell.project_id, cell.work_type_id, present.task_id)


def ensure_loggable(member: Membership, project_id: int, work_type_id: int, task_id: int | None = None) -> Project:
    """The project. Raises NotLoggable with the reason, NoSuchCell for what this workspace, or the project, has not."""
    project: Any = (
        with_driven(Project.objects.filter(pk=project_id))
        .annotate(
            has_work_type=Exists(ProjectWorkType.objects.filter(project=OuterRef("pk"), work_type_id=work_type_id)),
            has_member=Exists(ProjectMember.objects.filter(project=OuterRef("pk"), member=member)),
        )
        .first()
    )
    work_type = WorkType.objects.filter(pk=work_type_id).first()
    if project is None or work_type is None:
        raise NoSuchCell
    reason = rules.why_not_loggable(
        project,
        work_type,
        on_project=project.has_work_type,
        is_member=project.has_member,
        on_task=_on_task(member, project_id, task_id, is_driven=project.is_driven),
    )
    if reason is not None:
        raise reason
    found: Project = project
    return found


def _on_task(member: Membership, project_id: int, task_id: int | None, *, is_driven: bool) -> rules.OnTask:
    """Raises NoSuchCell for a task that the project has not."""
    if task_id is None:
        return rules.OnTask(is_driven=is_driven, task=None, may_use=True)
    found = may_use_task(Task.objects.filter(pk=task_id, project_id=project_id), member)
    task: Any = found.select_related("work_type").first()
    if task is None:
        raise NoSuchCell
    return rules.OnTask(is_driven=is_driven, task=task, may_use=task.may_use)


def _change_minutes(slot: Slot, entries: list[TimeEntry], wanted: int, client_id: uuid.UUID, zone: str) -> str:
    """Bring the cell's sum to ``wanted`` by its last unlocked entry, in the database and in the list.

    Answers with a sentence when that was one of several. Raises PartlyLocked and SeveralEntries.
    """
    if not entries:
        entries.append(_create(slot, wanted, client_id))
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


def _create(slot: Slot, minutes: int, client_id: uuid.UUID) -> TimeEntry:
    cell = slot.cell
    project = Project.objects.only("is_billable").get(pk=cell.project_id)
    work_type = WorkType.objects.only("is_billable").get(pk=cell.work_type_id)
    return TimeEntry.objects.create(
        member_id=cell.member_id,
        project=project,
        work_type=work_type,
        task_id=slot.task_id,
        day=cell.day,
        minutes=minutes,
        is_billable=project.is_billable and work_type.is_billable,
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
