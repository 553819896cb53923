"""A leader sees, corrects and approves the hours of the group and the groups below, and no others (P5, P22, R110)."""

from __future__ import annotations

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.groups import add_to_group, create_group, set_leader
from busy.workspaces.models import Membership, Role, Workspace
from busy.workspaces.scope import scope
from tests.people import Person, join, sign_in
from tests.timesheets.hours import FULL_DAY, MONDAY, hire, log_week, log_weeks, make_project, make_work_type
from timesheets.approval import approve_many, undo_many
from timesheets.approval_rules import CannotApprove
from timesheets.approvers import may_approve_people, may_approve_person
from timesheets.errors import NotTheirs
from timesheets.models import Approval, TimeEntry
from timesheets.rules import ensure_may_change

WEEK = Week.of(MONDAY)
PAGE = f"approve/{WEEK}/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def eli(fjell: Workspace) -> Membership:
    """In a group below the one that Anna leads."""
    return join(fjell, "Eli Eng", Role.EMPLOYEE)


@pytest.fixture
def finn(fjell: Workspace) -> Membership:
    """In no group."""
    return join(fjell, "Finn Foss", Role.EMPLOYEE)


@pytest.fixture
def leader(anna: Person, bo: Person, eli: Membership, finn: Membership, arena: Project, design: WorkType) -> Person:
    with scope(anna.workspace.pk):
        top = create_group(name="Oslo", parent_id=None)
        below = create_group(name="Design", parent_id=top.pk)
        add_to_group(top.pk, anna.membership.pk)
        set_leader(top.pk, anna.membership.pk, is_leader=True)
        add_to_group(below.pk, eli.pk)
    for member in (anna.membership, eli, finn):
        log_week(member, arena, design)
    return anna


def test_r110_a_leader_may_approve_the_people_of_the_group_and_below(
    leader: Person, bo: Person, eli: Membership, finn: Membership, cilla: Person
) -> None:
    anna = leader.membership
    with scope(leader.workspace.pk):
        assert [may_approve_person(anna, one) for one in (eli, finn, bo.membership)] == [True, False, False]
        assert [may_approve_person(eli, anna), may_approve_person(bo.membership, finn)] == [False, True]
        assert not may_approve_person(bo.membership, cilla.membership)
        assert [may_approve_people(one) for one in (anna, eli, bo.membership)] == [True, False, True]


def test_r110_anna_approves_eli_and_neither_finn_nor_herself(leader: Person, eli: Membership, finn: Membership) -> None:
    for member in (eli, finn, leader.membership):
        leader.post(f"{PAGE}people/", {"member": [member.pk]})
    with scope(leader.workspace.pk):
        assert [approval.member_id for approval in Approval.objects.all()] == [eli.pk]
        assert set(TimeEntry.objects.filter(person_approval=None).values_list("member_id", flat=True)) == {
            finn.pk,
            leader.membership.pk,
        }


def test_p5_the_page_shows_a_leader_their_people_only(leader: Person, eli: Membership, finn: Membership) -> None:
    page = leader.get(PAGE).content.decode()
    assert "Eli Eng" in page
    assert "Finn Foss" not in page
    assert leader.get(f"{PAGE}people/{eli.pk}/").status_code == 200
    assert leader.get(f"{PAGE}people/{finn.pk}/").status_code == 404
    assert leader.get(f"timeline/{WEEK}/?member={eli.pk}").status_code == 200
    assert leader.get(f"week/{WEEK}/?member={eli.pk}").status_code == 200
    assert leader.get(f"timeline/{WEEK}/?member={finn.pk}").status_code == 403


def test_p7_the_rail_shows_approve_to_who_leads_somebody(leader: Person, eli: Membership) -> None:
    assert f'href="{leader.url("approve/")}"' in leader.get("week/").content.decode()
    person = sign_in(eli)
    assert f'href="{person.url("approve/")}"' not in person.get("week/").content.decode()
    assert person.get(PAGE).status_code == 403
    assert person.post(f"{PAGE}people/", {"member": [leader.membership.pk]}).status_code == 403


