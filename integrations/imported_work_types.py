"""Which projects imported work types and imported projects meet: new ones on either side are offered to the other.

Each runs in the transaction of the page that brought them, while it is staged. See docs/decisions/0005.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from busy.catalog.models import WorkType
from integrations.models import Connection, ProductLink

# With more active work types than these a choice is due, and nothing is added by itself.
DEFAULT_AT_MOST = 20
# Of the connection's settings: a local work type of an activity's name becomes that activity.
MATCHES = "matches_work_types"


def add_to_new_projects(cursor: Any, names: Mapping[str, Any]) -> None:
    """Offer time entry on newly imported projects (R21): all active work types."""
    if not 0 < _active() <= DEFAULT_AT_MOST:
        return
    cursor.execute(
        """
        INSERT INTO catalog_projectworktype (workspace_id, project_id, work_type_id)
        SELECT %(workspace)s, s.local_id, w.id
        FROM staged_project s
        JOIN catalog_worktype w ON w.workspace_id = %(workspace)s AND w.archived_at IS NULL
        WHERE s.is_new
        ON CONFLICT DO NOTHING
        """,
        dict(names),
    )


def add_new_ones_to_projects(cursor: Any, names: Mapping[str, Any]) -> None:
    """Offer newly imported work types on all active projects: the work types they had are archived (R81)."""
    if not 0 < _active() <= DEFAULT_AT_MOST:
        return
    cursor.execute(
        """
        INSERT INTO catalog_projectworktype (workspace_id, project_id, work_type_id)
        SELECT %(workspace)s, p.id, l.local_id
        FROM staged_worktype s
        JOIN integrations_worktypelink l ON l.workspace_id = %(workspace)s AND l.connection_id = %(connection)s
            AND l.external_id = s.external_id AND l.created_at = now()
        JOIN catalog_worktype w ON w.workspace_id = %(workspace)s AND w.id = l.local_id AND w.archived_at IS NULL
        JOIN catalog_project p ON p.workspace_id = %(workspace)s AND p.archived_at IS NULL
        ON CONFLICT DO NOTHING
        """,
        dict(names),
    )


def give_products(connection: Connection, wanted: Mapping[int, str]) -> None:
    """New work types, by their local ids, get the product they have at the provider; after that it is Busy's own (R23).

    A product that did not come with the products is left out.
    """
    if not wanted:
        return
    links = ProductLink.objects.filter(connection=connection, external_id__in=set(wanted.values()))
    known = dict(links.values_list("external_id", "local_id"))
    for pk, external_id in wanted.items():
        if external_id in known:
            WorkType.objects.filter(pk=pk, product=None).update(product=known[external_id])


def adopt_same_names(cursor: Any, names: Mapping[str, Any]) -> dict[str, int]:
    """Link work types that are only in Busy to staged activities of their name, as an administrator said.

    One each: of several of one name the oldest becomes the activity that stands first by its id. Gives local ids
    by the provider's.
    """
    cursor.execute(
        """
        INSERT INTO integrations_worktypelink
            (workspace_id, connection_id, local_id, external_id, fingerprint, created_at)
        SELECT %(workspace)s, %(connection)s, local.id, there.external_id, NULL, now()
        FROM (
            SELECT s.external_id, lower(btrim(s.name)) AS name,
                   row_number() OVER (PARTITION BY lower(btrim(s.name)) ORDER BY s.external_id) AS place
            FROM staged_worktype s
            WHERE NOT s.archived AND NOT EXISTS (
                SELECT FROM integrations_worktypelink l WHERE l.workspace_id = %(workspace)s
                    AND l.connection_id = %(connection)s AND l.external_id = s.external_id)
        ) there
        JOIN (
            SELECT w.id, lower(btrim(w.name)) AS name,
                   row_number() OVER (PARTITION BY lower(btrim(w.name)) ORDER BY w.id) AS place
            FROM catalog_worktype w
            WHERE w.workspace_id = %(workspace)s AND w.archived_at IS NULL AND w.mastered_by = ''
                AND NOT EXISTS (SELECT FROM integrations_worktypelink l WHERE l.workspace_id = %(workspace)s
                    AND l.connection_id = %(connection)s AND l.local_id = w.id)
        ) local USING (name, place)
        ON CONFLICT DO NOTHING
        """,
        dict(names),
    )
    cursor.execute(
        """
        UPDATE staged_worktype s SET is_new = false, local_id = l.local_id, link_id = l.id
        FROM integrations_worktypelink l
        WHERE s.is_new AND l.workspace_id = %(workspace)s AND l.connection_id = %(connection)s
            AND l.external_id = s.external_id
        RETURNING s.external_id, s.local_id
        """,
        dict(names),
    )
    return dict(cursor.fetchall())


def _active() -> int:
    return WorkType.objects.filter(archived_at=None).count()
