"""The conditions an order needs at Tripletex, asked one by one (R32): before sending, and when it is stuck."""

from __future__ import annotations

from collections.abc import Callable

from integrations.kernel.connector import Check, CheckState
from integrations.kernel.errors import Code, Cure, CurePage, Problem, RecordRef, Temporary, Turn
from integrations.kernel.parse import Row, flag, identifier, optional_identifier, optional_text, rows
from integrations.kernel.payloads import OrderPayload
from integrations.providers.tripletex.api import Params, TripletexApi
from integrations.providers.tripletex.mapping import is_active_employee

_PRODUCTS_AT_A_TIME = 100  # ids in one query; keeps the URL short


def order_checks(api: TripletexApi, payload: OrderPayload) -> list[Check]:
    """Project, customer, reference person and each product. Raises LoginNeeded; what time heals is told as unknown."""
    checks = [_customer(api, payload.customer_id)]
    if payload.project_id is not None:
        checks.insert(0, _project(api, payload.project_id))
    if payload.our_reference_employee_id is not None:
        checks.append(_reference_person(api, payload.our_reference_employee_id))
    return checks + _products(api, payload)


def _project(api: TripletexApi, external_id: str) -> Check:
    return _single(
        api, "project_active", RecordRef(what="project", external_id=external_id),
        path="/project", fields="id,number,name,isClosed", right="projects",
        passes=lambda row: not flag(row, "isClosed"), failed=Code.PROJECT_CLOSED, missing=Code.PROJECT_MISSING,
        cure=Cure(url=api.link("project", external_id)),
    )  # fmt: skip


def _customer(api: TripletexApi, external_id: str) -> Check:
    return _single(
        api, "customer_active", RecordRef(what="customer", external_id=external_id),
        path="/customer", fields="id,customerNumber,name,isInactive", right="customers",
        passes=lambda row: not flag(row, "isInactive"), failed=Code.CUSTOMER_INACTIVE, missing=Code.CUSTOMER_MISSING,
        cure=Cure(url=api.link("customer", external_id)),
    )  # fmt: skip


def _reference_person(api: TripletexApi, external_id: str) -> Check:
    return _single(
        api, "reference_active", RecordRef(what="employee", external_id=external_id),
        path="/employee", fields="id,employeeNumber,firstName,lastName,allowInformationRegistration", right="employees",
        passes=is_active_employee, failed=Code.REFERENCE_INACTIVE, missing=Code.REFERENCE_MISSING,
        cure=Cure(page=CurePage.ORDER),
    )  # fmt: skip


def _single(
    api: TripletexApi,
    name: str,
    record: RecordRef,
    *,
    path: str,
    fields: str,
    right: str,
    passes: Callable[[Row], bool],
    failed: Code,
    missing: Code,
    cure: Cure,
) -> Check:
    try:
        row = api.get_one(f"{path}/{record.external_id}", fields, right=right)
    except Temporary as error:
        return Check(name=name, state=CheckState.UNKNOWN, record=record, problem=error.problem)
    return _judged(name, record, row, passes=passes, failed=failed, missing=missing, cure=cure)


def _judged(
    name: str,
    record: RecordRef,
    row: Row | None,
    *,
    passes: Callable[[Row], bool],
    failed: Code,
    missing: Code,
    cure: Cure,
) -> Check:
    if row is None:
        problem = Problem(code=missing, record=record, turn=Turn.AUTHOR, cure=Cure(page=CurePage.ORDER))
        return Check(name=name, state=CheckState.FAILED, record=record, problem=problem)
    number, called = _number(row), _name(row)
    label = f"{number} {called}".strip()
    if passes(row):
        return Check(name=name, state=CheckState.PASSED, record=record, label=label)
    problem = Problem(
        code=failed, params={"number": number, "name": called}, record=record, turn=Turn.ACCOUNTING, cure=cure
    )
    return Check(name=name, state=CheckState.FAILED, record=record, label=label, problem=problem)


def _products(api: TripletexApi, payload: OrderPayload) -> list[Check]:
    """One check per product, with the first line it stands on; all asked in one request."""
    first_lines: dict[str, int] = {}
    for index, line in enumerate(payload.lines):
        if line.product_id is not None:
            first_lines.setdefault(line.product_id, index)
    found: dict[str, Row] = {}
    wanted = list(first_lines)
    try:
        for start in range(0, len(wanted), _PRODUCTS_AT_A_TIME):
            found |= _products_by_id(api, wanted[start : start + _PRODUCTS_AT_A_TIME])
    except Temporary as error:
        return [
            Check(name="product_active", state=CheckState.UNKNOWN, record=_product(key, line), problem=error.problem)
            for key, line in first_lines.items()
        ]
    return [
        _judged(
            "product_active", _product(key, line), found.get(key), passes=lambda row: not flag(row, "isInactive"),
            failed=Code.PRODUCT_INACTIVE, missing=Code.PRODUCT_MISSING, cure=Cure(page=CurePage.WORK_TYPE),
        )
        for key, line in first_lines.items()
    ]  # fmt: skip


def _products_by_id(api: TripletexApi, ids: list[str]) -> dict[str, Row]:
    params: Params = {"ids": ",".join(ids), "count": len(ids), "sorting": "id", "fields": "id,number,name,isInactive"}
    body = api.get_list("/product", params, right="products")
    return {identifier(row, "id"): row for row in rows(body, "values")}


def _product(external_id: str, line: int) -> RecordRef:
    return RecordRef(what="product", external_id=external_id, line=line)


def _number(row: Row) -> str:
    keys = ("number", "customerNumber", "employeeNumber")
    return next((found for key in keys if (found := optional_identifier(row, key))), "")


def _name(row: Row) -> str:
    return optional_text(row, "name") or f"{optional_text(row, 'firstName')} {optional_text(row, 'lastName')}".strip()
