"""Fjell connected to a stand-in for Uniconta over real HTTP, work done in this process instead of by a worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from busy.catalog import services as catalog
from busy.catalog.customer_models import CustomerField
from busy.catalog.models import Customer, Product, Rate
from busy.lib.periods import local_today
from busy.workspaces.scope import scope
from integrations import customer_exchange, inbound, outbound, services, set_up
from integrations.customer_exchange import Choices
from integrations.kernel.registry import connector
from integrations.models import Connection, Wakeup
from integrations.providers.uniconta.sandbox import UnicontaSandbox
from orders.services import create_draft
from tests.people import Person
from timesheets.models import Approval, ApprovalKind, TimeEntry

PROVIDER = "uniconta"


@dataclass
class UnicontaStage:
    dina: Person
    sandbox: UnicontaSandbox
    connection: Connection = field(init=False)

    @property
    def facts(self) -> Any:
        return connector(PROVIDER).facts

    def scope(self) -> Any:
        return scope(self.dina.workspace.pk)

    def connect(self, *, tag: str = "Regnskap", bookkeeping: bool = True, is_set_up: bool = True) -> Connection:
        facts = connector(PROVIDER).facts.sandbox
        assert facts is not None
        with self.scope():
            tag_id = catalog.tag_called(tag).pk if tag else None
            self.connection = services.connect(
                PROVIDER, dict(facts.credentials), project_sync=False, by=self.dina.membership
            )
            self.connection = customer_exchange.choose(self.connection, Choices(tag_id=tag_id, bookkeeping=bookkeeping))
            if is_set_up and bookkeeping:
                self.connection = set_up.finish(self.connection, {}, {}, by=self.dina.membership)
        return self.connection

    def pull(self) -> None:
        inbound.run_pulls(self.dina.workspace.pk, self.connection.pk)

    def push(self) -> None:
        with self.scope():
            Wakeup.objects.filter(connection_id=self.connection.pk).update(due_at=_long_ago())
        outbound.run_pushes(self.dina.workspace.pk, self.connection.pk)

    def make_due(self) -> None:
        with self.scope():
            Wakeup.objects.filter(connection_id=self.connection.pk).update(due_at=_long_ago())

    def refresh(self) -> Connection:
        with self.scope():
            self.connection.refresh_from_db()
        return self.connection

    def customer(self, name: str, *, number: str = "", tag: str = "") -> Customer:
        with self.scope():
            made = catalog.create_customer(name=name, number=number)
            if tag:
                catalog.set_tag(made, catalog.tag_called(tag))
        return made

    def own_field(self, name: str, kind: str = "text") -> CustomerField:
        with self.scope():
            return catalog.create_field(name=name, kind=kind)

    def there(self, account: str) -> dict[str, Any]:
        return next(row for row in self.sandbox.all("DebtorClient") if row["Account"] == account)

    def draft(self, customer: Customer, *, item: str = "110") -> int:
        """Approved hours of the customer's project on an order that is not finished yet."""
        by, day = self.dina.membership, local_today(self.dina.workspace.zone)
        with self.scope():
            product = Product.objects.get(links__connection=self.connection, links__external_id=item)
            kind = catalog.create_work_type(name="Design", product=product)
            project = catalog.create_project(by=by, name="Molo", customer=customer, work_types=[kind])
            Rate.objects.create(amount=Decimal("1250.00"))
            approval = Approval.objects.create(
                kind=ApprovalKind.PROJECT, project=project, first_day=day, last_day=day, approved_by=by
            )
            TimeEntry.objects.create(
                member=by, project=project, work_type=kind, day=day, minutes=450, project_approval=approval
            )
            return create_draft(project.pk, by=by).pk


def _long_ago() -> datetime:
    return timezone.now() - timedelta(days=1)


@pytest.fixture
def uniconta(
    transactional_db: None, redis_url: str, quick: None, dina: Person, monkeypatch: pytest.MonkeyPatch
) -> Iterator[UnicontaStage]:
    """Before it is connected."""
    from busy.lib.broker import listen_again

    listen_again()
    # Minutes of requests may leave at once: how they are spaced is a story of its own.
    monkeypatch.setattr("integrations.quotas._BURST", 10)
    with UnicontaSandbox() as sandbox:
        monkeypatch.setenv("BUSY_UNICONTA_URL", sandbox.url)
        yield UnicontaStage(dina, sandbox)
