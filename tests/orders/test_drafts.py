"""Draft orders from approved billable hours (R23, R26, R34, P26-P30)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from busy.catalog.models import Product, Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from orders import rules, services
from orders.models import Order, OrderEntry, OrderLine, OrderSettings
from tests.orders.stories import approve, draft, entry_ids, lines_of, set_rate
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, log_week, make_project, make_work_type
from timesheets.approval import undo_person_week
from timesheets.approval_rules import CannotUndo
from timesheets.models import TimeEntry

WEEK = Week.of(MONDAY)


def test_hours_become_lines_by_work_type_with_product_and_rate_r23_r26(
    bo: Person, anna: Person, arena: Project, design: WorkType, meetings: WorkType
) -> None:
    hours = [
        *log_week(anna.membership, arena, design),
        log(anna.membership, arena, meetings, MONDAY, 60),
        log(anna.membership, arena, meetings, MONDAY + timedelta(days=1), 30),
    ]
    approve(hours, by=bo.membership)
    order = draft(arena, by=bo.membership)
    assert entry_ids(order) == {entry.pk for entry in hours}
    first, second = lines_of(order)
    assert (first.description, first.quantity, first.unit_price, first.amount) == (
        "Design",
        Decimal("37.50"),
        Decimal("1450.00"),
        Decimal("54375.00"),
    )
    assert first.product is not None
    assert first.product.name == "Design hours"
    assert (second.description, second.quantity, second.amount) == ("Meetings", Decimal("1.50"), Decimal("1425.00"))
    assert second.product is None
    assert (order.number, order.customer_id, order.currency) == (1001, arena.customer_id, "NOK")


def test_a_lines_minutes_are_summed_and_rounded_once(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    """Three times 20 minutes are an hour, not 0.99."""
    hours = [log(anna.membership, arena, design, MONDAY + timedelta(days=n), 20) for n in range(3)]
    approve(hours, by=bo.membership)
    [line] = lines_of(draft(arena, by=bo.membership))
    assert (line.quantity, line.amount) == (Decimal("1.00"), Decimal("1450.00"))


def test_hours_before_a_new_rate_keep_the_old_one_on_a_line_of_their_own_p27(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    set_rate(bo.workspace.pk, "1500", work_type=design, valid_from=MONDAY + timedelta(days=3))
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    lines = lines_of(draft(arena, by=bo.membership))
    assert {(line.description, line.quantity, line.unit_price) for line in lines} == {
        ("Design", Decimal("22.50"), Decimal("1450.00")),
        ("Design", Decimal("15.00"), Decimal("1500.00")),
    }


def test_a_write_down_is_invoiced_as_what_it_was_written_down_to(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    whole = log(anna.membership, arena, design, MONDAY, 120)
    part = log(anna.membership, arena, design, MONDAY, 120, billable_minutes=60)
    nothing = log(anna.membership, arena, design, MONDAY, 120, billable_minutes=0)
    approve([whole], by=bo.membership)
    order = draft(arena, by=bo.membership)
    [line] = lines_of(order)
    assert line.quantity == Decimal("3.00")
    assert entry_ids(order) == {whole.pk, part.pk}
    assert nothing.pk not in entry_ids(order)


def test_only_approved_billable_hours_from_the_start_date_up_to_the_day_are_offered_p28(
    bo: Person, dina: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    with scope(bo.workspace.pk):
        OrderSettings.objects.create(start_date=MONDAY + timedelta(days=1), default_text="Work done in March")
    week = log_week(anna.membership, arena, design)
    unbillable = log(anna.membership, arena, design, MONDAY + timedelta(days=1), is_billable=False)
    approve([*week, unbillable], by=bo.membership)
    log_week(dina.membership, arena, design)
    order = draft(arena, by=bo.membership, until=MONDAY + timedelta(days=3))
    assert entry_ids(order) == {entry.pk for entry in week[1:4]}
    assert order.text == "Work done in March"


def test_a_second_order_gets_what_is_left_and_a_third_is_sent_to_the_draft(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    week = log_week(anna.membership, arena, design)
    approve(week, by=bo.membership)
    first = draft(arena, by=bo.membership, entry_ids=[week[0].pk])
    second = draft(arena, by=bo.membership)
    assert entry_ids(second) == {entry.pk for entry in week[1:]}
    assert second.number == first.number + 1
    with pytest.raises(rules.NothingToInvoice, match="on order 1002 already") as refusal:
        draft(arena, by=bo.membership)
    assert refusal.value.draft == second


def test_without_approved_hours_the_sentence_says_what_to_do(bo: Person, arena: Project) -> None:
    with pytest.raises(rules.NothingToInvoice, match="Approve hours first") as refusal:
        draft(arena, by=bo.membership)
    assert refusal.value.draft is None


def test_own_words_and_price_survive_picking_anew_p30(
    bo: Person, anna: Person, arena: Project, design: WorkType, meetings: WorkType
) -> None:
    week = log_week(anna.membership, arena, design)
    approve([*week, log(anna.membership, arena, meetings)], by=bo.membership)
    order = draft(arena, by=bo.membership)
    line = lines_of(order)[0]
    with scope(bo.workspace.pk):
        services.edit_line(order.pk, line.pk, by=bo.membership, description="Façade", unit_price=Decimal(1600))
        services.pick_entries(order.pk, by=bo.membership, exclude=[entry.pk for entry in week])
        [shown] = OrderLine.objects.exclude(entries=None).filter(order=order).distinct()
        assert shown.description == "Meetings"
        services.pick_entries(order.pk, by=bo.membership, include=[week[0].pk, week[1].pk])
    again = lines_of(order)[0]
    assert (again.description, again.unit_price, again.quantity, again.amount) == (
        "Façade",
        Decimal("1600.00"),
        Decimal("15.00"),
        Decimal("24000.00"),
    )


def test_what_is_left_out_stays_uninvoiced_and_comes_again_p30(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    week = log_week(anna.membership, arena, design)
    approve(week, by=bo.membership)
    order = draft(arena, by=bo.membership)
    with scope(bo.workspace.pk):
        services.pick_entries(order.pk, by=bo.membership, exclude=[week[4].pk])
    assert lines_of(order)[0].quantity == Decimal("30.00")
    assert entry_ids(draft(arena, by=bo.membership)) == {week[4].pk}


def test_an_entry_on_another_order_cannot_be_put_on_this_one(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    week = log_week(anna.membership, arena, design)
    approve(week, by=bo.membership)
    first = draft(arena, by=bo.membership, entry_ids=[week[0].pk])
    draft(arena, by=bo.membership)
    with scope(bo.workspace.pk):
        missed = services.pick_entries(first.pk, by=bo.membership, include=[week[1].pk, week[0].pk])
    assert missed == {week[1].pk}
    assert entry_ids(first) == {week[0].pk}


def test_hours_of_another_project_or_company_are_never_put_on(
    bo: Person, anna: Person, cilla: Person, arena: Project, design: WorkType
) -> None:
    mine = log(anna.membership, arena, design)
    harbour = make_project(bo.workspace, "Harbour")
    other = log(anna.membership, harbour, make_work_type(harbour, "Survey"))
    approve([mine, other], by=bo.membership)
    havn = make_project(cilla.workspace, "Havn")
    foreign = log(cilla.membership, havn, make_work_type(havn))
    approve([foreign], by=cilla.membership)
    order = draft(arena, by=bo.membership)
    with scope(bo.workspace.pk):
        missed = services.pick_entries(order.pk, by=bo.membership, include=[other.pk, foreign.pk])
    assert missed == {other.pk, foreign.pk}
    assert entry_ids(order) == {mine.pk}


def test_approval_of_hours_on_a_draft_cannot_be_undone_and_the_order_is_named_r112(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    [monday, *_rest] = log_week(anna.membership, arena, design)
    approve([monday], by=bo.membership)
    order = draft(arena, by=bo.membership, entry_ids=[monday.pk])
    with scope(bo.workspace.pk), pytest.raises(CannotUndo, match="Order 1001") as refusal:
        undo_person_week(anna.membership.pk, WEEK, by=bo.membership)
    [hold] = refusal.value.holds
    assert (hold.object_id, hold.url_name) == (order.pk, "orders:order")
    with scope(bo.workspace.pk):
        services.delete_draft(order.pk, by=bo.membership)
        undo_person_week(anna.membership.pk, WEEK, by=bo.membership)
        assert not TimeEntry.objects.exclude(person_approval=None).exists()


def test_a_deleted_draft_frees_its_hours_and_its_number_is_not_used_again(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    order = draft(arena, by=bo.membership)
    with scope(bo.workspace.pk):
        services.delete_draft(order.pk, by=bo.membership)
        assert not OrderEntry.objects.exists()
        assert not OrderLine.objects.exists()
    assert draft(arena, by=bo.membership).number == order.number + 1


def test_text_date_and_reference_are_changed_one_by_one_r34(
    bo: Person, anna: Person, cilla: Person, arena: Project, design: WorkType
) -> None:
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    order = draft(arena, by=bo.membership)
    with scope(bo.workspace.pk):
        services.edit_order(order.pk, by=bo.membership, text="Work done")
        services.edit_order(order.pk, by=bo.membership, order_date=date(2026, 3, 31))
        services.edit_order(order.pk, by=bo.membership, our_reference_id=anna.membership.pk)
        order.refresh_from_db()
        assert (order.text, order.order_date, order.our_reference_id) == (
            "Work done",
            date(2026, 3, 31),
            anna.membership.pk,
        )
        with pytest.raises(rules.NotAMember):
            services.edit_order(order.pk, by=bo.membership, our_reference_id=cilla.membership.pk)
        Membership.objects.filter(pk=anna.membership.pk).update(is_active=False)
        with pytest.raises(rules.NotAMember):
            services.edit_order(order.pk, by=bo.membership, our_reference_id=anna.membership.pk)
        services.edit_order(order.pk, by=bo.membership, clear_reference=True)
        order.refresh_from_db()
        assert order.our_reference_id is None


@pytest.mark.parametrize("price", ["-1", "0.001", "NaN", "Infinity", "10000000000"])
def test_a_price_that_is_none_is_refused(
    bo: Person, anna: Person, arena: Project, design: WorkType, price: str
) -> None:
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    order = draft(arena, by=bo.membership)
    [line] = lines_of(order)
    with scope(bo.workspace.pk), pytest.raises(rules.NotAPrice):
        services.edit_line(order.pk, line.pk, by=bo.membership, unit_price=Decimal(price))


def test_the_product_of_a_draft_follows_its_work_type_r23(
    bo: Person, anna: Person, arena: Project, meetings: WorkType
) -> None:
    approve([log(anna.membership, arena, meetings)], by=bo.membership)
    order = draft(arena, by=bo.membership)
    with scope(bo.workspace.pk):
        meetings.product = Product.objects.create(name="Meetings", number="P-200")
        meetings.save()
        services.take_products_anew(meetings.pk)
    [line] = lines_of(order)
    assert line.product == meetings.product


def test_cilla_finds_no_order_of_fjell(
    bo: Person, cilla: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    order = draft(arena, by=bo.membership)
    attempts: list[Any] = [services.finish, services.reopen, services.delete_draft, services.edit_order]
    with scope(cilla.workspace.pk):
        for attempt in attempts:
            with pytest.raises(Order.DoesNotExist):
                attempt(order.pk, by=cilla.membership)
        with pytest.raises(Project.DoesNotExist):
            services.create_draft(arena.pk, by=cilla.membership)


@pytest.mark.django_db(transaction=True)
def test_thirty_two_clicks_on_new_order_put_no_hour_on_two_orders(
    bo: Person, anna: Person, arena: Project, design: WorkType, at_once: Any
) -> None:
    week = log_week(anna.membership, arena, design)
    approve(week, by=bo.membership)

    def click() -> int | None:
        try:
            return draft(arena, by=bo.membership).pk
        except rules.NothingToInvoice as refusal:
            return refusal.draft.pk if refusal.draft else None

    assert len(set(at_once(32, click))) == 1
    with scope(bo.workspace.pk):
        assert Order.objects.count() == 1
        assert OrderEntry.objects.count() == len(week)


@pytest.mark.django_db(transaction=True)
def test_orders_made_at_once_have_numbers_of_their_own(bo: Person, anna: Person, at_once: Any) -> None:
    projects, hours = [], []
    for name in ("A", "B", "C", "D", "E", "F", "G", "H"):
        project = make_project(bo.workspace, name)
        hours.append(log(anna.membership, project, make_work_type(project, f"Design {name}"), minutes=60))
        projects.append(project)
    approve(hours, by=bo.membership)
    waiting = list(projects)

    def click() -> int:
        return draft(waiting.pop(), by=bo.membership).number

    assert sorted(at_once(8, click)) == list(range(1001, 1009))


@pytest.mark.django_db(transaction=True)
def test_undoing_an_approval_and_making_an_order_of_it_at_once_never_both_succeed(
    bo: Person, dina: Person, anna: Person, arena: Project, design: WorkType, at_once: Any
) -> None:
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    turns = ["undo", "order"] * 8

    def act() -> str:
        turn = turns.pop()
        with scope(bo.workspace.pk):
            try:
                if turn == "order":
                    services.create_draft(arena.pk, by=bo.membership)
                    return "ordered"
                return "undone" if undo_person_week(anna.membership.pk, WEEK, by=dina.membership) else ""
            except (CannotUndo, rules.NothingToInvoice):
                return ""

    assert {outcome for outcome in at_once(16, act) if outcome} in ({"ordered"}, {"undone"})
    with scope(bo.workspace.pk):
        on_orders = TimeEntry.objects.filter(pk__in=OrderEntry.objects.values("entry"))
        assert not on_orders.filter(person_approval=None).exists()
