"""What Uniconta refuses, by the name of the error, and what it fills in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.uniconta.sandbox.seed import CUSTOM_FIELDS

_SERVERS = ("CurBalance", "Overdue", "Created", "RowId")
_OWN_TABLES = ("DebtorClient",)


def now() -> str:
    """Without a zone, as Uniconta writes its times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def kept(old: Object) -> Object:
    """What the server alone writes."""
    return {name: old[name] for name in _SERVERS if name in old}


def judge(
    store: Store, company: str, table: str, body: Object, old: Object | None, refusal: Callable[[str], Exception]
) -> None:
    """Raises what ``refusal`` makes of an error's name."""
    judges = {
        "DebtorClient": _customer,
        "DebtorOrderClient": _order,
        "DebtorOrderLineClient": _line,
        "ProjectJournalLineClient": _journal_line,
    }
    if name := judges.get(table, _anything)(store, company, body, old):
        raise refusal(name)


def _anything(_store: Store, _company: str, _body: Object, _old: Object | None) -> str:
    return ""


def _customer(store: Store, company: str, body: Object, old: Object | None) -> str:
    account = body.get("Account")
    if not account:
        return "KeyIsEmpty"
    if old is None and store.get(company, "DebtorClient", account):
        return "KeyExists"
    if not str(body.get("Name") or "").strip():
        return "FieldCannotBeBlank"
    if store.get(company, "DebtorGroupClient", str(body.get("Group") or "")) is None:
        return "FieldHasinvalidValue"
    if body.get("Payment") and store.get(company, "PaymentTermClient", str(body["Payment"])) is None:
        return "FieldHasinvalidValue"
    for name, wanted in CUSTOM_FIELDS.items():
        if name in body and not _fits(body[name], wanted):
            return "FieldHasinvalidValue"
    return ""


def _fits(value: Any, wanted: str) -> bool:
    if wanted == "bool":
        return isinstance(value, bool)
    if wanted == "double":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _order(store: Store, company: str, body: Object, _old: Object | None) -> str:
    customer = store.get(company, "DebtorClient", str(body.get("Account") or ""))
    if customer is None:
        return "AccountDoesNotExist"
    if customer.get("Blocked"):
        return "AccountIsBlocked"
    if customer.get("_stopped"):
        return "DebtorIsStopped"
    return _named(store, company, body) or _project(store, company, body)


# Properties that name a row of another table, and what is said when there is none, or it is blocked.
_NAMED = {
    "Employee": ("EmployeeClient", "EmployeeNoSpecified"),
    "Payment": ("PaymentTermClient", "FieldHasinvalidValue"),
    "Vat": ("GLVatClient", "VatTypeDoesNotExist"),
    "PrCategory": ("PrCategoryClient", "InvalidCategory"),
}


def _named(store: Store, company: str, body: Object) -> str:
    for name, (table, error) in _NAMED.items():
        if body.get(name):
            row = store.get(company, table, str(body[name]))
            if row is None or row.get("Blocked"):
                return error
    return ""


def _line(store: Store, company: str, body: Object, _old: Object | None) -> str:
    if store.get(company, "DebtorOrderClient", str(body.get("OrderNumber") or "")) is None:
        return "OrderIsDeleted"
    item = body.get("Item")
    if item:
        found = store.get(company, "InvItemClient", item)
        if found is None:
            return "CouldNotFind"
        if found.get("Blocked"):
            return "ItemIsOnHold"
        if body.get("Project") and not (body.get("PrCategory") or found.get("PrCategory")):
            return "PrCategoryCannotBeBlank"
    if item and "Price" not in body:
        return "ArgumentMissing"
    return _named(store, company, body) or _project(store, company, body)


def _journal_line(store: Store, company: str, body: Object, old: Object | None) -> str:
    journal = store.get(company, "ProjectJournalClient", str(body.get("Journal") or ""))
    if journal is None:
        return "KeyIsEmpty" if not body.get("Journal") else "IdDoesNotExist"
    if journal.get("Blocked"):
        return "JournalIsBlocked"
    if not body.get("Project"):
        return "ProjectCannotBeBlank"
    employee = store.get(company, "EmployeeClient", str(body.get("Employee") or ""))
    if employee is None:
        return "EmployeeNoSpecified"
    left = str(employee.get("Terminated") or "0001")
    if employee.get("Blocked") or "0002" < left < str(body.get("Date") or ""):
        return "AccountIsBlocked"
    category = store.get(company, "EmpPayrollCategoryClient", str(body.get("PayrollCategory") or ""))
    if category is None or category.get("Blocked"):
        return "InvalidCategory"
    if not body.get("PrCategory"):
        return "PrCategoryCannotBeBlank"
    if not body.get("Date") or isinstance(body.get("Qty"), bool) or not isinstance(body.get("Qty"), int | float):
        return "FieldHasinvalidValue"
    return _named(store, company, body) or _project(store, company, body)


def _project(store: Store, company: str, body: Object) -> str:
    number = body.get("Project")
    if not number:
        return ""
    project = store.get(company, "ProjectClient", number)
    if project is None:
        return "CouldNotFind"
    return "ProjectIsBlocked" if project.get("Blocked") else ""


def filled_in(store: Store, table: str, body: Object) -> Object:
    """Numbers, and times; nothing of the customer goes over to a new order."""
    row_id = store.next("row", 1)
    row = {**body, "RowId": row_id, "UpdatedAt": now()}
    if table == "DebtorOrderClient":
        row |= {"OrderNumber": store.next("order", 5001), "Created": now()}
    elif table == "DebtorOrderLineClient":
        row |= {"OrderNumber": str(body["OrderNumber"])}
    elif table == "DebtorClient":
        row |= {"Created": now(), "CurBalance": 0}
    elif table == "TableChangeEventClient":
        row |= {"HasError": False}
    return row
