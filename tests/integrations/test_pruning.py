"""The history of pulls is kept as long as somebody may look at it, and no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations import pruning
from integrations.models import PullOutcome, PullRun
from tests.integrations.stage import Stage


def test_old_runs_go_and_what_somebody_may_ask_about_stays(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "KEPT", 3)
    stage.connect()
    now = timezone.now()

    def runs(count: int, outcome: str, days: int) -> list[int]:
        made = [
            PullRun.objects.create(
                connection=stage.connection, kind="products", outcome=outcome, started_at=now - timedelta(days=days)
            )
            for _ in range(count)
        ]
        return [run.pk for run in made]

    with stage.scope():
        parked = runs(1, PullOutcome.PARKED, 500)
        dismissed = runs(1, PullOutcome.DISMISSED, 500)
        long_failed = runs(1, PullOutcome.FAILED, 400)
        failed = runs(1, PullOutcome.FAILED, 200)
        old = runs(4, PullOutcome.SUCCEEDED, 100)
        recent = runs(1, PullOutcome.SUCCEEDED, 80)
        last = runs(3, PullOutcome.SUCCEEDED, 100)
    hour = stage.connection.pk % 24
    assert pruning.prune(hour + 1) == 0  # another hour's connections
    monkeypatch.setattr(pruning, "AT_MOST", 2)
    assert pruning.prune(hour) == 2
    monkeypatch.setattr(pruning, "AT_MOST", 100)
    assert pruning.prune(hour) == 3
    with stage.scope():
        kept = set(PullRun.objects.filter(kind="products").values_list("pk", flat=True))
    assert kept == {*parked, *dismissed, *failed, *recent, *last}
    assert not kept & {*old, *long_failed}
