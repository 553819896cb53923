"""Fjell connected to a stand-in for Uniconta over real HTTP, work done in this process instead of by a worker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from busy.catalog import services as catalog
from busy.catalog.customer_models import CustomerField
from busy.catalog.models import Customer
from busy.workspaces.scope import scope
from integrations import customer_exchange, inbound, outbound, services
from integrations.customer_exchange import Choices
from integrations.kernel.registry import connector
from integrations.models import Connection, Wakeup
from integrations.providers.uniconta.sandbox import UnicontaSandbox
from tests.people import Person

PROVIDER = "uniconta"


@dataclass
class UnicontaStage:
    dina: Person
    sandbox: UnicontaSandbox
    connection: Connection = field(init=False)

    def scope(self) -> Any:
        return scope(self.dina.workspace.pk)

    def connect(self, *, tag: str = "Regnskap", bookkeeping: bool = True) -> Connection:
        facts = connector(PROVIDER).facts.sandbox
        assert facts is not None
        with self.scope():
            tag_id = catalog.tag_called(tag).pk if tag else None
            self.connection = services.connect(
                PROVIDER, dict(facts.credentials), project_sync=False, by=self.dina.membership
            )
            self.connection = customer_exchange.choose(self.connection, Choices(tag_id=tag_id, bookkeeping=bookkeeping))
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


def _long_ago() -> Any:
    from datetime import timedelta

    from django.utils import timezone

    return timezone.now() - timedelta(days=1)
