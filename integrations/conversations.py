"""Talking with a provider for one connection: credentials unsealed at the last moment, everything said noted without
secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection as database

from busy.workspaces.scope import scope
from integrations import credentials, options, quotas
from integrations.kernel import registry
from integrations.kernel.connector import Access, Connector, Exchange
from integrations.kernel.errors import Json, LoginNeeded, Problem, Turn
from integrations.keyrings import SealedKeyring
from integrations.models import Connection

_KEPT = 20  # exchanges of one attempt: a send makes a handful


def connector_of(connection: Connection) -> Connector[Any]:
    """Raises registry.UnknownProvider."""
    return registry.connector(connection.provider)


@dataclass(slots=True)
class Recorder:
    """What was said in one attempt, for the ledger (R114)."""

    exchanges: list[Exchange] = field(default_factory=list)

    def __call__(self, exchange: Exchange) -> None:
        if len(self.exchanges) < _KEPT:
            self.exchanges.append(exchange)

    def take(self) -> list[Exchange]:
        taken, self.exchanges = self.exchanges, []
        return taken


def as_sent(exchanges: list[Exchange]) -> list[dict[str, Json]]:
    return [{"method": e.method, "path": e.path, "body": e.sent} for e in exchanges]


def as_answered(exchanges: list[Exchange]) -> list[dict[str, Json]]:
    return [
        {
            "status": e.status,
            "body": e.received,
            "outcome": e.outcome,
            "milliseconds": e.milliseconds,
            "request_id": e.request_id,
        }
        for e in exchanges
    ]


@contextmanager
def conversation(
    connection: Connection,
    *,
    observe: Callable[[Exchange], None] | None = None,
    before_write: Callable[[], None] = lambda: None,
    prepare_hours: bool = True,
) -> Iterator[Any]:
    """The provider's api. Nothing is sent until the first call. Raises LoginNeeded when the credentials cannot be
    read."""
    ensure_no_transaction()
    connector = connector_of(connection)
    try:
        unsealed = credentials.read(connection)
    except credentials.CannotDecrypt as error:
        raise LoginNeeded(Problem(code="credentials_unreadable", turn=Turn.ADMINISTRATOR)) from error
    access = Access(
        credentials=unsealed,
        settings=connector.facts.settings_from(os.environ),
        sessions=credentials.SealedSessions(connection),
        observe=observe,
        before_write=before_write,
        keyring=SealedKeyring(connection),
        quota=quotas.shared(connection.workspace_id, connection.provider),
        options=options.chosen(connection, connector.facts),
        fields=_exchanged_fields(connection, connector),
        prepare_hours=prepare_hours,
    )
    with connector.open(access) as api:
        yield api


def _exchanged_fields(connection: Connection, connector: Connector[Any]) -> dict[str, str]:
    """Of customers, by name (R99); only asked for where a system takes them."""
    if connector.field_names is None:
        return {}
    from integrations import customer_exchange  # which asks for connectors here

    with scope(connection.workspace_id):
        return customer_exchange.exchanged_fields(connection)


def ensure_no_transaction() -> None:
    """Waiting for a provider inside a transaction would hold locks and a snapshot for as long as it pleases."""
    if database.in_atomic_block:
        raise RuntimeError("a provider is asked inside a transaction")
