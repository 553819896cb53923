"""What is pulled and where it lands: the target of each kind, and what follows once a whole listing was read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from django.db import connection as database
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils import timezone

from busy.catalog.models import COLORS, Customer, Product, Project, Task, WorkType
from integrations.kernel.errors import Problem
from integrations.kernel.records import (
    CustomerRecord,
    EmployeeRecord,
    Kind,
    ProductRecord,
    ProjectRecord,
    TaskRecord,
    WorkTypeRecord,
)
from integrations.models import (
    Connection,
    CustomerLink,
    Link,
    ProductLink,
    ProjectLink,
    ProviderEmployee,
    WorkTypeLink,
)
from integrations.shared_models import SharedRecord, TaskLink

_PRICE_LIMIT = Decimal(10) ** 10  # of the column: 14 digits, 4 of them after the point


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How one kind of record lands. ``columns`` maps a column of the table to its type in the staging table."""

    model: type[models.Model]
    link: type[Link] | None  # None: the record stands in a table of its own, with its external id
    columns: Mapping[str, str]
    values: Callable[[Any], tuple[Any, ...]]  # of `columns`, in their order
    reference: Kind | None = None  # projects name their customer, tasks their project
    once: Mapping[str, str] = field(default_factory=dict)  # column -> SQL, for new rows only; `local_id` is known
    is_mastered: bool = True
    # Of the link, as ``columns`` and ``values`` are of the record.
    link_columns: Mapping[str, str] = field(default_factory=dict)
    link_values: Callable[[Any], tuple[Any, ...]] = lambda record: ()

    @property
    def refers_by(self) -> str:
        """The column that holds the reference, and the record's field that names it."""
        return {Kind.CUSTOMERS: "customer_id", Kind.PROJECTS: "project_id"}[self.reference] if self.reference else ""


def _cut(text: str, length: int) -> str:
    """PostgreSQL takes no NUL, and a provider's text may be longer than the column."""
    return text if len(text) <= length and "\x00" not in text else text.replace("\x00", "")[:length]


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


def _project_limits(record: ProjectRecord) -> tuple[Any, ...]:
    return (record.participants, record.activities)


def _work_type(record: WorkTypeRecord) -> tuple[Any, ...]:
    return (_cut(record.name, 255), _cut(record.number, 100))


def _task(record: TaskRecord) -> tuple[Any, ...]:
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
        reference=Kind.CUSTOMERS,
        # Neighbours in a list get different colours; what is internal at the provider is not billed by default.
        once={"color": f"(fresh.local_id %% {COLORS}) + 1", "is_billable": "fresh.flag"},
        link_columns={"participants": "text[]", "activities": "text[]"},
        link_values=_project_limits,
    ),
    Kind.TASKS: Target(
        model=Task,
        link=TaskLink,
        columns={"name": "text", "number": "text"},
        values=_task,
        reference=Kind.PROJECTS,
    ),
    Kind.EMPLOYEES: Target(
        model=ProviderEmployee,
        link=None,
        columns={"name": "text", "number": "text", "email": "text"},
        values=_employee,
        is_mastered=False,
    ),
}


def names_of(connection: Connection, system: str) -> dict[str, Any]:
    return {"workspace": connection.workspace_id, "connection": connection.pk, "system": system}


# --- After the last page ----------------------------------------------------------------------------------------------


@contextmanager
def of_whole_tables() -> Iterator[None]:
    """For what joins all records of a connection. After a first load the planner takes the tables for empty, and would
    compare each row with all others."""
    with database.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true), set_config('enable_hashjoin', 'on', true)")
    yield
    with database.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")


def among(values: Collection[int] | Collection[str]) -> RawSQL:
    """For ``__in`` of thousands: as rows. One parameter each would take Django and PostgreSQL longer than the query."""
    kind = "text" if isinstance(next(iter(values), 0), str) else "bigint"
    return RawSQL(f"SELECT unnest(%s::{kind}[])", [list(values)])  # noqa: S611 - one of two words is put in


