"""Sending an order: it stays an open order in Tripletex, which is what its people call a draft.

We never call `:invoice`: that makes a real invoice and sends it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from integrations.kernel.connector import Push
from integrations.kernel.errors import (
    Code,
    MappingError,
    NotReady,
    Problem,
    ProviderError,
    Refused,
    Turn,
    Unclear,
)
from integrations.kernel.parse import Row, identifier, optional_identifier, optional_text, rows
from integrations.kernel.payloads import OrderPayload, Receipt
from integrations.kernel.pushing import explained, line_differences, unverified
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
        raise explained(refusal, partial(order_checks, api, payload)) from None
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
        return unverified(receipt, error)


def _differences(payload: OrderPayload, stored: Row, receipt: Receipt) -> tuple[Problem, ...]:
    """What stands at Tripletex otherwise than it was sent."""
    in_order = sorted(rows(stored, "orderLines"), key=lambda row: int(identifier(row, "id")))
    return line_differences(payload, [mapping.stored_line(row) for row in in_order], receipt)


ORDERS: Push[TripletexApi, OrderPayload] = Push(
    payload=OrderPayload, send=send_order, find=find_order, checks=order_checks, standing=STANDING
)
