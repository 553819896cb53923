"""What follows a change once it is committed: it needs a row that comes before the changed one in the order of locks
(docs/architecture.md), or one that a whole workspace shares.

If it gets lost with a process, the sweep after the next pull finds the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection as database
from django.db import transaction

from busy.workspaces.scope import scope
from integrations import wakeups
from integrations.models import Connection


def rouse(connection: Connection, kind: str = wakeups.PUSH) -> None:
    """Have the kind done now, once for all changes of the transaction.

    The wakeup is a row that all of a workspace share: written inside of the transaction it would let everybody who
    changes something wait for everybody else, and for the worker.
    """
    _once(_Wake(connection.workspace_id, connection.pk, connection.provider, str(kind)))


def once(workspace_id: int, do: Callable[[int], object], pk: int) -> None:
    """``do`` it with a row's id, in the scope of the workspace and a transaction of its own, once for all changes of
    this one."""
    _once(_Later(workspace_id, do, pk))


def _once(what: Callable[[], None]) -> None:
    if not any(waiting[1] == what for waiting in database.run_on_commit):
        transaction.on_commit(what, robust=True)


@dataclass(frozen=True, slots=True)
class _Wake:
    workspace_id: int
    connection_id: int
    provider: str
    kind: str

    def __call__(self) -> None:
        woken = Connection(pk=self.connection_id, workspace_id=self.workspace_id, provider=self.provider)
        with transaction.atomic():
            wakeups.nudge(woken, self.kind)


@dataclass(frozen=True, slots=True)
class _Later:
    workspace_id: int
    do: Callable[[int], object]
    pk: int

    def __call__(self) -> None:
        with scope(self.workspace_id):
            self.do(self.pk)
