"""For the contract suite: the sandbox, an order it takes, what spoils it, and what the samples are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from integrations.kernel.errors import Code, ProviderError
from integrations.kernel.http import Answer
from integrations.kernel.parse import each, part
from integrations.kernel.payloads import OrderLinePayload, OrderPayload
from integrations.kernel.records import Kind, Record
from integrations.kernel.sandbox import ContractKit, Sandbox
from integrations.kernel.sandbox.kit import ListRequest
from integrations.providers.xledger import mapping, refusals
from integrations.providers.xledger.listing import nodes_of
from integrations.providers.xledger.pulls import Mapper
from integrations.providers.xledger.sandbox import XledgerSandbox

PROJECT, CUSTOMER, PRODUCT, OTHER_PRODUCT, CONTACT = "28630394", "24934231", "1915442", "1915443", "698701"
SALES_OF_PROJECT, SALES_OF_CUSTOMER = "698703", "698704"
_TODAY = date(2026, 11, 22)

ORDER = OrderPayload(
    reference="Busy 2026-118/1",
    number="2026-118",
    customer_id=CUSTOMER,
    project_id=PROJECT,
    our_reference_employee_id=CONTACT,
    order_date=_TODAY,
    delivery_date=_TODAY,
    currency="NOK",
    comment="Uke 46–47: «design» & søm",
    lines=(
        OrderLinePayload(
            product_id=PRODUCT, description="Design", quantity=Decimal("12.5"), unit_price=Decimal("1250.00")
        ),
        OrderLinePayload(
            product_id=OTHER_PRODUCT,
            description="Utvikling",
            quantity=Decimal("3.33"),
            unit_price=Decimal("1350.5"),
            discount_percent=Decimal(10),
        ),
    ),
)


def _own(sandbox: Sandbox) -> XledgerSandbox:
    return cast("XledgerSandbox", sandbox)


def _change(kind: str, row_id: str, **changes: Any) -> Callable[[Sandbox], None]:
    def spoil(sandbox: Sandbox) -> None:
        _own(sandbox).change(kind, row_id, **changes)

    return spoil


def _delete(kind: str, row_id: str) -> Callable[[Sandbox], None]:
    def spoil(sandbox: Sandbox) -> None:
        _own(sandbox).delete(kind, row_id)

    return spoil


def _error(status: int, body: bytes, is_write: bool) -> ProviderError:
    try:
        data = msgspec.json.decode(body)
    except msgspec.DecodeError:
        data = None
    answer = Answer(status=status, headers={}, body=body, data=data)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    errors = refusals.errors_of(answer) or [refusals.ApiError(status=status, code="", message=f"HTTP {status}")]
    if (limit := refusals.limited(answer, now)) is not None:
        return limit
    return refusals.write_refused(errors, "order_write") if is_write else refusals.read_refused(errors, "project")


def _records(query: str, mapper: Mapper[Record]) -> Callable[[Any], list[Record]]:
    def records(body: Any) -> list[Record]:
        found = nodes_of(part(body, "data"), query)
        return each(found, lambda row: mapper(row, is_closed=False, today=_TODAY), query)

    return records


KIT = ContractKit(
    sandbox=XledgerSandbox,
    lists={
        Kind.CUSTOMERS: ListRequest(path="/Customers", field="description"),
        Kind.PROJECTS: ListRequest(path="/Projects", field="dbId"),
        Kind.PRODUCTS: ListRequest(path="/Products", field="description"),
        Kind.EMPLOYEES: ListRequest(path="/People", field="contact"),
    },
    samples={
        "customer": _records("customers", mapping.customer_record),
        "project": _records("projects", mapping.project_record),
        "product": _records("products", mapping.product_record),
        "entity_contact": _records("entityContacts", mapping.own_contact_record),
    },
    error=_error,
    revoke=lambda sandbox: _own(sandbox).revoke(),
    restore=lambda sandbox: _own(sandbox).restore(),
    order=ORDER,
    order_request=("POST", "/AddOrderLines"),  # what makes it whole; its header alone is an order by half
    order_look="/FindOrder",
    order_back="/OrderStored",
    copy_order=lambda sandbox: _own(sandbox).copy_order(),
    orders=lambda sandbox: _own(sandbox).orders(),
    spoilers={
        Code.PROJECT_CLOSED: _change("Project", PROJECT, _closed=True),
        Code.PROJECT_MISSING: _delete("Project", PROJECT),
        Code.CUSTOMER_INACTIVE: _change("Customer", CUSTOMER, _closed=True),
        Code.CUSTOMER_MISSING: _delete("Customer", CUSTOMER),
        Code.PRODUCT_INACTIVE: _change("Product", PRODUCT, _closed=True),
        Code.PRODUCT_MISSING: _delete("Product", OTHER_PRODUCT),
        Code.REFERENCE_INACTIVE: _change("Contact", CONTACT, _closed=True, toDate="2026-01-31"),
        Code.REFERENCE_MISSING: _delete("Contact", CONTACT),
        "sales_missing": _change("Project", PROJECT, ourSales=None),
        "sales_inactive": _change("Contact", SALES_OF_CUSTOMER, _closed=True, toDate="2026-01-31"),
        "not_billable": _change("Project", PROJECT, billable=False),
        "order_outside_project": _change("Project", PROJECT, fromDate="2026-12-01"),
        "reference_field_inactive": _change("Customer", CUSTOMER, ourRef=698_706),
    },
)
