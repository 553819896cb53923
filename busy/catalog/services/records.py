"""What all writes share: one writer at a time, one record per form, only what changed, nothing another system owns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from busy.catalog.errors import CreatedElsewhere, OwnedElsewhere
from busy.catalog.mastership import Kind, name_of, owner_of
from busy.catalog.models import Record
from busy.catalog.rules import OWNED_FIELDS, cleaned_name
from busy.workspaces.models import Workspace
from busy.workspaces.scope import current_workspace_id

R = TypeVar("R", bound=Record)


def ensure_created_here(kind: Kind) -> None:
    """Raises CreatedElsewhere when a connected system alone creates records of the kind."""
    if system := owner_of(kind):
        raise CreatedElsewhere(system, kind)


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

    Raises OwnedElsewhere for a difference in what another system owns (R18), NameMissing for an empty name.
    """
    names: list[str] = []
    for name, value in changes.items():
        wanted = cleaned_name(value) if name == "name" else value.strip() if isinstance(value, str) else value
        if getattr(record, name) == wanted:
            continue
        if record.mastered_by and name in OWNED_FIELDS:
            raise OwnedElsewhere(name_of(record.mastered_by), name)
        setattr(record, name, wanted)
        names.append(name)
    return names


def put_archived(record: Record, archived: bool) -> bool:
    """Archive or restore, and say whether that was a change. Raises OwnedElsewhere: the state is its keeper's (R18)."""
    if record.is_archived == archived:
        return False
    if record.mastered_by:
        raise OwnedElsewhere(name_of(record.mastered_by))
    instant: datetime | None = timezone.now() if archived else None
    record.archived_at = instant
    record.save(update_fields=["archived_at"])
    return True


def workspace_in_scope() -> Workspace:
    return Workspace.objects.get(pk=current_workspace_id())
