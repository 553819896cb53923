"""The conditions an order needs at Visma eAccounting, asked one by one (R32): before sending, and when it is stuck."""

from __future__ import annotations

from collections.abc import Callable

from integrations.kernel.connector import Check, CheckState
from integrations.kernel.errors import Code, Cure, CurePage, Problem, RecordRef, Temporary, Turn
from integrations.kernel.parse import Row, flag, optional_identifier, optional_text
from integrations.kernel.payloads import OrderPayload
from integrations.providers.visma_eaccounting.api import EaccountingApi
from integrations.providers.visma_eaccounting.mapping import is_finished


def order_checks(api: EaccountingApi, payload: OrderPayload) -> list[Check]:
    """Project, customer and each article. Raises LoginNeeded; what time heals is told as unknown."""
    checks = [_customer(api, payload.customer_id)]
    if payload.project_id is not None:
        checks.insert(0, _project(api, payload.project_id))
    first_lines: dict[str, int] = {}
    for index, line in enumerate(payload.lines):
        if line.product_id is not None:
            first_lines.setdefault(line.product_id, index)
    return checks + [_article(api, article, line) for article, line in first_lines.items()]


def _project(api: EaccountingApi, external_id: str) -> Check:
    return _asked(
        api, "project_active", RecordRef(what="project", external_id=external_id), f"/projects/{external_id}",
        right="projects", passes=lambda row: not is_finished(row),
        failed=Code.PROJECT_CLOSED, missing=Code.PROJECT_MISSING,
    )  # fmt: skip


def _customer(api: EaccountingApi, external_id: str) -> Check:
    return _asked(
        api, "customer_active", RecordRef(what="customer", external_id=external_id), f"/customers/{external_id}",
        right="customers", passes=_is_active, failed=Code.CUSTOMER_INACTIVE, missing=Code.CUSTOMER_MISSING,
    )  # fmt: skip


def _article(api: EaccountingApi, external_id: str, line: int) -> Check:
    record = RecordRef(what="product", external_id=external_id, line=line)
    return _asked(
        api, "product_active", record, f"/articles/{external_id}",
        right="products", passes=_is_active, failed=Code.PRODUCT_INACTIVE, missing=Code.PRODUCT_MISSING,
    )  # fmt: skip


def _is_active(row: Row) -> bool:
    return flag(row, "IsActive")


def _asked(
    api: EaccountingApi,
    name: str,
    record: RecordRef,
    path: str,
    *,
    right: str,
    passes: Callable[[Row], bool],
    failed: Code,
    missing: Code,
) -> Check:
    try:
        row = api.get_one(path, right=right)
    except Temporary as error:
        return Check(name=name, state=CheckState.UNKNOWN, record=record, problem=error.problem)
    if row is None:
        problem = Problem(code=missing, record=record, turn=Turn.AUTHOR, cure=Cure(page=CurePage.ORDER))
        return Check(name=name, state=CheckState.FAILED, record=record, problem=problem)
    number = optional_identifier(row, "Number") or optional_identifier(row, "CustomerNumber")
    called = optional_text(row, "Name")
    label = f"{number} {called}".strip()
    if passes(row):
        return Check(name=name, state=CheckState.PASSED, record=record, label=label)
    problem = Problem(
        code=failed,
        params={"number": number, "name": called},
        record=record,
        turn=Turn.ACCOUNTING,
        cure=Cure(url=api.link(record.what)),
    )
    return Check(name=name, state=CheckState.FAILED, record=record, label=label, problem=problem)
