"""Sending an order: it stays an open order in Tripletex, which is what its people call a draft.

We never call `:invoice`: that makes a real invoice and sends it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from integrations.kernel.connector import CheckState, Push
from integrations.kernel.errors import (
    Code,
    Cure,
    MappingError,
    NotReady,
    Problem,
    ProviderError,
    RecordRef,
    Refused,
    Turn,
    Unclear,
)
from integrations.kernel.parse import Row, identifier, optional_identifier, optional_text, rows
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, Receipt
from integrations.providers.tripletex import mapping
from integrations.providers.tripletex.api import TripletexApi
from integrations.providers.tripletex.checks import order_checks
from integrations.providers.tripletex.facts import FACTS, PAGE_SIZE
from integrations.providers.tripletex.standing import STANDING

# Somebody may have moved the order's date at Tripletex before we look for it.
_LOOK_AROUND = timedelta(days=31)


def send_order(api: TripletexApi, payload: OrderPayload) -> Receipt:
    """One POST. Raises Refused with the reason found by asking, Unclear when the answer was not seen.

    What is read after the POST can fail without making the order undone: it becomes a remark.
    """
    _ensure_fits(payload)
    body = mapping.order_body(payload, currency_id=_currency_id(api, payload.currency))
    try:
        made = api.post("/order", body, right="orders")
    except Refused as refusal:
        raise _explained(api, payload, refusal) from None
    try:
        receipt = _receipt(api, made)
    except MappingError as error:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=error.path) from None
    return _verified(api, payload, receipt)


def find_order(api: TripletexApi, payload: OrderPayload) -> Receipt | None:
    """The order that carries our reference, from an earlier attempt.

    Raises Refused when there are two of them: a person must say which one counts.
    """
    found = [row for row in _orders_near(api, payload) if mapping.carries(row, payload.reference)]
    if len(found) > 1:
        ids = [optional_identifier(row, "number") or identifier(row, "id") for row in found]
        raise Refused(Problem(code=Code.FOUND_TWICE, params={"ids": ids}, turn=Turn.ACCOUNTING))
    if not found:
        return None
    receipt = replace(_receipt(api, found[0]), adopted=True)
    return replace(receipt, remarks=_differences(payload, found[0], receipt))


def _ensure_fits(payload: OrderPayload) -> None:
    limit = FACTS.order_reference.length if FACTS.order_reference else 0
    if len(payload.reference) > limit:
        params = {"length": len(payload.reference), "limit": limit}
        raise NotReady(Problem(code=Code.REFERENCE_TOO_LONG, params=params, turn=Turn.BUSY))


def _currency_id(api: TripletexApi, code: str) -> str | None:
    """None for the home currency, which an order has when it names none."""
    if code == mapping.HOME_CURRENCY:
        return None
    body = api.get_list("/currency", {"code": code, "count": 10, "fields": "id,code"}, right="orders")
    for row in rows(body, "values"):
        if optional_text(row, "code") == code:
            return identifier(row, "id")
    raise Refused(Problem(code=Code.CURRENCY_NOT_USED, params={"currency": code}, turn=Turn.ACCOUNTING))


def _explained(api: TripletexApi, payload: OrderPayload, refusal: Refused) -> Refused:
    """Why it was refused: the first failed condition of R32, else the provider's own words.

    The field it names can be another than the one at fault, and its text depends on the user's language.
    """
    try:
        checks = order_checks(api, payload)
    except ProviderError:
        return refusal  # the reason we have is better than none
    for check in checks:
        if check.state is CheckState.FAILED and check.problem is not None:
            message = refusal.problem.params.get("message", "")
            return Refused(replace(check.problem, params={**check.problem.params, "message": message}))
    return refusal


def _orders_near(api: TripletexApi, payload: OrderPayload) -> list[Row]:
    """The customer's orders around the order's date; `orderDateTo` is exclusive [spec]."""
    params: dict[str, str | int] = {
        "customerId": payload.customer_id,
        "orderDateFrom": (payload.order_date - _LOOK_AROUND).isoformat(),
        "orderDateTo": (payload.order_date + _LOOK_AROUND).isoformat(),
        "count": PAGE_SIZE,
        "sorting": "id",
        "fields": mapping.ORDER_FIELDS,
    }
    found: list[Row] = []
    while True:
        page = rows(api.get_list("/order", {**params, "from": len(found)}, right="orders"), "values")
        found += page
        if len(page) < PAGE_SIZE:
            return found


def _receipt(api: TripletexApi, row: Row) -> Receipt:
    external_id = identifier(row, "id")
    return Receipt(
        external_id=external_id,
        number=optional_identifier(row, "number"),
        url=api.link("order", external_id),
        version=optional_identifier(row, "version"),
    )


def _verified(api: TripletexApi, payload: OrderPayload, receipt: Receipt) -> Receipt:
    """Read it back: the answer to a POST may leave out the lines, or the number [client]."""
    try:
        stored = api.get_one(f"/order/{receipt.external_id}", mapping.ORDER_FIELDS, right="orders")
        if stored is None:
            raise MappingError(f"/order/{receipt.external_id}", "the order just made")
        seen = _receipt(api, stored)
        return replace(seen, remarks=_differences(payload, stored, seen))
    except ProviderError as error:
        remark = Problem(
            code=Code.NOT_VERIFIED,
            params={"reason": str(error.problem.code)},
            record=RecordRef(what="order", external_id=receipt.external_id),
            turn=Turn.ACCOUNTING,
            cure=Cure(url=receipt.url),
        )
        return replace(receipt, remarks=(remark,))


def _differences(payload: OrderPayload, stored: Row, receipt: Receipt) -> tuple[Problem, ...]:
    """What stands at Tripletex otherwise than it was sent."""
    record = RecordRef(what="order", external_id=receipt.external_id)
    there = [
        mapping.stored_line(row)
        for row in sorted(rows(stored, "orderLines"), key=lambda row: int(identifier(row, "id")))
    ]

    def differs(field: str, sent: Any, found: Any, line: int | None = None) -> Problem:
        params = {"field": field, "sent": str(sent), "stored": str(found)}
        return Problem(
            code=Code.STORED_DIFFERS,
            params=params,
            record=replace(record, line=line),
            turn=Turn.ACCOUNTING,
            cure=Cure(url=receipt.url),
        )

    if len(there) != len(payload.lines):
        return (differs("lines", len(payload.lines), len(there)),)
    return tuple(
        differs(name, sent, found, index)
        for index, (line, kept) in enumerate(zip(payload.lines, there, strict=True))
        for name, sent, found in _compared(line, kept)
        if sent != found
    )


def _compared(sent: OrderLinePayload, kept: OrderLinePayload) -> list[tuple[str, Any, Any]]:
    names = ("quantity", "unit_price", "discount_percent", "product_id")
    return [(name, getattr(sent, name), getattr(kept, name)) for name in names]


ORDERS: Push[TripletexApi, OrderPayload] = Push(
    payload=OrderPayload, send=send_order, find=find_order, checks=order_checks, standing=STANDING
)
