"""Rows of Visma eAccounting to our records, and our order to theirs. Pure: no clock, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.kernel.parse import (
    Row,
    flag,
    identifier,
    integer,
    optional_day,
    optional_decimal,
    optional_identifier,
    optional_text,
    text,
)
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, StandingOrder
from integrations.kernel.records import CustomerRecord, ProductRecord, ProjectRecord
from integrations.providers.visma_eaccounting.facts import LONGEST_TEXT

DRAFT = 1  # of an order's Status: 1 draft, 2 ongoing, 3 shipped, 4 invoiced [spec]
_ONGOING = 1  # of a project's Status: 1 ongoing, 2 finished [spec]
_CENT, _FOUR = Decimal("0.01"), Decimal("0.0001")
# Field of the order, field of the customer it is copied from, characters it takes [spec].
_ADDRESS = (
    ("InvoiceCustomerName", "Name", 50),
    ("InvoiceAddress1", "InvoiceAddress1", 50),
    ("InvoiceAddress2", "InvoiceAddress2", 50),
    ("InvoicePostalCode", "InvoicePostalCode", 10),
    ("InvoiceCity", "InvoiceCity", 50),
    ("InvoiceCountryCode", "InvoiceCountryCode", 2),
    ("YourReference", "ContactPersonName", 100),
)


def customer_record(row: Row) -> CustomerRecord:
    return CustomerRecord(
        external_id=identifier(row, "Id"),
        number=optional_identifier(row, "CustomerNumber"),
        name=text(row, "Name"),
        organization_number=optional_text(row, "CorporateIdentityNumber"),
        email=optional_text(row, "EmailAddress"),
        archived=not flag(row, "IsActive"),
    )


def project_record(row: Row) -> ProjectRecord:
    return ProjectRecord(
        external_id=identifier(row, "Id"),
        number=optional_identifier(row, "Number"),
        name=text(row, "Name"),
        customer_id=optional_identifier(row, "CustomerId") or None,
        archived=is_finished(row),
        start_date=optional_day(row, "StartDate"),
        end_date=optional_day(row, "EndDate"),
    )


def is_finished(row: Row) -> bool:
    """The end date does not close a project, its status does [spec]."""
    return integer(row, "Status") != _ONGOING


def product_record(row: Row, unit_of: Callable[[str], str] = lambda unit_id: "") -> ProductRecord:
    """``unit_of`` knows the units by their ids, for an article that names none."""
    return ProductRecord(
        external_id=identifier(row, "Id"),
        number=optional_identifier(row, "Number"),
        name=text(row, "Name"),
        unit=optional_text(row, "UnitAbbreviation")
        or optional_text(row, "UnitName")
        or unit_of(optional_identifier(row, "UnitId")),
        price=optional_decimal(
            row, "NetPrice"
        ),  # excluding VAT; `CurrencyCode` there is that of the purchase [inferred]
        archived=not flag(row, "IsActive"),
    )


def order_body(payload: OrderPayload, customer: Row | None, *, terms: str = "") -> dict[str, Any]:
    """The body of POST /orders: a draft, with our reference as its first row, which the answers give back unchanged.

    There is no project on the order as a whole: it stands on each article row. VAT and unit are the article's. What an
    order says of its customer is copied from the customer's record; what that lacks is left out, not sent as "".
    """
    known = customer or {}
    body: dict[str, Any] = {
        "CustomerId": payload.customer_id,
        "CurrencyCode": payload.currency,
        "EuThirdParty": False,
        "ReverseChargeOnConstructionServices": flag(known, "ReverseChargeOnConstructionServices", default=False),
        "RotReducedInvoicingType": 0,
        "Status": DRAFT,
        "OrderDate": payload.order_date.isoformat(),
        "DeliveryDate": payload.delivery_date.isoformat(),
        "Rows": _numbered(payload),
    }
    if terms:
        body["TermsOfPaymentId"] = terms
    if payload.our_reference_name:
        body["OurReference"] = payload.our_reference_name[:100]
    for name, source, length in _ADDRESS:
        if value := optional_text(known, source):
            body[name] = value[:length]
    return body


def _numbered(payload: OrderPayload) -> list[dict[str, Any]]:
    texts = [payload.reference, *_paragraphs(payload.comment)]
    found = [_text_row(words) for words in texts] + [_article_row(line, payload.project_id) for line in payload.lines]
    return [{"LineNumber": number, **row} for number, row in enumerate(found, 1)]


def _paragraphs(comment: str) -> Iterator[str]:
    """The comment in rows of text: an order has no text of its own, and a row takes only so much."""
    words = comment.strip()
    for start in range(0, len(words), LONGEST_TEXT):
        yield words[start : start + LONGEST_TEXT]


def _text_row(words: str) -> dict[str, Any]:
    return {"IsTextRow": True, "IsWorkCost": False, "EligibleForReverseChargeOnVat": False, "Text": words}


def _article_row(line: OrderLinePayload, project_id: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "IsTextRow": False,
        "IsWorkCost": False,
        "EligibleForReverseChargeOnVat": False,
        "ArticleId": line.product_id,
        "Quantity": line.quantity.quantize(_FOUR, ROUND_HALF_UP),
        # What is invoiced is assumed to be what was delivered; that takes two decimals only [inferred].
        "DeliveredQuantity": line.quantity.quantize(_CENT, ROUND_HALF_UP),
        "UnitPrice": line.unit_price,
        "DiscountPercentage": (line.discount_percent / 100).quantize(_FOUR, ROUND_HALF_UP),
    }
    if line.description:
        row["Text"] = line.description[:LONGEST_TEXT]
    if project_id is not None:
        row["ProjectId"] = project_id
    return row


def carries(row: Row, reference: str) -> bool:
    """Whether an order is ours: a whole row of text, and nothing less."""
    return any(is_text(line) and optional_text(line, "Text") == reference for line in lines_of(row))


def lines_of(row: Row) -> list[Row]:
    found = row.get("Rows")
    return [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []


def is_text(line: Row) -> bool:
    return flag(line, "IsTextRow", default=False)


def standing_order(row: Row, *, url: str) -> StandingOrder:
    """The reference is the first row of text, whoever wrote it. The project is that of all article rows, else none."""
    rows = sorted(lines_of(row), key=lambda line: integer(line, "LineNumber"))
    texts = [optional_text(line, "Text") for line in rows if is_text(line)]
    projects = {optional_identifier(line, "ProjectId") or None for line in rows if not is_text(line)}
    return StandingOrder(
        external_id=identifier(row, "Id"),
        reference=texts[0] if texts else "",
        number=optional_identifier(row, "Number"),
        url=url,
        customer_id=optional_identifier(row, "CustomerId") or None,
        project_id=projects.pop() if len(projects) == 1 else None,
        currency=optional_text(row, "CurrencyCode"),
        lines=tuple(stored_lines(row)),
    )


def stored_lines(row: Row) -> list[OrderLinePayload]:
    """The article rows of an order, in their order."""
    articles = [line for line in lines_of(row) if not is_text(line)]
    return [_stored_line(line) for line in sorted(articles, key=lambda line: integer(line, "LineNumber"))]


def _stored_line(line: Row) -> OrderLinePayload:
    return OrderLinePayload(
        description=optional_text(line, "Text"),
        quantity=optional_decimal(line, "Quantity") or Decimal(0),
        unit_price=optional_decimal(line, "UnitPrice") or Decimal(0),
        product_id=optional_identifier(line, "ArticleId") or None,
        discount_percent=(optional_decimal(line, "DiscountPercentage") or Decimal(0)) * 100,
    )
