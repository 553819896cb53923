"""The timer's addresses (P15): in the frame of every page, by script, and by plain forms."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_project, make_work_type
from timesheets.approval import approve_person_week
from timesheets.models import TimeEntry, Timer

# Nine o'clock in Oslo on the Monday.
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It is nine o'clock on a Monday until the story says otherwise; the sessions begin then too."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


def act(person: Person, do: str, id_: uuid.UUID | None = None, **said: Any) -> Any:
    timer = {"do": do, "timer": str(id_ or uuid.uuid4()), **said}
    return person.post_json("timer/act/", {"member": person.membership.pk, "act": timer})


def shell(person: Person, path: str = "week/") -> dict[str, Any]:
    """What the frame of a page says about the timer."""
    block = re.search(r'<script id="timer-state"[^>]*>(.*?)</script>', person.get(path).content.decode(), re.DOTALL)
    assert block
    found: dict[str, Any] = json.loads(block[1])
    return found


def minutes(workspace: Workspace) -> list[tuple[time | None, int]]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("day", "start_time").values_list("start_time", "minutes"))


def test_p15_every_page_of_the_workspace_tells_of_the_running_timer(
    anna: Person, arena: Project, design: WorkType, clock: time_machine.Traveller
) -> None:
    id_ = uuid.uuid4()
    answer = act(anna, "start", id_, ago=300, on=[arena.pk, design.pk], note="Sketches")
    assert answer.status_code == 200
    for path in ("week/", "timeline/", "timer/"):
        (found,) = shell(anna, path)["timers"]
        assert (found["id"], found["project"], found["work"], found["note"]) == (
            str(id_), "Fjell Arena", "Design", "Sketches",
        )  # fmt: skip
        assert found["started"] == (NINE - timedelta(minutes=5)).isoformat()
        assert 'data-key="Shift+T"' in anna.get(path).content.decode()


def test_p15_the_frame_costs_a_query_while_a_timer_is_open_and_else_none_of_its_own(
    anna: Person, arena: Project, design: WorkType
) -> None:
    """Whether there is one is asked at the door, along with the membership."""

    def about_timers(client: Client, path: str) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        return [query["sql"] for query in seen if "timesheets_timer" in query["sql"]]

    (at_the_door,) = about_timers(anna.client, anna.url("week/"))
    assert "workspaces_membership" in at_the_door
    act(anna, "start", ago=0, on=[arena.pk, design.pk])
    assert len(about_timers(anna.client, anna.url("week/"))) == 2
    assert about_timers(Client(), "/accounts/login/") == []


def test_p15_a_stop_answers_with_the_entry_to_edit_and_the_way_back(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, clock: time_machine.Traveller
) -> None:
    id_ = uuid.uuid4()
    act(anna, "start", id_, ago=0, on=[arena.pk, design.pk])
    clock.shift(timedelta(hours=2))
    told = act(anna, "stop", id_, ago=1800).json()
    assert told["told"] == "Fjell Arena, Design: 1.5 h saved."
    assert told["state"]["timers"] == []
    assert anna.get(told["edit"]).status_code == 200
    assert minutes(fjell) == [(time(9), 90)]
    undone = anna.post(told["undo"], headers={"HX-Request": "true"})
    assert undone.status_code == 204
    assert json.loads(undone["HX-Trigger"])["toast"]["text"] == "The timer runs on."
    assert minutes(fjell) == []
    assert shell(anna)["timers"][0]["stopped"] is None


def test_p15_stopped_time_in_a_locked_week_says_why_and_whom_to_ask(
    anna: Person, bo: Person, arena: Project, design: WorkType, clock: time_machine.Traveller
) -> None:
    id_ = uuid.uuid4()
    act(anna, "start", id_, ago=0, on=[arena.pk, design.pk])
    log(anna.membership, arena, design, MONDAY, 60)
    with scope(anna.workspace.pk):
        approve_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    clock.shift(timedelta(hours=1))
    told = act(anna, "stop", id_, ago=0).json()
    assert told["kind"] == "warning"
    assert told["ask"] == anna.url(f"timeline/{Week.of(MONDAY)}/")
    assert anna.get(told["ask"]).status_code == 200
    (waiting,) = shell(anna)["timers"]
    assert "Bo Berg approved the hours" in waiting["refusal"]
    assert "Bo Berg approved the hours" in anna.get("timer/").content.decode()


def test_p15_coming_back_in_the_morning_the_page_asks(anna: Person, clock: time_machine.Traveller) -> None:
    act(anna, "start", ago=0)
    clock.shift(timedelta(hours=24))
    (found,) = shell(anna)["timers"]
    assert found["forgotten"] is True
    assert found["likely"] == (NINE + timedelta(minutes=450)).isoformat()
    answer = act(anna, "stop_at", uuid.UUID(found["id"]), at="2026-03-02T15:00").json()
    assert answer["told"].startswith("6 h are kept, not saved yet.")


def test_p15_the_start_moves_back_by_the_clock_on_the_wall(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, clock: time_machine.Traveller
) -> None:
    id_ = uuid.uuid4()
    act(anna, "start", id_, ago=0, on=[arena.pk, design.pk])
    assert act(anna, "change", id_, started="2026-03-02T07:45").status_code == 200
    late = act(anna, "change", id_, started="2026-03-02T10:00")
    assert late.status_code == 422
    assert "not later than now" in late.json()["message"]
    assert late.json()["state"]["timers"][0]["started"] == "2026-03-02T06:45:00+00:00"
    act(anna, "stop", id_, ago=0)
    assert minutes(fjell) == [(time(7, 45), 75)]


def test_p15_a_time_that_the_night_skips_is_refused_with_the_hour(anna: Person, clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2026, 3, 29, 8, tzinfo=UTC))
    id_ = uuid.uuid4()
    act(anna, "start", id_, ago=0)
    refused = act(anna, "change", id_, started="2026-03-29T02:30")
    assert refused.status_code == 422
    assert "the clock goes from 02:00 to 03:00" in refused.json()["message"]


@pytest.mark.parametrize(
    "said",
    [
        {"do": "start", "ago": -1},
        {"do": "start", "ago": 0, "note": "x" * 10_001},
        {"do": "start", "ago": 0, "on": [1]},
        {"do": "change", "started": "tomorrow"},
        {"do": "change", "started": "2026-02-30T10:00"},
        {"do": "stop_at", "at": "9999-01-01T10:00"},
        {"do": "explode"},
    ],
)
def test_p15_what_no_page_sends_is_no_request(anna: Person, said: dict[str, Any]) -> None:
    id_ = uuid.uuid4()
    act(anna, "start", id_, ago=0)
    assert act(anna, said.pop("do"), id_, **said).status_code == 400


def test_p15_another_member_in_this_browser_sends_nothing_of_annas(anna: Person, bo: Person) -> None:
    body = {"member": anna.membership.pk, "act": {"do": "start", "timer": str(uuid.uuid4()), "ago": 0}}
    answer = bo.post_json("timer/act/", body)
    assert (answer.status_code, answer.json()["error"]) == (403, "other_member")
    assert Timer.across_workspaces.count() == 0


def test_p15_cilla_sees_and_stops_nothing_of_annas(anna: Person, cilla: Person) -> None:
    id_ = uuid.uuid4()
    act(anna, "start", id_, ago=0)
    assert shell(cilla)["timers"] == []
    assert act(cilla, "discard", id_).status_code == 422
    assert cilla.post(f"timer/{id_}/undo/", headers={"HX-Request": "true"}).status_code == 204
    assert len(shell(anna)["timers"]) == 1


def test_p15_by_plain_forms_from_start_to_entry(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, clock: time_machine.Traveller
) -> None:
    """No script runs: start from the top bar, choose and correct on the timer's page, stop."""
    id_ = str(uuid.uuid4())
    for _twice in range(2):
        assert anna.post("timer/", {"timer": id_, "do": "start"})["Location"] == anna.url("timer/")
    clock.shift(timedelta(hours=1))
    assert anna.post("timer/", {"timer": id_, "do": "stop"}).status_code == 302
    assert minutes(fjell) == []
    page = anna.get("timer/").content.decode()
    assert "Stopped time" in page
    form = {"timer": id_, "do": "save", "started": "2026-03-02T09:00", "stopped": "2026-03-02T10:00", "note": "Plain"}
    refused = anna.post("timer/", form)
    assert refused.status_code == 422
    assert "Choose a project" in refused.content.decode()
    wrong = anna.post("timer/", form | {"started": "2026-03-02T11:00", "on": f"{arena.pk}-{design.pk}"})
    assert wrong.status_code == 422
    assert "Write an earlier start" in wrong.content.decode()
    done = form | {"started": "2026-03-02T08:30", "on": f"{arena.pk}-{design.pk}"}
    assert anna.post("timer/", done).status_code == 302
    assert minutes(fjell) == [(time(8, 30), 90)]


