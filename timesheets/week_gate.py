"""A gate between writing hours of a week and approving it: no hour slips into a week while it is being approved (P21).

An approval locks the rows that are there; rows that somebody else is just writing cannot be seen, and would be neither
approved nor refused. So writers pass the gate together, and an approval passes it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection

from busy.lib.periods import Week
from busy.workspaces.scope import current_workspace_id

_ALONE, _SHARED = "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared"


def pass_to_write(days: Iterable[date], *, then: Sequence[str] = ()) -> None:
    """Wait until no approval of the days' weeks is under way, and keep others out until the transaction ends.

    Weeks are passed in order, so that two writers of several weeks do not wait for each other. Call it before rows are
    locked: an approval locks rows after it has passed. ``then`` names what is locked next, each alone. One statement:
    PostgreSQL evaluates what a SELECT without rows lists from the left to the right.
    """
    weeks = sorted({Week.of(day) for day in days})
    if weeks:
        _lock([(_SHARED, _name(week)) for week in weeks] + [(_ALONE, name) for name in then])


def pass_to_approve(week: Week) -> None:
    """Wait until nobody writes hours of the week, and let nobody begin until the transaction ends."""
    _lock([(_ALONE, _name(week))])


def _name(week: Week) -> str:
    return f"approval {current_workspace_id()} {week}"


def _lock(locks: Sequence[tuple[str, str]]) -> None:
    """Pairs of a function and a name."""
    calls = ", ".join(f"{function}(hashtextextended(%s, 0))" for function, _ in locks)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [name for _, name in locks])
