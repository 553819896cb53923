"""The conditions an order needs at Xledger, asked live (R32, R49): when it is stuck, and when our copy has doubts."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.kernel.connector import Check, CheckState
from integrations.kernel.errors import Code, Cure, CurePage, Problem, RecordRef, Temporary, Turn
from integrations.kernel.parse import (
    Row,
    flag,
    identifier,
    optional_day,
    optional_identifier,
    optional_part,
    optional_text,
)
from integrations.kernel.payloads import OrderPayload
from integrations.providers.xledger import documents
from integrations.providers.xledger.api import XledgerApi
from integrations.providers.xledger.listing import nodes_of
from integrations.providers.xledger.reconstructed import is_past


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A record as it stands there now; `row` is None when it is not there at all."""

    record: RecordRef
    row: Row | None
    is_open: bool

    @property
    def number(self) -> str:
        return optional_identifier(self.row or {}, "code")

    @property
    def name(self) -> str:
        return optional_text(self.row or {}, "description") or optional_text(self.row or {}, "name")

    @property
    def label(self) -> str:
        return f"{self.number} {self.name}".strip()


def order_checks(api: XledgerApi, payload: OrderPayload) -> list[Check]:
    """Project, customer, their salespeople and other fields, our reference, each product: two requests. Raises
    LoginNeeded; what time heals is told as unknown."""
    try:
        data = _asked(api, payload)
        person = _person(api, payload)
    except Temporary as error:
        return _unknown(payload, error.problem)
    found: list[Check] = []
    if payload.project_id is not None:
        found += _project(api, payload, _single(api, data, "projects", "project", payload.project_id))
    found += _customer(api, _single(api, data, "customers", "customer", payload.customer_id))
    if person is not None:
        found.append(
            _is_active(
                api, "reference_active", person,
                failed=Code.REFERENCE_INACTIVE, missing=Code.REFERENCE_MISSING, cure=Cure(page=CurePage.ORDER),
            )
        )  # fmt: skip
    return found + _products(api, payload, data)


def _asked(api: XledgerApi, payload: OrderPayload) -> Row:
    products = list(_first_lines(payload))
    variables: dict[str, list[int]] = {"customer": [int(payload.customer_id)]}
    if payload.project_id is not None:
        variables["project"] = [int(payload.project_id)]
    if products:
        variables["products"] = [int(key) for key in products]
    document = documents.conditions(with_project=payload.project_id is not None, with_products=bool(products))
    return api.ask(document, variables, right="project" if payload.project_id is not None else "customer")


def _person(api: XledgerApi, payload: OrderPayload) -> _Found | None:
    external_id = payload.our_reference_employee_id
    if external_id is None:
        return None
    data = api.ask(documents.PERSON, {"ids": [external_id], "first": 1}, right="contact")
    return _of(
        api, nodes_of(data, "open"), nodes_of(data, "closed"), RecordRef(what="employee", external_id=external_id)
    )


def _single(api: XledgerApi, data: Row, query: str, what: str, external_id: str) -> _Found:
    opened, closed = nodes_of(data, f"open_{query}"), nodes_of(data, f"closed_{query}")
    return _of(api, opened, closed, RecordRef(what=what, external_id=external_id))


def _of(api: XledgerApi, opened: list[Row], closed: list[Row], record: RecordRef) -> _Found:
    for rows, is_open in ((opened, True), (closed, False)):
        for row in rows:
            if identifier(row, "dbId") == record.external_id:
                return _Found(record=record, row=row, is_open=is_open and not is_past(row, api.today()))
    return _Found(record=record, row=None, is_open=False)


# --- The conditions ---------------------------------------------------------------------------------------------------


def _project(api: XledgerApi, payload: OrderPayload, found: _Found) -> list[Check]:
    first = _is_active(
        api, "project_active", found,
        failed=Code.PROJECT_CLOSED, missing=Code.PROJECT_MISSING, cure=_there(api),
    )  # fmt: skip
    row = found.row
    if row is None:
        return [first]
    problem = _reference_field(api, found)
    begins, ends = optional_day(row, "fromDate"), optional_day(row, "toDate")
    if not flag(row, "billable", default=True):
        problem = _problem(api, found, "not_billable")
    elif found.is_open and ((begins and payload.order_date < begins) or (ends and payload.order_date > ends)):
        period = f"{begins or ''} – {ends or ''}"
        problem = _problem(api, found, "order_outside_project", period=period)
    return [first, _salesperson(api, "project_sales", found), _check("project_fields", found, problem)]


