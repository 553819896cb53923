"""A cell of the week: the sum of a member's entries on one project, work type and day, and what may be done with it.

On a task-driven project the week has a row for each task, and each has cells of its own (P19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from timesheets.billing import Billing, billing_of
from timesheets.events import Cell
from timesheets.models import TimeEntry
from timesheets.remarks import Remark
from timesheets.rules import LockReason, lock_reason
from timesheets.slots import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class CellState:
    """What a cell holds. Durations are minutes.

    ``revision`` changes with every change of the entries, and a cell that was emptied and filled again never gets an
    old one back; "" is an empty cell. ``state`` is "", open, submitted, approved or ordered. ``lock`` is set when
    nothing in the cell may be changed; ``locked_minutes`` of it are locked otherwise. ``notice`` says what a save did
    beyond what was asked, and what to know of the hours. ``remark`` is None where it was not asked for. ``billing`` is
    None for an empty cell and for the sum of several entries.
    """

    cell: Cell
    task_id: int | None = None
    minutes: int = 0
    note: str = ""
    revision: str = ""
    state: str = ""
    entries: int = 0
    lock: LockReason | None = None
    locked_minutes: int = 0
    notice: str = ""
    billing: Billing | None = None
    remark: Remark | None = None

    @property
    def slot(self) -> Slot:
        return Slot(self.cell, self.task_id)

    @property
    def is_shared(self) -> bool:
        """The sum of several entries."""
        return self.entries > 1


def revision_of(entries: Sequence[TimeEntry]) -> str:
    """Row ids are never given twice, so that emptying and filling again makes another revision."""
    return "-".join(f"{entry.pk}.{entry.revision}" for entry in entries)


def cell_state(
    slot: Slot,
    entries: Sequence[TimeEntry],
    *,
    period_lock: LockReason | None = None,
    notice: str = "",
    remark: Remark | None = None,
) -> CellState:
    """The cell of these entries, which are all of it, by primary key. ``period_lock`` holds the whole day (P21)."""
    reasons = [lock_reason(entry) for entry in entries]
    locked = [entry for entry, reason in zip(entries, reasons, strict=True) if reason is not None]
    lock = period_lock
    if entries and len(locked) == len(entries):
        lock = next((reason for reason in reasons if reason and reason.state == "ordered"), reasons[0])
    return CellState(
        cell=slot.cell,
        task_id=slot.task_id,
        minutes=sum(entry.minutes for entry in entries),
        note="\n".join(entry.note for entry in entries if entry.note),
        revision=revision_of(entries),
        state=lock.state if lock and entries else _open_state(entries),
        entries=len(entries),
        lock=lock,
        locked_minutes=sum(entry.minutes for entry in locked),
        notice=notice,
        billing=billing_of(entries),
        remark=remark,
    )


def _open_state(entries: Sequence[TimeEntry]) -> str:
    states = {entry.state for entry in entries if not entry.is_locked}
    return "open" if "open" in states else "submitted" if states else ""
