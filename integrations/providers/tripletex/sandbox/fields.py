"""The `fields` parameter: "id,name,customer(id,name),orderLines(*)"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from integrations.providers.tripletex.sandbox.contract import Contract, Schema

Row = Mapping[str, Any]
Lookup = Callable[[str, int], Row | None]  # (schema name, id) -> the object
Tree = dict[str, "Tree | None"]

_ON_DEMAND = frozenset(
    {"changes", "stockOfGoods", "availableStock", "incomingStock", "outgoingStock", "preliminaryInvoice"}
)


class IllegalField(ValueError):
    """Tripletex answers 400, code 11000."""


@lru_cache(maxsize=512)
def parsed(text: str) -> Tree:
    """Raises IllegalField when the brackets do not match."""
    tokens = re.findall(r"[\w*]+|[(),]", text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise IllegalField(text)
    tree, rest = _list(tokens, 0)
    if rest != len(tokens):
        raise IllegalField(text)
    return tree


def _list(tokens: list[str], at: int) -> tuple[Tree, int]:
    tree: Tree = {}
    while at < len(tokens) and tokens[at] != ")":
        name = tokens[at]
        if name in "(,":
            raise IllegalField(name)
        at += 1
        tree[name] = None
        if at < len(tokens) and tokens[at] == "(":
            inner, at = _list(tokens, at + 1)
            if at >= len(tokens):
                raise IllegalField(name)
            tree[name], at = inner, at + 1
        if at < len(tokens) and tokens[at] == ",":
            at += 1
    return tree, at


class Projection:
    """Makes answers of stored objects: links closed to id and url unless opened by `fields`."""

    def __init__(self, contract: Contract, lookup: Lookup, host: str) -> None:
        self._contract, self._lookup, self._host = contract, lookup, host

    def row(self, schema: Schema, stored: Row, tree: Tree) -> dict[str, Any]:
        """Raises IllegalField."""
        properties = self._contract.resolved(schema).get("properties", {})
        shown: dict[str, Any] = {}
        if not tree or "*" in tree:
            shown = {
                name: self._closed(field, stored.get(name))
                for name, field in properties.items()
                if name not in _ON_DEMAND and (name in stored or self._contract.resolved(field).get("type") == "object")
            }
        for name, inner in tree.items():
            if name == "*":
                continue
            if name not in properties:
                raise IllegalField(name)
            field, value = properties[name], stored.get(name)
            shown[name] = self._closed(field, value) if inner is None else self._opened(field, value, inner)
        if "url" in shown:
            shown["url"] = self._url(schema, stored["id"])
        return shown

    def _closed(self, field: Schema, value: Any) -> Any:
        if isinstance(value, list):
            items = self._contract.resolved(field).get("items", {})
            return [self._closed(items, item) for item in value]
        if isinstance(value, dict) and "id" in value:
            return {"id": value["id"], "url": self._url(field, value["id"])}
        return value

    def _opened(self, field: Schema, value: Any, tree: Tree) -> Any:
        if isinstance(value, list):
            items = self._contract.resolved(field).get("items", {})
            return [self._opened(items, item, tree) for item in value]
        if not isinstance(value, dict):
            return value
        link = self._contract.resolved(field)
        full = self._contract.full(field)
        stored = self._lookup(link["x-link-to"], value["id"]) if "x-link-to" in link else value
        return self.row(full, stored or value, tree) if full else dict(stored or value)

    def _url(self, schema: Schema, object_id: int) -> str:
        name = self._contract.resolved(schema).get("x-link-to", "")
        return f"{self._host}/v2/{name.lower() or 'object'}/{object_id}"
