"""Orders on their way out: sent once, stopped with a reason, going on when the reason is gone."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.core.mail import EmailMessage
from django.db import DatabaseError, OperationalError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from busy.catalog.events import WorkTypeChanged
from busy.catalog.models import Product, WorkType
from busy.lib.events import publish
from busy.workspaces.models import Membership
from integrations import selectors, services
from integrations.kernel.errors import Code, Temporary
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import Attempt, Connection, ConnectionState, Delivery, Wakeup
from integrations.policy import State
from orders import transfer
from orders.rules import CannotReopen
from orders.services import reopen
from tests.integrations.stage import CUSTOMER, PRODUCT, PROJECT, Stage
from tests.people import Person


def test_r27_a_finished_order_goes_out_without_a_further_click(connected: Stage) -> None:
    order = connected.finished_order()
    connected.push()
    assert connected.state(order) == State.TRANSFERRED
    assert connected.sent_orders() == [connected.delivery(order).reference]
    assert connected.ledger(order) == ["started", "sent"]


def test_r28_r23_it_arrives_with_customer_project_product_and_amounts(connected: Stage) -> None:
    order = connected.finished_order()
    connected.push()
    [sent] = connected.sandbox.orders()
    assert (sent["customer"]["id"], sent["project"]["id"]) == (int(CUSTOMER), int(PROJECT))
    [line] = sent["orderLines"]
    assert (line["product"]["id"], line["count"], line["unitPriceExcludingVatCurrency"]) == (int(PRODUCT), 1.5, 1000)
    delivery = connected.delivery(order)
    assert delivery.external_id == str(sent["id"])
    assert delivery.external_url.endswith(f"orderId={sent['id']}")


def test_an_order_finished_without_a_connection_stays_in_busy(connected: Stage) -> None:
    connected.do(services.disconnect, connected.connection)
    order = connected.finished_order()
    with connected.scope():
        assert not Delivery.objects.exists()
        assert transfer.statuses([order]) == {}
        assert transfer.system_name() == ""


def test_r25_r116_an_order_without_a_product_waits_with_the_work_types_name_and_goes_on_by_itself(
    connected: Stage,
) -> None:
    sketch = connected.work_type("Sketching", product=None)
    order = connected.finished_order(work_type=sketch)
    connected.push()
    assert connected.posts() == 0
    with connected.scope():
        told = selectors.order_transfer(order)
        assert told
        assert told.problem
        assert told.problem.title == "Work type Sketching has no product"
        assert [check.ok for check in told.checks] == [True, True, False]

        product = Product.objects.get(links__external_id=PRODUCT)
        WorkType.objects.filter(pk=sketch.pk).update(product=product)
        publish(WorkTypeChanged(connected.workspace.pk, sketch.pk))
    connected.push()
    assert connected.state(order) == State.TRANSFERRED
    assert connected.ledger(order) == ["started", "not_ready", "cause_changed", "started", "sent"]


def test_r35_our_reference_needs_the_same_employee_number_on_both_sides(connected: Stage, bo: Person) -> None:
    order = connected.finished_order(our_reference=bo.membership)
    connected.push()
    assert problem_code(connected, order) == Code.EMPLOYEE_NUMBER_MISSING
    with connected.scope():
        Membership.objects.filter(pk=bo.membership.pk).update(employee_number="777")
    connected.do(services.retry_order, order)
    connected.push()
    assert problem_code(connected, order) == Code.EMPLOYEE_NOT_FOUND
    with connected.scope():
        Membership.objects.filter(pk=bo.membership.pk).update(employee_number="2")
    connected.make_due("customers")
    connected.pull()  # nobody told us that the number changed: the next look finds it
    connected.push()
    assert connected.state(order) == State.TRANSFERRED
    assert connected.sandbox.orders()[0]["ourContactEmployee"]["id"] == 18_500_402


def test_r32_r33_a_closed_project_is_named_with_the_cure_and_the_order_goes_on_when_it_opens(connected: Stage) -> None:
    order = connected.finished_order()
    connected.sandbox.change("Project", PROJECT, isClosed=True)
    connected.push()
    with connected.scope():
        told = selectors.order_transfer(order)
        assert told
        assert told.problem
        assert "Nettbutikk for ferske råvarer" in told.problem.title
        assert told.problem.actions[0].is_external
        assert {check.name: check.ok for check in told.checks} == {
            "project_active": False,
            "customer_active": True,
            "product_active": True,
        }
    connected.make_due("projects")
    connected.pull()  # learns that it is closed
    connected.sandbox.change("Project", PROJECT, isClosed=False)
    connected.make_due("projects")
    connected.pull()
    connected.push()
    assert connected.state(order) == State.TRANSFERRED
    assert len(connected.sent_orders()) == 1


def test_r31_all_that_waits_is_tried_again_at_one_press(connected: Stage, bo: Person) -> None:
    connected.sandbox.change("Project", PROJECT, isClosed=True)
    orders = [connected.finished_order() for _ in range(2)]
    connected.push()
    assert [connected.state(order) for order in orders] == [State.ATTENTION] * 2
    connected.sandbox.change("Project", PROJECT, isClosed=False)
    problems = "settings/integrations/tripletex/problems/"
    assert "Try all 2 orders again" in connected.dina.get(problems).content.decode()
    retry = "settings/integrations/tripletex/retry/"
    assert bo.post(retry).status_code == 403
    connected.dina.post(retry)
    connected.push()
    assert [connected.state(order) for order in orders] == [State.TRANSFERRED] * 2
    assert len(connected.sent_orders()) == 2


def test_r32_r116_it_goes_on_also_when_busy_never_saw_the_project_closed(connected: Stage) -> None:
    connected.sandbox.change("Project", PROJECT, isClosed=True)
    order = connected.finished_order()
    connected.push()
    assert connected.state(order) == State.ATTENTION
    connected.sandbox.change("Project", PROJECT, isClosed=False)  # before any pull: our copy never said anything else
    connected.make_due("projects")
    connected.pull()
    connected.push()
    assert connected.state(order) == State.TRANSFERRED
    assert len(connected.sent_orders()) == 1


def test_r32_what_our_copy_calls_closed_is_asked_live_before_it_stops_an_order(connected: Stage) -> None:
    connected.sandbox.change("Project", PROJECT, isClosed=True)
    connected.make_due("projects")
    connected.pull()
    connected.sandbox.change("Project", PROJECT, isClosed=False)  # our copy does not know yet
    order = connected.finished_order()
    connected.push()
    assert connected.state(order) == State.TRANSFERRED


def test_r115_one_order_that_is_stuck_holds_up_no_other(connected: Stage) -> None:
    stuck = connected.finished_order(work_type=connected.work_type("Sketching", product=None))
    others = [connected.finished_order() for _ in range(3)]
    connected.push()
    assert connected.state(stuck) == State.ATTENTION
    assert [connected.state(order) for order in others] == [State.TRANSFERRED] * 3
    references = [connected.delivery(order).reference for order in others]
    assert connected.sent_orders() == references  # in the order in which they were finished


def test_r31_pressing_synchronise_again_and_again_makes_no_second_order(connected: Stage) -> None:
    connected.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, path="/order", method="POST", count=2))
    order = connected.finished_order()
    for _ in range(4):
        connected.do(services.synchronise_now, connected.connection)
        connected.work()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    assert len(connected.sent_orders()) == 1


def test_r115_a_fault_of_our_own_delays_an_order_by_seconds_and_its_page_says_that_it_waits(
    connected: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = connected.finished_order()
    with monkeypatch.context() as patch:
        patch.setattr("integrations.deliveries.seconds_to_next", Mock(side_effect=OperationalError("gone")))
        with pytest.raises(OperationalError):
            connected.push()
    with connected.scope():
        due_in = (Wakeup.objects.get(kind="push").due_at - timezone.now()).total_seconds()
        assert 0 < due_in <= 30
        assert transfer.statuses([order])[order].message == ""
        Delivery.objects.filter(order_id=order).update(not_before=timezone.now() - timedelta(minutes=2))
        assert "longer than usual" in transfer.statuses([order])[order].message
        hold = {"hold_until": timezone.now() + timedelta(minutes=1), "state": ConnectionState.DEGRADED}
        Connection.objects.update(**hold)
        assert "asked for a pause" in transfer.statuses([order])[order].message
        Connection.objects.update(problem=Temporary(Code.UNREACHABLE).problem.to_json())
        assert transfer.statuses([order])[order].message == "Tripletex cannot be reached"
        Connection.objects.update(hold_until=None)
    connected.make_due("push")
    connected.push()
    assert connected.state(order) == State.TRANSFERRED
    assert len(connected.sent_orders()) == 1


def test_r36_a_rate_limit_is_waited_for_as_long_as_it_asks(connected: Stage) -> None:
    connected.sandbox.arm(Fault(kind=FaultKind.STATUS, status=429, retry_after=30, path="/order", method="POST"))
    order = connected.finished_order()
    connected.push()
    delivery = connected.delivery(order)
    assert delivery.state == State.WAITING
    assert (delivery.not_before - delivery.changed_at).total_seconds() >= 29
    with connected.scope():
        assert transfer.statuses([order])[order].state == "failed"


def test_p31_a_transferred_order_cannot_be_reopened_and_a_waiting_one_is_withdrawn(connected: Stage) -> None:
    gone = connected.finished_order()
    connected.push()
    with pytest.raises(CannotReopen) as refused:
        connected.do(reopen, gone)
    assert connected.delivery(gone).external_number in refused.value.reason

    order = connected.finished_order()
    connected.do(reopen, order)
    connected.push()
    assert connected.state(order) == State.CANCELLED
    assert len(connected.sent_orders()) == 1
    with connected.scope():
        assert transfer.statuses([order]) == {}


def test_p31_an_order_in_doubt_cannot_be_reopened(connected: Stage) -> None:
    order = connected.finished_order()
    connected.sandbox.arm(Fault(kind=FaultKind.DROP_LATE, seconds=1, method="POST", path="/order"))
    connected.push()
    assert connected.delivery(order).is_unclear
    with connected.scope():
        assert transfer.statuses([order])[order].state == "transferring"  # R30
    with pytest.raises(CannotReopen):
        connected.do(reopen, order)
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)


def test_a_reopened_order_is_sent_once_under_a_reference_of_its_own(connected: Stage) -> None:
    from orders.services import finish

    order = connected.finished_order()
    connected.do(reopen, order)
    connected.do(finish, order)
    connected.push()
    with connected.scope():
        old, new = Delivery.objects.filter(order_id=order).order_by("pk")
    assert (old.state, new.state) == (State.CANCELLED, State.TRANSFERRED)
    assert connected.sent_orders() == [new.reference] != [old.reference]
    assert f"{new.key.split(':')[1]}" == str(order)
    assert new.reference.startswith("Busy 1001/2 ")


def test_r38_a_revoked_key_pauses_everything_is_told_once_and_loses_no_order(
    connected: Stage, dina: Person, bo: Person, mailoutbox: list[EmailMessage]
) -> None:
    connected.sandbox.revoke()
    connected.sandbox.end_sessions()
    orders = [connected.finished_order() for _ in range(3)]
    connected.sandbox.forget_requests()
    for _ in range(3):
        connected.make_due()
        connected.work()
    assert connected.refresh().state == ConnectionState.NEEDS_SIGN_IN
    assert [connected.state(order) for order in orders] == [State.WAITING] * 3
    assert len(mailoutbox) == 1
    assert mailoutbox[0].to == ["dina@busy.example"]
    assert "Tripletex" in mailoutbox[0].subject
    assert len(connected.sandbox.requests()) <= 3  # one look, a new session refused, never a loop
    with connected.scope():
        assert transfer.statuses(orders)[orders[0]].state == "attention"
    connection = dina.url("settings/integrations/tripletex/")
    seen_by_bo, seen_by_dina = (person.get(f"orders/{orders[0]}/").content.decode() for person in (bo, dina))
    assert "An administrator can put this right." in seen_by_bo
    assert connection not in seen_by_bo  # R3
    assert f'href="{connection}"' in seen_by_dina
    assert "Open the integration" not in dina.get("settings/integrations/tripletex/").content.decode()


def test_r114_the_ledger_tells_what_was_said_without_secrets_and_cannot_be_changed(connected: Stage) -> None:
    order = connected.finished_order()
    connected.push()
    with connected.scope():
        sent = Attempt.objects.filter(delivery__order_id=order).latest("pk")
        posts = [said for said in sent.sent or [] if said["method"] == "POST" and said["path"] == "/order"]
        assert connected.delivery(order).reference in posts[0]["body"]
        assert "Authorization" not in str(sent.sent)
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), connected.scope():
        Attempt.objects.update(event="sent")


def test_the_states_of_many_orders_cost_one_query(connected: Stage) -> None:
    from django.db import connection as database

    orders = [connected.finished_order() for _ in range(2)]
    connected.push()
    with connected.scope(), CaptureQueriesContext(database) as few:
        transfer.statuses(orders[:1])
    with connected.scope(), CaptureQueriesContext(database) as many:
        assert {status.state for status in transfer.statuses(orders).values()} == {"transferred"}
    assert len(many) == len(few) == 1


def problem_code(stage: Stage, order: int) -> str:
    return str((stage.delivery(order).problem or {}).get("code"))


def test_r27_an_order_finished_while_nothing_was_connected_is_sent_once_when_a_person_says_so(connected: Stage) -> None:
    connected.do(services.disconnect, connected.refresh())
    order = connected.finished_order()
    with connected.scope():
        assert not selectors.has_delivery(order)
        assert not services.send_order(order, by=connected.by)

    connected.connect()
    connected.work()
    assert connected.sent_orders() == []
    page = connected.dina.get(f"orders/{order}/")
    assert "Send to Tripletex" in page.content.decode()

    connected.dina.post(f"orders/{order}/send/")
    connected.dina.post(f"orders/{order}/send/")
    connected.push()
    assert connected.state(order) == State.TRANSFERRED
    assert connected.sent_orders() == [connected.delivery(order).reference]
