"""SaveInvoices and what reads orders back. A row that is refused says so itself, in a call that succeeds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.twentyfoursevenoffice.sandbox.catalogue import is_after, now, only
from integrations.providers.twentyfoursevenoffice.sandbox.doors import Caller
from integrations.providers.twentyfoursevenoffice.sandbox.envelopes import Fault

_LENGTHS = {
    "ProductionNumber": 20, "YourReference": 50, "ReferenceNumber": 50, "InvoiceTitle": 300, "InvoiceText": 750
}  # fmt: skip
_CURRENCIES = ("NOK", "SEK", "DKK", "EUR", "USD")


def _save(caller: Caller, store: Store, params: Object) -> list[Object]:
    return [_saved(caller, store, order) for order in params.get("invoices") or []]


def _saved(caller: Caller, store: Store, order: Object) -> Object:
    refused = next(_faults(caller, store, order), None)
    if refused is not None:
        exception = {"Type": "ValidationException", "Message": refused, "StackTrace": "at InvoiceService.Save()"}
        return {**order, "APIException": exception}
    before = store.get(caller.client, "Order", str(order["OrderId"])) if order.get("OrderId") else None
    external_id = order.get("OrderId") or store.next(f"{caller.client} order", 5001)
    rows = [
        {"RowId": store.next(f"{caller.client} row", 90_001), **row, "SequenceNumber": row.get("SequenceNumber", n)}
        for n, row in enumerate(order.get("InvoiceRows") or [], 1)
    ]
    kept = {
        "OrderStatus": "Web", **(before or {}), **order, "Id": str(external_id), "OrderId": int(external_id),
        "InvoiceRows": rows, "DateChanged": now(), "_made": (before or {}).get("_made", now()),
    }  # fmt: skip
    store.put(caller.client, "Order", kept)
    return _shown(kept)


def _shown(order: Object) -> Object:
    return {name: value for name, value in order.items() if name != "Id" and not name.startswith("_")}


def _faults(caller: Caller, store: Store, order: Object) -> Iterator[str]:
    yield from _head_faults(caller, store, order)
    if "ProjectId" in order:
        yield from _project_faults(caller, store, order["ProjectId"])
    for name, length in _LENGTHS.items():
        if len(order.get(name) or "") > length:
            yield f"{name} can not be longer than {length} characters."
    symbol = (order.get("Currency") or {}).get("Symbol")
    if symbol is not None and symbol not in _CURRENCIES:
        yield f"Currency {symbol} is not in use."
    for row in order.get("InvoiceRows") or []:
        yield from _row_faults(caller, store, row)


def _head_faults(caller: Caller, store: Store, order: Object) -> Iterator[str]:
    if (external_id := order.get("OrderId")) is not None:
        before = store.get(caller.client, "Order", str(external_id))
        if before is not None and before["OrderStatus"] == "Invoiced":
            yield "An invoiced order can not be changed."
    customer = store.get(caller.client, "Company", str(order.get("CustomerId", "")))
    if customer is None or not customer["_active"]:
        yield f"CustomerId {order.get('CustomerId')} does not exist."
    elif customer.get("BlockInvoice"):
        yield f"CustomerId {order['CustomerId']} is blocked for invoicing."
    reference = order.get("OurReference")
    if reference is not None and reference not in [row["_employee"] for row in store.all(caller.client, "Person")]:
        yield f"OurReference {reference} does not exist."


def _project_faults(caller: Caller, store: Store, project_id: int) -> Iterator[str]:
    project = store.get(caller.client, "Project", str(project_id))
    if project is None:
        yield f"ProjectId {project_id} does not exist."
    elif not project["_open"]:
        yield f"ProjectId {project_id} is not active."


def _row_faults(caller: Caller, store: Store, row: Object) -> Iterator[str]:
    if len(row.get("Name") or "") > 300:
        yield "Name can not be longer than 300 characters."
    if row.get("Type", "Normal") != "Normal":
        return
    product = store.get(caller.client, "Product", str(row.get("ProductId", "")))
    if product is None:
        yield f"ProductId {row.get('ProductId')} does not exist."
    elif product["StatusId"] != 1:
        yield f"ProductId {row['ProductId']} has expired."
    if "ProjectId" in row:
        yield from _project_faults(caller, store, row["ProjectId"])


def _sync_list(caller: Caller, store: Store, params: Object) -> list[int]:
    search = params.get("syncParams") or {}
    found = [row for row in store.all(caller.client, "Order") if is_after(row, "_made", search.get("RegisteredAfter"))]
    return [row["OrderId"] for row in found if is_after(row, "DateChanged", search.get("ChangedAfter"))]


def _invoices(caller: Caller, store: Store, params: Object) -> list[Object]:
    search = params.get("searchParams") or {}
    ids = search.get("OrderIds")
    if ids is None:
        raise Fault("Timeout expired. The timeout period elapsed prior to completion of the operation.")
    if len(ids) > 1000:
        raise Fault("A maximum of 1000 order ids can be given.")
    found = [store.get(caller.client, "Order", str(one)) for one in ids]
    names, row_names = params.get("invoiceReturnProperties") or [], params.get("rowReturnProperties") or []
    return [
        {
            "IncludeVAT": False,
            **only({**_shown(row), "InvoiceRows": [only(r, row_names) for r in row["InvoiceRows"]]}, names),
        }
        for row in found
        if row is not None
    ]


HANDLERS: dict[str, Any] = {"SaveInvoices": _save, "GetOrderSyncList": _sync_list, "GetInvoices": _invoices}
