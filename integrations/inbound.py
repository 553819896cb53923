"""Pulling: one job at a time per connection, which does each kind that is due."""

from __future__ import annotations

import logging
import uuid
from functools import partial

from django.conf import settings
from django.utils import timezone

from busy.workspaces.scope import scope
from integrations import change_urls, closed_periods, new_kinds, turns, wakeups, watching
from integrations.kernel.records import Kind
from integrations.kinds import is_switched_on, pulled_kinds
from integrations.leases import Heartbeat, LeaseLost
from integrations.models import Connection, PullOutcome, PullRun
from integrations.pull_jobs import Job
from integrations.pull_of_kind import INTERRUPTED, PullOfKind
from integrations.timings import timings
from integrations.turns import Held

logger = logging.getLogger(__name__)

__all__ = ["PullOfKind", "end_runs", "is_switched_on", "pulled_kinds", "run_pulls"]


def end_runs(connection: Connection, kind: Kind | None = None) -> None:
    """What runs is over and says so: the connection was disconnected, or the switch of the kind turned off."""
    runs = PullRun.objects.filter(connection=connection, outcome=PullOutcome.RUNNING)
    (runs.filter(kind=kind) if kind else runs).update(
        outcome=PullOutcome.FAILED, finished_at=timezone.now(), problem=INTERRUPTED.to_json()
    )


def run_pulls(workspace_id: int, connection_id: int) -> None:
    """Do every pull of the connection that is due. Does nothing when another worker is at it."""
    token, done = uuid.uuid4(), set[str]()
    turn = _next_turn(workspace_id, connection_id, token, done)
    if turn is None:
        return
    job = Job(workspace_id, connection_id, token, done)
    try:
        new_kinds.bring(workspace_id, connection_id)
        with Heartbeat(timings().lease) as job.heartbeat:
            job.heartbeat.keep(partial(turns.renew, workspace_id, connection_id, token))
            while turn is not None and _do(job, turn):
                turn = _next_turn(workspace_id, connection_id, token, done)
            if job.read_everything and job.is_held:
                watching.keep(workspace_id, connection_id)
            if Kind.EMPLOYEES in done:
                closed_periods.read(workspace_id, connection_id)
            if job.is_held:
                change_urls.look(workspace_id, connection_id)
    finally:
        if job.is_held:
            with scope(workspace_id):
                turns.release(connection_id, token)


def _next_turn(workspace_id: int, connection_id: int, token: uuid.UUID, done: set[str]) -> Held | None:
    turn = turns.begin(
        workspace_id, connection_id, token, lease=settings.SYNC_LEASE, wakeup_lease=timings().lease, last=done
    )
    if turn is not None:
        done.add(turn.taken.kind)
    return turn


def _do(job: Job, turn: Held) -> bool:
    """One kind. False when the job shall end: nothing else is due, its time is over, its lease lost, or the connection
    rests."""
    taken = turn.taken
    renewal = wakeups.renewal(taken, timings().lease)
    # Not vital: it ends with a calm look, a moment before we let go of it. The connection's lease fences us off.
    job.heartbeat.keep(renewal, is_vital=False)
    next_in, goes_on, is_finished = wakeups.BROKEN, False, False
    try:
        pull = PullOfKind(job, turn)
        next_in, goes_on = pull.run()
        is_finished = pull.ended_calmly
    except LeaseLost:
        logger.warning("a pull came back late", extra={"connection": job.connection_id, "kind": taken.kind})
        next_in = 0.0  # if nobody has taken it over, it is due at once
        return False
    finally:
        job.heartbeat.let_go(renewal)
        if not is_finished:
            wakeups.finish(taken, next_in=next_in)
    return goes_on
