"""What Celery calls. Nothing is decided here: a message only says where to look."""

from __future__ import annotations

from celery import shared_task

from integrations import comparing, inbound, link_runs, notices, outbound, pruning, wakeups
from integrations.wakeups import Lane


@shared_task(name="integrations.tick", soft_time_limit=8, time_limit=15)
def tick() -> int:
    """Every ten seconds: wake workers up for what is due. The number of messages."""
    return wakeups.tick()


@shared_task(name="integrations.pull")
def pull(workspace_id: int, connection_id: int) -> None:
    wakeups.work_on(Lane.PULL, inbound.run_pulls, workspace_id, connection_id)


@shared_task(name="integrations.push")
def push(workspace_id: int, connection_id: int) -> None:
    wakeups.work_on(Lane.PUSH, outbound.run_pushes, workspace_id, connection_id)


@shared_task(name="integrations.compare")
def compare(workspace_id: int, connection_id: int) -> None:
    wakeups.work_on(Lane.COMPARE, comparing.run_comparisons, workspace_id, connection_id)


@shared_task(name="integrations.link")
def link(workspace_id: int, connection_id: int) -> None:
    wakeups.work_on(Lane.LINK, link_runs.run_links, workspace_id, connection_id)


@shared_task(name="integrations.notice")
def notice(workspace_id: int, connection_id: int) -> None:
    notices.run_notices(workspace_id, connection_id)


@shared_task(name="integrations.prune")
def prune() -> int:
    """Every hour: let old runs of a twenty-fourth of the connections go. The number of runs."""
    return pruning.prune()
