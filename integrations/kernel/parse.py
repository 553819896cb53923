"""Readers for a provider's rows. Each gives a value of the right type or raises MappingError with the path.

def project_record(row: Row) -> ProjectRecord:
    return ProjectRecord(external_id=identifier(row, "id"), name=text(row, "name"), ...)

records = each(rows(body, "values"), project_record, "values")     # an error says "values[3].name"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias, TypeVar

from integrations.kernel.errors import MappingError
from integrations.kernel.typed import day_of

Row: TypeAlias = Mapping[str, object]
T = TypeVar("T")
R = TypeVar("R")


def text(row: Row, key: str) -> str:
    """A string that says something; outer blanks are cut."""
    value = row.get(key)
    if isinstance(value, str) and (stripped := value.strip()):
        return stripped
    raise MappingError(key, "text")


def optional_text(row: Row, key: str) -> str:
    """ "" when absent or null."""
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MappingError(key, "text or null")
    return value.strip()


def identifier(row: Row, key: str) -> str:
    """A whole number or a string that says something, as a string."""
    value = row.get(key)
    if type(value) is int:
        return str(value)
    if found := optional_identifier(row, key):
        return found
    raise MappingError(key, "id")


def optional_identifier(row: Row, key: str) -> str:
    """A number or code that people read, as a string; "" when absent or null."""
    value = row.get(key)
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    raise MappingError(key, "id or null")


def flag(row: Row, key: str, *, default: bool | None = None) -> bool:
    """True or false; `default` when absent or null, else that is an error too."""
    value = row.get(key)
    if value is True or value is False:
        return value
    if value is None and default is not None:
        return default
    raise MappingError(key, "true or false")


def integer(row: Row, key: str) -> int:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MappingError(key, "whole number")
    return value


def decimal(row: Row, key: str) -> Decimal:
    value = optional_decimal(row, key)
    if value is None:
        raise MappingError(key, "number")
    return value


def optional_decimal(row: Row, key: str) -> Decimal | None:
    """A number, exact; None when absent or null. A binary float is refused: the transport makes none."""
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise MappingError(key, "number or null")
    number = Decimal(value)
    if not number.is_finite():
        raise MappingError(key, "finite number")
    return number


def day(row: Row, key: str) -> date:
    value = optional_day(row, key)
    if value is None:
        raise MappingError(key, "day")
    return value


def optional_day(row: Row, key: str) -> date | None:
    """YYYY-MM-DD, or a date-time that starts with it; None when absent, null or ""."""
    if row.get(key) is None:
        return None
    return day_of(optional_text(row, key), key)


def part(row: Row, key: str) -> Row:
    value = optional_part(row, key)
    if value is None:
        raise MappingError(key, "object")
    return value


def optional_part(row: Row, key: str) -> Row | None:
    value = row.get(key)
    if value is None or isinstance(value, dict):
        return value
    if isinstance(value, Mapping):  # asking an abstract class costs ten times more
        return value
    raise MappingError(key, "object or null")


def rows(row: object, key: str) -> list[Row]:
    """The list of objects under `key`. `row` may be anything a provider answered."""
    values = as_row(row).get(key)
    if not isinstance(values, list):
        raise MappingError(key, "list")
    for index, value in enumerate(values):
        if not isinstance(value, dict) and not isinstance(value, Mapping):
            raise MappingError(f"{key}[{index}]", "object")
    return values


def as_row(value: object, path: str = "") -> Row:
    if not isinstance(value, Mapping):
        raise MappingError(path, "object")
    return value


def each(found: Iterable[R], mapping: Callable[[R], T], path: str) -> list[T]:
    """Map all rows; an error is told with the row's index."""
    mapped: list[T] = []
    try:
        for row in found:
            mapped.append(mapping(row))
    except MappingError as error:
        raise error.inside(f"{path}[{len(mapped)}]") from None
    return mapped


def within(path: str, mapping: Callable[[], T]) -> T:
    """Run a reader one level deeper; an error is told with `path` before its own."""
    try:
        return mapping()
    except MappingError as error:
        raise error.inside(path) from None
