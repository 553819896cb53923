"""R46 to R49: an order is a header and its lines, arrives once and whole, and is never moved on by Busy."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from integrations.kernel.connector import CheckState
from integrations.kernel.errors import Code, LoginNeeded, MappingError, NotReady, Refused, Temporary, Turn, Unclear
from integrations.kernel.payloads import OrderLinePayload, Receipt
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.xledger import pushes, refusals
from integrations.providers.xledger.api import XledgerApi
from integrations.providers.xledger.checks import order_checks
from integrations.providers.xledger.kit import ORDER, PRODUCT
from integrations.providers.xledger.pushes import find_order, send_order
from integrations.providers.xledger.sandbox import TOKEN_LIMITED, XledgerSandbox
from integrations.providers.xledger.tests.conftest import Open


def _deliver(api: XledgerApi) -> Receipt:
    """What the outbox does: send; when in doubt look first, then send again."""
    is_unclear = False
    for _ in range(12):
        try:
            if is_unclear and (found := find_order(api, ORDER)) is not None:
                return found
            return send_order(api, ORDER)
        except Unclear:
            is_unclear = True
        except (Temporary, MappingError, LoginNeeded):
            continue
    raise AssertionError("never delivered")


def _inputs(sandbox: XledgerSandbox, path: str) -> list[dict[str, Any]]:
    found = [msgspec.json.decode(seen.body) for seen in sandbox.requests("POST", path)]
    return [row["node"] for body in found for row in body["variables"]["inputs"]]


def test_r28_r46_customer_project_reference_products_and_prices_arrive(
    api: XledgerApi, sandbox: XledgerSandbox
) -> None:
    receipt = send_order(api, ORDER)
    (stored,) = sandbox.orders()
    assert (stored["subledger"], stored["project"], stored["ourRef"]) == (24_934_231, 28_630_394, 698_701)
    assert (stored["extOrder"], stored["orderDate"], stored["_currency"]) == ("Busy 2026-118/1", "2026-11-22", "NOK")
    assert (stored["invoiceHeader"], stored["internalInfo"]) == ("Uke 46–47: «design» & søm", "Busy 2026-118")
    assert (receipt.external_id, receipt.number) == (str(stored["dbId"]), stored["orderNumber"])
    lines = [(line["lineNo"], line["product"], line["quantity"], line["amount"]) for line in stored["details"]]
    assert lines == [(1, 1_915_442, 12.5, "15625.00"), (2, 1_915_443, 3.33, "4047.45")]


def test_r47_busy_moves_no_order_on(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    send_order(api, ORDER)
    find_order(api, ORDER)
    (header,) = _inputs(sandbox, "/AddOrder")
    assert not {"lgOrderLevel", "lgOrderType", "ourSales", "taxRule", "invoiceDeliveryMethod"} & set(header)
    assert {seen.path for seen in sandbox.requests("POST")} == {"/AddOrder", "/AddOrderLines"}


def test_an_order_is_sent_in_four_requests(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    api.schema()
    sandbox.forget_requests()
    send_order(api, ORDER)
    assert [seen.path for seen in sandbox.requests()] == ["/FindOrder", "/AddOrder", "/AddOrderLines", "/OrderStored"]


def test_amounts_travel_exactly(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    send_order(api, ORDER)
    body = sandbox.requests("POST", "/AddOrderLines")[0].body
    assert '"quantity":3.33' in body
    assert '"unitPrice":"1350.5"' in body


def test_r34_an_order_without_reference_person_or_project_is_taken(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    receipt = send_order(api, replace(ORDER, project_id=None, our_reference_employee_id=None))
    assert receipt.remarks == ()
    assert not {"project", "ourRef"} & set(_inputs(sandbox, "/AddOrder")[0])


def test_sending_twice_makes_one_order(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    first, again = send_order(api, ORDER), send_order(api, ORDER)
    assert (again.external_id, first.adopted, again.adopted) == (first.external_id, False, True)
    assert len(sandbox.orders()) == 1


LOST = [
    Fault(kind=FaultKind.DROP_BEFORE),
    Fault(kind=FaultKind.DROP_AFTER),
    Fault(kind=FaultKind.TRUNCATE),
    Fault(kind=FaultKind.BROKEN_JSON),
    Fault(kind=FaultKind.HTML_200, after=True),
    Fault(kind=FaultKind.STATUS, status=500),
    Fault(kind=FaultKind.STATUS, status=503, after=True),
    Fault(kind=FaultKind.STATUS, status=429, retry_after=0),
    Fault(kind=FaultKind.UNAUTHORIZED),
]


@pytest.mark.parametrize("path", ["/AddOrder", "/AddOrderLines"])
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.after}")
def test_r113_an_answer_lost_on_header_or_lines_makes_one_whole_order(
    api: XledgerApi, sandbox: XledgerSandbox, fault: Fault, path: str
) -> None:
    sandbox.arm(replace(fault, method="POST", path=path))
    receipt = _deliver(api)
    (stored,) = sandbox.orders()
    assert str(stored["dbId"]) == receipt.external_id
    assert [line["lineNo"] for line in stored["details"]] == [1, 2]
    assert receipt.remarks == ()


def test_a_header_that_stands_alone_is_not_found_but_finished(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    sandbox.arm(Fault(kind=FaultKind.DROP_BEFORE, method="POST", path="/AddOrderLines"))
    with pytest.raises(Unclear):
        send_order(api, ORDER)
    assert find_order(api, ORDER) is None
    receipt = send_order(api, ORDER)
    assert not receipt.adopted
    assert len(_inputs(sandbox, "/AddOrder")) == 1
    assert len(sandbox.orders()[0]["details"]) == 2


def test_only_the_lines_that_are_missing_are_sent(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    send_order(api, ORDER)
    (stored,) = sandbox.orders()
    sandbox.delete("OrderDetail", stored["details"][0]["dbId"])
    sandbox.forget_requests()
    send_order(api, ORDER)
    assert [node["lineNo"] for node in _inputs(sandbox, "/AddOrderLines")] == [1]
    assert sorted(line["lineNo"] for line in sandbox.orders()[0]["details"]) == [1, 2]


def test_an_order_that_went_to_invoicing_is_not_touched(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    send_order(api, ORDER)
    (stored,) = sandbox.orders()
    sandbox.delete("OrderDetail", stored["details"][0]["dbId"])
    sandbox.change("Order", stored["dbId"], transferredBillingDate="2026-11-23T09:00:00")
    found = find_order(api, ORDER)
    assert found is not None
    assert [remark.code for remark in found.remarks] == [Code.STORED_DIFFERS]
    sandbox.forget_requests()
    assert send_order(api, ORDER).remarks
    assert sandbox.requests("POST") == []


def test_an_order_somebody_changed_there_by_half_is_left_to_a_person(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    send_order(api, ORDER)
    (stored,) = sandbox.orders()
    sandbox.delete("OrderDetail", stored["details"][0]["dbId"])
    sandbox.change("OrderDetail", stored["details"][1]["dbId"], quantity=4)
    with pytest.raises(Refused) as raised:
        send_order(api, ORDER)
    assert (raised.value.problem.code, raised.value.problem.turn) == ("half_order", Turn.ACCOUNTING)
    assert raised.value.problem.params["number"] == stored["orderNumber"]


def test_what_stands_there_otherwise_than_sent_is_said(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    send_order(api, ORDER)
    sandbox.change("OrderDetail", sandbox.orders()[0]["details"][1]["dbId"], quantity=4)
    found = find_order(api, ORDER)
    assert found is not None
    (remark,) = found.remarks
    assert remark.params == {"field": "quantity", "sent": "3.33", "stored": "4"}


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_atomic", [True, False])
def test_a_line_that_is_refused_leaves_no_header_behind(
    api: XledgerApi, sandbox: XledgerSandbox, is_atomic: bool
) -> None:
    """Whether a mass mutation is all or nothing is not known: both must do."""
    sandbox.app.writing.is_atomic = is_atomic
    sandbox.change("Product", ORDER.lines[1].product_id or "", _closed=True)
    with pytest.raises(Refused) as raised:
        send_order(api, ORDER)
    problem = raised.value.problem
    assert problem.code == Code.PRODUCT_INACTIVE
    assert problem.record is not None
    assert problem.record.line == 1
    assert "No value matching owner 42365431, dbId '1915443'" in str(problem.params["message"])
    assert sandbox.orders() == []


def test_a_header_that_cannot_be_taken_away_is_said_and_made_whole_later(
    api: XledgerApi, sandbox: XledgerSandbox
) -> None:
    product = ORDER.lines[1].product_id or ""
    sandbox.change("Product", product, _closed=True)
    sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, method="POST", path="/RemoveOrder"))
    with pytest.raises(Refused) as raised:
        send_order(api, ORDER)
    (stored,) = sandbox.orders()
    assert raised.value.problem.code == "half_order"
    assert raised.value.problem.params["number"] == stored["orderNumber"]
    sandbox.change("Product", product, _closed=False)
    receipt = send_order(api, ORDER)
    assert receipt.external_id == str(stored["dbId"])
    assert len(sandbox.orders()[0]["details"]) == 2


def test_a_limit_between_header_and_lines_leaves_a_doubt_and_not_a_second_header(
    api: XledgerApi, sandbox: XledgerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "BURST_WAIT", 0.0)
    original = pushes._add_lines

    def limited(*args: Any) -> None:
        sandbox.limit("burst")
        monkeypatch.setattr(pushes, "_add_lines", original)
        original(*args)

    monkeypatch.setattr(pushes, "_add_lines", limited)
    with pytest.raises(Unclear):
        send_order(api, ORDER)
    _deliver(api)
    assert len(sandbox.orders()) == 1


def test_the_same_products_code_can_stand_on_many_lines(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    line = OrderLinePayload(product_id=PRODUCT, description="Design", quantity=Decimal(1), unit_price=Decimal(100))
    order = replace(ORDER, lines=(line,) * 502)
    assert send_order(api, order).remarks == ()
    assert len(sandbox.requests("POST", "/AddOrderLines")) == 2, "500 rows of a mutation"
    assert len(sandbox.orders()[0]["details"]) == 502


def test_another_currency_is_said_and_an_unknown_one_refused(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    send_order(api, replace(ORDER, currency="SEK"))
    assert sandbox.orders()[0]["_currency"] == "SEK"
    with pytest.raises(Refused) as raised:
        send_order(api, replace(ORDER, currency="ISK", reference="Busy 2026-119/1"))
    assert (raised.value.problem.code, raised.value.problem.params["currency"]) == (Code.CURRENCY_NOT_USED, "ISK")


def test_r33_a_refusal_we_cannot_explain_comes_in_xledgers_own_words(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    lines = (replace(ORDER.lines[0], discount_percent=Decimal(101)),)
    with pytest.raises(Refused) as raised:
        send_order(api, replace(ORDER, lines=lines))
    problem = raised.value.problem
    assert (problem.code, problem.params["field"]) == (Code.VALIDATION, "discountPercent")
    assert problem.params["message"] == "discountPercent: The value must be between 0 and 100."
    assert sandbox.orders() == []


@pytest.mark.parametrize(("missing", "right"), [("order_write", "order_write"), ("order_detail_write",) * 2])
def test_r44_a_missing_right_to_write_shows_at_the_first_order(
    connect: Open, sandbox: XledgerSandbox, missing: str, right: str
) -> None:
    sandbox.restore(missing=(missing,))
    with pytest.raises(Refused) as raised:
        send_order(connect(), ORDER)
    assert (raised.value.problem.code, raised.value.problem.params["right"]) == (Code.RIGHTS_MISSING, right)
    assert sandbox.orders() == []


def test_a_missing_right_to_read_orders_stops_before_writing(connect: Open, sandbox: XledgerSandbox) -> None:
    with pytest.raises(LoginNeeded, match="rights_missing"):
        send_order(connect(TOKEN_LIMITED), ORDER)
    assert sandbox.requests("POST") == []


def test_a_reference_too_long_is_known_before_sending(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    with pytest.raises(NotReady, match="reference_too_long"):
        send_order(api, replace(ORDER, reference="x" * 31))
    assert sandbox.requests() == []


# --- Names that were concluded ----------------------------------------------------------------------------------------


def test_another_name_of_the_mutations_is_found_in_the_schema(connect: Open, sandbox: XledgerSandbox) -> None:
    mutations = sandbox.own_schema().mutation_type
    assert mutations is not None
    for old, new in (("addOrders", "addLgOrders"), ("addOrderDetails", "addLgOrderDetails")):
        mutations.fields[new] = mutations.fields.pop(old)
        sandbox.app._root[new] = sandbox.app._root.pop(old)
    receipt = send_order(connect(), ORDER)
    assert receipt.remarks == ()
    assert len(sandbox.orders()[0]["details"]) == 2


def test_a_reference_that_is_no_filter_is_looked_for_among_changed_orders(
    connect: Open, sandbox: XledgerSandbox
) -> None:
    shapes: Any = sandbox.own_schema().type_map["Order_Filter"]
    del shapes.fields["extOrder"]
    api = connect()
    first = send_order(api, ORDER)
    found = find_order(api, ORDER)
    assert found is not None
    assert found.external_id == first.external_id
    assert find_order(api, replace(ORDER, reference="Busy 2026-118/2")) is None


def test_an_input_without_project_or_currency_still_takes_the_order(connect: Open, sandbox: XledgerSandbox) -> None:
    node: Any = sandbox.own_schema().type_map["AddOrdersInputNode"]
    for name in ("project", "currency", "invoiceHeader"):
        del node.fields[name]
    assert send_order(connect(), ORDER).external_id
    assert sandbox.orders()[0]["text"] == ORDER.comment


def test_a_schema_without_order_mutations_refuses_by_the_missing_right(connect: Open, sandbox: XledgerSandbox) -> None:
    mutations = sandbox.own_schema().mutation_type
    assert mutations is not None
    del mutations.fields["addOrders"]
    with pytest.raises(Refused, match="rights_missing"):
        send_order(connect(), ORDER)


# --- R49 --------------------------------------------------------------------------------------------------------------


def test_r49_the_checklist_is_asked_live_and_complete(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    api.schema()
    sandbox.forget_requests()
    checks = order_checks(api, ORDER)
    assert [check.name for check in checks] == [
        "project_active", "project_sales", "project_fields", "customer_active", "customer_sales", "customer_fields",
        "reference_active", "product_active", "product_active",
    ]  # fmt: skip
    assert len(sandbox.requests()) == 2
    sandbox.change("Contact", "698703", _closed=True, toDate="2026-01-31")
    sandbox.change("Customer", "24934231", ourSales=None)
    failed = {check.name: check.problem for check in order_checks(api, ORDER) if check.state is CheckState.FAILED}
    assert set(failed) == {"project_sales", "customer_sales"}
    assert failed["project_sales"] is not None
    assert failed["project_sales"].params["person"] == "Maja Östberg"
    assert failed["customer_sales"] is not None
    assert failed["customer_sales"].code == "sales_missing"
