"""Queries: connections with cursors, filters, open and closed rows, the memory of changes, and what a token may see."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.providers.xledger.facts import LARGEST_PAGE
from integrations.providers.xledger.sandbox.errors import Refusal, denied
from integrations.providers.xledger.sandbox.store import Object, Store

# Query -> (kind, scope).
LISTS = {
    "projects": ("Project", "project"),
    "customers": ("Customer", "customer"),
    "products": ("Product", "product"),
    "contacts": ("Contact", "contact"),
    "entityContacts": ("EntityContact", "entity_contact"),
    "orders": ("Order", "order"),
    "orderDetails": ("OrderDetail", "order_detail"),
    "entities": ("Entity", "entity"),
}
DELTAS = {"project_deltas": "projects", "customer_deltas": "customers", "product_deltas": "products"}

# Field of a row -> (kind it points to, scope it needs).
_LINKS = {
    "customer": ("Customer", "customer"),
    "subledger": ("Customer", "customer"),
    "project": ("Project", "project"),
    "product": ("Product", "product"),
    "ourRef": ("Contact", "contact"),
    "ourSales": ("Contact", "contact"),
    "contact": ("Contact", "contact"),
}
_NEEDS = {"address": "address", "billAddress": "address", "shipAddress": "address"}
_BEYOND = ("company", "currency", "projectManager", "taxRule", "lgOrderLevel", "lgOrderType", "xgl")
_CURSOR = re.compile(r"(\w+)\.(\d+)")
_ASKED_AT_MOST = 500  # values of an `_in`


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the entity of the token and what it may not do."""

    token: str
    owner: int
    missing: frozenset[str]
    more: frozenset[str]

    def ensure_may(self, scope: str) -> None:
        beyond = ("entity", "entity_contact")
        if scope in self.missing or (scope in beyond and scope not in self.more):
            raise denied(scope)


def queries(store: Store) -> dict[str, Callable[..., Any]]:
    """The resolvers of Query by name."""

    def listed(query: str) -> Callable[..., Any]:
        kind, scope = LISTS[query]

        def resolve(info: Any, **arguments: Any) -> Any:
            info.context.ensure_may(scope)
            found = _matching(store, info.context, kind, arguments)
            return _connection(found, arguments, lambda row: view(store, row), query)

        return resolve

    def deltas(query: str) -> Callable[..., Any]:
        kind, scope = LISTS[DELTAS[query]]

        def resolve(info: Any, **arguments: Any) -> Any:
            info.context.ensure_may(scope)
            after = arguments.get("after")
            if after is not None and _position(after, query) < store.forgotten:
                raise Refusal(f"Argument 'after': the cursor '{after}' is no longer available.")
            owner = info.context.owner
            rows = [
                {**(store.get(owner, kind, row_id) or {}), "dbId": row_id, "_seq": seq, "mutationType": mutation}
                for seq, row_id, mutation in store.changes(owner, kind)
            ]
            return _connection(rows, arguments, lambda row: view(store, row), query, key="_seq")

        return resolve

    return {**{query: listed(query) for query in LISTS}, **{query: deltas(query) for query in DELTAS}}


def view(store: Store, row: Object) -> Object:
    """A row as the schema shows it: links are followed, and what needs a scope asks for it, when it is selected."""
    shown: Object = {name: value for name, value in row.items() if not name.startswith("_")}
    for name, (kind, scope) in _LINKS.items():
        if name in row:
            shown[name] = _link(store, kind, scope, row[name])
    for name, scope in _NEEDS.items():
        shown[name] = _guarded(row.get(name), scope)
    for name in _BEYOND:
        shown[name] = _guarded(None, "", f"{name} needs a scope of its own")
    if "orderNumber" in row and "extOrder" in row:
        shown["details"] = _details(store, row)
        shown["customer"] = str(row.get("subledger") or "")  # a leaf on orders [client]
    return shown


def _link(store: Store, kind: str, scope: str, target: Any) -> Callable[[Any], Any]:
    def follow(info: Any) -> Any:
        info.context.ensure_may(scope)
        found = store.get(info.context.owner, kind, target) if target is not None else None
        return view(store, found) if found else None

    return follow


