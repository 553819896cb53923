"""The records of a plan into their table with COPY, which takes a tenth of the time for a hundred thousand."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection as database

from integrations.models import PlannedRecord

_TYPES = {
    "workspace_id": "bigint",
    "plan_id": "bigint",
    "kind": "text",
    "external_id": "text",
    "number": "text",
    "name": "text",
    "email": "text",
    "archived": "boolean",
    "local_id": "bigint",
    "basis": "text",
    "is_matched": "boolean",
}


def insert(rows: Iterable[PlannedRecord]) -> None:
    """Call in a scope. Tables under row-level security take no COPY, so it goes through one of the session."""
    names = ", ".join(_TYPES)
    columns = ", ".join(f"{name} {sql}" for name, sql in _TYPES.items())
    with database.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS staged_plan ({columns}) ON COMMIT DELETE ROWS")
        cursor.execute("DELETE FROM staged_plan")  # several kinds may share a transaction
        with cursor.copy(f"COPY staged_plan ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([getattr(row, name) for name in _TYPES])
        cursor.execute(
            f"INSERT INTO {PlannedRecord._meta.db_table} ({names}) SELECT {names} FROM staged_plan"  # noqa: S608
        )
