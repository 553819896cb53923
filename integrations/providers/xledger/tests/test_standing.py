"""Orders are read back whatever has become of them; only Xledger's word makes one be gone."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.kernel.errors import MappingError
from integrations.providers.xledger.api import XledgerApi
from integrations.providers.xledger.kit import ORDER
from integrations.providers.xledger.pushes import find_order, send_order
from integrations.providers.xledger.sandbox import XledgerSandbox
from integrations.providers.xledger.standing import between, one

DAY = ORDER.order_date


def test_r113_an_order_that_was_closed_or_invoiced_there_is_still_found(
    api: XledgerApi, sandbox: XledgerSandbox
) -> None:
    """Else it would be made again."""
    sent = send_order(api, ORDER)
    sandbox.change("Order", sent.external_id, _closed=True, transferredBillingDate="2026-11-22T10:00:00")
    found = find_order(api, ORDER)
    assert found
    assert found.external_id == sent.external_id
    assert [there.external_id for there in between(api, DAY, DAY)] == [sent.external_id]


def test_an_order_whose_date_was_moved_is_found_by_itself_and_one_that_was_deleted_is_gone(
    api: XledgerApi, sandbox: XledgerSandbox
) -> None:
    sent = send_order(api, ORDER)
    sandbox.change("Order", sent.external_id, orderDate="2027-01-04")
    assert list(between(api, DAY, DAY)) == []
    assert [there.external_id for there in between(api, date(2027, 1, 1), date(2027, 1, 31))] == [sent.external_id]
    there = one(api, sent.external_id)
    assert there
    assert (there.reference, there.customer_id, there.project_id) == (
        ORDER.reference,
        ORDER.customer_id,
        ORDER.project_id,
    )
    assert [line.quantity for line in there.lines] == [line.quantity for line in ORDER.lines]
    sandbox.delete("Order", sent.external_id)
    assert one(api, sent.external_id) is None


def test_a_project_that_cannot_be_read_is_not_compared(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    del sandbox.own_schema().type_map["Order"].fields["project"]  # type: ignore[attr-defined]
    sent = send_order(api, ORDER)
    there = one(api, sent.external_id)
    assert there
    assert (there.project_id, there.unread) == (None, ("project",))


def test_where_orders_cannot_be_asked_for_by_their_id_none_is_gone(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    del sandbox.own_schema().type_map["Order_Filter"].fields["dbId_in"]  # type: ignore[attr-defined]
    with pytest.raises(MappingError, match="dbId"):
        one(api, "1")
