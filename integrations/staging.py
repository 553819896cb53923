"""A page of records into tables, set by set: look up what we know of them, COPY what is new or differs into a staging
table, and write that.

An equal fingerprint means that nothing Busy shows has changed, and costs neither staging nor a write. Only the
provider's own fields are touched; what Busy adds to a record survives (R17, R18).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec.structs
from django.db import connection as database
from django.db import models

from integrations import copying, imported_work_types, pulled_tasks, shared_pulls
from integrations.appliers import TARGETS, Target, names_of
from integrations.conversations import connector_of
from integrations.copying import Staged
from integrations.imported_work_types import MATCHES
from integrations.kernel.records import Kind, ProjectRecord, Record, TaskRecord, WorkTypeRecord, fingerprints
from integrations.models import Connection

_BETWEEN = "\x1f"  # ids of a page are handed over as one text, which costs a tenth of a list
_MANY = 100  # new rows of a page, from which on a look at each would be felt

NOBODY = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a page changed. ``changed`` holds the provider's ids of new and changed records."""

    created: int = 0
    updated: int = 0
    archived: int = 0
    restored: int = 0
    changed: frozenset[str] = frozenset()
    locals_seen: str = NOBODY  # the local ids of all records the page named, as PostgreSQL writes an array


def tell_planner() -> None:
    """For the transaction of a page: rows are found by their keys, and the commit need not wait for the disk.

    The planner knows nothing yet of tables that a first load fills. It takes a workspace for empty, would compare each
    page with all of it, and thinks any index that begins with the workspace as good as the one of the whole key. So
    look-ups ask for the key from itself to itself, in its order, and nothing may be sorted: one index gives that.

    What a crash of the database may take back are the last pages together with their checkpoint: they are read again.
    The run's last transaction waits for the disk, and for all before it.
    """
    with database.cursor() as cursor:
        _set(cursor, ("enable_hashjoin", "enable_mergejoin", "enable_sort", "jit", "synchronous_commit"), "off")


def apply_page(
    connection: Connection,
    records: Iterable[Record],
    *,
    kind: Kind,
    system: str,
    since: datetime | None = None,
    marks: Mapping[str, bytes] | None = None,
) -> Applied:
    """Write a page. Call in a scope, holding the connection's row. A record named twice counts as it was named last.

    ``since`` is when the reading began, for what Busy writes there as well; ``marks`` are the records' fingerprints,
    where they were made already. Raises shared_pulls.NotYetKnown when a
    record may be one that is just being made there.
    """
    page = _by_id(records)
    if not page:
        return Applied()
    target = TARGETS[kind]
    names = names_of(connection, system)
    with database.cursor() as cursor:
        staged, seen = _differing(cursor, target, names, page, fingerprints(page.values()) if marks is None else marks)
        changed: list[tuple[str, str]] = []
        if staged and connector_of(connection).save(kind) is not None:
            staged, kept = shared_pulls.let_in(connection, staged, kind=kind, since=since)
            seen += kept
        referred = _referred(cursor, target, names, staged)
        assigned = pulled_tasks.Assigned.of(connection, [row.record for row in staged] if kind is Kind.TASKS else [])
        if kind is Kind.TASKS:
            staged = _shown(staged, referred, assigned)
        if staged:
            copying.stage(cursor, target, staged, referred)
            changed = _write(cursor, connection, kind, names, staged)
            if kind is Kind.WORK_TYPES:
                imported_work_types.give_products(connection, _products_of(staged))
            if kind is Kind.PROJECTS:
                pulled_tasks.drive([row.local_id for row in staged if _takes_tasks_only(row.record)])
            if kind is Kind.TASKS:
                fresh = [row.local_id for row in staged if row.is_new]
                assigned.put({row.local_id: row.record for row in staged}, new=fresh)
    return Applied(
        created=sum(row.is_new for row in staged),
        updated=len(changed),
        archived=sum(state == "archived" for _, state in changed),
        restored=sum(state == "restored" for _, state in changed),
        changed=frozenset(row.record.external_id for row in staged),
        locals_seen=f"{{{','.join([*seen, *(str(row.local_id) for row in staged)])}}}",
    )


