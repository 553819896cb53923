"""A connection that was made before a version of Busy learnt to pull a kind gets the kind by itself.

Looked at once for each connection in the life of a worker process: who brings new kinds starts the workers anew.
"""

from __future__ import annotations

import logging

from busy.workspaces.scope import scope
from integrations import health, snapshot, wakeups
from integrations.kinds import pulled_kinds
from integrations.models import PullState

logger = logging.getLogger(__name__)

_looked_at: set[int] = set()


def forget() -> None:
    """As a process that has just begun."""
    _looked_at.clear()


def bring(workspace_id: int, connection_id: int) -> None:
    """Have those pulled as a whole that never were. Call with no transaction open."""
    if connection_id in _looked_at:
        return
    with scope(workspace_id):
        connection = health.lock(connection_id)
        if not connection.is_running:
            return
        known = set(PullState.objects.filter(connection=connection).values_list("kind", flat=True))
        missing = [facts.kind for facts in pulled_kinds(connection) if facts.kind not in known]
        for kind in missing:
            if kind in snapshot.KINDS and connection.settings.get(snapshot.IS_KEPT):
                snapshot.keep(connection, kind)  # what was there before it began is no import of it
            PullState.objects.create(connection=connection, kind=kind, wants_everything=True)
        if missing:
            wakeups.nudge(connection, *missing)
            logger.info("a connection gets new kinds", extra={"connection": connection_id, "kinds": missing})
    _looked_at.add(connection_id)
