"""A page of records into tables, set by set: COPY into a staging table, then write only what is new or differs.
 An equal fingerprint means that nothing Busy shows has changed, and costs no write. Only the provider's own fields
are touched; what Busy adds to a record survives (R17, R18).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from django.db import connection as database
from django.db import models
from django.utils import timezone

from busy.catalog.models import COLORS, Customer, Product, Project, WorkType
from integrations import imported_work_types
from integrations.imported_work_types import MATCHES
from integrations.kernel.records import (
    CustomerRecord,
    EmployeeRecord,
    Kind,
    ProductRecord,
    ProjectRecord,
    Record,
    WorkTypeRecord,
    fingerprint,
)
from integrations.models import (
    Connection,
    CustomerLink,
    Link,
    ProductLink,
    ProjectLink,
    ProviderEmployee,
    PulledPage,
    WorkTypeLink,
)

_PRICE_LIMIT = Decimal(10) ** 10  # of the column: 14 digits, 4 of them after the point


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a page changed. ``changed`` holds the provider's ids of new and changed records."""

    created: int = 0
    updated: int = 0
    archived: int = 0
    restored: int = 0
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How one kind of record lands. ``columns`` maps a column of the table to its type in the staging table."""

    model: type[models.Model]
    link: type[Link] | None  # None: the record stands in a table of its own, with its external id
    columns: Mapping[str, str]
    values: Callable[[Any], tuple[Any, ...]]  # of `columns`, in their order
    reference: bool = False  # projects name their customer
    once: Mapping[str, str] = field(default_factory=dict)  # column -> SQL, for new rows only; `local_id` is known
    is_mastered: bool = True


def _cut(text: str, length: int) -> str:
    """PostgreSQL takes no NUL, and a provider's text may be longer than the column."""
    return text.replace("\x00", "")[:length]


def _customer(record: CustomerRecord) -> tuple[Any, ...]:
    return (
        _cut(record.name, 255),
        _cut(record.number, 100),
        _cut(record.organization_number, 40),
        _cut(record.email, 254),
    )


def _product(record: ProductRecord) -> tuple[Any, ...]:
    price = record.price
    if price is not None and abs(price) >= _PRICE_LIMIT:
        price = None
    return (_cut(record.name, 255), _cut(record.number, 100), _cut(record.unit, 40), price, _cut(record.currency, 3))


def _project(record: ProjectRecord) -> tuple[Any, ...]:
    return (_cut(record.name, 255), _cut(record.number, 100), record.start_date, record.end_date)


def _work_type(record: WorkTypeRecord) -> tuple[Any, ...]:
    return (_cut(record.name, 255), _cut(record.number, 100))


def _employee(record: EmployeeRecord) -> tuple[Any, ...]:
    return (_cut(record.name, 255), _cut(record.number.strip(), 100), _cut(record.email.strip(), 254))


TARGETS: dict[Kind, Target] = {
    Kind.CUSTOMERS: Target(
        model=Customer,
        link=CustomerLink,
        columns={"name": "text", "number": "text", "organization_number": "text", "email": "text"},
        values=_customer,
    ),
    Kind.PRODUCTS: Target(
        model=Product,
        link=ProductLink,
        columns={"name": "text", "number": "text", "unit": "text", "price": "numeric(14,4)", "currency": "text"},
        values=_product,
    ),
    Kind.WORK_TYPES: Target(
        model=WorkType,
        link=WorkTypeLink,
        columns={"name": "text", "number": "text"},
        values=_work_type,
        once={"is_billable": "fresh.flag"},
    ),
    Kind.PROJECTS: Target(
        model=Project,
        link=ProjectLink,
        columns={"name": "text", "number": "text", "start_date": "date", "end_date": "date"},
        values=_project,
        reference=True,
        # Neighbours in a list get different colours; what is internal at the provider is not billed by default.
        once={"color": f"(fresh.local_id %% {COLORS}) + 1", "is_billable": "fresh.flag"},
    ),
    Kind.EMPLOYEES: Target(
        model=ProviderEmployee,
        link=None,
        columns={"name": "text", "number": "text", "email": "text"},
        values=_employee,
        is_mastered=False,
    ),
}


