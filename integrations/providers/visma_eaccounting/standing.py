"""Reading orders back as they stand in Visma eAccounting, invoiced ones among them, for reconciliation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from integrations.kernel.connector import Standing
from integrations.kernel.parse import each, optional_day
from integrations.kernel.payloads import StandingOrder
from integrations.providers.visma_eaccounting import mapping
from integrations.providers.visma_eaccounting.api import EaccountingApi, QueryRefused
from integrations.providers.visma_eaccounting.listing import walk


def between(api: EaccountingApi, first: date, last: date) -> Iterator[StandingOrder]:
    """Narrowed by the order's date where that filter is taken [inferred], and all orders where it is not."""
    after = last + timedelta(days=1)
    for filters in (f"OrderDate ge {first}T00:00:00Z and OrderDate lt {after}T00:00:00Z", ""):
        try:
            for page in walk(api, "/orders", right="orders", filters=filters):
                rows = [row for row in page.rows if (day := optional_day(row, "OrderDate")) and first <= day <= last]
                yield from each(rows, lambda row: mapping.standing_order(row, url=api.link("order")), "Data")
            return
        except QueryRefused:
            if not filters:
                raise


def one(api: EaccountingApi, external_id: str) -> StandingOrder | None:
    row = api.get_one(f"/orders/{external_id}", right="orders")
    return None if row is None else mapping.standing_order(row, url=api.link("order"))


STANDING: Standing[EaccountingApi] = Standing(between=between, one=one)
