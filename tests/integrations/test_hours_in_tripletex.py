"""Hours over real HTTP, in the stand-in of Tripletex: the whole way from a save to an entry there."""

from __future__ import annotations

import uuid

from busy.catalog.models import ProjectWorkType
from busy.lib.periods import Week, local_today
from busy.workspaces.models import Membership
from integrations import hour_choice
from integrations.hour_models import HoursCell
from integrations.hours import HourChoices
from integrations.kernel.facts import HourTrigger
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import ProviderEmployee, WorkTypeLink
from integrations.policy import State
from tests.integrations.stage import PROJECT, Stage
from timesheets import approval
from timesheets.services import save_cell


def test_r86_r90_approved_hours_stand_in_tripletex_although_an_answer_was_lost(connected: Stage) -> None:
    day = local_today(connected.workspace.zone)
    with connected.scope():
        choices = HourChoices(trigger=HourTrigger.ON_APPROVAL, since=day)
        hour_choice.choose(connected.connection, choices, by=connected.by)
    connected.pull()  # the activities come in (R88)
    project = connected.project()
    with connected.scope():
        employee = ProviderEmployee.objects.filter(archived_at=None).exclude(number="").order_by("pk").first()
        assert employee
        Membership.objects.filter(pk=connected.by.pk).update(employee_number=employee.number)
        general = WorkTypeLink.objects.filter(local__archived_at=None).select_related("local").order_by("external_id")
        work_type = general[0].local
        ProjectWorkType.objects.get_or_create(project=project, work_type=work_type)
        save_cell(
            connected.by,
            project.pk,
            work_type.pk,
            day,
            90,
            client_id=uuid.uuid4(),
            base_revision="",
            by=connected.by,
        )
        approval.approve_person_week(connected.by.pk, Week.of(day), by=connected.by)
    connected.sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/timesheet/entry*"))
    connected.work_until(lambda: _cell(connected).delivery.state not in (State.WAITING, State.TRANSFERRING))
    cell = _cell(connected)
    assert (cell.delivery.state, cell.minutes, cell.in_doubt) == (State.TRANSFERRED, 90, []), cell.delivery.problem
    [entry] = [found for found in connected.sandbox.hours() if str(found["id"]) == cell.delivery.external_id]
    assert (entry["hours"], entry["project"]["id"]) == (1.5, int(PROJECT))
    assert len(connected.sandbox.requests("POST", "/timesheet/entry")) == 1


def _cell(stage: Stage) -> HoursCell:
    with stage.scope():
        found: HoursCell = HoursCell.objects.select_related("delivery").get()
        return found
