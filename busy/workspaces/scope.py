"""The scope: which workspace the running code works for, known to Python and to PostgreSQL alike.

Lock 1 reads the context variable, lock 3 the transaction's setting. Both are set and cleared here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

_workspace: ContextVar[int | None] = ContextVar("busy_workspace", default=None)

WORKSPACE_SETTING = "busy.workspace_id"
USER_SETTING = "busy.user_id"


class NoWorkspaceInScope(RuntimeError):
    """Tenant data was asked for without saying whose."""


def current_workspace_id() -> int:
    """The workspace in scope. Raises NoWorkspaceInScope."""
    workspace_id = _workspace.get()
    if workspace_id is None:
        raise NoWorkspaceInScope("No workspace is in scope: enter scope(workspace_id) first.")
    return workspace_id


def is_in_scope() -> bool:
    return _workspace.get() is not None


@contextmanager
def scope(workspace_id: int, *, savepoint: bool = True) -> Iterator[None]:
    """Work for one workspace, in one transaction. Scopes nest; leaving one returns to the outer.

    Without ``savepoint`` an exception that leaves the scope spoils the enclosing transaction too; the door wants that.
    """
    token = _workspace.set(workspace_id)
    try:
        with _setting(WORKSPACE_SETTING, workspace_id, savepoint=savepoint):
            yield
    finally:
        _workspace.reset(token)


@contextmanager
def acting_as(user_id: int) -> Iterator[None]:
    """Let the person see own memberships and their workspaces, and nothing else, across workspaces."""
    with _setting(USER_SETTING, user_id, savepoint=True):
        yield


@contextmanager
def _setting(name: str, value: int, *, savepoint: bool) -> Iterator[None]:
    """Keep a setting of the database for as long as the block or its transaction lasts."""
    is_nested = connection.in_atomic_block
    with transaction.atomic(savepoint=savepoint):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s, true), set_config(%s, %s, true)", [name, name, str(value)])
            outer = cursor.fetchone()[0] or ""
        yield
        # The end of the transaction clears the setting, and so does a rollback to the savepoint.
        if is_nested and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, %s, true)", [name, outer])
