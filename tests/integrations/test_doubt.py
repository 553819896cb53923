"""What happens when the answer to an order is lost: exactly one order in the end, without a person."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.utils import timezone

from integrations import deliveries, drafts, lines, outbound, services
from integrations.kernel.errors import Code
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.leases import LeaseLost
from integrations.models import Delivery
from integrations.policy import Decision, Event, State
from tests.integrations.stage import Stage


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.DROP_AFTER),
        Fault(kind=FaultKind.DROP_BEFORE),
        Fault(kind=FaultKind.TRUNCATE),
        Fault(kind=FaultKind.BROKEN_JSON),
        Fault(kind=FaultKind.HTML_200, after=True),
        Fault(kind=FaultKind.HTML_200),
        Fault(kind=FaultKind.STATUS, status=500, after=True),
        Fault(kind=FaultKind.STATUS, status=500),
        Fault(kind=FaultKind.STATUS, status=504, after=True),
        Fault(kind=FaultKind.STATUS, status=429, retry_after=1),
        Fault(kind=FaultKind.REDIRECT),
        Fault(kind=FaultKind.UNAUTHORIZED),
        Fault(kind=FaultKind.MISSING_FIELD, field="id"),
        Fault(kind=FaultKind.DROP_AFTER, count=3),
        Fault(kind=FaultKind.DROP_BEFORE, count=3),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.after}-{fault.count}",
)
def test_r113_whatever_happens_to_the_answer_there_is_one_order(connected: Stage, fault: Fault) -> None:
    from dataclasses import replace

    connected.sandbox.arm(replace(fault, method="POST", path="/order"))
    order = connected.finished_order()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    assert connected.sent_orders() == [connected.delivery(order).reference]


@pytest.mark.parametrize("kind", [FaultKind.STATUS, FaultKind.DROP_BEFORE, FaultKind.HTML_200])
def test_r113_a_look_up_that_fails_is_repeated_before_anything_is_sent_again(connected: Stage, kind: FaultKind) -> None:
    connected.sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/order"))
    connected.sandbox.arm(Fault(kind=kind, status=503, method="GET", path="/order", count=5))
    order = connected.finished_order()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    assert connected.posts() == 1
    assert connected.ledger(order)[-1] == "adopted"


def test_not_there_counts_only_after_the_provider_has_had_its_time(connected: Stage, settings: Any) -> None:
    """The provider takes the order 1.5 s after the connection broke; a hasty second send would double it."""
    settings.SYNC_SETTLE = settings.SYNC_SETTLE_SLOW = 4
    connected.sandbox.arm(Fault(kind=FaultKind.DROP_LATE, seconds=1.5, method="POST", path="/order"))
    order = connected.finished_order()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    time.sleep(2)
    assert len(connected.sent_orders()) == 1
    assert connected.ledger(order)[1:3] == ["unclear", "looking"]
    assert connected.ledger(order)[-1] == "adopted"


def replay_at_provider(stage: Stage, payload: dict[str, Any]) -> None:
    """Somebody sends the same once more, past Busy."""
    from integrations.conversations import Recorder, conversation
    from integrations.kernel.payloads import OrderPayload, from_json
    from integrations.providers.tripletex.pushes import send_order

    with conversation(stage.refresh(), observe=Recorder()) as api:
        send_order(api, from_json(OrderPayload, payload))


def test_an_expired_lease_is_in_doubt_and_never_simply_waiting(connected: Stage) -> None:
    """A worker vanished after the order had arrived: the next one looks first."""
    order = connected.finished_order()
    claimed = deliveries.claim_next(connected.workspace.pk, connected.connection.pk)
    assert claimed
    vanish_after_sending(connected, claimed)
    expire(connected, order)
    connected.make_due("push")
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    assert connected.posts() == 1
    assert connected.ledger(order) == ["started", "looking", "adopted"]


def test_a_vanished_worker_is_not_taken_for_a_slow_provider(connected: Stage, settings: Any) -> None:
    """Nothing had left the house: the order goes out after the short window, not after the one for time-outs."""
    settings.SYNC_SETTLE, settings.SYNC_SETTLE_SLOW = 2, 600
    order = connected.finished_order()
    claimed = deliveries.claim_next(connected.workspace.pk, connected.connection.pk)
    assert claimed
    with connected.scope():
        draft = drafts.draft_of(connected.connection, order, claimed.reference)
    assert draft.payload
    deliveries.freeze(claimed, draft.payload)
    with connected.scope():  # killed a moment ago
        Delivery.objects.filter(order_id=order).update(lease_until=timezone.now())
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    assert connected.ledger(order).count("looking") >= 2
    assert len(connected.sent_orders()) == 1


def vanish_after_sending(stage: Stage, claimed: deliveries.Claimed) -> None:
    """Send, and leave no record of it."""

    class Vanished(BaseException):
        pass

    carrier = outbound.Carrier(line(stage), stage.refresh(), claimed)

    def gone(*args: Any, **kwargs: Any) -> None:
        raise Vanished

    carrier._record = gone  # type: ignore[method-assign]
    with pytest.raises(Vanished):
        carrier.carry()


def line(stage: Stage) -> lines.Line:
    return lines.Line(stage.workspace.pk, stage.connection.pk)


def expire(stage: Stage, order: int) -> None:
    with stage.scope():
        Delivery.objects.filter(order_id=order).update(lease_until=stage.connection.connected_at)


def test_a_late_worker_is_fenced_off_before_it_sends(connected: Stage) -> None:
    """It was stopped between the claim and the send; another worker has carried the order meanwhile."""
    order = connected.finished_order()
    late = deliveries.claim_next(connected.workspace.pk, connected.connection.pk)
    assert late
    expire(connected, order)
    connected.make_due("push")
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    with pytest.raises(LeaseLost):
        outbound.Carrier(line(connected), connected.refresh(), late).carry()
    assert connected.posts() == 1


def test_a_late_worker_changes_nothing_but_the_ledger(connected: Stage) -> None:
    order = connected.finished_order()
    late = deliveries.claim_next(connected.workspace.pk, connected.connection.pk)
    assert late
    expire(connected, order)
    connected.make_due("push")
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    before = connected.delivery(order)
    with pytest.raises(LeaseLost):
        deliveries.record(late, Decision(event=Event.TEMPORARY, state=State.WAITING))
    after = connected.delivery(order)
    assert (after.state, after.external_id, after.changed_at) == (before.state, before.external_id, before.changed_at)
    assert connected.ledger(order)[-1] == "late"


def test_an_order_that_never_arrives_asks_for_a_person_after_some_sends(connected: Stage) -> None:
    connected.sandbox.arm(Fault(kind=FaultKind.DROP_BEFORE, method="POST", path="/order", count=None))
    order = connected.finished_order()
    connected.work_until(lambda: connected.state(order) == State.ATTENTION, within=60)
    assert (connected.delivery(order).problem or {})["code"] == "never_arrives"
    connected.sandbox.disarm()
    connected.do(services.retry_order, order)
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    assert len(connected.sent_orders()) == 1


def test_two_orders_with_our_reference_are_left_to_a_person(connected: Stage) -> None:
    connected.sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/order"))
    connected.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, method="GET", path="/order", count=4))
    order = connected.finished_order()
    connected.push()
    assert connected.delivery(order).is_unclear
    replay_at_provider(connected, connected.delivery(order).payload or {})
    connected.work_until(lambda: connected.state(order) == State.ATTENTION)
    delivery = connected.delivery(order)
    assert (delivery.problem or {})["code"] == Code.FOUND_TWICE
    connected.sandbox.delete("Order", connected.sandbox.orders()[1]["id"])
    connected.do(services.retry_order, order)
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    assert len(connected.sent_orders()) == 1
