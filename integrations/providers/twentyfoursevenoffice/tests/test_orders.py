"""Orders: the status that was chosen, never invoiced; what is refused is explained; nothing half is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.kernel.connector import CheckState
from integrations.kernel.errors import NotReady, Refused
from integrations.kernel.payloads import OrderPayload
from integrations.providers.twentyfoursevenoffice.checks import order_checks
from integrations.providers.twentyfoursevenoffice.kit import KIT
from integrations.providers.twentyfoursevenoffice.pushes import find_order, send_order
from integrations.providers.twentyfoursevenoffice.sandbox import OfficeSandbox
from integrations.providers.twentyfoursevenoffice.tests.conftest import Open

assert KIT.order is not None
ORDER: OrderPayload = KIT.order


@pytest.mark.parametrize(
    ("chosen", "stands"),
    [
        ("", "Web"),
        ("Draft", "Draft"),
        ("Confirmed", "Confirmed"),
        ("ForInvoicing", "ForInvoicing"),
        ("Invoiced", "Web"),
    ],
)
def test_an_order_arrives_with_the_status_that_was_chosen_and_is_never_invoiced(
    connect: Open, sandbox: OfficeSandbox, chosen: str, stands: str
) -> None:
    send_order(connect(options={"order_status": chosen}), ORDER)
    (order,) = sandbox.orders()
    assert order["OrderStatus"] == stands
    assert order["ProductionNumber"] == ORDER.reference
    assert order["OurReference"] == 41, "by the number of the employee, not of the contact"
    assert [row["SequenceNumber"] for row in order["InvoiceRows"]] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reference": "Busy 2026-118/1 and more"}, "reference_too_long"),
        ({"comment": "x" * 751}, "text_too_long"),
        ({"lines": (replace(ORDER.lines[0], product_id=None),)}, "line_without_product"),
        ({"our_reference_employee_id": "9007"}, "our_reference_unknown"),
        ({"our_reference_employee_id": "1"}, "our_reference_unknown"),
    ],
)
def test_what_24sevenoffice_would_not_take_is_known_before_anything_is_sent(
    connect: Open, sandbox: OfficeSandbox, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(NotReady, match=code):
        send_order(connect(), replace(ORDER, **changes))  # type: ignore[arg-type]
    assert sandbox.requests("POST") == []


def test_an_exception_of_the_row_is_a_refusal_in_the_systems_own_words(connect: Open, sandbox: OfficeSandbox) -> None:
    api = connect()
    with pytest.raises(Refused) as raised:
        send_order(api, replace(ORDER, currency="XXX"))
    assert raised.value.problem.params["message"] == "Currency XXX is not in use."
    assert "StackTrace" not in str(raised.value.problem.params)
    assert sandbox.orders() == []


def test_r32_who_may_not_be_our_reference_is_told(connect: Open) -> None:
    checks = order_checks(connect(), replace(ORDER, our_reference_employee_id="9007"))
    failed = [
        (check.name, check.problem.code) for check in checks if check.state is CheckState.FAILED and check.problem
    ]
    assert failed == [("reference_active", "reference_inactive")]


def test_an_order_dated_ahead_is_found_again(connect: Open) -> None:
    api = connect()
    later = replace(ORDER, order_date=ORDER.order_date.replace(year=2027))
    sent = send_order(api, later)
    found = find_order(api, later)
    assert found is not None
    assert found.external_id == sent.external_id
