"""Walking through a list page by page, believing what `Meta` says and nothing else.

Pages go by number, so a row that comes or goes while we read moves all rows after it. Such a walk is noticed, by the
number of rows and of different ids, and begun again; a list that does not come to rest is read another time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import msgspec

from integrations.kernel.connector import Cursor
from integrations.kernel.errors import Code, Json, MappingError, Temporary
from integrations.kernel.parse import Row, identifier, integer, part, rows, text, within
from integrations.providers.visma_eaccounting.api import EaccountingApi, QueryRefused
from integrations.providers.visma_eaccounting.facts import PAGE_SIZE

# One place for the names: only other clients tell them, the vendor's document lists none [client].
PAGE, SIZE, FILTER, ORDER = "$page", "$pagesize", "$filter", "$orderby"
MOST_PAGES = 10_000
MOST_WALKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Rows of one page. A row may come again when the walk begins anew."""

    rows: list[Row]
    last: bool
    total: int
    began: str  # the server's clock on the first page
    checkpoint: Cursor


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Where we are; goes to JSON and back as the checkpoint."""

    page: int = 1
    total: int = -1  # rows there are, as the first page said
    count: int = 0  # different rows we have seen
    walks: int = 1
    began: str = ""
    is_sorted: bool = True
    seen: set[str] = field(default_factory=set)  # ids; not kept in the checkpoint

    def to_json(self) -> dict[str, Json]:
        kept = {"page": self.page, "total": self.total, "count": self.count, "walks": self.walks}
        return {"walk": {**kept, "began": self.began, "is_sorted": self.is_sorted}}

    def restart(self) -> None:
        """Raises Temporary when there were enough of them."""
        self.walks += 1
        if self.walks > MOST_WALKS:
            raise Temporary(Code.NOT_SETTLED)
        self.page, self.total, self.count, self.seen = 1, -1, 0, set()


def walk(
    api: EaccountingApi, path: str, *, right: str, order: str = "Id", filters: str = "", resume: Cursor | None = None
) -> Iterator[Listed]:
    """All rows that match. `resume` is a checkpoint of an earlier page; it holds for the same filters.

    Raises QueryRefused when the filter is not taken.
    """
    state = _resumed(resume)
    while True:
        body = _page(api, path, state, right=right, order=order, filters=filters)
        found = rows(body, "Data")
        pages, total, server_time = within("Meta", partial(_judged, part(body, "Meta"), state.page))
        if state.total not in (-1, total):
            state.restart()
            continue
        state.total, state.began = total, state.began or server_time
        ids = {identifier(row, "Id") for row in found}
        state.count += len(ids - state.seen)
        state.seen |= ids
        last = state.page >= pages
        state.page += 1
        if last and state.count != total:
            state.restart()
            last = False
        yield Listed(rows=found, last=last, total=total, began=state.began, checkpoint=state.to_json())
        if last:
            return


def _page(api: EaccountingApi, path: str, state: _Walk, *, right: str, order: str, filters: str) -> Row:
    params: dict[str, str | int] = {PAGE: state.page, SIZE: PAGE_SIZE}
    if filters:
        params[FILTER] = filters
    if not state.is_sorted:
        return api.get_page(path, params, right=right)
    try:
        return api.get_page(path, {**params, ORDER: order}, right=right)
    except QueryRefused:
        # That lists can be sorted like this is inferred. Unsorted, a shift is still noticed by its numbers.
        body = api.get_page(path, params, right=right)
        state.is_sorted = False
        return body


def _judged(meta: Row, asked: int) -> tuple[int, int, str]:
    """Pages and rows in all, and the server's clock.

    Another page than the one asked for means that the parameter was ignored: never loop.
    """
    if integer(meta, "CurrentPage") != asked:
        raise MappingError("CurrentPage", f"{asked}")
    pages, total = integer(meta, "TotalNumberOfPages"), integer(meta, "TotalNumberOfResults")
    if pages > MOST_PAGES:
        raise MappingError("TotalNumberOfPages", f"at most {MOST_PAGES}")
    return pages, total, text(meta, "ServerTimeUtc")


def _resumed(checkpoint: Cursor | None) -> _Walk:
    if not checkpoint or "walk" not in checkpoint:
        return _Walk()
    return msgspec.convert(checkpoint["walk"], type=_Walk)
