"""What upper apps want to know of a person on every page: asked at the door, along with the membership.

An app registers in ``AppConfig.ready()``: ``register_fact("runs_timer", lambda: Exists(...))``. The condition refers to
the membership's row, and sees what the person may see without having entered a workspace.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists

from busy.workspaces.models import Membership, User

_facts: dict[str, Callable[[], Exists]] = {}


def register_fact(name: str, condition: Callable[[], Exists]) -> None:
    """``name`` becomes an attribute of the memberships that came through the door."""
    _facts[name] = condition


def memberships_of(user: User) -> list[Membership]:
    """The person's active memberships by name of the workspace, each with its facts. One query.

    Must run inside ``acting_as(user.pk)``.
    """
    rows = Membership.across_workspaces.filter(user=user, is_active=True).select_related("workspace")
    facts = {name: condition() for name, condition in _facts.items()}
    found = list(rows.annotate(**facts).order_by("workspace__name", "pk"))
    for member in found:
        member.user = user
    return found
