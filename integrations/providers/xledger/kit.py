"""For the contract suite: the sandbox, an order it takes, what spoils it, and what the samples are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, cast

from integrations.kernel.errors import Code, ProviderError
from integrations.kernel.parse import each, part
from integrations.kernel.records import Kind, Record
from integrations.kernel.sandbox import ContractKit, Sandbox
from integrations.kernel.sandbox.kit import ListRequest, answer_of, changed, deleted, sample_order
from integrations.providers.xledger import mapping, refusals
from integrations.providers.xledger.listing import nodes_of
from integrations.providers.xledger.pulls import Mapper
from integrations.providers.xledger.sandbox import XledgerSandbox

PROJECT, CUSTOMER, PRODUCT, OTHER_PRODUCT, CONTACT = "28630394", "24934231", "1915442", "1915443", "698701"
SALES_OF_PROJECT, SALES_OF_CUSTOMER = "698703", "698704"
_TODAY = date(2026, 11, 22)

ORDER = sample_order(
    customer_id=CUSTOMER, project_id=PROJECT, products=(PRODUCT, OTHER_PRODUCT), our_reference_employee_id=CONTACT
)


def _own(sandbox: Sandbox) -> XledgerSandbox:
    return cast("XledgerSandbox", sandbox)


def _error(status: int, body: bytes, is_write: bool) -> ProviderError:
    answer = answer_of(status, body)
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
        Code.PROJECT_CLOSED: changed("Project", PROJECT, _closed=True),
        Code.PROJECT_MISSING: deleted("Project", PROJECT),
        Code.CUSTOMER_INACTIVE: changed("Customer", CUSTOMER, _closed=True),
        Code.CUSTOMER_MISSING: deleted("Customer", CUSTOMER),
        Code.PRODUCT_INACTIVE: changed("Product", PRODUCT, _closed=True),
        Code.PRODUCT_MISSING: deleted("Product", OTHER_PRODUCT),
        Code.REFERENCE_INACTIVE: changed("Contact", CONTACT, _closed=True, toDate="2026-01-31"),
        Code.REFERENCE_MISSING: deleted("Contact", CONTACT),
        "sales_missing": changed("Project", PROJECT, ourSales=None),
        "sales_inactive": changed("Contact", SALES_OF_CUSTOMER, _closed=True, toDate="2026-01-31"),
        "not_billable": changed("Project", PROJECT, billable=False),
        "order_outside_project": changed("Project", PROJECT, fromDate="2026-12-01"),
        "reference_field_inactive": changed("Customer", CUSTOMER, ourRef=698_706),
    },
)
