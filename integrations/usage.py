"""Whether anything in Busy depends on a record: hours, orders, costs, rates, members, tasks.

Asked of the models themselves, so that a table that is added later counts by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import connection as database
from django.db import models

from busy.catalog.models import ProjectWorkType, TaskMember
from busy.workspaces.scope import current_workspace_id
from integrations.appliers import TARGETS
from integrations.kernel.records import Kind
from integrations.models import Link

# What the import itself hangs on a record, and what goes with it without loss.
_NO_USE: tuple[type[models.Model], ...] = (ProjectWorkType, TaskMember)


def used(
    kind: Kind, ids: Collection[int], *, without: Mapping[type[models.Model], Collection[int]] | None = None
) -> set[int]:
    """Those of the records that something depends on, in one query per table that can. Rows ``without`` names do not
    count: they are about to go themselves."""
    found: set[int] = set()
    for other, column in _references(TARGETS[kind].model):
        found |= _pointing(other, column, ids, (without or {}).get(other, ()))
    return found


def _references(model: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    """Tables and columns that point to the model, also those whose references have no way back."""
    found = []
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and not issubclass(relation.related_model, (Link, *_NO_USE)):
            found.append((relation.related_model, str(relation.field.column)))
    return found


def _pointing(model: type[models.Model], column: str, ids: Collection[int], without: Collection[int]) -> set[int]:
    with database.cursor() as cursor:
        cursor.execute(
            f'SELECT DISTINCT "{column}" FROM "{model._meta.db_table}" WHERE workspace_id = %s'  # noqa: S608
            f' AND "{column}" IN (SELECT unnest(%s::bigint[])) AND id NOT IN (SELECT unnest(%s::bigint[]))',
            [current_workspace_id(), list(ids), list(without)],
        )
        return {row[0] for row in cursor.fetchall()}