def _write(
    cursor: Any, connection: Connection, kind: Kind, names: dict[str, Any], staged: Sequence[Staged]
) -> list[tuple[str, str]]:
    """Insert and update what is staged; what became of those that were here, as ``_update_changed`` tells it."""
    target = TARGETS[kind]
    if kind is Kind.WORK_TYPES and connection.settings.get(MATCHES):
        _become(staged, imported_work_types.adopt_same_names(cursor, names))
    created = sum(row.is_new for row in staged)
    if created:
        _insert_new(cursor, target, names)
        if created >= _MANY:
            # The references are checked at the commit, with plans that are kept. One made while the table was all but
            # empty goes by any index of the workspace, and reads half of it for each row.
            cursor.execute("DISCARD PLANS")
        if kind is Kind.PROJECTS:
            imported_work_types.add_to_new_projects(cursor, names)
        if kind is Kind.WORK_TYPES:
            imported_work_types.add_new_ones_to_projects(cursor, names)
    return _update_changed(cursor, target, names) if len(staged) > created else []


def is_known(
    connection: Connection, records: Iterable[Record], *, kind: Kind, marks: Mapping[str, bytes] | None = None
) -> bool:
    """Whether all of them stand here as they are. Call in a scope."""
    page = _by_id(records)
    marks = fingerprints(page.values()) if marks is None else marks
    with database.cursor() as cursor:
        found = _compared(cursor, TARGETS[kind], names_of(connection, ""), page, marks)
    return not (found.new or found.changed)


def _by_id(records: Iterable[Record]) -> dict[str, Record]:
    """Without ids that no column and no list of ours can hold."""
    return {
        record.external_id: record
        for record in records
        if len(record.external_id) <= 100 and _BETWEEN not in record.external_id
    }


def _products_of(staged: Iterable[Staged]) -> dict[int, str]:
    """The provider's products of new work types, by their local ids."""
    new = ((row.local_id, row.record) for row in staged if row.is_new)
    return {pk: one.product_id for pk, one in new if isinstance(one, WorkTypeRecord) and one.product_id}


def _takes_tasks_only(record: Record) -> bool:
    return isinstance(record, ProjectRecord) and record.tasks_only


def _become(staged: Iterable[Staged], adopted: Mapping[str, int]) -> None:
    """Records that are not new after all: local ids by the provider's."""
    for row in staged:
        local_id = adopted.get(row.record.external_id)
        if local_id is not None:
            row.local_id, row.is_new = local_id, False


# --- The steps --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What we know of the records of a page. In a table of its own the row is the link."""

    equal: list[str] = field(default_factory=list)  # local ids
    new: list[str] = field(default_factory=list)  # the provider's ids, in the order of the page
    changed: dict[str, tuple[int, int]] = field(default_factory=dict)  # by the provider's id: local id and link


def _compared(
    cursor: Any, target: Target, names: dict[str, Any], page: Mapping[str, Record], marks: Mapping[str, bytes]
) -> _Compared:
    """Compared by the database, which tells of all but the changed ones in a single row. Each is looked up by its key,
    and told so (see ``tell_planner``).
    """
    local, table = ("id", target.model) if target.link is None else ("local_id", target.link)
    cursor.execute(
        f"""
        WITH found AS MATERIALIZED (
            SELECT given.id, l.local_id, l.link_id, l.fingerprint IS NOT DISTINCT FROM decode(given.mark, 'hex') AS same
            FROM unnest(string_to_array(%(ids)s, %(between)s), string_to_array(%(marks)s, ',')) given (id, mark)
            LEFT JOIN LATERAL (
                SELECT x.{local} AS local_id, x.id AS link_id, x.fingerprint FROM {table._meta.db_table} x
                WHERE x.workspace_id = %(workspace)s AND x.connection_id = %(connection)s
                    AND x.external_id BETWEEN given.id AND given.id
                ORDER BY x.external_id LIMIT 1
            ) l ON true
        )
        SELECT string_agg(local_id::text, ',') FILTER (WHERE same),
            string_agg(id, %(between)s) FILTER (WHERE local_id IS NULL), NULL, NULL FROM found
        UNION ALL SELECT NULL, id, local_id, link_id FROM found WHERE NOT same AND local_id IS NOT NULL
        """,  # noqa: S608 - names of our own table and column
        {
            **names,
            "ids": _BETWEEN.join(page),
            "marks": ",".join([marks[external_id].hex() for external_id in page]),
            "between": _BETWEEN,
        },
    )
    (equal, new, *_), *changed = cursor.fetchall()
    return _Compared(
        equal=equal.split(",") if equal else [],
        new=new.split(_BETWEEN) if new else [],
        changed={external_id: (local_id, link_id) for _, external_id, local_id, link_id in changed},
    )


