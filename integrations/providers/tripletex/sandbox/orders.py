"""POST /order as Tripletex takes it: what it refuses, what it fills in, what it leaves out of its answer."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.providers.tripletex.sandbox.contract import Fault
from integrations.providers.tripletex.sandbox.store import Object, Store

_LONGEST = {"reference": 255, "number": 100, "receiverEmail": 254}
_CENT = Decimal("0.01")


def order_faults(store: Store, company: int, body: Object) -> list[Fault]:
    """Everything wrong with a well-formed body, as validation messages (code 18000)."""
    faults = [
        Fault(18000, name, "Kan ikke være null.")
        for name in ("customer", "orderDate", "deliveryDate")
        if body.get(name) is None
    ]
    faults += [
        Fault(18000, name, f"Kan ikke være lengre enn {limit} tegn.")
        for name, limit in _LONGEST.items()
        if len(body.get(name) or "") > limit
    ]
    faults += _reference(store, company, body, "customer", "Customer", _customer_refusal)
    faults += _reference(store, company, body, "project", "Project", _project_refusal)
    faults += _reference(store, company, body, "ourContactEmployee", "Employee", _employee_refusal)
    faults += _reference(store, company, body, "currency", "Currency", lambda _: "")
    for line in body.get("orderLines") or []:
        faults += _line_faults(store, company, body, line)
    return faults


def _reference(
    store: Store, company: int, holder: Object, name: str, kind: str, refusal: Callable[[Object], str], path: str = ""
) -> list[Fault]:
    link = holder.get(name)
    if link is None:
        return []
    found = store.get(company, kind, link.get("id", 0))
    message = "Objektet ble ikke funnet." if found is None else refusal(found)
    return [Fault(18000, f"{path}{name}.id", message)] if message else []


def _customer_refusal(customer: Object) -> str:
    return "Kunden er inaktiv." if customer.get("isInactive") else ""


def _project_refusal(project: Object) -> str:
    """That a closed project refuses orders is expected, not documented."""
    return "Prosjektet er avsluttet." if project.get("isClosed") else ""


def _employee_refusal(employee: Object) -> str:
    return "" if employee.get("allowInformationRegistration") else "Den ansatte kan ikke velges."


def _product_refusal(product: Object) -> str:
    return "Produktet er inaktivt." if product.get("isInactive") else ""


def _line_faults(store: Store, company: int, body: Object, line: Object) -> list[Fault]:
    faults = _reference(store, company, line, "product", "Product", _product_refusal, "orderLines.")
    including, excluding = line.get("unitPriceIncludingVatCurrency"), line.get("unitPriceExcludingVatCurrency")
    # This company's default is prices including VAT, so an order that does not say its basis is refused.
    wants_including = body.get("isPrioritizeAmountsIncludingVat", True)
    if wants_including and excluding is not None:
        faults.append(Fault(18000, "orderLines.unitPriceExcludingVatCurrency", "Enhetspris må være med mva."))
    if not wants_including and including is not None:
        faults.append(Fault(18000, "orderLines.unitPriceIncludingVatCurrency", "Enhetspris må være uten mva."))
    vat = line.get("vatType")
    if vat is not None and store.get(company, "VatType", vat.get("id", 0)) is None:
        name = "project.orderLines.vatType.id" if body.get("project") else "orderLines.vatType.id"
        faults.append(Fault(18000, name, "Ugyldig mva-kode."))
    if not 0 <= line.get("discount", 0) <= 100:
        faults.append(Fault(18000, "orderLines.discount", "Må være mellom 0 og 100."))
    return faults


def place_order(store: Store, company: int, body: Object) -> Object:
    """Store it, durably, and give it id and number."""
    order_id = store.next("order id", 402_086_300)
    lines = [_stored_line(store, order_id, line) for line in body.get("orderLines") or []]
    order = {
        "contact": None, "attn": None, "department": None, "project": None, "ourContactEmployee": None,
        "reference": "", "invoiceComment": "", "currency": {"id": 1}, "invoicesDueIn": 14, "invoicesDueInType": "DAYS",
        "deliveryComment": "", "orderLineSorting": "ID", "orderGroups": [], "isSubscription": False,
        **body,
        "id": order_id,
        "number": body.get("number") or str(store.next(f"{company}: order number", 1001)),
        "isClosed": False, "preliminaryInvoice": None, "attachment": [], "orderLines": lines,
    }  # fmt: skip
    order["displayName"] = f"{order['number']} Ordre"
    store.put(company, "Order", order)
    stored = store.get(company, "Order", order_id)
    assert stored is not None
    return stored


def _stored_line(store: Store, order_id: int, line: Object) -> Object:
    count, price = Decimal(str(line.get("count", 0))), Decimal(str(line.get("unitPriceExcludingVatCurrency", 0)))
    discount = Decimal(str(line.get("discount", 0)))
    amount = (count * price * (100 - discount) / 100).quantize(_CENT, ROUND_HALF_UP)
    return {
        "product": None, "description": "", "discount": 0, "markup": 0, "vatType": {"id": 3}, "currency": {"id": 1},
        **line,
        "id": store.next("order line id", 1_607_619_100),
        "version": 0,
        "order": {"id": order_id},
        "count": line.get("count", 0),  # left out, it is nothing
        "unitPriceExcludingVatCurrency": line.get("unitPriceExcludingVatCurrency", 0),
        "amountExcludingVatCurrency": float(amount),
        "displayName": line.get("description", ""),
        "isCharged": False,
    }  # fmt: skip


def answered(order: Object) -> dict[str, Any]:
    """The answer to a POST may leave out the lines although they are stored; this one always does."""
    return {**order, "orderLines": []}
