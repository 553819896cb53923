"""A strict, stateful stand-in for Tripletex over real HTTP, judged by the official OpenAPI document.

with TripletexSandbox() as sandbox:
    sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/order"))
    ...                       # talk to sandbox.url
    assert len(sandbox.orders()) == 1

python -m integrations.providers.tripletex.sandbox --port 8801 --state tripletex.sqlite3
"""

from __future__ import annotations

from typing import Any

from integrations.kernel.sandbox import Fault, FaultKind, Sandbox
from integrations.providers.tripletex.sandbox import admin
from integrations.providers.tripletex.sandbox.app import TripletexApp
from integrations.providers.tripletex.sandbox.hours import month_of, register
from integrations.providers.tripletex.sandbox.seed import (
    CONSUMER,
    KEY,
    KEY_ACCOUNTANT,
    KEY_LIMITED,
    KEY_OTHER_COMPANY,
    KEY_REVOKED,
    NORDLYS,
    seed,
)
from integrations.providers.tripletex.sandbox.store import Object, Store

__all__ = [
    "CONSUMER",
    "KEY",
    "KEY_ACCOUNTANT",
    "KEY_LIMITED",
    "KEY_OTHER_COMPANY",
    "KEY_REVOKED",
    "Fault",
    "FaultKind",
    "TripletexSandbox",
]


class TripletexSandbox(Sandbox):
    """`state` is a file that outlives the process; without one everything is forgotten at the end. `like`: what another
    one remembered is where this one begins."""

    def __init__(
        self,
        state: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        projects: int = 0,
        customers: int = 0,
        rate_limit: int = 100_000,
        like: Store | None = None,
    ) -> None:
        self.store = like.twin() if like else Store(state)
        if self.store.is_empty:
            seed(self.store, projects=projects, customers=customers)
        super().__init__(TripletexApp(self.store, rate_limit=rate_limit), host=host, port=port)

    def orders(self, company: int = NORDLYS) -> list[Object]:
        """Orders that stand at the provider, oldest first, with their lines."""
        return self.store.all(company, "Order")

    def hours(self, company: int = NORDLYS) -> list[Object]:
        """Timesheet entries that stand at the provider, oldest first."""
        return self.store.all(company, "TimesheetEntry")

    def record_hours(self, employee: int, project: int, activity: int, day: str, hours: float, **more: Any) -> Object:
        """What somebody there records by hand."""
        links = {"employee": {"id": employee}, "project": {"id": project}, "activity": {"id": activity}}
        with self.store.lock:
            return register(self.store, NORDLYS, 0, {**links, "date": day, "hours": hours, **more}, {})

    def close_month(self, employee: int, month: str, **how: bool) -> None:
        """`approved=True` or `completed=True`, or neither: open again. The month is "2026-11"."""
        status = {"employee": {"id": employee}, "monthYear": month, "approved": False, "completed": False, **how}
        found = month_of(self.store, NORDLYS, employee, month)["id"]
        number = found or self.store.next("month id", 7_000_001)
        self.store.put(NORDLYS, "MonthlyStatus", {**status, "id": number})

    def change(self, kind: str, object_id: int | str, **changes: Any) -> Object:
        """What people there would do: `change("Project", id, isClosed=True)`. Makes the object when it is not there."""
        return admin.change(self.store, NORDLYS, kind, int(object_id), changes)

    def delete(self, kind: str, object_id: int | str) -> bool:
        return self.store.delete(NORDLYS, kind, int(object_id))

    def revoke(self, employee_token: str = KEY) -> None:
        self.store.set_key(employee_token, revoked=True)

    def restore(self, employee_token: str = KEY, *, missing: tuple[str, ...] = ()) -> None:
        """The key works (again), without the rights named."""
        self.store.set_key(employee_token, revoked=False, missing=list(missing))

    def end_sessions(self) -> None:
        self.store.drop_sessions()
