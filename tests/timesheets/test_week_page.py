"""The week page through its addresses: what it shows, whom it lets in, what a plain form saves."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week, local_today
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_project, make_work_type
from timesheets.approval import approve_person_week
from timesheets.models import CellChange, TimeEntry, TimeSettings, WeekRow
from timesheets.order_locks import lock_for_order

WEEK = f"week/{Week.of(MONDAY)}/"


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def name_of(project: Project, work_type: WorkType, day: date = MONDAY) -> str:
    return f"hours-{project.pk}-{work_type.pk}-{day}"


def change(person: Person, on: Project, kind: WorkType, **fields: Any) -> dict[str, Any]:
    """What the page's module sends for one cell."""
    return {
        "member": person.membership.pk,
        "project": on.pk,
        "work_type": kind.pk,
        "day": str(MONDAY),
        "client_id": str(uuid.uuid4()),
        "base": "",
        "hours": "7,5",
        "note": None,
        **fields,
    }


def minutes_of(workspace: Workspace) -> list[int]:
    with scope(workspace.pk):
        return list(TimeEntry.objects.order_by("pk").values_list("minutes", flat=True))


def text_of(answer: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_anna_sees_rows_cells_and_sums(anna: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design, minutes=450, note="South facade")
    log(anna.membership, arena, design, MONDAY + timedelta(days=1), 200)
    page = text_of(anna.get(WEEK))
    assert "Week 10 2–8 Mar" in page
    assert "Fjell Arena Design · Fjell AS" in page
    assert "10:50 of 37.5 h" in page
    assert "Note: South facade" in page


def test_the_address_without_a_week_is_this_week(anna: Person) -> None:
    assert f"Week {Week.of(local_today('Europe/Oslo')).number} " in text_of(anna.get("week/"))


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "9999-W52", "0001-W01", "2025-W53"])
def test_a_week_that_does_not_exist_is_not_found(anna: Person, week: str) -> None:
    assert anna.get(f"week/{week}/").status_code == 404


