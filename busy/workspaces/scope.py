"""The scope: which workspace the running code works for, known to Python and to PostgreSQL alike.

Lock 1 reads the context variable, lock 3 the transaction's setting. Both are set and cleared here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import connection, transaction

T = TypeVar("T")
_workspace: ContextVar[int | None] = ContextVar("busy_workspace", default=None)
# What was read in the innermost scope and need not be read again there, by the function that read it.
_read: ContextVar[dict[Callable[[], Any], Any] | None] = ContextVar("busy_read", default=None)

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


# What the database is told as a person comes in: who it is, through which page, and the workspace of that name if the
# person belongs to it. The workspace is looked up by what the inner row says of the person, so that the policies of
# both tables know the person by then. Whoever belongs nowhere is told of no workspace.
_COME_IN = """
SELECT told.*, set_config('busy.workspace_id', coalesce((
  SELECT workspace.id::text FROM workspaces_workspace workspace
  JOIN workspaces_membership member ON member.workspace_id = workspace.id
  WHERE workspace.slug = %s AND member.is_active AND member.user_id = told.person::bigint
), ''), true)
FROM (
  SELECT current_setting('busy.user_id', true), current_setting('busy.workspace_id', true),
    current_setting('busy.page', true), set_config('busy.user_id', %s, true) AS person,
    set_config('busy.page', %s, true)
) told
"""


@contextmanager
def scope(
    workspace_id: int, *, savepoint: bool = True, page: str = "", lasting: bool = False, alone: str = ""
) -> Iterator[None]:
    """Work for one workspace, in one transaction. Scopes nest; leaving one returns to the outer.

    Without ``savepoint`` an exception that leaves the scope spoils the enclosing transaction too; the door wants that.
    ``page`` names the address that a person came by; without it the outer scope's holds. ``lasting``: the database is
    not told of the end, for ``acting_as`` around it ends at once, and puts everything back. ``alone`` names what only
    one transaction at a time decides: the others wait here, and then see what it wrote.
    """
    settings = {WORKSPACE_SETTING: str(workspace_id)} | ({PAGE_SETTING: page} if page else {})
    token, seen = _workspace.set(workspace_id), _read.set({})
    try:
        with _settings(settings, savepoint=savepoint, lasting=lasting, alone=alone):
            yield
    finally:
        _read.reset(seen)
        _workspace.reset(token)


def once(read: Callable[[], T]) -> T:
    """What ``read`` answers, asked once for as long as the innermost scope lasts; outside of any, each time.

    For choices of a workspace that every part of a page asks for. Who changes them calls ``ask_again``.
    """
    seen = _read.get()
    if seen is None:
        return read()
    if read not in seen:
        seen[read] = read()
    answer: T = seen[read]
    return answer


def ask_again(read: Callable[[], Any]) -> None:
    """Forget what ``read`` answered in this scope: it has changed."""
    if seen := _read.get():
        seen.pop(read, None)


@contextmanager
def acting_as(user_id: int) -> Iterator[None]:
    """Let the person see own memberships and their workspaces, and nothing else, across workspaces."""
    with _settings({USER_SETTING: str(user_id)}, also=(WORKSPACE_SETTING, PAGE_SETTING), savepoint=True):
        yield


@contextmanager
def coming_in(user_id: int, slug: str, page: str) -> Iterator[None]:
    """``acting_as`` for the door of a workspace: one statement tells the database of the workspace and page as well.

    Who is no active member of it sees what ``acting_as`` shows. Python's own scope is entered with ``arrived``.
    """
    is_nested = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_COME_IN, [slug, str(user_id), page])
            outer = dict(zip((USER_SETTING, WORKSPACE_SETTING, PAGE_SETTING), cursor.fetchone()[:3], strict=True))
        yield
        if is_nested and not connection.needs_rollback:
            _put_back(outer)


@contextmanager
def arrived(workspace_id: int) -> Iterator[None]:
    """The scope of a workspace that ``coming_in`` around it has told the database of. No statement."""
    token, seen = _workspace.set(workspace_id), _read.set({})
    try:
        with transaction.atomic(savepoint=False):
            yield
    finally:
        _read.reset(seen)
        _workspace.reset(token)


@contextmanager
def _settings(
    values: dict[str, str],
    *,
    savepoint: bool,
    also: tuple[str, ...] = (),
    lasting: bool = False,
    alone: str = "",
) -> Iterator[None]:
    """Keep settings of the database for as long as the block or its transaction lasts; ``also`` put others back."""
    is_nested = connection.in_atomic_block
    names = (*values, *also)
    with transaction.atomic(savepoint=savepoint):
        with connection.cursor() as cursor:
            reads = ", ".join(["current_setting(%s, true)"] * len(names))
            writes, parameters = _writes(values)
            lock, name = (", pg_advisory_xact_lock(hashtext(%s))", [alone]) if alone else ("", [])
            cursor.execute(f"SELECT {reads}, {writes}{lock}", [*names, *parameters, *name])
            outer = cursor.fetchone()[: len(names)]
        yield
        # The end of the transaction clears the settings, and so does a rollback to the savepoint.
        if is_nested and not lasting and not connection.needs_rollback:
            _put_back(dict(zip(names, outer, strict=True)))


def _put_back(outer: dict[str, str | None]) -> None:
    with connection.cursor() as cursor:
        writes, parameters = _writes({name: value or "" for name, value in outer.items()})
        cursor.execute(f"SELECT {writes}", parameters)


def _writes(values: dict[str, str]) -> tuple[str, list[str]]:
    return ", ".join(["set_config(%s, %s, true)"] * len(values)), [part for pair in values.items() for part in pair]
