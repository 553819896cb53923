"""A field of the week: a cell, and on a task-driven project the task. Several of them can be parts of one cell."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from timesheets.events import Cell
from timesheets.models import TimeEntry
from timesheets.rules import cell_of


@dataclass(frozen=True, slots=True)
class Slot:
    """What one change of hours is about. Hours are transferred by cell; they are written and counted by slot (P19)."""

    cell: Cell
    task_id: int | None = None

    @property
    def place(self) -> tuple[Cell, int]:
        """For an order that is the same for everybody."""
        return (self.cell, self.task_id or 0)

    @property
    def where(self) -> Q:
        """What its entries, and what was changed in it, can be found by."""
        cell = self.cell
        on = Q(member=cell.member_id, project=cell.project_id, work_type=cell.work_type_id, task=self.task_id)
        return on & Q(day=cell.day)


def slot_of(entry: TimeEntry) -> Slot:
    return Slot(cell_of(entry), entry.task_id)