def _guarded(value: Any, scope: str, beyond: str = "") -> Callable[[Any], Any]:
    def give(info: Any) -> Any:
        if beyond:
            raise denied(beyond)
        info.context.ensure_may(scope)
        return value

    return give


def _details(store: Store, order: Object) -> Callable[[Any], Any]:
    def give(info: Any) -> Any:
        info.context.ensure_may("order_detail")
        return [view(store, line) for line in details_of(store, info.context.owner, order["dbId"])]

    return give


def details_of(store: Store, owner: int, order_id: int) -> list[Object]:
    return [line for line in store.all(owner, "OrderDetail") if line["_order"] == order_id]


# --- Connections ------------------------------------------------------------------------------------------------------


def _connection(
    rows: list[Object], arguments: Mapping[str, Any], shown: Callable[[Object], Object], query: str, key: str = "dbId"
) -> Object:
    after, before = arguments.get("after"), arguments.get("before")
    if after is not None:
        position = _position(after, query)
        rows = [row for row in rows if row[key] > position]
    if before is not None:
        position = _position(before, query)
        rows = [row for row in rows if row[key] < position]
    first, last = arguments.get("first"), arguments.get("last")
    if (first is not None and first < 1) or (last is not None and last < 1):
        raise Refusal("Argument 'first' must be positive.", "BAD_REQUEST.INVALID_VALUE")
    most = min(first or last or LARGEST_PAGE, LARGEST_PAGE)
    page = rows[-most:] if last is not None and first is None else rows[:most]
    edges = [{"cursor": f"{query[:3]}.{row[key]}", "node": shown(row)} for row in page]
    return {
        "edges": edges or None,  # null, not [], when nothing matches
        "pageInfo": {"hasNextPage": first is not None and len(rows) > most, "hasPreviousPage": after is not None},
    }


def _position(cursor: str, query: str) -> int:
    found = _CURSOR.fullmatch(cursor)
    if not found or found[1] != query[:3]:
        raise Refusal(f"Argument 'after': the cursor '{cursor}' is invalid.", "BAD_REQUEST.INVALID_VALUE")
    return int(found[2])


# --- Filters ----------------------------------------------------------------------------------------------------------


def _matching(store: Store, caller: Caller, kind: str, arguments: Mapping[str, Any]) -> list[Object]:
    rows = store.all(caller.owner, kind)
    status = arguments.get("objectStatus") or "OPEN"
    if kind in ("Project", "Customer", "Product", "Contact", "Order") and status != "ALL":
        rows = [row for row in rows if bool(row.get("_closed")) is (status == "CLOSED")]
    test = _test(arguments.get("filter") or {})
    return [row for row in rows if test(row)]


def _test(wanted: Mapping[str, Any]) -> Callable[[Object], bool]:
    tests = [_condition(name, value) for name, value in wanted.items() if value is not None]
    return lambda row: all(test(row) for test in tests)


def _condition(name: str, value: Any) -> Callable[[Object], bool]:
    if name in ("AND", "OR"):
        tests = [_test(part) for part in value]
        combine = all if name == "AND" else any
        return lambda row: combine(test(row) for test in tests)
    field, _, operator = name.rpartition("_")
    if operator == "in":
        if len(value) > _ASKED_AT_MOST:
            raise Refusal(f"{name}: at most {_ASKED_AT_MOST} values.", "BAD_REQUEST.INVALID_VALUE")
        known = {str(part) for part in value}
        return lambda row: str(row.get(field)) in known
    if operator in ("gt", "gte", "lt", "lte"):
        return lambda row: _ordered(operator, str(row.get(field) or ""), str(value))
    # Texts are equal whatever their case, as databases often have it.
    return lambda row: str(row.get(name) if row.get(name) is not None else "").lower() == str(value).lower()


def _ordered(operator: str, mine: str, limit: str) -> bool:
    if not mine:
        return False
    return {"gt": mine > limit, "gte": mine >= limit, "lt": mine < limit, "lte": mine <= limit}[operator]
