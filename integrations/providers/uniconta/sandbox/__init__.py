"""A strict, stateful stand-in for Uniconta's Web API over real HTTP, judged by our OpenAPI document of it.

with UnicontaSandbox() as sandbox:
    sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/Crud/Insert/DebtorOrderClient"))
    ...                       # talk to sandbox.url
    assert len(sandbox.orders()) == 1

python -m integrations.providers.uniconta.sandbox --port 8805 --state uniconta.sqlite3

Queries are POSTs there; faults and the log call them GET, as what reads.
"""

from __future__ import annotations

from typing import Any

from integrations.kernel.sandbox import Request, Sandbox
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.uniconta.sandbox import events
from integrations.providers.uniconta.sandbox.app import UnicontaApp, order_with_lines
from integrations.providers.uniconta.sandbox.seed import NORDLYS, USER, seed

__all__ = ["UnicontaSandbox"]


class UnicontaSandbox(Sandbox):
    """`state` is a file that outlives the process; without one everything is forgotten at the end."""

    def __init__(
        self,
        state: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        projects: int = 0,
        customers: int = 0,
        calls_a_day: int = 1_000_000,
        token_life: float = 3600,
        plain_errors: bool = False,
    ) -> None:
        self.store = Store(state)
        if self.store.is_empty:
            seed(self.store, customers=customers)
        self.app = UnicontaApp(self.store, calls_a_day=calls_a_day, token_life=token_life, plain_errors=plain_errors)
        super().__init__(self.app, host=host, port=port)

    def named(self, request: Request) -> tuple[str, str]:
        reads = request.path.startswith("/Query/") or request.path in ("/login", "/refresh")
        return ("GET" if reads else request.method), request.path

    def rows(self, data: Any) -> list[Any]:
        return data if isinstance(data, list) else []

    def all(self, entity: str) -> list[Object]:
        return self.store.all(NORDLYS, entity)

    def orders(self) -> list[Object]:
        """Orders that stand at the provider with all their lines or some, oldest first; a header alone is none yet."""
        return [order for order in order_with_lines(self.store, NORDLYS) if order["Lines"]]

    def change(self, entity: str, key: Any, /, **changes: Any) -> None:
        """What people there would do; makes the record when it is not there. Whoever listens is called."""
        with self.store.lock:
            old = self.store.get(NORDLYS, entity, str(key))
            row = {**(old or {}), **changes, "Id": str(key)}
            self.store.put(NORDLYS, entity, row)
        events.tell(self.store, NORDLYS, entity, row, "Update" if old else "Add")

    def record_hours(self, **line: Any) -> None:
        """Somebody there writes a line in the journal."""
        row_id = self.store.next("row", 1)
        self.store.put(NORDLYS, "ProjectJournalLineClient", {**line, "RowId": row_id, "Id": str(row_id)})

    def post_journal(self) -> None:
        """Somebody there posts the journals: their lines go away, and transactions tell of them."""
        for line in self.all("ProjectJournalLineClient"):
            self.store.delete(NORDLYS, "ProjectJournalLineClient", line["Id"])
            row_id = self.store.next("row", 1)
            self.store.put(NORDLYS, "ProjectTransClient", {**line, "RowId": row_id, "Id": str(row_id)})

    def delete(self, entity: str, key: Any, /) -> None:
        row = self.store.get(NORDLYS, entity, str(key))
        if row is not None:
            self.store.delete(NORDLYS, entity, str(key))
            events.tell(self.store, NORDLYS, entity, row, "Delete")

    def set_user(self, **changes: Any) -> None:
        """`_blocked`, `_rights_missing` (entities), `Password`, `_key_blocked`."""
        user = self.store.get("", "users", USER)
        assert user is not None
        self.store.put("", "users", {**user, **changes})

    def revoke(self) -> None:
        self.set_user(_blocked=True)
        self.app.end_tokens()

    def restore(self) -> None:
        self.set_user(_blocked=False)

    def copy_order(self) -> None:
        """Somebody there copies the newest order with all it says."""
        order = order_with_lines(self.store, NORDLYS)[-1]
        number = self.store.next("order", 5001)
        head = {name: value for name, value in order.items() if name != "Lines"}
        self.store.put(NORDLYS, "DebtorOrderClient", {**head, "OrderNumber": number, "Id": str(number)})
        for line in order["Lines"]:
            row_id = self.store.next("row", 1)
            copied = {**line, "OrderNumber": str(number), "Id": str(row_id), "RowId": row_id}
            self.store.put(NORDLYS, "DebtorOrderLineClient", copied)

    def invoice(self, number: str) -> None:
        """Somebody there invoices an order: it goes away, and an invoice tells of it."""
        head = self.store.get(NORDLYS, "DebtorOrderClient", number)
        assert head is not None
        invoice: Object = {
            name: head[name] for name in ("OrderNumber", "Account", "OurRef", "Currency") if name in head
        }
        invoice_number = self.store.next("invoice", 900)
        self.store.put(
            NORDLYS, "DebtorInvoiceClient", {**invoice, "InvoiceNumber": invoice_number, "Id": str(invoice_number)}
        )
        for line in self.all("DebtorOrderLineClient"):
            if str(line["OrderNumber"]) == number:
                self.store.delete(NORDLYS, "DebtorOrderLineClient", line["Id"])
        self.store.delete(NORDLYS, "DebtorOrderClient", number)
