"""Reading a vendor's JSON: the value, or where it is not what we know."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from timesheets.calendars.errors import Unreadable

Row = dict[str, Any]


def row(value: object, path: str) -> Row:
    if not isinstance(value, dict):
        raise Unreadable(path)
    return value


def rows(value: Row, name: str) -> list[Row]:
    found = value.get(name)
    if not isinstance(found, list):
        raise Unreadable(name)
    return [row(one, f"{name}[{number}]") for number, one in enumerate(found)]


def text(value: Row, name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise Unreadable(name)
    return found


def optional_text(value: Row, name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Unreadable(name)
    return found


def instant(written: str, path: str) -> datetime:
    """RFC 3339, or ISO 8601 without an offset for UTC; digits below a microsecond are cut off."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise Unreadable(path) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def day(written: str, path: str) -> date:
    try:
        return date.fromisoformat(written[:10])
    except ValueError as error:
        raise Unreadable(path) from error


def title_of(written: str) -> str:
    """One line, without what no database or page can hold, cut at what the table takes."""
    clean = "".join(
        " " if letter.isspace() else letter for letter in written if letter.isspace() or letter.isprintable()
    )
    return " ".join(clean.split())[:300]
