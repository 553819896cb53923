"""Reads of what became of entries: of one, or of all that ever stood in a cell. The database writes it itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from busy.catalog.models import Project, Task, WorkType
from busy.workspaces.models import Membership
from timesheets.approvers import may_approve_person, may_approve_project
from timesheets.events import Cell
from timesheets.models import EntryChange, TimeEntry


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers in a history are called today. A name that is gone is an empty text."""

    projects: dict[int, str] = field(default_factory=dict)
    work_types: dict[int, str] = field(default_factory=dict)
    tasks: dict[int, str] = field(default_factory=dict)

    def project(self, id_: int | None) -> str:
        return self.projects.get(id_ or 0, "")

    def work_type(self, id_: int | None) -> str:
        return self.work_types.get(id_ or 0, "")

    def task(self, id_: int | None) -> str:
        return self.tasks.get(id_ or 0, "")


def owner_of(client_id: uuid.UUID, *, reader: Membership) -> Membership | None:
    """Whose entry it is or was. Who may see an entry may see what became of it: the person, and who approves it.

    None for an entry that never was in this workspace, and for one that the reader may not see.
    """
    last = (
        EntryChange.objects.filter(client_id=client_id).select_related("member__user").order_by("-pk").first()
        or TimeEntry.objects.filter(client_id=client_id).select_related("member__user").first()
    )
    if last is None:
        return None
    owner = last.member
    may_read = (
        owner.pk == reader.pk or may_approve_person(reader, owner) or may_approve_project(reader, last.project_id)
    )
    return owner if may_read else None


def changes_of_entry(client_id: uuid.UUID) -> QuerySet[EntryChange]:
    """The newest first."""
    return _newest_first(EntryChange.objects.filter(client_id=client_id))


def changes_of_cell(cell: Cell, task_id: int | None = None) -> QuerySet[EntryChange]:
    """Of every entry that stands or ever stood in the cell, wherever it went from there. The newest first.

    With a task, of those that ever were on it: the row of the week that the cell is in (P19).
    """
    here = EntryChange.objects.filter(
        member=cell.member_id, project_id=cell.project_id, work_type_id=cell.work_type_id, day=cell.day
    )
    changes = EntryChange.objects.filter(client_id__in=here.values("client_id"), member=cell.member_id)
    if task_id is not None:
        on_task = EntryChange.objects.filter(member=cell.member_id, after__task_id=task_id)
        changes = changes.filter(client_id__in=on_task.values("client_id"))
    return _newest_first(changes)


def entries_of_cell(cell: Cell, task_id: int | None = None) -> list[uuid.UUID]:
    """The entries of the cell's history in the order in which they came."""
    changes = changes_of_cell(cell, task_id).order_by("pk").values_list("client_id", flat=True)
    return list(dict.fromkeys(changes))


def names_in(changes: Iterable[EntryChange]) -> Names:
    """Two queries, three with tasks, whatever the number of changes."""
    projects: set[int] = set()
    work_types: set[int] = set()
    tasks: set[int] = set()
    for change in changes:
        projects.add(change.project_id)
        work_types.add(change.work_type_id)
        for values in (change.before or {}, change.after or {}):
            projects.update(_ids(values, "project_id"))
            work_types.update(_ids(values, "work_type_id"))
            tasks.update(_ids(values, "task_id"))
    return Names(
        projects=dict(Project.objects.filter(pk__in=projects).values_list("pk", "name")),
        work_types=dict(WorkType.objects.filter(pk__in=work_types).values_list("pk", "name")),
        tasks=dict(Task.objects.filter(pk__in=tasks).values_list("pk", "name")) if tasks else {},
    )


def _newest_first(changes: QuerySet[EntryChange]) -> QuerySet[EntryChange]:
    return changes.select_related("changed_by__user").order_by("-pk")


def _ids(values: dict[str, Any], key: str) -> list[int]:
    return [values[key]] if values.get(key) is not None else []
