"""What COPY is given comes out of the table as it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from integrations import copying

ODD = [
    "",
    "plain",
    "tab\there",
    "line\nfeed",
    "return\r",
    "back\\slash",
    "\\N",
    "\\.",
    "{",
    'he said "no"',
    "å\u00a0ø",
    "\x01",
]
TYPES = ["integer", "text", "boolean", "bigint", "numeric(14,4)", "date", "bytea", "text[]"]


@pytest.mark.django_db
def test_values_of_every_type_come_out_as_they_were() -> None:
    rows: list[tuple[Any, ...]] = [
        (n, text, n % 2 == 0, -n, Decimal("1E+3") + n, date(2026, 1, 1 + n), bytes([n, 92, 0, 255]), (text, *ODD))
        for n, text in enumerate(ODD)
    ]
    rows.append((len(rows), *[None] * (len(TYPES) - 1)))
    assert _copied(rows) == rows
    assert _copied(rows[-1:]) == rows[-1:], "a column of nothing"
    assert _copied(rows[1:2]) == rows[1:2], "a column of plain texts"


def _copied(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(TYPES))
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS copied ({columns}) ON COMMIT DROP; TRUNCATE copied")
        with cursor.copy("COPY copied FROM STDIN") as copy:
            copy.write(copying.lines(list(zip(*rows, strict=True))))
        cursor.execute("SELECT * FROM copied ORDER BY c0")
        return [tuple(map(_as_given, row)) for row in cursor.fetchall()]


def _as_given(value: Any) -> Any:
    if isinstance(value, memoryview):
        return bytes(value)
    return tuple(value) if isinstance(value, list) else value
