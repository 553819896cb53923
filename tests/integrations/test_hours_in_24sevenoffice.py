"""R71-R76: hours in the stand-in of 24SevenOffice over real HTTP, from a save to an entry there and back."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from busy.catalog.models import ProjectWorkType
from busy.lib.periods import Week, local_today
from integrations import hour_choice
from integrations.hour_models import HoursCell
from integrations.hours import HourChoices
from integrations.kernel.facts import HourTrigger
from integrations.models import MemberLink, WorkTypeLink
from integrations.policy import State
from orders.services import create_draft, finish
from tests.integrations.office_stage import PROJECT, OfficeStage, office
from timesheets import approval, project_approval
from timesheets.models import TimeEntry
from timesheets.services import save_cell

__all__ = ["office"]

ANNA_THERE, BUSY_THERE = "9002", "9007"


class Story:
    """Dina's hours of today on one project."""

    def __init__(self, office: OfficeStage) -> None:
        self.office = office
        self.day: date = local_today(office.workspace.zone)
        self.week = Week.of(self.day)

    def begin(self, trigger: HourTrigger, *, linked_to: str = ANNA_THERE) -> None:
        office = self.office
        office.connect()
        office.pull()
        with office.scope():
            choices = HourChoices(trigger=trigger, since=self.day, arrive_unbilled=False)
            if trigger is not HourTrigger.OFF:
                hour_choice.choose(office.connection, choices, by=office.by)
            if linked_to:
                MemberLink.objects.create(connection=office.connection, local=office.by, external_id=linked_to)
            link = WorkTypeLink.objects.select_related("local").get(external_id="301")
            self.work_type = link.local
            ProjectWorkType.objects.get_or_create(project=office.project(PROJECT), work_type=self.work_type)

    def write(self, minutes: int, *, base: str = "") -> None:
        with self.office.scope():
            save_cell(
                self.office.by, self.office.project(PROJECT).pk, self.work_type.pk, self.day, minutes,
                client_id=uuid.uuid4(), base_revision=base, by=self.office.by,
            )  # fmt: skip

    def approve_week(self) -> None:
        with self.office.scope():
            approval.approve_person_week(self.office.by.pk, self.week, by=self.office.by)

    def approve_project(self) -> None:
        with self.office.scope():
            project_approval.approve_hours(TimeEntry.objects.all(), by=self.office.by)

    def undo_week(self) -> None:
        with self.office.scope():
            approval.undo_person_week(self.office.by.pk, self.week, by=self.office.by)

    def settle(self) -> None:
        def is_done() -> bool:
            with self.office.scope():
                cells = HoursCell.objects.select_related("delivery")
                return all(cell.delivery.state not in (State.WAITING, State.TRANSFERRING) for cell in cells)

        self.office.work_until(is_done)

    @property
    def there(self) -> list[tuple[str, str, int]]:
        """Hours, the project and the person of what stands there."""
        return [(hour["TotalHours"], str(hour["ProjectId"]), hour["ContactId"]) for hour in self.office.there.hours()]

    @property
    def entry_ids(self) -> list[str]:
        return [hour["Id"] for hour in self.office.there.hours()]

    @property
    def problems(self) -> list[Any]:
        with self.office.scope():
            return [cell.delivery.problem for cell in HoursCell.objects.select_related("delivery")]


@pytest.fixture
def story(office: OfficeStage) -> Story:
    return Story(office)


def test_r74_both_approvals_send_hours_once_and_an_edit_or_an_undo_follows(story: Story) -> None:
    story.begin(HourTrigger.ON_APPROVAL)
    story.write(90)
    story.settle()
    assert story.there == [], "nothing before they are approved"
    story.approve_week()
    story.settle()
    story.approve_project()
    story.settle()
    assert story.there == [("1.5", PROJECT, int(ANNA_THERE))], story.problems
    assert len(story.office.there.requests("POST", "/SaveHour")) == 1
    first = story.entry_ids
    with story.office.scope():
        entries = list(TimeEntry.objects.values_list("pk", flat=True))
        project_approval.undo_hours(entries, by=story.office.by)
    story.undo_week()
    story.settle()
    assert story.there == [], "no longer approved"
    story.approve_week()
    story.settle()
    assert [hours for hours, _, _ in story.there] == ["1.5"]
    assert story.entry_ids != first


def test_r75_hours_go_when_their_order_is_sent(story: Story) -> None:
    story.begin(HourTrigger.ON_ORDER)
    story.office.approved_hours(story.office.project(PROJECT), story.work_type, 120)
    story.settle()
    assert story.there == []
    with story.office.scope():
        order = create_draft(story.office.project(PROJECT).pk, by=story.office.by)
        finish(order.pk, by=story.office.by)
    story.office.work_until(lambda: bool(story.there))
    assert len(story.office.there.orders()) == 1
    assert story.there == [("2", PROJECT, int(ANNA_THERE))]


def test_r76_hours_that_are_not_to_be_transferred_stay_in_busy(story: Story) -> None:
    story.begin(HourTrigger.OFF)
    story.write(90)
    story.approve_week()
    story.office.work()
    assert (story.there, story.problems) == ([], [])


def test_r71_hours_of_who_has_no_user_there_go_to_the_integration_user(story: Story) -> None:
    story.begin(HourTrigger.ON_APPROVAL, linked_to="")
    story.write(30)
    story.approve_week()
    story.settle()
    assert story.there == [("0.5", PROJECT, int(BUSY_THERE))], story.problems
