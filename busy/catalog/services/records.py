"""What all writes share: one writer at a time, one record per form, only what changed, nothing another system owns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from busy.catalog.errors import CreatedElsewhere, OwnedElsewhere
from busy.catalog.events import RecordWritten
from busy.catalog.mastership import Kind, name_of, owner_of, sharing_of
from busy.catalog.models import Customer, Product, Project, Record, Task, WorkType
from busy.catalog.rules import OWNED_FIELDS, cleaned_name
from busy.lib.events import publish
from busy.workspaces.models import Workspace
from busy.workspaces.scope import current_workspace_id

R = TypeVar("R", bound=Record)
KINDS: Mapping[type[Record], Kind] = {
    Customer: Kind.CUSTOMER,
    Product: Kind.PRODUCT,
    Project: Kind.PROJECT,
    WorkType: Kind.WORK_TYPE,
    Task: Kind.TASK,
}


def ensure_created_here(kind: Kind) -> None:
    """Raises CreatedElsewhere when a connected system alone creates records of the kind."""
    if system := owner_of(kind):
        raise CreatedElsewhere(system, kind)


def ensure_number_is_ours(kind: Kind, number: str) -> None:
    """Raises OwnedElsewhere for a number where the system that keeps the kind as well gives them (R65)."""
    sharing = sharing_of(kind) if number.strip() else None
    if sharing and sharing.creates:
        raise OwnedElsewhere(sharing.system, "number")


def locked(model: type[R], record: R) -> R:
    """The row as it stands now, held until the transaction ends, so that two people's changes follow each other."""
    return model.objects.select_for_update(of=("self",)).get(pk=record.pk)


def hold(subject: str) -> None:
    """Let one transaction at a time of this workspace deal with the subject: a name or number about to be taken.

    A constraint would be stronger, but also bind what providers send, and their numbers may repeat.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [subject, current_workspace_id()])


def create_once(model: type[R], client_id: UUID | None, make: Callable[[], R]) -> tuple[R, bool]:
    """The new record, or the one that the same form made before; with it whether it is new."""
    if client_id is None:
        return make(), True
    existing = model.objects.filter(client_id=client_id).first()
    if existing:
        return existing, False
    try:
        with transaction.atomic():
            return make(), True
    except IntegrityError:
        # Two requests of one form at the same moment: the other was first, and its record is committed by now.
        existing = model.objects.filter(client_id=client_id).first()
        if existing is None:
            raise
        return existing, False


def changed_fields(record: Record, changes: Mapping[str, Any]) -> list[str]:
    """Put the changes on the record and name those that made a difference.

    Raises OwnedElsewhere for a difference in what another system owns (R18, R65), NameMissing for an empty name.
    """
    names: list[str] = []
    for name, value in changes.items():
        wanted = cleaned_name(value) if name == "name" else value.strip() if isinstance(value, str) else value
        if getattr(record, name) == wanted:
            continue
        if name in owned_fields(record):
            raise OwnedElsewhere(keeper_of(record), name)
        setattr(record, name, wanted)
        names.append(name)
    return names


def owned_fields(record: Record) -> frozenset[str]:
    """What of the record cannot be changed here: it is another system's, and does not travel there (R18, R63).

    The number of what both sides keep is the system's from the beginning (R65).
    """
    sharing = sharing_of(KINDS[type(record)])
    if record.mastered_by:
        return OWNED_FIELDS - (sharing.fields if sharing else frozenset())
    return frozenset({"number"}) if sharing and sharing.creates else frozenset()


def keeper_of(record: Record) -> str:
    """The system that owns fields of the record, by its name."""
    if record.mastered_by:
        return name_of(record.mastered_by)
    sharing = sharing_of(KINDS[type(record)])
    return sharing.system if sharing else ""


def may_change(record: Record, field: str) -> bool:
    """Whether ``field`` ("archived", "done", "members") of the record can be changed here."""
    if not record.mastered_by:
        return True
    sharing = sharing_of(KINDS[type(record)])
    return sharing is not None and field in sharing.fields


def ensure_may_change(record: Record, field: str) -> None:
    """Raises OwnedElsewhere."""
    if not may_change(record, field):
        raise OwnedElsewhere(name_of(record.mastered_by))


def values_of(record: Record, names: Mapping[str, object]) -> dict[str, object]:
    """What the fields are before a change, for ``tell_written``; a record they refer to by its id."""
    fields = ((name, record._meta.get_field(name)) for name in names)
    return {name: getattr(record, str(getattr(field, "attname", name))) for name, field in fields}


def tell_written(record: Record, before: Mapping[str, object] | None) -> None:
    """Tell whoever keeps the record as well. Nothing is told of no change."""
    if before is None or before:
        publish(RecordWritten(record.workspace_id, KINDS[type(record)], record.pk, before))


def put_archived(record: Record, archived: bool) -> bool:
    """Archive or restore, and say whether that was a change. Raises OwnedElsewhere: the state is its keeper's (R18)."""
    if record.is_archived == archived:
        return False
    ensure_may_change(record, "archived")
    instant: datetime | None = timezone.now() if archived else None
    record.archived_at = instant
    record.save(update_fields=["archived_at"])
    tell_written(record, {"archived": not archived})
    return True


def workspace_in_scope() -> Workspace:
    return Workspace.objects.get(pk=current_workspace_id())
