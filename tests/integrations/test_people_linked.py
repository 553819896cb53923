"""Users are linked to people there by their ids (R70); hours of who is not linked go to the connection's own user
(R71). The toy provider links people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from busy.workspaces.models import Membership, Role
from busy.workspaces.scope import scope
from integrations import hour_cells, linking, people, plans, services
from integrations.hour_drafts import Places
from integrations.hour_models import HoursCell
from integrations.kernel.errors import NotReady
from integrations.kernel.records import Kind
from integrations.link_results import Taken
from integrations.mapping_models import LinkChange
from integrations.models import MemberLink, ProjectLink, ProviderEmployee, WorkTypeLink
from tests.contract.toy.fjord.facts import KEY
from tests.integrations.test_hour_pages import text
from tests.integrations.test_records_both_ways import fjord  # noqa: F401 - a fixture
from tests.people import Person, join

if TYPE_CHECKING:
    from tests.integrations.toy_stage import ToyStage


def _place(fjord: ToyStage, member: Membership) -> str:  # noqa: F811
    """The provider's id of the person on whom the member's hours are recorded."""
    with fjord.scope():
        cell = HoursCell(
            connection=fjord.connection,
            member_id=member.pk,
            project_id=ProjectLink.objects.get().local_id,
            work_type_id=WorkTypeLink.objects.get().local_id,
        )
        return Places(fjord.connection).of(cell).employee_id


def test_r70_r71_dina_links_anna_whose_hours_went_to_the_own_user_until_then(fjord: ToyStage) -> None:  # noqa: F811
    anna = join(fjord.workspace, "Anna Nygård", Role.EMPLOYEE)
    with fjord.scope():
        own = people.own_user(fjord.connection)
        assert own is not None
        assert (own.external_id, own.name) == ("5", "Dina Holm")
    assert _place(fjord, anna) == "5"
    page = text(fjord.dina.get("settings/integrations/fjord/mapping/employees/"))
    assert "Not linked: hours are recorded on Dina Holm." in page
    assert "2 Anna Nygård" in page, "suggested by her name, with the id she has there"
    address = f"settings/integrations/fjord/mapping/employees/{anna.pk}/"
    assert fjord.dina.post(address, {"external_id": "2"}).status_code == 302
    assert _place(fjord, anna) == "2"
    assert "2 Anna Nygård" in text(fjord.dina.get(address))
    with fjord.scope():
        change = LinkChange.objects.get()
        assert linking.undo(fjord.connection, change.client_id)
        assert not MemberLink.objects.exists()
    assert _place(fjord, anna) == "5"


def test_r70_one_person_there_is_one_user_here_unless_the_link_is_moved(fjord: ToyStage) -> None:  # noqa: F811
    anna = join(fjord.workspace, "Anna Nygård", Role.EMPLOYEE)
    bo = join(fjord.workspace, "Bo Lindqvist", Role.MANAGER)
    with fjord.scope():
        linking.link(fjord.connection, Kind.EMPLOYEES, anna.pk, "2", by=fjord.by)
        with pytest.raises(Taken, match="Anna Nygård is linked to Anna Nygård already"):
            linking.link(fjord.connection, Kind.EMPLOYEES, bo.pk, "2", by=fjord.by)
        done = linking.link(fjord.connection, Kind.EMPLOYEES, bo.pk, "2", moves=True, by=fjord.by)
        assert done.let_go == ("Anna Nygård",)
        linking.unlink(fjord.connection, Kind.EMPLOYEES, bo.pk, by=fjord.by)
        wanted = {anna.pk: "2", bo.pk: "1", fjord.by.pk: "404"}
        change, left_out = linking.link_all(fjord.connection, Kind.EMPLOYEES, wanted, by=fjord.by)
        assert change is not None
        assert left_out == 1
        assert people.employees_of(fjord.connection, [anna.pk, bo.pk]) == {anna.pk: "2", bo.pk: "1"}


def test_r71_nobody_else_takes_the_hours_of_who_was_linked_and_is_gone_there(fjord: ToyStage) -> None:  # noqa: F811
    anna = join(fjord.workspace, "Anna Nygård", Role.EMPLOYEE)
    fjord.link_people({"2": anna})
    with fjord.scope():
        ProviderEmployee.objects.filter(external_id="2").delete()
    with pytest.raises(NotReady, match="linked_person_gone"):
        _place(fjord, anna)


def test_r70_a_preview_links_people_by_their_e_mail_without_any_number(
    fjord: ToyStage,  # noqa: F811
    cilla: Person,
) -> None:
    """Cilla's company connects anew, with a preview."""
    anna = join(cilla.workspace, "Anna N.", Role.EMPLOYEE)
    with scope(cilla.workspace.pk):
        anna.user.email = "anna@demo.busy.example"
        anna.user.save()
        verified = services.verify("fjord", {"key": KEY}, workspace=cilla.workspace)
        plan = plans.start("fjord", {"key": KEY}, project_sync=False, verified=verified, by=cilla.membership)
        kinds = plans.kinds_of(plan)
    for kind in kinds:
        plans.read(plan, kind)
    with scope(cilla.workspace.pk):
        connection = plans.confirm(plan, by=cilla.membership, verified=verified).connection
        assert people.employees_of(connection, [anna.pk]) == {anna.pk: "2"}
    with fjord.scope():
        assert not MemberLink.objects.exists()


def test_r71_the_page_of_hours_says_whose_go_to_the_own_user(fjord: ToyStage) -> None:  # noqa: F811
    from integrations.hour_pages import preview_part
    from integrations.hours import HourChoices
    from integrations.kernel.facts import HourTrigger

    join(fjord.workspace, "Anna Nygård", Role.EMPLOYEE)
    with fjord.scope():
        hour_cells.request(fjord.connection, [])
        told = preview_part(fjord.connection, HourChoices(trigger=HourTrigger.ON_APPROVAL))
    assert (told["on_own_user"], told["own_user"].name) == (2, "Dina Holm")
    assert "Anna Nygård" in told["on_own_user_names"]
    assert told["without_number"] == []