def _customer(api: XledgerApi, found: _Found) -> list[Check]:
    first = _is_active(
        api, "customer_active", found,
        failed=Code.CUSTOMER_INACTIVE, missing=Code.CUSTOMER_MISSING, cure=_there(api),
    )  # fmt: skip
    if found.row is None:
        return [first]
    fields = _check("customer_fields", found, _reference_field(api, found))
    return [first, _salesperson(api, "customer_sales", found), fields]


def _products(api: XledgerApi, payload: OrderPayload, data: Row) -> list[Check]:
    """One check per product, with the first line it stands on."""
    opened, closed = nodes_of(data, "open_products"), nodes_of(data, "closed_products")
    return [
        _is_active(
            api, "product_active",
            _of(api, opened, closed, RecordRef(what="product", external_id=external_id, line=line)),
            failed=Code.PRODUCT_INACTIVE, missing=Code.PRODUCT_MISSING, cure=Cure(page=CurePage.WORK_TYPE),
        )
        for external_id, line in _first_lines(payload).items()
    ]  # fmt: skip


def _is_active(api: XledgerApi, name: str, found: _Found, *, failed: str, missing: str, cure: Cure) -> Check:
    if found.row is None:
        problem = Problem(code=missing, record=found.record, turn=Turn.AUTHOR, cure=Cure(page=CurePage.ORDER))
        return _check(name, found, problem)
    return _check(name, found, None if found.is_open else _problem(api, found, failed, cure=cure))


def _salesperson(api: XledgerApi, name: str, found: _Found) -> Check:
    """Project and customer each need an active person there (R49)."""
    person = optional_part(found.row or {}, "ourSales")
    if person is None:
        return _check(name, found, _problem(api, found, "sales_missing"))
    if is_past(person, api.today()):
        return _check(name, found, _problem(api, found, "sales_inactive", person=optional_text(person, "name")))
    return _check(name, found, None)


def _reference_field(api: XledgerApi, found: _Found) -> Problem | None:
    """The record's own "our reference": it may be empty, but not somebody who has left."""
    person = optional_part(found.row or {}, "ourRef")
    if person is None or not is_past(person, api.today()):
        return None
    return _problem(api, found, "reference_field_inactive", person=optional_text(person, "name"))


def _problem(api: XledgerApi, found: _Found, code: str, *, cure: Cure | None = None, **params: str) -> Problem:
    return Problem(
        code=code,
        params={"number": found.number, "name": found.name, **params},
        record=found.record,
        turn=Turn.ACCOUNTING,
        cure=cure or _there(api),
    )


def _there(api: XledgerApi) -> Cure:
    """Xledger itself: no address of a single record is known."""
    return Cure(url=f"{api.web}/")


def _check(name: str, found: _Found, problem: Problem | None) -> Check:
    state = CheckState.PASSED if problem is None else CheckState.FAILED
    return Check(name=name, state=state, record=found.record, label=found.label, problem=problem)


def _unknown(payload: OrderPayload, problem: Problem) -> list[Check]:
    wanted: list[tuple[str, RecordRef]] = []
    if payload.project_id is not None:
        wanted.append(("project_active", RecordRef(what="project", external_id=payload.project_id)))
    wanted.append(("customer_active", RecordRef(what="customer", external_id=payload.customer_id)))
    if payload.our_reference_employee_id is not None:
        person = RecordRef(what="employee", external_id=payload.our_reference_employee_id)
        wanted.append(("reference_active", person))
    for external_id, line in _first_lines(payload).items():
        wanted.append(("product_active", RecordRef(what="product", external_id=external_id, line=line)))
    return [Check(name=name, state=CheckState.UNKNOWN, record=record, problem=problem) for name, record in wanted]


def _first_lines(payload: OrderPayload) -> dict[str, int]:
    """Products and the first line each stands on."""
    lines: dict[str, int] = {}
    for index, line in enumerate(payload.lines):
        if line.product_id is not None:
            lines.setdefault(line.product_id, index)
    return lines
