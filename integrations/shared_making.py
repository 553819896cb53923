"""Records that only Busy has, to be made at the provider: a whole catalogue at once. What `shared.request` asks for one
of them, in a constant number of statements."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection as database

from integrations import afterwards, customer_exchange, relinking, shared
from integrations.appliers import TARGETS
from integrations.deliveries import RECORD
from integrations.kernel.records import Kind
from integrations.models import Connection, Delivery
from integrations.policy import State
from integrations.shared_models import SharedRecord
from integrations.staging import with_defaults


def request_all(connection: Connection, kind: Kind, ids: Collection[int]) -> int:
    """Have those made that are not linked; how many. Each has one delivery, however often it is asked for, and whatever
    else is to go out goes before it.

    Not of tasks, which go after their project. Call in a transaction that holds the connection's row.
    """
    facts = shared.shared_facts(connection, kind)
    if kind is Kind.TASKS or facts is None or facts.sends is None or not facts.sends.creates:
        return 0
    wanted = customer_exchange.tagged_ids(connection, ids) if facts.is_tagged else set(ids)
    with relinking.reading(len(wanted)):
        held = _held(connection, kind, wanted)
        if held:
            _ask(connection, kind, held)
    if held:
        afterwards.rouse(connection)
    return len(held)


def _held(connection: Connection, kind: Kind, ids: Collection[int]) -> list[int]:
    """Those that are not linked, locked in the order of their ids and before their deliveries, as who changes one
    does."""
    target = TARGETS[kind]
    if target.link is None:
        raise LookupError(f"{kind} have no links")
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT t.id FROM {target.model._meta.db_table} t
            WHERE t.workspace_id = %(workspace)s AND t.id IN (SELECT unnest(%(ids)s::bigint[])) AND NOT EXISTS (
                SELECT FROM {target.link._meta.db_table} l WHERE l.workspace_id = %(workspace)s
                    AND l.local_id = t.id AND l.connection_id = %(connection)s)
            ORDER BY t.id FOR UPDATE OF t
            """,  # noqa: S608 - only names of our own tables are put in
            {"workspace": connection.workspace_id, "connection": connection.pk, "ids": list(ids)},
        )
        return [row[0] for row in cursor.fetchall()]


def _ask(connection: Connection, kind: Kind, ids: list[int]) -> None:
    """A delivery each, due at once unless something is in doubt, and beside it what is known of the record there."""
    delivery, of_delivery, defaults = with_defaults(
        Delivery,
        {
            "id": f"nextval(pg_get_serial_sequence('{Delivery._meta.db_table}', 'id'))",
            "workspace_id": "%(workspace)s",
            "connection_id": "%(connection)s",
            "kind": "%(record)s",
            "key": "%(kind)s || ':' || named.local_id",
            "reference_id": "named.reference_id",
            # As the one of a single record: the beginning of its id.
            "reference": "'Busy ' || upper(left(replace(named.reference_id::text, '-', ''), 16))",
            "state": "%(waiting)s",
            "pressed_by_id": "%(by)s::bigint",
            "is_patient": "true",
        },
    )
    shared_record, of_shared, more = with_defaults(
        SharedRecord,
        {
            "id": f"nextval(pg_get_serial_sequence('{SharedRecord._meta.db_table}', 'id'))",
            "workspace_id": "%(workspace)s",
            "connection_id": "%(connection)s",
            "delivery_id": "asked.id",
            "kind": "%(kind)s",
            "local_id": "split_part(asked.key, ':', 2)::bigint",
            "makes": "true",
            "changed_by_id": "%(by)s::bigint",
        },
    )
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            WITH named AS MATERIALIZED (
                SELECT local_id, gen_random_uuid() AS reference_id FROM unnest(%(ids)s::bigint[]) local_id
            ), asked AS (
                INSERT INTO {Delivery._meta.db_table} AS d ({delivery}) SELECT {of_delivery} FROM named
                ON CONFLICT (workspace_id, connection_id, key) DO UPDATE SET
                    wanted = d.wanted + 1, changed_at = excluded.changed_at, pressed_by_id = excluded.pressed_by_id,
                    state = CASE WHEN d.state = %(transferring)s THEN d.state ELSE excluded.state END,
                    problem = CASE WHEN d.is_unclear THEN d.problem END,
                    not_before = CASE WHEN d.is_unclear THEN d.not_before ELSE excluded.not_before END
                RETURNING id, key
            )
            INSERT INTO {SharedRecord._meta.db_table} ({shared_record}) SELECT {of_shared} FROM asked
            ON CONFLICT (workspace_id, connection_id, kind, local_id) DO UPDATE SET
                makes = true, insists = false, gives_in = false,
                changed_at = excluded.changed_at, changed_by_id = excluded.changed_by_id
            """,  # noqa: S608
            {
                **defaults,
                **more,
                "workspace": connection.workspace_id,
                "connection": connection.pk,
                "kind": str(kind),
                "record": RECORD,
                "waiting": str(State.WAITING),
                "transferring": str(State.TRANSFERRING),
                "by": shared.actor(),
                "ids": ids,
            },
        )
