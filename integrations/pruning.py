"""The history of pulls does not grow for ever: what nobody looks at any more goes, a little at a time.

Kept are the last runs of each kind whatever their age, all of the last three months, those that failed for a year, and
what still waits for a person or tells what a person said.
"""

from __future__ import annotations

from django.db import connection as database
from django.utils import timezone

from busy.workspaces.scope import scope
from integrations.models import PullOutcome, Wakeup

KEPT = 200  # runs of one kind of a connection
DAYS = 90
DAYS_FAILED = 365
AT_MOST = 2_000  # runs of one connection in one go
_SHARES = 24  # each connection's turn comes once a day


def prune(hour: int | None = None) -> int:
    """Let old runs go, for the connections whose hour it is; how many runs."""
    share = timezone.now().hour if hour is None else hour
    found = Wakeup.objects.extra(where=["connection_id %% %s = %s"], params=[_SHARES, share % _SHARES])
    pairs = found.values_list("workspace_id", "connection_id").order_by("connection_id").distinct()
    return sum(prune_connection(workspace_id, connection_id) for workspace_id, connection_id in pairs.iterator())


def prune_connection(workspace_id: int, connection_id: int) -> int:
    """At most AT_MOST runs of one connection, in a transaction of its own."""
    with scope(workspace_id), database.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM integrations_pullrun WHERE workspace_id = %(workspace)s AND id = ANY(ARRAY(
                SELECT id FROM (
                    SELECT id, started_at, outcome, row_number() OVER (PARTITION BY kind ORDER BY id DESC) AS place
                    FROM integrations_pullrun WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s
                ) ranked
                WHERE place > %(kept)s AND (
                    (outcome = %(succeeded)s AND started_at < now() - make_interval(days => %(days)s))
                    OR (outcome = %(failed)s AND started_at < now() - make_interval(days => %(days_failed)s))
                )
                ORDER BY id LIMIT %(most)s
            ))
            """,
            {
                "workspace": workspace_id,
                "connection": connection_id,
                "kept": KEPT,
                "succeeded": str(PullOutcome.SUCCEEDED),
                "failed": str(PullOutcome.FAILED),
                "days": DAYS,
                "days_failed": DAYS_FAILED,
                "most": AT_MOST,
            },
        )
        return int(cursor.rowcount)
