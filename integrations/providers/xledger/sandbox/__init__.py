"""A strict, stateful stand-in for Xledger over real HTTP: the working schema, executed by graphql-core.

with XledgerSandbox() as sandbox:
    sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/AddOrderLines"))
    ...                       # talk to sandbox.url
    assert len(sandbox.orders()) == 1

python -m integrations.providers.xledger.sandbox --port 8802 --state xledger.sqlite3

There is one address; faults and the log go by the operation: GET for queries, POST for mutations, and its name.
"""

from __future__ import annotations

from typing import Any

from graphql import GraphQLSchema

from integrations.kernel.sandbox import Fault, FaultKind, Request, Sandbox
from integrations.providers.xledger.sandbox import admin
from integrations.providers.xledger.sandbox.app import XledgerApp
from integrations.providers.xledger.sandbox.reading import details_of
from integrations.providers.xledger.sandbox.seed import (
    NORDLYS,
    TOKEN,
    TOKEN_LIMITED,
    TOKEN_OTHER_COMPANY,
    TOKEN_PLAIN,
    TOKEN_REVOKED,
    seed,
)
from integrations.providers.xledger.sandbox.store import Object, Store
from integrations.providers.xledger.sandbox.vocabulary import SDL, own_schema

__all__ = [
    "SDL",
    "TOKEN",
    "TOKEN_LIMITED",
    "TOKEN_OTHER_COMPANY",
    "TOKEN_PLAIN",
    "TOKEN_REVOKED",
    "Fault",
    "FaultKind",
    "XledgerSandbox",
]


class XledgerSandbox(Sandbox):
    """`state` is a file that outlives the process; without one everything is forgotten at the end."""

    def __init__(
        self,
        state: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        projects: int = 0,
        customers: int = 0,
        burst: int = 100_000,
    ) -> None:
        self.store = Store(state)
        if self.store.is_empty:
            seed(self.store, projects=projects, customers=customers)
        self.app = XledgerApp(self.store, burst=burst)
        super().__init__(self.app, host=host, port=port)
        self.url = self.origin  # the one path is the connector's to know

    def named(self, request: Request) -> tuple[str, str]:
        return self.app.named(request)

    def rows(self, data: Any) -> list[Any]:
        """The edges of the first list of an answer."""
        found = data.get("data") or {}
        lists = (part.get("edges") for part in found.values() if isinstance(part, dict))
        return next((edges for edges in lists if isinstance(edges, list)), [])

    def spoilt(self, row: Any) -> dict[str, Any]:
        node: dict[str, Any] = row["node"]
        return node

    def orders(self) -> list[Object]:
        """Orders that stand at the provider, oldest first, with their lines."""
        return admin.orders(self.store)

    def change(self, kind: str, row_id: int | str, **changes: Any) -> Object:
        """What people there would do: `change("Project", id, _closed=True)`. Makes the row when it is not there."""
        return admin.change(self.store, kind, int(row_id), changes)

    def delete(self, kind: str, row_id: int | str) -> bool:
        return self.store.delete(NORDLYS, kind, int(row_id))

    def copy_order(self) -> None:
        """Somebody there copies the newest order with all it says."""
        with self.store.lock:
            order = self.store.all(NORDLYS, "Order")[-1]
            copied = self.store.next("order id", 987_654)
            self.store.put(NORDLYS, "Order", {**order, "dbId": copied, "orderNumber": f"{order['orderNumber']}-2"})
            for line in details_of(self.store, NORDLYS, order["dbId"]):
                line_id = self.store.next("order line id", 1_607_001)
                self.store.put(NORDLYS, "OrderDetail", {**line, "dbId": line_id, "_order": copied})

    def own_schema(self) -> GraphQLSchema:
        """A schema of this sandbox alone, to be changed: other names, fields that are not there."""
        self.app.schema = own_schema()
        return self.app.schema

    def limit(self, limit: str, *, times: int = 1, reset_at: object = None) -> None:
        """ "burst", "concurrency" or "credits" meets the next requests."""
        self.app.armed.extend([(limit, reset_at)] * times)

    def revoke(self, token: str = TOKEN) -> None:
        self.store.set_token(token, revoked=True)

    def restore(self, token: str = TOKEN, *, missing: tuple[str, ...] = ()) -> None:
        """The token works (again), without the rights named."""
        self.store.set_token(token, revoked=False, missing=list(missing))
