"""For the contract suite: the sandbox, an order it takes, what spoils it, and what the samples are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from integrations.kernel.errors import Code, ProviderError
from integrations.kernel.parse import each, rows
from integrations.kernel.records import Kind, Record
from integrations.kernel.sandbox import ContractKit, Sandbox
from integrations.kernel.sandbox.kit import ListRequest, answer_of, changed, deleted, sample_order
from integrations.providers.visma_eaccounting import mapping, refusals
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox.seed import guid

_CUSTOMER, _PROJECT, _ARTICLE = guid(1, 1), guid(2, 1), guid(3, 2)

_ORDER = sample_order(
    customer_id=_CUSTOMER,
    project_id=_PROJECT,
    products=(_ARTICLE, guid(3, 3)),
    our_reference_name="Bo Lindqvist",
)


def _own(sandbox: Sandbox) -> EaccountingSandbox:
    return cast("EaccountingSandbox", sandbox)


def _error(status: int, body: bytes, is_write: bool) -> ProviderError:
    answer = answer_of(status, body)
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
        Code.PROJECT_CLOSED: changed("projects", _PROJECT, Status=2),
        Code.PROJECT_MISSING: deleted("projects", _PROJECT),
        Code.CUSTOMER_INACTIVE: changed("customers", _CUSTOMER, IsActive=False),
        Code.CUSTOMER_MISSING: deleted("customers", _CUSTOMER),
        Code.PRODUCT_INACTIVE: changed("articles", _ARTICLE, IsActive=False),
        Code.PRODUCT_MISSING: deleted("articles", _ARTICLE),
    },
)
