"""Groups of people: a tree without circles, with members and leaders (P5), kept by administrators (P2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from busy.workspaces.group_selectors import group_tree, led_by
from busy.workspaces.groups import (
    GroupRefused,
    add_to_group,
    change_group,
    create_group,
    delete_group,
    remove_from_group,
    set_leader,
)
from busy.workspaces.models import Group, GroupMember, Membership, Role, Workspace
from busy.workspaces.scope import scope
from tests.people import Person, join


@pytest.fixture
def inside(fjell: Workspace) -> Any:
    with scope(fjell.pk):
        yield fjell


def names_led(leader: Membership) -> list[str]:
    return sorted(str(one) for one in Membership.objects.filter(pk__in=led_by(leader)).select_related("user"))


def test_p5_a_leader_leads_the_group_and_all_groups_below_it(inside: Workspace, anna: Person, bo: Person) -> None:
    eli, finn = join(inside, "Eli Eng", Role.EMPLOYEE), join(inside, "Finn Foss", Role.EMPLOYEE)
    top = create_group(name="Oslo", parent_id=None)
    middle = create_group(name="Design", parent_id=top.pk)
    leaf = create_group(name="Interns", parent_id=middle.pk)
    beside = create_group(name="Sales", parent_id=top.pk)
    for group, member in ((middle, anna.membership), (leaf, eli), (beside, finn), (top, bo.membership)):
        add_to_group(group.pk, member.pk)
    set_leader(middle.pk, anna.membership.pk, is_leader=True)
    assert names_led(anna.membership) == ["Anna Aas", "Eli Eng"]
    set_leader(top.pk, bo.membership.pk, is_leader=True)
    assert names_led(bo.membership) == ["Anna Aas", "Bo Berg", "Eli Eng", "Finn Foss"]
    set_leader(middle.pk, anna.membership.pk, is_leader=False)
    assert names_led(anna.membership) == []
    assert names_led(eli) == []


def test_whom_somebody_leads_costs_the_same_however_deep_the_tree(inside: Workspace, anna: Person) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            led_by(anna.membership)
        return len(queries)

    assert cost() == 1
    group = create_group(name="0", parent_id=None)
    add_to_group(group.pk, anna.membership.pk)
    set_leader(group.pk, anna.membership.pk, is_leader=True)
    assert cost() == 3
    for number in range(30):
        group = create_group(name=str(number), parent_id=group.pk)
    add_to_group(group.pk, anna.membership.pk)
    assert cost() == 3


def test_a_group_never_stands_below_itself(inside: Workspace) -> None:
    top = create_group(name="Oslo", parent_id=None)
    below = create_group(name="Design", parent_id=top.pk)
    for parent in (top, below):
        with pytest.raises(GroupRefused, match="below itself"):
            change_group(top.pk, name="Oslo", parent_id=parent.pk)
    change_group(below.pk, name="Design", parent_id=None)
    change_group(top.pk, name="Oslo", parent_id=below.pk)
    assert [(line.group.name, line.depth) for line in group_tree()] == [("Design", 0), ("Oslo", 1)]


def test_a_name_stands_once_below_one_group(inside: Workspace) -> None:
    top = create_group(name="Oslo", parent_id=None)
    create_group(name="Design", parent_id=top.pk)
    create_group(name="Design", parent_id=None)
    for parent in (top.pk, None):
        with pytest.raises(GroupRefused, match="stands there already"):
            create_group(name="DESIGN", parent_id=parent)


def test_only_an_empty_group_is_deleted(inside: Workspace, anna: Person) -> None:
    top = create_group(name="Oslo", parent_id=None)
    below = create_group(name="Design", parent_id=top.pk)
    add_to_group(below.pk, anna.membership.pk)
    add_to_group(below.pk, anna.membership.pk)
    for group in (top, below):
        with pytest.raises(GroupRefused, match="Only an empty group"):
            delete_group(group.pk)
    remove_from_group(below.pk, anna.membership.pk)
    delete_group(below.pk)
    delete_group(top.pk)
    assert not Group.objects.exists()


def test_the_database_itself_keeps_groups_apart(inside: Workspace, cilla: Person, anna: Person) -> None:
    group = create_group(name="Oslo", parent_id=None)

    def put_cilla_in() -> None:
        with transaction.atomic():
            GroupMember.objects.create(group=group, member_id=cilla.membership.pk)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError):
        put_cilla_in()


def test_dina_makes_a_group_puts_anna_in_it_and_lets_her_lead(dina: Person, anna: Person, fjell: Workspace) -> None:
    assert "No groups yet" in dina.get("people/groups/").content.decode()
    made = dina.post("people/groups/new/", {"name": "Oslo", "parent": ""})
    with scope(fjell.pk):
        group = Group.objects.get()
    assert made.url == dina.url(f"people/groups/{group.pk}/")
    dina.post(f"people/groups/{group.pk}/add/", {"member": anna.membership.pk})
    dina.post(f"people/groups/{group.pk}/people/{anna.membership.pk}/lead/")
    page = dina.get(f"people/groups/{group.pk}/").content.decode()
    assert "Leads the group" in page
    assert "Anna Aas" in dina.get("people/groups/").content.decode()
    dina.post(f"people/groups/{group.pk}/", {"name": "Bergen", "parent": ""})
    assert "Bergen" in dina.get("people/groups/").content.decode()
    dina.post(f"people/groups/{group.pk}/people/{anna.membership.pk}/remove/")
    assert dina.post(f"people/groups/{group.pk}/delete/").url == dina.url("people/groups/")
    with scope(fjell.pk):
        assert not Group.objects.exists()


def test_what_is_refused_stays_on_the_form(dina: Person, fjell: Workspace) -> None:
    dina.post("people/groups/new/", {"name": "Oslo"})
    with scope(fjell.pk):
        group = Group.objects.get()
    again = dina.post("people/groups/new/", {"name": "oslo"})
    assert (again.status_code, "stands there already" in again.content.decode()) == (422, True)
    below_itself = dina.post(f"people/groups/{group.pk}/", {"name": "Oslo", "parent": group.pk})
    assert below_itself.status_code == 422
    assert dina.post(f"people/groups/{group.pk}/add/", {"member": "nobody"}).status_code == 302
    assert dina.post(f"people/groups/{group.pk}/add/", {"member": "999999"}).status_code == 404


def test_cilla_sees_no_group_of_fjell(cilla: Person, dina: Person, anna: Person, fjell: Workspace) -> None:
    dina.post("people/groups/new/", {"name": "Fjordteam"})
    with scope(fjell.pk):
        group = Group.objects.get()
    assert "Fjordteam" not in cilla.get("people/groups/").content.decode()
    assert cilla.get(f"people/groups/{group.pk}/").status_code == 404
    assert cilla.post(f"people/groups/{group.pk}/add/", {"member": cilla.membership.pk}).status_code == 404
    assert cilla.get(f"people/groups/{group.pk}/choices/").status_code == 404


def test_the_choices_are_those_who_are_not_in_the_group(
    dina: Person, anna: Person, bo: Person, fjell: Workspace
) -> None:
    dina.post("people/groups/new/", {"name": "Oslo"})
    with scope(fjell.pk):
        group = Group.objects.get()
    dina.post(f"people/groups/{group.pk}/add/", {"member": anna.membership.pk})
    found = dina.get(f"people/groups/{group.pk}/choices/").json()["results"]
    assert [each["label"] for each in found] == ["Bo Berg", "Dina Dahl"]
    assert dina.get(f"people/groups/{group.pk}/choices/", data={"q": "anna"}).json()["results"] == []
