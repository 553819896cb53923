"""Reading orders back as they stand in Xledger, invoiced ones among them, for reconciliation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from integrations.kernel.connector import Standing
from integrations.kernel.errors import MappingError
from integrations.kernel.parse import Row, each, optional_day
from integrations.kernel.payloads import StandingOrder
from integrations.providers.xledger import documents, mapping
from integrations.providers.xledger.api import XledgerApi, local_text
from integrations.providers.xledger.facts import CENTRAL_EUROPE
from integrations.providers.xledger.listing import walk
from integrations.providers.xledger.reconstructed import finds_by_id, shows_project, stored_line_number

# Orders are narrowed by when they were changed [client], not by their date: one dated ahead was made before its month.
_DATED_AHEAD = timedelta(days=7)
_MADE_LATELY = timedelta(days=45)  # however far ahead these are dated
_PAGE = 500  # orders with their lines


def between(api: XledgerApi, first: date, last: date) -> Iterator[StandingOrder]:
    """Whoever dated an order further ahead finds it by `one`."""
    begins = min(first - _DATED_AHEAD, api.today() - _MADE_LATELY)
    variables = {"since": local_text(datetime.combine(begins, time(), CENTRAL_EUROPE))}
    for page in walk(api, _document(api, by_id=False), "orders", right="order", variables=variables, first=_PAGE):
        rows = [row for row in page.rows if (day := optional_day(row, "orderDate")) and first <= day <= last]
        yield from each(rows, lambda row: _order(api, row), "orders.edges")


def one(api: XledgerApi, external_id: str) -> StandingOrder | None:
    """Open, closed or invoiced. Raises MappingError where orders cannot be asked for by their id."""
    if not finds_by_id(api.schema()):
        raise MappingError("orders.filter", "a filter by dbId")
    pages = walk(api, _document(api, by_id=True), "orders", right="order", variables={"ids": [external_id]}, first=1)
    found = [_order(api, row) for page in pages for row in page.rows]
    return next((order for order in found if order.external_id == external_id), None)


def _document(api: XledgerApi, *, by_id: bool) -> str:
    schema = api.schema()
    return documents.standing(
        by_id=by_id, line_number=stored_line_number(schema), project="project" if shows_project(schema) else ""
    )


def _order(api: XledgerApi, row: Row) -> StandingOrder:
    schema = api.schema()
    order = mapping.standing_order(row, stored_line_number(schema), url=api.link("order", ""))
    return order if shows_project(schema) else mapping.without_project(order)


STANDING: Standing[XledgerApi] = Standing(between=between, one=one)
