"""What upper apps want to know of a person on every page: asked at the door, along with the membership.

An app registers in ``AppConfig.ready()``: ``register_fact("runs_timer", lambda: Exists(...))``. The condition refers to
the membership's row, and sees what the person may see without having entered a workspace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Exists, QuerySet

from busy.lib.prepared import Given, Prepared, columns_of
from busy.workspaces.models import Membership, User, Workspace

_facts: dict[str, Callable[[], Exists]] = {}
_MEMBERSHIP = columns_of(Membership)
_WORKSPACE = columns_of(Workspace)


def register_fact(name: str, condition: Callable[[], Exists]) -> None:
    """``name`` becomes an attribute of the memberships that came through the door."""
    _facts[name] = condition


def memberships_of(user: User) -> list[Membership]:
    """The person's active memberships by name of the workspace, each with its facts. One query.

    Must run inside ``acting_as(user.pk)``.
    """
    return [_member(row, user) for row in _rows.rows(user.pk)]


def _of_person(user: Given) -> QuerySet[Membership, tuple[Any, ...]]:
    rows = Membership.across_workspaces.filter(user=user, is_active=True)
    return (
        rows.annotate(**{name: condition() for name, condition in _facts.items()})
        .order_by("workspace__name", "pk")
        .values_list(*_MEMBERSHIP, *columns_of(Workspace, "workspace__"), *_facts)
    )


_rows = Prepared(_of_person)


def _member(row: tuple[Any, ...], user: User) -> Membership:
    own, of_workspace = len(_MEMBERSHIP), len(_MEMBERSHIP) + len(_WORKSPACE)
    member = Membership.from_db(DEFAULT_DB_ALIAS, _MEMBERSHIP, row[:own])
    member.workspace = Workspace.from_db(DEFAULT_DB_ALIAS, _WORKSPACE, row[own:of_workspace])
    member.user = user
    for name, answer in zip(_facts, row[of_workspace:], strict=True):
        setattr(member, name, answer)
    return member
