"""For the contract suite."""

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

from . import api, lists
from .facts import KEY
from .sandbox import FjordApp, FjordSandbox

_ORDER = OrderPayload(
    reference="Busy 118 K7Q2M9XA",
    number="118",
    customer_id="1",
    project_id="7",
    order_date=date(2026, 11, 22),
    delivery_date=date(2026, 11, 22),
    currency="NOK",
    lines=(
        OrderLinePayload(product_id="9", description="Timer", quantity=Decimal("7.5"), unit_price=Decimal("950.50")),
    ),
)


def _app(sandbox: Sandbox) -> FjordApp:
    return cast("FjordSandbox", sandbox).app


def _change_key(key: str) -> Callable[[Sandbox], None]:
    def change(sandbox: Sandbox) -> None:
        _app(sandbox).key = key

    return change


def _off(name: str) -> Callable[[Sandbox], None]:
    def turn_off(sandbox: Sandbox) -> None:
        _app(sandbox).lists[name][0]["off"] = True

    return turn_off


def _gone(name: str) -> Callable[[Sandbox], None]:
    def take_away(sandbox: Sandbox) -> None:
        del _app(sandbox).lists[name][0]

    return take_away


def _error(status: int, body: bytes, is_write: bool) -> ProviderError:
    return api.refusal(Answer(status=status, headers={}, body=body, data=msgspec.json.decode(body)))


def _records(mapper: Callable[[Any], Record]) -> Callable[[Any], list[Record]]:
    return lambda body: each(rows(body, "rows"), mapper, "rows")


KIT = ContractKit(
    sandbox=FjordSandbox,
    lists={
        Kind.CUSTOMERS: ListRequest(path="/customers", field="name"),
        Kind.PROJECTS: ListRequest(path="/projects", field="name"),
        Kind.PRODUCTS: ListRequest(path="/products", field="name"),
    },
    samples={
        "customers": _records(lists.customer),
        "projects": _records(lists.project),
        "products": _records(lists.product),
    },
    error=_error,
    revoke=_change_key("another"),
    restore=_change_key(KEY),
    order=_ORDER,
    order_request=("POST", "/invoices"),
    orders=lambda sandbox: _app(sandbox).lists["invoices"],
    spoilers={
        Code.PROJECT_CLOSED: _off("projects"),
        Code.CUSTOMER_MISSING: _gone("customers"),
        Code.PRODUCT_INACTIVE: _off("products"),
    },
)
