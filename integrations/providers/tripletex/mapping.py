"""Tripletex rows to our records, and our order to theirs. Pure: no clock, no network."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from integrations.kernel.errors import MappingError
from integrations.kernel.parse import (
    Row,
    each,
    flag,
    identifier,
    optional_day,
    optional_decimal,
    optional_identifier,
    optional_part,
    optional_text,
    rows,
    text,
)
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, StandingOrder
from integrations.kernel.records import CustomerRecord, EmployeeRecord, ProductRecord, ProjectRecord, WorkTypeRecord

CUSTOMER_FIELDS = "id,customerNumber,name,organizationNumber,email,isInactive,isCustomer"
PROJECT_FIELDS = "id,number,name,startDate,endDate,isClosed,isInternal,customer(id)"
# What hours may be refused for, on top: heavy on big accounts, so asked for only while Busy may not add it itself.
LIMIT_FIELDS = (
    "forParticipantsOnly,participants(employee(id)),"
    "generalProjectActivitiesPerProjectOnly,projectActivities(activity(id),isClosed)"
)
PRODUCT_FIELDS = "id,number,name,priceExcludingVatCurrency,isInactive,productUnit(nameShort,name),currency(code)"
ACTIVITY_FIELDS = "id,number,name,activityType,isProjectActivity,isChargeable,isDisabled"
EMPLOYEE_FIELDS = "id,employeeNumber,firstName,lastName,email,isContact,isProxy,allowInformationRegistration"
ORDER_FIELDS = (
    "id,version,number,reference,invoiceComment,customer(id),project(id),currency(code),"
    "orderLines(id,description,count,unitPriceExcludingVatCurrency,discount,product(id))"
)

HOME_CURRENCY = "NOK"  # the currency of every Norwegian company's books, and of an order that names none


def customer_record(row: Row) -> CustomerRecord:
    return CustomerRecord(
        external_id=identifier(row, "id"),
        number=_number(row, "customerNumber"),
        name=text(row, "name"),
        organization_number=optional_text(row, "organizationNumber"),
        email=optional_text(row, "email"),
        archived=flag(row, "isInactive"),
    )


def is_customer(row: Row) -> bool:
    """False for a pure supplier, which stands in the same list [inferred]."""
    return flag(row, "isCustomer", default=True)


def project_record(row: Row) -> ProjectRecord:
    return ProjectRecord(
        external_id=identifier(row, "id"),
        number=optional_identifier(row, "number"),
        name=text(row, "name"),
        customer_id=_reference(row, "customer"),
        archived=flag(row, "isClosed"),
        internal=flag(row, "isInternal", default=False),
        start_date=optional_day(row, "startDate"),
        end_date=optional_day(row, "endDate"),
        participants=_participants(row) if "forParticipantsOnly" in row else None,
        activities=_activities(row) if "generalProjectActivitiesPerProjectOnly" in row else None,
    )


def _participants(row: Row) -> tuple[str, ...] | None:
    """Whose hours a project for participants only takes; None for another one, and where it was not asked for."""
    if not flag(row, "forParticipantsOnly", default=False):
        return None
    people = each(_links(row, "participants"), lambda person: _reference(person, "employee"), "participants")
    return tuple(sorted(filter(None, people)))


def _activities(row: Row) -> tuple[str, ...] | None:
    """Which activities a project takes that takes none but its own."""
    if not flag(row, "generalProjectActivitiesPerProjectOnly", default=False):
        return None
    links = [link for link in _links(row, "projectActivities") if not flag(link, "isClosed", default=False)]
    linked = each(links, lambda link: _reference(link, "activity"), "projectActivities")
    return tuple(sorted(filter(None, linked)))


def _links(row: Row, key: str) -> list[Row]:
    return rows(row, key) if row.get(key) else []


def product_record(row: Row) -> ProductRecord:
    unit = optional_part(row, "productUnit") or {}
    currency = optional_part(row, "currency") or {}
    return ProductRecord(
        external_id=identifier(row, "id"),
        number=optional_identifier(row, "number"),
        name=text(row, "name"),
        unit=optional_text(unit, "nameShort") or optional_text(unit, "name"),
        price=optional_decimal(row, "priceExcludingVatCurrency"),
        currency=optional_text(currency, "code") or HOME_CURRENCY,
        archived=flag(row, "isInactive"),
    )


def work_type_record(row: Row) -> WorkTypeRecord:
    return WorkTypeRecord(
        external_id=identifier(row, "id"),
        number=optional_identifier(row, "number"),
        name=text(row, "name"),
        billable=flag(row, "isChargeable", default=True),
        archived=flag(row, "isDisabled"),  # the filter of the same meaning is called isInactive [spec]
    )


def is_work_type(row: Row) -> bool:
    """A general project activity. One made for a single project is no work type of the company.

    Whether the list holds those at all is not documented.
    """
    return flag(row, "isProjectActivity") and optional_text(row, "activityType") != "PROJECT_SPECIFIC_ACTIVITY"


def employee_record(row: Row) -> EmployeeRecord:
    name = f"{optional_text(row, 'firstName')} {optional_text(row, 'lastName')}".strip()
    return EmployeeRecord(
        external_id=identifier(row, "id"),
        number=optional_identifier(row, "employeeNumber"),
        name=name or text(row, "email"),
        email=optional_text(row, "email"),
        archived=not is_active_employee(row),
    )


def is_employee(row: Row) -> bool:
    """False for contacts and for the accounting office's stand-in."""
    return not flag(row, "isContact", default=False) and not flag(row, "isProxy", default=False)


