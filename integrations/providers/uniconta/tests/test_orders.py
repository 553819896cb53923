"""Orders: made whole after a lost answer, left alone once invoiced, and explained when refused (R105, R113)."""

from __future__ import annotations

import pytest

from integrations.kernel.errors import Refused, Unclear
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.kit import KIT
from integrations.providers.uniconta.pushes import find_order, send_order
from integrations.providers.uniconta.sandbox import UnicontaSandbox
from integrations.providers.uniconta.standing import STANDING

LINES = "/Crud/InsertList/DebtorOrderLineClient"
assert KIT.order is not None
ORDER = KIT.order


def test_a_header_whose_lines_did_not_arrive_is_made_whole_and_not_sent_twice(
    api: UnicontaApi, sandbox: UnicontaSandbox
) -> None:
    sandbox.arm(Fault(kind=FaultKind.DROP_BEFORE, method="POST", path=LINES))
    with pytest.raises(Unclear):
        send_order(api, ORDER)
    assert len(sandbox.all("DebtorOrderClient")) == 1
    assert find_order(api, ORDER) is None
    receipt = send_order(api, ORDER)
    (order,) = sandbox.orders()
    assert (order["id"], len(order["Lines"])) == (receipt.external_id, 2)


def test_a_new_order_has_the_customers_terms_and_names_our_reference(
    api: UnicontaApi, sandbox: UnicontaSandbox
) -> None:
    send_order(api, ORDER)
    (order,) = sandbox.orders()
    assert order["Payment"] == "Net14"
    assert order["OurRef"] == f"{ORDER.reference} / Bo Lindqvist"  # R34


def test_an_order_that_was_invoiced_is_found_and_left_alone(api: UnicontaApi, sandbox: UnicontaSandbox) -> None:
    receipt = send_order(api, ORDER)
    sandbox.invoice(receipt.external_id)
    found = find_order(api, ORDER)
    assert found is not None
    assert found.external_id == receipt.external_id
    assert send_order(api, ORDER).adopted
    assert sandbox.all("DebtorOrderClient") == []
    there = STANDING.one(api, receipt.external_id)
    assert there is not None
    assert there.unread == ("project", "lines")
    assert STANDING.one(api, "999999") is None


def test_a_customer_over_the_credit_limit_is_told_by_its_own_name(api: UnicontaApi, sandbox: UnicontaSandbox) -> None:
    sandbox.change("DebtorClient", ORDER.customer_id, _stopped=True)
    with pytest.raises(Refused, match="credit_limit"):
        send_order(api, ORDER)
    assert sandbox.all("DebtorOrderClient") == []
