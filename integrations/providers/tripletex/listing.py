"""Walking through a whole list that may move while we read it, and asking cheaply whether it changed since.

Pages are asked for by offset, sorted by id, and each page begins with the last row of the one before. When that row is
not there, rows before it went away and the list slid under us; we step back until we stand on known ground, so no row
is missed and none is taken for deleted. A list too large for one query is cut into parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec

from integrations.kernel.connector import Cursor
from integrations.kernel.errors import Code, Json, MappingError, Temporary
from integrations.kernel.parse import integer
from integrations.providers.tripletex.api import ListTooLarge, TripletexApi
from integrations.providers.tripletex.facts import PAGE_SIZE
from integrations.providers.tripletex.wire import ListOf, Numbered

T = TypeVar("T")
Part = dict[str, str | int]  # the filters of one query
MOST_STEPS_BACK = 50  # of one run; a list that moves more is read another time
FIRST_DIGEST = "busy"  # any text in If-None-Match makes the answer's versionDigest a real checksum [spec]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """Rows of one page that were not in the pages before."""

    rows: list[T]
    checkpoint: Cursor
    last: bool
    digests: list[Json]  # what `unchanged` needs, complete on the last page
    total: int | None


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Where we are; goes to JSON and back as the checkpoint."""

    parts: list[Part]
    offset: int = 0
    seen_id: int = -1  # the highest id seen in this part
    steps_back: int = 0
    digests: list[tuple[Part, int, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Json]:
        walk: dict[str, Json] = msgspec.json.decode(msgspec.json.encode(self))
        return {"walk": walk}


def walk(
    api: TripletexApi,
    path: str,
    fields: str,
    *,
    right: str,
    rows: type[T],
    parts: list[Part],
    resume: Cursor | None = None,
    split: Callable[[Part], list[Part]] | None = None,
) -> Iterator[Listed[T]]:
    """All rows of all `parts`, as `rows` (one of `wire`, or dict). `resume` is a checkpoint of an earlier page; `split`
    cuts a too large part in two.

    Raises ListTooLarge when a part is too large and cannot be cut, MappingError when ids do not rise.
    """
    state = _resumed(resume) if resume and "walk" in resume else _Walk(parts=list(parts))
    while state.parts:
        part = state.parts[0]
        try:
            page = _page(api, path, fields, part, state.offset, right=right, digest=FIRST_DIGEST, rows=rows)
        except ListTooLarge:
            halves = split(part) if split else []
            if not halves:
                raise
            state.parts[:1] = halves
            continue
        if page is None:  # not asked for
            raise MappingError("", "a page")
        ids = _rising_ids(page.values)
        if state.offset and (not ids or ids[0] > state.seen_id):
            _step_back(state)
            continue
        fresh = [row for row, row_id in zip(page.values, ids, strict=True) if row_id > state.seen_id]
        state.digests.append((part, state.offset, page.version_digest or ""))
        _advance(state, ids)
        yield Listed(
            rows=fresh,
            checkpoint=state.to_json(),
            last=not state.parts,
            digests=_settled(state),
            total=_total(page) if len(parts) == 1 else None,
        )


def unchanged(api: TripletexApi, path: str, fields: str, *, right: str, digests: Any) -> bool:
    """Whether every page that was read then still has its checksum: one small request a page, up to the first change.

    The checksum may change although nothing we read did; it does not notice changed rights [spec]. Whether one page's
    covers the whole list is not documented, so each page is asked.
    """
    if not digests:
        return False
    try:
        return all(
            _page(api, path, fields, part, offset, right=right, digest=digest, rows=msgspec.Raw) is None
            for part, offset, digest in digests
        )
    except ListTooLarge:  # it grew
        return False


def _page(
    api: TripletexApi,
    path: str,
    fields: str,
    part: Mapping[str, str | int],
    offset: int,
    *,
    right: str,
    digest: str,
    rows: type[T],
) -> ListOf[T] | None:
    params = {**part, "from": offset, "count": PAGE_SIZE, "sorting": "id", "fields": fields}
    kind: Any = rows
    return api.get_page(path, params, right=right, digest=digest, decode=_decoder(kind))


@cache
def _decoder(rows: Any) -> Callable[[bytes], ListOf[Any]]:
    return msgspec.json.Decoder(ListOf[rows], float_hook=Decimal).decode


def _advance(state: _Walk, ids: list[int]) -> None:
    if len(ids) < PAGE_SIZE:  # a short page is the end: fullResultSize is not exact [spec]
        state.parts.pop(0)
        state.offset, state.seen_id = 0, -1
    else:
        state.offset += PAGE_SIZE - 1
        state.seen_id = max(state.seen_id, ids[-1])


def _step_back(state: _Walk) -> None:
    """Raises Temporary when the list does not come to rest."""
    state.offset, state.steps_back = max(0, state.offset - PAGE_SIZE), state.steps_back + 1
    if state.steps_back > MOST_STEPS_BACK:
        raise Temporary(Code.NOT_SETTLED)


def _rising_ids(found: list[T]) -> list[int]:
    """Ids in the order asked for; a row may come twice."""
    ids = [integer(row, "id") if isinstance(row, dict) else cast("Numbered", row).id for row in found]
    if ids != sorted(ids):
        index = next(index for index in range(1, len(ids)) if ids[index] < ids[index - 1])
        raise MappingError(f"values[{index}].id", "rising ids")
    return ids


def _settled(state: _Walk) -> list[Json]:
    """No checksums of a list that moved, or that answered without one: the next run then reads it whole."""
    if state.steps_back or any(not digest for *_, digest in state.digests):
        return []
    return [[dict(part), offset, digest] for part, offset, digest in state.digests]


def _total(page: ListOf[Any]) -> int | None:
    return page.full_result_size if isinstance(page.full_result_size, int) else None


def _resumed(checkpoint: Cursor) -> _Walk:
    return msgspec.convert(checkpoint["walk"], type=_Walk)
