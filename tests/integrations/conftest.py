from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from integrations.providers.tripletex.sandbox import TripletexSandbox
    from tests.integrations.stage import Stage
    from tests.people import Person


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[TripletexSandbox]:
    from integrations.providers.tripletex.sandbox import CONSUMER, TripletexSandbox

    with TripletexSandbox() as running:
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
    from integrations import wakeups
    from tests.integrations.stage import Stage

    wakeups.listen_again()
    return Stage(dina, sandbox)


@pytest.fixture
def connected(stage: Stage) -> Stage:
    """Fjell connected with project sync, everything fetched."""
    stage.connect()
    stage.pull()
    return stage
