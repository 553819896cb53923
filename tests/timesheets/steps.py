"""Steps on the timeline, said shortly, and what stands there afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.timesheets.hours import MONDAY
from timesheets.models import TimeEntry
from timesheets.timeline import Step
from timesheets.timeline_book import revision_of
from timesheets.timeline_moves import Change, Create, Place

Take = Callable[..., Step]

TUESDAY = MONDAY + timedelta(days=1)
NINE, NOON, MIDNIGHT = 9 * 60, 12 * 60, 24 * 60


def made(
    project: Project,
    work_type: WorkType,
    start: int | None = NINE,
    end: int | None = NOON,
    day: date = MONDAY,
    *,
    minutes: int = 0,
    note: str = "",
    is_billable: bool | None = None,
) -> Create:
    place = Place(day=day, start=start, end=end, minutes=minutes)
    return Create(
        id=uuid.uuid4(),
        place=place,
        project_id=project.pk,
        work_type_id=work_type.pk,
        note=note,
        is_billable=is_billable,
    )


def at(start: int, end: int, day: date = MONDAY) -> Place:
    return Place(day=day, start=start, end=end)


def entry_of(workspace: Workspace, id_: uuid.UUID) -> TimeEntry:
    with scope(workspace.pk):
        return TimeEntry.objects.get(client_id=id_)


def times(workspace: Workspace) -> list[tuple[date, str, str, int]]:
    """Everything on the clock, by day and start."""
    with scope(workspace.pk):
        found = TimeEntry.objects.order_by("day", "start_time")
        return [(e.day, f"{e.start_time:%H:%M}", f"{e.end_time:%H:%M}", e.minutes) for e in found]


def change(entry: TimeEntry, place: Place | None = None, **fields: object) -> Change:
    return Change(id=entry.client_id, base=revision_of(entry), place=place, **fields)  # type: ignore[arg-type]
