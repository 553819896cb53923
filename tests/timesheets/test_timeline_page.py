"""The timeline's addresses: the page, one step by script, and the plain form (P13, P14, P18, R112)."""

from __future__ import annotations

import json
import re
import uuid
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_project, make_work_type
from timesheets.approval import approve_person_week
from timesheets.models import TimeEntry
from timesheets.timeline_book import revision_of

WEEK = str(Week.of(MONDAY))
PAGE = f"timeline/{WEEK}/"


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def morning(anna: Person, arena: Project, design: WorkType) -> TimeEntry:
    return log(anna.membership, arena, design, MONDAY, 180, start_time=time(9), end_time=time(12), note="Sketches")


def data_of(answer: Any) -> dict[str, Any]:
    block = re.search(r'<script id="timeline-data"[^>]*>(.*?)</script>', answer.content.decode(), re.DOTALL)
    assert block
    found: dict[str, Any] = json.loads(block[1])
    return found


def step(person: Person, *moves: dict[str, Any], id_: uuid.UUID | None = None, member: int | None = None) -> Any:
    body = {"member": member or person.membership.pk, "id": str(id_ or uuid.uuid4()), "moves": list(moves)}
    return person.post_json("timeline/step/", body)


def creation(
    project: Project, work_type: WorkType, start: int = 540, end: int = 690, day: date = MONDAY
) -> dict[str, Any]:
    place = {"day": day.isoformat(), "start": start, "end": end}
    return {"do": "create", "id": str(uuid.uuid4()), "place": place, "on": [project.pk, work_type.pk]}


def entries(workspace: Workspace) -> list[TimeEntry]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("day", "start_time", "pk"))


def test_p13_the_page_has_the_week_with_days_capacity_and_entries(anna: Person, morning: TimeEntry) -> None:
    answer = anna.get(PAGE)
    assert answer.status_code == 200
    days = data_of(answer)["days"]
    assert [day["day"] for day in days] == [(MONDAY + timedelta(days=n)).isoformat() for n in range(7)]
    assert [day["capacity"] for day in days] == [450] * 5 + [0, 0]
    (entry,) = days[0]["entries"]
    assert (entry["start"], entry["end"], entry["minutes"], entry["project"]) == (540, 720, 180, "Fjell Arena")
    assert entry["revision"] == revision_of(morning)
    assert entry["lock"] is None


def test_r112_a_locked_entry_comes_with_the_reason_and_whom_to_ask(
    anna: Person, bo: Person, fjell: Workspace, morning: TimeEntry
) -> None:
    with scope(fjell.pk):
        approve_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    day = data_of(anna.get(PAGE))["days"][0]
    assert "Bo Berg" in day["lock"]["sentence"]
    assert day["entries"][0]["lock"]["approval"]
    refused = step(anna, {"do": "delete", "id": str(morning.client_id), "base": revision_of(morning)})
    assert refused.status_code == 422
    assert refused.json()["error"] == "locked"
    assert len(entries(fjell)) == 1


def test_the_change_of_clock_is_in_the_page(anna: Person) -> None:
    days = data_of(anna.get("timeline/2026-W13/"))["days"]
    assert days[6]["shift"] == {"start": 120, "end": 180, "minutes": -60}
    assert [day["shift"] for day in days[:6]] == [None] * 6


