"""Reconciliation of orders, pure: what counts as equal, different, gone, not ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from integrations import order_comparison
from integrations.comparing_models import What
from integrations.kernel.connector import Standing
from integrations.kernel.errors import Temporary
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, StandingOrder
from integrations.months import Month
from integrations.order_comparison import Found, Sent

NOVEMBER = Month(first=date(2026, 11, 1))
DESIGN = OrderLinePayload(description="Design", quantity=Decimal("1.50"), unit_price=Decimal("1000.00"), product_id="7")
TRIP = OrderLinePayload(description="Reise", quantity=Decimal(1), unit_price=Decimal(250))
ORDER = OrderPayload(
    reference="Busy 1001 K7Q2M9XA",
    number="1001",
    customer_id="5",
    project_id="6",
    order_date=date(2026, 11, 20),
    delivery_date=date(2026, 11, 20),
    currency="NOK",
    lines=(DESIGN, TRIP),
)
SENT = Sent(delivery_id=1, external_id="40", reference=ORDER.reference, payload=ORDER)
THERE = StandingOrder(
    external_id="40",
    reference=ORDER.reference,
    customer_id="5",
    project_id="6",
    currency="NOK",
    lines=(DESIGN, TRIP),
)


def fields(there: StandingOrder) -> list[str]:
    return [detail["field"] for detail in order_comparison.differences(ORDER, there)]


def test_numbers_are_compared_as_numbers_and_lines_in_any_order() -> None:
    same = replace(DESIGN, quantity=Decimal("1.5"), unit_price=Decimal(1000), description="Design, uke 47")
    assert fields(replace(THERE, lines=(TRIP, same))) == []
    assert fields(replace(THERE, currency="")) == [], "the provider does not say"
    assert fields(replace(THERE, project_id=None, unread=("project",))) == [], "the provider does not let us read it"


def test_what_differs_is_named_the_sum_first() -> None:
    assert fields(replace(THERE, customer_id="9", project_id=None)) == ["customer", "project"]
    assert fields(replace(THERE, currency="SEK")) == ["total"]
    cheaper = replace(DESIGN, discount_percent=Decimal(10))
    details = order_comparison.differences(ORDER, replace(THERE, lines=(cheaper, TRIP)))
    assert [(d["field"], d["ours"], d["there"]) for d in details[:1]] == [("total", "1750.00 NOK", "1600.00 NOK")]
    assert details[1]["there"]["discount"] == "10"
    gone = order_comparison.differences(ORDER, replace(THERE, lines=(DESIGN,)))[1]
    assert (gone["ours"]["description"], gone["there"]) == ("Reise", None)


def test_one_of_two_equal_lines_that_is_gone_is_missed() -> None:
    twice = replace(ORDER, lines=(DESIGN, DESIGN))
    details = order_comparison.differences(twice, replace(THERE, lines=(DESIGN,)))
    assert [detail["field"] for detail in details] == ["total", "line"]


def standing(listed: list[StandingOrder], *, ends: bool, there: dict[str, StandingOrder]) -> Standing[None]:
    def between(_: None, first: date, last: date) -> Iterator[StandingOrder]:
        yield from listed
        if not ends:
            raise Temporary("timeout")

    return Standing(between=between, one=lambda _, external_id: there.get(external_id))


def test_a_list_that_breaks_off_concludes_nothing() -> None:
    cut = standing([], ends=False, there={})
    with pytest.raises(Temporary):
        order_comparison.read(cut, None, NOVEMBER, ["40"], lambda seen: None)


def test_a_list_that_ends_too_early_without_saying_so_makes_nothing_missing() -> None:
    short = standing([], ends=True, there={"40": THERE})
    found = order_comparison.read(short, None, NOVEMBER, ["40"], lambda seen: None)
    equal, unlike = order_comparison.compare([SENT], found)
    assert (equal, unlike) == ([SENT], [])


def test_what_the_provider_says_is_gone_is_missing() -> None:
    found = order_comparison.read(standing([], ends=True, there={}), None, NOVEMBER, ["40"], lambda seen: None)
    equal, unlike = order_comparison.compare([SENT], found)
    assert (equal, [one.what for one in unlike]) == ([], [What.MISSING])


def test_what_bears_our_sign_and_is_not_ours_is_told_and_the_rest_is_counted() -> None:
    copy = replace(THERE, external_id="41")
    foreign = replace(THERE, external_id="42", reference="Busy 1002 AAAA2222")
    waiting = replace(THERE, external_id="43", reference="Busy 1003 BBBB2222")
    theirs = replace(THERE, external_id="44", reference="Deres ref. Kari")
    found = Found(listed={one.external_id: one for one in (THERE, copy, foreign, waiting, theirs)})
    known = {ORDER.reference: SENT, waiting.reference: None}
    strange, others = order_comparison.strangers(found, {"40"}, known)
    assert [(one.what, one.there.external_id if one.there else "") for one in strange] == [
        (What.TWICE, "41"),
        (What.UNKNOWN, "42"),
    ]
    assert others == 1


def test_a_mark_changes_with_what_differs() -> None:
    details = order_comparison.differences(ORDER, replace(THERE, customer_id="9"))
    same = order_comparison.mark(What.DIFFERENT, details)
    assert same == order_comparison.mark(What.DIFFERENT, details)
    assert same != order_comparison.mark(What.DIFFERENT, [])
