"""People of a workspace: what an administrator may change, and the administrator that must remain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from busy.workspaces.models import Membership, Role, User, Workspace
from busy.workspaces.people import PersonRefused, change_person, deactivate
from busy.workspaces.scope import scope
from busy.workspaces.services import create_workspace
from tests.people import Person, found_workspace, join, sign_in


def fresh(person: Person) -> Membership:
    with scope(person.workspace.pk):
        return Membership.objects.select_related("user").get(pk=person.membership.pk)


def change(dina: Person, person: Person, **changes: str) -> Any:
    member = fresh(person)
    data = {"name": member.user.name, "role": member.role, "employee_number": member.employee_number} | changes
    return dina.post(f"people/{person.membership.pk}/", data)


def test_dina_makes_anna_a_manager_with_a_number(dina: Person, anna: Person) -> None:
    assert anna.get("week/").status_code == 200
    assert change(dina, anna, role="manager", employee_number=" 17 ", name="Anna Aas Berg").status_code == 302
    member = fresh(anna)
    assert (member.role, member.employee_number, member.user.name) == ("manager", "17", "Anna Aas Berg")
    page = dina.get("people/").content.decode()
    assert "Anna Aas Berg" in page
    assert ">17<" in page


def test_two_people_cannot_share_an_employee_number(dina: Person, anna: Person, bo: Person) -> None:
    """R89: the number says whose hours they are."""
    change(dina, anna, employee_number="17")
    answer = change(dina, bo, employee_number="17")
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"employee_number": ["Another person has this employee number."]}
    assert change(dina, bo, employee_number="").status_code == 302
    assert change(dina, dina, employee_number="").status_code == 302


def test_a_name_that_another_workspace_sees_is_the_persons_own(dina: Person, anna: Person) -> None:
    create_workspace(name="Annas eget", by=anna.user, zone="Europe/Oslo", currency="NOK", language="nb")
    page = dina.get(f"people/{anna.membership.pk}/")
    assert page.context["form"].fields["name"].disabled
    change(dina, anna, name="Somebody Else")
    assert fresh(anna).user.name == "Anna Aas"
    with scope(dina.workspace.pk), pytest.raises(PersonRefused):
        change_person(anna.membership.pk, role=Role.EMPLOYEE, employee_number="", name="Somebody Else")


def test_anna_is_out_at_the_very_next_request(dina: Person, anna: Person) -> None:
    """ASVS 7.4.2: the session goes on elsewhere, and opens nothing here."""
    assert anna.get("week/").status_code == 200
    dina.post(f"people/{anna.membership.pk}/deactivate/")
    assert anna.get("week/").status_code == 404
    assert anna.client.get(reverse("home"))["Location"] == reverse("create-workspace")
    assert anna.client.get(reverse("profile")).status_code == 200
    dina.post(f"people/{anna.membership.pk}/reactivate/")
    assert anna.get("week/").status_code == 200


def test_deactivated_people_are_listed_apart(dina: Person, anna: Person) -> None:
    dina.post(f"people/{anna.membership.pk}/deactivate/")
    assert "anna@busy.example" not in dina.get("people/").content.decode()
    assert "anna@busy.example" in dina.get("people/?state=deactivated").content.decode()
    assert "Nobody found" in dina.get("people/?q=anna").content.decode()
    assert "anna@busy.example" in dina.get("people/?state=all&q=ann").content.decode()


# --- The last administrator ------------------------------------------------------------------------------------------


def test_the_last_administrator_can_neither_step_down_nor_leave(dina: Person, bo: Person) -> None:
    answer = change(dina, dina, role="employee")
    assert answer.status_code == 422
    assert "needs an administrator" in answer.context["form"].errors["role"][0]
    page = dina.post(f"people/{dina.membership.pk}/deactivate/", follow=True)
    assert "needs an administrator" in page.content.decode()
    assert fresh(dina).is_active
    change(dina, bo, role="administrator")
    assert change(dina, dina, role="employee")["Location"] == reverse("home")
    assert dina.get("people/").status_code == 403


def test_an_inactive_administrator_does_not_count(dina: Person, bo: Person) -> None:
    change(dina, bo, role="administrator")
    dina.post(f"people/{bo.membership.pk}/deactivate/")
    assert change(dina, dina, role="employee").status_code == 422


def test_two_administrators_who_demote_each_other_leave_one(transactional_db: None) -> None:
    dina = found_workspace("Fjell", "Dina Dahl")
    bo = join(dina.workspace, "Bo Berg", Role.ADMINISTRATOR)
    together = Barrier(2, timeout=20)

    def demote(member_id: int) -> str:
        try:
            with scope(dina.workspace_id):
                together.wait()
                change_person(member_id, role=Role.EMPLOYEE, employee_number="")
            return "demoted"
        except PersonRefused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, [dina.pk, bo.pk])) == ["demoted", "refused"]
    with scope(dina.workspace_id):
        assert Membership.objects.filter(role=Role.ADMINISTRATOR, is_active=True).count() == 1


# --- The page --------------------------------------------------------------------------------------------------------


def _queries(person: Person, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert person.get(path).status_code == 200
    return len(captured)


def test_the_page_costs_the_same_however_many_people_there_are(dina: Person) -> None:
    with scope(dina.workspace.pk):
        join(dina.workspace, "Pia 0", Role.EMPLOYEE)
    few = _queries(dina, "people/")
    with scope(dina.workspace.pk):
        for number in range(60):
            user = User.objects.create(email=f"p{number}@busy.example", name=f"Per {'Æ' * 60} {number}")
            Membership.objects.create(user=user)
    many = _queries(dina, "people/")
    assert many <= few + 1  # the count that paging needs
    page = dina.get("people/?page=2")
    assert page.context["page_obj"].number == 2
    assert len(page.context["page_obj"].object_list) == 12


def test_markup_in_a_name_is_text(dina: Person) -> None:
    join(dina.workspace, "<script>alert(1)</script> Hansen", Role.EMPLOYEE)
    page = dina.get("people/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


# --- Settings --------------------------------------------------------------------------------------------------------


SETTINGS = {
    "name": "Fjell & Sønn AS",
    "zone": "Europe/Stockholm",
    "currency": "SEK",
    "language": "sv",
}


def test_dina_changes_the_workspaces_settings(dina: Person) -> None:
    assert dina.post("settings/", SETTINGS).status_code == 302
    with scope(dina.workspace.pk):
        workspace = Workspace.objects.get()
    assert (workspace.name, workspace.zone, workspace.currency, workspace.language) == (
        "Fjell & Sønn AS",
        "Europe/Stockholm",
        "SEK",
        "sv",
    )
    assert workspace.slug == "fjell"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("zone", "Asia/Tokyo"),
        ("currency", "XXX"),
        ("language", "fi"),
    ],
)
def test_a_wrong_setting_is_told_at_its_field_and_changes_nothing(dina: Person, field: str, value: str) -> None:
    answer = dina.post("settings/", SETTINGS | {field: value})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    assert answer.context["workspace"].name == "Fjell"
    with scope(dina.workspace.pk):
        assert Workspace.objects.get().name == "Fjell"


def test_the_settings_lead_to_the_integrations(dina: Person) -> None:
    tabs = dina.get("settings/").context["tabs"]
    assert [tab["label"] for tab in tabs] == ["General", "Time", "Integrations"]
    assert [tab["current"] for tab in tabs] == [True, False, False]


def test_only_administrators_see_people_and_settings_in_the_rail(dina: Person, bo: Person) -> None:
    """P7: what a user may not use is absent from the menu."""

    def rail(person: Person) -> set[str]:
        return {link.key for link in person.get("week/").context["navigation"].links}

    assert rail(dina) - rail(bo) >= {"people", "settings"}


def test_somebody_signed_in_elsewhere_is_not_a_person_here(dina: Person, cilla: Person) -> None:
    assert dina.get(f"people/{cilla.membership.pk}/").status_code == 404
    with scope(dina.workspace.pk), pytest.raises(Membership.DoesNotExist):
        deactivate(cilla.membership.pk)
    assert sign_in(join(dina.workspace, "Kim Krog", Role.MANAGER)).get("people/").status_code == 403
