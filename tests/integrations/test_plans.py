"""Connecting is looked at first: what comes in, what is matched, what is archived; and it can be undone (R2-R13, R39,
R40, R78)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database

from busy.catalog.models import Customer, Project, WorkType
from busy.workspaces.models import Membership, Role
from integrations import plans, services, undoing, work_type_sync
from integrations.kernel.records import Kind
from integrations.models import (
    Connection,
    ConnectionState,
    CustomerLink,
    Delivery,
    Plan,
    PlannedRecord,
    ProjectLink,
    PullState,
    Wakeup,
)
from integrations.patience import be_patient
from integrations.policy import State
from integrations.providers.tripletex.sandbox import KEY, KEY_LIMITED, KEY_OTHER_COMPANY
from tests.integrations.stage import PROVIDER, Stage
from tests.integrations.test_connecting import dump_tables
from tests.people import Person, join, sign_in

ONE = "settings/integrations/tripletex/"
PREVIEW = f"{ONE}preview/"


@pytest.fixture
def catalogue(stage: Stage) -> dict[str, Project]:
    """What Fjell had before: one project that Tripletex has too, one under the same number, one of its own."""
    with stage.scope():
        Customer.objects.create(name="havgap sjømat as", number="H1")
        return {
            "same": Project.objects.create(name="Årsrapport 2026", number="A7"),
            "number": Project.objects.create(name="Hytta", number="1004"),
            "own": Project.objects.create(name="Dugnad"),
        }


def look(stage: Stage, *, key: str = KEY, project_sync: bool = True, person: Person | None = None) -> Plan:
    """Give the key, and let every list be read."""
    who = person or stage.dina
    answer = who.post(f"{ONE}connect/", {"employee_token": key, **({"project_sync": "on"} if project_sync else {})})
    assert answer.status_code in (302, 422), answer.content.decode()
    with stage.scope():
        plan = Plan.objects.get(by=who.membership)
        left = len(plans.unread(plan))
    for _ in range(left):
        who.post(f"{PREVIEW}read/")
    with stage.scope():
        plan.refresh_from_db()
        assert not plans.unread(plan)
    return plan


def confirm(stage: Stage, person: Person | None = None, **fields: str) -> Any:
    return (person or stage.dina).post(PREVIEW, {"turn": "confirm", **fields})


def connection(stage: Stage) -> Connection:
    with stage.scope():
        stage.connection = Connection.objects.get(provider=PROVIDER)
        return stage.connection


def names(stage: Stage) -> set[str]:
    with stage.scope():
        return set(Project.objects.filter(archived_at=None).values_list("name", flat=True))


# --- Looking ----------------------------------------------------------------------------------------------------------


def test_r2_r78_the_preview_counts_what_happens_and_nothing_has_happened(
    stage: Stage, catalogue: dict[str, Project]
) -> None:
    look(stage)
    shown = stage.dina.get(PREVIEW, data={"kind": "projects"})
    current = shown.context["current"]
    assert (current.matched, current.new, current.new_archived, current.alone) == (1, 11, 2, 2)
    alone = {
        row.name: row.suggestion
        for row in stage.dina.get(PREVIEW, data={"kind": "projects", "show": "alone"}).context["rows"]
    }
    assert alone["Hytta"].theirs.label == "1004 Intranett, fase 2"  # the same number, another name: only suggested
    assert alone["Dugnad"] is None
    assert stage.dina.get(PREVIEW, data={"kind": "customers"}).context["current"].matched == 1
    with stage.scope():
        assert not Connection.objects.exists()
        assert Project.objects.count() == 3
        assert KEY not in dump_tables()
    assert not Wakeup.objects.exists()


def test_r6_what_was_matched_keeps_its_hours_and_the_rest_is_archived_after_the_listing(
    stage: Stage, catalogue: dict[str, Project]
) -> None:
    look(stage)
    changed = stage.dina.post(f"{PREVIEW}projects/{catalogue['number'].pk}/", {"external_id": "87310104"})
    assert changed.status_code == 302
    confirm(stage)
    connection(stage)
    assert names(stage) == {"Årsrapport 2026", "Hytta", "Dugnad"}
    stage.pull()
    with stage.scope():
        assert ProjectLink.objects.get(external_id="87310103").local_id == catalogue["same"].pk
        assert ProjectLink.objects.get(external_id="87310104").local_id == catalogue["number"].pk
        assert Project.objects.get(pk=catalogue["number"].pk).name == "Intranett, fase 2"
        assert Project.objects.get(pk=catalogue["own"].pk).is_archived
        assert Project.objects.filter(archived_at=None).count() == 10  # none came in twice
        assert Customer.objects.filter(name__iexact="havgap sjømat as").count() == 1
        assert not Plan.objects.exists()


def test_r2_a_long_list_is_read_piece_by_piece_and_the_page_says_how_far_it_is(
    stage: Stage, catalogue: dict[str, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request ends after some seconds, whatever the length of the list; a proxy would cut off one that does not."""
    monkeypatch.setattr("integrations.providers.tripletex.listing.PAGE_SIZE", 5)
    monkeypatch.setattr("integrations.plan_reading.AT_ONCE", 0)
    stage.dina.post(f"{ONE}connect/", {"employee_token": KEY, "project_sync": "on"})
    told, headers = [], {"hx-request": "true"}
    while "HX-Redirect" not in (answer := stage.dina.post(f"{PREVIEW}read/", headers=headers)):
        told += [(one["seen"], one["total"]) for one in answer.context["to_read"] if one["label"] == "Projects"]
        assert len(told) < 30
    assert list(dict.fromkeys(told)) == [(0, 0), (5, 14), (9, 14)]  # Tripletex guesses how many there are
    current = stage.dina.get(PREVIEW, data={"kind": "projects"}).context["current"]
    assert (current.matched, current.new, current.new_archived, current.alone) == (1, 11, 2, 2)
    stage.dina.post(f"{PREVIEW}read/", {"again": "projects"})  # anew, from its beginning
    with stage.scope():
        plan = Plan.objects.get()
        assert plan.read["projects"]["seen"] == 5
        assert PlannedRecord.objects.filter(plan=plan, kind=Kind.PROJECTS).count() == 5
        stale = Plan.objects.get()
    plans.read(plan, Kind.PROJECTS)
    plans.read(stale, Kind.PROJECTS)  # a second window, which began where the first one did
    with stage.scope():
        assert Plan.objects.get().read["projects"]["seen"] == plan.read["projects"]["seen"]


