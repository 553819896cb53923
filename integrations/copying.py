"""New and changed records on their way into the staging table, as COPY reads them: made a column of a page at a time.
psycopg asks each value for its type and how it is written, and hands over each row by itself: that took as long as the
database takes to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Any, cast

import msgspec

from integrations.appliers import Target
from integrations.kernel.records import Kind, ProjectRecord, Record, WorkTypeRecord

_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})


class Staged(msgspec.Struct, gc=False):
    """A record that is written: new, or changed."""

    record: Record
    fingerprint: bytes
    local_id: int
    link_id: int | None
    is_new: bool


def table_of(target: Target) -> str:
    return f"staged_{target.model._meta.model_name}"


def stage(cursor: Any, target: Target, rows: Sequence[Staged], referred: Mapping[str, int]) -> None:
    """Load them; there is at least one. ``referred``: local ids of the customers, or projects, that the rows name, by
    the provider's. The table lives as long as the session and is emptied by every commit."""
    table = table_of(target)
    columns = ", ".join(f"{name} {kind}" for name, kind in {**target.columns, **target.link_columns}.items())
    cursor.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} (external_id text, local_id bigint, link_id bigint,"
        f" is_new boolean, fingerprint bytea, archived boolean, flag boolean, reference text, referred bigint,"
        f" place tid, link_place tid, was_archived boolean, {columns}) ON COMMIT DELETE ROWS"
    )
    cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - several pages may share a transaction
    names = ", ".join([*target.columns, *target.link_columns])
    with cursor.copy(
        f"COPY {table} (external_id, local_id, link_id, is_new, fingerprint, archived, flag, reference, referred,"
        f" {names}) FROM STDIN"
    ) as copy:
        copy.write(lines(_columns(target, rows, referred)))


def _columns(target: Target, rows: Sequence[Staged], referred: Mapping[str, int]) -> list[Sequence[Any]]:
    records: list[Any] = [row.record for row in rows]
    by = target.refers_by
    references = [getattr(record, by) or "" for record in records] if by else [""] * len(records)
    return [
        [record.external_id for record in records],
        [row.local_id for row in rows],
        [row.link_id for row in rows],
        [row.is_new for row in rows],
        [row.fingerprint for row in rows],
        [record.archived for record in records],
        _flags(records),
        references,
        [referred.get(reference) for reference in references],
        *zip(*map(target.values, records), strict=True),
        *zip(*map(target.link_values, records), strict=True),
    ]


def _flags(records: Sequence[Record]) -> list[bool]:
    """Billable, for the kinds that say so. The records of a page are of one kind."""
    kind = records[0].kind
    if kind is Kind.WORK_TYPES:
        return [record.billable for record in cast("Sequence[WorkTypeRecord]", records)]
    if kind is Kind.PROJECTS:
        return [not record.internal for record in cast("Sequence[ProjectRecord]", records)]
    return [True] * len(records)


def lines(columns: Iterable[Sequence[Any]]) -> str:
    """What COPY ... FROM STDIN reads in its text format, of columns of one length. Texts hold no NUL; a value of
    another type than these is a KeyError."""
    return "".join(["\t".join(row) + "\n" for row in zip(*map(_cells, columns), strict=True)])


def _cells(values: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, values))
    if kinds == {str} and _is_plain("".join(values)):
        return values  # nearly all texts stay as they are, and asking all at once costs nothing
    if kinds == {NoneType}:
        return ["\\N"] * len(values)
    return [_CELLS[type(value)](value) for value in values]


def _is_plain(text: str) -> bool:
    return text.isprintable() and "\\" not in text


def _text(value: str) -> str:
    return value if _is_plain(value) else value.translate(_ESCAPED)


def _array(values: Iterable[str]) -> str:
    inner = ",".join([f'"{value.translate(_QUOTED)}"' for value in values])
    return _text(f"{{{inner}}}")


_CELLS: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _: "\\N",
    str: _text,
    bool: lambda value: "t" if value else "f",
    int: str,
    Decimal: str,
    date: lru_cache(maxsize=5_000)(date.isoformat),  # they come again and again, and writing one takes long
    bytes: lambda value: f"\\\\x{value.hex()}",
    tuple: _array,
}