def _differing(
    cursor: Any, target: Target, names: dict[str, Any], page: Mapping[str, Record], marks: Mapping[str, bytes]
) -> tuple[list[Staged], list[str]]:
    """Those that are new or changed, in the order of the page, and the local ids of the equal ones. New ones get their
    local ids here."""
    known = _compared(cursor, target, names, page, marks)
    ids: dict[str, tuple[int, int | None]] = dict(known.changed)
    ids |= zip(known.new, ((pk, None) for pk in _new_ids(cursor, target, len(known.new))), strict=True)
    found = []
    for external_id, record in page.items() if ids else ():
        if external_id in ids:
            local_id, link_id = ids[external_id]
            found.append(Staged(record, marks[external_id], local_id, link_id, link_id is None))
    return found, known.equal


def _new_ids(cursor: Any, target: Target, count: int) -> Iterable[int]:
    if not count:
        return ()
    cursor.execute(
        f"SELECT string_agg(nextval(own.ids)::text, ',') FROM generate_series(1, %s), (SELECT pg_get_serial_sequence("  # noqa: S608
        f"'{target.model._meta.db_table}', 'id')::regclass AS ids OFFSET 0) own",
        [count],
    )
    return map(int, cursor.fetchone()[0].split(","))


def _referred(cursor: Any, target: Target, names: dict[str, Any], rows: Sequence[Staged]) -> dict[str, int]:
    """Local ids of the customers, or projects, that the rows name, by the provider's."""
    link = TARGETS[target.reference].link if target.reference else None
    if link is None or not rows:
        return {}
    by = target.refers_by
    referred = {getattr(row.record, by) for row in rows}
    cursor.execute(
        f"""
        SELECT given.id, l.local_id FROM unnest(string_to_array(%(ids)s, %(between)s)) given (id) CROSS JOIN LATERAL (
            SELECT local_id FROM {link._meta.db_table} x WHERE x.workspace_id = %(workspace)s
                AND x.connection_id = %(connection)s AND x.external_id BETWEEN given.id AND given.id
            ORDER BY x.external_id LIMIT 1
        ) l
        """,  # noqa: S608 - the name of our own table
        {**names, "ids": _BETWEEN.join(filter(None, referred)), "between": _BETWEEN},
    )
    return dict(cursor.fetchall())


def _shown(staged: Sequence[Staged], projects: Mapping[str, int], assigned: pulled_tasks.Assigned) -> list[Staged]:
    """A task comes in once somebody here is assigned to it (R67). One that nobody is assigned to any more is archived,
    for a task without members would be everybody's; one that was everybody's in Busy stays so."""
    shown = []
    alone = assigned.archived_alone([row.local_id for row in staged if not row.is_new])
    for row in staged:
        record = row.record
        if not isinstance(record, TaskRecord) or record.project_id not in projects:
            continue
        if not assigned.members(record):
            if row.is_new:
                continue
            row.record = msgspec.structs.replace(record, archived=record.archived or row.local_id in alone)
        shown.append(row)
    return shown


def _insert_new(cursor: Any, target: Target, names: dict[str, Any]) -> None:
    """Records we have no link for: a row and its link in one statement."""
    table, staging = target.model._meta.db_table, copying.table_of(target)
    own = {"connection_id": "%(connection)s", "external_id": "fresh.external_id", "fingerprint": "fresh.fingerprint"}
    given = {
        "id": "fresh.local_id",
        "workspace_id": "%(workspace)s",
        "archived_at": "CASE WHEN fresh.archived THEN now() END",
        **{name: f"fresh.{name}" for name in target.columns},
        **target.once,
        **({target.refers_by: "fresh.referred"} if target.reference else {}),
        **(own if target.link is None else {"mastered_by": "%(system)s"}),
    }
    columns, values, defaults = with_defaults(target.model, given)
    rows = f"INSERT INTO {table} ({columns}) SELECT {values} FROM {staging} fresh WHERE fresh.is_new"  # noqa: S608
    if target.link is None:
        cursor.execute(rows, {**names, **defaults})
        return
    heals = target.reference is Kind.CUSTOMERS
    reference = ", customer_external_id" if heals else ""
    referred = ", left(fresh.reference, 100)" if heals else ""
    reference += "".join(f", {name}" for name in target.link_columns)
    referred += "".join(f", fresh.{name}" for name in target.link_columns)
    cursor.execute(
        f"""
        WITH made AS ({rows})
        INSERT INTO {target.link._meta.db_table}
            (workspace_id, connection_id, local_id, external_id, fingerprint, created_at{reference})
        SELECT %(workspace)s, %(connection)s, fresh.local_id, fresh.external_id, fresh.fingerprint, now(){referred}
        FROM {staging} fresh WHERE fresh.is_new
        """,  # noqa: S608
        {**names, **defaults},
    )


