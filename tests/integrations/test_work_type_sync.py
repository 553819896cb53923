"""Activities of the provider as Busy's work types (R79, R81, R82), and back."""

from __future__ import annotations

import pytest

from busy.catalog.models import Project, ProjectWorkType, WorkType
from integrations import work_type_sync
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import WorkTypeLink
from tests.integrations.stage import Stage


@pytest.fixture
def design(connected: Stage) -> WorkType:
    return connected.work_type("Design")


@pytest.fixture
def travel(connected: Stage) -> WorkType:
    return connected.work_type("Bilkjøring", product=None)


def preview(stage: Stage, *, match: bool = True) -> work_type_sync.Preview:
    with stage.scope():
        connection = stage.connection
    there = work_type_sync.activities(connection)
    with stage.scope():
        return work_type_sync.preview(connection, there, match=match)


def turn_on(stage: Stage, *, match: bool = True) -> None:
    stage.do(work_type_sync.turn_on, stage.connection, match=match)
    stage.refresh()


def test_r81_the_preview_says_what_is_archived_matched_and_new_and_changes_nothing(
    connected: Stage, design: WorkType, travel: WorkType
) -> None:
    seen = preview(connected)
    assert [(local.name, there.name) for local, there in seen.matched] == [("Design", "Design")]
    assert [local.name for local in seen.archived] == ["Bilkjøring"]
    assert "Utvikling" in {there.name for there in seen.new}
    assert "Reisetid" not in {there.name for there in seen.new}  # disabled there
    with connected.scope():
        assert not WorkType.objects.exclude(archived_at=None).exists()
        assert not WorkTypeLink.objects.exists()


def test_r81_r82_turning_it_on_archives_what_is_only_in_busy_and_a_matched_one_keeps_its_product(
    connected: Stage, design: WorkType, travel: WorkType
) -> None:
    turn_on(connected)
    with connected.scope():
        assert not WorkType.objects.get(pk=travel.pk).is_archived  # not before the list was read whole
    connected.pull()
    with connected.scope():
        kept = WorkType.objects.get(pk=design.pk)
        assert (kept.is_archived, kept.mastered_by, kept.number) == (False, "Tripletex", "10")
        assert kept.product_id == design.product_id
        assert WorkType.objects.get(pk=travel.pk).is_archived
        assert WorkType.objects.filter(name="Design").count() == 1
        new = WorkType.objects.get(name="Utvikling")
        offered = ProjectWorkType.objects.filter(work_type=new).count()
        assert offered == Project.objects.filter(archived_at=None).count()  # time can be recorded at once
    connected.refresh()
    connected.make_due("work_types")
    connected.pull()
    with connected.scope():
        assert WorkTypeLink.objects.count() == WorkType.objects.exclude(mastered_by="").count()  # R19


def test_r81_without_matching_every_local_one_is_archived(connected: Stage, design: WorkType) -> None:
    assert [local.name for local in preview(connected, match=False).archived] == ["Design"]
    turn_on(connected, match=False)
    connected.pull()
    with connected.scope():
        assert WorkType.objects.get(pk=design.pk).is_archived
        assert WorkType.objects.get(name="Design", archived_at=None).mastered_by == "Tripletex"


def test_r20_an_interrupted_listing_archives_nothing(connected: Stage, travel: WorkType) -> None:
    connected.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, method="GET", path="/activity", count=None))
    turn_on(connected)
    connected.pull()
    with connected.scope():
        assert not WorkType.objects.get(pk=travel.pk).is_archived


def test_turning_it_off_makes_work_types_editable_and_a_later_name_is_not_taken_for_an_activity(
    connected: Stage, design: WorkType
) -> None:
    turn_on(connected)
    connected.pull()
    connected.refresh()
    with connected.scope():
        work_type_sync.turn_off(connected.connection)
        assert not WorkType.objects.exclude(mastered_by="").exists()
        assert not WorkType.objects.get(pk=design.pk).is_archived
    connected.refresh()
    turn_on(connected)
    connected.pull()
    with connected.scope():
        assert WorkType.objects.get(pk=design.pk).mastered_by == "Tripletex"  # known by its link (R19)


def test_the_page_shows_the_preview_and_a_post_turns_it_on_and_off(
    connected: Stage, design: WorkType, travel: WorkType
) -> None:
    page = "settings/integrations/tripletex/work-types/"
    shown = connected.dina.get(page)
    assert shown.status_code == 200
    assert "Bilkjøring" in shown.content.decode()
    assert connected.dina.post(page, {"turn": "on", "match": "on"}).status_code == 302
    assert work_type_sync.is_on(connected.refresh())
    assert connected.dina.get(page).status_code == 302  # there is nothing left to preview
    assert connected.dina.post(page, {"turn": "off"}).status_code == 302
    assert not work_type_sync.is_on(connected.refresh())


def test_a_provider_that_does_not_answer_is_told_on_the_page(connected: Stage) -> None:
    connected.sandbox.arm(Fault(kind=FaultKind.STATUS, status=403, method="GET", path="/activity", count=None))
    shown = connected.dina.get("settings/integrations/tripletex/work-types/")
    assert shown.status_code == 200
    assert "preview" not in shown.context
    assert shown.context["problem"].title
