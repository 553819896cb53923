"""What the live schema offers, asked in two requests and remembered for a week.

A schema that cannot be asked is taken to be as we know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from integrations.kernel.parse import Row, as_row, optional_part, optional_text
from integrations.providers.xledger.reconstructed import ORDER_MUTATIONS

FIELDS = """
query SchemaFields {
  query: __type(name: "Query") { fields { name args { name type { name } } } }
  mutation: __type(name: "Mutation") {
    fields { name args { name type { name ofType { name ofType { name ofType { name } } } } } }
  }
}
"""

SHAPES = """
query SchemaShapes($filter: String!, $header: String!, $lines: String!) {
  filter: __type(name: $filter) { inputFields { name } }
  header: __type(name: $header) { inputFields { name type { inputFields { name } ofType { inputFields { name } } } } }
  lines: __type(name: $lines) { inputFields { name type { inputFields { name } ofType { inputFields { name } } } } }
  order: __type(name: "Order") { fields { name } }
  line: __type(name: "OrderDetail") { fields { name } }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    queries: frozenset[str]
    mutations: Mapping[str, str] = field(default_factory=dict)  # name -> input type of its `inputs`; "" when unknown
    order_filter: frozenset[str] = frozenset()
    order_input: frozenset[str] = frozenset()
    line_input: frozenset[str] = frozenset()
    order_fields: frozenset[str] = frozenset()
    line_fields: frozenset[str] = frozenset()

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Schema:
        return msgspec.json.decode(text, type=cls)


ASSUMED = Schema(
    queries=frozenset({"projects", "customers", "products", "contacts", "orders", "project_deltas", "customer_deltas"}),
    mutations=dict.fromkeys(ORDER_MUTATIONS[0], ""),
    order_filter=frozenset({"extOrder"}),
    order_input=frozenset({"subledger", "project", "invoiceHeader", "currency"}),
    line_input=frozenset({"order", "lineNo", "product"}),
    line_fields=frozenset({"lineNo"}),
)


def shapes_wanted(fields: Row) -> dict[str, str] | None:
    """The variables of `SHAPES`, from the answer to `FIELDS`; None when orders are not written there."""
    mutations = mutations_of(fields)
    for header, lines, _ in ORDER_MUTATIONS:
        if header in mutations and lines in mutations:
            return {
                "filter": _filter_of(fields, "orders") or "Order_Filter",
                "header": mutations[header],
                "lines": mutations[lines],
            }
    return None


def read_schema(fields: Row, shapes: Row | None) -> Schema:
    """From the answers to `FIELDS` and `SHAPES`."""
    shapes = shapes or {}
    return Schema(
        queries=frozenset(_names(fields, "query", "fields")),
        mutations=mutations_of(fields),
        order_filter=frozenset(_names(shapes, "filter", "inputFields")),
        order_input=_node(shapes, "header"),
        line_input=_node(shapes, "lines"),
        order_fields=frozenset(_names(shapes, "order", "fields")),
        line_fields=frozenset(_names(shapes, "line", "fields")),
    )


def mutations_of(fields: Row) -> dict[str, str]:
    found = {}
    for row in _list(optional_part(fields, "mutation"), "fields"):
        inputs = next((arg for arg in _list(row, "args") if arg.get("name") == "inputs"), None)
        found[optional_text(row, "name")] = _innermost(inputs.get("type")) if inputs else ""
    return found


def _filter_of(fields: Row, query: str) -> str:
    for row in _list(optional_part(fields, "query"), "fields"):
        if row.get("name") == query:
            arg = next((arg for arg in _list(row, "args") if arg.get("name") == "filter"), None)
            return _innermost(arg.get("type")) if arg else ""
    return ""


def _innermost(found: Any) -> str:
    """The name of a type inside its lists and musts."""
    while isinstance(found, Mapping):
        if found.get("name"):
            return str(found["name"])
        found = found.get("ofType")
    return ""


def _node(shapes: Row, alias: str) -> frozenset[str]:
    """The fields of the `node` of a mass mutation's input."""
    for row in _list(optional_part(shapes, alias), "inputFields"):
        if row.get("name") == "node":
            kind = as_row(row.get("type") or {})
            inner = kind if kind.get("inputFields") else as_row(kind.get("ofType") or {})
            return frozenset(optional_text(found, "name") for found in _list(inner, "inputFields"))
    return frozenset()


def _names(fields: Row, alias: str, key: str) -> list[str]:
    return [optional_text(row, "name") for row in _list(optional_part(fields, alias), key)]


def _list(row: Row | None, key: str) -> list[Row]:
    found = (row or {}).get(key)
    return [as_row(value, key) for value in found] if isinstance(found, list) else []