@pytest.mark.parametrize(("of_page", "then"), [("5s", "1min"), ("2min", "2min"), ("0", "0")])
def test_a_statement_about_a_whole_catalogue_may_take_as_long_as_one_of_a_worker(
    stage: Stage, of_page: str, then: str
) -> None:
    """Pages end statements after five seconds; confirming a hundred thousand records would fail for ever."""
    with stage.scope(), database.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [of_page])
        be_patient()
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == (then,)


def test_a_match_can_be_taken_away_and_one_that_another_has_names_it(
    stage: Stage, catalogue: dict[str, Project]
) -> None:
    look(stage)
    own = f"{PREVIEW}projects/{catalogue['own'].pk}/"
    refused = stage.dina.post(own, {"external_id": "87310103"})
    assert refused.status_code == 422
    assert "Årsrapport 2026” is matched with it" in refused.content.decode()
    assert stage.dina.post(own, {"external_id": "87310103", "moves": "on"}).status_code == 302
    stage.dina.post(own, {"act": "unlink"})
    for value in ("", "0", "y" * 300):
        assert stage.dina.post(own, {"external_id": value}).status_code == 422
    with stage.scope():
        assert not PlannedRecord.objects.filter(kind=Kind.PROJECTS, is_matched=True).exists()


def test_r89_people_of_the_same_e_mail_get_their_number_and_others_are_counted(stage: Stage) -> None:
    maja = join(stage.workspace, "Maja Östberg", Role.EMPLOYEE)
    type(maja.user).objects.filter(pk=maja.user_id).update(email="maja@nordlys.example")
    look(stage)
    shown = stage.dina.get(PREVIEW, data={"kind": "employees"})
    assert (shown.context["current"].matched, shown.context["people_without_number"]) == (1, 1)
    confirm(stage)
    with stage.scope():
        assert Membership.objects.get(pk=maja.pk).employee_number == "3"


