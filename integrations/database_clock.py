"""The clock that leases, waits and doubts go by: the database's. Workers share it, whatever their own clocks say."""

from __future__ import annotations

from datetime import datetime

from django.db import connection as database


def now() -> datetime:
    """The instant, not the beginning of the transaction. One query."""
    with database.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (instant,) = cursor.fetchone()
    found: datetime = instant
    return found
