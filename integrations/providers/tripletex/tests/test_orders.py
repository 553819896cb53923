"""What goes to Tripletex as an order, and that it is never invoiced."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.kernel.errors import Code, NotReady, Refused, Turn
from integrations.kernel.payloads import OrderLinePayload, OrderPayload
from integrations.providers.tripletex.api import TripletexApi
from integrations.providers.tripletex.kit import KIT
from integrations.providers.tripletex.mapping import carries, order_body
from integrations.providers.tripletex.pushes import find_order, send_order
from integrations.providers.tripletex.sandbox import KEY_LIMITED, TripletexSandbox
from integrations.providers.tripletex.tests.conftest import Open

assert KIT.order is not None
ORDER: OrderPayload = KIT.order


def test_r28_customer_project_products_quantities_and_prices_arrive(
    api: TripletexApi, sandbox: TripletexSandbox
) -> None:
    receipt = send_order(api, ORDER)
    (stored,) = sandbox.orders()
    assert stored["customer"] == {"id": 108_615_701}
    assert stored["project"] == {"id": 87_310_101}
    assert stored["ourContactEmployee"] == {"id": 18_500_401}
    assert stored["reference"] == "Busy 2026-118/1"
    assert (stored["orderDate"], stored["isClosed"], stored["number"]) == ("2026-11-22", False, receipt.number)
    lines = [
        (
            line["product"]["id"],
            line["count"],
            line["unitPriceExcludingVatCurrency"],
            line["amountExcludingVatCurrency"],
        )
        for line in stored["orderLines"]
    ]
    assert lines == [(53_120_202, 12.5, 1250, 15_625.0), (53_120_203, 3.33, 1350.5, 4047.45)]


def test_the_body_says_its_price_basis_and_leaves_the_vat_to_the_product() -> None:
    body = order_body(ORDER)
    assert body["isPrioritizeAmountsIncludingVat"] is False
    for line in body["orderLines"]:
        assert set(line) == {"product", "description", "count", "unitPriceExcludingVatCurrency", "discount"}
    lean = replace(ORDER, project_id=None, our_reference_employee_id=None)
    assert not {"project", "ourContactEmployee", "currency"} & set(order_body(lean))


def test_r34_an_order_without_reference_person_or_project_is_taken(api: TripletexApi) -> None:
    receipt = send_order(api, replace(ORDER, project_id=None, our_reference_employee_id=None))
    assert receipt.remarks == ()


def test_another_currency_is_sent_as_its_id(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    send_order(api, replace(ORDER, currency="SEK"))
    assert sandbox.orders()[0]["currency"] == {"id": 2}
    with pytest.raises(Refused, match="currency_not_used"):
        send_order(api, replace(ORDER, currency="ISK"))


def test_busy_never_invoices(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    send_order(api, ORDER)
    find_order(api, ORDER)
    assert not [seen for seen in sandbox.requests() if "nvoice" in seen.path]
    assert {seen.method for seen in sandbox.requests()} == {"GET", "POST"}


def test_what_stands_there_otherwise_than_sent_is_said(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    receipt = send_order(api, ORDER)
    (stored,) = sandbox.orders()
    lines = [dict(line) for line in stored["orderLines"]]
    lines[1]["count"] = 4
    sandbox.change("Order", receipt.external_id, orderLines=lines)
    found = find_order(api, ORDER)
    assert found is not None
    (remark,) = found.remarks
    assert remark.code == Code.STORED_DIFFERS
    assert remark.params == {"field": "quantity", "sent": "3.33", "stored": "4"}
    assert remark.record is not None
    assert remark.record.line == 1


def test_r31_an_order_moved_to_another_date_there_is_still_found(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    receipt = send_order(api, ORDER)
    sandbox.change("Order", receipt.external_id, orderDate="2026-12-01")
    assert find_order(api, ORDER) is not None


def test_the_reference_is_matched_whole() -> None:
    assert carries({"reference": " Busy 2026-118/1 "}, "Busy 2026-118/1")
    assert carries({"reference": "PO 7", "invoiceComment": "Hei\nBusy 2026-118/1\n"}, "Busy 2026-118/1")
    assert not carries({"reference": "Busy 2026-118/11", "invoiceComment": "se Busy 2026-118/1 her"}, "Busy 2026-118/1")
    assert not carries({"reference": None, "invoiceComment": None}, "Busy 2026-118/1")


def test_a_reference_too_long_is_known_before_sending(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    with pytest.raises(NotReady, match="reference_too_long"):
        send_order(api, replace(ORDER, reference="x" * 256))
    assert sandbox.requests("POST", "/order") == []


def test_r33_a_refusal_we_cannot_explain_comes_in_tripletex_own_words(api: TripletexApi) -> None:
    line = OrderLinePayload(product_id="53120202", description="", quantity=Decimal(1), unit_price=Decimal(1))
    with pytest.raises(Refused) as raised:
        send_order(api, replace(ORDER, lines=(replace(line, discount_percent=Decimal(101)),)))
    problem = raised.value.problem
    assert (problem.code, problem.turn) == (Code.VALIDATION, Turn.AUTHOR)
    assert problem.params["field"] == "orderLines.discount"
    assert problem.params["message"] == "Må være mellom 0 og 100."


def test_a_missing_right_to_orders_is_told_as_such(connect: Open) -> None:
    with pytest.raises(Refused, match="rights_missing"):
        send_order(connect(KEY_LIMITED), ORDER)
