"""A strict, stateful stand-in for 24SevenOffice over real HTTP, judged by the vendor's own descriptions (WSDL).

with OfficeSandbox() as sandbox:
    sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/SaveInvoices"))
    ...                       # talk to sandbox.url
    assert len(sandbox.orders()) == 1

python -m integrations.providers.twentyfoursevenoffice.sandbox --port 8804 --state office.sqlite3

Faults and the log go by the operation: GET for what reads, POST, PUT and DELETE for what makes, changes and removes.
Both hosts of the services are this one; a session holds on each of its addresses.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from lxml import etree

from integrations.kernel.sandbox import Fault, FaultKind, Request, Response, Sandbox
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.twentyfoursevenoffice.sandbox import admin, doors
from integrations.providers.twentyfoursevenoffice.sandbox.app import OfficeApp, named
from integrations.providers.twentyfoursevenoffice.sandbox.catalogue import now
from integrations.providers.twentyfoursevenoffice.sandbox.contract import NS
from integrations.providers.twentyfoursevenoffice.sandbox.envelopes import ENVELOPE
from integrations.providers.twentyfoursevenoffice.sandbox.seed import NORDLYS, PASSWORD, USER, seed

__all__ = ["Fault", "FaultKind", "OfficeSandbox"]


class OfficeSandbox(Sandbox):
    """`state` is a file that outlives the process; without one everything is forgotten at the end."""

    def __init__(
        self,
        state: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        projects: int = 0,
        customers: int = 0,
        rate_limit: int = 1_000_000,
        most_rows: int = 1000,
    ) -> None:
        self.store = Store(state)
        if self.store.is_empty:
            seed(self.store, projects=projects, customers=customers)
        self.app = OfficeApp(self.store, rate_limit=rate_limit, most_rows=most_rows)
        super().__init__(self.app, host=host, port=port)
        self.url = self.origin

    def named(self, request: Request) -> tuple[str, str]:
        return named(request)

    def twisted(self, response: Response, fault: Fault) -> Response:
        """Rows doubled or a member spoiled; faults and single values as they are."""
        kinds = (FaultKind.DOUBLED, FaultKind.NULL_FIELD, FaultKind.MISSING_FIELD, FaultKind.WRONG_TYPE)
        if fault.kind not in kinds or response.status != 200:
            return response
        envelope = etree.fromstring(response.body)
        rows = _rows(envelope)
        if fault.kind is FaultKind.DOUBLED:
            for row in list(rows):
                rows.append(deepcopy(row))
        elif len(rows):
            _spoil(rows[0], fault)
        return replace(response, body=etree.tostring(envelope, xml_declaration=True, encoding="utf-8"))

    def orders(self, client: str = NORDLYS) -> list[Object]:
        """Orders that stand at the provider, oldest first, with their rows."""
        return self.store.all(client, "Order")

    def hours(self, client: str = NORDLYS) -> list[Object]:
        return self.store.all(client, "Hour")

    def change(self, kind: str, key: Any, /, **changes: Any) -> Object:
        """What people there would do: `change("Project", 1001, _open=False)`. Makes the object when it is not there."""
        return admin.change(self.store, NORDLYS, kind, str(key), changes)

    def delete(self, kind: str, key: Any, /) -> bool:
        return self.store.delete(NORDLYS, kind, str(key))

    def record_hours(self, **hour: Any) -> str:
        """Somebody there records hours; its id."""
        key = str(self.store.next(f"{NORDLYS} hour", 300_001))
        self.store.put(NORDLYS, "Hour", {**hour, "Id": key, "_changed": now()})
        return key

    def revoke(self, user: str = USER) -> None:
        """The password is changed there."""
        admin.change_account(self.store, user, {"password": "another one"})

    def restore(self, user: str = USER) -> None:
        admin.change_account(self.store, user, {"password": PASSWORD})

    def end_sessions(self) -> None:
        admin.end_sessions(self.store)

    def switch_client(self, identity_id: str) -> None:
        """Somebody who holds our session moves it to another company."""
        for session in self.store.all("", "sessions"):
            doors.switch(self.store, session["Id"], identity_id)


def _rows(envelope: Any) -> Any:
    """The element that holds the answer's rows."""
    result = envelope.find(f"{ENVELOPE}Body")[0]
    held = result[0] if len(result) else result
    items = held.find(f"{NS}Items")
    return held if items is None else items


def _spoil(row: Any, fault: Fault) -> None:
    member = row.find(f"{NS}{fault.field}")
    if member is None:
        return
    if fault.kind is FaultKind.MISSING_FIELD:
        row.remove(member)
        return
    member.text = None
    if fault.kind is FaultKind.WRONG_TYPE:
        etree.SubElement(member, f"{NS}string").text = "?"
