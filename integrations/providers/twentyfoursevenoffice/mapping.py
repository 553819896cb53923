"""Rows of 24SevenOffice to our records, and our order to theirs. Pure: no clock, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.kernel.errors import MappingError
from integrations.kernel.parse import (
    Row,
    each,
    identifier,
    optional_decimal,
    optional_identifier,
    optional_part,
    optional_text,
    text,
)
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, StandingOrder
from integrations.kernel.records import CustomerRecord, EmployeeRecord, ProductRecord, ProjectRecord, WorkTypeRecord
from integrations.providers.twentyfoursevenoffice.reconstructed import is_product_active, local_day, noon

# What is not named in these lists comes back empty, which would look as if somebody had cleared it [spec]. One list for
# each kind, and always the whole one.
COMPANY_FIELDS = (
    "Id", "Name", "FirstName", "OrganizationNumber", "Type", "EmailAddresses", "BlockInvoice", "APIException"
)  # fmt: skip
PRODUCT_FIELDS = ("Id", "No", "Name", "Price", "StatusId", "DateChanged", "APIException")
ORDER_FIELDS = (
    "OrderId", "InvoiceId", "CustomerId", "OrderStatus", "DateOrdered", "ProjectId", "ProductionNumber", "Currency",
    "InvoiceRows", "APIException",
)  # fmt: skip
ROW_FIELDS = ("RowId", "ProductId", "Name", "Quantity", "Price", "DiscountRate", "Type", "SequenceNumber")
LONGEST_NAME = 300  # characters of an order row [spec]
LONGEST_TEXT = 750  # characters of InvoiceText [spec]

_CENT, _FOUR = Decimal("0.01"), Decimal("0.0001")


def strings(names: Iterable[str]) -> dict[str, list[str]]:
    """A list of names as the services take it."""
    return {"string": list(names)}


def numbers(ids: Iterable[str | int]) -> dict[str, list[int]]:
    return {"int": [int(one) for one in ids]}


def inner(row: Row, key: str, name: str) -> list[Any]:
    """The members of a list inside a row, which comes as an object that holds it; [] when there is none."""
    held = row.get(key)
    if held is None:
        return []
    found = held.get(name) if isinstance(held, Mapping) else held
    if found is None:
        return []
    if not isinstance(found, list):
        raise MappingError(key, "list")
    return found


def optional_instant(row: Row, key: str) -> datetime | None:
    value = row.get(key)
    if value is None or isinstance(value, datetime):
        return value
    raise MappingError(key, "time or null")


def optional_local_day(row: Row, key: str) -> date | None:
    instant = optional_instant(row, key)
    return None if instant is None else local_day(instant)


# --- What comes in ----------------------------------------------------------------------------------------------------


def customer_record(row: Row, *, archived: bool = False) -> CustomerRecord:
    """The number people know is the id. A private person's name is in two parts [spec]."""
    external_id = identifier(row, "Id")
    name = f"{optional_text(row, 'FirstName')} {text(row, 'Name')}".strip()
    return CustomerRecord(
        external_id=external_id,
        number=external_id,
        name=name,
        organization_number=optional_text(row, "OrganizationNumber"),
        email=_email(row),
        archived=archived,
    )


def _email(row: Row) -> str:
    addresses = optional_part(row, "EmailAddresses") or {}
    for kind in ("Invoice", "Primary", "Work"):
        if found := optional_text(optional_part(addresses, kind) or {}, "Value"):
            return found
    return ""


def project_record(row: Row, *, archived: bool) -> ProjectRecord:
    """The number is the id (R65). `Enabled` is always false and says nothing: which list it is on does [spec]."""
    external_id = identifier(row, "Id")
    return ProjectRecord(
        external_id=external_id,
        number=external_id,
        name=text(row, "Name"),
        customer_id=optional_identifier(row, "CustomerId") or None,
        archived=archived,
        start_date=optional_local_day(row, "DateStart"),
        end_date=optional_local_day(row, "DateStop"),
        tasks_only=takes_tasks_only(row),
    )


def takes_tasks_only(project: Row) -> bool:
    """`TimeReg` says what hours name, `OverrideWorkTypeTask` that either will do [inferred]."""
    return project.get("TimeReg") == "Task" and project.get("OverrideWorkTypeTask") != "True"


def product_record(row: Row) -> ProductRecord:
    """Without a number of its own it goes by its id."""
    external_id = identifier(row, "Id")
    status = row.get("StatusId")
    if status is not None and not isinstance(status, int):
        raise MappingError("StatusId", "number")
    return ProductRecord(
        external_id=external_id,
        number=optional_text(row, "No") or external_id,
        name=text(row, "Name"),
        price=optional_decimal(row, "Price"),
        archived=not is_product_active(status),
    )


def work_type_record(row: Row, *, archived: bool) -> WorkTypeRecord:
    """A work type itself does not say whether it is active: which list it is on does [spec]."""
    return WorkTypeRecord(
        external_id=identifier(row, "Id"),
        name=text(row, "Name"),
        billable=row.get("Invoiceable") is not False,
        product_id=optional_identifier(row, "ProductId") or None,
        archived=archived,
    )


