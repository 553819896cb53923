"""How hours become money: minutes are summed and rounded once per line, and an order is the sum of its lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from busy.lib.money import line_amount
from orders.rules import Hours, LineFacts, LineKey, NotAPrice, amount_of, checked_price, checks_of, grouped, quantity_of

DAY = date(2026, 3, 2)

minutes = st.integers(1, 1440)
rates = st.decimals(0, 10_000, places=2)
hours = st.lists(st.tuples(st.integers(1, 4), rates, minutes), max_size=60)


def groups_of(made: list[tuple[int, Decimal, int]]) -> dict[LineKey, list[Hours]]:
    return grouped(
        (LineKey(work_type, rate), Hours(place, 1, work_type, DAY, length))
        for place, (work_type, rate, length) in enumerate(made)
    )


@given(hours, st.sampled_from(["NOK", "SEK", "ISK"]))
def test_an_order_comes_to_the_sum_of_its_lines_and_no_minute_is_lost(
    made: list[tuple[int, Decimal, int]], currency: str
) -> None:
    groups = groups_of(made)
    amounts = [line_amount(quantity_of(found), key.rate or Decimal(0), currency) for key, found in groups.items()]
    assert amount_of(groups, currency) == sum(amounts, Decimal(0))
    assert all(isinstance(amount, Decimal) for amount in amounts)
    assert sum(one.minutes for found in groups.values() for one in found) == sum(length for *_rest, length in made)


@given(st.lists(minutes, min_size=1, max_size=200))
def test_a_lines_quantity_is_within_half_a_hundredth_of_an_hour(lengths: list[int]) -> None:
    quantity = quantity_of(Hours(place, 1, 1, DAY, length) for place, length in enumerate(lengths))
    assert abs(quantity - Decimal(sum(lengths)) / 60) <= Decimal("0.005")
    assert quantity.as_tuple().exponent == -2


@given(hours)
def test_the_order_of_entries_changes_nothing(made: list[tuple[int, Decimal, int]]) -> None:
    assert amount_of(groups_of(made), "NOK") == amount_of(groups_of(made[::-1]), "NOK")


def test_a_price_may_be_no_finer_than_the_currency() -> None:
    assert checked_price(Decimal("1450.5"), "NOK") == Decimal("1450.50")
    assert checked_price(Decimal(1450), "ISK") == Decimal(1450)
    with pytest.raises(NotAPrice, match="ISK"):
        checked_price(Decimal("1450.5"), "ISK")


def test_what_blocks_comes_first_and_a_product_is_asked_for_only_by_a_system_r25() -> None:
    lines = [
        LineFacts(work_type_id=5, description="Design", has_price=True, product=None),
        LineFacts(work_type_id=6, description="Survey", has_price=True, product=False),
        LineFacts(work_type_id=7, description="Meetings", has_price=False, product=True),
    ]
    found = checks_of(lines, project_id=1, project="Fjell Arena", has_customer=True, system="Tripletex")
    assert [(check.code, check.is_blocking) for check in found] == [
        ("no_price", True),
        ("no_product", False),
        ("archived_product", False),
    ]
    assert [(check.url_name, check.object_id) for check in found[1:]] == [
        ("catalog:work-type", 5),
        ("catalog:work-type", 6),
    ]
    alone = checks_of(lines, project_id=1, project="Fjell Arena", has_customer=False, system="")
    assert [(check.code, check.is_blocking) for check in alone] == [("no_price", True), ("no_customer", False)]
