"""A strict, stateful stand-in for Visma eAccounting and its identity server over real HTTP, judged by the vendor's
OpenAPI document.

with EaccountingSandbox() as sandbox:
    sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/v2/orders"))
    ...                       # talk to sandbox.url
    assert len(sandbox.orders()) == 1

python -m integrations.providers.visma_eaccounting.sandbox --port 8803 --state visma.sqlite3
"""

from __future__ import annotations

from typing import Any

from integrations.kernel.sandbox import Sandbox
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.visma_eaccounting.sandbox import admin
from integrations.providers.visma_eaccounting.sandbox.app import API, EaccountingApp
from integrations.providers.visma_eaccounting.sandbox.seed import CLIENT, NORDLYS, REFRESH, USER, seed

__all__ = ["EaccountingSandbox"]


class EaccountingSandbox(Sandbox):
    """`state` is a file that outlives the process; without one everything is forgotten at the end.

    Paths of faults and of the log are whole: "/v2/orders", "/connect/token".
    """

    def __init__(
        self,
        state: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        projects: int = 0,
        customers: int = 0,
        rate_limit: int = 100_000,
        most_rows: int = 1000,
        token_life: float = 3600,
    ) -> None:
        self.store = Store(state)
        if self.store.is_empty:
            seed(self.store, projects=projects, customers=customers)
        app = EaccountingApp(self.store, rate_limit=rate_limit, most_rows=most_rows, token_life=token_life)
        self.identity = app.identity
        super().__init__(app, host=host, port=port)
        self.url = self.origin + API

    def orders(self, company: str = NORDLYS) -> list[Object]:
        """Orders that stand at the provider, oldest first, with their rows."""
        return self.store.all(company, "orders")

    def change(self, kind: str, key: str, **changes: Any) -> Object:
        """What people there would do: `change("projects", id, Status=2)`. Makes the object when it is not there."""
        return admin.change(self.store, NORDLYS, kind, key, changes)

    def change_company(self, company: str = NORDLYS, **changes: Any) -> None:
        admin.change_company(self.store, company, changes)

    def delete(self, kind: str, key: str) -> bool:
        return self.store.delete(NORDLYS, kind, key)

    def revoke(self, refresh_token: str = REFRESH) -> None:
        self._end(refresh_token, ended=True)

    def restore(self, refresh_token: str = REFRESH) -> None:
        self._end(refresh_token, ended=False)

    def _end(self, refresh_token: str, *, ended: bool) -> None:
        found = self.store.get("", "refreshes", refresh_token)
        assert found is not None
        self.identity.end(found["grant"], ended=ended)

    def sign_in(self, client: str = CLIENT, *, user: str = USER, company: str = NORDLYS) -> str:
        """The refresh token of a person who has just allowed the access."""
        return self.identity.sign_in(client, user, company)

    def end_all(self) -> None:
        """Every access that was ever given is withdrawn."""
        for grant in self.store.all("", "grants"):
            self.identity.end(grant["Id"])

    def expire_tokens(self) -> None:
        """As if an hour had passed."""
        self.identity.expire_accesses()

    def change_password(self, user: str = USER) -> None:
        self.identity.change_password(user)
