"""Walking through lists: by cursor, with `edges: null` for none, and with smaller pages when a query is too heavy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.kernel.errors import MappingError
from integrations.kernel.parse import Row, as_row, flag, optional_text, part
from integrations.providers.xledger.api import XledgerApi
from integrations.providers.xledger.facts import PAGE_SIZE
from integrations.providers.xledger.refusals import TooHeavy

SMALLEST_PAGE = 50  # rows; a query that is too heavy even so is left for later


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    rows: list[Row]
    after: str  # the cursor to go on from
    is_last: bool


def walk(
    api: XledgerApi,
    document: str,
    query: str,
    *,
    right: str,
    after: str | None = None,
    variables: Mapping[str, Any] | None = None,
    first: int = PAGE_SIZE,
) -> Iterator[Listed]:
    """All pages of a list, from a cursor on. Raises TooHeavy when pages cannot be made small enough."""
    while True:
        try:
            data = api.ask(document, {**(variables or {}), "first": first, "after": after}, right=right)
        except TooHeavy:
            if first // 2 < SMALLEST_PAGE:
                raise
            first //= 2
            continue
        page = _page(data, query, after)
        yield page
        if page.is_last:
            return
        after = page.after


def _page(data: Row, query: str, after: str | None) -> Listed:
    connection = part(data, query)
    found = edges(connection, query)
    cursor = optional_text(found[-1], "cursor") if found else ""
    is_last = not flag(part(connection, "pageInfo"), "hasNextPage", default=False)
    if not is_last and (not cursor or cursor == after):
        raise MappingError(f"{query}.edges", "a cursor that moves")
    return Listed(rows=nodes(found, query), after=cursor, is_last=is_last)


def edges(connection: Row, path: str) -> list[Row]:
    """`edges` is null, not [], when nothing matches [spec]."""
    found = connection.get("edges")
    if found is None:
        return []
    if not isinstance(found, list):
        raise MappingError(f"{path}.edges", "list or null")
    return [as_row(edge, f"{path}.edges[{index}]") for index, edge in enumerate(found)]


def nodes(found: list[Row], path: str) -> list[Row]:
    return [as_row(edge.get("node"), f"{path}.edges[{index}].node") for index, edge in enumerate(found)]


def nodes_of(data: Row, query: str) -> list[Row]:
    """The rows of a list that was asked in one page; [] when it is not there."""
    connection = data.get(query)
    return nodes(edges(as_row(connection, query), query), query) if connection is not None else []