def test_r44_a_list_the_key_may_not_read_is_named_and_hinders_nothing_else(stage: Stage) -> None:
    look(stage, key=KEY_LIMITED)
    shown = stage.dina.get(PREVIEW)
    assert [one.kind for one in shown.context["troubles"]] == [Kind.PRODUCTS]
    assert shown.context["missing"] == ["Read and create orders"], "each right is named once"
    assert confirm(stage).status_code == 302
    assert connection(stage).state == ConnectionState.ACTIVE


def test_r6_projects_that_could_not_be_read_are_not_confirmed(stage: Stage, catalogue: dict[str, Project]) -> None:
    from integrations.kernel.sandbox import Fault, FaultKind

    stage.sandbox.arm(Fault(kind=FaultKind.STATUS, status=403, method="GET", path="/project", count=None))
    look(stage)
    assert confirm(stage).status_code == 422
    with stage.scope():
        assert not Connection.objects.exists()
    stage.sandbox.disarm()
    stage.dina.post(f"{PREVIEW}read/", {"again": "projects"})
    assert confirm(stage).status_code == 302


def test_giving_up_forgets_the_key(stage: Stage) -> None:
    look(stage)
    assert stage.dina.post(PREVIEW, {"turn": "cancel"}).status_code == 302
    with stage.scope():
        assert not Plan.objects.exists()
        assert not Connection.objects.exists()
    assert stage.dina.get(PREVIEW).status_code == 302


# --- What happens between looking and confirming ----------------------------------------------------------------------


def test_r11_a_key_that_is_revoked_meanwhile_connects_nothing(stage: Stage) -> None:
    look(stage)
    stage.sandbox.revoke()
    stage.sandbox.end_sessions()
    refused = confirm(stage)
    assert refused.status_code == 422
    assert refused.context["problem"].title == "Tripletex refuses the key"
    with stage.scope():
        assert not Connection.objects.exists()


def test_what_changed_at_the_provider_meanwhile_is_taken_as_it_is_now(
    stage: Stage, catalogue: dict[str, Project]
) -> None:
    look(stage)
    stage.sandbox.change("Project", 87310103, name="Årsrapport 2027")
    stage.sandbox.change("Project", 87310104, isClosed=True)
    stage.sandbox.delete("Project", 87310105)
    confirm(stage)
    connection(stage)
    stage.pull()
    with stage.scope():
        assert Project.objects.get(pk=catalogue["same"].pk).name == "Årsrapport 2027"
        assert ProjectLink.objects.get(external_id="87310104").local.is_archived
        assert not ProjectLink.objects.filter(external_id="87310105").exists()


def test_what_changed_in_busy_meanwhile_is_left_out_and_told(stage: Stage, catalogue: dict[str, Project]) -> None:
    from django.utils import timezone

    look(stage)
    with stage.scope():
        Project.objects.filter(pk=catalogue["same"].pk).update(archived_at=timezone.now())
    answer = confirm(stage)
    told = [str(message) for message in stage.dina.client.get(answer.url).context["messages"]]
    assert "1 match no longer fitted and was left out." in told


def test_of_two_administrators_the_first_connects_and_the_second_is_told(stage: Stage) -> None:
    doris = sign_in(join(stage.workspace, "Doris Dybdal", Role.ADMINISTRATOR))
    look(stage)
    look(stage, person=doris)
    assert confirm(stage).status_code == 302
    late = confirm(stage, doris)
    assert late.status_code == 422
    assert "Dina Dahl has connected it meanwhile" in late.content.decode()
    again = confirm(stage)  # the button pressed twice
    assert again.status_code == 302
    with stage.scope():
        assert Connection.objects.count() == 1


def test_r3_others_see_no_preview(stage: Stage, bo: Person, cilla: Person) -> None:
    look(stage)
    assert bo.get(PREVIEW).status_code == 403
    assert cilla.get(stage.dina.url(PREVIEW)).status_code == 404


# --- Again, and elsewhere ---------------------------------------------------------------------------------------------