def apply_page(connection: Connection, records: Iterable[Record], *, kind: Kind, system: str) -> Applied:
    """Write a page. Call in a scope, holding the connection's row. A record named twice counts as it was named last."""
    rows = {record.external_id: record for record in records if len(record.external_id) <= 100}
    if not rows:
        return Applied()
    target = TARGETS[kind]
    names = _names(connection, system)
    with database.cursor() as cursor:
        _stage(cursor, target, rows.values())
        if target.link is None:
            return _apply_own_table(cursor, target, names)
        if kind is Kind.WORK_TYPES and connection.settings.get(MATCHES):
            imported_work_types.adopt_same_names(cursor, names)
        created = _insert_new(cursor, target, names)
        if kind is Kind.PROJECTS and created:
            imported_work_types.add_to_new_projects(cursor, names)
        if kind is Kind.WORK_TYPES and created:
            imported_work_types.add_new_ones_to_projects(cursor, names)
        changed = _update_changed(cursor, target, names)
    return Applied(
        created=len(created),
        updated=len(changed),
        archived=sum(state == "archived" for _, state in changed),
        restored=sum(state == "restored" for _, state in changed),
        changed=frozenset(created) | {external_id for external_id, _ in changed},
    )


def note_seen(connection: Connection, *, kind: Kind, generation: int) -> None:
    """Remember, in one row, which records the staged page named. Follows `apply_page` in the same transaction."""
    target = TARGETS[kind]
    column, source = ("id", target.model) if target.link is None else ("local_id", target.link)
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {PulledPage._meta.db_table} (workspace_id, connection_id, kind, generation, locals_seen)
            SELECT %(workspace)s, %(connection)s, %(kind)s, %(generation)s, coalesce(array_agg(l.{column}), '{{}}')
            FROM {_staging(target)} s CROSS JOIN {_its_link(source._meta.db_table)}
            """,  # noqa: S608 - only names of our own tables are put in
            {**_names(connection, ""), "kind": str(kind), "generation": generation},
        )


# --- The steps --------------------------------------------------------------------------------------------------------


def _names(connection: Connection, system: str) -> dict[str, Any]:
    return {"workspace": connection.workspace_id, "connection": connection.pk, "system": system}


def _staging(target: Target) -> str:
    return f"staged_{target.model._meta.model_name}"


def _stage(cursor: Any, target: Target, records: Iterable[Record]) -> None:
    """Load the page. The table lives as long as the session and is emptied by every commit."""
    table = _staging(target)
    columns = ", ".join(f"{name} {kind}" for name, kind in target.columns.items())
    cursor.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} (external_id text PRIMARY KEY, fingerprint bytea,"
        f" archived boolean, flag boolean, reference text, {columns}) ON COMMIT DELETE ROWS"
    )
    cursor.execute(f"TRUNCATE {table}")  # several pages may share a transaction
    names = ", ".join(target.columns)
    with cursor.copy(f"COPY {table} (external_id, fingerprint, archived, flag, reference, {names}) FROM STDIN") as copy:
        for record in records:
            copy.write_row(
                (
                    record.external_id,
                    fingerprint(record),
                    record.archived,
                    _flag(record),
                    getattr(record, "customer_id", None) or "",
                    *target.values(record),
                )
            )


def _flag(record: Record) -> bool:
    """Billable, for the kinds that say so."""
    if isinstance(record, WorkTypeRecord):
        return record.billable
    return not getattr(record, "internal", False)


def _its_link(link: str) -> str:
    """The staged row's link, looked up by its key row for row.

    The LIMIT keeps the planner from joining the tables another way: during a first load it takes them for empty, and
    would compare every staged row with every link.
    """
    return (
        f"LATERAL (SELECT * FROM {link} x WHERE x.workspace_id = %(workspace)s"  # noqa: S608
        " AND x.connection_id = %(connection)s AND x.external_id = s.external_id LIMIT 1) l"
    )


def _referred_customer(row: str) -> str:
    return (
        f"(SELECT r.local_id FROM {CustomerLink._meta.db_table} r WHERE r.workspace_id = %(workspace)s"  # noqa: S608
        f" AND r.connection_id = %(connection)s AND r.external_id = {row}.reference)"
    )


def _insert_new(cursor: Any, target: Target, names: dict[str, Any]) -> list[str]:
    """Records we have no link for: a row and its link in one statement. The provider's ids come back."""
    assert target.link is not None
    table, link = target.model._meta.db_table, target.link._meta.db_table
    given = {
        "id": "fresh.local_id",
        "workspace_id": "%(workspace)s",
        "archived_at": "CASE WHEN fresh.archived THEN now() END",
        "mastered_by": "%(system)s",
        **{name: f"fresh.{name}" for name in target.columns},
        **target.once,
        **({"customer_id": _referred_customer("fresh")} if target.reference else {}),
    }
    columns, values, defaults = _with_defaults(target.model, given)
    reference = ", customer_external_id" if target.reference else ""
    referred = ", left(fresh.reference, 100)" if target.reference else ""
    cursor.execute(
        f"""
        WITH fresh AS MATERIALIZED (
            SELECT s.*, nextval(pg_get_serial_sequence('{table}', 'id')) AS local_id
            FROM {_staging(target)} s LEFT JOIN {_its_link(link)} ON true WHERE l.id IS NULL
        ), made AS (
            INSERT INTO {table} ({columns}) SELECT {values} FROM fresh
        )
        INSERT INTO {link} (workspace_id, connection_id, local_id, external_id, fingerprint, created_at{reference})
        SELECT %(workspace)s, %(connection)s, fresh.local_id, fresh.external_id, fresh.fingerprint, now(){referred}
        FROM fresh RETURNING external_id
        """,  # noqa: S608
        {**names, **defaults},
    )
    return [row[0] for row in cursor.fetchall()]


