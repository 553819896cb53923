"""For the contract suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

import msgspec

from integrations.kernel.errors import Code, ProviderError
from integrations.kernel.http import Answer
from integrations.kernel.parse import each, rows
from integrations.kernel.payloads import OrderLinePayload, OrderPayload
from integrations.kernel.records import Kind, ProjectRecord, Record, TaskRecord, WorkTypeRecord
from integrations.kernel.sandbox import ContractKit, Sandbox, SaveKit
from integrations.kernel.sandbox.kit import ListRequest

from . import api, lists, saves
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


def _saved(path: str, new: Record, existing: str, changes: dict[str, Any]) -> SaveKit:
    name = path.strip("/")

    def edit(sandbox: Sandbox, external_id: str, values: Mapping[str, Any]) -> None:
        _app(sandbox).edit(name, external_id, {saves.KEYS[key]: value for key, value in values.items()})

    def unknown(sandbox: Sandbox, external_id: str) -> dict[str, Any]:
        row = next(row for row in _app(sandbox).lists[name] if str(row["id"]) == external_id)
        ours = {*saves.KEYS.values(), "changed", "version"}
        return {key: value for key, value in row.items() if key not in ours}

    return SaveKit(
        new=new,
        changes=changes,
        writes=(("POST", path), ("PUT", rf"{path}/\d+")),
        ids=lambda sandbox: [str(row["id"]) for row in _app(sandbox).lists[name]],
        edit=edit,
        unknown=unknown,
        existing=existing,
    )


KIT = ContractKit(
    sandbox=FjordSandbox,
    lists={
        Kind.CUSTOMERS: ListRequest(path="/customers", field="name"),
        Kind.PROJECTS: ListRequest(path="/projects", field="name"),
        Kind.PRODUCTS: ListRequest(path="/products", field="name"),
        Kind.WORK_TYPES: ListRequest(path="/worktypes", field="name"),
        Kind.EMPLOYEES: ListRequest(path="/people", field="name"),
        Kind.TASKS: ListRequest(path="/tasks", field="name"),
    },
    samples={
        "customers": _records(lists.customer),
        "projects": _records(lists.project),
        "products": _records(lists.product),
        "work_types": _records(lists.work_type),
        "employees": _records(lists.person),
        "tasks": _records(lists.task),
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
    saves={
        Kind.PROJECTS: _saved(
            "/projects",
            ProjectRecord(external_id="", name="Molo", customer_id="2", start_date=date(2026, 11, 1)),
            "7",
            {"name": "Molo nord", "customer_id": "3", "start_date": None, "end_date": date(2027, 6, 30)},
        ),
        Kind.WORK_TYPES: _saved(
            "/worktypes", WorkTypeRecord(external_id="", name="Dykking"), "4", {"name": "Dykk", "archived": True}
        ),
        Kind.TASKS: _saved(
            "/tasks",
            TaskRecord(external_id="", name="Støping", project_id="7", member_ids=("1", "2")),
            "30",
            {"name": "Støp", "member_ids": ("5",), "done": True},
        ),
    },
)