def test_p13_a_step_answers_with_the_days_it_touched(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    create = creation(arena, design)
    answer = step(anna, create)
    assert answer.status_code == 200
    (day,) = answer.json()["days"]
    assert [(entry["id"], entry["minutes"]) for entry in day["entries"]] == [(create["id"], 150)]
    moved = step(
        anna,
        {
            "do": "change",
            "id": create["id"],
            "base": day["entries"][0]["revision"],
            "place": {"day": "2026-03-03", "start": 600, "end": 660},
            "note": "Up\x00stairs",
            "billable": False,
        },
    )
    assert [len(day["entries"]) for day in moved.json()["days"]] == [0, 1]
    (entry,) = entries(fjell)
    assert (entry.day, entry.start_time, entry.minutes, entry.note, entry.is_billable) == (
        date(2026, 3, 3),
        time(10),
        60,
        "Upstairs",
        False,
    )


def test_p14_copy_and_cut_by_script(anna: Person, fjell: Workspace, morning: TimeEntry) -> None:
    place = {"day": "2026-03-04", "start": 540, "end": 720}
    copied = step(anna, {"do": "copy", "id": str(uuid.uuid4()), "of": str(morning.client_id), "place": place})
    cut = {
        "do": "cut",
        "id": str(morning.client_id),
        "base": revision_of(morning),
        "at": 600,
        "rest": str(uuid.uuid4()),
    }
    assert (copied.status_code, step(anna, cut).status_code) == (200, 200)
    assert [(entry.day.day, entry.minutes) for entry in entries(fjell)] == [(2, 60), (2, 120), (4, 180)]


def test_hours_over_midnight_are_two_entries_and_the_answer_says_so(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    answer = step(anna, creation(arena, design, 1320, 120)).json()
    assert answer["told"] == "Midnight lies between: the part after it is on Tuesday 3 March."
    assert [entry.minutes for entry in entries(fjell)] == [120, 120]


def test_a_conflict_answers_409_with_what_is_there(anna: Person, morning: TimeEntry) -> None:
    change = {"do": "change", "id": str(morning.client_id), "base": revision_of(morning), "note": "First tab"}
    assert step(anna, change).status_code == 200
    conflict = step(anna, change | {"note": "Second tab"})
    assert conflict.status_code == 409
    assert conflict.json()["days"][0]["entries"][0]["note"] == "First tab"


def test_a_replay_is_answered_like_the_first_and_has_no_effect(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    create, id_ = creation(arena, design), uuid.uuid4()
    answers = [step(anna, create, id_=id_) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert len(entries(fjell)) == 1


@pytest.mark.parametrize(
    "moves",
    [
        [],
        [{"do": "explode"}],
        [{"do": "create", "id": "1", "place": {"day": "2026-03-02", "start": 0, "end": 60}, "on": [1, 1]}],
        [{"do": "delete", "id": str(uuid.uuid4()), "base": "", "more": 1}],
        [
            {
                "do": "create",
                "id": str(uuid.uuid4()),
                "place": {"day": "9999-12-31", "start": 60, "end": 0},
                "on": [1, 1],
            }
        ],
        [
            {
                "do": "create",
                "id": str(uuid.uuid4()),
                "place": {"day": "2026-03-02", "start": -1, "end": 60},
                "on": [1, 1],
            }
        ],
    ],
)
def test_what_is_no_step_is_a_bad_request(anna: Person, moves: list[dict[str, Any]]) -> None:
    assert step(anna, *moves).status_code == 400


def test_hours_typed_by_somebody_else_wait_for_them(anna: Person, bo: Person, arena: Project, design: WorkType) -> None:
    answer = step(bo, creation(arena, design), member=anna.membership.pk)
    assert (answer.status_code, answer.json()["error"]) == (403, "other_member")


def test_signed_out_scripts_get_401_and_people_the_way_in(anna: Person, arena: Project, design: WorkType) -> None:
    anna.client.logout()
    assert step(anna, creation(arena, design)).status_code == 401
    assert anna.get(PAGE).status_code == 302


def test_cilla_sees_and_changes_nothing_of_fjell(
    anna: Person, cilla: Person, fjell: Workspace, morning: TimeEntry, arena: Project, design: WorkType
) -> None:
    assert cilla.get(anna.url(PAGE)).status_code == 404
    assert cilla.post_json(anna.url("timeline/step/"), {}).status_code == 404
    assert cilla.get(f"{PAGE}?member={anna.membership.pk}").status_code == 404
    assert cilla.get(f"{PAGE}?edit={morning.client_id}").status_code == 404
    change = {"do": "change", "id": str(morning.client_id), "base": revision_of(morning), "note": "Mine"}
    assert step(cilla, change).status_code == 409
    assert step(cilla, creation(arena, design)).status_code == 422
    assert [entry.note for entry in entries(fjell)] == ["Sketches"]


def test_bo_reads_annas_timeline_and_anna_reads_nobodys(anna: Person, bo: Person, morning: TimeEntry) -> None:
    shown = bo.get(f"{PAGE}?member={anna.membership.pk}")
    assert data_of(shown)["readOnly"] is True
    assert "data-new-entry" not in shown.content.decode()
    assert bo.post(f"{PAGE}?member={anna.membership.pk}", {}).status_code == 403
    assert anna.get(f"{PAGE}?member={bo.membership.pk}").status_code == 403


def test_the_page_costs_the_same_however_much_is_on_it(anna: Person, arena: Project, morning: TimeEntry) -> None:
    anna.get(PAGE)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert anna.get(PAGE).status_code == 200
        return len(queries)

    before = cost()
    for n in range(40):
        kind = make_work_type(arena, f"Kind {n}", product=None)
        log(anna.membership, arena, kind, MONDAY + timedelta(days=n % 7), 15, start_time=time(8), end_time=time(8, 15))
    assert cost() == before


def test_an_empty_timeline_says_what_comes_next(anna: Person, bo: Person, fjell: Workspace) -> None:
    assert "Ask Bo Berg" in anna.get(PAGE).content.decode()
    assert "Create your first project" in bo.get(PAGE).content.decode()
    make_work_type(make_project(fjell))
    shown = anna.get(PAGE).content.decode()
    assert "Drag across a day" in shown
    assert "Ask Bo Berg" not in shown


# Without scripts ------------------------------------------------------------------------------------------------------
def form(person: Person, edited: str) -> dict[str, str]:
    """The hidden fields of the form as the page gave them."""
    page = person.get(f"{PAGE}?edit={edited}").content.decode()
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("request_id", "entry", "base")}  # type: ignore[index]


def test_anna_writes_changes_cuts_and_deletes_without_scripts(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    said = {"on": f"{arena.pk}-{design.pk}", "day": MONDAY.isoformat(), "note": "By hand", "is_billable": "on"}
    fields = form(anna, "new") | said | {"times": "9-11.30"}
    assert anna.post(PAGE, fields).status_code == 302
    assert anna.post(PAGE, fields).status_code == 302  # the button was pressed twice
    (entry,) = entries(fjell)
    assert (entry.minutes, entry.note, entry.is_billable) == (150, "By hand", True)
    assert b"09:00\xe2\x80\x9311:30" in anna.get(PAGE).content

    changed = form(anna, str(entry.client_id)) | said | {"times": "9-12", "note": "Longer"}
    assert anna.post(PAGE, changed).status_code == 302
    cut = form(anna, str(entry.client_id)) | said | {"times": "9-12", "cut": "1", "cut_at": "10.30"}
    assert anna.post(PAGE, cut).status_code == 302
    assert [(entry.minutes, entry.note) for entry in entries(fjell)] == [(90, "Longer"), (90, "Longer")]

    gone = form(anna, str(entry.client_id)) | {"delete": "1"}
    assert anna.post(PAGE, gone).status_code == 302
    assert [entry.start_time for entry in entries(fjell)] == [time(10, 30)]


def test_hours_without_times_by_the_plain_form(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    fields = form(anna, "new") | {"on": f"{arena.pk}-{design.pk}", "day": MONDAY.isoformat(), "hours": "1,5"}
    assert anna.post(PAGE, fields).status_code == 302
    (entry,) = entries(fjell)
    assert (entry.minutes, entry.start_time, entry.is_billable) == (90, None, False)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"times": "nine"}, "Write the times as 9-11.30."),
        ({"times": "", "hours": "much"}, "Write hours as 7.5, 7:30 or 450m."),
        ({"times": "9-9"}, "An entry lasts from a minute to a whole day."),
    ],
)
def test_what_is_refused_stays_in_the_plain_form(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, typed: dict[str, str], told: str
) -> None:
    fields = form(anna, "new") | {"on": f"{arena.pk}-{design.pk}", "day": MONDAY.isoformat(), "note": "Kept"} | typed
    answer = anna.post(PAGE, fields)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert told in text
    assert "Kept" in text
    assert entries(fjell) == []


def test_the_week_page_links_to_the_timeline_and_counts_its_hours(anna: Person, morning: TimeEntry) -> None:
    week = anna.get(f"week/{WEEK}/").content.decode()
    assert anna.url(PAGE) in week
    assert 'value="3"' in week
    assert anna.url(f"week/{WEEK}/") in anna.get(PAGE).content.decode()