def heal_references(connection: Connection) -> int:
    """Give projects the customer that was not known yet when they came; the number of projects."""
    with of_whole_tables(), database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE catalog_project p SET customer_id = c.local_id
            FROM integrations_projectlink l
            JOIN integrations_customerlink c ON c.external_id = l.customer_external_id
            WHERE l.workspace_id = %(workspace)s AND l.connection_id = %(connection)s AND l.customer_external_id <> ''
                AND c.workspace_id = %(workspace)s AND c.connection_id = %(connection)s
                AND p.id = l.local_id AND p.workspace_id = %(workspace)s AND p.customer_id IS NULL
                AND p.mastered_by <> ''
            """,
            names_of(connection, ""),
        )
        return int(cursor.rowcount)


def unseen(connection: Connection, *, kind: Kind, generation: int) -> tuple[list[int], int]:
    """Local ids of active records that the listing did not name, and how many active linked records there are.

    A difference of sets, made by the database: memory does not grow with the listing.
    """
    with of_whole_tables(), database.cursor() as cursor:
        cursor.execute(
            f"""
            WITH active (id) AS MATERIALIZED ({_active(kind)})
            SELECT (SELECT count(*) FROM active), ARRAY(
                SELECT id FROM active WHERE NOT EXISTS (
                    SELECT FROM (
                        SELECT unnest(locals_seen) FROM integrations_pulledpage
                        WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s AND kind = %(kind)s
                            AND generation = %(generation)s
                    ) seen (id) WHERE seen.id = active.id
                )
            )
            """,  # noqa: S608 - names of our own tables
            {**names_of(connection, ""), "kind": str(kind), "generation": generation},
        )
        linked, gone = cursor.fetchone()
    return sorted(gone), linked


def _active(kind: Kind) -> str:
    """SQL for the local ids of the active records that came from this connection."""
    target = TARGETS[kind]
    table = target.model._meta.db_table
    if target.link is None:
        return (
            f"SELECT id FROM {table} WHERE workspace_id = %(workspace)s"  # noqa: S608 - names of our own tables
            " AND connection_id = %(connection)s AND archived_at IS NULL"
        )
    return (
        f"SELECT l.local_id FROM {target.link._meta.db_table} l JOIN {table} t ON t.id = l.local_id"  # noqa: S608
        " WHERE l.workspace_id = %(workspace)s AND l.connection_id = %(connection)s AND t.workspace_id = %(workspace)s"
        " AND t.archived_at IS NULL"
    )


def active_of(connection: Connection, kind: Kind, external_ids: Sequence[str]) -> list[int]:
    """Local ids of the active records that came from this connection with these ids, but for those of which a change of
    ours is not there yet."""
    target = TARGETS[kind]
    if not external_ids or target.link is None:
        return []
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT l.local_id FROM unnest(%(ids)s::text[]) given (id)"  # noqa: S608 - names of our own tables
            f" JOIN {target.link._meta.db_table} l ON l.workspace_id = %(workspace)s"
            f" AND l.connection_id = %(connection)s AND l.external_id = given.id"
            f" JOIN {target.model._meta.db_table} t ON t.workspace_id = %(workspace)s AND t.id = l.local_id"
            " WHERE t.archived_at IS NULL AND NOT EXISTS ("
            f" SELECT FROM {SharedRecord._meta.db_table} s JOIN integrations_delivery d"
            " ON d.workspace_id = s.workspace_id AND d.id = s.delivery_id"
            " WHERE s.workspace_id = %(workspace)s AND s.connection_id = %(connection)s AND s.kind = %(kind)s"
            " AND s.local_id = l.local_id AND d.state IN ('waiting', 'transferring', 'attention'))",
            {**names_of(connection, ""), "kind": str(kind), "ids": list(external_ids)},
        )
        return sorted({row[0] for row in cursor.fetchall()})


def archive(connection: Connection, *, kind: Kind, ids: Sequence[int]) -> int:
    """Archive linked records that are gone at the provider. Being named again brings them back, whatever their
    fingerprint."""
    if not ids:
        return 0
    target = TARGETS[kind]
    table = target.model._meta.db_table
    values = {**names_of(connection, ""), "ids": list(ids)}
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


_KINDS = {
    "project": Kind.PROJECTS,
    "customer": Kind.CUSTOMERS,
    "product": Kind.PRODUCTS,
    "employee": Kind.EMPLOYEES,
    "activity": Kind.WORK_TYPES,
    "task": Kind.TASKS,
}


def doubt(connection: Connection, problem: Problem) -> None:
    """What the provider refused stands on a record that our copy thinks well of, so the copy is old. The next pull that
    names the record counts it as changed, even where it was put right before we ever saw it wrong; and a change lets
    what waits for it go on (R116)."""
    record = problem.record
    kind = _KINDS.get(record.what) if record is not None and record.external_id else None
    if record is None or kind is None:
        return
    link = cast("Any", TARGETS[kind].link or TARGETS[kind].model)
    link.objects.filter(connection=connection, external_id=record.external_id).update(fingerprint=None)


def archives_local(kind: Kind) -> str:
    """The key of the connection's settings that says: archive what is only in Busy when the listing is complete."""
    return f"archives_local_{kind}"


def archive_local(connection: Connection, kind: Kind) -> list[int]:
    """Archive the active records that are not linked to this connection (R6, R81), and not just being made there; their
    ids."""
    target = TARGETS[kind]
    table, link = target.model._meta.db_table, cast("Any", target.link)._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} WHERE workspace_id = %(workspace)s AND archived_at IS NULL"  # noqa: S608
            f" EXCEPT SELECT local_id FROM {link} WHERE workspace_id = %(workspace)s"
            " AND connection_id = %(connection)s"
            f" EXCEPT SELECT local_id FROM {SharedRecord._meta.db_table} WHERE workspace_id = %(workspace)s"
            " AND connection_id = %(connection)s AND kind = %(kind)s AND makes",
            {**names_of(connection, ""), "kind": str(kind)},
        )
        ids = sorted(row[0] for row in cursor.fetchall())
    cast("Any", target.model).objects.filter(pk__in=ids).update(archived_at=timezone.now())
    return ids


def release(connection: Connection, kind: Kind) -> int:
    """No system keeps these records any more: they become editable, and the next pull takes them back. The number of
    records."""
    target = TARGETS[kind]
    if target.link is None or not target.is_mastered:
        return 0
    table, link = target.model._meta.db_table, target.link._meta.db_table
    with of_whole_tables(), database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {link} SET fingerprint = NULL WHERE workspace_id = %(workspace)s"  # noqa: S608
            " AND connection_id = %(connection)s AND fingerprint IS NOT NULL",
            names_of(connection, ""),
        )
        cursor.execute(
            f"UPDATE {table} t SET mastered_by = '' FROM {link} l WHERE l.workspace_id = %(workspace)s"  # noqa: S608
            " AND l.connection_id = %(connection)s AND t.id = l.local_id AND t.workspace_id = %(workspace)s"
            " AND t.mastered_by <> ''",
            names_of(connection, ""),
        )
        return int(cursor.rowcount)


def count_active(connection: Connection, kind: Kind) -> int:
    """Active records of the kind that came from this connection."""
    with of_whole_tables(), database.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({_active(kind)}) a", names_of(connection, ""))  # noqa: S608
        return int(cursor.fetchone()[0])