def _with_defaults(model: type[models.Model], given: Mapping[str, str]) -> tuple[str, str, dict[str, Any]]:
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
    """Records whose fingerprint differs: (provider's id, "archived" | "restored" | "")."""
    assert target.link is not None
    table, link = target.model._meta.db_table, target.link._meta.db_table
    owned = [f"{name} = changed.{name}" for name in target.columns]
    if target.reference:
        owned.append(f"customer_id = {_referred_customer('changed')}")
    reference = ", customer_external_id = left(changed.reference, 100)" if target.reference else ""
    cursor.execute(
        f"""
        WITH changed AS MATERIALIZED (
            SELECT s.*, l.id AS link_id, l.local_id FROM {_staging(target)} s CROSS JOIN {_its_link(link)}
            WHERE l.fingerprint IS DISTINCT FROM s.fingerprint
        ), linked AS (
            UPDATE {link} l SET fingerprint = changed.fingerprint{reference} FROM changed WHERE l.id = changed.link_id
        ), written AS (
            UPDATE {table} t SET {", ".join(owned)}, mastered_by = %(system)s,
                archived_at = CASE WHEN changed.archived THEN coalesce(t.archived_at, now()) END
            FROM changed WHERE t.id = changed.local_id AND t.workspace_id = %(workspace)s
        )
        SELECT changed.external_id, CASE WHEN changed.archived AND before.archived_at IS NULL THEN 'archived'
                                         WHEN NOT changed.archived AND before.archived_at IS NOT NULL THEN 'restored'
                                         ELSE '' END
        FROM changed JOIN {table} before ON before.id = changed.local_id AND before.workspace_id = %(workspace)s
        """,  # noqa: S608
        names,
    )
    return list(cursor.fetchall())


def _apply_own_table(cursor: Any, target: Target, names: dict[str, Any]) -> Applied:
    """For records that stand in a table of their own: one upsert that leaves equal rows alone."""
    table = target.model._meta.db_table
    columns = list(target.columns)
    cursor.execute(
        f"""
        INSERT INTO {table} AS t
            (workspace_id, connection_id, external_id, fingerprint, archived_at, {", ".join(columns)})
        SELECT %(workspace)s, %(connection)s, external_id, fingerprint, CASE WHEN archived THEN now() END,
               {", ".join(columns)}
        FROM {_staging(target)}
        ON CONFLICT (workspace_id, connection_id, external_id) DO UPDATE SET fingerprint = excluded.fingerprint,
            archived_at = CASE WHEN excluded.archived_at IS NOT NULL THEN coalesce(t.archived_at, now()) END,
            {", ".join(f"{name} = excluded.{name}" for name in columns)}
        WHERE t.fingerprint IS DISTINCT FROM excluded.fingerprint
        RETURNING external_id, xmax = 0
        """,  # noqa: S608
        names,
    )
    rows: Sequence[tuple[str, bool]] = cursor.fetchall()
    created = sum(is_new for _, is_new in rows)
    return Applied(created=created, updated=len(rows) - created, changed=frozenset(row[0] for row in rows))


# --- After the last page ----------------------------------------------------------------------------------------------


