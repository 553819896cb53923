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
# The address, by name, through which a person acts. Tables that keep their own history write it down.
PAGE_SETTING = "busy.page"


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
def scope(workspace_id: int, *, savepoint: bool = True, page: str = "") -> Iterator[None]:
    """Work for one workspace, in one transaction. Scopes nest; leaving one returns to the outer.

    Without ``savepoint`` an exception that leaves the scope spoils the enclosing transaction too; the door wants that.
    ``page`` names the address that a person came by; without it the outer scope's holds.
    """
    settings = {WORKSPACE_SETTING: str(workspace_id)} | ({PAGE_SETTING: page} if page else {})
    token = _workspace.set(workspace_id)
    try:
        with _settings(settings, savepoint=savepoint):
            yield
    finally:
        _workspace.reset(token)


@contextmanager
def acting_as(user_id: int) -> Iterator[None]:
    """Let the person see own memberships and their workspaces, and nothing else, across workspaces."""
    with _settings({USER_SETTING: str(user_id)}, savepoint=True):
        yield


@contextmanager
def _settings(values: dict[str, str], *, savepoint: bool) -> Iterator[None]:
    """Keep settings of the database for as long as the block or its transaction lasts."""
    is_nested = connection.in_atomic_block
    with transaction.atomic(savepoint=savepoint):
        with connection.cursor() as cursor:
            reads = ", ".join(["current_setting(%s, true)"] * len(values))
            writes, parameters = _writes(values)
            cursor.execute(f"SELECT {reads}, {writes}", [*values, *parameters])
            outer = cursor.fetchone()[: len(values)]
        yield
        # The end of the transaction clears the settings, and so does a rollback to the savepoint.
        if is_nested and not connection.needs_rollback:
            with connection.cursor() as cursor:
                writes, parameters = _writes({name: value or "" for name, value in zip(values, outer, strict=True)})
                cursor.execute(f"SELECT {writes}", parameters)


def _writes(values: dict[str, str]) -> tuple[str, list[str]]:
    return ", ".join(["set_config(%s, %s, true)"] * len(values)), [part for pair in values.items() for part in pair]
