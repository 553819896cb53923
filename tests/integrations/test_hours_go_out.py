"""Hours on their way out: which go when, one total per cell, and what happens when the world interrupts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database

from busy.workspaces.models import Membership, Role
from busy.workspaces.people import change_person
from integrations import hour_choice, hours, services
from integrations.hour_models import HoursCell
from integrations.kernel.errors import Code, LoginNeeded, Problem, Refused, Turn
from integrations.kernel.facts import HourTrigger
from integrations.models import Delivery, ProjectLink
from integrations.policy import State
from orders.services import create_draft, finish, reopen
from tests.integrations.hours_stage import ENDS, HoursStage, Killed
from tests.timesheets.hours import MONDAY
from timesheets.models import TimeEntry

TUESDAY = MONDAY + timedelta(days=1)


def test_r83_r84_nothing_goes_before_somebody_chose_one_of_four(hours_stage: HoursStage) -> None:
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.approve()
    with hours_stage.scope():
        assert not HoursCell.objects.exists()
        assert hours.choices_of(hours_stage.connection).trigger is HourTrigger.OFF
    assert len(HourTrigger) == 4


def test_r85_on_submission_hours_go_when_they_are_sent_and_go_again_when_they_are_changed(
    hours_stage: HoursStage,
) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90, note="Sketches")
    hours_stage.work()
    assert hours_stage.ledger.calls == 0
    hours_stage.submit()
    hours_stage.work()
    assert hours_stage.minutes() == 90
    assert hours_stage.events() == ["started", "sent"]
    hours_stage.write(120, note="Sketches")  # R112: what was sent stays open, and is sent again as the new total
    hours_stage.work()
    assert hours_stage.minutes() == 120
    hours_stage.write(120, note="More sketches")
    hours_stage.work()
    assert hours_stage.ledger.cells["E2", "P1", "A1", MONDAY].comment == "More sketches"
    calls = hours_stage.ledger.calls
    hours_stage.approve()  # the same hours have come further: nothing to say
    hours_stage.work()
    assert hours_stage.ledger.calls == calls


def test_r86_r93_on_approval_hours_go_when_approved_and_leave_when_that_is_undone(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_APPROVAL)
    hours_stage.write(450)
    hours_stage.submit()
    hours_stage.work()
    assert hours_stage.standing() == {}
    hours_stage.approve()
    hours_stage.work()
    assert hours_stage.minutes() == 450
    hours_stage.undo()
    hours_stage.work()
    assert hours_stage.standing() == {}
    assert hours_stage.state() == State.TRANSFERRED
    assert hours_stage.cell().delivery.external_id == ""


def test_r87_r93_on_order_hours_go_when_the_order_is_finished_and_leave_when_it_is_reopened(
    hours_stage: HoursStage,
) -> None:
    hours_stage.choose(HourTrigger.ON_ORDER)
    hours_stage.write(90)
    hours_stage.approve()
    with hours_stage.scope():
        order = create_draft(hours_stage.project.pk, by=hours_stage.dina.membership)
    hours_stage.work()
    assert hours_stage.standing() == {}
    with hours_stage.scope():
        finish(order.pk, by=hours_stage.dina.membership)
    hours_stage.work()
    assert hours_stage.minutes() == 90
    with hours_stage.scope():
        reopen(order.pk, by=hours_stage.dina.membership)
    hours_stage.work()
    assert hours_stage.standing() == {}


def test_r90_one_total_per_person_project_work_type_and_day(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    with hours_stage.scope():
        for minutes in (30, 45):
            TimeEntry.objects.create(
                member=hours_stage.anna.membership,
                project=hours_stage.project,
                work_type=hours_stage.design,
                day=MONDAY,
                minutes=minutes,
            )
    hours_stage.write(60, work_type=hours_stage.meeting)
    hours_stage.write(15, TUESDAY)
    hours_stage.submit()
    hours_stage.work()
    assert hours_stage.standing() == {
        ("E2", "P1", "A1", MONDAY): 75,
        ("E2", "P1", "A2", MONDAY): 60,
        ("E2", "P1", "A1", TUESDAY): 15,
    }


def test_r93_hours_that_move_leave_their_old_cell_before_they_come_to_the_new_one(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(60, TUESDAY)
    hours_stage.write(450)
    hours_stage.submit()
    hours_stage.work()
    hours_stage.ledger.writes.clear()
    with hours_stage.scope():
        monday = TimeEntry.objects.get(day=MONDAY)
    move_to(hours_stage, monday, MONDAY + timedelta(days=2))
    hours_stage.work()
    assert [minutes for _key, minutes in hours_stage.ledger.writes] == [0, 450]
    assert hours_stage.minutes(MONDAY + timedelta(days=2)) == 450


def move_to(stage: HoursStage, entry: TimeEntry, day: object) -> None:
    import uuid

    from timesheets.timeline import take_step
    from timesheets.timeline_book import revision_of
    from timesheets.timeline_moves import Change, Place

    with stage.scope():
        move = Change(id=entry.client_id, base=revision_of(entry), place=Place(day=day, minutes=entry.minutes))  # type: ignore[arg-type]
        take_step(stage.anna.membership, [move], request_id=uuid.uuid4(), by=stage.anna.membership)


def test_hours_before_the_day_that_was_chosen_stay_in_busy(hours_stage: HoursStage) -> None:
    hours_stage.write(90)
    hours_stage.write(60, TUESDAY)
    hours_stage.submit()
    assert hours_stage.choose(HourTrigger.ON_SUBMISSION, since=TUESDAY) == 1
    hours_stage.write(100)
    hours_stage.work()
    assert hours_stage.standing() == {("E2", "P1", "A1", TUESDAY): 60}


def test_r89_hours_of_a_person_without_a_number_wait_with_the_reason_and_go_when_it_is_there(
    hours_stage: HoursStage,
) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    with hours_stage.scope():
        Membership.objects.filter(pk=hours_stage.anna.membership.pk).update(employee_number="")
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.work()
    assert (hours_stage.state(), hours_stage.problem()) == (State.ATTENTION, Code.EMPLOYEE_NUMBER_MISSING)
    with hours_stage.scope():
        change_person(hours_stage.anna.membership.pk, role=Role.EMPLOYEE, employee_number="2")
    hours_stage.work()
    assert hours_stage.minutes() == 90


def test_r89_a_number_that_is_put_right_moves_the_hours_to_the_right_person(hours_stage: HoursStage) -> None:
    from integrations.models import ProviderEmployee

    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.work()
    anna = hours_stage.anna.membership
    with hours_stage.scope():
        ProviderEmployee.objects.create(connection=hours_stage.connection, external_id="E3", number="3")
        change_person(anna.pk, role=Role.EMPLOYEE, employee_number="3")
    hours_stage.work()
    assert hours_stage.standing() == {("E3", "P1", "A1", MONDAY): 90}
    with hours_stage.scope():
        change_person(anna.pk, role=Role.EMPLOYEE, employee_number="")
    hours_stage.work()
    assert (hours_stage.state(), hours_stage.minutes(employee="E3")) == (State.TRANSFERRED, 90)


def test_r116_what_is_refused_waits_for_its_cause_and_many_are_tried_again_at_once(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    closed = Refused(Problem(code=Code.MONTH_CLOSED, turn=Turn.ACCOUNTING))
    hours_stage.ledger.next_befalls("read", closed)
    hours_stage.ledger.next_befalls("read", closed)
    hours_stage.write(90)
    hours_stage.write(60, TUESDAY)
    hours_stage.write(45, TUESDAY, work_type=hours_stage.meeting)
    hours_stage.submit()
    hours_stage.work()
    assert len(hours_stage.standing()) == 1  # R115: two are in the way of no other
    hours_stage.work()
    assert hours_stage.ledger.calls == 3
    with hours_stage.scope():
        assert hour_choice.retry_cause(hours_stage.connection, Code.MONTH_CLOSED, by=hours_stage.dina.membership) == 2
    hours_stage.work()
    assert sum(hours_stage.standing().values()) == 195


def test_r92_hours_that_busy_did_not_send_are_reported_and_replaced_only_when_somebody_says_so(
    hours_stage: HoursStage,
) -> None:
    from tests.integrations.hours_stage import Standing

    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.ledger.cells["E2", "P1", "A1", MONDAY] = Standing("foreign", 30)
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.work()
    assert (hours_stage.minutes(), hours_stage.problem()) == (30, Code.HOURS_CONFLICT)
    cell = hours_stage.cell()
    with hours_stage.scope():
        assert hour_choice.retry(cell.pk, by=hours_stage.dina.membership)
    hours_stage.work()
    assert hours_stage.minutes() == 30
    with hours_stage.scope():
        assert hour_choice.overwrite(cell.pk, by=hours_stage.dina.membership)
    hours_stage.work()
    assert (hours_stage.minutes(), hours_stage.state()) == (90, State.TRANSFERRED)
    hours_stage.write(120)
    hours_stage.work()
    assert hours_stage.minutes() == 120  # it is ours from then on


@pytest.mark.parametrize("end", ENDS)
def test_r113_whatever_interrupts_a_put_the_next_one_makes_it_equal(hours_stage: HoursStage, end: str) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    hours_stage.submit()
    moment, error = ENDS[end]
    hours_stage.ledger.next_befalls(moment, error())
    hours_stage.work_until_killed()
    hours_stage.write(120)  # changed while nobody knows what stands there
    hours_stage.settle()
    assert hours_stage.standing() == {("E2", "P1", "A1", MONDAY): 120}
    assert hours_stage.cell().in_doubt == []


def test_an_answer_lost_before_a_change_of_person_leaves_no_hours_behind(hours_stage: HoursStage) -> None:
    """R89, R93: what may stand at the wrong person is looked for there."""
    from integrations.models import ProviderEmployee

    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.ledger.next_befalls("after", Killed())
    hours_stage.work_until_killed()
    with hours_stage.scope():
        ProviderEmployee.objects.create(connection=hours_stage.connection, external_id="E3", number="3")
        Membership.objects.filter(pk=hours_stage.anna.membership.pk).update(employee_number="3")
    hours_stage.settle()
    assert hours_stage.standing() == {("E3", "P1", "A1", MONDAY): 90}


def test_r91_a_cell_changed_while_it_is_under_way_is_sent_again_at_once(
    hours_stage: HoursStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    hours_stage.submit()

    def change_meanwhile(moment: str) -> None:
        if moment == "after":
            hours_stage.ledger.befalls.clear()
            hours_stage.write(30)

    hours_stage.ledger.befalls.append(change_meanwhile)
    hours_stage.work()
    assert [minutes for _key, minutes in hours_stage.ledger.writes] == [90, 30]
    cell = hours_stage.cell()
    assert (cell.delivery.state, cell.minutes, cell.delivery.done) == (State.TRANSFERRED, 30, cell.delivery.wanted)


def test_32_changes_at_once_come_to_one_total(hours_stage: HoursStage) -> None:
    """R90, R91: with two workers beside them."""
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(1)
    hours_stage.submit()

    def change(number: int) -> None:
        from timesheets.errors import CellChanged

        try:
            if number % 8 == 0:
                hours_stage.work()
                return
            while True:
                try:
                    hours_stage.write(number)
                    return
                except CellChanged:
                    continue
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(1, 37)))
    hours_stage.settle()
    with hours_stage.scope():
        assert Delivery.objects.count() == 1
        assert hours_stage.minutes() == TimeEntry.objects.get().minutes


def test_orders_go_before_hours_however_many_these_are(hours_stage: HoursStage) -> None:
    """R115: a thousand cells hold up no order."""
    from integrations import deliveries

    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    hours_stage.write(60, TUESDAY)
    hours_stage.submit()
    with hours_stage.scope():
        Delivery.objects.create(connection=hours_stage.connection, kind="order", key="order:1:1", reference="Busy 1")
    claimed = deliveries.claim_next(hours_stage.workspace.pk, hours_stage.connection.pk)
    assert claimed
    assert claimed.kind == "order"
    second = deliveries.claim_next(hours_stage.workspace.pk, hours_stage.connection.pk)
    assert second
    assert second.kind == "hours"


def test_r88_what_hours_need_cannot_be_turned_off(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_APPROVAL)
    with hours_stage.scope(), pytest.raises(hours.NeededForHours):
        services.change_project_sync(hours_stage.connection, on=False, by=hours_stage.dina.membership)
    hours_stage.choose(HourTrigger.OFF)
    with hours_stage.scope():
        services.change_project_sync(hours_stage.connection, on=False, by=hours_stage.dina.membership)
        hours_stage.connection.refresh_from_db()
        assert not hours_stage.connection.project_sync


def test_turned_off_nothing_moves_and_turned_on_again_everything_is_made_equal(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.work()
    hours_stage.write(60, TUESDAY)
    hours_stage.choose(HourTrigger.OFF)
    hours_stage.write(30)
    hours_stage.work()
    assert hours_stage.standing() == {("E2", "P1", "A1", MONDAY): 90}
    with hours_stage.scope():
        hours_stage.connection.refresh_from_db()
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.work()
    assert hours_stage.standing() == {("E2", "P1", "A1", MONDAY): 30}


def test_r38_a_dead_key_keeps_the_cells_and_they_go_on(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.ledger.next_befalls("read", LoginNeeded(Problem(code=Code.KEY_REJECTED, turn=Turn.ADMINISTRATOR)))
    hours_stage.work()
    assert hours_stage.state() == State.WAITING
    hours_stage.settle()
    assert hours_stage.minutes() == 90


def test_a_project_made_in_busy_is_named_as_what_is_missing(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    with hours_stage.scope():
        ProjectLink.objects.all().delete()
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.work()
    assert hours_stage.problem() == Code.NOT_LINKED
    assert (hours_stage.cell().delivery.problem or {})["params"]["name"] == str(hours_stage.project)
