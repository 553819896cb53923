"""100,000 projects, 1,000 a page, over HTTP: beside the same rows written by hand with COPY and a conditional upsert.

`BENCH_ROWS` says another number of rows. The provider serves prepared pages, so what is measured is the engine: asking,
reading, mapping, comparing, writing, with row-level security and a checkpoint a page.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.fast_provider import FIRST_ID, row
from benchmarks.stage import Measure, connected_workspace_at, make_due, measured

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
PAGE = 1000
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


def main() -> None:
    rounds: list[dict[str, Measure]] = []
    memory = 0.0
    for _ in range(ROUNDS):
        found = {f"Busy: {name}": measure for name, measure in engine().items()}
        # Of the first round: the rows made for the comparison stand in memory, all of them.
        memory = memory or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for label, durable in (("by hand", False), ("by hand, each page on disk", True)):
            found |= {f"{label}: {name}": measure for name, measure in plain(durable=durable).items()}
        rounds.append(found)
    print(f"\n| {ROWS:,} projects, {PAGE:,} a page | s (median of {ROUNDS}) | rows/s | CPU s | statements |")
    print("|---|---|---|---|---|")
    for name in rounds[0]:
        measures = [found[name] for found in rounds]
        seconds = statistics.median(measure.seconds for measure in measures)
        cpu = statistics.median(measure.cpu for measure in measures)
        print(f"| {name} | {seconds:.2f} | {ROWS / seconds:,.0f} | {cpu:.2f} | {measures[0].statements} |")
    print(f"\nMost memory of the engine's process: {memory:.0f} MB")


# --- The engine -------------------------------------------------------------------------------------------------------


@contextmanager
def provider() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.fast_provider", str(ROWS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)


def engine() -> dict[str, Measure]:
    from busy.catalog.models import Project
    from busy.workspaces.scope import scope
    from integrations import inbound
    from integrations.models import PullRun, PullState

    found: dict[str, Measure] = {}
    with provider() as address:
        connection = connected_workspace_at(address)
        workspace = connection.workspace_id

        def pull(name: str, *, everything: bool = True) -> None:
            with scope(workspace):
                PullState.objects.filter(connection=connection).update(wants_everything=everything)
            make_due(connection, "projects")
            with measured() as measure:
                while True:
                    inbound.run_pulls(workspace, connection.pk)
                    with scope(workspace):
                        if not PullRun.objects.filter(connection=connection, outcome="running").exists():
                            break
            found[name] = measure

        pull("first import")
        with scope(workspace):
            assert Project.objects.count() == ROWS, Project.objects.count()
        pull("read whole, unchanged")
        renew = urllib.request.Request(f"{address.removesuffix('/v2')}/_renew?every=100", method="POST", data=b"")
        urllib.request.urlopen(renew).read()
        pull("read whole, 1 % changed")
        with scope(workspace):
            assert Project.objects.filter(name__startswith="Project, phase 2").count() == -(-ROWS // 100)
        pull("a look that finds nothing new", everything=False)
    return found


# --- By hand ----------------------------------------------------------------------------------------------------------

BARE = """
    CREATE TABLE bare_project (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, external_id text NOT NULL UNIQUE, fingerprint bytea,
        archived boolean, reference text, name text, number text, start_date date, end_date date
    )
"""
_COLUMNS = "external_id, fingerprint, archived, reference, name, number, start_date, end_date"


def plain(*, durable: bool) -> dict[str, Measure]:
    """COPY to a temporary table, INSERT ... ON CONFLICT ... WHERE it differs; a page a transaction. The rows are made
    beforehand: only the database is measured."""
    import psycopg

    pages = {name: list(_pages(changed)) for name, changed in (("old", 0), ("new", 100))}
    found: dict[str, Measure] = {}
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bare_project")
        connection.execute(BARE)
        connection.execute("CREATE TEMPORARY TABLE staged (LIKE bare_project) ON COMMIT DELETE ROWS")
        connection.execute("ALTER TABLE staged DROP COLUMN id")
        connection.execute(f"SET synchronous_commit = {'on' if durable else 'off'}")
        for name, rows in (("first import", "old"), ("read whole, unchanged", "old"), ("1 % changed", "new")):
            began, cpu = time.perf_counter(), time.process_time()
            for page in pages[rows]:
                _write(connection, page)
            found[name] = Measure(
                seconds=time.perf_counter() - began, cpu=time.process_time() - cpu, statements=2 * len(pages[rows])
            )
        connection.execute("DROP TABLE bare_project")
    return found


def _write(connection: Any, page: list[tuple[Any, ...]]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(f"COPY staged ({_COLUMNS}) FROM STDIN") as copy:
            for values in page:
                copy.write_row(values)
        assignments = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
        cursor.execute(
            f"INSERT INTO bare_project AS p ({_COLUMNS}) SELECT {_COLUMNS} FROM staged"
            f" ON CONFLICT (external_id) DO UPDATE SET {assignments}"
            " WHERE p.fingerprint IS DISTINCT FROM excluded.fingerprint"
        )


def _pages(changed_every: int) -> Iterator[list[tuple[Any, ...]]]:
    from integrations.kernel.records import fingerprint
    from integrations.providers.tripletex.mapping import project_record

    page: list[tuple[Any, ...]] = []
    for n in range(ROWS):
        name = "Project, phase 2," if changed_every and n % changed_every == 0 else "Project"
        record = project_record(row(n, name))
        page.append(
            (str(FIRST_ID + n), fingerprint(record), record.archived, record.customer_id, record.name, record.number,
             record.start_date, record.end_date)
        )  # fmt: skip
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page
