"""Records of the catalogue that travel both ways (R63, R66, R69): what of them goes out, in the provider's words.

A change becomes a delivery in the transaction that made it. What is wanted is computed when it is sent; remembered are
only the fields that were changed here, each with what both sides had before: that tells a change here from one there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import uuid4

from django.db import connection as database
from django.utils import timezone

from busy.catalog.models import Task
from busy.workspaces.scope import once
from integrations import afterwards, customer_exchange
from integrations.appliers import TARGETS
from integrations.conversations import connector_of
from integrations.deliveries import RECORD
from integrations.kernel.facts import KindFacts
from integrations.kernel.records import Kind
from integrations.kinds import is_switched_on
from integrations.models import Connection, ConnectionState, Delivery, Link
from integrations.policy import State
from integrations.shared_models import SharedRecord
from integrations.shared_values import OWN, Plain, before_of

KINDS = (Kind.PROJECTS, Kind.WORK_TYPES, Kind.TASKS)


# --- Who shares -------------------------------------------------------------------------------------------------------


def shared_facts(connection: Connection, kind: Kind) -> KindFacts | None:
    """The facts of a kind that travels both ways as the connection is set up now, else None."""
    connector = connector_of(connection)
    facts = connector.facts.of_kind(kind)
    if facts is None or facts.sends is None or connector.save(kind) is None or not is_switched_on(connection, facts):
        return None
    return facts


def connections() -> dict[Kind, Connection]:
    """Which connection of the workspace in scope each shared kind goes to: the first that was made. One query."""
    return once(_connections)


def _connections() -> dict[Kind, Connection]:
    found: dict[Kind, Connection] = {}
    for connection in Connection.objects.exclude(state=ConnectionState.DISCONNECTED).order_by("connected_at", "pk"):
        for kind in KINDS:
            if kind not in found and shared_facts(connection, kind) is not None:
                found[kind] = connection
    return found


def model_of(kind: Kind) -> Any:
    return TARGETS[kind].model


def link_of(connection: Connection, kind: Kind, local_id: int) -> Link | None:
    links: Any = TARGETS[kind].link
    found: Link | None = links.objects.filter(connection=connection, local=local_id).first()
    return found


def local_names(kind: Kind, ids: Collection[int]) -> list[str]:
    return list(model_of(kind).objects.filter(pk__in=ids).values_list("name", flat=True)) if ids else []


# --- Asking for it ----------------------------------------------------------------------------------------------------


def travels(connection: Connection, facts: KindFacts, local_id: int) -> bool:
    """What is sorted by a tag travels only while it carries it (R95, R106)."""
    return not facts.is_tagged or bool(customer_exchange.tagged_ids(connection, [local_id]))


def fields_of(connection: Connection, kind: Kind) -> tuple[str, ...]:
    """The fields of a record that go out; of customers each of the fields that both sides call alike (R99)."""
    facts = shared_facts(connection, kind)
    if facts is None or facts.sends is None:
        return ()
    own = customer_exchange.exchanged_fields(connection) if OWN in facts.sends.fields else {}
    plain = tuple(name for name in facts.sends.fields if name != OWN)
    return (*plain, *(f"{OWN}.{name}" for name in sorted(own)))


def request(connection: Connection, kind: Kind, local_id: int, before: Mapping[str, object] | None) -> bool:
    """Have a record carried that was made (None), or whose fields were something else before. Whether anything of it
    goes out. Call in the transaction that changed it, which holds the record's row."""
    facts = shared_facts(connection, kind)
    if facts is None or facts.sends is None or not travels(connection, facts, local_id):
        return False
    shared = SharedRecord.objects.filter(connection=connection, kind=kind, local_id=local_id).first()
    is_linked = link_of(connection, kind, local_id) is not None
    changed: Plain = {}
    if is_linked:
        changed = before_of(connection, before or {}, fields_of(connection, kind))
        if not changed:
            return False
    elif not _is_to_be_made(connection, kind, local_id, shared, facts, is_new=before is None):
        return False
    by = actor()
    delivery = _delivery(connection, kind, local_id, by)
    if shared is None:
        shared = SharedRecord(connection=connection, delivery=delivery, kind=kind, local_id=local_id)
    else:
        # Locked after the delivery, as a worker does; what it has found out meanwhile counts.
        shared = SharedRecord.objects.select_for_update(no_key=True).get(pk=shared.pk)
    shared.makes = not is_linked
    shared.before = {**changed, **shared.before}
    shared.changed_at, shared.changed_by_id = timezone.now(), by
    shared.insists = shared.gives_in = False
    shared.save()
    afterwards.rouse(connection)
    return True


def _is_to_be_made(
    connection: Connection, kind: Kind, local_id: int, shared: SharedRecord | None, facts: KindFacts, *, is_new: bool
) -> bool:
    """What was in Busy alone before stays so until a person says otherwise; so do tasks of such a project."""
    if facts.sends is None or not facts.sends.creates:
        return False
    if shared is not None and shared.makes:
        return True
    if not is_new:
        return False
    if kind is not Kind.TASKS:
        return True
    project_id = Task.objects.values_list("project_id", flat=True).get(pk=local_id)
    making = SharedRecord.objects.filter(connection=connection, kind=Kind.PROJECTS, local_id=project_id, makes=True)
    return link_of(connection, Kind.PROJECTS, project_id) is not None or making.exists()


def _delivery(connection: Connection, kind: Kind, local_id: int, by: int | None) -> Delivery:
    """The record's, locked; due at once unless something is in doubt. The ledger names who changed it (R114)."""
    reference_id = uuid4()
    delivery, is_new = Delivery.objects.get_or_create(
        connection=connection,
        key=f"{kind}:{local_id}",
        defaults={
            "kind": RECORD,
            "reference_id": reference_id,
            "reference": f"Busy {reference_id.hex[:16].upper()}",
            "pressed_by_id": by,
        },
    )
    if not is_new:
        delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
        delivery.wanted += 1
        if delivery.state != State.TRANSFERRING:
            delivery.state = State.WAITING
        if not delivery.is_unclear:
            delivery.problem, delivery.not_before = None, timezone.now()
        delivery.changed_at, delivery.pressed_by_id, delivery.is_patient = timezone.now(), by, False
        delivery.save(
            update_fields=["wanted", "state", "problem", "not_before", "changed_at", "pressed_by", "is_patient"]
        )
    return delivery


def actor() -> int | None:
    """The membership of whoever acts in this request; None for what Busy does by itself."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM workspaces_membership WHERE workspace_id = current_setting('busy.workspace_id')::bigint"
            " AND user_id = nullif(current_setting('busy.user_id', true), '')::bigint"
        )
        row = cursor.fetchone()
    return row[0] if row else None


def locked(kind: Kind, local_id: int) -> Any:
    """The record's row, held until the transaction ends; before its delivery, as those do who change it."""
    return model_of(kind).objects.select_for_update(of=("self",)).get(pk=local_id)