def test_a_module_saves_one_cell_and_gets_the_sums_of_the_week(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    log(anna.membership, arena, make_work_type(arena, "Meetings", product=None), minutes=60)
    answer = anna.post_json("week/cell/", change(anna, arena, design, hours="7t30", note="Facade"))
    cell = answer.json()["cell"]
    assert (answer.status_code, cell["text"], cell["note"], cell["state"]) == (200, "7.5", "Facade", "open")
    assert answer.json()["days"] == {str(day): 510 if day == MONDAY else 0 for day in Week.of(MONDAY).days}
    assert minutes_of(fjell) == [60, 450]


def test_a_replay_of_the_same_request_has_one_effect(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    sent = change(anna, arena, design)
    first, second = (anna.post_json("week/cell/", sent) for _ in range(2))
    assert first.json() == second.json()
    assert minutes_of(fjell) == [450]


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [("half a day", "Write hours as 7.5, 7:30 or 450m."), ("26", "A day has 24 hours. 26 is not saved.")],
)
def test_what_cannot_be_hours_is_refused_with_a_sentence(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace, hours: str, sentence: str
) -> None:
    answer = anna.post_json("week/cell/", change(anna, arena, design, hours=hours))
    assert (answer.status_code, answer.json()["message"]) == (422, sentence)
    assert minutes_of(fjell) == []


def test_a_conflict_tells_what_is_there_now(anna: Person, arena: Project, design: WorkType, fjell: Workspace) -> None:
    log(anna.membership, arena, design, minutes=240)
    answer = anna.post_json("week/cell/", change(anna, arena, design))
    assert answer.status_code == 409
    assert (answer.json()["error"], answer.json()["cell"]["text"]) == ("changed", "4")
    assert minutes_of(fjell) == [240]


def test_r112_a_locked_cell_is_a_button_that_says_who_when_and_why(
    anna: Person, bo: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    log(anna.membership, arena, design)
    with scope(fjell.pk):
        approve_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    answer = anna.get(WEEK)
    page = text_of(answer)
    assert "Fjell Arena, Design, Monday 2 March, locked, why? 7.5" in page
    assert "Bo Berg approved the hours on" in page
    assert "Ask to reopen" in page
    assert '<input class="hours-input"' not in answer.content.decode()
    refused = anna.post_json("week/cell/", change(anna, arena, design, hours="4", day=str(MONDAY + timedelta(days=1))))
    assert (refused.status_code, refused.json()["error"]) == (422, "locked")


def test_r112_hours_on_an_order_name_the_order(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    entry = log(anna.membership, arena, design)
    with scope(fjell.pk):
        lock_for_order([entry.pk], "1043")
    assert "Locked by an order The hours are on order 1043 since" in text_of(anna.get(WEEK)).replace(" Close", "")


def test_a_plain_form_saves_every_cell_and_comes_back(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    entry = log(anna.membership, arena, design, minutes=240)
    tuesday = MONDAY + timedelta(days=1)
    form = {
        "request_id": str(uuid.uuid4()),
        name_of(arena, design): "7:30",
        f"base-{name_of(arena, design)}": f"{entry.pk}.1/240",
        name_of(arena, design, tuesday): "450m",
    }
    answer = anna.post(WEEK, form)
    assert (answer.status_code, answer.headers["Location"]) == (302, anna.url(WEEK))
    assert minutes_of(fjell) == [450, 450]
    anna.post(WEEK, form)  # the same form again, by "back" or a double click
    assert minutes_of(fjell) == [450, 450]


def test_a_plain_form_keeps_what_it_could_not_save_in_its_cell(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    log(anna.membership, arena, design, MONDAY + timedelta(days=2), minutes=60)
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    answer = anna.post(
        WEEK,
        {
            "request_id": str(uuid.uuid4()),
            name_of(arena, design): "26",
            name_of(arena, design, tuesday): "4",
            name_of(arena, design, wednesday): "<b>most</b>",
        },
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "A day has 24 hours. 26 is not saved." in html
    assert 'value="26"' in html
    assert 'value="&lt;b&gt;most&lt;/b&gt;"' in html
    assert f'id="message-{name_of(arena, design)}"' in html
    cell = name_of(arena, design)
    assert f'aria-describedby="message-{cell} note-{cell} billed-{cell} remark-{cell}"' in html
    assert minutes_of(fjell) == [60, 240]


def test_a_plain_form_overwrites_nothing_that_it_did_not_show(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    """Anna's form is old: on Monday and Tuesday hours were written elsewhere. She touched Tuesday only."""
    tuesday = MONDAY + timedelta(days=1)
    log(anna.membership, arena, design, minutes=60)
    log(anna.membership, arena, design, tuesday, 120)
    form = {
        "request_id": str(uuid.uuid4()),
        name_of(arena, design): "",
        name_of(arena, design, tuesday): "5",
    }
    answer = anna.post(WEEK, form)
    assert answer.status_code == 422
    assert "This was changed elsewhere to 2 in the meantime. Save again to keep what you wrote." in text_of(answer)
    assert minutes_of(fjell) == [60, 120]


def test_rows_are_added_removed_and_copied_in_their_order(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    meetings = make_work_type(arena, "Meetings", product=None)
    old = make_work_type(arena, "Surveying", product=None)
    for work_type in (meetings, old, design):
        log(anna.membership, arena, work_type, MONDAY - timedelta(days=3), 60)
    with scope(fjell.pk):
        WorkType.objects.filter(pk=old.pk).update(archived_at=timezone.now())
    assert "Start with the 2 rows of last week" in text_of(anna.get(WEEK))
    anna.post(f"{WEEK}rows/", {"copy": "1"})
    page = text_of(anna.get(WEEK))
    assert page.index("Meetings · Fjell AS") < page.index("Design · Fjell AS")
    assert "Surveying" not in page
    assert minutes_of(fjell) == [60, 60, 60]
    anna.post(f"{WEEK}rows/", {"remove": f"{arena.pk}-{meetings.pk}"})
    assert "Meetings" not in text_of(anna.get(WEEK)).replace("Rows of last week", "")
    anna.post(f"{WEEK}rows/", {"add": f"{arena.pk}-{meetings.pk}"})
    page = text_of(anna.get(WEEK))
    assert page.index("Design · Fjell AS") < page.index("Meetings · Fjell AS")


def test_a_row_with_hours_is_not_removed(anna: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design)
    answer = anna.client.post(
        anna.url(f"{WEEK}rows/"), {"remove": f"{arena.pk}-{design.pk}"}, headers={"accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["error"]) == (422, "row_has_hours")


def test_r21_the_search_offers_what_may_be_logged_on(
    anna: Person, cilla: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    make_work_type(make_project(fjell, "Fjell secret", is_open=False))
    make_work_type(make_project(cilla.workspace, "Fjell of Cilla"))
    found = anna.get("week/search/?q=fjell+des").json()["results"]
    assert [(option["label"], option["detail"]) for option in found] == [("Fjell Arena", "Design · Fjell AS")]


def test_without_scripts_the_search_gives_a_list_with_buttons(anna: Person, arena: Project, design: WorkType) -> None:
    html = anna.get(f"{WEEK}?add=aren").content.decode()
    assert f'name="add" value="{arena.pk}-{design.pk}"' in html


def test_an_empty_week_says_what_to_do_next(anna: Person, bo: Person, fjell: Workspace) -> None:
    assert "Ask Bo Berg" in text_of(anna.get(WEEK))
    assert "Create your first project" in text_of(bo.get(WEEK))
    make_work_type(make_project(fjell))
    assert "Welcome, Anna. Your hours are one line away." in text_of(anna.get(WEEK))


def test_bo_reads_annas_week_and_anna_cannot_read_bos(
    anna: Person, bo: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design)
    answer = bo.get(f"{WEEK}?member={anna.membership.pk}")
    assert "You are reading the week of Anna Aas." in text_of(answer)
    assert '<input class="hours-input"' not in answer.content.decode()
    assert bo.post(f"{WEEK}?member={anna.membership.pk}", {}).status_code == 403
    assert anna.get(f"{WEEK}?member={bo.membership.pk}").status_code == 403
    assert bo.get(f"{WEEK}?member=99999999").status_code == 404
    assert bo.get(f"{WEEK}?member=x").status_code == 404


def test_cilla_sees_and_changes_nothing_of_fjell(
    cilla: Person, anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    at_fjell = anna.url(WEEK)
    assert cilla.client.get(at_fjell).status_code == 404
    assert cilla.client.post(at_fjell, {}).status_code == 404
    for address in ("week/cell/", f"{WEEK}rows/", "week/search/"):
        assert cilla.client.post(anna.url(address), {}).status_code == 404
    assert cilla.get(f"{WEEK}?member={anna.membership.pk}").status_code == 404
    assert cilla.post_json("week/cell/", change(cilla, arena, design)).status_code == 404
    assert cilla.post(f"{WEEK}rows/", {"add": f"{arena.pk}-{design.pk}"}).status_code == 404
    assert minutes_of(fjell) == []
    with scope(fjell.pk):
        assert not WeekRow.objects.exists()


def test_hours_typed_as_anna_are_not_saved_as_bo(
    anna: Person, bo: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    """Bo signed in in another tab of Anna's browser; her queue comes with his session."""
    answer = bo.post_json("week/cell/", change(anna, arena, design))
    assert (answer.status_code, answer.json()["error"]) == (403, "other_member")
    assert "You are signed in as Bo Berg now" in answer.json()["message"]
    assert minutes_of(fjell) == []


@pytest.mark.parametrize(
    "broken",
    [b"", b"[]", b'{"member": 1}', b"\xff", {"day": "2026-02-30"}, {"client_id": "x"}, {"project": -1}, {"extra": 1}],
)
def test_a_broken_request_is_refused_without_an_effect(
    anna: Person, arena: Project, design: WorkType, broken: bytes | dict[str, Any]
) -> None:
    sent = broken if isinstance(broken, bytes) else change(anna, arena, design, **broken)
    assert anna.post_json("week/cell/", sent).status_code == 400


def test_signed_out_scripts_get_401_so_that_nothing_typed_is_lost(
    anna: Person, arena: Project, design: WorkType
) -> None:
    anna.client.logout()
    assert anna.post_json("week/cell/", change(anna, arena, design)).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_the_page_takes_eight_queries_whatever_the_hours(
    anna: Person, bo: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    """Two are the week's own, two for its capacity; four let Anna in, with her timer, her other workspaces, what she
    leads and whether she ever asked for hours to be opened."""

    def queries(person: Person) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert person.get(WEEK).status_code == 200
        return len([query for query in captured if query["sql"] not in {"BEGIN", "COMMIT"}])

    log(anna.membership, arena, design)
    few = queries(anna)
    for number in range(6):
        project = make_project(fjell, f"Project {number}", customer=f"Customer {number}")
        work_type = make_work_type(project, f"Kind {number}", product=None)
        for day in range(7):
            log(anna.membership, project, work_type, MONDAY + timedelta(days=day), 60, note="n")
    with scope(fjell.pk):
        TimeSettings.objects.create(submits_time=True)
        approve_person_week(anna.membership.pk, Week.of(MONDAY), by=bo.membership)
    assert queries(anna) == few
    assert few <= 8


@pytest.mark.django_db(transaction=True)
def test_a_save_takes_twelve_queries_whatever_the_hours(
    anna: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    """Four let Anna in, one locks the day, two look at it, two write, one is for the sums of the days, and two ask
    whether hours leave Busy. A refused save keeps nothing."""

    def queries(day: date, status: int = 200, **fields: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            sent = anna.post_json("week/cell/", change(anna, arena, design, day=str(day), **fields))
        assert sent.status_code == status
        return len([query for query in captured if query["sql"] not in {"BEGIN", "COMMIT"}])

    queries(MONDAY - timedelta(days=1))  # and remembers that she was here
    few = queries(MONDAY)
    for number in range(20):
        project = make_project(fjell, f"Project {number}")
        log(anna.membership, project, make_work_type(project, f"Kind {number}", product=None), minutes=15)
    assert queries(MONDAY + timedelta(days=1)) == few <= 12
    refused = uuid.uuid4()
    queries(MONDAY + timedelta(days=2), 422, hours="25", client_id=str(refused))
    with scope(fjell.pk):
        assert not CellChange.objects.filter(request_id=refused).exists()


def test_p5_somebody_elses_empty_week_says_so_and_offers_nothing(anna: Person, bo: Person) -> None:
    page = bo.get(f"{WEEK}?member={anna.membership.pk}").content.decode()
    assert "No hours" in page
    assert "ghost-rows" not in page


def test_numbers_of_a_thousand_and_more_stay_numbers_for_the_modules(
    anna: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design, minutes=1200)
    html = anna.get(WEEK).content.decode()
    assert 'data-minutes="1200"' in html
    assert 'data-capacity="2250"' in html
