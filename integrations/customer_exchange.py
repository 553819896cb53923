"""Customers that travel between Busy and a system, sorted by a tag (R95, R106), with the fields that both sides have
by the same name (R99). What the administrator chose stands in the connection's settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from busy.catalog import custom_values
from busy.catalog.customer_models import CustomerField, CustomerFieldValue, CustomerTag, CustomerTagging
from busy.catalog.events import CustomerChanged
from busy.catalog.exchange import SystemFields
from busy.lib.events import publish
from integrations import health, set_up, wakeups
from integrations.conversations import connector_of
from integrations.kernel.facts import KindFacts, ProviderFacts
from integrations.kernel.records import CustomerWithFields
from integrations.models import Connection, ConnectionState, CustomerLink, PullState

TAG, BOOKKEEPING, EXTENSION = "customer_tag", "bookkeeping", "extension"
_NAMES = "customer_fields"  # of the settings: what the system's fields are called, and when we asked
_ASKED_EVERY = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a connection is for (R104): customers of a tag, bookkeeping, or both."""

    tag_id: int | None
    bookkeeping: bool
    extension: bool = False  # projects and hours, where they are an extension


def is_offered(facts: ProviderFacts) -> bool:
    return any(kind.is_tagged for kind in facts.kinds)


def choices_of(connection: Connection) -> Choices:
    found = connection.settings.get(TAG)
    return Choices(
        tag_id=found,
        bookkeeping=bool(connection.settings.get(BOOKKEEPING, True)),
        extension=bool(connection.settings.get(EXTENSION)),
    )


@transaction.atomic
def choose(connection: Connection, choices: Choices) -> Connection:
    """From now on by these. What travelled before stays as it is; what carries a new tag is exchanged at once.

    Raises extensions.ExtensionInUse when what projects and hours need is turned off while they are used.
    """
    from integrations import extensions  # which asks for connectors as this does

    connection = health.lock(connection.pk)
    if extensions.in_use(connection) and not (choices.bookkeeping and choices.extension):
        raise extensions.ExtensionInUse
    connection.settings = {
        **connection.settings,
        TAG: choices.tag_id,
        BOOKKEEPING: choices.bookkeeping,
        EXTENSION: choices.extension,
    }
    if choices.bookkeeping and connector_of(connection).facts.set_up:
        set_up.want(connection)
    connection.save(update_fields=["settings"])
    from integrations.kinds import pulled_kinds

    pulled = [facts.kind for facts in pulled_kinds(connection)]
    for kind in pulled:
        PullState.objects.get_or_create(connection=connection, kind=kind, defaults={"wants_everything": True})
    PullState.objects.filter(connection=connection).update(wants_everything=True)
    if connection.is_running:
        wakeups.nudge(connection, *pulled, wakeups.PUSH)
    return connection


def is_exchanging(connection: Connection, facts: KindFacts) -> bool:
    """Whether a tagged kind travels at all: only with a tag to sort by."""
    return connection.settings.get(TAG) is not None


def tagged_ids(connection: Connection, local_ids: Iterable[int]) -> set[int]:
    """Those of the customers that carry the connection's tag."""
    tag = connection.settings.get(TAG)
    carrying = CustomerTagging.objects.filter(tag=tag or 0, customer__in=list(local_ids))
    return set(carrying.values_list("customer_id", flat=True))


def exchanging() -> list[Connection]:
    """The connections of the workspace in scope that exchange tagged customers."""
    connected = Connection.objects.exclude(state=ConnectionState.DISCONNECTED).order_by("connected_at", "pk")
    return [one for one in connected if is_offered(connector_of(one).facts)]


# --- Coming in --------------------------------------------------------------------------------------------------------


def travelling(connection: Connection, records: Iterable[Any]) -> list[Any]:
    """The records whose customer here carries the tag; of the others nothing is known, and none is imported."""
    found = {record.external_id: record for record in records}
    links = CustomerLink.objects.filter(connection=connection, external_id__in=list(found))
    linked = dict(links.values_list("external_id", "local_id"))
    tagged = tagged_ids(connection, linked.values())
    return [record for key, record in found.items() if linked.get(key) in tagged]


