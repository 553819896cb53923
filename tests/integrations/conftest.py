from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from integrations.providers.tripletex.sandbox import TripletexSandbox
    from tests.integrations.hours_stage import HoursStage
    from tests.integrations.stage import Stage
    from tests.people import Person
    from tests.support.keeping import Keeper, Kept


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, kept: Kept | None) -> Iterator[TripletexSandbox]:
    from integrations.providers.tripletex.sandbox import CONSUMER, TripletexSandbox

    with TripletexSandbox(like=kept.there if kept else None) as running:
        monkeypatch.setenv("BUSY_TRIPLETEX_URL", running.url)
        monkeypatch.setenv("BUSY_TRIPLETEX_CONSUMER_TOKEN", CONSUMER)
        yield running


@pytest.fixture
def quick(settings: Any) -> None:
    """Waits of a second where production waits longer."""
    settings.SYNC_LEASE = 3
    settings.SYNC_SETTLE = settings.SYNC_SETTLE_SLOW = 1
    settings.SYNC_RETRY_FIRST = settings.SYNC_RETRY_LONGEST = 1


@pytest.fixture
def stage(transactional_db: None, redis_url: str, quick: None, dina: Person, sandbox: TripletexSandbox) -> Stage:
    """Fjell before it is connected. Messages go to a broker where nobody listens; the stories do the work
    themselves."""
    from busy.lib.broker import listen_again
    from tests.integrations.stage import Stage

    listen_again()
    return Stage(dina, sandbox)


@pytest.fixture
def connected_to_tripletex(request: pytest.FixtureRequest, stage: Stage, kept: Kept | None, keeper: Keeper) -> Stage:
    stage.begin("connected_to_tripletex", request.fixturenames, kept, keeper)
    return stage


@pytest.fixture
def connected(connected_to_tripletex: Stage) -> Stage:
    """Fjell connected with project sync, everything fetched."""
    return connected_to_tripletex


@pytest.fixture
def hours_stage(
    transactional_db: None,
    redis_url: str,
    quick: None,
    dina: Person,
    bo: Person,
    anna: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> HoursStage:
    """Fjell connected to the ledger, nothing chosen yet; workers are called by the stories."""
    from busy.lib.broker import listen_again
    from integrations.kernel import registry
    from tests.integrations.hours_stage import HoursStage, Ledger, connector_to
    from tests.timesheets.hours import make_project, make_work_type

    listen_again()
    ledger = Ledger()
    connector = connector_to(ledger)
    monkeypatch.setattr(registry, "connectors", lambda: (connector,))
    project = make_project(dina.workspace)
    design, meeting = make_work_type(project), make_work_type(project, "Meeting", product=None)
    stage = HoursStage(anna, bo, dina, project, design, meeting, ledger)
    stage.connect()
    return stage
