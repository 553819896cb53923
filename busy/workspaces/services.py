"""Writes about workspaces and who belongs to them."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from busy.workspaces.models import Membership, Role, User, Workspace
from busy.workspaces.scope import scope

_RESERVED = {"new", "api", "static", "admin", "accounts"}


@transaction.atomic
def create_workspace(*, name: str, by: User, zone: str, currency: str, language: str) -> Workspace:
    """Make a workspace with the person as its administrator. Its address comes from the name and is never shared."""
    with connection.cursor() as cursor:
        # The id comes first: row-level security lets a workspace be written only from within its own scope.
        cursor.execute("SELECT nextval(pg_get_serial_sequence('workspaces_workspace', 'id'))")
        workspace_id = cursor.fetchone()[0]
    with scope(workspace_id):
        workspace = Workspace(pk=workspace_id, name=name, slug="", zone=zone, currency=currency, language=language)
        _save_under_free_slug(workspace)
        Membership.objects.create(workspace=workspace, user=by, role=Role.ADMINISTRATOR, last_used_at=timezone.now())
    return workspace


def _save_under_free_slug(workspace: Workspace) -> None:
    """Other workspaces cannot be seen from here, so the insert itself says whether the address is free."""
    base = slugify(workspace.name)[:50] or "workspace"
    for suffix in ("", *(f"-{n}" for n in range(2, 50)), f"-{workspace.pk}-w"):
        slug = f"{base}{suffix}"
        if slug in _RESERVED:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO workspaces_workspace (id, name, slug, zone, currency, language, day_minutes, created_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (slug) DO NOTHING",
                [
                    workspace.pk,
                    workspace.name,
                    slug,
                    workspace.zone,
                    workspace.currency,
                    workspace.language,
                    workspace.day_minutes,
                    workspace.created_at,
                ],
            )
            if cursor.rowcount:
                workspace.slug = slug
                workspace._state.adding = False
                return
    raise RuntimeError("no free address for the workspace")


def change_workspace(
    workspace: Workspace, *, name: str, zone: str, currency: str, language: str, uses_tasks: bool
) -> None:
    """Change what the workspace is called, counts in and uses. Its address stays: links that people kept go on working.

    Without tasks every project is logged on as if it were not task-driven; its tasks and their hours stay (P19).
    """
    workspace.name = name.strip()
    workspace.zone = zone
    workspace.currency = currency
    workspace.language = language
    workspace.uses_tasks = uses_tasks
    workspace.save(update_fields=["name", "zone", "currency", "language", "uses_tasks"])
