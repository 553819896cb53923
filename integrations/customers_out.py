"""Which customers go out, and when: those that carry the tag, when they or their fields change, and whole when the tag
is set or somebody asks for it (R97, R99, R106). They travel as all records that both sides keep (`shared`).
"""

from __future__ import annotations

from django.db import transaction

from busy.catalog.events import CustomerTagged, RecordWritten
from busy.catalog.models import Customer
from busy.lib.events import listen
from integrations import afterwards, customer_exchange, shared
from integrations.kernel.records import Kind
from integrations.models import Connection, ConnectionState, CustomerLink
from integrations.shared_models import SharedRecord


@listen(RecordWritten)
def customer_written(event: RecordWritten) -> None:
    if event.kind != Kind.CUSTOMERS or event.before is None:
        return
    for connection in _exchanging(event.record_id):
        shared.request(connection, Kind.CUSTOMERS, event.record_id, event.before)


@listen(CustomerTagged)
def customer_tagged(event: CustomerTagged) -> None:
    """Setting the tag, for the first time or again, exchanges the customer whole (R97)."""
    for connection in _exchanging(event.customer_id):
        if connection.settings.get(customer_exchange.TAG) == event.tag_id:
            exchange_whole(connection, event.customer_id)


@transaction.atomic
def exchange_whole(connection: Connection, customer_id: int) -> bool:
    """Send everything of the customer, whatever stands there, and look at it anew when it comes in (R97). Whether
    anything goes out."""
    shared.locked(Kind.CUSTOMERS, customer_id)
    link = CustomerLink.objects.filter(connection=connection, local=customer_id)
    if not link.exists():
        return shared.request(connection, Kind.CUSTOMERS, customer_id, None)
    link.update(fingerprint=None)
    whole = dict.fromkeys(("name", "organization_number", "email", *_own_names(connection)))
    asked = shared.request(connection, Kind.CUSTOMERS, customer_id, whole)
    SharedRecord.objects.filter(connection=connection, kind=Kind.CUSTOMERS, local_id=customer_id).update(insists=True)
    afterwards.rouse(connection, Kind.CUSTOMERS)
    return asked


def _own_names(connection: Connection) -> list[str]:
    return [f"field:{name}" for name in customer_exchange.exchanged_fields(connection)]


def exchange_all(connection: Connection) -> int:
    """Every tagged customer that is not linked yet, when a tag is chosen; linked ones follow the next look."""
    tag = connection.settings.get(customer_exchange.TAG)
    tagged = Customer.objects.filter(archived_at=None, taggings__tag=tag or 0)
    waiting = tagged.exclude(links__connection=connection).order_by("pk").values_list("pk", flat=True)
    return sum(exchange_whole(connection, pk) for pk in waiting)


def _exchanging(customer_id: int) -> list[Connection]:
    return [
        one
        for one in customer_exchange.exchanging()
        if one.state != ConnectionState.DISCONNECTED and customer_exchange.tagged_ids(one, [customer_id])
    ]
