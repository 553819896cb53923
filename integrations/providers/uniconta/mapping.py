"""Uniconta's records to ours and back. Pure: no clock, no network.

Business keys (Account, Item, Number) are texts and stay so, with their noughts. Nulls are left out of answers, and an
empty date is the year 1 [client].
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.kernel.parse import (
    Row,
    flag,
    identifier,
    integer,
    optional_day,
    optional_decimal,
    optional_text,
    text,
)
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, StandingOrder
from integrations.kernel.records import (
    CustomerWithFields,
    EmployeeRecord,
    ProductRecord,
    ProjectRecord,
    WorkTypeRecord,
)
from integrations.providers.uniconta.reconstructed import (
    INHERITED,
    OWN_WORDS,
    READ_ONLY,
    is_in_use,
    our_ref,
    reference_in,
    said_yes,
    stored_key,
)

_CENT = Decimal("0.01")
_SIX = Decimal("0.000001")
_NOTHING = "0001-01-01"
_OWN_WORDS = re.compile(rf"#\d+{OWN_WORDS}$")


def customer_record(row: Row, fields: Mapping[str, str]) -> CustomerWithFields:
    """``fields``: the customers' own fields that are exchanged, name and kind."""
    account = text(row, "Account")
    return CustomerWithFields(
        external_id=account,
        number=account,
        name=text(row, "Name"),
        organization_number=optional_text(row, "CompanyRegNo"),
        email=optional_text(row, "ContactEmail"),
        archived=flag(row, "Blocked", default=False),
        data=tuple((name, own_value(row, name, fields[name])) for name in sorted(fields) if name not in READ_ONLY),
    )


def own_value(row: Row, name: str, kind: str) -> str:
    """What a record has in one of the customers' own fields, as Busy keeps such values: the same text for the same
    value. What does not fit the kind counts as nothing: it is not ours to judge what stands there."""
    value = row.get(name)
    if value is None or value == "":
        return ""
    if kind == "number":
        return _number(value)
    if kind == "day":
        return _day(value)
    if kind == "yes_no":
        is_yes = value if isinstance(value, bool) else said_yes(str(value))
        return "" if is_yes is None else "yes" if is_yes else "no"
    return str(value).strip()[:1000] if isinstance(value, str | int | Decimal) else ""


