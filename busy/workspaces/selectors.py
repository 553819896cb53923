"""Reads about people and workspaces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse

from busy.workspaces.models import Invitation, Membership, Role, User

_RANK = Case(
    When(role=Role.ADMINISTRATOR, then=Value(0)),
    When(role=Role.MANAGER, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class OwnWorkspace:
    """A workspace as its member sees it in a menu. ``url`` takes a POST that goes there and remembers it."""

    name: str
    slug: str
    role: str
    url: str


def own_workspaces(user: User) -> list[OwnWorkspace]:
    """The person's workspaces by name. Must run inside ``acting_as(user.pk)``."""
    rows = Membership.across_workspaces.filter(user=user, is_active=True).select_related("workspace")
    return workspaces_in(rows.order_by("workspace__name", "pk"))


def workspaces_in(memberships: Iterable[Membership]) -> list[OwnWorkspace]:
    """In the same order; each with its workspace loaded."""
    return [
        OwnWorkspace(
            name=row.workspace.name,
            slug=row.workspace.slug,
            role=str(Role(row.role).label),
            url=reverse("switch-workspace", args=[row.workspace.slug]),
        )
        for row in memberships
    ]


def last_membership(user: User) -> Membership | None:
    """Where the person worked last. Must run inside ``acting_as(user.pk)``."""
    return (
        Membership.across_workspaces.filter(user=user, is_active=True)
        .select_related("workspace")
        .order_by(F("last_used_at").desc(nulls_last=True), "pk")
        .first()
    )


def people(*, search: str = "", state: str = "active", role: str = "") -> QuerySet[Membership]:
    """The members of the workspace in scope, by rank and name. ``state`` is active, deactivated, or else all."""
    rows = Membership.objects.select_related("user").annotate(rank=_RANK)
    if state in ("active", "deactivated"):
        rows = rows.filter(is_active=state == "active")
    if role in Role.values:
        rows = rows.filter(role=role)
    for word in search.split():
        rows = rows.filter(
            Q(user__name__icontains=word) | Q(user__email__icontains=word) | Q(employee_number__icontains=word)
        )
    return rows.order_by("rank", "user__name", "pk")


def open_invitations() -> QuerySet[Invitation]:
    """Invitations nobody has taken or withdrawn, the newest first; some may have expired."""
    rows: Any = Invitation.objects.filter(accepted_at=None, revoked_at=None).select_related("invited_by__user")
    return rows.order_by("-sent_at", "-pk")  # type: ignore[no-any-return]
