"""Write-downs in the week, and the cells of one act in one request."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_project, make_work_type
from timesheets.models import EntryChange, TimeEntry


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def cell(on: Project, kind: WorkType, **fields: Any) -> dict[str, Any]:
    sent = {"project": on.pk, "work_type": kind.pk, "day": str(MONDAY), "client_id": str(uuid.uuid4()), "base": ""}
    return sent | fields


def save(person: Person, on: Project, kind: WorkType, **fields: Any) -> Any:
    return person.post_json("week/cell/", {"member": person.membership.pk} | cell(on, kind, **fields))


def entry(workspace: Workspace) -> TimeEntry:
    with scope(workspace.pk):
        return TimeEntry.objects.get()


def billing(workspace: Workspace) -> tuple[bool, int | None]:
    found = entry(workspace)
    return found.is_billable, found.billable_minutes


def test_hours_are_written_down_and_that_is_taken_back(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    state = save(anna, arena, design, hours="4").json()["cell"]
    assert (state["billable"], state["billed"], state["entries"]) == (True, "", 1)
    state = save(anna, arena, design, base=state["revision"], billable=True, billed="2,5").json()["cell"]
    assert (state["minutes"], state["billed"], billing(fjell)) == (240, "2.5", (True, 150))
    state = save(anna, arena, design, base=state["revision"], billable=False, billed="").json()["cell"]
    assert billing(fjell) == (False, None)
    state = save(anna, arena, design, base=state["revision"], billable=True, billed="0").json()["cell"]
    assert billing(fjell) == (True, 0)
    save(anna, arena, design, base=state["revision"], billable=True, billed="4")
    assert billing(fjell) == (True, None)
    with scope(fjell.pk):
        assert EntryChange.objects.count() == 5


def test_hours_and_their_write_down_come_together_and_the_hours_may_go(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    state = save(anna, arena, design, hours="4", billable=True, billed="3").json()["cell"]
    assert billing(fjell) == (True, 180)
    state = save(anna, arena, design, base=state["revision"], hours="2").json()["cell"]
    assert billing(fjell) == (True, 120)
    gone = save(anna, arena, design, base=state["revision"], hours="", billable=True, billed="1")
    assert (gone.status_code, gone.json()["cell"]["billable"]) == (200, None)


def test_what_cannot_be_billed_is_refused_with_a_sentence(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    inside = make_work_type(arena, "Meetings", product=None, is_billable=False)
    state = save(anna, arena, inside, hours="4").json()["cell"]
    refused = save(anna, arena, inside, base=state["revision"], billable=True, billed="")
    assert refused.json()["message"] == "Hours on Fjell Arena with Meetings are not billable."
    state = save(anna, arena, design, hours="4").json()["cell"]
    for billed, sentence in {
        "5": "5 is more than the 4 that were worked. Write fewer billable hours.",
        "lots": "Write hours as 7.5, 7:30 or 450m.",
    }.items():
        refused = save(anna, arena, design, base=state["revision"], billable=True, billed=billed)
        assert (refused.status_code, refused.json()["message"]) == (422, sentence)
    log(anna.membership, arena, design, minutes=60)
    revision = anna.post_json("week/cell/", {"member": anna.membership.pk} | cell(arena, design, hours="9")).json()
    refused = save(anna, arena, design, base=revision["cell"]["revision"], billable=False, billed="")
    assert "This is the sum of several entries." in refused.json()["message"]


def test_the_page_tells_the_modules_what_is_billed(anna: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design, minutes=240, billable_minutes=90)
    html = anna.get("week/2026-W10/").content.decode()
    assert 'data-billable="true" data-billed="1.5"' in html
    assert "Billable: 1.5" in html
    assert "data-can-bill" in html


# --- The cells of one act ---------------------------------------------------------------------------------------------


def save_all(person: Person, *cells: dict[str, Any], member: int | None = None) -> Any:
    return person.post_json("week/cells/", {"member": member or person.membership.pk, "cells": list(cells)})


def test_the_cells_of_one_act_are_answered_one_by_one(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design, MONDAY + timedelta(days=1), 60)
    sent = [
        cell(arena, design, hours="7,5"),
        cell(arena, design, hours="4", day=str(MONDAY + timedelta(days=1))),
        cell(arena, design, hours="lots", day=str(MONDAY + timedelta(days=2))),
        cell(arena, design, hours="3:30", day=str(MONDAY + timedelta(days=3))),
    ]
    answers: list[dict[str, Any]] = []
    for _ in range(2):  # a replay has no second effect
        answers = save_all(anna, *sent).json()["answers"]
        assert [answer["status"] for answer in answers] == [200, 409, 422, 200]
        assert answers[1]["body"]["cell"]["minutes"] == 60
    days = answers[3]["body"]["days"]
    assert list(days.values()) == [450, 60, 0, 210, 0, 0, 0]
    with scope(fjell.pk):
        assert sorted(TimeEntry.objects.values_list("minutes", flat=True)) == [60, 210, 450]


def test_many_cells_of_somebody_else_or_none_are_refused_as_a_whole(
    anna: Person, bo: Person, cilla: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    sent = cell(arena, design, hours="7,5")
    assert save_all(bo, sent, member=anna.membership.pk).json()["error"] == "other_member"
    assert save_all(anna).status_code == 400
    assert save_all(anna, sent | {"hours": 5}).status_code == 400
    assert [each["status"] for each in save_all(cilla, sent).json()["answers"]] == [404]
    with scope(fjell.pk):
        assert not TimeEntry.objects.exists()