def _number(value: Any) -> str:
    """Numbers come as such; one client met them as Danish text [client]."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, str):
        plain = value.strip().replace("\u00a0", "").replace(" ", "")
        value = plain.replace(".", "").replace(",", ".") if "," in plain else plain
    try:
        number = Decimal(value)
    except (ArithmeticError, ValueError, TypeError):
        return ""
    if not number.is_finite():
        return ""
    return "0" if number == 0 else f"{number.normalize():f}"


def _day(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    said = value.partition("T")[0].strip()
    try:
        return "" if said == _NOTHING else date.fromisoformat(said).isoformat()
    except ValueError:
        return ""


def own_json(kind: str, kept: str) -> Any:
    """The inverse of `own_value`, for a property of a record that is written."""
    if not kept:
        return {"number": 0, "day": f"{_NOTHING}T00:00:00", "yes_no": False}.get(kind, "")
    if kind == "number":
        return Decimal(kept)
    if kind == "day":
        return f"{kept}T00:00:00"
    return kept == "yes" if kind == "yes_no" else kept


def product_record(row: Row) -> ProductRecord:
    item = text(row, "Item")
    return ProductRecord(
        external_id=item,
        number=item,
        name=text(row, "Name"),
        unit=optional_text(row, "Unit"),
        price=optional_decimal(row, "SalesPrice1"),
        currency=optional_text(row, "Currency1")[:3],
        archived=flag(row, "Blocked", default=False) or flag(row, "HideInSales", default=False),
    )


def project_record(row: Row) -> ProjectRecord:
    number = text(row, "Number")
    return ProjectRecord(
        external_id=number,
        number=number,
        name=optional_text(row, "Name") or number,
        customer_id=optional_text(row, "Account") or None,
        archived=not is_in_use(row),
        start_date=_real_day(row, "StartDate"),
        end_date=_real_day(row, "EndDate"),
    )


def _real_day(row: Row, key: str) -> date | None:
    day = optional_day(row, key)
    return day if day is not None and day.year > 1 else None


def work_type_record(row: Row) -> WorkTypeRecord:
    """A payroll category is what Uniconta calls a work type; it names the item that its hours are billed as."""
    number = text(row, "Number")
    return WorkTypeRecord(
        external_id=number,
        number=number,
        name=optional_text(row, "Name") or number,
        billable=flag(row, "Invoiceable", default=False),
        product_id=optional_text(row, "Item") or None,
        archived=not is_in_use(row),
    )


def employee_record(row: Row) -> EmployeeRecord:
    """`PersonalId` is a national id, and is not looked at."""
    number = text(row, "Number")
    return EmployeeRecord(
        external_id=number,
        number=number,
        name=optional_text(row, "Name") or number,
        email=optional_text(row, "Email"),
        archived=not is_in_use(row),
    )


# --- Customers out ----------------------------------------------------------------------------------------------------

CUSTOMER_KEYS = {"name": "Name", "organization_number": "CompanyRegNo", "email": "ContactEmail", "archived": "Blocked"}


def customer_body(wanted: CustomerWithFields, names: Iterable[str], fields: Mapping[str, str]) -> dict[str, Any]:
    """The properties of these fields of the record, ``data`` among them; what is read only there is left out."""
    body: dict[str, Any] = {}
    for name in names:
        if name == "data":
            body |= {
                own: own_json(fields[own], kept)
                for own, kept in wanted.data
                if own in fields and own not in READ_ONLY and own not in CUSTOMER_KEYS.values()
            }
        elif name in CUSTOMER_KEYS:
            body[CUSTOMER_KEYS[name]] = getattr(wanted, name)
    return body


# --- Orders out -------------------------------------------------------------------------------------------------------


Answer = Callable[[str], str]  # what the set-up step says of a question, "" for nothing


def order_body(payload: OrderPayload, customer: Row | None, answer: Answer) -> dict[str, Any]:
    """The header. Nothing is sent as null, which may count as an argument that is missing [client]."""
    chosen = {"Employee": answer("order_employee"), "Payment": answer("order_payment"), "Vat": answer("order_vat")}
    if payload.project_id:
        chosen["PrCategory"] = answer("order_category")
    inherited = {name: customer[name] for name in INHERITED if customer and customer.get(name) not in (None, "")}
    body = {
        **inherited,
        **{name: value for name, value in chosen.items() if value},
        "Account": payload.customer_id,
        "OurRef": our_ref(payload.reference, payload.our_reference_name),
        "Remark": payload.comment,
        "Project": payload.project_id,
        "DeliveryDate": f"{payload.delivery_date.isoformat()}T00:00:00",
        "Currency": payload.currency,
        "PricesInclVat": False,
    }
    return {name: value for name, value in body.items() if value not in (None, "")}


def line_body(payload: OrderPayload, index: int, number: str, answer: Answer) -> dict[str, Any]:
    """No price is looked up there, so it is sent [client]; a unit is a word of the user's language, and the item's."""
    line = payload.lines[index]
    own_words = "" if line.product_id else answer("order_item")
    body: dict[str, Any] = {
        "OrderNumber": number,
        "LineNumber": index + 1,
        "Item": line.product_id or own_words,
        "Text": line.description,
        "Qty": line.quantity,
        "Price": line.unit_price.quantize(_SIX, ROUND_HALF_UP).normalize() + 0,
        "Project": payload.project_id,
        "PrCategory": answer("order_category") if payload.project_id else "",
        "Vat": answer("order_vat"),
        "ReferenceNumber": f"{payload.reference}#{index + 1}{OWN_WORDS if own_words else ''}",
        "DoInvoice": True,
    }
    if line.discount_percent:
        body["DiscountPct"] = line.discount_percent
    return {name: value for name, value in body.items() if value not in (None, "")}


def line_index(row: Row, reference: str) -> int | None:
    """Which of our lines it is; None for one that somebody there added."""
    said, _, number = str(row.get("ReferenceNumber") or "").removesuffix(OWN_WORDS).rpartition("#")
    return int(number) - 1 if said == reference and number.isdigit() else None


def stored_line(row: Row) -> OrderLinePayload:
    """A line of own words stands there with the item of the set-up, and Busy sent it without one."""
    is_own_words = bool(_OWN_WORDS.search(str(row.get("ReferenceNumber") or "")))
    return OrderLinePayload(
        description=optional_text(row, "Text"),
        quantity=optional_decimal(row, "Qty") or Decimal(0),
        unit_price=optional_decimal(row, "Price") or Decimal(0),
        product_id=None if is_own_words else optional_text(row, "Item") or None,
        discount_percent=optional_decimal(row, "DiscountPct") or Decimal(0),
    )


def standing_order(row: Row, lines: list[Row], *, url: str) -> StandingOrder:
    in_order = sorted(lines, key=lambda line: optional_decimal(line, "LineNumber") or Decimal(0))
    return StandingOrder(
        external_id=identifier(row, "OrderNumber"),
        reference=reference_in(optional_text(row, "OurRef")),
        number=stored_key(row),
        url=url,
        customer_id=optional_text(row, "Account") or None,
        project_id=optional_text(row, "Project") or None,
        currency=optional_text(row, "Currency")[:3],
        lines=tuple(stored_line(line) for line in in_order),
    )


def invoiced_order(row: Row, *, url: str) -> StandingOrder:
    """An order that has become an invoice: the order and its lines are gone, the invoice's head tells of it."""
    return StandingOrder(
        external_id=str(integer(row, "OrderNumber")),
        reference=reference_in(optional_text(row, "OurRef")),
        number=stored_key(row),
        url=url,
        customer_id=optional_text(row, "Account") or None,
        currency=optional_text(row, "Currency")[:3],
        unread=("project", "lines"),
    )
