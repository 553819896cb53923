"""What the hours' app tells the rest of the house. Changes of hours are announced as cells, the unit of transfer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One member's minutes on one project and work type on one local day, named by the rows' ids."""

    member_id: int
    project_id: int
    work_type_id: int
    day: date


@dataclass(frozen=True, slots=True)
class HoursChanged:
    """Hours were written, moved or deleted."""

    workspace_id: int
    cells: frozenset[Cell]


@dataclass(frozen=True, slots=True)
class HoursApproved:
    workspace_id: int
    cells: frozenset[Cell]


@dataclass(frozen=True, slots=True)
class ApprovalUndone:
    workspace_id: int
    cells: frozenset[Cell]
