"""What the workspace tells the rest of the house about its people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmployeeNumberChanged:
    """A member has another employee number than before; none is "" (R35, R89)."""

    workspace_id: int
    member_id: int
    number: str
