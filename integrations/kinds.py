"""Which kinds of data a connection pulls, as it is set up now."""

from __future__ import annotations

from integrations import customer_exchange, wakeups
from integrations.conversations import connector_of
from integrations.kernel.facts import KindFacts, Switch
from integrations.models import Connection


def pulled_kinds(connection: Connection) -> list[KindFacts]:
    """The kinds this connection pulls as it is set up now (R7), in the order in which they refer to each other."""
    connector = connector_of(connection)
    kinds = []
    for kind in wakeups.PULL_ORDER:
        facts = connector.facts.of_kind(kind)
        if facts and connector.pull(kind) and is_switched_on(connection, facts):
            kinds.append(facts)
    return kinds


def is_switched_on(connection: Connection, facts: KindFacts) -> bool:
    if facts.is_tagged and not customer_exchange.is_exchanging(connection, facts):
        return False
    if facts.switch is Switch.BOOKKEEPING:
        return customer_exchange.choices_of(connection).bookkeeping
    if facts.switch is Switch.EXTENSION:
        return bool(connection.settings.get("extension"))
    if facts.switch is Switch.PROJECT_SYNC:
        return connection.project_sync
    if facts.switch is Switch.WORK_TYPE_SYNC:
        return bool(connection.settings.get("work_type_sync"))
    return True
