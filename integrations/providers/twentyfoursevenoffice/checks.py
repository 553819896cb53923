"""The conditions of an order, asked one by one (R32): before sending, and when it is stuck."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from integrations.kernel.connector import Check, CheckState
from integrations.kernel.errors import Code, Cure, CurePage, Problem, RecordRef, Temporary, Turn
from integrations.kernel.parse import Row, identifier, integer, optional_identifier, optional_text
from integrations.kernel.payloads import OrderPayload
from integrations.providers.twentyfoursevenoffice import mapping
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.companies import by_ids
from integrations.providers.twentyfoursevenoffice.reconstructed import is_product_active


def order_checks(api: OfficeApi, payload: OrderPayload) -> list[Check]:
    """Project, customer, reference person and each product. Raises LoginNeeded; what time heals is told as unknown, and
    then nothing more is asked."""
    wanted: list[tuple[str, RecordRef, _Ask]] = []
    if payload.project_id is not None:
        wanted.append(("project_active", RecordRef(what="project", external_id=payload.project_id), project_state))
    wanted.append(("customer_active", RecordRef(what="customer", external_id=payload.customer_id), _customer))
    if payload.our_reference_employee_id is not None:
        person = RecordRef(what="employee", external_id=payload.our_reference_employee_id)
        wanted.append(("reference_active", person, _person))
    lines: dict[str, int] = {}
    for index, line in enumerate(payload.lines):
        if line.product_id is not None:
            lines.setdefault(line.product_id, index)
    for external_id, line_number in lines.items():
        record = RecordRef(what="product", external_id=external_id, line=line_number)
        wanted.append(("product_active", record, partial(_product, among=tuple(lines))))
    found: list[Check] = []
    for kept in ("products", "users"):  # somebody there may have put it right since
        api.known.pop(kept, None)
    for number, (name, record, ask) in enumerate(wanted):
        try:
            row, is_active = ask(api, record.external_id)
        except Temporary as error:
            return found + [
                Check(name=left, state=CheckState.UNKNOWN, record=about, problem=error.problem)
                for left, about, _ in wanted[number:]
            ]
        found.append(_judged(api, name, record, row, is_active=is_active))
    return found


# What is asked for: the row, or None when it is not there, and whether it is active.
_State = tuple[Row | None, bool]
_Ask = Callable[[OfficeApi, str], _State]
_CODES: dict[str, tuple[str, str]] = {
    "project_active": (Code.PROJECT_MISSING, Code.PROJECT_CLOSED),
    "customer_active": (Code.CUSTOMER_MISSING, Code.CUSTOMER_INACTIVE),
    "reference_active": (Code.REFERENCE_MISSING, Code.REFERENCE_INACTIVE),
    "product_active": (Code.PRODUCT_MISSING, Code.PRODUCT_INACTIVE),
}


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


def _product(api: OfficeApi, external_id: str, *, among: tuple[str, ...]) -> _State:
    """All products of the order are asked for in one request."""
    if "products" not in api.known:
        api.known["products"] = api.rows(
            "GetProducts",
            right="products",
            searchParams={"ProductIds": mapping.numbers(among)},
            returnProperties=mapping.strings(mapping.PRODUCT_FIELDS),
        )
    row = _of(api.known["products"], external_id)
    return row, row is not None and _is_on_sale(row)


def _is_on_sale(row: Row) -> bool:
    return is_product_active(integer(row, "StatusId") if row.get("StatusId") is not None else None)


def _of(rows: list[Row], external_id: str) -> Row | None:
    return next((row for row in rows if identifier(row, "Id") == external_id), None)
