"""What a pull may take in of records that Busy writes as well: nothing that takes a change of ours back, nothing that
is just being made. Call in a scope, holding the connection's row."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypeVar

from django.db.models import Q

from busy.lib.folding import fold
from integrations.kernel.records import Kind, Record
from integrations.models import Connection
from integrations.policy import State
from integrations.shared import local_names
from integrations.shared_models import SharedRecord


class Row(Protocol):
    """A record of a page that is new, or differs from what we know."""

    record: Record
    local_id: int
    is_new: bool


T = TypeVar("T", bound=Row)


class NotYetKnown(Exception):
    """A record of the page may be one that we are just making there, whose id we have not seen yet: read on later."""


def let_in(connection: Connection, rows: list[T], *, kind: Kind, since: datetime | None) -> tuple[list[T], list[str]]:
    """Those that may be written, and the local ids of the others: they are there, and keep what Busy says of them.

    What was changed here and is not there yet stays until its delivery has looked at both sides. What we wrote after
    ``since``, when the reading began, may have been read before it. Raises NotYetKnown.
    """
    if any(row.is_new for row in rows):
        rows = _without_doubtful(connection, rows, kind)
    known = [row.local_id for row in rows if not row.is_new]
    unsettled = Q(delivery__state__in=[State.WAITING, State.TRANSFERRING, State.ATTENTION])
    later = Q(written_at__gte=since) if since is not None else Q(pk=None)
    held = SharedRecord.objects.filter(unsettled | later, connection=connection, kind=kind, local_id__in=known)
    ids = set(held.values_list("local_id", flat=True))
    return [row for row in rows if row.is_new or row.local_id not in ids], [str(pk) for pk in sorted(ids)]


def _without_doubtful(connection: Connection, rows: list[T], kind: Kind) -> list[T]:
    """Raises NotYetKnown while something is being made. What waits for a person may stand there as well, and keeps out
    only what has its name."""
    making = SharedRecord.objects.filter(connection=connection, kind=kind, makes=True)
    under_way = Q(delivery__state=State.TRANSFERRING) | Q(delivery__state=State.WAITING, delivery__is_unclear=True)
    if making.filter(under_way).exists():
        raise NotYetKnown
    doubtful = making.filter(delivery__state=State.ATTENTION, delivery__is_unclear=True)
    names = {fold(name) for name in local_names(kind, list(doubtful.values_list("local_id", flat=True)))}
    if not names:
        return rows
    return [row for row in rows if not row.is_new or fold(row.record.name) not in names]
