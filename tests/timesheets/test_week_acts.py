"""Rows from favourites and templates, last week with its hours: into empty cells only, undone in one act."""

from __future__ import annotations

import json
import re
import uuid
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, log_week, make_project, make_work_type
from timesheets.approval import approve_person_week
from timesheets.models import CellChange, EntryChange, Favourite, TimeEntry, WeekRow, WeekTemplate

WEEK = Week.of(MONDAY)
LAST = MONDAY - timedelta(days=7)
ACTS = f"week/{WEEK}/acts/"
TEMPLATES = f"week/{WEEK}/templates/"
SCRIPT = {"accept": "application/json"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def meetings(arena: Project) -> WorkType:
    return make_work_type(arena, "Meetings", product=None)


def act(person: Person, path: str = ACTS, **fields: Any) -> Any:
    answer = person.client.post(person.url(path), fields, headers=SCRIPT)
    assert answer.status_code == 200, answer.content
    return answer.json()


def undo(person: Person, done: dict[str, Any]) -> dict[str, Any]:
    answer = person.client.post(done["undo"], headers=HTMX)
    assert answer.status_code == 204
    events: dict[str, Any] = json.loads(answer["HX-Trigger"])
    assert events["week:changed"]
    toast: dict[str, Any] = events["toast"]
    return toast


def hours(workspace: Workspace, monday: date = MONDAY) -> dict[tuple[int, str], int]:
    """Minutes by weekday and work type."""
    with scope(workspace.pk):
        entries = TimeEntry.objects.filter(day__range=(monday, monday + timedelta(days=6))).select_related("work_type")
        return {(entry.day.weekday(), entry.work_type.name): entry.minutes for entry in entries}


def rows(workspace: Workspace) -> list[str]:
    with scope(workspace.pk):
        return [row.work_type.name for row in WeekRow.objects.select_related("work_type").order_by("created_at")]


def text_of(answer: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


# --- Last week --------------------------------------------------------------------------------------------------------


def test_last_week_comes_with_its_hours_into_empty_cells_and_goes_in_one_act(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, meetings: WorkType
) -> None:
    log_week(anna.membership, arena, design, LAST, 360)
    log(anna.membership, arena, meetings, LAST, 90)
    log(anna.membership, arena, design, MONDAY, 60)
    done = act(anna, copy="hours")
    assert done["message"] == ("Rows added: 1. Cells filled: 5. Cells that had hours already were left as they are: 1.")
    filled = {(day, "Design"): 360 for day in range(1, 5)} | {(0, "Design"): 60, (0, "Meetings"): 90}
    assert hours(fjell) == filled
    toast = undo(anna, done)
    assert toast["text"] == "It is taken back."
    assert hours(fjell) == {(0, "Design"): 60}
    assert rows(fjell) == []
    assert undo(anna, done)["text"] == "It is taken back."  # again, with no effect
    assert hours(fjell) == {(0, "Design"): 60}
    assert hours(fjell, LAST)[0, "Design"] == 360


def test_the_same_act_sent_again_has_no_second_effect(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design, LAST, 360)
    id_ = str(uuid.uuid4())
    act(anna, copy="hours", act=id_)
    with scope(fjell.pk):
        TimeEntry.objects.filter(day=MONDAY).delete()
    act(anna, copy="hours", act=id_)
    assert hours(fjell) == {}


def test_r112_locked_days_and_rows_that_take_no_time_are_left_out_and_named(
    anna: Person, bo: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    closed = make_project(fjell, "Secret")
    surveying = make_work_type(closed, "Surveying", product=None)
    log(anna.membership, arena, design, LAST, 360)
    log(anna.membership, closed, surveying, LAST, 60)
    log(anna.membership, arena, design, MONDAY + timedelta(days=1), 60)
    with scope(fjell.pk):
        Project.objects.filter(pk=closed.pk).update(is_open=False)
        approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    done = act(anna, copy="hours")
    assert done["kind"] == "warning"
    assert "Secret is open to its members only." in done["message"]
    assert "Monday 2 March: Bo Berg approved the hours" in done["message"]
    assert hours(fjell) == {(1, "Design"): 60}


def test_a_day_holds_24_hours_here_too(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, meetings: WorkType
) -> None:
    log(anna.membership, arena, design, LAST, 20 * 60)
    log(anna.membership, arena, meetings, MONDAY, 6 * 60)
    done = act(anna, copy="hours")
    assert "Monday 2 March: A day has 24 hours" in done["message"]
    assert hours(fjell) == {(0, "Meetings"): 360}


def test_what_was_changed_since_stays_when_the_act_is_taken_back(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design, LAST, 360)
    done = act(anna, copy="hours")
    with scope(fjell.pk):
        TimeEntry.objects.filter(day=MONDAY).update(minutes=300, revision=2)
    assert undo(anna, done)["text"] == "It is taken back. 1 cell was changed or locked since and stays."
    assert hours(fjell) == {(0, "Design"): 300}


def test_the_act_stands_in_the_history_and_in_the_record_of_cells(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design, LAST, 360)
    undo(anna, act(anna, copy="hours"))
    with scope(fjell.pk):
        assert list(CellChange.objects.order_by("pk").values_list("minutes_before", "minutes_after")) == (
            [(0, 360)] * 5 + [(360, 0)] * 5
        )
        assert EntryChange.objects.filter(changed_by=anna.membership, page="timesheets:week-acts").count() == 10


def test_a_week_without_a_week_before_says_so(anna: Person, arena: Project, design: WorkType) -> None:
    done = act(anna, copy="hours")
    assert (done["message"], done["undo"]) == ("There was nothing in the week before to bring along.", "")


# --- Favourites -------------------------------------------------------------------------------------------------------


def test_favourites_are_offered_first_and_added_together(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, meetings: WorkType
) -> None:
    act(anna, star=f"{arena.pk}-{meetings.pk}")
    act(anna, star=f"{arena.pk}-{meetings.pk}")
    found = anna.get("week/search/").json()["results"]
    assert [(each["group"], each["detail"]) for each in found] == [
        ("Favourites", "Meetings · Fjell AS"),
        ("Others", "Design · Fjell AS"),
    ]
    assert [each["group"] for each in anna.get("week/search/?q=des").json()["results"]] == [""]
    done = act(anna, favourites="1")
    assert rows(fjell) == ["Meetings"]
    assert 'aria-pressed="true"' in anna.get(f"week/{WEEK}/").content.decode()
    assert act(anna, favourites="1")["message"] == "There are no favourites to add that are not here already."
    undo(anna, done)
    assert rows(fjell) == []
    act(anna, unstar=f"{arena.pk}-{meetings.pk}")
    assert [each["group"] for each in anna.get("week/search/").json()["results"]] == ["", ""]


def test_r21_a_favourite_that_takes_no_time_any_more_is_not_offered(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    act(anna, star=f"{arena.pk}-{design.pk}")
    with scope(fjell.pk):
        Project.objects.filter(pk=arena.pk).update(is_open=False)
    assert anna.get("week/search/").json()["results"] == []
    assert act(anna, favourites="1")["kind"] == "info"
    refused = anna.client.post(anna.url(ACTS), {"star": f"{arena.pk}-{design.pk}"}, headers=SCRIPT)
    assert refused.status_code == 422
    assert "open to its members only" in refused.json()["message"]


# --- Templates --------------------------------------------------------------------------------------------------------


def template(workspace: Workspace) -> WeekTemplate:
    with scope(workspace.pk):
        return WeekTemplate.objects.get()


def test_a_template_keeps_a_week_and_puts_it_on_another(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, meetings: WorkType
) -> None:
    log_week(anna.membership, arena, design, MONDAY, 360)
    log(anna.membership, arena, meetings, MONDAY, 60)
    anna.post(TEMPLATES, {"name": " Sprint  week ", "hours": "1"})
    assert "Fjell Arena, Design: 30" in text_of(anna.get(TEMPLATES))
    after = WEEK.plus(1)
    log(anna.membership, arena, design, after.monday, 120)
    put = anna.client.post(anna.url(f"week/{after}/templates/"), {"apply": template(fjell).pk}, headers=HTMX)
    events = json.loads(put["HX-Trigger"])
    assert events["dialog:close"] == "panel"
    filled = {(day, "Design"): 360 for day in range(1, 5)} | {(0, "Design"): 120, (0, "Meetings"): 60}
    assert hours(fjell, after.monday) == filled
    undo(anna, {"undo": events["toast"]["undo_url"]})
    assert hours(fjell, after.monday) == {(0, "Design"): 120}


def test_a_template_without_hours_brings_rows_alone_and_can_be_renamed_and_deleted(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design, MONDAY, 360)
    anna.post(TEMPLATES, {"name": "Rota"})
    anna.post(TEMPLATES, {"rename": template(fjell).pk, "name": "Winter rota"})
    assert template(fjell).name == "Winter rota"
    anna.post(f"week/{WEEK.plus(1)}/templates/", {"apply": template(fjell).pk})
    assert (rows(fjell), hours(fjell, MONDAY + timedelta(days=7))) == (["Design"], {})
    anna.post(TEMPLATES, {"delete": template(fjell).pk})
    assert "Winter rota" not in text_of(anna.get(TEMPLATES))


def test_a_template_wants_a_name_of_its_own_and_rows(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    empty = anna.post(TEMPLATES, {"name": "Rota"})
    assert (empty.status_code, "This week has no rows to keep." in text_of(empty)) == (422, True)
    log(anna.membership, arena, design)
    assert "Give the template a name." in text_of(anna.post(TEMPLATES, {"name": " "}))
    anna.post(TEMPLATES, {"name": "Rota"})
    taken = anna.post(TEMPLATES, {"name": "rota"})
    assert "You have a template called rota already. Choose another name." in text_of(taken)
    assert 'value="rota"' in taken.content.decode()


def test_nobody_else_sees_or_uses_annas_favourites_and_templates(
    anna: Person, bo: Person, cilla: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design)
    act(anna, star=f"{arena.pk}-{design.pk}")
    anna.post(TEMPLATES, {"name": "Rota"})
    kept = template(fjell).pk
    assert "Rota" not in text_of(bo.get(TEMPLATES))
    for field in ("apply", "rename"):
        assert bo.post(TEMPLATES, {field: kept, "name": "Mine"}).status_code == 404
        assert cilla.post(TEMPLATES, {field: kept, "name": "Mine"}).status_code == 404
    bo.post(TEMPLATES, {"delete": kept})
    cilla.post(TEMPLATES, {"delete": kept})
    assert template(fjell).name == "Rota"
    assert [each["group"] for each in bo.get("week/search/").json()["results"]] == [""]
    assert cilla.post(ACTS, {"star": f"{arena.pk}-{design.pk}"}).status_code == 404
    with scope(fjell.pk):
        assert Favourite.objects.count() == 1
    assert cilla.client.post(anna.url(ACTS), {"copy": "hours"}).status_code == 404
    assert cilla.client.get(anna.url(TEMPLATES)).status_code == 404


def test_plain_forms_come_back_to_the_week_with_the_sentence(anna: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design, LAST, 60)
    answer = anna.post(ACTS, {"copy": "hours"}, follow=True)
    assert "Rows added: 1. Cells filled: 1." in text_of(answer)
    assert "Copy week" in text_of(answer)