def employee_record(user: Row, person: Row | None) -> EmployeeRecord:
    """The id is that of the contact, by which hours and tasks name people; the card has number and e-mail."""
    card = person or {}
    return EmployeeRecord(
        external_id=identifier(user, "ContactId"),
        number=_employee_number(card),
        name=text(user, "Name"),
        email=_person_email(card),
    )


def _employee_number(card: Row) -> str:
    """0 stands for none [inferred]: the number is no nullable one."""
    number = optional_identifier(card, "EmployeeNumber")
    return "" if number == "0" else number


def _person_email(card: Row) -> str:
    addresses = [row for row in inner(card, "EmailAddresses", "EmailAddress") if isinstance(row, Mapping)]
    by_kind = {row.get("Type"): optional_text(row, "Value") for row in addresses}
    return next((found for kind in ("Primary", "Alternative", "Home") if (found := by_kind.get(kind, ""))), "")


# --- Orders -----------------------------------------------------------------------------------------------------------


def order_body(payload: OrderPayload, *, status: str, our_reference: str | None) -> dict[str, Any]:
    """One element of SaveInvoices. `our_reference` is the EmployeeId, which is not the id people are listed by."""
    body: dict[str, Any] = {
        "CustomerId": int(payload.customer_id),
        "OrderStatus": status,
        "DateOrdered": noon(payload.order_date),
        "DeliveryDate": noon(payload.delivery_date),
        "IncludeVAT": None,  # the company's own setting counts [spec: nillable, and must be there]
        "Currency": {"Symbol": payload.currency},
        "ProductionNumber": payload.reference,
        "InvoiceRows": {
            "InvoiceRow": [_row(line, number, payload.project_id) for number, line in enumerate(payload.lines, 1)]
        },
    }
    if payload.project_id is not None:
        body["ProjectId"] = int(payload.project_id)
    if our_reference is not None:
        body["OurReference"] = int(our_reference)
    if payload.comment.strip():
        body["InvoiceText"] = payload.comment.strip()
    return body


def _row(line: OrderLinePayload, number: int, project_id: str | None) -> dict[str, Any]:
    """A line without a product is text of its own, which carries no amount."""
    row: dict[str, Any] = {
        "Name": line.description[:LONGEST_NAME],
        "Quantity": _plain(line.quantity, _FOUR),
        "Price": _plain(line.unit_price, _CENT),
        "DiscountRate": _plain(line.discount_percent, _CENT),
        "SequenceNumber": number,
        "Type": "Normal",
    }
    if line.product_id is not None:
        row["ProductId"] = int(line.product_id)
    if project_id is not None:
        row["ProjectId"] = int(project_id)
    return row


def _plain(value: Decimal, finest: Decimal) -> Decimal:
    """Never an exponent on the wire: the service does not read it [client]."""
    rounded = value.quantize(finest, ROUND_HALF_UP)
    whole = rounded.to_integral_value()
    return whole.quantize(Decimal(1)) if rounded == whole else rounded


def carries(row: Row, reference: str) -> bool:
    """Exactly ours: 2026-1 is not 2026-11."""
    return optional_text(row, "ProductionNumber") == reference


def standing_order(row: Row, *, url: str) -> StandingOrder:
    external_id = identifier(row, "OrderId")
    return StandingOrder(
        external_id=external_id,
        reference=optional_text(row, "ProductionNumber"),
        number=external_id,
        url=url,
        customer_id=optional_identifier(row, "CustomerId") or None,
        project_id=optional_identifier(row, "ProjectId") or None,
        currency=optional_text(optional_part(row, "Currency") or {}, "Symbol"),
        lines=tuple(stored_lines(row)),
    )


def stored_lines(row: Row) -> list[OrderLinePayload]:
    """In the order they stand there; rows of text alone are not lines of ours."""
    found = [line for line in inner(row, "InvoiceRows", "InvoiceRow") if line.get("Type") in (None, "Normal")]
    found.sort(key=lambda line: (line.get("SequenceNumber") or 0, line.get("RowId") or 0))
    return each(found, _stored_line, "InvoiceRows")


def _stored_line(row: Row) -> OrderLinePayload:
    return OrderLinePayload(
        description=optional_text(row, "Name"),
        quantity=optional_decimal(row, "Quantity") or Decimal(0),
        unit_price=optional_decimal(row, "Price") or Decimal(0),
        product_id=optional_identifier(row, "ProductId") or None,
        discount_percent=optional_decimal(row, "DiscountRate") or Decimal(0),
    )


def exception_of(row: Row) -> Row | None:
    """What a row of an accepted call was refused with; None when it was taken."""
    found = optional_part(row, "APIException")
    if found is None or not (optional_text(found, "Message") or optional_text(found, "Type")):
        return None
    return found