def with_defaults(model: type[models.Model], given: Mapping[str, str]) -> tuple[str, str, dict[str, Any]]:
    """Columns and values of an INSERT: what is given, and Django's defaults for what may not stay empty."""
    columns, values, defaults = list(given), list(given.values()), {}
    for column in model._meta.local_concrete_fields:
        if column.column not in given and not column.null:
            key = f"default_{column.column}"
            columns.append(str(column.column))
            values.append(f"%({key})s")
            defaults[key] = column.get_db_prep_save(column.get_default(), database)
    return ", ".join(columns), ", ".join(values), defaults


def _update_changed(cursor: Any, target: Target, names: dict[str, Any]) -> list[tuple[str, str]]:
    """Records whose fingerprint differs: (provider's id, "archived" | "restored" | "").

    Each row is looked up by its key and locked, then written where it stands. In a join with the page the planner,
    which has heard nothing of the workspace and takes it for empty, would read all of it instead.
    """
    table, staging = target.model._meta.db_table, copying.table_of(target)
    owned = [f"{name} = changed.{name}" for name in target.columns]
    if target.reference:
        owned.append(f"{target.refers_by} = changed.referred")
    owned.append("fingerprint = changed.fingerprint" if target.link is None else "mastered_by = %(system)s")
    heals = target.reference is Kind.CUSTOMERS
    reference = ", customer_external_id = left(changed.reference, 100)" if heals else ""
    reference += "".join(f", {name} = changed.{name}" for name in target.link_columns)
    placed, linked = "", ""
    if target.link is not None:
        placed = (
            f", link_place = (SELECT x.ctid FROM {target.link._meta.db_table} x WHERE x.workspace_id = %(workspace)s"  # noqa: S608
            " AND x.id BETWEEN changed.link_id AND changed.link_id ORDER BY x.id LIMIT 1 FOR NO KEY UPDATE)"
        )
        linked = (
            f"linked AS (UPDATE {target.link._meta.db_table} l SET fingerprint = changed.fingerprint{reference}"  # noqa: S608
            f" FROM {staging} changed WHERE l.ctid = changed.link_place),"
        )
    cursor.execute(
        f"""
        UPDATE {staging} changed SET (place, was_archived) = (
            SELECT x.ctid, x.archived_at IS NOT NULL FROM {table} x WHERE x.workspace_id = %(workspace)s
                AND x.id BETWEEN changed.local_id AND changed.local_id ORDER BY x.id LIMIT 1 FOR NO KEY UPDATE
        ){placed}
        WHERE NOT is_new
        """,  # noqa: S608 - names of our own tables
        names,
    )
    with _without(cursor, "enable_indexscan", "enable_bitmapscan", "enable_seqscan"):  # the place is the only way
        cursor.execute(
            f"""
            WITH {linked} written AS (
                UPDATE {table} t SET {", ".join(owned)},
                    archived_at = CASE WHEN changed.archived THEN coalesce(t.archived_at, now()) END
                FROM {staging} changed WHERE t.ctid = changed.place
            )
            SELECT external_id, CASE WHEN archived AND NOT was_archived THEN 'archived'
                                     WHEN NOT archived AND was_archived THEN 'restored'
                                     ELSE '' END
            FROM {staging} WHERE place IS NOT NULL
            """,  # noqa: S608
            names,
        )
        return list(cursor.fetchall())


@contextmanager
def _without(cursor: Any, *ways: str) -> Iterator[None]:
    """The planner does without these, unless there is no other way."""
    _set(cursor, ways, "off")
    yield
    _set(cursor, ways, "on")


def _set(cursor: Any, ways: Iterable[str], to: str) -> None:
    cursor.execute("SELECT " + ", ".join(f"set_config('{way}', '{to}', true)" for way in ways))
