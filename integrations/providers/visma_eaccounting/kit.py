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
from integrations.providers.visma_eaccounting import mapping, refusals
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox.seed import guid

_CUSTOMER, _PROJECT, _ARTICLE = guid(1, 1), guid(2, 1), guid(3, 2)

_ORDER = OrderPayload(
    reference="Busy 2026-118/1",
    number="2026-118",
    customer_id=_CUSTOMER,
    project_id=_PROJECT,
    our_reference_name="Bo Lindqvist",
    order_date=date(2026, 11, 22),
    delivery_date=date(2026, 11, 22),
    currency="NOK",
    comment="Uke 46–47: «design» & søm",
    lines=(
        OrderLinePayload(
            product_id=_ARTICLE, description="Design", quantity=Decimal("12.5"), unit_price=Decimal("1250.00")
        ),
        OrderLinePayload(
            product_id=guid(3, 3),
            description="Utvikling",
            quantity=Decimal("3.33"),
            unit_price=Decimal("1350.5"),
            discount_percent=Decimal(10),
        ),
    ),
)


def _own(sandbox: Sandbox) -> EaccountingSandbox:
    return cast("EaccountingSandbox", sandbox)


def _change(kind: str, key: str, **changes: Any) -> Callable[[Sandbox], None]:
    def spoil(sandbox: Sandbox) -> None:
        _own(sandbox).change(kind, key, **changes)

    return spoil


def _delete(kind: str, key: str) -> Callable[[Sandbox], None]:
    def spoil(sandbox: Sandbox) -> None:
        _own(sandbox).delete(kind, key)

    return spoil


def _error(status: int, body: bytes, is_write: bool) -> ProviderError:
    try:
        data = msgspec.json.decode(body)
    except msgspec.DecodeError:
        data = None
    answer = Answer(status=status, headers={}, body=body, data=data)
    return refusals.write_refused(answer, day="2026-11-22") if is_write else refusals.read_refused(answer, "projects")


def _records(mapper: Callable[[Any], Record]) -> Callable[[Any], Any]:
    return lambda body: each(rows(body, "Data"), mapper, "Data")


KIT = ContractKit(
    # Few rows a page, so that every list has several.
    sandbox=lambda: EaccountingSandbox(most_rows=4),
    lists={
        Kind.CUSTOMERS: ListRequest(path="/v2/customers", field="Name"),
        Kind.PROJECTS: ListRequest(path="/v2/projects", field="Status"),
        Kind.PRODUCTS: ListRequest(path="/v2/articles", field="IsActive"),
    },
    samples={
        "customer": _records(mapping.customer_record),
        "project": _records(mapping.project_record),
        "article": _records(mapping.product_record),
    },
    error=_error,
    revoke=lambda sandbox: _own(sandbox).revoke(),
    restore=lambda sandbox: _own(sandbox).restore(),
    order=_ORDER,
    order_request=("POST", "/v2/orders"),
    orders=lambda sandbox: [{"id": order["Id"]} for order in _own(sandbox).orders()],
    spoilers={
        Code.PROJECT_CLOSED: _change("projects", _PROJECT, Status=2),
        Code.PROJECT_MISSING: _delete("projects", _PROJECT),
        Code.CUSTOMER_INACTIVE: _change("customers", _CUSTOMER, IsActive=False),
        Code.CUSTOMER_MISSING: _delete("customers", _CUSTOMER),
        Code.PRODUCT_INACTIVE: _change("articles", _ARTICLE, IsActive=False),
        Code.PRODUCT_MISSING: _delete("articles", _ARTICLE),
    },
)
