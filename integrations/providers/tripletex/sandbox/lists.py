"""Lists: filters, sorting, the cap and the checksum."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from integrations.providers.tripletex.facts import LIST_CAP
from integrations.providers.tripletex.sandbox.contract import Operation
from integrations.providers.tripletex.sandbox.store import Object, Store

KINDS = {
    "/customer": "Customer",
    "/project": "Project",
    "/product": "Product",
    "/activity": "Activity",
    "/employee": "Employee",
    "/currency": "Currency",
    "/order": "Order",
    "/timesheet/entry": "TimesheetEntry",
    "/employee/employment": "Employment",
    "/company/salesmodules": "SalesModule",
    "/company/>withLoginAccess": "Company",
    "/event/subscription": "EventSubscription",
}

# Parameters that steer the answer and filter nothing.
_STEERING = frozenset({"from", "count", "sorting", "fields", "includeRecentlyClosed"})
_CONTAINING = frozenset({"name", "description", "customerName", "firstName", "lastName", "email", "comment"})
_RENAMED = {
    "ids": "id",
    "customerName": "name",
    "customerAccountNumber": "customerNumber",
    "productNumber": "number",
}
_DATED = {
    "startDateFrom": "startDate",
    "startDateTo": "startDate",
    "endDateFrom": "endDate",
    "endDateTo": "endDate",
    "orderDateFrom": "orderDate",
    "orderDateTo": "orderDate",
    "dateFrom": "date",
    "dateTo": "date",
}
_REFERENCES = {
    "customerId": "customer",
    "projectManagerId": "projectManager",
    "departmentId": "department",
    "accountManagerId": "accountManager",
    "currencyId": "currency",
    "productUnitId": "productUnit",
    "vatTypeId": "vatType",
    "employeeId": "employee",
    "projectId": "project",
    "activityId": "activity",
}

Test = Callable[[Object], bool]


class TooLarge(Exception):
    """422, code 23000."""


class CannotSort(ValueError):
    """422, code 17000."""


class CannotFilter(ValueError):
    """The document has the parameter, this stand-in does not play it."""


class Lists:
    """Filtered lists, kept while nothing of their kind changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[object, tuple[int, list[Object]]] = OrderedDict()

    def rows(self, company: int, kind: str, operation: Operation, query: Mapping[str, str]) -> list[Object]:
        """All rows that match, sorted. Raises TooLarge above the cap, however few are asked for."""
        filters = {name: query.get(name, default) for name, default in _defaults(operation).items()}
        sorting = query.get("sorting") or "id"
        key = (company, kind, tuple(sorted((name, value) for name, value in filters.items() if value)), sorting)
        revision = self._store.revision(company, kind)
        kept = self._kept.get(key)
        if kept is None or kept[0] != revision:
            tests = [_test(kind, name, value) for name, value in filters.items() if value is not None]
            rows = [row for row in self._store.all(company, kind) if all(test(row) for test in tests)]
            kept = (revision, _sorted(rows, sorting, operation))
            self._kept[key] = kept
            while len(self._kept) > 64:
                self._kept.popitem(last=False)
        if len(kept[1]) > LIST_CAP:
            raise TooLarge
        return kept[1]

    def digest(self, company: int, kind: str, url: str) -> str:
        """Covers the whole table: it may change although the page asked for did not, as the real one may."""
        text = f"{company} {kind} {self._store.revision(company, kind)} {url}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _defaults(operation: Operation) -> dict[str, str | None]:
    """All filters of the operation with the value they have when they are not sent."""
    found: dict[str, str | None] = {}
    for name, schema in operation.parameters.items():
        if name not in _STEERING:
            default = schema.get("default")
            found[name] = str(default).lower() if default not in (None, "") else None
    return found


def _test(kind: str, name: str, value: str) -> Test:
    if name in _DATED:
        return _dated(_DATED[name], value, is_start=name.endswith("From"))
    if name == "changedSince":
        return lambda row: bool(row["_changed"] >= value[:19])
    if name in _REFERENCES:
        field, wanted = _REFERENCES[name], set(value.split(","))
        return lambda row: str((row.get(field) or {}).get("id", "")) in wanted
    if name in ("id", "ids", "customerAccountNumber", "productNumber", "code") or (name, kind) == ("number", "Product"):
        field, wanted = _RENAMED.get(name, name), {part.strip() for part in value.split(",")}
        return lambda row: str(row.get(field, "")) in wanted
    if name in _CONTAINING:
        field = _RENAMED.get(name, name)
        return lambda row: value.lower() in str(row.get(field, "")).lower()
    if value in ("true", "false"):
        return _flagged(kind, name, is_wanted=value == "true")
    if name in ("number", "employeeNumber", "organizationNumber", "invoiceEmail", "ean"):
        return lambda row: str(row.get(name, "")) == value
    raise CannotFilter(name)


def _dated(field: str, day: str, *, is_start: bool) -> Test:
    """From and including, to and excluding."""
    if is_start:
        return lambda row: (row.get(field) or "") >= day
    return lambda row: bool(row.get(field)) and row[field] < day


def _flagged(kind: str, name: str, *, is_wanted: bool) -> Test:
    if name == "includeContacts":
        return lambda row: is_wanted or not row.get("isContact")
    if name == "onlyContacts":
        return lambda row: bool(row.get("isContact")) or not is_wanted
    # The filter on activities is called isInactive, their field isDisabled.
    field = "isDisabled" if (kind, name) == ("Activity", "isInactive") else name
    return lambda row: bool(row.get(field)) is is_wanted


def _sorted(rows: list[Object], sorting: str, operation: Operation) -> list[Object]:
    known = (operation.value or {}).get("properties", {})
    for name in reversed([part.strip() for part in sorting.split(",") if part.strip()]):
        field = name.lstrip("-")
        if field not in known and field != "id":
            raise CannotSort(field)
        if name != "id":  # they come by id
            rows = sorted(rows, key=lambda row: _sort_key(row.get(field)), reverse=name.startswith("-"))
    return rows


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if isinstance(value, int | float) else str(value or ""))
