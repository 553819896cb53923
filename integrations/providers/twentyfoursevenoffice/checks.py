"""The conditions of an order, asked one by one (R32): before sending, and when it is stuck."""

from __future__ import annotations

from collections.abc import Callable

from integrations.kernel.connector import Check, CheckState
from integrations.kernel.errors import Code, Cure, CurePage, Problem, RecordRef, Temporary, Turn
from integrations.kernel.parse import Row, identifier, integer, optional_identifier, optional_text
from integrations.kernel.payloads import OrderPayload
from integrations.providers.twentyfoursevenoffice import mapping
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.companies import by_ids
from integrations.providers.twentyfoursevenoffice.reconstructed import is_product_active


def order_checks(api: OfficeApi, payload: OrderPayload) -> list[Check]:
    """Project, customer, reference person and each product. Raises LoginNeeded; what time heals is told as unknown."""
    found = [_asked(api, "customer_active", RecordRef(what="customer", external_id=payload.customer_id), _customer)]
    if payload.project_id is not None:
        record = RecordRef(what="project", external_id=payload.project_id)
        found.insert(0, _asked(api, "project_active", record, project_state))
    if payload.our_reference_employee_id is not None:
        record = RecordRef(what="employee", external_id=payload.our_reference_employee_id)
        found.append(_asked(api, "reference_active", record, _person))
    return found + _products(api, payload)


# What is asked for: the row, or None when it is not there, and whether it is active.
_State = tuple[Row | None, bool]
_CODES: dict[str, tuple[str, str]] = {
    "project_active": (Code.PROJECT_MISSING, Code.PROJECT_CLOSED),
    "customer_active": (Code.CUSTOMER_MISSING, Code.CUSTOMER_INACTIVE),
    "reference_active": (Code.REFERENCE_MISSING, Code.REFERENCE_INACTIVE),
    "product_active": (Code.PRODUCT_MISSING, Code.PRODUCT_INACTIVE),
}


def _asked(api: OfficeApi, name: str, record: RecordRef, ask: Callable[[OfficeApi, str], _State]) -> Check:
    try:
        row, is_active = ask(api, record.external_id)
    except Temporary as error:
        return Check(name=name, state=CheckState.UNKNOWN, record=record, problem=error.problem)
    return _judged(api, name, record, row, is_active=is_active)


def _judged(api: OfficeApi, name: str, record: RecordRef, row: Row | None, *, is_active: bool) -> Check:
    missing, failed = _CODES[name]
    if row is None:
        problem = Problem(code=missing, record=record, turn=Turn.AUTHOR, cure=Cure(page=CurePage.ORDER))
        return Check(name=name, state=CheckState.FAILED, record=record, problem=problem)
    number, called = optional_text(row, "No") or record.external_id, optional_text(row, "Name")
    label = f"{number} {called}".strip()
    if is_active:
        return Check(name=name, state=CheckState.PASSED, record=record, label=label)
    problem = Problem(
        code=failed,
        params={"number": number, "name": called},
        record=record,
        turn=Turn.ACCOUNTING,
        cure=Cure(url=f"{api.web}/"),
    )
    return Check(name=name, state=CheckState.FAILED, record=record, label=label, problem=problem)


def project_state(api: OfficeApi, external_id: str) -> _State:
    """Which of the two lists it stands on: the project itself does not say [spec]."""
    search = {"ProjectIds": mapping.numbers([external_id])}
    opened = _of(api.rows("GetProjectsDetailed", right="projects", Ps=search), external_id)
    if opened is not None:
        return opened, True
    return _of(api.rows("GetDeactivatedProjects", right="projects", ps=search), external_id), False


def _customer(api: OfficeApi, external_id: str) -> _State:
    """Whether it is active stands in the list of changes only; nothing narrows that by id, so a customer that is not
    given out by its id counts as gone, and one that is blocked for invoicing as inactive."""
    row = _of(by_ids(api, [external_id]), external_id)
    return row, row is not None and row.get("BlockInvoice") is not True


def _person(api: OfficeApi, external_id: str) -> _State:
    row = user_of(api, external_id)
    return row, row is not None and bool(row.get("EmployeeId"))


def user_of(api: OfficeApi, contact_id: str) -> Row | None:
    """The user with this contact; the list is asked for once in a conversation."""
    if "users" not in api.known:
        api.known["users"] = api.rows("GetUsers", right="users")
    found: list[Row] = api.known["users"]
    return next((row for row in found if optional_identifier(row, "ContactId") == contact_id), None)


def _products(api: OfficeApi, payload: OrderPayload) -> list[Check]:
    """One check per product, with the first line it stands on; all asked in one request."""
    lines: dict[str, int] = {}
    for index, line in enumerate(payload.lines):
        if line.product_id is not None:
            lines.setdefault(line.product_id, index)
    if not lines:
        return []
    records = [RecordRef(what="product", external_id=key, line=line) for key, line in lines.items()]
    try:
        rows = api.rows(
            "GetProducts",
            right="products",
            searchParams={"ProductIds": mapping.numbers(lines)},
            returnProperties=mapping.strings(mapping.PRODUCT_FIELDS),
        )
    except Temporary as error:
        return [
            Check(name="product_active", state=CheckState.UNKNOWN, record=record, problem=error.problem)
            for record in records
        ]
    found = [(record, _of(rows, record.external_id)) for record in records]
    return [
        _judged(api, "product_active", record, row, is_active=row is not None and _is_on_sale(row))
        for record, row in found
    ]


def _is_on_sale(row: Row) -> bool:
    return is_product_active(integer(row, "StatusId") if row.get("StatusId") is not None else None)


def _of(rows: list[Row], external_id: str) -> Row | None:
    return next((row for row in rows if identifier(row, "Id") == external_id), None)
