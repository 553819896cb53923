"""A gate between writing hours of a week and approving it: no hour slips into a week while it is being approved (P21).

An approval locks the rows that are there; rows that somebody else is just writing cannot be seen, and would be neither
approved nor refused. So writers pass the gate together, and an approval passes it alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection

from busy.lib.periods import Week
from busy.workspaces.scope import current_workspace_id


def pass_to_write(days: Iterable[date]) -> None:
    """Wait until no approval of the days' weeks is under way, and keep others out until the transaction ends.

    Weeks are passed in order, so that two writers of several weeks do not wait for each other. Call it before rows are
    locked: an approval locks rows after it has passed.
    """
    for week in sorted({Week.of(day) for day in days}):
        _lock("pg_advisory_xact_lock_shared", week)


def pass_to_approve(week: Week) -> None:
    """Wait until nobody writes hours of the week, and let nobody begin until the transaction ends."""
    _lock("pg_advisory_xact_lock", week)


def _lock(function: str, week: Week) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(hashtextextended(%s, 0))",
            [f"approval {current_workspace_id()} {week}"],
        )
