"""The one-line entry over its addresses: read, save, take back, with and without scripts (P8, P9, P13, P21)."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Project, ProjectWorkType, Task, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import log, make_project, make_work_type
from timesheets.approval import approve_person_week
from timesheets.models import TimeEntry

# A Thursday in Oslo.
TODAY = date(2026, 3, 5)
NOON = datetime.fromisoformat("2026-03-05T12:00:00+01:00")


@pytest.fixture(autouse=True)
def _thursday() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell, number="1042")


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def meeting(arena: Project, design: WorkType) -> WorkType:
    return make_work_type(arena, "Møte", product=None)


def send(
    person: Person, line: str, *, id_: uuid.UUID | None = None, on: date = TODAY, member: int | None = None
) -> Any:
    body = {
        "member": member or person.membership.pk,
        "id": str(id_ or uuid.uuid4()),
        "line": line,
        "on": on.isoformat(),
    }
    return person.post_json("line/", body)


def entries(workspace: Workspace) -> list[TimeEntry]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("day", "pk"))


def test_anna_writes_a_line_and_has_the_entry(anna: Person, fjell: Workspace, meeting: WorkType) -> None:
    answer = send(anna, "2t30 arena møte i går ringte kunden")
    assert answer.status_code == 200
    assert answer.json()["told"] == "Saved: 2.5 h, Fjell Arena, Møte, Wednesday 4 March."
    assert answer.json()["days"] == ["2026-03-04"]
    [entry] = entries(fjell)
    assert (entry.member_id, entry.day, entry.minutes) == (anna.membership.pk, date(2026, 3, 4), 150)
    assert (entry.work_type_id, entry.note, entry.start_time) == (meeting.pk, "ringte kunden", None)


def test_p13_a_line_with_times_stands_on_the_clock(anna: Person, fjell: Workspace, meeting: WorkType) -> None:
    assert send(anna, "22-02 #1042 /møte").status_code == 200
    first, rest = entries(fjell)
    assert (first.day, first.minutes, rest.day, rest.minutes) == (TODAY, 120, TODAY + timedelta(days=1), 120)


def test_a_line_that_comes_twice_is_one_entry(
    anna: Person, fjell: Workspace, arena: Project, meeting: WorkType
) -> None:
    id_ = uuid.uuid4()
    first = send(anna, "2t arena møte", id_=id_)
    with scope(fjell.pk):
        Project.objects.update(archived_at=NOON)  # what is saved is saved, also when it could not be written any more
    again = send(anna, "2t arena møte", id_=id_)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert len(entries(fjell)) == 1


def test_yesterday_is_seen_from_the_day_on_which_the_line_was_written(
    anna: Person, fjell: Workspace, meeting: WorkType
) -> None:
    assert send(anna, "2t arena møte i går", on=date(2026, 3, 2)).status_code == 200
    assert [entry.day for entry in entries(fjell)] == [date(2026, 3, 1)]
    assert send(anna, "2t arena møte", on=TODAY + timedelta(days=2)).status_code == 400
    assert send(anna, "2t arena møte", on=TODAY - timedelta(days=500)).status_code == 400


def test_what_is_missing_is_said_and_nothing_is_saved(anna: Person, fjell: Workspace, meeting: WorkType) -> None:
    answer = send(anna, "2t arena")
    assert (answer.status_code, answer.json()) == (422, {"error": "unclear", "message": "Choose a work type."})
    assert entries(fjell) == []


def test_p9_a_closed_project_is_not_found_by_who_is_no_member(
    anna: Person, fjell: Workspace, meeting: WorkType
) -> None:
    with scope(fjell.pk):
        Project.objects.update(is_open=False)
    answer = send(anna, "2t #arena møte")
    assert (answer.status_code, answer.json()["error"]) == (422, "unclear")


def test_p21_an_approved_day_takes_no_line(
    anna: Person, bo: Person, fjell: Workspace, arena: Project, meeting: WorkType
) -> None:
    log(anna.membership, arena, meeting, date(2026, 3, 2))
    with scope(fjell.pk):
        approve_person_week(anna.membership.pk, Week.of(TODAY), by=bo.membership)
    answer = send(anna, "2t arena møte")
    assert (answer.status_code, answer.json()["error"]) == (422, "locked")
    assert "Bo Berg approved the hours" in answer.json()["message"]


def test_undo_takes_the_entry_back_once_and_leaves_what_was_changed_since(
    anna: Person, fjell: Workspace, meeting: WorkType
) -> None:
    undo = send(anna, "22-02 arena møte").json()["undo"]
    answer = anna.post(undo, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert "hours:changed" in answer.headers["HX-Trigger"]
    assert entries(fjell) == []
    assert "nothing to undo" in anna.post(undo, headers={"HX-Request": "true"}).headers["HX-Trigger"]
    undo = send(anna, "2t arena møte").json()["undo"]
    with scope(fjell.pk):
        TimeEntry.objects.update(revision=2)
    assert "changed elsewhere" in anna.post(undo, headers={"HX-Request": "true"}).headers["HX-Trigger"]
    assert len(entries(fjell)) == 1


def test_nobody_takes_back_the_line_of_somebody_else(
    anna: Person, bo: Person, fjell: Workspace, meeting: WorkType
) -> None:
    undo = send(anna, "2t arena møte").json()["undo"]
    assert bo.post(undo, headers={"HX-Request": "true"}).status_code == 204
    assert len(entries(fjell)) == 1
    assert send(bo, "2t arena møte", member=anna.membership.pk).json()["error"] == "other_member"


def test_cilla_reads_nothing_of_fjell(cilla: Person, meeting: WorkType) -> None:
    page = cilla.get("line/read/", data={"line": "2t arena møte"}).content.decode()
    assert "There is no project yet" in page
    assert "Fjell" not in page


def test_the_field_shows_what_was_understood(anna: Person, meeting: WorkType) -> None:
    page = anna.get("line/read/", data={"line": "9-11.30 arena møte i går skisser"}).content.decode()
    assert 'data-complete="true"' in page
    for text in ("Wednesday 4 March", "09:00–11:30", "2.5 h", "Fjell Arena", "Møte", "skisser"):
        assert text in page


def test_the_change_of_clock_counts_into_the_length(anna: Person, meeting: WorkType) -> None:
    page = anna.get("line/read/", data={"line": "01-04 arena møte 29.3."}).content.decode()
    assert "<small>2 h</small>" in page


def test_p10_the_work_type_used_last_is_suggested_first_and_never_chosen(
    anna: Person, arena: Project, design: WorkType, meeting: WorkType
) -> None:
    log(anna.membership, arena, meeting, TODAY - timedelta(days=1))
    page = anna.get("line/read/", data={"line": "2t arena"}).content.decode()
    assert 'data-complete="false"' in page
    assert 'data-completion="2t Fjell Arena Møte"' in page
    assert page.index('value="2t Fjell Arena Møte"') < page.index('value="2t Fjell Arena Design"')


def test_p19_on_a_task_driven_project_the_line_names_the_task(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    with scope(fjell.pk):
        Workspace.objects.update(uses_tasks=True)
        Project.objects.update(is_task_driven=True)
        task = Task.objects.create(project=arena, name="Forside")
        Task.objects.create(project=arena, name="Kontaktside")
    assert send(anna, "2t arena").json()["message"] == "Choose a task."
    assert send(anna, "2t arena forside").status_code == 200
    assert [entry.task_id for entry in entries(fjell)] == [task.pk]


def test_accents_and_capitals_do_not_count_in_a_large_catalogue_either(
    anna: Person, fjell: Workspace, arena: Project, meeting: WorkType
) -> None:
    with scope(fjell.pk):
        many = Project.objects.bulk_create(Project(workspace=fjell, name=f"Prosjekt {number}") for number in range(320))
        many.append(Project.objects.create(name="Ærfugl på Åland"))
        ProjectWorkType.objects.bulk_create(
            ProjectWorkType(workspace=fjell, project=project, work_type=meeting) for project in many
        )
    for typed in ("2t aerfugl", "2t ÆRFUGL", "2t #aland"):
        assert "Ærfugl på Åland" in anna.get("line/read/", data={"line": typed}).content.decode()
    page = anna.get("line/read/", data={"line": "2t"}).content.decode()
    assert "Write a project or a customer." in page


def test_reading_costs_the_same_however_many_projects_there_are(
    anna: Person, fjell: Workspace, arena: Project, meeting: WorkType
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            anna.get("line/read/", data={"line": "2t arena møte noe helt annet"})
        return len(queries)

    few = cost()
    with scope(fjell.pk):
        many = Project.objects.bulk_create(Project(workspace=fjell, name=f"Prosjekt {n}") for n in range(250))
        ProjectWorkType.objects.bulk_create(
            ProjectWorkType(workspace=fjell, project=project, work_type=meeting) for project in many
        )
    assert cost() == few


def test_without_scripts_a_line_is_a_form(anna: Person, fjell: Workspace, meeting: WorkType) -> None:
    refused = anna.post("line/", {"line": "2t arena", "request_id": str(uuid.uuid4())})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Choose a work type." in page
    assert 'value="2t Fjell Arena Møte"' in page
    done = anna.post("line/", {"line": "2t arena møte", "request_id": str(uuid.uuid4())}, follow=True)
    assert done.redirect_chain[0][0] == anna.url("timeline/2026-W10/")
    assert "Saved: 2 h, Fjell Arena, Møte, Thursday 5 March." in done.content.decode()
    assert len(entries(fjell)) == 1


@pytest.mark.parametrize(
    "line", ["", "\x00", "\ud800 2t".encode("utf-8", "replace").decode(), "x" * 3000, '"' * 40, "🙂 2t #"]
)
def test_no_text_breaks_the_pages(anna: Person, meeting: WorkType, line: str) -> None:
    assert anna.get("line/read/", data={"line": line}).status_code == 200
    assert anna.get("line/", data={"line": line}).status_code == 200
    assert send(anna, line).status_code in (400, 422)


def test_the_field_stands_on_the_week_and_the_timeline_of_oneself(
    anna: Person, bo: Person, arena: Project, meeting: WorkType
) -> None:
    for path in ("week/", "timeline/"):
        assert "data-line-input" in anna.get(path).content.decode()
        assert "data-line-input" not in bo.get(f"{path}?member={anna.membership.pk}").content.decode()
