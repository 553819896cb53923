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
    optional_decimal,
    optional_identifier,
    optional_part,
    optional_text,
    rows,
)
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, StandingOrder
from integrations.kernel.records import CustomerRecord, EmployeeRecord, ProductRecord, ProjectRecord, WorkTypeRecord
from integrations.kernel.typed import code, day_of, finite, said
from integrations.providers.tripletex.wire import (
    ActivityRow,
    Currency,
    CustomerRow,
    EmployeeRow,
    Linked,
    ProductRow,
    ProjectRow,
    Unit,
)

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


def customer_record(row: CustomerRow) -> CustomerRecord:
    number = code(row.customer_number)
    return CustomerRecord(
        external_id=str(row.id),
        number="" if number == "0" else number,  # 0 means none
        name=said(row.name, "name"),
        organization_number=code(row.organization_number),
        email=code(row.email),
        archived=row.is_inactive,
    )


def is_customer(row: CustomerRow) -> bool:
    """False for a pure supplier, which stands in the same list [inferred]."""
    return row.is_customer is not False


def project_record(row: ProjectRow) -> ProjectRecord:
    return ProjectRecord(
        external_id=str(row.id),
        number=code(row.number),
        name=said(row.name, "name"),
        customer_id=_linked(row.customer, "customer"),
        archived=row.is_closed,
        internal=row.is_internal is True,
        start_date=day_of(row.start_date, "startDate"),
        end_date=day_of(row.end_date, "endDate"),
        participants=_participants(row),
        activities=_activities(row),
    )


def _participants(row: ProjectRow) -> tuple[str, ...] | None:
    """Whose hours a project for participants only takes; None for another one, and where it was not asked for."""
    if row.for_participants_only is not True:
        return None
    people = each(row.participants or (), lambda person: _linked(person.employee, "employee"), "participants")
    return tuple(sorted(filter(None, people)))


def _activities(row: ProjectRow) -> tuple[str, ...] | None:
    """Which activities a project takes that takes none but its own."""
    if row.general_project_activities_per_project_only is not True:
        return None
    links = [link for link in row.project_activities or () if not link.is_closed]
    linked = each(links, lambda link: _linked(link.activity, "activity"), "projectActivities")
    return tuple(sorted(filter(None, linked)))


def product_record(row: ProductRow) -> ProductRecord:
    unit = row.product_unit or Unit()
    currency = row.currency or Currency()
    return ProductRecord(
        external_id=str(row.id),
        number=code(row.number),
        name=said(row.name, "name"),
        unit=code(unit.name_short) or code(unit.name),
        price=finite(row.price_excluding_vat_currency, "priceExcludingVatCurrency"),
        currency=code(currency.code) or HOME_CURRENCY,
        archived=row.is_inactive,
    )


def work_type_record(row: ActivityRow) -> WorkTypeRecord:
    return WorkTypeRecord(
        external_id=str(row.id),
        number=code(row.number),
        name=said(row.name, "name"),
        billable=row.is_chargeable is not False,
        archived=row.is_disabled,  # the filter of the same meaning is called isInactive [spec]
    )


def is_work_type(row: ActivityRow) -> bool:
    """A general project activity. One made for a single project is no work type of the company.

    Whether the list holds those at all is not documented.
    """
    return row.is_project_activity and code(row.activity_type) != "PROJECT_SPECIFIC_ACTIVITY"


def employee_record(row: EmployeeRow) -> EmployeeRecord:
    name = f"{code(row.first_name)} {code(row.last_name)}".strip()
    return EmployeeRecord(
        external_id=str(row.id),
        number=code(row.employee_number),
        name=name or said(code(row.email), "email"),
        email=code(row.email),
        archived=row.allow_information_registration is False,  # see is_active_employee
    )


def is_employee(row: EmployeeRow) -> bool:
    """False for contacts and for the accounting office's stand-in."""
    return not row.is_contact and not row.is_proxy


def is_active_employee(row: Row) -> bool:
    """Tripletex has no "inactive" on employees; one whose hours may be registered counts as active [inferred]."""
    return flag(row, "allowInformationRegistration", default=True)


def _linked(linked: Linked | None, key: str) -> str | None:
    if linked is None:
        return None
    return str(linked.id) if type(linked.id) is int else said(str(linked.id), f"{key}.id")


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
