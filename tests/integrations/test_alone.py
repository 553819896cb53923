"""R63: projects that only Busy has are asked about before 24SevenOffice is connected: made there, left, or archived."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from busy.catalog import services as catalog
from busy.catalog.models import Project
from integrations import alone, plans, services, shared_making
from integrations.alone import Fate
from integrations.kernel.records import Kind
from integrations.models import Connection, Delivery, KeptRecord, Plan
from integrations.policy import State
from integrations.shared_models import SharedRecord
from tests.integrations.office_stage import DEMO, KEY, OfficeStage, office
from tests.integrations.test_hour_pages import text

__all__ = ["office"]
PREVIEW = f"settings/integrations/{KEY}/preview/"


@pytest.fixture
def ours(office: OfficeStage) -> dict[str, Project]:
    """One that 24SevenOffice has under the same name, and three that it knows nothing of."""
    with office.scope():
        return {name: Project.objects.create(name=name) for name in ("Årsrapport 2026", "Dugnad", "Hytta", "Naust")}


def _look(office: OfficeStage) -> Plan:
    verified = services.verify(KEY, DEMO, workspace=office.workspace)
    with office.scope():
        plan = plans.start(KEY, DEMO, project_sync=True, verified=verified, by=office.by)
        kinds = plans.kinds_of(plan)
    for kind in kinds:
        plans.read(plan, kind)
    return plan


def _confirm(office: OfficeStage) -> None:
    assert office.dina.post(PREVIEW, {"turn": "confirm"}).status_code == 302
    with office.scope():
        office.connection = Connection.objects.get()
    office.pull()
    office.push()


def _there(office: OfficeStage) -> set[str]:
    from integrations.providers.twentyfoursevenoffice.sandbox.seed import NORDLYS

    return {row["Name"] for row in office.there.store.all(NORDLYS, "Project")}


def test_r63_what_only_busy_has_is_made_there_unless_dina_says_otherwise(
    office: OfficeStage, ours: dict[str, Project]
) -> None:
    _look(office)
    page = office.dina.get(PREVIEW, data={"kind": "projects", "show": "alone"})
    assert "3 are made there" in text(page)
    assert "What becomes of those that only Busy has?" in text(page)
    for name, act in (("Hytta", "archive"), ("Naust", "keep")):
        assert office.dina.post(f"{PREVIEW}projects/{ours[name].pk}/", {"act": act}).status_code == 302
    page = office.dina.get(PREVIEW, data={"kind": "projects", "show": "alone"})
    assert "1 is made there, 1 stays as it is, 1 is archived" in text(page)
    _confirm(office)
    assert _there(office) & set(ours) == {"Årsrapport 2026", "Dugnad"}
    with office.scope():
        state = {project.name: (project.is_archived, project.number) for project in Project.objects.all()}
        assert state["Hytta"] == (True, "")
        assert state["Naust"] == (False, ""), "nobody archives it silently"
        assert state["Dugnad"][1] != "", "its number is theirs (R65)"
        assert state["Årsrapport 2026"] == (False, "1003")
        assert KeptRecord.objects.get(local_id=ours["Hytta"].pk, kind="projects").was_archived, "so it can be undone"
        catalog.restore_project(ours["Hytta"])
    office.make_due("projects")
    office.pull()
    with office.scope():
        assert not Project.objects.get(pk=ours["Hytta"].pk).is_archived
        assert Project.objects.filter(name="Dugnad").count() == 1, "its echo is no other project"


def test_all_at_once_and_nothing_of_it_before_it_is_confirmed(office: OfficeStage, ours: dict[str, Project]) -> None:
    plan = _look(office)
    answer = office.dina.post(PREVIEW, {"turn": "alone", "kind": "projects", "fate": "archive"})
    assert answer.headers["Location"].endswith("?kind=projects&show=alone")
    with office.scope():
        plan.refresh_from_db()
        assert (alone.of_all(plan, Kind.PROJECTS), alone.counts(plan, Kind.PROJECTS)[Fate.ARCHIVE]) == (Fate.ARCHIVE, 3)
        assert not Project.objects.exclude(archived_at=None).exists()
    refused: list[Any] = [
        {"kind": "customers", "fate": "make"}, {"kind": "projects", "fate": "burn"}, {"kind": "", "fate": "keep"}
    ]  # fmt: skip
    for wrong in refused:
        assert office.dina.post(PREVIEW, {"turn": "alone", **wrong}).status_code == 404
    _confirm(office)
    assert not _there(office) & {"Dugnad", "Hytta", "Naust"}
    with office.scope():
        assert Project.objects.filter(name__in=["Dugnad", "Hytta", "Naust"], archived_at=None).count() == 0


def test_what_stayed_alone_stays_so_when_it_is_connected_anew(office: OfficeStage, ours: dict[str, Project]) -> None:
    office.connect()
    office.pull()
    with office.scope():
        assert not Project.objects.get(pk=ours["Dugnad"].pk).is_archived, "without a preview nothing is archived"
        services.disconnect(office.connection, by=office.by)
    plan = _look(office)
    with office.scope():
        assert alone.usual(plan) is Fate.KEEP
        assert alone.fates(plan, Kind.PROJECTS, [ours["Dugnad"].pk]) == {ours["Dugnad"].pk: Fate.KEEP}
    plan.replaces = True
    with office.scope():
        assert alone.usual(plan) is Fate.ARCHIVE, "another company gets none of the former one's"


def test_r63_a_whole_catalogue_is_asked_for_like_one_record_and_each_is_made_once(
    office: OfficeStage, ours: dict[str, Project]
) -> None:
    _look(office)
    assert office.dina.post(PREVIEW, {"turn": "confirm"}).status_code == 302, "as it is proposed"
    ids = [ours[name].pk for name in ("Dugnad", "Hytta", "Naust")]
    with office.scope():
        office.connection = connection = Connection.objects.get()
        with CaptureQueriesContext(database) as few:
            linked = ours["Årsrapport 2026"].pk
            assert shared_making.request_all(connection, Kind.PROJECTS, [ids[0], linked]) == 1, "one stands there"
        with CaptureQueriesContext(database) as many:
            assert shared_making.request_all(connection, Kind.PROJECTS, ids) == 3
        assert len(few) == len(many)
        rows = SharedRecord.objects.filter(makes=True).select_related("delivery").order_by("local_id")
        assert [(row.local_id, row.delivery.wanted) for row in rows] == list(zip(ids, (3, 2, 2), strict=True))
        for row in rows:
            assert row.delivery.key == f"projects:{row.local_id}"
            assert row.delivery.reference == f"Busy {row.delivery.reference_id.hex[:16].upper()}"
        catalog.create_project(by=office.by, name="Haster")
    office.pull()
    office.push()
    assert _there(office) >= set(ours)
    with office.scope():
        made = Project.objects.filter(name__in=["Haster", "Dugnad", "Hytta", "Naust"]).order_by("number")
        assert made[0].name == "Haster", "what somebody does meanwhile goes first"
        assert Project.objects.filter(name__in=ours).count() == 4
        assert not Delivery.objects.exclude(state=State.TRANSFERRED).exists()
        assert shared_making.request_all(connection, Kind.PROJECTS, ids) == 0, "all of them stand there now"
