"""Putting rows and hours on a week in one act: last week's, or a template's. Into empty cells only; undone at once."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.catalog.models import Project, WorkType
from busy.catalog.selectors import loggable_places
from busy.lib.durations import DAY
from busy.lib.events import publish
from busy.lib.periods import Week
from busy.lib.written import written_day
from busy.workspaces.models import Membership
from timesheets import rules, selectors
from timesheets.errors import DayTooLong, HoursRefusal
from timesheets.events import Cell, HoursChanged
from timesheets.loggable import ensure_loggable
from timesheets.models import CellChange, TimeEntry, WeekRow
from timesheets.services import lock_days, period_locks
from timesheets.slots import Slot, slot_of

Key = selectors.RowKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """A row to put on a week, with the minutes of its seven days from Monday; 0 puts nothing there."""

    key: Key
    minutes: tuple[int, ...] = (0,) * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What an act did. ``rows`` are those that came new, ``cells`` how many got hours, ``kept`` how many had some.

    ``left_out`` names in sentences what could not be put there, and why.
    """

    act: uuid.UUID
    rows: tuple[Key, ...] = ()
    cells: int = 0
    kept: int = 0
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfilled:
    """What undoing took away, and how many cells stay since they were changed or locked after the act."""

    cells: int = 0
    kept: int = 0


def last_week(member: Membership, week: Week, *, with_hours: bool) -> list[PlannedRow]:
    """The rows of the week before, in their order."""
    return [_planned(row, with_hours=with_hours) for row in selectors.week(member, week.plus(-1)).rows]


def this_week(member: Membership, week: Week, *, with_hours: bool) -> list[PlannedRow]:
    return [_planned(row, with_hours=with_hours) for row in selectors.week(member, week).rows]


def _planned(row: selectors.Row, *, with_hours: bool) -> PlannedRow:
    planned = PlannedRow(key=(row.project_id, row.work_type_id, row.task_id))
    return replace(planned, minutes=tuple(cell.minutes for cell in row.cells)) if with_hours else planned


@transaction.atomic
def fill_week(member: Membership, week: Week, rows: Sequence[PlannedRow], act: uuid.UUID, *, by: Membership) -> Filled:
    """Put the rows on the week and their hours into its empty cells. The same act again has no second effect.

    Days that an approval locks and rows that take no time are left out and named. Raises NotTheirs.
    """
    rules.ensure_may_change(member, by)
    lock_days(member, week.days)
    ids = [_change_id(act, slot) for row in rows for slot in _slots(member, week, row.key)]
    if CellChange.objects.filter(request_id__in=ids).exists():
        return Filled(act=act)
    refusals = _refusals(member, [row.key for row in rows])
    open_rows = [row for row in rows if row.key not in refusals]
    left_out = list(refusals.values())
    added = _add_rows(member, week, [row.key for row in open_rows])
    locks = period_locks(member, week.days)
    present = list(TimeEntry.objects.filter(member=member, day__range=(week.monday, week.sunday)))
    taken = {slot_of(entry) for entry in present}
    sums = Counter[date]()
    for entry in present:
        sums[entry.day] += entry.minutes
    wanted: dict[Slot, int] = {}
    kept = 0
    named: set[date] = set()
    for row in open_rows:
        for slot, minutes in zip(_slots(member, week, row.key), row.minutes, strict=True):
            day = slot.cell.day
            if not minutes:
                continue
            if slot in taken:
                kept += 1
            elif day in locks:
                if day not in named:
                    left_out.append(f"{written_day(day)}: {locks[day].sentence}")
                named.add(day)
            elif sums[day] + minutes > DAY:
                left_out.append(f"{written_day(day)}: {DayTooLong(minutes, sums[day]).message}")
            else:
                wanted[slot] = minutes
                sums[day] += minutes
    _write(member, wanted, act, by)
    return Filled(act=act, rows=tuple(added), cells=len(wanted), kept=kept, left_out=tuple(left_out))


@transaction.atomic
def undo_fill(member: Membership, week: Week, act: uuid.UUID, rows: Iterable[Key], *, by: Membership) -> Unfilled:
    """Take the hours of the act away again, and those of ``rows`` that are empty then.

    What was changed, submitted or locked since stays. Undoing twice is no error. Raises NotTheirs.
    """
    rules.ensure_may_change(member, by)
    lock_days(member, week.days)
    locks = period_locks(member, week.days)
    entries = TimeEntry.objects.filter(member=member, day__range=(week.monday, week.sunday))
    made = [
        entry
        for entry in entries.select_for_update(no_key=True).order_by("pk")
        if entry.client_id == _entry_id(act, slot_of(entry))
    ]
    gone = [entry for entry in made if _is_untouched(entry) and entry.day not in locks]
    if gone:
        changes = [
            _change(slot_of(entry), uuid.uuid5(act, f"undo {entry.pk}"), before=entry.minutes, after=0, by=by)
            for entry in gone
        ]
        CellChange.objects.bulk_create(changes)
        TimeEntry.objects.filter(pk__in=[entry.pk for entry in gone]).delete()
        publish(HoursChanged(member.workspace_id, cells=rules.cells_of(gone)))
    for project_id, work_type_id, task_id in rows:
        on = Q(project=project_id, work_type=work_type_id, task=task_id)
        if not entries.filter(on).exists():
            WeekRow.objects.filter(on, member=member, monday=week.monday).delete()
    return Unfilled(cells=len(gone), kept=len(made) - len(gone))


