"""Reading customers and items, and what projects and hours need. Whole tables each time: they are small, a call costs
more than its rows, and nothing sure is known of a filter by time. What has not changed costs no write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from integrations.kernel.connector import Cursor, Listing, Page, Pull
from integrations.kernel.parse import Row, each
from integrations.kernel.records import (
    CustomerWithFields,
    EmployeeRecord,
    ProductRecord,
    ProjectRecord,
    WorkTypeRecord,
)
from integrations.providers.uniconta import mapping
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.listing import walk

R = TypeVar("R")

CUSTOMERS, ITEMS = "DebtorClientUser", "InvItemClient"


def _read(
    entity: str, key: str, right: str, mapper: Callable[[UnicontaApi], Callable[[Row], R]]
) -> Callable[[UnicontaApi, Cursor | None], Iterator[Page[R]]]:
    def read(api: UnicontaApi, _cursor: Cursor | None) -> Iterator[Page[R]]:
        for rows in walk(api, entity, key, right=right):
            cursor: Cursor | None = None if rows else {"read": True}
            yield Page(records=tuple(each(rows, mapper(api), entity)), listing=Listing.COMPLETE, cursor=cursor)

    return read


PULLS: tuple[Pull[UnicontaApi, Any], ...] = (
    Pull(
        record=CustomerWithFields,
        read=_read(CUSTOMERS, "Account", "customers", lambda api: lambda row: mapping.customer_record(row, api.fields)),
        # The tag lives in Busy: what is gone there is told when it is to be changed, and nothing is archived here.
        lists_everything=False,
    ),
    Pull(record=ProductRecord, read=_read(ITEMS, "Item", "products", lambda _api: mapping.product_record)),
    Pull(
        record=WorkTypeRecord,
        read=_read("EmpPayrollCategoryClient", "Number", "hours", lambda _api: mapping.work_type_record),
    ),
    Pull(record=EmployeeRecord, read=_read("EmployeeClient", "Number", "hours", lambda _api: mapping.employee_record)),
    Pull(record=ProjectRecord, read=_read("ProjectClient", "Number", "hours", lambda _api: mapping.project_record)),
)
