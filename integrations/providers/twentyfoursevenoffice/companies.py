"""Walking through the customers: a list of ids by pages, then the rows by their ids.

The list goes by page number, so a company that comes or goes while we read moves all after it. That is noticed, by the
number of ids, and the walk begun again; a list that does not come to rest is read another time.
"""

from __future__ import annotations

from datetime import datetime

from integrations.kernel.errors import Code, MappingError, Temporary
from integrations.kernel.parse import Row, as_row, flag, identifier, integer
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.mapping import COMPANY_FIELDS, inner, numbers, strings

AT_A_TIME = 200  # rows asked for by their ids; no limit is stated [inferred]
MOST_PAGES = 10_000
MOST_WALKS = 4
RIGHT = "customers"


def listed(api: OfficeApi, since: datetime | None, *, active: bool | None = None) -> dict[str, bool]:
    """The ids of all companies that changed since then, or of all there are, and whether each is active; or only those
    that are, or are not."""
    for _ in range(MOST_WALKS):
        found = _walked(api, since, active)
        if found is not None:
            return found
    raise Temporary(Code.NOT_SETTLED)


def _walked(api: OfficeApi, since: datetime | None, active: bool | None) -> dict[str, bool] | None:
    """None when the list moved."""
    found: dict[str, bool] = {}
    total = -1
    for page in range(1, MOST_PAGES + 1):
        body = _page(api, page, since, active=active)
        items = inner(body, "Items", "SyncCompany")
        told, pages = integer(body, "TotalItems"), integer(body, "TotalPages")
        if items and integer(body, "CurrentPage") != page:
            raise MappingError("CurrentPage", str(page))
        if total not in (-1, told):
            return None
        total = told
        for index, row in enumerate(items):
            try:
                found[identifier(row, "CompanyId")] = flag(row, "Active")
            except MappingError as error:
                raise error.inside(f"Items[{index}]") from None
        if page >= pages:
            return found if len(found) == total else None
    raise MappingError("TotalPages", f"at most {MOST_PAGES}")


def inactive(api: OfficeApi) -> int:
    """How many companies are deactivated or deleted: one request, and a sign that some have become so."""
    return integer(_page(api, 1, None, active=False), "TotalItems")


def _page(api: OfficeApi, page: int, since: datetime | None, *, active: bool | None) -> Row:
    """``active``: None for nil, those that are deleted, too [spec]."""
    asked = {"Page": page, "Active": active, "ChangedAfter": since}
    return as_row(api.ask("GetCompanySyncList", right=RIGHT, syncSearchParameters=asked), "GetCompanySyncList")


def by_ids(api: OfficeApi, ids: list[str]) -> list[Row]:
    """The companies with these ids; what is not there is left out."""
    return api.rows(
        "GetCompanies",
        right=RIGHT,
        searchParams={"CompanyIds": numbers(ids)},
        returnProperties=strings(COMPANY_FIELDS),
    )
