"""For the contract suite: the sandbox, an order it takes, what spoils it, and what the samples are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, cast

import msgspec

from integrations.kernel.errors import Code, ProviderError
from integrations.kernel.http import Answer
from integrations.kernel.parse import each, rows
from integrations.kernel.payloads import OrderLinePayload, OrderPayload
from integrations.kernel.records import Kind, Record
from integrations.kernel.sandbox import ContractKit, Sandbox
from integrations.kernel.sandbox.kit import ListRequest
from integrations.providers.tripletex import mapping, refusals
from integrations.providers.tripletex.sandbox import TripletexSandbox

_PROJECT, _CUSTOMER, _PRODUCT, _EMPLOYEE = "87310101", "108615701", "53120202", "18500401"

_ORDER = OrderPayload(
    reference="Busy 2026-118/1",
    number="2026-118",
    customer_id=_CUSTOMER,
    project_id=_PROJECT,
    our_reference_employee_id=_EMPLOYEE,
    order_date=date(2026, 11, 22),
    delivery_date=date(2026, 11, 22),
    currency="NOK",
    comment="Uke 46–47: «design» & søm",
    lines=(
        OrderLinePayload(
            product_id=_PRODUCT, description="Design", quantity=Decimal("12.5"), unit_price=Decimal("1250.00")
        ),
        OrderLinePayload(
            product_id="53120203",
            description="Utvikling",
            quantity=Decimal("3.33"),
            unit_price=Decimal("1350.5"),
            discount_percent=Decimal(10),
        ),
    ),
)


def _change(kind: str, object_id: str, **changes: Any) -> Callable[[Sandbox], None]:
    def spoil(sandbox: Sandbox) -> None:
        _own(sandbox).change(kind, object_id, **changes)

    return spoil


def _delete(kind: str, object_id: str) -> Callable[[Sandbox], None]:
    def spoil(sandbox: Sandbox) -> None:
        _own(sandbox).delete(kind, object_id)

    return spoil


def _own(sandbox: Sandbox) -> TripletexSandbox:
    return cast("TripletexSandbox", sandbox)


def _error(status: int, body: bytes, is_write: bool) -> ProviderError:
    try:
        data = msgspec.json.decode(body)
    except msgspec.DecodeError:
        data = None
    answer = Answer(status=status, headers={}, body=body, data=data)
    if status == 401:
        return refusals.key_rejected(refusals.api_error(answer))
    return refusals.write_refused(answer, "orders") if is_write else refusals.read_refused(answer, "projects")


def _records(mapper: Callable[[Any], Record], keep: Callable[[Any], bool] = lambda _: True) -> Callable[[Any], Any]:
    return lambda body: each([row for row in rows(body, "values") if keep(row)], mapper, "values")


KIT = ContractKit(
    sandbox=TripletexSandbox,
    lists={
        Kind.CUSTOMERS: ListRequest(path="/customer", field="name"),
        Kind.PROJECTS: ListRequest(path="/project", field="isClosed"),
        Kind.PRODUCTS: ListRequest(path="/product", field="isInactive"),
        Kind.WORK_TYPES: ListRequest(path="/activity", field="isDisabled"),
        Kind.EMPLOYEES: ListRequest(path="/employee", field="id"),
    },
    samples={
        "customer": _records(mapping.customer_record, mapping.is_customer),
        "project": _records(mapping.project_record),
        "product": _records(mapping.product_record),
        "activity": _records(mapping.work_type_record, mapping.is_work_type),
        "employee": _records(mapping.employee_record, mapping.is_employee),
    },
    error=_error,
    revoke=lambda sandbox: _own(sandbox).revoke(),
    restore=lambda sandbox: _own(sandbox).restore(),
    order=_ORDER,
    order_request=("POST", "/order"),
    orders=lambda sandbox: _own(sandbox).orders(),
    spoilers={
        Code.PROJECT_CLOSED: _change("Project", _PROJECT, isClosed=True),
        Code.PROJECT_MISSING: _delete("Project", _PROJECT),
        Code.CUSTOMER_INACTIVE: _change("Customer", _CUSTOMER, isInactive=True),
        Code.CUSTOMER_MISSING: _delete("Customer", _CUSTOMER),
        Code.PRODUCT_INACTIVE: _change("Product", _PRODUCT, isInactive=True),
        Code.PRODUCT_MISSING: _delete("Product", _PRODUCT),
        Code.REFERENCE_INACTIVE: _change("Employee", _EMPLOYEE, allowInformationRegistration=False),
        Code.REFERENCE_MISSING: _delete("Employee", _EMPLOYEE),
    },
)
