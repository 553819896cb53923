"""What the catalogue is told of kinds that travel both ways, and where in a system people do what Busy cannot."""

from __future__ import annotations

import os
from collections.abc import Collection
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from busy.catalog.mastership import Place, Sharing
from busy.workspaces.scope import once
from integrations import shared, shared_values
from integrations.conversations import connector_of
from integrations.kernel.facts import KindFacts
from integrations.kernel.records import Kind
from integrations.models import Connection, ConnectionState
from integrations.shared_models import SharedRecord

_BY_FIELD = {field: name for name, field in shared_values.FIELDS.items()}


def sharing_of(kind: str) -> Sharing | None:
    """Registered with the catalogue."""
    if kind not in shared.KINDS:
        return None
    connection = shared.connections().get(Kind(kind))
    facts = shared.shared_facts(connection, Kind(kind)) if connection else None
    if connection is None or facts is None or facts.sends is None:
        return None
    fields = frozenset(_BY_FIELD[field] for field in facts.sends.fields if field in _BY_FIELD)
    return Sharing(system=connector_of(connection).facts.name, fields=fields, creates=facts.sends.creates)


def place_of(kind: str) -> Place | None:
    """Registered with the catalogue: where records of the kind are made in the system that keeps them."""
    for connection in once(_connected):
        facts = connector_of(connection).facts
        found = facts.of_kind(Kind(kind))
        if found is not None and found.place is not None:
            step = found.place
            return Place(system=facts.name, text=_(step.text) % step.values, url=_url(connection, found))
    return None


def pending_of(kind: str, ids: Collection[int]) -> set[int]:
    """Registered with the catalogue: those of the records that are still to be made there."""
    connection = shared.connections().get(Kind(kind))
    if connection is None:
        return set()
    making = SharedRecord.objects.filter(connection=connection, kind=kind, local_id__in=ids, makes=True)
    return set(making.values_list("local_id", flat=True))


def _connected() -> list[Connection]:
    return list(Connection.objects.exclude(state=ConnectionState.DISCONNECTED).order_by("connected_at", "pk"))


def _url(connection: Connection, kind: KindFacts) -> str:
    return kind.place.url.format(web=web_of(connection)) if kind.place and kind.place.url else ""


def web_of(connection: Connection) -> str:
    """Where people meet the system: what {web} in its links stands for."""
    facts = connector_of(connection).facts
    parts = urlsplit(facts.settings_from(os.environ).get("url") or facts.base_url)
    return f"{parts.scheme}://{parts.netloc}"