def test_r39_the_same_company_again_goes_on_at_once(connected: Stage) -> None:
    with connected.scope():
        before = set(ProjectLink.objects.values_list("external_id", "local_id"))
    connected.do(services.disconnect, connected.connection)
    answer = connected.dina.post(f"{ONE}connect/", {"employee_token": KEY, "project_sync": "on"})
    assert answer.url.endswith("/tripletex/")
    connected.pull()
    with connected.scope():
        assert set(ProjectLink.objects.values_list("external_id", "local_id")) == before


def test_r40_another_company_is_refused_until_its_preview_was_confirmed_with_a_tick(connected: Stage) -> None:
    order = connected.finished_order()  # waits: nobody has pushed yet
    plan = look(connected, key=KEY_OTHER_COMPANY)
    assert plan.replaces
    assert connected.refresh().company_name == "Nordlys Studio AS"
    assert confirm(connected).status_code == 422
    assert confirm(connected, understood="on").status_code == 302
    connected.refresh()
    assert connected.connection.company_name == "Fjordlys Rådgivning AS"
    connected.pull()
    with connected.scope():
        assert set(ProjectLink.objects.values_list("external_id", flat=True)) == {"77101"}
        assert names(connected) == {"Rådgivning 2026"}  # the other company's projects are archived, with all on them
        assert Project.objects.count() == 13
        assert Delivery.objects.get(order_id=order).state in (State.WAITING, State.ATTENTION)
        assert set(CustomerLink.objects.values_list("external_id", flat=True)) == {"77001"}


def test_r40_an_order_in_doubt_keeps_the_connection_to_its_company(connected: Stage) -> None:
    order = connected.finished_order()
    with connected.scope():
        Delivery.objects.filter(order_id=order).update(is_unclear=True)
    look(connected, key=KEY_OTHER_COMPANY)
    refused = confirm(connected, understood="on")
    assert refused.status_code == 422
    assert "on its way" in refused.content.decode()
    assert connected.refresh().company_name == "Nordlys Studio AS"


def test_r4_r9_project_sync_is_turned_on_later_after_a_look(stage: Stage, catalogue: dict[str, Project]) -> None:
    stage.connect(project_sync=False)
    stage.pull()
    answer = stage.dina.post(f"{ONE}project-sync/", {"project_sync": "on"})
    assert answer.url.endswith("/preview/")
    stage.dina.post(f"{PREVIEW}read/")
    shown = stage.dina.get(PREVIEW)
    assert (shown.context["current"].matched, shown.context["current"].alone) == (1, 2)
    confirm(stage)
    assert stage.refresh().project_sync
    stage.pull()
    with stage.scope():
        assert ProjectLink.objects.get(external_id="87310103").local_id == catalogue["same"].pk
        assert Project.objects.get(pk=catalogue["own"].pk).is_archived


# --- Undo -------------------------------------------------------------------------------------------------------------


def everything(stage: Stage) -> list[tuple[Any, ...]]:
    with stage.scope():
        return [
            tuple(row)
            for model in (Customer, Project, WorkType)
            for row in model.objects.order_by("pk").values_list("pk", "name", "number", "archived_at", "mastered_by")
        ]


def test_undoing_gives_the_catalogue_back_as_it_was(stage: Stage, catalogue: dict[str, Project]) -> None:
    before = everything(stage)
    look(stage)
    confirm(stage)
    connection(stage)
    stage.pull()
    assert everything(stage) != before
    shown = stage.dina.get(f"{ONE}undo/")
    projects = next(part for part in shown.context["parts"] if part["label"] == "Projects")
    assert (projects["removed_count"], projects["restored_count"], projects["back_count"]) == (11, 1, 2)
    assert stage.dina.post(f"{ONE}undo/").status_code == 302
    assert everything(stage) == before
    with stage.scope():
        assert not ProjectLink.objects.exists()
        assert not PullState.objects.exists()
        assert stage.refresh().credentials == ""
    look(stage)  # it can be connected again, to any company
    assert confirm(stage).status_code == 302


