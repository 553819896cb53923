"""Orders on their way out: sent once, stopped with a reason, going on when the reason is gone."""

from __future__ import annotations

from integrations.policy import State
from tests.integrations.stage import Stage


def test_r27_a_finished_order_goes_out_without_a_further_click(connected: Stage) -> None:
    order = connected.finished_order()
    connected.push()
    assert connected.state(order) == State.TRANSFERRED
    assert connected.sent_orders() == [connected.delivery(order).reference]
    assert connected.ledger(order) == ["started", "sent"]
