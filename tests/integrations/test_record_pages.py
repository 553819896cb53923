"""The catalogue's pages where a system keeps the records as well: what is pending, what failed and why, what both sides
said, and the buttons (R61-R66)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from busy.catalog import services as catalog
from busy.catalog.models import Project
from busy.workspaces.models import Role
from integrations.capabilities import compare
from integrations.models import Attempt, PullState
from tests.contract.toy import discovered
from tests.integrations.test_hour_pages import text
from tests.integrations.test_records_both_ways import fjord  # noqa: F401 - a fixture
from tests.people import Person, join

if TYPE_CHECKING:
    from tests.integrations.toy_stage import ToyStage


def test_r63_r65_a_new_project_says_that_its_number_comes_and_then_has_it(fjord: ToyStage) -> None:  # noqa: F811
    dina = fjord.dina
    page = text(dina.get("projects/new/"))
    assert "The project is made in Fjord too, and the number comes from there." in page
    assert 'name="number"' not in page
    project = fjord.new_project()
    assert "Number pending" in text(dina.get("projects/"))
    shown = text(dina.get(f"projects/{project.pk}/"))
    assert "It is being made in Fjord. The number comes from there." in shown
    assert 'hx-trigger="every 2s"' in shown
    look = shown.split("?look=")[1][:16]
    part = f"catalogue/projects/{project.pk}/?look={look}"
    assert "Number pending" in text(dina.get(part))
    fjord.push()
    assert dina.get(part)["HX-Refresh"] == "true", "live: the page is shown anew once it has its number"
    shown = text(dina.get(f"projects/{project.pk}/"))
    assert fjord.there("projects", name="Molo")[0]["no"] in shown
    assert "Open in Fjord" in shown
    assert "Fjord does not take this from Busy: archiving. It is changed there." in shown
    assert "Close projects under Prosjekter." in shown
    assert 'hx-trigger="every 2s"' not in shown


def test_a_change_that_saves_itself_shows_at_once_that_it_is_on_its_way(fjord: ToyStage) -> None:  # noqa: F811
    project, htmx = fjord.brygge(), {"HTTP_HX_REQUEST": "true"}
    written = {"name": "Brygge sør", "initial-name": "Brygge", "color": "1", "initial-color": "1"}
    answer = text(fjord.dina.post(f"projects/{project.pk}/", written, **htmx))
    assert 'id="travel-frame" hx-swap-oob="innerHTML"' in answer
    assert "What you changed is on its way to Fjord." in answer
    assert 'hx-trigger="every 2s"' in answer
    fjord.push()
    with fjord.scope():  # R114
        began = Attempt.objects.get(event="started")
        assert began.started_by_id == fjord.by.pk


def test_r33_a_refused_change_shows_why_and_can_be_undone(fjord: ToyStage) -> None:  # noqa: F811
    dina, project = fjord.dina, fjord.brygge()
    fjord.change(project, name="B" * 61)
    fjord.push()
    shown = text(dina.get(f"projects/{project.pk}/"))
    for told in ("Needs attention", "Fjord did not take the change", "Navnet må ha 1 til 60 tegn.", "Try again now"):
        assert told in shown, told
    problems = text(dina.get("settings/integrations/fjord/problems/"))
    assert f"projects/{project.pk}/" in problems
    assert "Fjord did not take the change" in problems
    assert "wait for somebody before they can go to Fjord" in text(dina.get("settings/integrations/fjord/"))
    assert dina.post(f"catalogue/projects/{project.pk}/retry/").status_code == 302
    fjord.push()
    assert fjord.row(project).delivery.state == "attention"
    fjord.edit("projects", 7, name="Brygge ny")
    assert dina.post(f"catalogue/projects/{project.pk}/take/").status_code == 302
    fjord.push()
    assert fjord.fresh(project).name == "Brygge ny"
    assert (fjord.row(project).delivery.state, fjord.row(project).before) == ("transferred", {})
    assert "Needs attention" not in text(dina.get(f"projects/{project.pk}/"))


def test_a_conflict_shows_what_each_side_said_and_the_other_value_can_be_used(fjord: ToyStage) -> None:  # noqa: F811
    dina, project = fjord.dina, fjord.brygge()
    fjord.change(project, name="Kai (Busy)")
    fjord.edit("projects", 7, name="Kai (Fjord)")
    fjord.push()
    shown = text(dina.get(f"projects/{project.pk}/"))
    for told in ("Busy said “Kai (Busy)”.", "Fjord said “Kai (Fjord)”.", "What was changed last stays: “Kai (Fjord)”."):
        assert told in shown, told
    dina.post(f"catalogue/projects/{project.pk}/other/")
    fjord.push()
    assert fjord.fresh(project).name == "Kai (Busy)"
    assert [row["name"] for row in fjord.there("projects", id=7)] == ["Kai (Busy)"]
    assert "Changed in both places" not in text(dina.get(f"projects/{project.pk}/"))


def test_what_only_busy_has_can_be_made_there_and_a_new_one_can_stay_here(fjord: ToyStage) -> None:  # noqa: F811
    dina = fjord.dina
    with fjord.scope():
        old = Project.objects.create(name="Fra før")
    assert "Only in Busy. Fjord knows nothing of it." in text(dina.get(f"projects/{old.pk}/"))
    dina.post(f"catalogue/projects/{old.pk}/make/")
    fjord.push()
    assert len(fjord.there("projects", name="Fra før")) == 1
    new = fjord.new_project("Bare her")
    dina.post(f"catalogue/projects/{new.pk}/keep-here/")
    fjord.push()
    assert fjord.there("projects", name="Bare her") == []
    assert "Only in Busy" in text(dina.get(f"projects/{new.pk}/"))


def test_r61_r62_lists_say_where_records_are_made_and_fetch_them(fjord: ToyStage) -> None:  # noqa: F811
    dina = fjord.dina
    customers = text(dina.get("customers/"))
    assert "Make them under Kunder." in customers
    assert "Open Fjord" in customers
    assert "New customer" not in customers
    for slug, button in (
        ("customers", "Fetch customers"),
        ("projects", "Fetch projects"),
        ("work-types", "Fetch work types"),
    ):
        page = text(dina.get(f"{slug}/"))
        assert button in page
        assert "Last fetched from Fjord" in page
    fjord.sandbox.app.lists["customers"].append({"id": 4, "no": 104, "name": "Kunde 4"})
    assert dina.post("catalogue/fetch/customers/").status_code == 302
    assert "Fetching" in text(dina.get("customers/"))
    fjord.pull()
    assert "Kunde 4" in text(dina.get("customers/"))
    dina.post("catalogue/fetch/projects/")
    with fjord.scope():  # R64: the main synchronisation
        assert not PullState.objects.filter(wants_everything=False).exists()


def test_an_employee_presses_nothing_and_a_manager_does_not_fetch(fjord: ToyStage) -> None:  # noqa: F811
    anna = Person(join(fjord.workspace, "Anna Nygård", Role.EMPLOYEE))
    bo = Person(join(fjord.workspace, "Bo Lindqvist", Role.MANAGER))
    project = fjord.brygge()
    assert anna.post(f"catalogue/projects/{project.pk}/retry/").status_code == 403
    assert bo.post("catalogue/fetch/customers/").status_code == 403
    page = text(bo.get("customers/"))
    assert "Fetch customers" not in page
    assert "Last fetched from Fjord" in page


def test_r66_r69_work_types_and_tasks_have_the_same_panel(fjord: ToyStage) -> None:  # noqa: F811
    dina = fjord.dina
    with fjord.scope():
        work_type = catalog.create_work_type(name="Dykking")
        fjord.workspace.uses_tasks = True
        fjord.workspace.save()
        task = catalog.create_task(fjord.brygge(), name="Befaring")
    assert "It is being made in Fjord." in text(dina.get(f"work-types/{work_type.pk}/"))
    assert "It is being made in Fjord." in text(dina.get(f"projects/{task.project_id}/tasks/{task.pk}/"))
    fjord.push()
    assert "What you change here goes to Fjord at once" in text(dina.get(f"work-types/{work_type.pk}/"))
    assert "What you change here goes to Fjord at once" in text(
        dina.get(f"projects/{task.project_id}/tasks/{task.pk}/")
    )


def test_r108_the_overview_says_what_each_system_takes_of_them() -> None:
    (fjord_alone,) = (connector for connector in discovered() if connector.facts.key == "fjord")
    lines = {group.label: {one.label: one.notes[0] for one in group.abilities} for group in compare([fjord_alone])}
    assert lines["Goes out"]["Projects"] == "made and changed in Busy"
    assert str(lines["Comes in"]["Customers"]).startswith("made only there")
    assert str(lines["Comes in"]["Tasks"]).startswith("both ways")


def test_r33_what_is_gone_there_offers_nothing_that_cannot_help(fjord: ToyStage) -> None:  # noqa: F811
    project = fjord.brygge()
    fjord.sandbox.app.lists["projects"].clear()
    fjord.change(project, name="Brygge nord")
    fjord.push()
    page = fjord.dina.get(f"projects/{project.pk}/").content.decode()
    panel = page[page.index('id="travel"') : page.index("</section>", page.index('id="travel"'))]
    assert "is not in Fjord any more" in panel
    assert "Try again now" in panel
    assert "take what stands" not in panel, "nothing stands there"
    assert "Open the project" not in panel, "this is its page"
