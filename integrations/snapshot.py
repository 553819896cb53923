"""What the catalogue was like before a connection changed it, kept so that the connection can be undone.

Kept are records while they are Busy's own: before the first link, before project sync archives them, before a person
links one. A linked record that was never kept was made by the import. Call in a scope, holding the connection's row.

Ids are joined as rows: PostgreSQL compares each record with each element of a long array, which took minutes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection as database

from integrations.appliers import TARGETS, Target
from integrations.kernel.records import Kind
from integrations.models import Connection, KeptRecord

# Of the connection's settings: everything was kept from the beginning, so it can be undone.
IS_KEPT = "is_kept"
KINDS = (Kind.CUSTOMERS, Kind.PRODUCTS, Kind.WORK_TYPES, Kind.PROJECTS, Kind.TASKS)


def columns_of(target: Target) -> dict[str, str]:
    """The columns a provider writes, with their types in SQL."""
    reference = {target.refers_by: "bigint"} if target.reference else {}
    return {**target.columns, **reference, "archived_at": "timestamptz"}


def keep(connection: Connection, kind: Kind, ids: Collection[int] | None = None) -> int:
    """Keep what the unlinked records are like now, all or these; how many.

    One that the connection archived keeps what it was before that, until a person brings it back.
    """
    target = TARGETS[kind]
    if target.link is None:
        return 0
    built = ", ".join(f"'{name}', t.{name}" for name in columns_of(target))
    some = "" if ids is None else " AND t.id IN (SELECT unnest(%(ids)s::bigint[]))"
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {KeptRecord._meta.db_table} AS k
                (workspace_id, connection_id, kind, local_id, before, is_imported, was_archived)
            SELECT %(workspace)s, %(connection)s, %(kind)s, t.id, jsonb_build_object({built}), false, false
            FROM {target.model._meta.db_table} t
            WHERE t.workspace_id = %(workspace)s{some} AND NOT EXISTS (
                SELECT FROM {target.link._meta.db_table} l WHERE l.workspace_id = %(workspace)s
                    AND l.local_id = t.id AND l.connection_id = %(connection)s)
            ON CONFLICT (workspace_id, connection_id, kind, local_id) DO UPDATE
                SET before = excluded.before, was_archived = false
                WHERE NOT k.was_archived OR excluded.before ->> 'archived_at' IS NULL
            """,  # noqa: S608 - only names of our own tables are put in
            {**_names(connection, kind), "ids": list(ids or ())},
        )
        return int(cursor.rowcount)


def note_archived(connection: Connection, kind: Kind, ids: Collection[int]) -> None:
    """The connection archived these, since the provider does not have them."""
    with database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {KeptRecord._meta.db_table} SET was_archived = true WHERE workspace_id = %(workspace)s"  # noqa: S608
            " AND connection_id = %(connection)s AND kind = %(kind)s"
            " AND local_id IN (SELECT unnest(%(ids)s::bigint[]))",
            {**_names(connection, kind), "ids": list(ids)},
        )


def archive(connection: Connection, kind: Kind, ids: Collection[int]) -> None:
    """Put these into the archive, for the provider is not to have them; undoing the connection brings them back."""
    note_archived(connection, kind, ids)
    with database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TARGETS[kind].model._meta.db_table} SET archived_at = now()"  # noqa: S608
            " WHERE workspace_id = %(workspace)s AND id IN (SELECT unnest(%(ids)s::bigint[]))",
            {**_names(connection, kind), "ids": list(ids)},
        )


def note_imported(connection: Connection, kind: Kind, ids: Collection[int]) -> None:
    """These lose their link and were made by the import; undoing the connection still knows them."""
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {KeptRecord._meta.db_table}
                (workspace_id, connection_id, kind, local_id, before, is_imported, was_archived)
            SELECT %(workspace)s, %(connection)s, %(kind)s, id, '{{}}', true, false FROM unnest(%(ids)s::bigint[]) id
            ON CONFLICT (workspace_id, connection_id, kind, local_id) DO NOTHING
            """,  # noqa: S608 - only names of our own tables are put in
            {**_names(connection, kind), "ids": sorted(ids)},
        )


def imported(connection: Connection, kind: Kind, among: Collection[int] | None = None) -> set[int]:
    """Ids of the records that the import made and that are still there; only ``among`` these, when they are given."""
    target = TARGETS[kind]
    if target.link is None:
        return set()
    some = "" if among is None else " AND local_id IN (SELECT unnest(%(among)s::bigint[]))"
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT l.local_id FROM {target.link._meta.db_table} l
            WHERE l.workspace_id = %(workspace)s AND l.connection_id = %(connection)s{some} AND NOT EXISTS (
                SELECT FROM {KeptRecord._meta.db_table} k WHERE k.workspace_id = %(workspace)s
                    AND k.connection_id = %(connection)s AND k.kind = %(kind)s AND k.local_id = l.local_id
                    AND NOT k.is_imported)
            UNION
            SELECT t.id FROM {KeptRecord._meta.db_table} k
            JOIN {target.model._meta.db_table} t ON t.workspace_id = k.workspace_id AND t.id = k.local_id
            WHERE k.workspace_id = %(workspace)s AND k.connection_id = %(connection)s AND k.kind = %(kind)s
                AND k.is_imported{some}
            """,  # noqa: S608
            {**_names(connection, kind), "among": list(among or ())},
        )
        return {row[0] for row in cursor.fetchall()}


def restore(connection: Connection, kind: Kind, ids: Collection[int]) -> int:
    """Give these records back what they were while they were Busy's own, where that was kept; how many."""
    target = TARGETS[kind]
    given = ", ".join(f"{name} = (k.before ->> '{name}')::{sql}" for name, sql in columns_of(target).items())
    return _write(connection, kind, ids, f"{given}, mastered_by = ''")


def bring_back(connection: Connection, kind: Kind, ids: Collection[int]) -> int:
    """Take these records out of the archive, where the connection put them; how many."""
    return _write(connection, kind, ids, "archived_at = (k.before ->> 'archived_at')::timestamptz")


def _write(connection: Connection, kind: Kind, ids: Collection[int], given: str) -> int:
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {TARGETS[kind].model._meta.db_table} t SET {given} FROM {KeptRecord._meta.db_table} k
            WHERE k.workspace_id = %(workspace)s AND k.connection_id = %(connection)s AND k.kind = %(kind)s
                AND NOT k.is_imported AND t.workspace_id = k.workspace_id AND t.id = k.local_id
                AND k.local_id IN (SELECT unnest(%(ids)s::bigint[]))
            """,  # noqa: S608
            {**_names(connection, kind), "ids": list(ids)},
        )
        return int(cursor.rowcount)


def _names(connection: Connection, kind: Kind) -> dict[str, Any]:
    return {"workspace": connection.workspace_id, "connection": connection.pk, "kind": str(kind)}
