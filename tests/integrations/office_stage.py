"""The stage with 24SevenOffice: its sandbox beside Fjell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from busy.catalog.models import WorkType
from busy.workspaces.models import Membership
from integrations import services
from integrations.models import Connection
from integrations.providers.twentyfoursevenoffice.facts import FACTS
from integrations.providers.twentyfoursevenoffice.sandbox import OfficeSandbox
from orders.services import create_draft
from tests.integrations.stage import Stage
from tests.people import Person

KEY = "twentyfoursevenoffice"
PROJECT, PRODUCT = "1001", "202"
DEMO = dict(FACTS.sandbox.credentials) if FACTS.sandbox is not None else {}


class OfficeStage(Stage):
    """Fjell with 24SevenOffice."""

    @property
    def there(self) -> OfficeSandbox:
        return cast("OfficeSandbox", self.sandbox)

    def connect(self, *, project_sync: bool = True, key: str = DEMO["client"]) -> Connection:
        """``key`` is the company."""
        given = {**DEMO, "client": key}
        with self.scope():
            self.connection = services.connect(KEY, given, project_sync=project_sync, by=self.by)
        return self.connection

    def finished_order(
        self, *, project: str = PROJECT, work_type: WorkType | None = None, our_reference: Membership | None = None
    ) -> int:
        chosen = work_type or self.work_type("Design")
        return super().finished_order(project=project, work_type=chosen, our_reference=our_reference)

    def draft(self) -> int:
        """Approved hours on an order that is not finished yet."""
        project = self.project(PROJECT)
        self.approved_hours(project, self.work_type("Design"))
        with self.scope():
            return create_draft(project.pk, by=self.by).pk

    def sent_orders(self) -> list[str]:
        return [str(order["ProductionNumber"]) for order in self.there.orders()]


@pytest.fixture
def office(
    transactional_db: None, redis_url: str, quick: None, dina: Person, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OfficeStage]:
    """Before it is connected."""
    from busy.lib.broker import listen_again

    listen_again()
    # Minutes of requests may leave at once: how they are spaced is a story of its own.
    monkeypatch.setattr("integrations.quotas._BURST", 10)
    with OfficeSandbox() as running:
        monkeypatch.setenv("BUSY_TWENTYFOURSEVENOFFICE_URL", running.url)
        for name, value in (FACTS.sandbox.settings if FACTS.sandbox is not None else {}).items():
            monkeypatch.setenv(FACTS.variable(name), value)
        yield OfficeStage(dina, cast("Any", running))
