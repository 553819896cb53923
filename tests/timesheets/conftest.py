"""The timeline's stories: Fjell Arena with Design on it, steps that Anna takes, and what was announced.

Models are imported where they are used: pytest reads this file before Django is set up.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from busy.catalog.models import Project, WorkType
    from busy.workspaces.models import Workspace
    from tests.people import Person
    from timesheets import holds
    from timesheets.events import Cell
    from timesheets.models import TimeEntry
    from timesheets.timeline import Step

Take = Callable[..., "Step"]


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    from tests.timesheets.hours import make_project

    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    from tests.timesheets.hours import make_work_type

    return make_work_type(arena)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[frozenset[Cell]]:
    """The cells of every HoursChanged."""
    from busy.lib import events
    from timesheets.events import HoursChanged

    heard: list[frozenset[Cell]] = []

    def hear(event: HoursChanged) -> None:
        heard.append(event.cells)

    monkeypatch.setitem(events._listeners, HoursChanged, [*events._listeners[HoursChanged], hear])
    return heard


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was announced of approving and submitting; nobody else hears it for as long as the test runs."""
    from busy.lib import events
    from timesheets.events import ApprovalUndone, HoursApproved, HoursRejected, HoursSubmitted, SubmissionWithdrawn

    told: list[Any] = []
    for event in (HoursApproved, ApprovalUndone, HoursSubmitted, SubmissionWithdrawn, HoursRejected):
        monkeypatch.setitem(events._listeners, event, [told.append])
    return told


@pytest.fixture
def no_holds(monkeypatch: pytest.MonkeyPatch) -> list[holds.Source]:
    """No order holds any hours, but for the sources that the test adds."""
    from timesheets import holds

    sources: list[holds.Source] = []
    monkeypatch.setattr(holds, "_sources", sources)
    return sources


@pytest.fixture
def take(anna: Person) -> Take:
    """Anna takes a step on her own timeline, unless told otherwise."""
    from busy.workspaces.scope import scope
    from timesheets.timeline import take_step

    def do(*moves: Any, who: Person = anna, by: Person | None = None, request_id: uuid.UUID | None = None) -> Step:
        with scope(who.workspace.pk):
            return take_step(who.membership, moves, request_id=request_id or uuid.uuid4(), by=(by or who).membership)

    return do


@pytest.fixture
def morning(take: Take, fjell: Workspace, arena: Project, design: WorkType) -> TimeEntry:
    """Monday 9 to 12 on Fjell Arena, Design."""
    from tests.timesheets.steps import entry_of, made

    create = made(arena, design)
    take(create)
    return entry_of(fjell, create.id)
