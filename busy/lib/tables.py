"""Tables as files that a spreadsheet opens: CSV as the page's language writes numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.utils.formats import get_format

Cell = str | int | Decimal | date
# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark at its beginning, without which Excel reads it as Latin-1. Where the decimal is a comma,
    columns are divided by semicolons, as Excel expects there."""
    point = str(get_format("DECIMAL_SEPARATOR"))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if point == "," else ",", lineterminator="\r\n")
    writer.writerows([[_written(cell, point) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _written(cell: Cell, point: str) -> str:
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", point)
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
