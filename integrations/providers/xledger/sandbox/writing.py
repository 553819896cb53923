"""Mutations: orders, their lines, and taking them away; as strict about references as the real one is said to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from integrations.providers.xledger.facts import ROWS_OF_A_WRITE
from integrations.providers.xledger.sandbox.errors import Refusal, no_match
from integrations.providers.xledger.sandbox.reading import Caller, details_of, view
from integrations.providers.xledger.sandbox.store import CENTRAL_EUROPE, Object, Store

_KEYS = ("dbId", "code", "description")


class Writing:
    """`is_atomic`: one row that is refused refuses them all. Which it is in Xledger is not known."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_atomic = False
        self.resolvers: dict[str, Callable[..., Any]] = {
            "addOrders": self.add_orders,
            "addOrderDetails": self.add_details,
            "removeOrders": self.remove_orders,
        }

    def add_orders(self, info: Any, inputs: list[Object]) -> Object:
        info.context.ensure_may("order_write")
        return self._mass(
            inputs, lambda node: self._order(info.context, node), lambda row: self._store_order(info, row)
        )

    def add_details(self, info: Any, inputs: list[Object]) -> Object:
        info.context.ensure_may("order_detail_write")
        return self._mass(inputs, lambda node: self._line(info.context, node), lambda row: self._store_line(info, row))

    def remove_orders(self, info: Any, dbIds: list[str]) -> Object:  # noqa: N803 - the schema's name
        info.context.ensure_may("order_write")
        owner, removed, skipped = info.context.owner, 0, []
        with self.store.lock:
            for text in dbIds:
                found = self.store.get(owner, "Order", text)
                if found is None or found.get("transferredBillingDate"):
                    skipped.append(text)
                    continue
                for line in details_of(self.store, owner, found["dbId"]):
                    self.store.delete(owner, "OrderDetail", line["dbId"])
                self.store.delete(owner, "Order", found["dbId"])
                removed += 1
        return {"numAffected": removed, "skippedDbIds": skipped or None}

    def _mass(
        self, inputs: list[Object], judged: Callable[[Object], Object], stored: Callable[[Object], Object]
    ) -> Object:
        """Rows are judged one by one; a refused one has its error at its edge and no node."""
        if len(inputs) > ROWS_OF_A_WRITE:
            raise Refusal(f"inputs: at most {ROWS_OF_A_WRITE} nodes.", "BAD_REQUEST.INVALID_VALUE")
        with self.store.lock:
            rows: list[Object | Refusal] = []
            for row in inputs:
                try:
                    rows.append(judged(row.get("node") or {}))
                except Refusal as refusal:
                    if self.is_atomic:
                        raise
                    rows.append(refusal)
            edges = []
            for given, said in zip(inputs, rows, strict=True):
                node: Any = _raising(said) if isinstance(said, Refusal) else view(self.store, stored(said))
                edges.append({"clientId": given.get("clientId"), "node": node})
        return {"edges": edges}

    # --- Orders ---

    def _order(self, caller: Caller, node: Object) -> Object:
        customer = self._found(caller, node, "subledger", "Customer", is_required=True)
        project = self._found(caller, node, "project", "Project")
        contact = self._found(caller, node, "ourRef", "Contact")
        self._found(caller, node, "currency", "Currency")
        if len(node.get("extOrder") or "") > 50:
            raise Refusal("extOrder: The value is too long.")
        day = node.get("orderDate") or datetime.now(CENTRAL_EUROPE).date().isoformat()
        for what, row in (("project", project), ("subledger", customer)):
            if row is not None:
                self._ensure_complete(caller, what, row)
        if project is not None and not project.get("billable"):
            raise Refusal(f"project: Project {project['code']} is not billable.")
        if project is not None and not (project.get("fromDate") or "") <= day <= (project.get("toDate") or "9"):
            raise Refusal(f"project: The order date {day} is outside of the period of project {project['code']}.")
        return {
            **{name: value for name, value in node.items() if not isinstance(value, dict)},
            "orderDate": day,
            "subledger": customer["dbId"] if customer else None,
            "project": project["dbId"] if project else None,
            "ourRef": contact["dbId"] if contact else None,
            "_currency": (node.get("currency") or {}).get("code"),
        }

    def _ensure_complete(self, caller: Caller, what: str, row: Object) -> None:
        """Project and customer need a salesperson who is still there (R49)."""
        for field, is_required in (("ourSales", True), ("ourRef", False)):
            person = self.store.get(caller.owner, "Contact", row[field]) if row.get(field) else None
            if (row.get(field) or is_required) and (person is None or person["_closed"]):
                raise Refusal(f"{what}.{field}: A valid value is required on {row['code']}.")

    def _store_order(self, info: Any, row: Object) -> Object:
        owner = info.context.owner
        order_id = self.store.next("order id", 987_654)
        number = str(self.store.next(f"{owner}: order number", 50_001))
        order = {"transferredBillingDate": None, "extOrder": None, "yourReference": None, **row}
        self.store.put(owner, "Order", {**order, "dbId": order_id, "orderNumber": number, "ownerDbId": owner})
        return self.store.get(owner, "Order", order_id) or {}

    # --- Lines ---

    def _line(self, caller: Caller, node: Object) -> Object:
        order_id = (node.get("order") or {}).get("dbId")
        order = self.store.get(caller.owner, "Order", str(order_id))
        if order is None:
            raise no_match("order", caller.owner, "dbId", order_id)
        if order.get("transferredBillingDate"):
            raise Refusal(f"order: Order {order['orderNumber']} has gone to invoicing.")
        product = self._found(caller, node, "product", "Product")
        discount = node.get("discountPercent") or 0
        if not 0 <= discount <= 100:
            raise Refusal("discountPercent: The value must be between 0 and 100.", "BAD_REQUEST.INVALID_VALUE")
        return {
            **{name: value for name, value in node.items() if not isinstance(value, dict)},
            "_order": order["dbId"],
            "product": product["dbId"] if product else None,
            "project": order.get("project"),
            "discountPercent": discount,
            "amount": _amount(node.get("quantity") or 0, node.get("unitPrice") or "0", discount),
        }

    def _store_line(self, info: Any, row: Object) -> Object:
        owner = info.context.owner
        line_id = self.store.next("order line id", 1_607_001)
        self.store.put(owner, "OrderDetail", {**row, "dbId": line_id, "ownerDbId": owner})
        return self.store.get(owner, "OrderDetail", line_id) or {}

    def _found(
        self, caller: Caller, node: Object, field: str, kind: str, *, is_required: bool = False
    ) -> Object | None:
        """The open row a lookup means. Raises Refusal when it means none, or more than one thing."""
        lookup = {name: value for name, value in (node.get(field) or {}).items() if value is not None}
        if not lookup:
            if is_required:
                raise Refusal(f"{field}: A value is required.")
            return None
        if len(lookup) != 1:
            raise Refusal(f"{field}: Give exactly one of {', '.join(_KEYS)}.", "BAD_REQUEST.INVALID_VALUE")
        ((key, value),) = lookup.items()
        rows = [row for row in self.store.all(caller.owner, kind) if str(row.get(key)) == str(value)]
        usable = [row for row in rows if not row.get("_closed")]
        if len(usable) != 1:
            raise no_match(field, caller.owner, key, value)
        return usable[0]


def _raising(refusal: Refusal) -> Callable[[Any], Any]:
    def give(_: Any) -> Any:
        raise refusal

    return give


def _amount(quantity: Any, price: str, discount: Any) -> str:
    try:
        value = Decimal(str(quantity)) * Decimal(price) * (100 - Decimal(str(discount))) / 100
    except InvalidOperation:
        raise Refusal(f"unitPrice: '{price}' is no amount.", "BAD_REQUEST.INVALID_VALUE") from None
    return str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))
