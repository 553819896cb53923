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
    """Hours of the cells got the first of the two approvals; the second one changes nothing and is not told (R74)."""

    workspace_id: int
    cells: frozenset[Cell]


@dataclass(frozen=True, slots=True)
class ApprovalUndone:
    """Hours of the cells lost the last of the two approvals (R74). Other hours of the same cell may have one still."""

    workspace_id: int
    cells: frozenset[Cell]


@dataclass(frozen=True, slots=True)
class HoursSubmitted:
    """Hours were sent for approval, once for each act, also by who approves the own hours (timesheets.self_approval).

    Their cells may hold more hours, which were not sent (R85).
    """

    workspace_id: int
    cells: frozenset[Cell]


@dataclass(frozen=True, slots=True)
class SubmissionWithdrawn:
    """Hours that were sent are so no longer: their owner took them back, moved them to a time that is to come, or
    undid the approval that had sent them.
    """

    workspace_id: int
    cells: frozenset[Cell]


@dataclass(frozen=True, slots=True)
class HoursRejected:
    """Hours that were sent were sent back (P25)."""

    workspace_id: int
    cells: frozenset[Cell]
