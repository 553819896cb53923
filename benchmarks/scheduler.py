"""The tick with 10,000 connections, and how many jobs a second workers can take from it.

`BENCH_CONNECTIONS` says another number. The rows are written directly and no message leaves the process: what is
measured is the statement that chooses, and what a worker asks before and after each job.
"""

from __future__ import annotations

import os
import statistics
import time
from datetime import timedelta

CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "10000"))
KINDS = ("customers", "projects", "products", "employees", "push", "notice")
PROVIDERS = 5
TICKS = 50
JOBS = 500


def main() -> None:
    from django.utils import timezone

    from integrations import wakeups
    from integrations.models import Wakeup
    from integrations.wakeups import Lane

    first = 1_000_000_000
    Wakeup.objects.filter(connection_id__gte=first).delete()
    now = timezone.now()
    # Customers and projects are looked at each minute: at a tick of ten seconds, a sixth of them is due.
    Wakeup.objects.bulk_create(
        (
            Wakeup(
                workspace_id=first + number,
                connection_id=first + number,
                provider=f"provider{number % PROVIDERS}",
                kind=kind,
                due_at=now + timedelta(seconds=number % 60 - 10 if kind in KINDS[:2] else 3600),
            )
            for number in range(CONNECTIONS)
            for kind in KINDS
        ),
        batch_size=5_000,
    )
    try:
        ticks = []
        for _ in range(TICKS):
            began = time.perf_counter()
            messages = wakeups._claim_due()
            ticks.append(time.perf_counter() - began)
            wakeups._release(messages)
        began, jobs = time.perf_counter(), 0
        while jobs < JOBS and (message := wakeups.next_due(Lane.PULL)):
            while taken := wakeups.take(
                Lane.PULL, workspace_id=message.workspace_id, connection_id=message.connection_id, lease=15
            ):
                wakeups.finish(taken, next_in=60)
            jobs += 1
        rate = jobs / (time.perf_counter() - began)
    finally:
        Wakeup.objects.filter(connection_id__gte=first).delete()
    print(f"\n| {CONNECTIONS:,} connections, {len(KINDS) * CONNECTIONS:,} rows | figure |")
    print("|---|---|")
    print(f"| a tick, median of {TICKS}, ms | {1000 * statistics.median(ticks):.1f} |")
    print(f"| a tick, the slowest, ms | {1000 * max(ticks):.1f} |")
    print(f"| jobs a second that one worker finds, takes and ends | {rate:.0f} |")


if __name__ == "__main__":
    from benchmarks import stage

    stage.set_up()
    print(stage.machine())
    main()