def test_p15_go_on_with_what_was_done_lately(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, clock: time_machine.Traveller
) -> None:
    log(anna.membership, arena, design, MONDAY, 60, note="Façade")
    page = anna.get("timer/").content.decode()
    assert "Go on with" in page
    fields = {"timer": str(uuid.uuid4()), "do": "start", "on": f"{arena.pk}-{design.pk}", "note": "Façade"}
    anna.post("timer/", fields)
    clock.shift(timedelta(minutes=20))
    anna.post("timer/", {"timer": fields["timer"], "do": "stop"})
    assert minutes(fjell)[0] == (time(9), 20)


def test_p15_throwing_away_by_a_plain_form_and_taking_it_back(anna: Person, clock: time_machine.Traveller) -> None:
    id_ = str(uuid.uuid4())
    anna.post("timer/", {"timer": id_, "do": "start"})
    clock.shift(timedelta(hours=1))
    anna.post("timer/", {"timer": id_, "do": "discard"})
    assert shell(anna)["timers"] == []
    assert anna.post(f"timer/{id_}/undo/").status_code == 302
    assert len(shell(anna)["timers"]) == 1


def test_p15_the_week_and_the_timeline_offer_to_go_on(anna: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design, MONDAY, 60)
    week = anna.get(f"week/{Week.of(MONDAY)}/").content.decode()
    assert f'data-timer-continue data-on="{arena.pk}-{design.pk}"' in week
    assert "data-timer-continue data-entry-continue" in anna.get("timeline/").content.decode()
