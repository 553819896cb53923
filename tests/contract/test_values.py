"""What travels keeps its worth: payloads to JSON and back, fingerprints over content."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from integrations.kernel.errors import Code, Cure, CurePage, Problem, RecordRef, Turn
from integrations.kernel.payloads import HoursPayload, OrderLinePayload, OrderPayload, Receipt, from_json, to_json
from integrations.kernel.records import RECORD_TYPES, CustomerRecord, ProductRecord, ProjectRecord, fingerprint

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_AMOUNT = st.decimals(allow_nan=False, allow_infinity=False, places=None, min_value=-(10**12), max_value=10**12)
_LINES = st.builds(
    OrderLinePayload,
    description=_TEXT,
    quantity=_AMOUNT,
    unit_price=_AMOUNT,
    product_id=st.none() | _TEXT,
    unit=_TEXT,
    discount_percent=_AMOUNT,
)
_ORDERS = st.builds(
    OrderPayload,
    reference=_TEXT,
    number=_TEXT,
    customer_id=_TEXT,
    project_id=st.none() | _TEXT,
    our_reference_employee_id=st.none() | _TEXT,
    order_date=st.dates(),
    delivery_date=st.dates(),
    currency=_TEXT,
    comment=_TEXT,
    lines=st.lists(_LINES, max_size=4).map(tuple),
)
_PROBLEMS = st.builds(
    Problem,
    code=st.sampled_from(Code),
    params=st.dictionaries(_TEXT, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT | st.lists(_TEXT)),
    record=st.none() | st.builds(RecordRef, what=_TEXT, external_id=_TEXT, line=st.none() | st.integers(0, 99)),
    field=_TEXT,
    turn=st.sampled_from(Turn),
    cure=st.none() | st.builds(Cure, page=st.none() | st.sampled_from(CurePage), url=_TEXT),
    automatic=st.booleans(),
)


@given(_ORDERS)
def test_an_order_survives_the_database(order: OrderPayload) -> None:
    stored = json.loads(json.dumps(to_json(order)))
    back = from_json(OrderPayload, stored)
    assert back == order
    assert [str(line.unit_price) for line in back.lines] == [str(line.unit_price) for line in order.lines], "exactly"


@given(
    st.builds(Receipt, external_id=_TEXT, number=_TEXT, url=_TEXT, remarks=st.lists(_PROBLEMS, max_size=2).map(tuple))
)
def test_a_receipt_survives_the_database(receipt: Receipt) -> None:
    assert from_json(Receipt, json.loads(json.dumps(to_json(receipt)))) == receipt


@given(_PROBLEMS)
def test_a_problem_survives_the_database(problem: Problem) -> None:
    assert Problem.from_json(json.loads(json.dumps(problem.to_json()))) == problem


@given(
    st.builds(
        HoursPayload,
        reference=_TEXT,
        employee_id=_TEXT,
        project_id=st.none() | _TEXT,
        work_type_id=_TEXT,
        day=st.dates(),
        minutes=st.integers(0, 1440),
        billable_minutes=st.none() | st.integers(0, 1440),
    )
)
def test_hours_survive_the_database(hours: HoursPayload) -> None:
    assert from_json(HoursPayload, json.loads(json.dumps(to_json(hours)))) == hours


def test_a_fingerprint_is_about_content() -> None:
    bread = ProductRecord(external_id="1", number="10", name="Brød", price=Decimal("950.00"), currency="NOK")
    assert fingerprint(bread) == fingerprint(replace(bread, price=Decimal(950)))
    assert fingerprint(bread).hex() == "b2b49ed5a72ff342a3bd28d16ffb24a8", (
        "stays the same over releases: a change means one whole re-write everywhere"
    )
    others = [
        replace(bread, **change)
        for change in (
            {"external_id": "2"}, {"number": "1"}, {"name": "Brod"}, {"price": Decimal("950.01")}, {"price": None},
            {"currency": ""}, {"archived": True}, {"unit": "t"},
        )
    ]  # fmt: skip
    assert len({fingerprint(bread), *map(fingerprint, others)}) == len(others) + 1


def test_fields_do_not_run_into_each_other() -> None:
    one = CustomerRecord(external_id="1", number="23", name="A")
    two = CustomerRecord(external_id="12", number="3", name="A")
    assert fingerprint(one) != fingerprint(two)
    project = ProjectRecord(external_id="1", number="23", name="A", start_date=date(2026, 1, 1))
    assert fingerprint(project) != fingerprint(replace(project, start_date=None, end_date=date(2026, 1, 1)))


def test_every_kind_has_its_record() -> None:
    assert {record.kind for record in RECORD_TYPES.values()} == set(RECORD_TYPES)
