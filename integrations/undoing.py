"""Undoing a connection: the catalogue becomes what it was before the import, as far as nobody has built on it since.

What the import made and nothing depends on is removed; what is in use stays, as Busy's own, and is named. What was
matched gets its own name, number and state back; what project sync or work-type sync archived comes out of the archive.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import models, transaction
from django.db.models import Q

from busy.catalog.models import ProjectWorkType, TaskMember
from busy.workspaces.models import Membership
from integrations import health, remapping, services, snapshot, usage
from integrations.appliers import TARGETS
from integrations.deliveries import RECORD
from integrations.kernel.records import Kind
from integrations.models import Connection, Delivery, KeptRecord, Plan
from integrations.patience import be_patient
from integrations.policy import State

# Projects before what they point to, so that a customer or a work type that only they use goes with them.
ORDER = (Kind.TASKS, Kind.PROJECTS, Kind.CUSTOMERS, Kind.WORK_TYPES, Kind.PRODUCTS)
NAMED = 100  # records of each sort that the page names


@dataclass(frozen=True, slots=True, kw_only=True)
class OfKind:
    """What undoing means for one kind, as ids."""

    kind: Kind
    removed: frozenset[int]
    stays: frozenset[int]  # imported, and in use
    restored: frozenset[int]  # linked: its own name and number come back
    brought_back: frozenset[int]  # archived by the connection, and only in Busy

    @property
    def is_empty(self) -> bool:
        return not (self.removed or self.stays or self.restored or self.brought_back)


def is_possible(connection: Connection) -> bool:
    """Whether it was kept what the catalogue was like."""
    return bool(connection.settings.get(snapshot.IS_KEPT))


def preview(connection: Connection) -> list[OfKind]:
    """In a constant number of queries. Call in a scope."""
    going: dict[type[models.Model], Collection[int]] = {}
    found = []
    for kind in ORDER:
        made = snapshot.imported(connection, kind)
        stays = usage.used(kind, made, without=going) if made else set()
        if kind is Kind.CUSTOMERS:
            stays |= made & _wanted_back(connection)
        of_kind = _of_kind(connection, kind, made, stays)
        # A restored project points to another customer then; a restored work type keeps its product.
        restored = of_kind.restored if kind is Kind.PROJECTS else frozenset()
        going[TARGETS[kind].model] = of_kind.removed | restored
        found.append(of_kind)
    return found


def _wanted_back(connection: Connection) -> set[int]:
    """Customers that linked projects had while they were Busy's own, and get back."""
    rows = KeptRecord.objects.filter(connection=connection, kind=Kind.PROJECTS, is_imported=False)
    return {int(pk) for pk in rows.values_list("before__customer_id", flat=True) if pk is not None}


def _of_kind(connection: Connection, kind: Kind, made: set[int], stays: set[int]) -> OfKind:
    target: Any = TARGETS[kind]
    linked = set(target.link.objects.filter(connection=connection).values_list("local_id", flat=True)) - made
    kept = KeptRecord.objects.filter(connection=connection, kind=kind, is_imported=False, was_archived=True)
    flagged = set(kept.values_list("local_id", flat=True)) - linked
    archived = target.model.objects.filter(pk__in=flagged).exclude(archived_at=None)
    return OfKind(
        kind=kind,
        removed=frozenset(made - stays),
        stays=frozenset(stays),
        restored=frozenset(linked),
        brought_back=frozenset(archived.values_list("pk", flat=True)),
    )


def names(kind: Kind, ids: Collection[int]) -> list[str]:
    """Some of them by name, for the page."""
    model: Any = TARGETS[kind].model
    return [str(record) for record in model.objects.filter(pk__in=list(ids)).order_by("name", "pk")[:NAMED]]


def was_sent(connection: Connection) -> int:
    """Orders that stand at the provider; they stay there."""
    sent = Delivery.objects.filter(connection=connection, state=State.TRANSFERRED)
    return sent.exclude(kind=RECORD).count()


@transaction.atomic
def undo(connection: Connection, *, by: Membership) -> list[OfKind]:
    """Bring the catalogue back and disconnect; what was done, by kind.

    Raises remapping.StillOnTheWay. An IntegrityError says that somebody began to use a record at this very moment.
    """
    be_patient()
    connection = health.lock(connection.pk)
    remapping.ensure_nothing_on_the_way(connection)
    done = preview(connection)
    services.disconnect(connection, by=by)
    for of_kind in done:
        snapshot.restore(connection, of_kind.kind, of_kind.restored)
        snapshot.bring_back(connection, of_kind.kind, of_kind.brought_back)
    remapping.forget(connection)
    for of_kind in done:
        _remove(of_kind.kind, of_kind.removed)
    with database.cursor() as cursor:
        # Else they would be looked at when the request ends, and nobody could be told.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    connection = health.lock(connection.pk)
    has_history = Delivery.objects.filter(connection=connection).filter(
        Q(state=State.TRANSFERRED) | Q(sends__gt=0) | Q(state__in=[State.WAITING, State.ATTENTION])
    )
    connection.project_sync = False
    connection.settings = {"undone_by": by.pk}
    if not has_history.exists():
        connection.company_id = connection.company_name = connection.company_number = ""
    connection.save(update_fields=["project_sync", "settings", "company_id", "company_name", "company_number"])
    Plan.objects.filter(provider=connection.provider).delete()
    return done


def _remove(kind: Kind, ids: Collection[int]) -> None:
    """Nothing depends on them but the work types that were added to the projects; the constraints see to it."""
    offered = {Kind.PROJECTS: "project_id", Kind.WORK_TYPES: "work_type_id"}.get(kind)
    with database.cursor() as cursor:
        if offered is not None:
            _delete(cursor, ProjectWorkType._meta.db_table, offered, ids)
        if kind is Kind.TASKS:
            _delete(cursor, TaskMember._meta.db_table, "task_id", ids)
        _delete(cursor, TARGETS[kind].model._meta.db_table, "id", ids)


def _delete(cursor: Any, table: str, column: str, ids: Collection[int]) -> None:
    cursor.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(%s::bigint[]))", [list(ids)])  # noqa: S608 - our own names
