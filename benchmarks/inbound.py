"""100,000 projects, 1,000 a page, over HTTP: beside the same rows written by hand with COPY and a conditional upsert,
into one bare table and into Busy's own two.

`BENCH_ROWS` says another number of rows. The provider serves prepared pages, so what is measured is the engine: asking,
reading, mapping, comparing, writing, with row-level security and a checkpoint a page.
"""

from __future__ import annotations

import gc
import os
import resource
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks import by_hand
from benchmarks.stage import Measure, connected_workspace_at, make_due, measured

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
PAGE = 1000
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


def main() -> None:
    rounds: list[dict[str, Measure]] = []
    memory = 0.0
    pages: by_hand.Pages = {}
    for _ in range(ROUNDS):
        found = {f"Busy: {name}": measure for name, measure in engine().items()}
        # Of the first round: the rows made for the comparison stand in memory, all of them.
        memory = memory or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        pages = pages or by_hand.prepared(ROWS, PAGE)
        for label, hand in (
            ("by hand, Busy's two tables", by_hand.into_busy),
            ("by hand, one bare table", partial(by_hand.into_bare_table, durable=False)),
            ("by hand, one bare table, each page on disk", partial(by_hand.into_bare_table, durable=True)),
        ):
            found |= {f"{label}: {name}": measure for name, measure in hand(pages).items()}
        rounds.append(found)
    what = f"{ROWS:,} projects, {PAGE:,} a page"
    print(f"\n| {what} | s (median of {ROUNDS}) | rows/s | CPU s | database's CPU s | statements |")
    print("|---|---|---|---|---|---|")
    for name in rounds[0]:
        measures = [found[name] for found in rounds]
        seconds = statistics.median(measure.seconds for measure in measures)
        cpu = statistics.median(measure.cpu for measure in measures)
        database = statistics.median(measure.database for measure in measures)
        rate = f"{ROWS / seconds:,.0f}"
        print(f"| {name} | {seconds:.2f} | {rate} | {cpu:.2f} | {database:.2f} | {measures[0].statements} |")
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

    gc.freeze()  # as a worker does when it starts (busy.celery)
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
