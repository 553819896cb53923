"""Reading orders back as they stand in Tripletex, invoiced ones among them, for reconciliation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from integrations.kernel.connector import Standing
from integrations.kernel.parse import each
from integrations.kernel.payloads import StandingOrder
from integrations.providers.tripletex import mapping
from integrations.providers.tripletex.api import TripletexApi
from integrations.providers.tripletex.listing import Part, walk


def between(api: TripletexApi, first: date, last: date) -> Iterator[StandingOrder]:
    """`orderDateTo` is exclusive, and without `isClosed` both open and closed ones come [spec]."""
    part: Part = {"orderDateFrom": first.isoformat(), "orderDateTo": (last + timedelta(days=1)).isoformat()}
    for page in walk(api, "/order", mapping.ORDER_FIELDS, right="orders", rows=dict, parts=[part]):
        for order in each(page.rows, mapping.standing_order, "values"):
            yield mapping.with_link(order, api.link("order", order.external_id))


def one(api: TripletexApi, external_id: str) -> StandingOrder | None:
    row = api.get_one(f"/order/{external_id}", mapping.ORDER_FIELDS, right="orders")
    if row is None:
        return None
    order = mapping.standing_order(row)
    return mapping.with_link(order, api.link("order", order.external_id))


STANDING: Standing[TripletexApi] = Standing(between=between, one=one)
