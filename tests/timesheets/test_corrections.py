"""Correcting an entry in place before it is approved, and the rate beside it (P21, P22, R110, R112)."""

from __future__ import annotations

import json
import uuid
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from busy.catalog.models import Project, ProjectMember, Rate, WorkType
from busy.lib.periods import Week
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, make_project, make_work_type
from timesheets import approval
from timesheets.models import CellChange, EntryChange, TimeEntry

WEEK = Week.of(MONDAY)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def the_week_after() -> Any:
    with time_machine.travel(f"{MONDAY + timedelta(days=9)}T12:00:00+01:00", tick=False):
        yield


@pytest.fixture
def arena(anna: Person) -> Project:
    return make_project(anna.workspace)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def address(entry: TimeEntry) -> str:
    return f"approve/entries/{entry.client_id}/"


def typed(entry: TimeEntry, **changes: str) -> dict[str, str]:
    """The form as it came, with some fields typed anew; a box that is not ticked is not sent."""
    values = {
        "base": f"{entry.pk}.{entry.revision}",
        "request_id": str(uuid.uuid4()),
        "on": f"{entry.project_id}-{entry.work_type_id}",
        "hours": "7.5",
        "is_billable": "on",
        "billed": "",
        "note": entry.note,
    }
    return {name: value for name, value in (values | changes).items() if value or name != "is_billable"}


def now(entry: TimeEntry) -> TimeEntry:
    with scope(entry.workspace_id):
        return TimeEntry.objects.get(client_id=entry.client_id)


def told(response: Any) -> dict[str, Any]:
    toast: dict[str, Any] = json.loads(response["HX-Trigger"])["toast"]
    return toast


def test_bo_corrects_everything_an_entry_says_and_the_history_has_it_under_his_name_p22(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design, note="Skiser", start_time=time(8), end_time=time(15, 30))
    harbour = make_project(bo.workspace, "Havnekvartalet", customer="")
    meeting = make_work_type(harbour, "Meetings", product=None)
    answer = bo.post(
        address(entry),
        typed(entry, on=f"{harbour.pk}-{meeting.pk}", hours="6:30", billed="6", note="Skisser"),
        headers=HTMX,
    )
    assert told(answer)["text"] == "Corrected: Anna Aas, 2 Mar."
    assert json.loads(answer["HX-Trigger"])["approve:changed"]
    after = now(entry)
    assert (after.project_id, after.work_type_id, after.minutes) == (harbour.pk, meeting.pk, 390)
    assert (after.billable_minutes, after.note, after.revision) == (360, "Skisser", 2)
    assert (after.start_time, after.end_time) == (time(8), time(14, 30))
    with scope(bo.workspace.pk):
        assert {change.changed_by for change in CellChange.objects.all()} == {bo.membership}
        change = EntryChange.objects.filter(client_id=entry.client_id).order_by("-pk")[0]
    assert change.changed_by_id == bo.membership.pk


def test_hours_are_set_aside_as_not_billable_and_the_correction_is_undone(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design, billable_minutes=400)
    answer = bo.post(address(entry), typed(entry, is_billable="", billed="3"), headers=HTMX)
    assert (now(entry).is_billable, now(entry).billable_minutes) == (False, None)
    undo = told(answer)["undo_url"]
    assert told(bo.post(undo, headers=HTMX))["text"] == "The correction is undone."
    assert (now(entry).is_billable, now(entry).billable_minutes) == (True, 400)
    assert bo.post(undo.replace("to=", "to=x"), headers=HTMX).status_code == 404


