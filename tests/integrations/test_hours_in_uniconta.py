"""Projects and hours at Uniconta, an extension that is off until Dina turns it on (R83-R93)."""

from __future__ import annotations

import uuid

from busy.catalog.models import Project, ProjectWorkType, WorkType
from busy.lib.periods import Week, local_today
from busy.workspaces.models import Membership
from integrations.hour_models import HoursCell
from integrations.models import Connection, ProviderEmployee
from integrations.policy import State
from tests.integrations.uniconta_stage import PROVIDER, UnicontaStage, uniconta
from tests.people import Person
from timesheets import approval
from timesheets.services import save_cell

__all__ = ["uniconta"]

SETTINGS = f"settings/integrations/{PROVIDER}/"


def test_the_extension_is_off_until_it_is_turned_on_and_needs_the_bookkeeping(
    uniconta: UnicontaStage, dina: Person, bo: Person
) -> None:
    uniconta.connect(tag="")
    uniconta.pull()
    page = dina.get(f"{SETTINGS}settings/").content.decode()
    assert 'name="extension"' in page
    for words in ("Hour transfer", "Turning project sync on imports", "Work-type sync"):
        assert words not in page, words
    with uniconta.scope():
        assert not ProviderEmployee.objects.exists()
    refused = dina.post(f"{SETTINGS}settings/exchange/", {"extension": "on"})
    assert refused.status_code == 422
    assert "Turn that on as well" in refused.content.decode()
    assert bo.post(f"{SETTINGS}settings/exchange/", {"extension": "on", "bookkeeping": "on"}).status_code == 403
    dina.post(f"{SETTINGS}settings/exchange/", {"extension": "on", "bookkeeping": "on"})
    page = dina.get(f"{SETTINGS}settings/").content.decode()
    for words in ("Hour transfer", "Turning project sync on imports", "Work-type sync", "Project journal for hours"):
        assert words in page, words
    uniconta.make_due()
    uniconta.pull()
    with uniconta.scope():
        assert ProviderEmployee.objects.filter(archived_at=None).count() == 6
        assert not Connection.objects.get().project_sync, "each is turned on by itself"
        assert not Project.objects.filter(mastered_by="Uniconta").exists()
    assert "Dina" in dina.get(f"{SETTINGS}mapping/employees/").content.decode()


def test_r86_r90_r93_approved_hours_stand_in_the_journal_and_follow_a_change_after_it_was_posted(
    uniconta: UnicontaStage, dina: Person, cilla: Person
) -> None:
    uniconta.connect(tag="")
    dina.post(f"{SETTINGS}settings/exchange/", {"extension": "on", "bookkeeping": "on"})
    day = local_today(dina.workspace.zone)
    answer = dina.post(
        f"{SETTINGS}hours/choose/", {"trigger": "on_approval", "since": day.isoformat(), "arrive_unbilled": "on"}
    )
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    uniconta.make_due()
    uniconta.pull()
    by = dina.membership
    with uniconta.scope():
        Membership.objects.filter(pk=by.pk).update(employee_number="5")
        project = Project.objects.get(number="1001", mastered_by="Uniconta")
        design = WorkType.objects.get(name="Design", mastered_by="Uniconta")
        ProjectWorkType.objects.get_or_create(project=project, work_type=design)
        _save(by, project, design, day, 90, base="")
        approval.approve_person_week(by.pk, Week.of(day), by=by)
    uniconta.push()
    (line,) = uniconta.sandbox.all("ProjectJournalLineClient")
    assert (line["Employee"], line["Project"], line["PayrollCategory"], line["Qty"]) == ("5", "1001", "10", 1.5)
    assert line["Invoiceable"] is False, "the order bills the same work"
    assert "Dina" in dina.get(f"{SETTINGS}hours/?show=transferred").content.decode()
    assert cilla.get(f"{SETTINGS}hours/").status_code == 404

    uniconta.sandbox.post_journal()
    with uniconta.scope():
        approval.undo_person_week(by.pk, Week.of(day), by=by)
    uniconta.push()
    (line,) = uniconta.sandbox.all("ProjectJournalLineClient")
    assert line["Qty"] == -1.5, "posted hours are taken back by their opposite"
    with uniconta.scope():
        assert HoursCell.objects.select_related("delivery").get().delivery.state == State.TRANSFERRED

    refused = dina.post(f"{SETTINGS}settings/exchange/", {"bookkeeping": "on"})
    assert refused.status_code == 422
    assert "Turn hour transfer" in refused.content.decode()


def _save(by: Membership, project: Project, kind: WorkType, day: object, minutes: int, *, base: str) -> None:
    save_cell(by, project.pk, kind.pk, day, minutes, client_id=uuid.uuid4(), base_revision=base, by=by)  # type: ignore[arg-type]
