"""A worker's turn in a lane of its own: held by a lease that is renewed while it works."""

from __future__ import annotations

import logging
from collections.abc import Callable

from integrations import wakeups
from integrations.leases import Heartbeat, LeaseLost
from integrations.timings import timings
from integrations.wakeups import Lane, Taken

logger = logging.getLogger(__name__)


def run(
    lane: Lane,
    workspace_id: int,
    connection_id: int,
    work: Callable[[int, Taken, Heartbeat], float],
    *,
    broken: float = wakeups.BROKEN,
) -> None:
    """``work`` for the connection, unless another worker is at it. It answers in how many seconds something is due
    again; after ``broken`` seconds it is tried again when it raises."""
    lease = timings().lease
    taken = wakeups.take(lane, workspace_id=workspace_id, connection_id=connection_id, lease=lease)
    if taken is None:
        return
    next_in = broken
    try:
        with Heartbeat(lease) as heartbeat:
            heartbeat.keep(wakeups.renewal(taken, lease))
            next_in = work(workspace_id, taken, heartbeat)
    except LeaseLost:
        logger.warning("a job came back late", extra={"connection": connection_id, "lane": str(lane)})
        next_in = 0.0  # if nobody has taken it over, it is due at once
    finally:
        wakeups.finish(taken, next_in=next_in)
