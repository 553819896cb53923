"""A page of records on its way into the tables, where no provider of the tests would take it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection as database

from busy.catalog.models import Project
from busy.workspaces.scope import scope
from integrations import staging
from integrations.kernel.records import CustomerRecord, Kind, ProjectRecord
from integrations.models import Connection
from tests.people import Person


def test_ids_that_cannot_be_handed_over_in_one_text_are_left_out_and_the_later_of_two_counts() -> None:
    ids = ("1", "1\x1f2", "1" * 101, "1")
    page = staging._by_id(CustomerRecord(external_id=id_, name=str(n)) for n, id_ in enumerate(ids))
    assert {key: record.name for key, record in page.items()} == {"1": "3"}


@pytest.mark.django_db(transaction=True)
def test_r20_changed_rows_are_looked_up_by_their_keys_and_the_workspace_is_not_read(dina: Person) -> None:
    """Of a workspace that a first load has just filled the planner knows nothing, and takes few rows to be in it."""
    workspace, many, few = dina.workspace, 1_000, 30
    with scope(workspace.pk):
        connection = Connection(workspace=workspace, provider="tripletex", connected_by=dina.membership)
        connection.save()
    with scope(workspace.pk), _counted() as read:
        for first in range(0, 3 * many, many):
            _apply(connection, [ProjectRecord(external_id=str(first + n), name=f"Project {n}") for n in range(many)])
            with database.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert read["catalog_project"] == 3 * many, "once each, by the reference"
    changed = [ProjectRecord(external_id=str(n), name=f"Renamed {n}", archived=n == 0) for n in range(few)]
    with scope(workspace.pk), _counted() as read:
        applied = _apply(connection, changed)
    assert (applied.created, applied.updated, applied.archived) == (0, few, 1)
    assert all(few <= rows <= 2 * few for rows in read.values()), read
    with scope(workspace.pk):
        names = Project.objects.filter(name__startswith="Renamed").values_list("name", flat=True)
        assert set(names) == {f"Renamed {n}" for n in range(few)}
        applied = _apply(connection, changed)
        assert (applied.created, applied.updated) == (0, 0), "an equal fingerprint costs no write"


def _apply(connection: Connection, records: list[ProjectRecord]) -> staging.Applied:
    staging.tell_planner()
    return staging.apply_page(connection, records, kind=Kind.PROJECTS, system="Tripletex")


@contextmanager
def _counted() -> Iterator[dict[str, int]]:
    """By table, how many rows the database looked at in the block, also those that it dropped again."""
    read: dict[str, int] = {}
    before = _rows_read()
    yield read
    read |= {table: rows - before[table] for table, rows in _rows_read().items()}


def _rows_read() -> dict[str, int]:
    """Of these tables so far, also those that were dropped again."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'public' AND relname IN ('catalog_project', 'integrations_projectlink')"
        )
        return dict(cursor.fetchall())
