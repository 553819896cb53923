"""What a set-up wrote to the database, kept and put back for the next story that begins with it, as old as it was then.

For set-ups that walk through many requests and transactions, and have stories of their own. The rows lie in tables of
another schema of the same database, so that putting them back is one round trip.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from tests.support.database import filled_tables, superuser

_CATALOGUE = "SELECT (SELECT count(*) FROM catalog_project) + (SELECT count(*) FROM catalog_worktype)"
_HERE = f"SELECT (SELECT count(*) FROM workspaces_user), ({_CATALOGUE}), now()::text"
_COLUMNS = """
SELECT attname, atttypid = 'timestamptz'::regtype FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a set-up had come: its rows, in a statement that puts them back, the workspace, how many rows the catalogue
    had, and what stood at the provider."""

    again: sql.Composed
    workspace_id: int
    catalogue: int
    there: Any

    def put_back(self) -> None:
        """Every instant is moved by the time that has passed since: what was fetched a second before a story begins was
        fetched a second before the next one, too. Instants that stand in JSON stay as they are: a set-up that compares
        them with those of columns is not for keeping."""
        with superuser().transaction():
            superuser().execute(self.again)


class Keeper:
    """The first story of a process that needs a set-up walks through it; the others begin where it had come."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def of(self, fixtures: Iterable[str]) -> Kept | None:
        """Where a story with these fixtures begins. ``walked``: it has to walk, since something comes before."""
        names = set(fixtures)
        return None if "walked" in names else next((self._kept[name] for name in names & self._kept.keys()), None)

    def ensure_first(self, kept: Kept | None, fixtures: Iterable[str]) -> None:
        """To be asked before the set-up begins. Raises AssertionError where a story has written into the catalogue
        already: it would not have come before the set-up, but after it."""
        if "walked" not in fixtures:
            (found,) = superuser().execute(_CATALOGUE).fetchone() or (0,)
            assert found == (kept.catalogue if kept else 0), (
                "what comes before a kept set-up asks for the fixture `walked`"
            )

    def keep(self, name: str, workspace_id: int, there: Any, fixtures: Iterable[str]) -> None:
        """Keep all rows that are there now, unless they are this story's alone."""
        connection = superuser()
        with connection.transaction():
            people, catalogue, now = connection.execute(_HERE).fetchone() or (0, 0, "")
            if name in self._kept or "walked" in fixtures or people != 1:
                return
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
            tables = [_kept(connection, name, table, now) for table in filled_tables(connection)]
        # Neither triggers nor references are asked again: what the rows led to was kept with them.
        again = sql.SQL("; ").join([sql.SQL("SET LOCAL session_replication_role = replica"), *tables])
        self._kept[name] = Kept(again, workspace_id, catalogue, there)


def _kept(connection: Connection[Any], schema: str, name: str, taken: str) -> sql.Composed:
    """Copy the table's rows; the statement that brings them back."""
    table, copy = sql.Identifier("public", name), sql.Identifier(schema, name)
    connection.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(copy, table))
    columns = connection.execute(_COLUMNS, [f'public."{name}"']).fetchall()
    age = sql.SQL("{} + (now() - {}::timestamptz)")
    return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
        table,
        sql.SQL(", ").join(sql.Identifier(column) for column, _ in columns),
        sql.SQL(", ").join(
            age.format(sql.Identifier(column), sql.Literal(taken)) if is_instant else sql.Identifier(column)
            for column, is_instant in columns
        ),
        copy,
    )
