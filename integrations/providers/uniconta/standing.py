"""Reading orders back as they stand in Uniconta, for reconciliation; those that have become invoices by their heads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from integrations.kernel.connector import Standing
from integrations.kernel.parse import Row, each, optional_day
from integrations.kernel.payloads import StandingOrder
from integrations.providers.uniconta import mapping
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.listing import walk
from integrations.providers.uniconta.reconstructed import stored_key

ORDERS_TABLE, LINES, INVOICES = "DebtorOrderClient", "DebtorOrderLineClient", "DebtorInvoiceClient"
_RIGHT = "orders"


def between(api: UnicontaApi, first: date, last: date) -> Iterator[StandingOrder]:
    """By the day of delivery, the one day of ours that an order keeps. Invoices are asked for one by one."""
    orders = [
        row
        for page in walk(api, ORDERS_TABLE, "OrderNumber", right=_RIGHT)
        for row in page
        if (day := optional_day(row, "DeliveryDate")) and first <= day <= last
    ]
    if not orders:
        return
    wanted = {stored_key(row) for row in orders}
    lines: defaultdict[str, list[Row]] = defaultdict(list)
    # All lines in one reading: an order each would cost a call each.
    for row in api.query(LINES, "OrderNumber", right=_RIGHT):
        if stored_key(row) in wanted:
            lines[stored_key(row)].append(row)
    url = api.link("order")
    unique = {stored_key(row): row for row in orders}
    yield from each(
        unique.values(), lambda row: mapping.standing_order(row, lines[stored_key(row)], url=url), ORDERS_TABLE
    )


def one(api: UnicontaApi, external_id: str) -> StandingOrder | None:
    row = api.one(ORDERS_TABLE, "OrderNumber", external_id, right=_RIGHT)
    if row is not None:
        found = api.query(LINES, "OrderNumber", right=_RIGHT, value=external_id)
        lines = [line for line in found if stored_key(line) == external_id]
        return mapping.standing_order(row, lines, url=api.link("order"))
    invoice = api.one(INVOICES, "OrderNumber", external_id, right=_RIGHT)
    return None if invoice is None else mapping.invoiced_order(invoice, url=api.link("order"))


STANDING: Standing[UnicontaApi] = Standing(between=between, one=one)
