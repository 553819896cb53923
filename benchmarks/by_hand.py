"""What the database does with the same rows when nobody but it has anything to do: COPY into a temporary table and
INSERT ... ON CONFLICT ... WHERE it differs, a page a transaction. The rows are made beforehand.

Into one bare table, as its owner; and into Busy's own two tables, rows and links, with their indexes, references and
row-level security, as the role that serves.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec
import psycopg

from benchmarks.fast_provider import FIRST_ID, row
from benchmarks.stage import Measure, connected_workspace_at, cpu_of

Page: TypeAlias = list[tuple[Any, ...]]
Pages: TypeAlias = dict[str, list[Page]]

_STEPS = (("first import", "old"), ("read whole, unchanged", "old"), ("1 % changed", "new"))
_COLUMNS = "external_id, fingerprint, archived, reference, name, number, start_date, end_date"
_TYPES = "external_id text, fingerprint bytea, archived boolean, reference text, name text, number text"
STAGED = f"CREATE TEMPORARY TABLE staged ({_TYPES}, start_date date, end_date date) ON COMMIT DELETE ROWS"

BARE = f"""
    CREATE TABLE bare_project (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {_TYPES}, start_date date, end_date date,
        UNIQUE (external_id)
    )
"""
_ASSIGNED = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
INTO_BARE = f"""
    INSERT INTO bare_project AS p ({_COLUMNS}) SELECT {_COLUMNS} FROM staged
    ON CONFLICT (external_id) DO UPDATE SET {_ASSIGNED} WHERE p.fingerprint IS DISTINCT FROM excluded.fingerprint
"""
# A link that is there and equal gives no row, so its record is not touched either.
INTO_BUSY = """
    WITH linked AS (
        INSERT INTO integrations_projectlink AS l (
            workspace_id, connection_id, local_id, external_id, fingerprint, created_at, customer_external_id
        )
        SELECT %(workspace)s, %(connection)s, nextval('catalog_project_id_seq'), external_id, fingerprint, now(),
            reference
        FROM staged
        ON CONFLICT (workspace_id, connection_id, external_id) DO UPDATE
            SET fingerprint = excluded.fingerprint, customer_external_id = excluded.customer_external_id
            WHERE l.fingerprint IS DISTINCT FROM excluded.fingerprint
        RETURNING local_id, external_id
    )
    INSERT INTO catalog_project AS p (
        id, workspace_id, archived_at, name, number, start_date, end_date, color, is_billable, mastered_by, created_at,
        is_open, rate_mode
    )
    SELECT linked.local_id, %(workspace)s, CASE WHEN archived THEN now() END, name, number, start_date, end_date,
        linked.local_id %% 12 + 1, true, 'Tripletex', now(), true, 'inherited'
    FROM linked JOIN staged USING (external_id)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, number = excluded.number, archived_at = excluded.archived_at,
        start_date = excluded.start_date, end_date = excluded.end_date, mastered_by = excluded.mastered_by
"""


def prepared(rows: int, size: int) -> Pages:
    return {name: list(_pages(rows, size, changed)) for name, changed in (("old", 0), ("new", 100))}


def into_bare_table(pages: Pages, *, durable: bool) -> dict[str, Measure]:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bare_project")
        connection.execute(BARE)
        connection.execute(f"SET synchronous_commit = {'on' if durable else 'off'}")
        found = _measured(connection, pages, lambda cursor: cursor.execute(INTO_BARE))
        connection.execute("DROP TABLE bare_project")
    return found


def into_busy(pages: Pages) -> dict[str, Measure]:
    """Without waiting for the disk at each page, as the engine does."""
    from busy.catalog.models import Project
    from busy.workspaces.scope import scope

    there = connected_workspace_at("http://127.0.0.1:9/v2")  # nobody asks anything there
    ids = {"workspace": there.workspace_id, "connection": there.pk}

    def write(cursor: psycopg.Cursor) -> None:
        cursor.execute("SELECT set_config('busy.workspace_id', %s, true)", [str(there.workspace_id)])
        cursor.execute(INTO_BUSY, ids)

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        found = _measured(connection, pages, write)
    rows = sum(map(len, pages["old"]))
    with scope(there.workspace_id):
        assert Project.objects.count() == rows, Project.objects.count()
        assert Project.objects.filter(name__startswith="Project, phase 2").count() == -(-rows // 100)
    return found


def _measured(
    connection: psycopg.Connection, pages: Pages, write: Callable[[psycopg.Cursor], Any]
) -> dict[str, Measure]:
    connection.execute(STAGED)
    found: dict[str, Measure] = {}
    for name, rows in _STEPS:
        began, cpu, database = time.perf_counter(), time.process_time(), cpu_of(connection.info.backend_pid)
        for page in pages[rows]:
            with connection.transaction(), connection.cursor() as cursor:
                with cursor.copy(f"COPY staged ({_COLUMNS}) FROM STDIN") as copy:
                    for values in page:
                        copy.write_row(values)
                write(cursor)
        found[name] = Measure(
            seconds=time.perf_counter() - began,
            cpu=time.process_time() - cpu,
            database=cpu_of(connection.info.backend_pid) - database,
            statements=2 * len(pages[rows]),
        )
    return found


def _pages(rows: int, size: int, changed_every: int) -> Iterator[Page]:
    from integrations.kernel.records import fingerprint
    from integrations.providers.tripletex.mapping import project_record
    from integrations.providers.tripletex.wire import ProjectRow

    page: Page = []
    for n in range(rows):
        name = "Project, phase 2," if changed_every and n % changed_every == 0 else "Project"
        record = project_record(msgspec.convert(row(n, name), ProjectRow))
        page.append(
            (str(FIRST_ID + n), fingerprint(record), record.archived, record.customer_id, record.name, record.number,
             record.start_date, record.end_date)
        )  # fmt: skip
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page