def test_what_is_in_use_stays_and_is_named(stage: Stage, catalogue: dict[str, Project]) -> None:
    look(stage)
    confirm(stage)
    connection(stage)
    stage.pull()
    order = stage.finished_order()
    shown = stage.dina.get(f"{ONE}undo/")
    stays = {part["label"]: part["stays"] for part in shown.context["parts"]}
    assert stays["Projects"] == ["1001 Nettbutikk for ferske råvarer"]
    assert stays["Products"] == ["110 Design"]
    stage.dina.post(f"{ONE}undo/")
    with stage.scope():
        kept = Project.objects.get(number="1001")
        assert (kept.mastered_by, kept.is_archived, kept.customer and kept.customer.mastered_by) == ("", False, "")
        assert Delivery.objects.get(order_id=order).state == State.WAITING
        assert Project.objects.count() == 4


def test_an_order_on_its_way_is_waited_for(connected: Stage) -> None:
    order = connected.finished_order()
    with connected.scope():
        Delivery.objects.filter(order_id=order).update(is_unclear=True)
    refused = connected.dina.post(f"{ONE}undo/")
    assert refused.status_code == 422
    assert connected.refresh().is_running


def test_a_project_changed_by_hand_while_it_was_ours_is_left_alone(stage: Stage, catalogue: dict[str, Project]) -> None:
    stage.connect(project_sync=False)
    stage.pull()
    with stage.scope():
        Project.objects.filter(pk=catalogue["own"].pk).update(name="Dugnad i hagen")
        stage.do(undoing.undo, stage.connection)
        assert Project.objects.get(pk=catalogue["own"].pk).name == "Dugnad i hagen"


# --- Pause and the file for support -----------------------------------------------------------------------------------


def test_a_paused_connection_is_silent_and_goes_on_where_it_was(connected: Stage) -> None:
    connected.dina.post(f"{ONE}pause/")
    assert connected.refresh().state == ConnectionState.PAUSED
    assert "is paused" in connected.dina.get(ONE).content.decode()
    order = connected.finished_order()
    connected.sandbox.forget_requests()
    connected.work()
    assert connected.sandbox.requests() == []
    assert connected.state(order) == State.WAITING
    connected.dina.post(f"{ONE}resume/")
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    connected.dina.post(f"{ONE}resume/")  # it runs already
    assert connected.refresh().state == ConnectionState.ACTIVE


def test_r13_r33_the_file_for_support_has_the_providers_words_and_no_secret(connected: Stage) -> None:
    order = connected.finished_order()
    with connected.scope():
        session = connected.refresh().session
    assert session
    planted = {"code": "refused", "params": {"message": f"Ukjent feil 4711, nøkkel {KEY}", "status": 418}}
    with connected.scope():
        delivery = Delivery.objects.get(order_id=order)
        Delivery.objects.filter(pk=delivery.pk).update(problem=planted, payload={"comment": f"see {KEY}"})
    for path in (f"{ONE}deliveries/{delivery.pk}/support/", f"{ONE}support/"):
        answer = connected.dina.get(path)
        text = answer.content.decode()
        assert answer.json()["connection"]["provider"] == PROVIDER
        assert KEY not in text
        assert "sandbox-consumer-token-busy" not in text
        assert session not in text
    told = connected.dina.get(f"{ONE}deliveries/{delivery.pk}/support/").json()
    assert told["delivery"]["problem"]["params"]["message"] == "Ukjent feil 4711, nøkkel ***"


def test_r81_undoing_brings_work_types_back_with_what_they_carry(connected: Stage) -> None:
    design, driving = connected.work_type("Design"), connected.work_type("Bilkjøring", product=None)
    connected.do(work_type_sync.turn_on, connected.connection, match=True)
    connected.refresh()
    connected.pull()
    with connected.scope():
        assert WorkType.objects.get(pk=design.pk).number == "10"
        assert WorkType.objects.get(pk=driving.pk).is_archived
    assert connected.dina.post(f"{ONE}undo/").status_code == 302
    with connected.scope():
        assert set(WorkType.objects.values_list("name", "number", "mastered_by", "archived_at", "product__name")) == {
            ("Design", "", "", None, "Design"),  # its product came with the import, and stays since it is in use
            ("Bilkjøring", "", "", None, None),
        }
