"""Finishing freezes an order, locks its hours and announces it once; reopening takes that back (R27, R112, P31)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from busy.catalog.events import WorkTypeChanged
from busy.catalog.models import Product, Project, WorkType
from busy.lib import events
from busy.workspaces.scope import scope
from orders import rules, services, transfer
from orders.events import OrderFinished, OrderReopened
from orders.models import Order, OrderLine, OrderState
from tests.orders.stories import approve, draft, entry_ids, lines_of
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, log_week, make_project, make_work_type
from timesheets.models import TimeEntry


@pytest.fixture
def order(bo: Person, anna: Person, arena: Project, design: WorkType) -> Order:
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    return draft(arena, by=bo.membership)


def test_a_finished_order_is_frozen_its_hours_locked_and_it_is_announced_r27_r112(
    bo: Person, order: Order, told: list[Any], carrier: transfer._Carrier
) -> None:
    with scope(bo.workspace.pk):
        assert services.finish(order.pk, by=bo.membership)
        order.refresh_from_db()
        assert (order.state, order.finished_by_id) == (OrderState.FINISHED, bo.membership.pk)
        assert set(TimeEntry.objects.values_list("order_label", flat=True)) == {"1001"}
        assert all(entry.state == "ordered" for entry in TimeEntry.objects.all())
    assert told == [OrderFinished(bo.workspace.pk, order.pk, 1)]


def test_finishing_again_changes_and_announces_nothing(
    bo: Person, order: Order, told: list[Any], carrier: transfer._Carrier
) -> None:
    with scope(bo.workspace.pk):
        services.finish(order.pk, by=bo.membership)
        assert not services.finish(order.pk, by=bo.membership)
    assert len(told) == 1


def test_a_finished_order_refuses_every_change(bo: Person, order: Order, carrier: transfer._Carrier) -> None:
    [line] = lines_of(order)
    one_hour = next(iter(entry_ids(order)))
    with scope(bo.workspace.pk):
        services.finish(order.pk, by=bo.membership)
        changes: list[Callable[[], object]] = [
            lambda: services.edit_order(order.pk, by=bo.membership, text="No"),
            lambda: services.edit_line(order.pk, line.pk, by=bo.membership, unit_price=Decimal(1)),
            lambda: services.pick_entries(order.pk, by=bo.membership, exclude=[one_hour]),
            lambda: services.delete_draft(order.pk, by=bo.membership),
        ]
        for change in changes:
            with pytest.raises(rules.NotADraft, match="Order 1001 is finished"):
                change()


def test_an_empty_order_cannot_be_finished(
    bo: Person, order: Order, told: list[Any], carrier: transfer._Carrier
) -> None:
    with scope(bo.workspace.pk):
        services.pick_entries(order.pk, by=bo.membership, exclude=entry_ids(order))
        with pytest.raises(rules.NotReadyToFinish, match="Choose at least one entry") as refusal:
            services.finish(order.pk, by=bo.membership)
    assert [check.code for check in refusal.value.checks] == ["no_lines"]
    assert told == []


def test_an_order_without_a_customer_is_stopped_only_when_a_system_takes_it(
    bo: Person, anna: Person, carrier: transfer._Carrier
) -> None:
    project = make_project(bo.workspace, "Homeless", customer="")
    work_type = make_work_type(project)
    approve([log(anna.membership, project, work_type)], by=bo.membership)
    order = draft(project, by=bo.membership)
    with scope(bo.workspace.pk):
        services.edit_line(order.pk, lines_of(order)[0].pk, by=bo.membership, unit_price=Decimal(900))
        carrier.system_name = lambda: "Tripletex"
        with pytest.raises(rules.NotReadyToFinish, match="Tripletex takes no order without one") as refusal:
            services.finish(order.pk, by=bo.membership)
        [check] = refusal.value.checks
        assert (check.url_name, check.object_id) == ("catalog:project", project.pk)
        carrier.system_name = None
        assert services.finish(order.pk, by=bo.membership)


def test_a_line_without_a_price_is_stopped_until_it_has_one(
    bo: Person, anna: Person, arena: Project, carrier: transfer._Carrier
) -> None:
    survey = make_work_type(arena, "Survey")
    approve([log(anna.membership, arena, survey)], by=bo.membership)
    order = draft(arena, by=bo.membership)
    with scope(bo.workspace.pk):
        with pytest.raises(rules.NotReadyToFinish, match="“Survey” has no price"):
            services.finish(order.pk, by=bo.membership)
        services.edit_line(order.pk, lines_of(order)[0].pk, by=bo.membership, unit_price=Decimal(0))
        assert services.finish(order.pk, by=bo.membership)


def test_a_missing_product_does_not_stop_finishing_r25(
    bo: Person, anna: Person, arena: Project, meetings: WorkType, carrier: transfer._Carrier
) -> None:
    carrier.system_name = lambda: "Tripletex"
    approve([log(anna.membership, arena, meetings)], by=bo.membership)
    order = draft(arena, by=bo.membership)
    with scope(bo.workspace.pk):
        assert services.finish(order.pk, by=bo.membership)


def test_the_cure_of_a_missing_product_reaches_the_order_that_waits_r25(
    bo: Person, anna: Person, arena: Project, meetings: WorkType, carrier: transfer._Carrier
) -> None:
    approve([log(anna.membership, arena, meetings)], by=bo.membership)
    order = draft(arena, by=bo.membership)
    with scope(bo.workspace.pk):
        services.finish(order.pk, by=bo.membership)
        meetings.product = Product.objects.create(name="Meetings", number="P-200")
        meetings.save()
        events.publish(WorkTypeChanged(bo.workspace.pk, meetings.pk))
    assert lines_of(order)[0].product == meetings.product


def test_what_was_sent_keeps_its_product_when_the_work_type_gets_another(
    bo: Person, order: Order, design: WorkType, carrier: transfer._Carrier
) -> None:
    sold = lines_of(order)[0].product
    assert sold is not None
    with scope(bo.workspace.pk):
        services.finish(order.pk, by=bo.membership)
        sold.archived_at = timezone.now()
        sold.save()
        carrier.source = lambda ids: {
            pk: transfer.TransferStatus(state="transferred", system="Tripletex", since=timezone.now()) for pk in ids
        }
        design.product = Product.objects.create(name="Other", number="P-300")
        design.save()
        services.take_products_anew(design.pk)
    assert lines_of(order)[0].product == sold


def test_a_reopened_order_is_a_draft_with_its_hours_and_a_new_revision(
    bo: Person, order: Order, told: list[Any], carrier: transfer._Carrier
) -> None:
    before = entry_ids(order)
    with scope(bo.workspace.pk):
        services.finish(order.pk, by=bo.membership)
        assert services.reopen(order.pk, by=bo.membership)
        assert not services.reopen(order.pk, by=bo.membership)
        order.refresh_from_db()
        assert (order.state, order.revision, order.finished_at, order.finished_by_id) == ("draft", 2, None, None)
        assert {entry.state for entry in TimeEntry.objects.all()} == {"approved"}
        services.finish(order.pk, by=bo.membership)
    assert entry_ids(order) == before
    pk = order.pk
    assert told == [
        OrderFinished(bo.workspace.pk, pk, 1),
        OrderReopened(bo.workspace.pk, pk, 1),
        OrderFinished(bo.workspace.pk, pk, 2),
    ]


def test_who_carries_the_order_may_refuse_to_let_it_go_p31(
    bo: Person, order: Order, carrier: transfer._Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(event: OrderReopened) -> None:
        raise rules.CannotReopen("The order is at Tripletex. Delete it there first.")

    monkeypatch.setitem(events._listeners, OrderReopened, [refuse])
    with scope(bo.workspace.pk):
        services.finish(order.pk, by=bo.membership)
        with pytest.raises(rules.CannotReopen, match="Delete it there first"):
            services.reopen(order.pk, by=bo.membership)
        order.refresh_from_db()
        assert (order.state, order.revision) == ("finished", 1)
        assert {entry.state for entry in TimeEntry.objects.all()} == {"ordered"}


def test_a_listener_that_fails_takes_the_finishing_back_with_it(
    bo: Person, order: Order, carrier: transfer._Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(event: OrderFinished) -> None:
        raise RuntimeError("no room for the delivery")

    monkeypatch.setitem(events._listeners, OrderFinished, [break_down])
    with scope(bo.workspace.pk):
        with pytest.raises(RuntimeError, match="no room"):
            services.finish(order.pk, by=bo.membership)
        order.refresh_from_db()
        assert order.state == "draft"


def test_lines_that_waited_empty_are_dropped_when_the_order_is_finished(
    bo: Person, anna: Person, arena: Project, order: Order, meetings: WorkType, carrier: transfer._Carrier
) -> None:
    [line] = lines_of(order)
    meeting = log(anna.membership, arena, meetings, MONDAY.replace(day=9))
    approve([meeting], by=bo.membership)
    with scope(bo.workspace.pk):
        services.edit_line(order.pk, line.pk, by=bo.membership, description="Own words")
        services.pick_entries(order.pk, by=bo.membership, include=[meeting.pk], exclude=entry_ids(order))
        assert OrderLine.objects.count() == 2
        services.finish(order.pk, by=bo.membership)
        assert [left.description for left in OrderLine.objects.all()] == ["Meetings"]


@pytest.mark.django_db(transaction=True)
def test_thirty_two_who_finish_at_once_announce_one_order(
    bo: Person, order: Order, told: list[Any], carrier: transfer._Carrier, at_once: Any
) -> None:
    def finish() -> bool:
        with scope(bo.workspace.pk):
            return services.finish(order.pk, by=bo.membership)

    assert sum(at_once(32, finish)) == 1
    assert told == [OrderFinished(bo.workspace.pk, order.pk, 1)]


@pytest.mark.django_db(transaction=True)
def test_finishing_picking_and_reopening_at_once_leave_an_order_that_is_whole(
    bo: Person, order: Order, told: list[Any], carrier: transfer._Carrier, at_once: Any
) -> None:
    """Locked exactly while finished, and its lines are what its entries say."""
    ids = sorted(entry_ids(order))
    turns: list[Any] = [
        lambda: services.finish(order.pk, by=bo.membership),
        lambda: services.reopen(order.pk, by=bo.membership),
        lambda: services.pick_entries(order.pk, by=bo.membership, exclude=ids[3:]),
        lambda: services.pick_entries(order.pk, by=bo.membership, include=ids),
    ] * 6

    def act() -> None:
        turn = turns.pop()
        # It may be finished when the turn comes.
        with scope(bo.workspace.pk), contextlib.suppress(rules.NotADraft):
            turn()

    at_once(24, act)
    with scope(bo.workspace.pk):
        order.refresh_from_db()
        locked = set(TimeEntry.objects.exclude(ordered_at=None).values_list("pk", flat=True))
        [line] = OrderLine.objects.all()
    assert locked == (entry_ids(order) if order.state == "finished" else set())
    assert line.quantity == Decimal("7.5") * len(entry_ids(order))
    kinds = [type(event) for event in told]
    assert kinds == [OrderFinished, OrderReopened] * (len(kinds) // 2) + [OrderFinished] * (len(kinds) % 2)