def heal_references(connection: Connection) -> int:
    """Give projects the customer that was not known yet when they came; the number of projects."""
    lacking = set(Project.objects.filter(customer=None).exclude(mastered_by="").values_list("pk", flat=True))
    links = ProjectLink.objects.filter(connection=connection, local_id__in=lacking)
    wanted = dict(links.exclude(customer_external_id="").values_list("local_id", "customer_external_id"))
    if not wanted:
        return 0
    known = CustomerLink.objects.filter(connection=connection, external_id__in=set(wanted.values()))
    customers = dict(known.values_list("external_id", "local_id"))
    found = {project: customers[external_id] for project, external_id in wanted.items() if external_id in customers}
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_project p SET customer_id = v.customer"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS v (project, customer)"
            " WHERE p.id = v.project AND p.workspace_id = %s",
            [list(found), list(found.values()), connection.workspace_id],
        )
        return int(cursor.rowcount)


def unseen(connection: Connection, *, kind: Kind, generation: int) -> tuple[list[int], int]:
    """Local ids of active records that the listing did not name, and how many active linked records there are.

    The difference is made here: after a first load the planner knows nothing of the tables yet, and would compare every
    record with every other.
    """
    pages = PulledPage.objects.filter(connection=connection, kind=kind, generation=generation)
    seen = {local_id for page in pages.values_list("locals_seen", flat=True) for local_id in page}
    active = _active(connection, kind)
    return sorted(active - seen), len(active)


def _active(connection: Connection, kind: Kind) -> set[int]:
    """Local ids of the active records that came from this connection."""
    target = TARGETS[kind]
    if target.link is None:
        own = ProviderEmployee.objects.filter(connection=connection, archived_at=None)
        return set(own.values_list("pk", flat=True))
    links: Any = target.link.objects  # every concrete link has `local`
    return set(links.filter(connection=connection, local__archived_at=None).values_list("local_id", flat=True))


def archive(connection: Connection, *, kind: Kind, ids: Sequence[int]) -> int:
    """Archive linked records that are gone at the provider. Being named again brings them back, whatever their
    fingerprint."""
    if not ids:
        return 0
    target = TARGETS[kind]
    table = target.model._meta.db_table
    values = {**_names(connection, ""), "ids": list(ids)}
    with database.cursor() as cursor:
        if target.link is not None:
            cursor.execute(
                f"UPDATE {target.link._meta.db_table} SET fingerprint = NULL WHERE workspace_id = %(workspace)s"  # noqa: S608
                " AND connection_id = %(connection)s AND local_id = ANY(%(ids)s)",
                values,
            )
        fresh = "" if target.link is not None else "fingerprint = NULL, "
        cursor.execute(
            f"UPDATE {table} SET {fresh}archived_at = now() WHERE workspace_id = %(workspace)s"  # noqa: S608
            " AND id = ANY(%(ids)s) AND archived_at IS NULL",
            values,
        )
        return int(cursor.rowcount)


def archives_local(kind: Kind) -> str:
    """The key of the connection's settings that says: archive what is only in Busy when the listing is complete."""
    return f"archives_local_{kind}"


def archive_local(connection: Connection, kind: Kind) -> list[int]:
    """Archive the active records that are not linked to this connection (R6, R81); their ids."""
    target = TARGETS[kind]
    links, model = cast("Any", target.link).objects, cast("Any", target.model).objects
    linked = set(links.filter(connection=connection).values_list("local_id", flat=True))
    active = set(model.filter(archived_at=None).values_list("pk", flat=True))
    ids = sorted(active - linked)
    model.filter(pk__in=ids).update(archived_at=timezone.now())
    return ids


def release(connection: Connection, kind: Kind) -> int:
    """No system keeps these records any more: they become editable, and the next pull takes them back. The number of
    records."""
    target = TARGETS[kind]
    if target.link is None or not target.is_mastered:
        return 0
    table, link = target.model._meta.db_table, target.link._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {link} SET fingerprint = NULL WHERE workspace_id = %(workspace)s"  # noqa: S608
            " AND connection_id = %(connection)s",
            _names(connection, ""),
        )
        cursor.execute(
            f"UPDATE {table} t SET mastered_by = '' FROM {link} l WHERE l.workspace_id = %(workspace)s"  # noqa: S608
            " AND l.connection_id = %(connection)s AND t.id = l.local_id AND t.workspace_id = %(workspace)s"
            " AND t.mastered_by <> ''",
            _names(connection, ""),
        )
        return int(cursor.rowcount)


def count_active(connection: Connection, kind: Kind) -> int:
    """Active records of the kind that came from this connection."""
    return len(_active(connection, kind))
