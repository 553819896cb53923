"""The page of project approval: filters, columns, approving, exceptions, undo, who sees it (P22, P23, P24, R110)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Project, ProjectMember, Rate, WorkType
from busy.lib.periods import Week
from busy.workspaces.scope import scope
from orders import services as orders
from tests.people import Person
from tests.timesheets.hours import MONDAY, hire, log, log_week, log_weeks, make_project, make_work_type
from timesheets import approval
from timesheets.models import Approval, TimeEntry, TimeSettings

WEEK = Week.of(MONDAY)
TODAY = MONDAY + timedelta(days=9)
PAGE = "approve/projects/"
APPROVE, UNDO = f"{PAGE}approve/", f"{PAGE}undo/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def the_week_after() -> Any:
    with time_machine.travel(f"{TODAY}T12:00:00+01:00", tick=False):
        yield


@pytest.fixture
def arena(anna: Person) -> Project:
    return make_project(anna.workspace)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def locked(person: Person) -> list[int]:
    with scope(person.workspace.pk):
        return list(TimeEntry.objects.exclude(project_approval=None).order_by("pk").values_list("pk", flat=True))


def told(response: Any) -> dict[str, Any]:
    toast: dict[str, Any] = json.loads(response["HX-Trigger"])["toast"]
    return toast


def shown(response: Any) -> dict[str, list[int]]:
    """The entries on the page by project."""
    return {group.project.name: [line.entry.pk for line in group.lines] for group in response.context["groups"]}


def lead(person: Person, project: Project) -> None:
    with scope(project.workspace_id):
        ProjectMember.objects.create(project=project, member=person.membership, is_leader=True)


def test_bo_sees_the_hours_of_each_project_with_sums_and_amounts_p22(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    with scope(arena.workspace_id):
        Rate.objects.create(work_type=design, amount=1000)
    first = log(anna.membership, arena, design, minutes=90, billable_minutes=60)
    second = log(anna.membership, arena, design, MONDAY + timedelta(days=1), 30, is_billable=False)
    harbour = make_project(bo.workspace, "Havnekvartalet", customer="")
    third = log(anna.membership, harbour, design)
    page = bo.get(PAGE)
    assert shown(page) == {"Fjell Arena": [first.pk, second.pk], "Havnekvartalet": [third.pk]}
    group = page.context["groups"][0]
    assert (group.entries, group.minutes, group.billable, group.amount) == (2, 120, 60, Decimal("1000.00"))
    assert [line.amount for line in group.lines] == [Decimal("1000.00"), None]
    assert "3 entries wait" in page.content.decode()


def test_period_project_work_type_employee_and_submission_narrow_the_list_p22(
    bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    meeting = make_work_type(arena, "Meetings", product=None)
    usual = log(anna.membership, arena, design)
    other_type = log(anna.membership, arena, meeting)
    other_person = log(dina.membership, arena, design)
    this_week = log(anna.membership, arena, design, TODAY)
    to_come = log(anna.membership, arena, design, TODAY + timedelta(days=60), submitted_at="2026-03-11T08:00Z")
    everything = {usual.pk, other_type.pk, other_person.pk, this_week.pk}

    def found(query: str) -> set[int]:
        return {pk for ids in shown(bo.get(f"{PAGE}?{query}")).values() for pk in ids}

    assert found("") == everything
    assert found("period=week") == {this_week.pk}
    assert found("period=last-week") == everything - {this_week.pk}
    assert found("period=month") == everything
    assert found("period=last-month") == set()
    assert found("period=coming") == found("period=coming&submitted=1") == {to_come.pk}
    assert found(f"period=range&from={TODAY}&to={MONDAY}") == everything
    assert found(f"period=range&from={TODAY}") == {this_week.pk}
    assert found(f"work_type={meeting.pk}") == {other_type.pk}
    assert found(f"member={dina.membership.pk}") == {other_person.pk}
    assert found(f"project={arena.pk + 1000}") == set()
    assert found("submitted=1") == set()
    assert found("period=nonsense&from=9999-99-99&project=x&member=99999999999999999999") == everything


def test_columns_are_chosen_in_the_address_p22(bo: Person, anna: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design, note="Skisser")
    assert "Skisser" in bo.get(PAGE).content.decode()
    bare = bo.get(f"{PAGE}?col=none")
    assert "Skisser" not in bare.content.decode()
    assert not any(bare.context["columns"].values())
    assert bo.get(f"{PAGE}?col=none&col=rate").context["columns"]["rate"]


def test_bo_approves_a_selection_and_undoes_it_from_the_toast_p22_p23(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    first, second, *_ = log_week(anna.membership, arena, design)
    answer = bo.post(APPROVE, {"entry": [first.pk, second.pk]}, headers=HTMX)
    assert told(answer)["text"] == "2 entries approved, 15 h."
    assert locked(bo) == [first.pk, second.pk]
    assert first.pk not in shown(answer)["Fjell Arena"]
    undone = bo.post(told(answer)["undo_url"], headers=HTMX)
    assert json.loads(undone["HX-Trigger"])["approve:changed"]
    assert locked(bo) == []


def test_bo_approves_a_whole_project_for_the_period_he_looks_at_p22(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    week = log_week(anna.membership, arena, design)
    log(anna.membership, arena, design, TODAY)
    bo.post(f"{APPROVE}?period=last-week", {"project": arena.pk}, headers=HTMX)
    assert locked(bo) == [entry.pk for entry in week]
    with scope(bo.workspace.pk):
        [given] = Approval.objects.all()
    assert (given.first_day, given.last_day) == (MONDAY, WEEK.sunday)


def test_vacation_to_come_is_found_and_approved_p22(bo: Person, anna: Person, arena: Project, design: WorkType) -> None:
    summer = log(anna.membership, arena, design, date(2026, 7, 1))
    assert shown(bo.get(f"{PAGE}?period=coming")) == {"Fjell Arena": [summer.pk]}
    bo.post(f"{APPROVE}?period=coming", {"entry": summer.pk}, headers=HTMX)
    assert locked(bo) == [summer.pk]


def test_approved_hours_are_shown_with_who_and_a_selection_is_withdrawn_p23(
    bo: Person, dina: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    first, second = log(anna.membership, arena, design), log(anna.membership, arena, design)
    bo.post(APPROVE, {"project": arena.pk}, headers=HTMX)
    approved = dina.get(f"{PAGE}?show=approved")
    assert shown(approved) == {"Fjell Arena": [first.pk, second.pk]}
    assert "Bo Berg, 11 Mar 2026" in approved.content.decode()
    answer = dina.post(f"{UNDO}?show=approved", {"entry": first.pk}, headers=HTMX)
    assert told(answer)["text"] == "The approval of 1 entry is undone."
    assert locked(bo) == [second.pk]
    assert told(dina.post(UNDO, {"entry": first.pk}, headers=HTMX))["text"] == "There was nothing to undo."


def test_an_approval_stays_while_an_order_has_the_hours_and_says_so_p23_r112(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    bo.post(APPROVE, {"entry": entry.pk}, headers=HTMX)
    with scope(bo.workspace.pk):
        orders.create_draft(arena.pk, by=bo.membership)
    refused = told(bo.post(UNDO, {"entry": entry.pk}, headers=HTMX))
    assert refused["kind"] == "error"
    assert "Order 1001" in refused["text"]
    assert locked(bo) == [entry.pk]


def test_what_stands_out_in_a_bulk_is_listed_and_left_out_unless_ticked(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    clear = log(anna.membership, arena, design, note="Skisser")
    bare = log(anna.membership, arena, design, MONDAY + timedelta(days=1))
    late = log(anna.membership, arena, design, MONDAY + timedelta(days=2))
    ids = {"entry": [clear.pk, bare.pk, late.pk]}
    answer = bo.post(APPROVE, ids, headers=HTMX)
    asked = answer.context["exceptions"]
    assert [(one.value, [flag.code for flag in one.flags]) for one in asked.found] == [
        (bare.pk, ["notes"]),
        (late.pk, ["notes"]),
    ]
    assert asked.act == "Approve the other 1 entry, 7.5 h"
    assert locked(bo) == []
    answer = bo.post(APPROVE, ids | {"confirmed": "1", "also": [late.pk]}, headers=HTMX)
    assert told(answer)["text"] == "2 entries approved, 15 h. 1 entry stands out and was left out."
    assert locked(bo) == [clear.pk, late.pk]


def test_a_single_entry_is_approved_without_a_question(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design, note="Skisser")
    bare = log(anna.membership, arena, design, MONDAY + timedelta(days=1))
    bo.post(APPROVE, {"entry": bare.pk}, headers=HTMX)
    assert locked(bo) == [bare.pk]


def test_people_who_stand_out_are_listed_and_left_out_unless_ticked_p21(
    bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    log(dina.membership, arena, design)
    both = {"member": [anna.membership.pk, dina.membership.pk]}
    page = f"approve/{WEEK}/people/"
    answer = bo.post(page, both, headers=HTMX)
    assert [(one.title, one.flags[0].code) for one in answer.context["exceptions"].found] == [("Dina Dahl", "empty")]
    assert "Approve the other person" in answer.content.decode()

    def approved() -> set[int]:
        with scope(bo.workspace.pk):
            return set(TimeEntry.objects.exclude(person_approval=None).values_list("member_id", flat=True))

    assert approved() == set()
    bo.post(page, both | {"confirmed": "1"}, headers=HTMX)
    assert approved() == {anna.membership.pk}
    bo.post(page, both | {"confirmed": "1", "also": [dina.membership.pk]}, headers=HTMX)
    assert approved() == set(both["member"])


def test_bo_is_told_that_his_own_hours_were_left_out(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design)
    log(bo.membership, arena, design)
    assert "Somebody else approves your hours" in bo.get(PAGE).content.decode()
    text = told(bo.post(APPROVE, {"project": arena.pk}, headers=HTMX))["text"]
    assert text.startswith("1 entry approved, 7.5 h. You cannot approve your own hours")


def test_without_a_script_the_form_posts_and_the_page_comes_again(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    page = bo.post(f"{APPROVE}?show=all", {"entry": entry.pk}, follow=True)
    assert "1 entry approved, 7.5 h." in page.content.decode()
    assert page.redirect_chain[-1][0].endswith("?show=all")
    assert told(bo.post(APPROVE, headers=HTMX))["text"] == "Choose something first."
    assert told(bo.post(APPROVE, {"entry": entry.pk}, headers=HTMX))["text"] == "These hours are approved already."


def test_hours_from_before_approval_began_are_never_asked_for_p24(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    early = log(anna.membership, arena, design)
    later = log(anna.membership, arena, design, TODAY)
    with scope(bo.workspace.pk):
        TimeSettings.objects.create(approval_starts_on=TODAY)
    assert shown(bo.get(PAGE)) == {"Fjell Arena": [later.pk]}
    assert shown(bo.get(f"{PAGE}?show=all")) == {"Fjell Arena": [early.pk, later.pk]}
    bo.post(APPROVE, {"entry": [early.pk, later.pk]}, headers=HTMX)
    assert locked(bo) == [later.pk]


def test_anna_sees_the_projects_she_leads_and_nothing_else_r110_p7(
    bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    harbour = make_project(bo.workspace, "Havnekvartalet", customer="")
    mine = log(dina.membership, arena, design)
    other = log(dina.membership, harbour, design)
    assert anna.get(PAGE).status_code == anna.get("approve/").status_code == 403
    assert "approve" not in [link.key for link in anna.get("week/").context["navigation"].links]
    lead(anna, arena)
    page = anna.get("approve/", follow=True)
    assert shown(page) == {"Fjell Arena": [mine.pk]}
    assert [kind["label"] for kind in page.context["kinds"]] == ["Projects"]
    [link] = [link for link in page.context["navigation"].links if link.key == "approve"]
    assert link.count == 1
    assert anna.get(f"approve/{WEEK}/").status_code == 403
    anna.post(APPROVE, {"entry": [mine.pk, other.pk]}, headers=HTMX)
    anna.post(APPROVE, {"project": harbour.pk}, headers=HTMX)
    assert locked(bo) == [mine.pk]


def test_cilla_finds_nothing_of_fjell(cilla: Person, anna: Person, arena: Project, design: WorkType) -> None:
    entry = log(anna.membership, arena, design)
    assert shown(cilla.get(f"{PAGE}?project={arena.pk}")) == {}
    cilla.post(APPROVE, {"entry": entry.pk}, headers=HTMX)
    assert locked(anna) == []


def test_the_page_says_what_is_empty(bo: Person, anna: Person, arena: Project, design: WorkType) -> None:
    assert "Nothing waits for you in these days" in bo.get(PAGE).content.decode()
    assert "Nothing is approved in these days" in bo.get(f"{PAGE}?show=approved").content.decode()
    assert "No hours in these days" in bo.get(f"{PAGE}?show=all").content.decode()
    assert "No hours match" in bo.get(f"{PAGE}?project={arena.pk}").content.decode()


def test_hours_with_a_user_approval_say_so_and_can_get_the_second_one_r109(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    with scope(bo.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    assert shown(bo.get(PAGE)) == {}
    assert "user approval" in bo.get(f"{PAGE}?show=approved").content.decode()
    bo.post(APPROVE, {"entry": entry.pk}, headers=HTMX)
    assert locked(bo) == [entry.pk]


def test_hundreds_of_entries_cost_as_many_queries_as_a_few_and_come_in_pages(
    bo: Person, arena: Project, design: WorkType
) -> None:
    log_weeks(hire(bo.workspace, 1, "Few"), arena, design)
    few = queries(lambda: bo.get(PAGE))
    log_weeks(hire(bo.workspace, 100, "Many"), arena, design)
    many = queries(lambda: bo.get(PAGE))
    page = bo.get(f"{PAGE}?page=2")
    assert len(page.context["groups"][0].lines) == 50
    assert page.context["groups"][0].entries == 505
    bulk = queries(lambda: bo.post(APPROVE, {"project": arena.pk}, headers=HTMX))
    print(f"page of 505 entries: {many} queries; approving them: {bulk} queries")
    assert len(locked(bo)) == 505
    assert few == many <= 31
    assert bulk <= 40


def queries(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)
