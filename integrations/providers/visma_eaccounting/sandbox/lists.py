"""Lists: pages by number, `$filter` and `$orderby` of OData as far as Busy uses them; anything else is refused."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from integrations.kernel.sandbox.store import Object, utc_now
from integrations.providers.visma_eaccounting.sandbox.contract import Schema
from integrations.providers.visma_eaccounting.sandbox.errors import Fault, stop_on

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_TERM = re.compile(r"(\w+)\s+(eq|ne|gt|ge|lt|le)\s+(\S+)")
DEFAULT_SIZE = 50


def page(rows: list[Object], query: Mapping[str, str], schema: Schema, *, most: int) -> dict[str, Any]:
    """Stops with 400 on what it does not know. A size above `most` is cut down, and `Meta` says so."""
    found = [row for row in rows if all(test(row) for test in _tests(query.get("$filter", ""), schema))]
    found = _sorted(found, query.get("$orderby", ""), schema)
    number, size = int(query.get("$page", "1")), min(int(query.get("$pagesize", str(DEFAULT_SIZE))), most)
    first = (number - 1) * size
    return {
        "Data": found[first : first + size],
        "Meta": {
            "CurrentPage": number,
            "PageSize": size,
            "TotalNumberOfPages": -(-len(found) // size),
            "TotalNumberOfResults": len(found),
            "ServerTimeUtc": utc_now(),
        },
    }


def _tests(text: str, schema: Schema) -> list[Callable[[Object], bool]]:
    if not text.strip():
        return []
    return [_test(term.strip(), schema) for term in text.split(" and ")]


def _test(term: str, schema: Schema) -> Callable[[Object], bool]:
    match = _TERM.fullmatch(term)
    if match is None or match[1] not in schema.get("properties", {}):
        stop_on([Fault(2000, "$filter", f"The filter is not valid: {term[:80]}")])
        raise AssertionError
    name, compare, wanted = match[1], _OPERATORS[match[2]], _value(match[3])

    def test(row: Object) -> bool:
        value = row.get(name)
        return value is not None and compare(value, wanted)

    return test


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1].replace("''", "'")
    return text  # a GUID, or a time, which compares as text since all end with Z


def _sorted(rows: list[Object], text: str, schema: Schema) -> list[Object]:
    for part in reversed([part.strip() for part in text.split(",") if part.strip()]):
        name, _, direction = part.partition(" ")
        if name not in schema.get("properties", {}) or direction.strip() not in ("", "asc", "desc"):
            stop_on([Fault(2000, "$orderby", f"The order is not valid: {part[:80]}")])
        rows = sorted(rows, key=lambda row: str(row.get(name) or ""), reverse=direction.strip() == "desc")
    return rows
