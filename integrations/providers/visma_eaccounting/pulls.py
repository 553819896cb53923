"""Reading customers, projects and articles.

Each list can be asked for what changed since the server's clock of the run before. What was deleted is told nowhere, so
the whole lists are read once a night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from integrations.kernel.connector import Cursor, Listing, Page, Pull
from integrations.kernel.errors import MappingError
from integrations.kernel.parse import Row, each
from integrations.kernel.records import CustomerRecord, ProductRecord, ProjectRecord
from integrations.providers.visma_eaccounting import mapping
from integrations.providers.visma_eaccounting.api import EaccountingApi, QueryRefused
from integrations.providers.visma_eaccounting.listing import walk
from integrations.providers.visma_eaccounting.lookups import Units

R = TypeVar("R")

OVERLAP = timedelta(minutes=5)  # a change is stamped before it is committed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source(Generic[R]):
    path: str
    right: str
    record: Callable[[Row], R]
    changed: str  # the field that says when a row last changed
    looking_up: Callable[[EaccountingApi], Callable[[Row], R]] | None = None  # for records that need another list

    def read(self, api: EaccountingApi, cursor: Cursor | None) -> Iterator[Page[R]]:
        since = (cursor or {}).get("changed_since")
        if since:
            try:
                yield from self._pages(api, Listing.CHANGES, filters=f"{self.changed} gt {since}")
            except QueryRefused:  # that every list can be filtered like this is not documented
                pass
            else:
                return
        yield from self._pages(api, Listing.COMPLETE, resume=cursor if "walk" in (cursor or {}) else None)

    def _pages(
        self, api: EaccountingApi, listing: Listing, *, filters: str = "", resume: Cursor | None = None
    ) -> Iterator[Page[R]]:
        record = self.looking_up(api) if self.looking_up else self.record
        for page in walk(api, self.path, right=self.right, filters=filters, resume=resume):
            yield Page(
                records=tuple(each(page.rows, record, "Data")),
                listing=listing,
                cursor={"changed_since": since(page.began)} if page.last else None,
                checkpoint=page.checkpoint if listing is Listing.COMPLETE else None,
                total=page.total if listing is Listing.COMPLETE else None,
            )


def since(server_time: str) -> str:
    """The server's clock, less the overlap, as a filter wants it [client]: UTC, without fractions."""
    try:
        told = datetime.fromisoformat(server_time)
    except ValueError:
        raise MappingError("Meta.ServerTimeUtc", "a time") from None
    if told.tzinfo is None:
        told = told.replace(tzinfo=UTC)
    return (told.astimezone(UTC) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")


CUSTOMERS = _Source(path="/customers", right="customers", record=mapping.customer_record, changed="ChangedUtc")
PROJECTS = _Source(path="/projects", right="projects", record=mapping.project_record, changed="ModifiedUtc")
ARTICLES = _Source(
    path="/articles",
    right="products",
    record=mapping.product_record,
    changed="ChangedUtc",
    looking_up=lambda api: partial(mapping.product_record, unit_of=Units(api).name),
)

PULLS: tuple[Pull[EaccountingApi, Any], ...] = (
    Pull(record=CustomerRecord, read=CUSTOMERS.read),
    Pull(record=ProjectRecord, read=PROJECTS.read),
    Pull(record=ProductRecord, read=ARTICLES.read),
)
