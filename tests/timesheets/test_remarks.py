"""What people are told of hours that nothing forbids, where they write them and where they approve them."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import time_machine

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log
from tests.timesheets.steps import Take, made
from timesheets.models import TimeEntry

WEEK = f"week/{Week.of(MONDAY)}/"
ENDED = "Fjell Arena ended on 1 Mar 2026. Choose another day or project, or have the dates of the project changed."


def run(project: Project, start: date | None = None, end: date | None = None, mastered_by: str = "") -> None:
    with scope(project.workspace_id):
        Project.objects.filter(pk=project.pk).update(start_date=start, end_date=end, mastered_by=mastered_by)


def save(person: Person, on: Project, kind: WorkType, **fields: Any) -> Any:
    sent = {"member": person.membership.pk, "project": on.pk, "work_type": kind.pk, "day": str(MONDAY), "note": None}
    sent |= {"client_id": str(uuid.uuid4()), "base": "", "hours": "7,5"}
    return person.post_json("week/cell/", sent | fields)


def text_of(answer: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_hours_after_the_end_of_a_project_are_kept_and_say_what_is_wrong(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    run(arena, end=MONDAY - timedelta(days=1))
    answer = save(anna, arena, design)
    cell = answer.json()["cell"]
    assert (answer.status_code, cell["minutes"]) == (200, 450)
    assert cell["notice"] == ENDED
    assert cell["remark"] == {"sign": "caution", "text": ENDED}
    page = anna.get(WEEK)
    assert 'data-remark="caution"' in page.content.decode()
    assert ENDED in text_of(page)
    less = save(anna, arena, design, hours="2", base=cell["revision"]).json()["cell"]
    assert (less["notice"], less["remark"]["sign"]) == ("", "caution")
    gone = save(anna, arena, design, hours="0", base=less["revision"]).json()["cell"]
    assert gone["remark"] == {"sign": "", "text": ""}


def test_before_the_beginning_it_is_said_who_keeps_the_dates(anna: Person, arena: Project, design: WorkType) -> None:
    run(arena, start=MONDAY + timedelta(days=1), mastered_by="Tripletex")
    told = save(anna, arena, design).json()["cell"]["notice"]
    assert told == (
        "Fjell Arena begins on 3 Mar 2026. Choose another day or project, or have the dates changed in Tripletex."
    )
    run(arena, start=MONDAY, end=MONDAY, mastered_by="Tripletex")  # the first and the last day are days of the project
    assert 'data-remark="caution"' not in anna.get(WEEK).content.decode()


def test_a_browser_without_scripts_is_told_too(anna: Person, arena: Project, design: WorkType) -> None:
    run(arena, end=MONDAY - timedelta(days=1))
    form = {"request_id": str(uuid.uuid4()), f"hours-{arena.pk}-{design.pk}-{MONDAY}": "7,5"}
    assert anna.post(WEEK, form).status_code == 302
    assert "ended on 1 Mar 2026" in text_of(anna.get(WEEK))


def test_the_timeline_the_line_and_the_timer_say_it(
    anna: Person, arena: Project, design: WorkType, take: Take, fjell: Workspace
) -> None:
    run(arena, end=MONDAY - timedelta(days=1))
    assert take(made(arena, design)).caution == ENDED
    assert "ended on 1 Mar 2026. Choose another day" in anna.get(f"timeline/{Week.of(MONDAY)}/").content.decode()
    noon = datetime(2026, 3, 2, 11, tzinfo=UTC)
    with time_machine.travel(noon, tick=False):
        line = {"member": anna.membership.pk, "id": str(uuid.uuid4()), "line": "1t fjell design", "on": str(MONDAY)}
        said = anna.post_json("line/", line).json()
        assert said["kind"] == "warning"
        assert said["told"].endswith(ENDED)
        timer = {"timer": str(uuid.uuid4()), "ago": 3600, "on": [arena.pk, design.pk]}
        anna.post_json("timer/act/", {"member": anna.membership.pk, "act": {"do": "start", **timer}})
        stop = {"do": "stop", "timer": timer["timer"], "ago": 0}
        stopped = anna.post_json("timer/act/", {"member": anna.membership.pk, "act": stop}).json()
    assert (stopped["saved"], stopped["kind"]) == (True, "warning")
    assert stopped["told"].endswith(ENDED)
    with scope(fjell.pk):
        assert TimeEntry.objects.count() == 3  # kept, all of them


def test_p22_the_approver_finds_it_among_what_stands_out(
    anna: Person, bo: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    log(anna.membership, arena, design)
    log(anna.membership, arena, design, MONDAY + timedelta(days=1))
    run(arena, end=MONDAY)
    people = bo.get(f"approve/{Week.of(MONDAY)}/").content.decode()
    assert 'data-flag="project_dates">After the project</span>' in people
    projects = bo.get(f"approve/projects/?period=range&from={MONDAY}&to={MONDAY + timedelta(days=6)}").content.decode()
    assert projects.count('data-flag="project_dates"') == 1  # Tuesday's entry alone
