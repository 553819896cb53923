"""What the orders' app tells the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderFinished:
    """The order is frozen and wants to be transferred (R27)."""

    workspace_id: int
    order_id: int
    revision: int


@dataclass(frozen=True, slots=True)
class OrderReopened:
    """The finished order became a draft again; ``revision`` is the one that was finished and is to be stopped.

    A listener that must not let it go raises ``orders.rules.CannotReopen``.
    """

    workspace_id: int
    order_id: int
    revision: int