def test_a_correction_is_not_undone_over_what_anna_wrote_since(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    undo = told(bo.post(address(entry), typed(entry, hours="7"), headers=HTMX))["undo_url"]
    bo.post(address(entry), typed(now(entry), hours="6"), headers=HTMX)
    assert told(bo.post(undo, headers=HTMX))["kind"] == "error"
    assert now(entry).minutes == 360


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"hours": "much"}, "hours", "Write hours as 7.5, 7:30 or 450m."),
        ({"hours": "0"}, "hours", "Entries are not deleted here."),
        ({"hours": "25"}, "hours", "A day has 24 hours."),
        ({"hours": "20"}, "hours", "A day has 24 hours, and"),
        ({"billed": "8"}, "billed", "No more than the hours themselves can be billed."),
        ({"on": "1"}, "on", "Choose a project and a work type."),
        ({"on": "999999-999999"}, "on", "not there any more"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    bo: Person,
    anna: Person,
    arena: Project,
    design: WorkType,
    changes: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    log(anna.membership, arena, design, minutes=300)
    entry = log(anna.membership, arena, design)
    answer = bo.post(address(entry), typed(entry, note="Kept", **changes), headers=HTMX)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert sentence in " ".join(form.errors[field])
    assert form["note"].value() == "Kept"
    assert form[field].value() == changes[field]
    assert now(entry).minutes == 450


def test_a_project_that_anna_may_not_log_on_is_refused_beside_the_field(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    closed = make_project(bo.workspace, "Closed", customer="", is_open=False)
    make_work_type(closed)
    entry = log(anna.membership, arena, design)
    with scope(bo.workspace.pk):
        kind = WorkType.objects.filter(project_work_types__project=closed).get()
    answer = bo.post(address(entry), typed(entry, on=f"{closed.pk}-{kind.pk}"), headers=HTMX)
    assert answer.status_code == 422
    assert "open to its members only" in answer.context["form"].errors["on"][0]


def test_who_comes_second_sees_what_it_is_now_and_chooses(
    bo: Person, dina: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    mine = typed(entry, hours="6", note="Mine")
    dina.post(address(entry), typed(entry, hours="5"), headers=HTMX)
    answer = bo.post(address(entry), mine, headers=HTMX)
    assert answer.status_code == 422
    assert "Now it says: Fjell Arena, Design, 5 h." in answer.content.decode()
    form = answer.context["form"]
    assert (form["hours"].value(), form["note"].value()) == ("6", "Mine")
    assert now(entry).minutes == 300
    again = mine | {"base": form["base"].value(), "request_id": form["request_id"].value()}
    assert bo.post(address(entry), again, headers=HTMX).status_code == 204
    assert (now(entry).minutes, now(entry).note) == (360, "Mine")


def test_a_form_that_is_sent_twice_has_one_effect(bo: Person, anna: Person, arena: Project, design: WorkType) -> None:
    entry = log(anna.membership, arena, design)
    form = typed(entry, hours="6")
    for _time in range(2):
        assert bo.post(address(entry), form, headers=HTMX).status_code == 204
    assert now(entry).revision == 2


def test_locked_hours_cannot_be_corrected_and_say_why_r112(
    bo: Person, dina: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    form = typed(entry, hours="6")
    with scope(bo.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=dina.membership)
    page = bo.get(address(entry), headers=HTMX).content.decode()
    assert "Dina Dahl approved the hours" in page
    assert 'name="hours"' not in page
    answer = bo.post(address(entry), form, headers=HTMX)
    assert answer.status_code == 422
    assert "Dina Dahl approved the hours" in answer.content.decode()
    assert now(entry).minutes == 450


def test_anna_corrects_only_what_she_leads_and_cilla_nothing_r110(
    anna: Person, bo: Person, cilla: Person, arena: Project, design: WorkType
) -> None:
    harbour = make_project(bo.workspace, "Havnekvartalet", customer="")
    led, other = log(bo.membership, arena, design), log(bo.membership, harbour, design)
    assert anna.get(address(led)).status_code == 403
    with scope(anna.workspace.pk):
        ProjectMember.objects.create(project=arena, member=anna.membership, is_leader=True)
    assert anna.post(address(led), typed(led, hours="6"), headers=HTMX).status_code == 204
    assert now(led).minutes == 360
    assert anna.get(address(other)).status_code == 404
    assert cilla.get(f"/w/{cilla.workspace.slug}/{address(led)}").status_code == 404


def test_the_panel_of_a_person_shows_rate_and_amount_and_takes_the_correction_p21(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    with scope(arena.workspace_id):
        Rate.objects.create(work_type=design, amount=1000)
    entry = log(anna.membership, arena, design, minutes=90)
    panel = bo.get(f"approve/{WEEK}/people/{anna.membership.pk}/")
    assert panel.context["amount"] == Decimal("1500.00")
    assert "1,000.00 an hour" in panel.content.decode()
    answer = bo.post(f"{address(entry)}?week={WEEK}", typed(entry, hours="2", billed="1"), headers=HTMX)
    assert answer["HX-Retarget"] == "#approve-side"
    shown = answer.content.decode()
    assert "1 h billed" in shown
    assert f'<tr id="person-{anna.membership.pk}" hx-swap-oob="true"' in shown


def test_without_a_script_the_form_is_a_page_that_comes_back_to_the_list(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    page = bo.get(f"{address(entry)}?show=all")
    assert "Fjell Arena, Design" in page.content.decode()
    assert bo.post(address(entry), typed(entry, hours="x")).status_code == 422
    back = bo.post(f"{address(entry)}?show=all", typed(entry, hours="7"), follow=True)
    assert back.redirect_chain[-1][0].endswith("approve/projects/?show=all")
    assert "Corrected: Anna Aas" in back.content.decode()
    entry = now(entry)
    back = bo.post(f"{address(entry)}?week={WEEK}", typed(entry, hours="6"), follow=True)
    assert f"approve/{WEEK}/" in back.redirect_chain[-1][0]


def test_the_search_offers_what_anna_may_log_on(bo: Person, anna: Person, arena: Project, design: WorkType) -> None:
    entry = log(anna.membership, arena, design)
    results = bo.get(f"{address(entry)}search/?q=fjell").json()["results"]
    assert [result["value"] for result in results] == [f"{arena.pk}-{design.pk}"]
