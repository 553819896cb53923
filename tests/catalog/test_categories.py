"""Categories of work types: written on the work type, added to a project all at once (P10)."""

from __future__ import annotations

import pytest

from busy.catalog import services
from busy.catalog.models import Project, ProjectWorkType, WorkType
from busy.catalog.selectors.categories import categories
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person


@pytest.fixture
def kinds(fjell: Workspace) -> dict[str, WorkType]:
    with scope(fjell.pk):
        made = {
            name: services.create_work_type(name=name, category=category)
            for name, category in (("Sketches", "Design"), ("Models", " design "), ("Travel", ""), ("Visits", "Site"))
        }
        services.archive_work_type(services.create_work_type(name="Facsimile", category="Design"))
    return made


@pytest.fixture
def arena(fjell: Workspace, bo: Person) -> Project:
    with scope(fjell.pk):
        return services.create_project(by=bo.membership, name="Fjell Arena")


def on_project(project: Project) -> set[str]:
    with scope(project.workspace_id):
        return set(ProjectWorkType.objects.filter(project=project).values_list("work_type__name", flat=True))


def test_p10_a_category_is_spelt_as_the_first_one_that_wrote_it(fjell: Workspace, kinds: dict[str, WorkType]) -> None:
    with scope(fjell.pk):
        assert kinds["Models"].category == "Design"
        assert categories() == ["Design", "Site"]
        services.change_work_type(kinds["Travel"], category="SITE")
        assert WorkType.objects.get(pk=kinds["Travel"].pk).category == "Site"
        services.change_work_type(kinds["Travel"], category="")
        assert WorkType.objects.get(pk=kinds["Travel"].pk).category == ""


def test_p10_adding_a_category_adds_all_its_active_work_types(
    bo: Person, arena: Project, kinds: dict[str, WorkType]
) -> None:
    page = f"projects/{arena.pk}/work-types/"
    assert "Add all 2 of Design" in bo.get(page).content.decode()
    for _time in range(2):
        bo.post(page, {"category": "Design"})
    assert on_project(arena) == {"Sketches", "Models"}
    shown = bo.get(page).content.decode()
    assert "of Design" not in shown
    assert "of Site" not in shown  # one of a kind stands in the list


def test_p10_bo_writes_the_category_on_the_work_types_own_page_with_suggestions(
    bo: Person, kinds: dict[str, WorkType]
) -> None:
    page = bo.get(f"work-types/{kinds['Travel'].pk}/").content.decode()
    assert '<datalist id="id_category-suggestions"><option value="Design"></option>' in page
    assert "Design" in bo.get("work-types/?q=design").content.decode()
    bo.post(f"work-types/{kinds['Travel'].pk}/", {"name": "Travel", "kind": "work", "category": "site"})
    with scope(bo.workspace.pk):
        assert WorkType.objects.get(name="Travel").category == "Site"


def test_p10_employees_and_other_workspaces_add_nothing(
    anna: Person, cilla: Person, arena: Project, kinds: dict[str, WorkType]
) -> None:
    page = f"projects/{arena.pk}/work-types/"
    assert anna.post(page, {"category": "Design"}).status_code == 403
    assert cilla.post(page, {"category": "Design"}).status_code == 404
    with scope(cilla.workspace.pk):
        assert categories() == []
        own = services.create_project(by=cilla.membership, name="Havn")
    cilla.post(f"projects/{own.pk}/work-types/", {"category": "Design"})
    assert on_project(own) == on_project(arena) == set()
