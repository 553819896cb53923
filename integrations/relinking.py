"""Bringing the links of records from one state to another, set by set: one record or a hundred thousand.

A record of the provider takes along what it says: name, number, customer, archived state. One that gets none is given
back what it was before it was linked, and is archived when the sync of its kind keeps what only Busy has out. Call in a
scope, holding the connection's row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection as database
from django.utils.translation import gettext as _

from busy.catalog.models import Project, WorkType
from integrations import snapshot, wakeups
from integrations.appliers import TARGETS, Target, of_whole_tables
from integrations.kernel.records import Kind
from integrations.link_results import LinkRefused, State
from integrations.models import Connection, KeptRecord, PullState

_MANY = 200  # records from which on tables are read whole, and not one row after the other


def put(connection: Connection, kind: Kind, expected: State, wanted: State) -> None:
    """``expected`` and ``wanted`` are of the same records. Raises LinkRefused when they are in neither state, or when
    somebody else has one of the links."""
    target = TARGETS[kind]
    names = {"workspace": connection.workspace_id, "connection": connection.pk, "kind": str(kind)}
    with reading(len(expected)), database.cursor() as cursor:
        _stage(cursor, expected, wanted)
        _check(cursor, target, names, len(expected))
        made = snapshot.imported(connection, kind, list(expected))
        comes_anew = _move(cursor, target, names)
        _let_go(connection, kind, [pk for pk, external_id in wanted.items() if external_id is None], made)
    if comes_anew:
        PullState.objects.filter(connection=connection, kind=kind).update(wants_everything=True)
        if connection.is_running:
            wakeups.nudge(connection, kind)


def reading(count: int) -> AbstractContextManager[None]:
    """For statements about so many records."""
    return of_whole_tables() if count >= _MANY else nullcontext()


def _stage(cursor: Any, expected: State, wanted: State) -> None:
    cursor.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS relinked (local_id bigint, before text, after text) ON COMMIT DELETE ROWS"
    )
    cursor.execute("DELETE FROM relinked")
    with cursor.copy("COPY relinked FROM STDIN") as copy:
        for pk, before in expected.items():
            copy.write_row((pk, before, wanted[pk]))
    cursor.execute("ANALYZE relinked")


def _check(cursor: Any, target: Target, names: Mapping[str, Any], count: int) -> None:
    """Nothing has changed since it was looked at. Locks the records, in the order of their ids."""
    link, table = _tables(target)
    cursor.execute(
        f"""
        SELECT EXISTS (
            SELECT FROM relinked r LEFT JOIN {link} l
                ON l.workspace_id = %(workspace)s AND l.connection_id = %(connection)s AND l.local_id = r.local_id
            WHERE l.external_id IS DISTINCT FROM r.before
        ) OR EXISTS (
            SELECT FROM relinked r JOIN {link} l
                ON l.workspace_id = %(workspace)s AND l.connection_id = %(connection)s AND l.external_id = r.after
            LEFT JOIN relinked own ON own.local_id = l.local_id WHERE own.local_id IS NULL
        )
        """,  # noqa: S608 - only names of our own tables are put in
        names,
    )
    is_changed = cursor.fetchone()[0]
    cursor.execute(
        f"SELECT count(*) FROM (SELECT FROM {table} t JOIN relinked r ON r.local_id = t.id"  # noqa: S608
        " WHERE t.workspace_id = %(workspace)s ORDER BY t.id FOR UPDATE OF t) locked",
        names,
    )
    if is_changed or cursor.fetchone()[0] != count:
        raise LinkRefused(_("The links were changed meanwhile. Look at them again."))


def _move(cursor: Any, target: Target, names: Mapping[str, Any]) -> bool:
    """Links and what the provider says of the records; whether all of them have to be read anew: something there is
    without a counterpart now, or its record here does not say what it says there."""
    link, table = _tables(target)
    said = {**snapshot.columns_of(target), "mastered_by": "text"}
    of_link = _link_columns(target)
    staged = f"said_of_{target.model._meta.model_name}"
    kept = {"external_id": "text", **of_link, **said}
    columns = ", ".join(f"{name} {sql}" for name, sql in kept.items())
    cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {staged} ({columns}) ON COMMIT DELETE ROWS")
    cursor.execute(f"DELETE FROM {staged}")  # noqa: S608
    cursor.execute(
        f"""
        INSERT INTO {staged} ({", ".join(kept)})
        SELECT l.external_id, {", ".join(f"l.{name}" for name in of_link)}, {", ".join(f"t.{name}" for name in said)}
        FROM relinked r
        JOIN {link} l ON l.workspace_id = %(workspace)s AND l.connection_id = %(connection)s AND l.local_id = r.local_id
        JOIN {table} t ON t.workspace_id = %(workspace)s AND t.id = r.local_id
        """,  # noqa: S608
        names,
    )
    cursor.execute(f"ANALYZE {staged}")
    cursor.execute(
        f"DELETE FROM {link} l USING relinked r WHERE l.workspace_id = %(workspace)s"  # noqa: S608
        " AND l.connection_id = %(connection)s AND l.local_id = r.local_id",
        names,
    )
    given = [f"coalesce(s.{name}, '')" if name == "customer_external_id" else f"s.{name}" for name in of_link]
    cursor.execute(
        f"""
        INSERT INTO {link} (workspace_id, connection_id, local_id, external_id, created_at, {", ".join(of_link)})
        SELECT %(workspace)s, %(connection)s, r.local_id, r.after, now(), {", ".join(given)}
        FROM relinked r LEFT JOIN {staged} s ON s.external_id = r.after WHERE r.after IS NOT NULL
        """,  # noqa: S608
        names,
    )
    cursor.execute(
        f"UPDATE {table} t SET {', '.join(f'{name} = s.{name}' for name in said)}"  # noqa: S608
        f" FROM relinked r JOIN {staged} s ON s.external_id = r.after"
        " WHERE t.workspace_id = %(workspace)s AND t.id = r.local_id",
        names,
    )
    cursor.execute(
        f"SELECT EXISTS (SELECT FROM {staged} s FULL JOIN (SELECT after FROM relinked WHERE after IS NOT NULL) r"  # noqa: S608
        " ON r.after = s.external_id WHERE r.after IS NULL OR s.fingerprint IS NULL)"
    )
    return bool(cursor.fetchone()[0])


def _link_columns(target: Target) -> dict[str, str]:
    """What a link keeps of the provider's record, besides its id."""
    heals = {"customer_external_id": "text"} if target.reference is Kind.CUSTOMERS else {}
    return {"fingerprint": "bytea", **heals, **target.link_columns}


