"""A listing that lacked too much is parked until somebody says what that means: archive what it lacked, or keep it."""

from __future__ import annotations

from django.db import transaction

from busy.workspaces.models import Membership
from integrations import appliers, health
from integrations.kernel.records import Kind
from integrations.models import PullOutcome, PullRun, PullState


def confirm_archiving(run_id: int, *, by: Membership) -> int:
    """Archive what the parked listing lacked; the number of records. They come back by themselves when they are
    listed again."""
    with transaction.atomic():
        run = _parked(run_id)
        if run is None:
            return 0
        connection = health.lock(run.connection_id)
        archived = appliers.archive(connection, kind=Kind(run.kind), ids=run.parked or [])
        run.outcome, run.archived, run.problem = PullOutcome.SUCCEEDED, run.archived + archived, None
        run.started_by = run.started_by or by
        run.save(update_fields=["outcome", "archived", "problem", "started_by"])
        _clear_parked(run)
    return archived


def dismiss_archiving(run_id: int, *, by: Membership) -> bool:
    """Keep what the parked listing lacked; the same records are not asked about again."""
    with transaction.atomic():
        run = _parked(run_id)
        if run is None:
            return False
        run.outcome, run.problem = PullOutcome.DISMISSED, None
        run.started_by = run.started_by or by
        run.save(update_fields=["outcome", "problem", "started_by"])
        _clear_parked(run)
    return True


def _parked(run_id: int) -> PullRun | None:
    run = PullRun.objects.select_related("connection").get(pk=run_id)
    health.lock(run.connection_id)
    return PullRun.objects.filter(pk=run_id, outcome=PullOutcome.PARKED).first()


def _clear_parked(run: PullRun) -> None:
    states = PullState.objects.filter(connection=run.connection_id, kind=run.kind)
    states.update(problem=None, in_busy=appliers.count_active(run.connection, Kind(run.kind)))
