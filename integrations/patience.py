"""Statements that write a whole catalogue take longer than a page may."""

from __future__ import annotations

from django.db import connection as database

_AT_MOST = 60_000  # ms, as workers have


def be_patient() -> None:
    """Until the transaction ends a statement may take as long as one of a worker. A page ends it after seconds
    otherwise, so that one that went wrong holds nobody up."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true) FROM pg_settings"
            " WHERE name = 'statement_timeout' AND setting::bigint BETWEEN 1 AND %s",
            [str(_AT_MOST), _AT_MOST],
        )
