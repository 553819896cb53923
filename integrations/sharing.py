"""What the catalogue is told of kinds that travel both ways, and where in a system people do what Busy cannot."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from busy.catalog.mastership import Place, Sharing
from busy.workspaces.scope import once
from integrations import shared
from integrations.conversations import connector_of
from integrations.kernel.facts import KindFacts
from integrations.kernel.records import Kind
from integrations.models import Connection, ConnectionState

_BY_FIELD = {field: name for name, field in shared.FIELDS.items()}


def sharing_of(kind: str) -> Sharing | None:
    """Registered with the catalogue."""
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


def _connected() -> list[Connection]:
    return list(Connection.objects.exclude(state=ConnectionState.DISCONNECTED).order_by("connected_at", "pk"))


def _url(connection: Connection, kind: KindFacts) -> str:
    if kind.place is None or not kind.place.url:
        return ""
    facts = connector_of(connection).facts
    parts = urlsplit(facts.settings_from(os.environ).get("url") or facts.base_url)
    return kind.place.url.format(web=f"{parts.scheme}://{parts.netloc}")