def take_values(connection: Connection, records: Iterable[Any]) -> int:
    """Put what the records say of the customers' own fields on the customers here; how many changed."""
    known = [record for record in records if isinstance(record, CustomerWithFields) and record.data]
    if not known:
        return 0
    fields = {field.name: field for field in _own_fields(connection)}
    links = CustomerLink.objects.filter(connection=connection, external_id__in=[one.external_id for one in known])
    local = dict(links.values_list("external_id", "local_id"))
    had = {
        (value.customer_id, value.field_id): value
        for value in CustomerFieldValue.objects.filter(
            customer__in=list(local.values()), field__in=[field.pk for field in fields.values()]
        )
    }
    changed = set()
    for record in known:
        customer_id = local.get(record.external_id)
        for name, text in record.data:
            field = fields.get(name)
            if customer_id is None or field is None:
                continue
            stands = had.get((customer_id, field.pk))
            if (stands.value if stands else "") == text:
                continue
            changed.add(customer_id)
            _put(customer_id, field, stands, text)
    for customer_id in changed:
        publish(CustomerChanged(connection.workspace_id, customer_id))
    return len(changed)


def put_value(customer_id: int, name: str, text: str) -> None:
    """Give a customer here what one of its own fields is to be; nobody is told. A field that is gone is left alone."""
    field = CustomerField.objects.filter(archived_at=None, name=name).first()
    if field is not None:
        stands = CustomerFieldValue.objects.filter(customer=customer_id, field=field).first()
        _put(customer_id, field, stands, text)


def _put(customer_id: int, field: CustomerField, stands: CustomerFieldValue | None, text: str) -> None:
    if not text:
        if stands is not None:
            stands.delete()
    elif stands is not None:
        stands.value = text
        stands.save(update_fields=["value"])
    else:
        CustomerFieldValue.objects.create(customer_id=customer_id, field=field, value=text)


# --- Fields by name (R99) ---------------------------------------------------------------------------------------------


def exchanged_fields(connection: Connection) -> dict[str, str]:
    """Name and kind of the fields that both sides have; {} where a system takes none."""
    if connector_of(connection).field_names is None:
        return {}
    return {field.name: field.kind for field in _own_fields(connection)}


def _own_fields(connection: Connection) -> list[CustomerField]:
    return list(CustomerField.objects.filter(archived_at=None, name__in=names_of(connection)))


def names_of(connection: Connection) -> list[str]:
    return list((connection.settings.get(_NAMES) or {}).get("names", []))


def wants_names(connection: Connection) -> bool:
    """Whether it is time to ask for the names again."""
    asked = (connection.settings.get(_NAMES) or {}).get("at")
    return asked is None or datetime.fromisoformat(asked) < timezone.now() - _ASKED_EVERY


def note_names(connection: Connection, names: Iterable[str]) -> None:
    """Call in the scope; holds the connection's row."""
    connection = health.lock(connection.pk)
    noted = {"names": sorted(names), "at": timezone.now().isoformat()}
    connection.settings = {**connection.settings, _NAMES: noted}
    connection.save(update_fields=["settings"])


def values_of(connection: Connection, customer_id: int) -> tuple[tuple[str, str], ...]:
    """What a customer here has in each exchanged field, as records carry it."""
    fields = {field.pk: field.name for field in _own_fields(connection)}
    kept: Mapping[int, str] = dict(
        CustomerFieldValue.objects.filter(customer=customer_id, field__in=list(fields)).values_list("field_id", "value")
    )
    return tuple(sorted((name, kept.get(pk, "")) for pk, name in fields.items()))


# --- For the catalogue ------------------------------------------------------------------------------------------------


def system_fields() -> list[SystemFields]:
    """Registered with the catalogue."""
    return [
        SystemFields(system=connector_of(one).facts.name, names=tuple(names_of(one)))
        for one in exchanging()
        if connector_of(one).field_names is not None
    ]


def tag_use(tag_id: int) -> str:
    """Registered with the catalogue."""
    return next((connector_of(one).facts.name for one in exchanging() if one.settings.get(TAG) == tag_id), "")


def tags() -> list[tuple[str, str]]:
    return [(str(tag.pk), tag.name) for tag in CustomerTag.objects.order_by("name", "pk")]


def as_shown(kind: str, kept: str) -> str:
    return custom_values.shown(kind, kept)
