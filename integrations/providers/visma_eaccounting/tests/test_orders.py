"""R54, R55: what goes to Visma eAccounting as a draft order, and that it stays one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from integrations.kernel.errors import Code, NotReady, Refused, Turn
from integrations.kernel.payloads import OrderPayload
from integrations.providers.visma_eaccounting.api import EaccountingApi
from integrations.providers.visma_eaccounting.kit import KIT
from integrations.providers.visma_eaccounting.mapping import carries, order_body
from integrations.providers.visma_eaccounting.pushes import earliest, find_order, send_order
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox import lists as sandbox_lists
from integrations.providers.visma_eaccounting.sandbox.contract import contract
from integrations.providers.visma_eaccounting.sandbox.seed import REFRESH_SOLO, guid
from integrations.providers.visma_eaccounting.tests.conftest import Open

assert KIT.order is not None
ORDER: OrderPayload = KIT.order


def test_r54_r55_it_arrives_as_a_draft_with_our_reference_first_and_the_project_on_each_article(
    api: EaccountingApi, sandbox: EaccountingSandbox
) -> None:
    receipt = send_order(api, ORDER)
    (stored,) = sandbox.orders()
    assert (stored["Status"], stored["CustomerId"], stored["CurrencyCode"]) == (1, guid(1, 1), "NOK")
    assert (stored["OurReference"], stored["YourReference"]) == ("Bo Lindqvist", "Kari Kontakt")
    assert (stored["InvoiceCustomerName"], stored["InvoicePostalCode"]) == ("Havgap Sjømat AS", "9008")
    assert receipt.number == str(stored["Number"])
    marker, comment, *articles = stored["Rows"]
    assert (marker["LineNumber"], marker["IsTextRow"], marker["Text"]) == (1, True, "Busy 2026-118/1")
    assert comment["Text"] == "Uke 46–47: «design» & søm"
    assert [
        (row["ArticleId"], row["Quantity"], row["DeliveredQuantity"], row["UnitPrice"], row["DiscountPercentage"])
        for row in articles
    ] == [(guid(3, 2), 12.5, 12.5, 1250, 0), (guid(3, 3), 3.33, 3.33, 1350.5, 0.1)]
    assert {row["ProjectId"] for row in articles} == {guid(2, 1)}
    assert articles[1]["Amount"] == 4047.45


def test_the_customers_terms_go_along_and_the_companys_where_those_are_not_for_sales(
    api: EaccountingApi, sandbox: EaccountingSandbox
) -> None:
    send_order(api, ORDER)
    sandbox.change("customers", guid(1, 1), TermsOfPaymentId=guid(5, 2))  # for purchases only
    send_order(api, replace(ORDER, reference="Busy 2026-119/1"))
    sandbox.delete("termsofpayments", guid(5, 1))
    send_order(api, replace(ORDER, reference="Busy 2026-120/1"))
    assert [stored["TermsOfPaymentId"] for stored in sandbox.orders()] == [guid(5, 1), guid(5, 1), None]


def test_r52_r54_busy_writes_nothing_but_drafts(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    send_order(api, ORDER)
    find_order(api, ORDER)
    written = [(seen.method, seen.path) for seen in sandbox.requests() if seen.method != "GET"]
    assert set(written) == {("POST", "/connect/token"), ("POST", "/v2/orders")}


def test_the_body_is_one_the_vendors_document_takes() -> None:
    body = order_body(ORDER, None)
    as_json = msgspec.json.decode(msgspec.json.Encoder(decimal_format="number").encode(body))
    assert contract().write_faults("OrderApi", as_json) == []
    assert not {"Amount", "InvoiceCity", "YourReference"} & set(body), "what is not known is left out, not sent empty"
    lean = order_body(replace(ORDER, project_id=None, our_reference_name="", comment=""), None)
    assert "OurReference" not in lean
    assert [row.get("ProjectId") for row in lean["Rows"]] == [None, None, None]


def test_a_long_comment_takes_as_many_rows_as_it_needs(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    receipt = send_order(api, replace(ORDER, comment="x" * 4_500))
    assert receipt.remarks == ()
    (stored,) = sandbox.orders()
    assert [len(row["Text"]) for row in stored["Rows"][1:4]] == [2000, 2000, 500]


def test_delivered_is_what_was_ordered_in_the_two_decimals_it_takes(api: EaccountingApi) -> None:
    line = replace(ORDER.lines[0], quantity=Decimal("1.3333"))
    assert send_order(api, replace(ORDER, lines=(line,))).remarks == ()


def test_a_draft_without_a_number_is_known_by_its_id(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    receipt = send_order(api, ORDER)
    sandbox.change("orders", receipt.external_id, Number=None)
    found = find_order(api, ORDER)
    assert found is not None
    assert (found.external_id, found.number) == (receipt.external_id, "")


@pytest.mark.parametrize("is_filtered", [True, False])
def test_r31_a_lost_order_is_found_among_the_customers_newer_ones(
    api: EaccountingApi, sandbox: EaccountingSandbox, monkeypatch: pytest.MonkeyPatch, is_filtered: bool
) -> None:
    receipts = [send_order(api, replace(ORDER, reference=f"Busy {n}")) for n in range(6)]
    sandbox.forget_requests()
    if not is_filtered:
        monkeypatch.setattr(sandbox_lists, "_TERM", re.compile("never"))
    found = find_order(api, replace(ORDER, reference="Busy 4"))
    assert found is not None
    assert found.external_id == receipts[4].external_id
    first = dict(sandbox.requests("GET", "/v2/orders")[0].query)
    assert first["$filter"].startswith(f"CustomerId eq {ORDER.customer_id} and CreatedUtc ge 20")


def test_the_time_it_is_looked_for_from_covers_orders_dated_ahead_and_looks_made_late() -> None:
    now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert earliest(date(2027, 3, 1), now) == "2025-11-21T00:00:00Z"
    assert earliest(date(2026, 1, 1), now) == "2024-12-31T00:00:00Z"


def test_the_reference_is_matched_as_a_whole_row_of_text() -> None:
    def order(text: str, *, is_text: bool = True) -> dict[str, object]:
        return {"Rows": [{"IsTextRow": is_text, "Text": text}]}

    assert carries(order(" Busy 1 "), "Busy 1")
    assert not carries(order("Busy 11"), "Busy 1")
    assert not carries(order("see Busy 1"), "Busy 1")
    assert not carries(order("Busy 1", is_text=False), "Busy 1")
    assert not carries({"Rows": None}, "Busy 1")


def test_a_date_outside_the_fiscal_years_is_told_with_the_date(api: EaccountingApi) -> None:
    with pytest.raises(Refused) as raised:
        send_order(api, replace(ORDER, order_date=date(2031, 1, 2)))
    problem = raised.value.problem
    assert (problem.code, problem.turn) == ("fiscal_year_missing", Turn.ACCOUNTING)
    assert problem.params["day"] == "2031-01-02"
    assert problem.params["error_id"]


def test_an_edition_without_orders_refuses_the_order_and_nothing_else(connect: Open) -> None:
    with pytest.raises(Refused) as raised:
        send_order(connect(REFRESH_SOLO), ORDER)
    assert raised.value.problem.code == "orders_not_included"


def test_r33_a_refusal_we_cannot_explain_comes_in_the_vendors_words(api: EaccountingApi) -> None:
    with pytest.raises(Refused) as raised:
        send_order(api, replace(ORDER, currency="ISK"))
    problem = raised.value.problem
    assert (problem.code, problem.params["field"]) == (Code.VALIDATION, "CurrencyCode")
    assert problem.params["message"] == "The currency ISK is not in use."


def test_what_stands_there_otherwise_than_sent_is_said(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    receipt = send_order(api, ORDER)
    (stored,) = sandbox.orders()
    rows = [dict(row) for row in stored["Rows"]]
    rows[3]["Quantity"] = 4
    sandbox.change("orders", receipt.external_id, Rows=rows)
    found = find_order(api, ORDER)
    assert found is not None
    (remark,) = found.remarks
    assert remark.code == Code.STORED_DIFFERS
    assert remark.params == {"field": "quantity", "sent": "3.33", "stored": "4"}


def test_prices_read_as_including_vat_are_said(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    receipt = send_order(api, ORDER)
    sandbox.change("orders", receipt.external_id, IncludesVat=True, Amount=19672.45, VatAmount=3934.49)
    found = find_order(api, ORDER)
    assert found is not None
    assert [(remark.params["field"], remark.params["stored"]) for remark in found.remarks] == [("total", "15737.96")]


def test_a_reference_too_long_is_known_before_sending(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    with pytest.raises(NotReady, match="reference_too_long"):
        send_order(api, replace(ORDER, reference="x" * 121))
    assert sandbox.requests("POST", "/v2/orders") == []
