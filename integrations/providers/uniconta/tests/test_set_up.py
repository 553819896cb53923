"""The set-up step (R104): its choices are Uniconta's own rows, and each answer is seen in what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.kernel.connector import Access
from integrations.kernel.errors import CurePage, Refused
from integrations.kernel.payloads import OrderLinePayload
from integrations.kernel.records import CustomerWithFields
from integrations.providers.uniconta import saves
from integrations.providers.uniconta.api import UnicontaApi, open_api
from integrations.providers.uniconta.facts import FACTS
from integrations.providers.uniconta.kit import KIT
from integrations.providers.uniconta.pushes import find_order, send_order
from integrations.providers.uniconta.sandbox import UnicontaSandbox
from integrations.providers.uniconta.set_up import choices
from integrations.providers.uniconta.standing import STANDING

assert KIT.order is not None
ORDER = KIT.order
OWN_WORDS = OrderLinePayload(description="Reise til Bergen", quantity=Decimal(1), unit_price=Decimal(1800))


@contextmanager
def answered(sandbox: UnicontaSandbox, **answers: str) -> Iterator[UnicontaApi]:
    assert FACTS.sandbox is not None
    access = Access(credentials=FACTS.sandbox.credentials, settings={"url": sandbox.url}, options=answers)
    with ExitStack() as stack:
        yield stack.enter_context(open_api(access))


def test_r104_each_question_is_answered_by_rows_that_are_in_use(sandbox: UnicontaSandbox) -> None:
    sandbox.change("PrCategoryClient", "20", Blocked=True)
    with answered(sandbox) as api:
        found = choices(api)
        assert set(found) == {question.key for question in FACTS.set_up}
        assert [one.value for one in found["order_category"]] == ["10"]
        assert "9" not in {one.value for one in found["order_employee"]}, "who has left"
        assert "199" not in {one.value for one in found["order_item"]}
        assert [one.label for one in found["customer_vat_zone"]] == ["Domestic"]
        sandbox.set_user(_rights_missing=["GLVatClient"])
        assert choices(api)["order_vat"] == (), "what may not be read is not asked"


def test_r104_an_order_arrives_with_what_was_answered_and_reads_back_as_it_was_sent(sandbox: UnicontaSandbox) -> None:
    order = replace(ORDER, lines=(*ORDER.lines, OWN_WORDS))
    with answered(
        sandbox, order_employee="2", order_payment="Net30", order_vat="S0", order_category="20", order_item="140"
    ) as api:
        receipt = send_order(api, order)
        assert receipt.remarks == ()
        (sent,) = sandbox.orders()
        assert [sent[name] for name in ("Employee", "Payment", "Vat", "PrCategory")] == ["2", "Net30", "S0", "20"]
        assert [(line["Item"], line["Vat"], line["PrCategory"]) for line in sent["Lines"]] == [
            ("110", "S0", "20"), ("120", "S0", "20"), ("140", "S0", "20"),
        ]  # fmt: skip
        there = STANDING.one(api, receipt.external_id)
        assert there is not None
        assert [line.product_id for line in there.lines] == ["110", "120", None]
        assert find_order(api, order) is not None
        assert len(sandbox.orders()) == 1


def test_r104_nothing_answered_leaves_it_to_uniconta(sandbox: UnicontaSandbox) -> None:
    with answered(sandbox) as api:
        send_order(api, replace(ORDER, lines=(*ORDER.lines, OWN_WORDS)))
        (sent,) = sandbox.orders()
        assert (sent["Payment"], "Vat" in sent, "Item" in sent["Lines"][2]) == ("Net14", False, False)


@pytest.mark.parametrize(
    ("answers", "spoilt", "code"),
    [
        ({"order_payment": "Net30"}, ("PaymentTermClient", "Net30"), "set_up_gone"),
        ({"order_item": "140"}, ("InvItemClient", "140"), "set_up_gone"),
        ({}, ("InvItemClient", "110"), "category_wanted"),
    ],
)
def test_r104_an_answer_that_does_not_hold_leads_back_to_the_set_up(
    sandbox: UnicontaSandbox, answers: dict[str, str], spoilt: tuple[str, str], code: str
) -> None:
    if code == "category_wanted":
        sandbox.change(*spoilt, PrCategory="")
    else:
        sandbox.delete(*spoilt)
    with answered(sandbox, **answers) as api, pytest.raises(Refused) as raised:
        send_order(api, replace(ORDER, lines=(*ORDER.lines, OWN_WORDS)))
    problem = raised.value.problem
    assert problem.cure is not None
    assert (problem.code, problem.cure.page) == (code, CurePage.SET_UP)
    assert sandbox.all("DebtorOrderClient") == []


def test_r104_a_new_customer_gets_group_terms_and_zone(sandbox: UnicontaSandbox) -> None:
    with answered(sandbox, customer_group="UTL", customer_payment="Net30", customer_vat_zone="EU") as api:
        saves.create(api, CustomerWithFields(external_id="", name="Molo AB", number="40001"), "Busy")
    made = next(row for row in sandbox.all("DebtorClient") if row["Account"] == "40001")
    assert (made["Group"], made["Payment"], made["VatZone"]) == ("UTL", "Net30", "EU")