def is_active_employee(row: Row) -> bool:
    """Tripletex has no "inactive" on employees; one whose hours may be registered counts as active [inferred]."""
    return flag(row, "allowInformationRegistration", default=True)


def order_body(payload: OrderPayload, *, currency_id: str | None = None) -> dict[str, Any]:
    """The body of POST /order. References carry their id alone: a name beside it makes "not found" [spec].

    The price basis is said, not left to a company setting; `count` is always there (omitted, it is stored as 0);
    `vatType` never is (the product's or the company's applies).
    """
    body: dict[str, Any] = {
        "customer": _id(payload.customer_id),
        "orderDate": payload.order_date.isoformat(),
        "deliveryDate": payload.delivery_date.isoformat(),
        "reference": payload.reference,
        "invoiceComment": payload.comment,
        "isPrioritizeAmountsIncludingVat": False,
        "orderLines": [_line_body(line) for line in payload.lines],
    }
    if payload.project_id is not None:
        body["project"] = _id(payload.project_id)
    if payload.our_reference_employee_id is not None:
        body["ourContactEmployee"] = _id(payload.our_reference_employee_id)
    if currency_id is not None:
        body["currency"] = _id(currency_id)
    return body


def _line_body(line: OrderLinePayload) -> dict[str, Any]:
    body: dict[str, Any] = {
        "description": line.description,
        "count": line.quantity,
        "unitPriceExcludingVatCurrency": line.unit_price,
        "discount": line.discount_percent,
    }
    if line.product_id is not None:
        body["product"] = _id(line.product_id)
    return body


def carries(row: Row, reference: str) -> bool:
    """Whether an order is ours: the whole reference, or a whole line of the comment, and nothing less."""
    comment = optional_text(row, "invoiceComment")
    return optional_text(row, "reference") == reference or reference in (line.strip() for line in comment.splitlines())


def stored_line(row: Row) -> OrderLinePayload:
    return OrderLinePayload(
        description=optional_text(row, "description"),
        quantity=optional_decimal(row, "count") or Decimal(0),
        unit_price=optional_decimal(row, "unitPriceExcludingVatCurrency") or Decimal(0),
        product_id=_reference(row, "product"),
        discount_percent=optional_decimal(row, "discount") or Decimal(0),
    )


def standing_order(row: Row) -> StandingOrder:
    """Lines by id, which is the order they were sent in."""
    lines = sorted(rows(row, "orderLines"), key=lambda line: int(identifier(line, "id")))
    return StandingOrder(
        external_id=identifier(row, "id"),
        reference=optional_text(row, "reference"),
        number=optional_identifier(row, "number"),
        customer_id=_reference(row, "customer"),
        project_id=_reference(row, "project"),
        currency=optional_text(optional_part(row, "currency") or {}, "code"),
        lines=tuple(stored_line(line) for line in lines),
    )


def with_link(order: StandingOrder, url: str) -> StandingOrder:
    return replace(order, url=url)


def _id(external_id: str) -> dict[str, int]:
    return {"id": int(external_id)}


def _reference(row: Row, key: str) -> str | None:
    linked = optional_part(row, key)
    if linked is None:
        return None
    if type(found := linked.get("id")) is int:
        return str(found)
    try:
        return identifier(linked, "id")
    except MappingError as error:
        raise error.inside(key) from None


def _number(row: Row, key: str) -> str:
    """A whole number where 0 means none."""
    number = optional_identifier(row, key)
    return "" if number == "0" else number
