"""Hours on an order are locked, and the lock says by which order (R112)."""

from __future__ import annotations

import pytest

from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import log, make_project, make_work_type
from timesheets.models import TimeEntry
from timesheets.order_locks import HeldByOrder, lock_for_order, unlock_from_order


def test_an_order_locks_hours_names_itself_and_lets_them_go(anna: Person) -> None:
    project = make_project(anna.workspace)
    entry = log(anna.membership, project, make_work_type(project))
    with scope(anna.workspace.pk):
        lock_for_order([entry.pk], "Order 1043")
        lock_for_order([entry.pk], "Order 1043")
        with pytest.raises(HeldByOrder, match="Order 1043"):
            lock_for_order([entry.pk], "Order 1044")
        entry.refresh_from_db()
        assert (entry.state, entry.order_label) == ("ordered", "Order 1043")
        unlock_from_order([entry.pk])
        entry.refresh_from_db()
        assert (entry.state, entry.order_label, entry.is_locked) == ("open", "", False)


def test_an_order_of_another_company_locks_nothing_here(anna: Person, cilla: Person) -> None:
    project = make_project(anna.workspace)
    entry = log(anna.membership, project, make_work_type(project))
    with scope(cilla.workspace.pk):
        lock_for_order([entry.pk], "Order 1")
    with scope(anna.workspace.pk):
        assert TimeEntry.objects.get(pk=entry.pk).ordered_at is None