def _slots(member: Membership, week: Week, key: Key) -> list[Slot]:
    return [Slot(Cell(member.pk, key[0], key[1], day), key[2]) for day in week.days]


def _is_untouched(entry: TimeEntry) -> bool:
    return entry.revision == 1 and entry.submitted_at is None and not entry.is_locked


def _refusals(member: Membership, keys: Sequence[Key]) -> dict[Key, str]:
    """Why no time may be put on a row, for those where it may not (R21, P9)."""
    refusals: dict[Key, str] = {}
    loggable = loggable_places(member, keys)
    for key in dict.fromkeys(keys):
        if key in loggable:
            continue
        try:
            ensure_loggable(member, *key)
        except HoursRefusal as refusal:
            refusals[key] = refusal.message
    return refusals


def _add_rows(member: Membership, week: Week, keys: Sequence[Key]) -> list[Key]:
    """Those that were not on the week, neither as rows nor by their hours; in their order, after what is there."""
    there = {(row.project_id, row.work_type_id, row.task_id) for row in selectors.week(member, week).rows}
    new = [key for key in dict.fromkeys(keys) if key not in there]
    now = timezone.now()
    WeekRow.objects.bulk_create(
        [
            WeekRow(
                workspace_id=member.workspace_id,
                member=member,
                monday=week.monday,
                project_id=project_id,
                work_type_id=work_type_id,
                task_id=task_id,
                created_at=now + timedelta(microseconds=place),
            )
            for place, (project_id, work_type_id, task_id) in enumerate(new)
        ],
        ignore_conflicts=True,
    )
    return new


def _write(member: Membership, wanted: dict[Slot, int], act: uuid.UUID, by: Membership) -> None:
    if not wanted:
        return
    cells = [slot.cell for slot in wanted]
    billable = _billable({cell.project_id for cell in cells}, {cell.work_type_id for cell in cells})
    entries = [
        TimeEntry(
            workspace_id=member.workspace_id,
            member=member,
            project_id=slot.cell.project_id,
            work_type_id=slot.cell.work_type_id,
            task_id=slot.task_id,
            day=slot.cell.day,
            minutes=minutes,
            is_billable={("project", slot.cell.project_id), ("work type", slot.cell.work_type_id)} <= billable,
            client_id=_entry_id(act, slot),
        )
        for slot, minutes in wanted.items()
    ]
    CellChange.objects.bulk_create(
        _change(slot, _change_id(act, slot), before=0, after=minutes, by=by) for slot, minutes in wanted.items()
    )
    TimeEntry.objects.bulk_create(entries)
    publish(HoursChanged(member.workspace_id, cells=frozenset(cells)))


def _billable(projects: set[int], work_types: set[int]) -> set[tuple[str, int]]:
    of_projects = Project.objects.filter(pk__in=projects, is_billable=True).values_list("pk", flat=True)
    of_work_types = WorkType.objects.filter(pk__in=work_types, is_billable=True).values_list("pk", flat=True)
    return {("project", pk) for pk in of_projects} | {("work type", pk) for pk in of_work_types}


def _change(slot: Slot, request_id: uuid.UUID, *, before: int, after: int, by: Membership) -> CellChange:
    return CellChange(
        workspace_id=by.workspace_id,
        request_id=request_id,
        member_id=slot.cell.member_id,
        project_id=slot.cell.project_id,
        work_type_id=slot.cell.work_type_id,
        task_id=slot.task_id,
        day=slot.cell.day,
        minutes_before=before,
        minutes_after=after,
        changed_by=by,
    )


def _entry_id(act: uuid.UUID, slot: Slot) -> uuid.UUID:
    """By its id an entry is known as the act's."""
    return uuid.uuid5(act, _name(slot))


def _change_id(act: uuid.UUID, slot: Slot) -> uuid.UUID:
    return uuid.uuid5(act, f"change {_name(slot)}")


def _name(slot: Slot) -> str:
    cell = slot.cell
    return f"{selectors.row_key(cell.project_id, cell.work_type_id, slot.task_id)} {cell.day.isoformat()}"


def sentence_of(filled: Filled) -> str:
    """What an act did, in words; "" where it did nothing and nothing was left out."""
    told = []
    if filled.rows or filled.cells:
        told.append(
            _("Rows added: %(rows)s. Cells filled: %(cells)s.") % {"rows": len(filled.rows), "cells": filled.cells}
        )
    if filled.kept:
        told.append(_("Cells that had hours already were left as they are: %(count)s.") % {"count": filled.kept})
    if filled.left_out:
        told.append(_("Left out:") + " " + " ".join(filled.left_out))
    return " ".join(told)
