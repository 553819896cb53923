"""Xledger rows to our records, and our order to theirs. Pure: no clock, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.kernel.errors import MappingError
from integrations.kernel.parse import (
    Row,
    identifier,
    optional_day,
    optional_decimal,
    optional_identifier,
    optional_part,
    optional_text,
    part,
    rows,
    text,
    within,
)
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, StandingOrder
from integrations.kernel.records import CustomerRecord, EmployeeRecord, ProductRecord, ProjectRecord
from integrations.providers.xledger.reconstructed import Writer, employee_code, is_internal, is_past


def customer_record(row: Row, *, is_closed: bool, today: date) -> CustomerRecord:
    return CustomerRecord(
        external_id=identifier(row, "dbId"),
        number=optional_identifier(row, "code"),
        name=text(row, "description"),
        email=optional_text(row, "email"),
        archived=is_closed or is_past(row, today),
    )


def project_record(row: Row, *, is_closed: bool, today: date) -> ProjectRecord:
    customer = optional_part(row, "customer")
    return ProjectRecord(
        external_id=identifier(row, "dbId"),
        number=optional_identifier(row, "code"),
        name=text(row, "description"),
        customer_id=within("customer", lambda: identifier(customer, "dbId")) if customer is not None else None,
        archived=is_closed or is_past(row, today),
        internal=is_internal(row),
        start_date=optional_day(row, "fromDate"),
        end_date=optional_day(row, "toDate"),
    )


def product_record(row: Row, *, is_closed: bool, today: date) -> ProductRecord:
    """The price's currency needs a right of its own; the price is the company's."""
    return ProductRecord(
        external_id=identifier(row, "dbId"),
        number=optional_identifier(row, "code"),
        name=text(row, "description"),
        unit=optional_text(row, "unit"),
        price=amount(row, "salesPrice"),
        archived=is_closed or is_past(row, today),
    )


def own_contact_record(row: Row, *, is_closed: bool, today: date) -> EmployeeRecord:
    """A row of "Våra kontakter": the code stands on it, the person behind it is who orders name."""
    contact = part(row, "contact")
    return within("contact", lambda: _employee(contact, employee_code(row, contact), is_closed=is_closed, today=today))


def contact_record(row: Row, *, is_closed: bool, today: date) -> EmployeeRecord:
    return _employee(row, optional_text(row, "code"), is_closed=is_closed, today=today)


def has_code(row: Row) -> bool:
    """Contacts hold customers' people too; ours are those with a code (R48)."""
    return bool(optional_text(row, "code"))


def _employee(contact: Row, code: str, *, is_closed: bool, today: date) -> EmployeeRecord:
    return EmployeeRecord(
        external_id=identifier(contact, "dbId"),
        number=code,
        name=text(contact, "name"),
        email=optional_text(contact, "email"),
        archived=is_closed or is_past(contact, today),
    )


def amount(row: Row, key: str) -> Decimal | None:
    """A decimal in a string with a dot, or a number; None when absent, null or ""."""
    value = row.get(key)
    if not isinstance(value, str):
        return optional_decimal(row, key)
    try:
        number = Decimal(value.strip()) if value.strip() else None
    except InvalidOperation:
        raise MappingError(key, "amount") from None
    if number is not None and not number.is_finite():
        raise MappingError(key, "amount")
    return number


# --- Orders -----------------------------------------------------------------------------------------------------------


def order_node(payload: OrderPayload, writer: Writer) -> dict[str, Any]:
    """The header. Level, type, tax and salesperson are left to what Xledger has on customer, project and product.

    The currency is said: prices were agreed in it, whatever the customer's is.
    """
    node: dict[str, Any] = {
        writer.customer: _id(payload.customer_id),
        "orderDate": payload.order_date.isoformat(),
        "extOrder": payload.reference,
        "internalInfo": f"Busy {payload.number}",
    }
    if payload.project_id is not None and writer.project:
        node[writer.project] = _id(payload.project_id)
    if payload.our_reference_employee_id is not None:
        node["ourRef"] = _id(payload.our_reference_employee_id)
    if payload.comment and writer.text:
        node[writer.text] = payload.comment
    if payload.currency and writer.has_currency:
        node["currency"] = {"code": payload.currency}
    return node


def line_node(payload: OrderPayload, index: int, order_id: str, writer: Writer) -> dict[str, Any]:
    """A line; prices as text, quantities as numbers [client]."""
    line = payload.lines[index]
    node: dict[str, Any] = {
        writer.line_order: _id(order_id),
        "text": line.description,
        "quantity": line.quantity,
        "unitPrice": f"{line.unit_price:f}",
    }
    if writer.line_number:
        node[writer.line_number] = index + 1
    if line.product_id is not None:
        node["product"] = _id(line.product_id)
    if line.discount_percent:
        node["discountPercent"] = line.discount_percent
    if payload.project_id is not None and writer.line_project:
        node[writer.line_project] = _id(payload.project_id)
    return node


def carries(row: Row, reference: str) -> bool:
    """Whether an order is ours: the whole reference, letter by letter, whatever the filter thinks is equal."""
    return optional_text(row, "extOrder") == reference


def stored_line(row: Row) -> OrderLinePayload:
    product = optional_part(row, "product")
    return OrderLinePayload(
        description=optional_text(row, "text"),
        quantity=amount(row, "quantity") or Decimal(0),
        unit_price=amount(row, "unitPrice") or Decimal(0),
        product_id=within("product", lambda: identifier(product, "dbId")) if product is not None else None,
        discount_percent=amount(row, "discountPercent") or Decimal(0),
    )


def standing_order(row: Row, line_number: str, *, url: str) -> StandingOrder:
    """Lines in the order of their numbers. The currency needs a right of its own and is not read."""
    lines = rows(row, "details") if row.get("details") is not None else []
    if line_number:
        lines = sorted(lines, key=lambda line: int(optional_identifier(line, line_number) or 0))
    customer, project = optional_part(row, "subledger"), optional_part(row, "project")
    return StandingOrder(
        external_id=identifier(row, "dbId"),
        reference=optional_text(row, "extOrder"),
        number=optional_identifier(row, "orderNumber"),
        url=url,
        customer_id=within("subledger", lambda: identifier(customer, "dbId")) if customer is not None else None,
        project_id=within("project", lambda: identifier(project, "dbId")) if project is not None else None,
        lines=tuple(stored_line(line) for line in lines),
    )


def without_project(order: StandingOrder) -> StandingOrder:
    """The project cannot be read: no word of it is not the word that there is none."""
    return replace(order, unread=("project",))


def is_same(sent: OrderLinePayload, stored: OrderLinePayload) -> bool:
    return _compared(sent) == _compared(stored)


def _compared(line: OrderLinePayload) -> tuple[Decimal, Decimal, Decimal, str | None]:
    return (line.quantity, line.unit_price, line.discount_percent, line.product_id)


def _id(external_id: str) -> Mapping[str, str]:
    return {"dbId": external_id}