def test_p23_a_leader_undoes_the_approvals_of_the_group_only(
    leader: Person, bo: Person, eli: Membership, finn: Membership
) -> None:
    with scope(leader.workspace.pk):
        approve_many([eli.pk, finn.pk], WEEK, by=bo.membership)
    leader.post(f"{PAGE}undo/", {"member": [eli.pk, finn.pk]})
    with scope(leader.workspace.pk):
        assert [one.member_id for one in Approval.objects.filter(undone_at=None)] == [finn.pk]


def test_whoever_leads_nobody_approves_nothing(leader: Person, eli: Membership, finn: Membership) -> None:
    with scope(leader.workspace.pk):
        with pytest.raises(CannotApprove):
            approve_many([finn.pk], WEEK, by=eli)
        with pytest.raises(CannotApprove):
            undo_many([finn.pk], WEEK, by=eli)


def test_the_page_of_a_leader_costs_the_same_however_large_the_group(
    leader: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert leader.get(PAGE).status_code == 200
        return len(queries)

    few = cost()
    people = hire(fjell, 20)
    log_weeks(people, arena, design)
    with scope(fjell.pk):
        group = create_group(name="Large", parent_id=None)
        add_to_group(group.pk, leader.membership.pk)
        set_leader(group.pk, leader.membership.pk, is_leader=True)
        for member in people:
            add_to_group(group.pk, member.pk)
    assert cost() == few


def entry_of(member: Membership) -> TimeEntry:
    with scope(member.workspace_id):
        return TimeEntry.objects.filter(member=member).order_by("day")[0]


def typed(entry: TimeEntry, hours: str) -> dict[str, str]:
    return {
        "base": f"{entry.pk}.{entry.revision}",
        "request_id": str(uuid.uuid4()),
        "on": f"{entry.project_id}-{entry.work_type_id}",
        "hours": hours,
        "is_billable": "on",
        "billed": "",
        "note": "",
    }


def test_p5_a_leader_corrects_the_groups_hours_in_place_undoes_it_and_reads_their_history(
    leader: Person, eli: Membership, finn: Membership
) -> None:
    """As managers do, without leading any project (P22)."""
    entry, finns = entry_of(eli), entry_of(finn)
    address = f"approve/entries/{entry.client_id}/"
    assert 'name="hours"' in leader.get(f"{address}?week={WEEK}", headers=HTMX).content.decode()
    assert leader.get(f"{address}search/?q=fjell").json()["results"]
    answer = leader.post(f"{address}?week={WEEK}", typed(entry, "6"), headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (200, "#approve-side")
    assert entry_of(eli).minutes == 360
    undo = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    leader.post(undo, headers=HTMX)
    assert entry_of(eli).minutes == FULL_DAY
    assert leader.get(f"history/{entry.client_id}/").status_code == 200
    for name in ("", "search/"):
        assert leader.get(f"approve/entries/{finns.client_id}/{name}").status_code == 404
    assert leader.post(f"approve/entries/{finns.client_id}/", typed(finns, "6"), headers=HTMX).status_code == 204
    assert entry_of(finn).minutes == FULL_DAY


def test_p5_without_a_script_the_correction_comes_back_to_the_persons_week(leader: Person, eli: Membership) -> None:
    entry = entry_of(eli)
    back = leader.post(f"approve/entries/{entry.client_id}/", typed(entry, "6"), follow=True)
    assert (back.status_code, back.redirect_chain[-1][0]) == (200, leader.url(f"{PAGE}?show=&member={eli.pk}"))


def test_p5_a_leader_changes_all_time_of_the_group_and_of_nobody_else(
    leader: Person, eli: Membership, finn: Membership, bo: Person, cilla: Person
) -> None:
    with scope(leader.workspace.pk):
        ensure_may_change(eli, leader.membership)
        ensure_may_change(finn, bo.membership)
        for member, by in ((finn, leader.membership), (leader.membership, eli), (eli, cilla.membership)):
            with pytest.raises(NotTheirs):
                ensure_may_change(member, by)
