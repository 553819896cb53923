"""POST /orders as the vendor takes it: what it refuses and what it fills in."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.kernel.sandbox.store import Object, Store, utc_now
from integrations.providers.visma_eaccounting.sandbox.errors import Fault

_CENT = Decimal("0.01")
_VAT = Decimal("0.25")


def order_faults(store: Store, company: str, body: Object) -> list[Fault]:
    """Everything wrong with a body that the document allows."""
    faults = list(_head_faults(store, company, body))
    rows = body.get("Rows") or []
    if not any(not row["IsTextRow"] for row in rows):
        faults.append(Fault(2000, "Rows", "An order must have at least one article row."))
    if len({row["LineNumber"] for row in rows}) < len(rows):
        faults.append(Fault(2000, "Rows", "LineNumber must be unique."))
    for row in rows:
        faults += _text_faults(row) if row["IsTextRow"] else _article_faults(store, company, row)
    if not faults and sum(_amount(row) for row in rows) < 0:
        faults.append(Fault(2000, "Amount", "The total of an order must be positive."))
    return faults


def _head_faults(store: Store, company: str, body: Object) -> Iterator[Fault]:
    customer = store.get(company, "customers", body["CustomerId"])
    if customer is None:
        yield Fault(3000, "CustomerId", f"Customer with Id {body['CustomerId']} was not found.")
    elif not customer["IsActive"]:
        yield Fault(2000, "CustomerId", "The customer is not active.")
    if body["CurrencyCode"] not in [currency["Code"] for currency in store.all(company, "currencies")]:
        yield Fault(2000, "CurrencyCode", f"The currency {body['CurrencyCode']} is not in use.")
    if (terms := body.get("TermsOfPaymentId")) is not None:
        found = store.get(company, "termsofpayments", terms)
        if found is None:
            yield Fault(3000, "TermsOfPaymentId", f"Terms of payment with Id {terms} was not found.")
        elif not found["AvailableForSales"]:  # expected, not documented
            yield Fault(2000, "TermsOfPaymentId", "The terms of payment are not available for sales.")
    if body["RotReducedInvoicingType"] != 0:
        yield Fault(2000, "RotReducedInvoicingType", "ROT and RUT are not available in this country.")
    day = body.get("OrderDate")
    if day is None:
        yield Fault(2000, "OrderDate", "OrderDate is required.")
    else:
        years = store.all(company, "fiscalyears")
        if not any(year["StartDate"][:10] <= day <= year["EndDate"][:10] for year in years):
            yield Fault(3001, "OrderDate", f"There is no fiscal year for {day}.")


def _text_faults(row: Object) -> Iterator[Fault]:
    if not (row.get("Text") or "").strip():
        yield Fault(2000, "Text", "A text row must have at least one character.")
    if row.get("ArticleId") is not None:
        yield Fault(2000, "ArticleId", "A text row has no article.")


def _article_faults(store: Store, company: str, row: Object) -> Iterator[Fault]:
    article = store.get(company, "articles", row.get("ArticleId") or "")
    if article is None:
        yield Fault(3000, "ArticleId", f"Article with Id {row.get('ArticleId')} was not found.")
    elif not article["IsActive"]:
        yield Fault(2000, "ArticleId", "The article is not active.")
    if (project_id := row.get("ProjectId")) is not None:
        project = store.get(company, "projects", project_id)
        if project is None:
            yield Fault(3000, "ProjectId", f"Project with Id {project_id} was not found.")
        elif project["Status"] != 1:  # expected, not documented
            yield Fault(2000, "ProjectId", "The project is finished.")
    for name, digits in (("Quantity", 4), ("DeliveredQuantity", 2), ("UnitPrice", 2), ("DiscountPercentage", 4)):
        if _digits(row.get(name)) > digits:
            yield Fault(2000, name, f"{name} takes {digits} decimals.")


def _digits(value: Any) -> int:
    exponent = Decimal(str(value or 0)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _amount(row: Object) -> Decimal:
    if row["IsTextRow"]:
        return Decimal(0)
    quantity, price = Decimal(str(row.get("Quantity") or 0)), Decimal(str(row.get("UnitPrice") or 0))
    return (quantity * price * (1 - Decimal(str(row.get("DiscountPercentage") or 0)))).quantize(_CENT, ROUND_HALF_UP)


def place_order(store: Store, company: str, body: Object) -> Object:
    """Store it, durably, and give it id, number and amounts."""
    customer = store.get(company, "customers", body["CustomerId"])
    assert customer is not None
    rows = [_stored_row(store, company, row) for row in body["Rows"]]
    net, now = sum((_amount(row) for row in body["Rows"]), Decimal(0)), utc_now()
    copied = {name: customer.get(source) for name, source in _FROM_CUSTOMER}
    order = {
        "YourReference": None, "OurReference": None, "BuyersOrderReference": None, "DeliveryDate": None,
        "TermsOfPaymentId": None, "UsesGreenTechnology": False, "Persons": [],
        **{name: value for name, value in copied.items() if not body.get(name)},
        **body,
        "OrderDate": f"{body['OrderDate']}T00:00:00Z",
        "Id": str(uuid.uuid4()),
        "Number": store.next(f"{company}: order number", 5001),
        "CreatedUtc": now, "ModifiedUtc": now, "Rows": rows,
        "CustomerName": customer["Name"], "CustomerNumber": customer["CustomerNumber"],
        "CustomerIsPrivatePerson": customer["IsPrivatePerson"], "IncludesVat": False, "IsNotDelivered": False,
        "Amount": float(net + (net * _VAT).quantize(_CENT)), "VatAmount": float((net * _VAT).quantize(_CENT)),
        "RoundingsAmount": 0,
        "Notes": [], "MessageThreads": [], "SalesDocumentAttachments": [], "CreatedFromQuoteId": None,
    }  # fmt: skip
    if order.get("DeliveryDate"):
        order["DeliveryDate"] = f"{order['DeliveryDate']}T00:00:00Z"
    store.put(company, "orders", order)
    return order


_FROM_CUSTOMER = (
    ("InvoiceCustomerName", "Name"),
    ("InvoiceAddress1", "InvoiceAddress1"),
    ("InvoicePostalCode", "InvoicePostalCode"),
    ("InvoiceCity", "InvoiceCity"),
    ("InvoiceCountryCode", "InvoiceCountryCode"),
)


def _stored_row(store: Store, company: str, row: Object) -> Object:
    article = store.get(company, "articles", row.get("ArticleId") or "")
    kept = {
        "ArticleId": None, "ProjectId": None, "DeliveredQuantity": 0, "Quantity": 0, "UnitPrice": 0,
        "DiscountPercentage": 0, "IsServiceArticle": bool(article), "WorkCostType": 0,
        "Text": article["Name"] if article else "",
        **row,
        "Id": str(uuid.uuid4()),
        "Amount": float(_amount(row)),
        "VatRate": float(_VAT) if article else None,
    }  # fmt: skip
    if article:
        kept |= {"ArticleNumber": article["Number"], "UnitId": article["UnitId"]}
    return kept
