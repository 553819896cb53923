"""The stage with Xledger: its sandbox beside Fjell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from busy.catalog.models import WorkType
from busy.workspaces.models import Membership
from integrations import services
from integrations.models import Connection
from integrations.providers.xledger.sandbox import TOKEN, XledgerSandbox
from orders.services import create_draft
from tests.integrations.stage import Stage
from tests.people import Person

PROJECT, PRODUCT = "28630394", "1915442"


class XledgerStage(Stage):
    """Fjell with Xledger."""

    @property
    def there(self) -> XledgerSandbox:
        return cast("XledgerSandbox", self.sandbox)

    def connect(self, *, project_sync: bool = True, key: str = TOKEN) -> Connection:
        with self.scope():
            self.connection = services.connect("xledger", {"api_token": key}, project_sync=project_sync, by=self.by)
        return self.connection

    def finished_order(
        self, *, project: str = PROJECT, work_type: WorkType | None = None, our_reference: Membership | None = None
    ) -> int:
        chosen = work_type or self.work_type(product=PRODUCT)
        return super().finished_order(project=project, work_type=chosen, our_reference=our_reference)

    def draft(self) -> int:
        """Approved hours on an order that is not finished yet."""
        project = self.project(PROJECT)
        self.approved_hours(project, self.work_type(product=PRODUCT))
        with self.scope():
            return create_draft(project.pk, by=self.by).pk

    def sent_orders(self) -> list[str]:
        return [str(order["extOrder"]) for order in self.there.orders()]


@pytest.fixture
def xledger(
    transactional_db: None, redis_url: str, quick: None, dina: Person, monkeypatch: pytest.MonkeyPatch
) -> Iterator[XledgerStage]:
    """Before it is connected."""
    from busy.lib.broker import listen_again

    listen_again()
    with XledgerSandbox() as running:
        monkeypatch.setenv("BUSY_XLEDGER_URL", running.url)
        monkeypatch.setenv("BUSY_XLEDGER_BURST", "100000")
        yield XledgerStage(dina, cast("Any", running))


@pytest.fixture
def connected_xledger(xledger: XledgerStage) -> XledgerStage:
    """With project sync, everything fetched."""
    xledger.connect()
    xledger.pull()
    return xledger
