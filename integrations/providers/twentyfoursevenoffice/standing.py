"""Reading orders back as they stand in 24SevenOffice, invoiced ones among them: for reconciliation and for looking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from integrations.kernel.connector import Standing
from integrations.kernel.errors import MappingError
from integrations.kernel.parse import Row, each, identifier
from integrations.kernel.payloads import StandingOrder
from integrations.providers.twentyfoursevenoffice import mapping
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.reconstructed import noon

# Orders can be narrowed by when they were made or changed, not by their date: one dated ahead was made earlier.
_MADE_BEFORE = timedelta(days=45)
_AT_A_TIME = 200  # orders with their rows; a thousand are allowed, and take long [spec]


def ids_since(api: OfficeApi, since: datetime) -> list[int]:
    """Of the orders made since then."""
    found = api.ask("GetOrderSyncList", right="orders", syncParams={"RegisteredAfter": since})
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, int) for one in found):
        raise MappingError("GetOrderSyncList", "list of numbers")
    return sorted(set(found))


def orders_of(api: OfficeApi, ids: Iterable[int | str]) -> Iterator[Row]:
    """The orders with these ids and their rows."""
    wanted = list(ids)
    for start in range(0, len(wanted), _AT_A_TIME):
        yield from api.rows(
            "GetInvoices",
            right="orders",
            searchParams={"OrderIds": mapping.numbers(wanted[start : start + _AT_A_TIME])},
            invoiceReturnProperties=mapping.strings(mapping.ORDER_FIELDS),
            rowReturnProperties=mapping.strings(mapping.ROW_FIELDS),
        )


def between(api: OfficeApi, first: date, last: date) -> Iterator[StandingOrder]:
    """Whoever dated an order further ahead finds it by `one`."""
    ids = ids_since(api, noon(first) - _MADE_BEFORE)
    rows = []
    for row in orders_of(api, ids):
        day = mapping.optional_local_day(row, "DateOrdered")
        if day is not None and first <= day <= last:
            rows.append(row)
    yield from each(rows, lambda row: _standing(api, row), "GetInvoices")


def one(api: OfficeApi, external_id: str) -> StandingOrder | None:
    row = order(api, external_id)
    return None if row is None else _standing(api, row)


def order(api: OfficeApi, external_id: str) -> Row | None:
    return next((row for row in orders_of(api, [external_id]) if identifier(row, "OrderId") == external_id), None)


def _standing(api: OfficeApi, row: Row) -> StandingOrder:
    return mapping.standing_order(row, url=api.link("order", identifier(row, "OrderId")))


STANDING: Standing[OfficeApi] = Standing(between=between, one=one)