def _tables(target: Target) -> tuple[str, str]:
    if target.link is None:
        raise LookupError(f"{target.model.__name__} has no links")
    return target.link._meta.db_table, target.model._meta.db_table


def _let_go(connection: Connection, kind: Kind, ids: list[int], made: set[int]) -> None:
    """These stand in Busy alone now."""
    if not ids:
        return
    own = [pk for pk in ids if pk not in made]
    imported = [pk for pk in ids if pk in made]
    snapshot.note_imported(connection, kind, imported)
    snapshot.restore(connection, kind, own)
    table, kept = TARGETS[kind].model._meta.db_table, KeptRecord._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table} t SET mastered_by = '', archived_at = coalesce(t.archived_at, CASE
                WHEN t.id IN (SELECT unnest(%(imported)s::bigint[])) OR EXISTS (
                    SELECT FROM {kept} k WHERE k.workspace_id = %(workspace)s AND k.connection_id = %(connection)s
                        AND k.kind = %(kind)s AND k.local_id = t.id AND k.was_archived
                ) THEN now() END)
            WHERE t.workspace_id = %(workspace)s AND t.id IN (SELECT unnest(%(ids)s::bigint[]))
            """,  # noqa: S608
            {
                "workspace": connection.workspace_id,
                "connection": connection.pk,
                "kind": str(kind),
                "ids": ids,
                "imported": imported,
            },
        )


# --- What points to a record ------------------------------------------------------------------------------------------


def followers(kind: Kind, ids: Collection[int]) -> dict[int, list[int]]:
    """Projects go where the provider's customer goes, work types where the product goes; their ids, by whose they
    are."""
    found: dict[int, list[int]] = {}
    rows: Any
    if kind is Kind.CUSTOMERS:
        rows = Project.objects.filter(customer_id__in=ids).exclude(mastered_by="").values_list("customer_id", "pk")
    elif kind is Kind.PRODUCTS:
        rows = WorkType.objects.filter(product_id__in=ids).values_list("product_id", "pk")
    else:
        return found
    for of, pk in rows.order_by("pk"):
        found.setdefault(of, []).append(pk)
    return found


def follow(kind: Kind, to: Mapping[int, int]) -> None:
    """Let them point to another record, by their ids."""
    model, column = {Kind.CUSTOMERS: (Project, "customer_id"), Kind.PRODUCTS: (WorkType, "product_id")}[kind]
    with database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} t SET {column} = given.target"  # noqa: S608
            " FROM unnest(%(ids)s::bigint[], %(targets)s::bigint[]) given (id, target) WHERE t.id = given.id",
            {"ids": list(to), "targets": list(to.values())},
        )
