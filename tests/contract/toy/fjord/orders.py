"""Orders become invoices that wait in Fjord, and are read back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.kernel.connector import Check, CheckState, Push, Standing
from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    MappingError,
    NotReady,
    Problem,
    ProviderError,
    RecordRef,
    Refused,
    Temporary,
    Turn,
    Unclear,
)
from integrations.kernel.parse import Row, flag, identifier, optional_decimal, optional_identifier, rows, text
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, Receipt, StandingOrder

from .api import FjordApi
from .facts import FACTS


def send(api: FjordApi, payload: OrderPayload) -> Receipt:
    limit = FACTS.order_reference.length if FACTS.order_reference else 0
    if len(payload.reference) > limit:
        params = {"length": len(payload.reference), "limit": limit}
        raise NotReady(Problem(code=Code.REFERENCE_TOO_LONG, params=params, turn=Turn.BUSY))
    try:
        made = api.post("/invoices", _body(payload))
    except Refused as refused:
        raise _explained(api, payload, refused) from None
    try:
        receipt = _receipt(api, made)
    except MappingError as error:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=error.path) from None
    return _verified(api, receipt)


def find(api: FjordApi, payload: OrderPayload) -> Receipt | None:
    found = rows(api.get("/invoices", {"reference": payload.reference}), "rows")
    if len(found) > 1:
        ids = [identifier(row, "id") for row in found]
        raise Refused(Problem(code=Code.FOUND_TWICE, params={"ids": ids}, turn=Turn.ACCOUNTING))
    return replace(_receipt(api, found[0]), adopted=True) if found else None


def checks(api: FjordApi, payload: OrderPayload) -> list[Check]:
    wanted = [("customer", payload.customer_id)]
    if payload.project_id is not None:
        wanted.append(("project", payload.project_id))
    wanted += [("product", one) for one in dict.fromkeys(line.product_id for line in payload.lines) if one]
    return [_check(api, what, external_id) for what, external_id in wanted]


_MISSING = {"customer": Code.CUSTOMER_MISSING, "project": Code.PROJECT_MISSING, "product": Code.PRODUCT_MISSING}
_OFF = {"customer": Code.CUSTOMER_INACTIVE, "project": Code.PROJECT_CLOSED, "product": Code.PRODUCT_INACTIVE}


def _check(api: FjordApi, what: str, external_id: str) -> Check:
    name, record = f"{what}_active", RecordRef(what=what, external_id=external_id)
    try:
        row = api.get(f"/{what}s/{external_id}")
    except Temporary as error:
        return Check(name=name, state=CheckState.UNKNOWN, record=record, problem=error.problem)
    if row is not None and not flag(row, "off", default=False):
        return Check(name=name, state=CheckState.PASSED, record=record, label=text(row, "name"))
    params = {"name": text(row, "name"), "number": optional_identifier(row, "no")} if row else {}
    code = _OFF[what] if row else _MISSING[what]
    problem = Problem(code=code, params=params, record=record, turn=Turn.ACCOUNTING, cure=Cure(page=CurePage.ORDER))
    return Check(name=name, state=CheckState.FAILED, record=record, label=params.get("name", ""), problem=problem)


def _explained(api: FjordApi, payload: OrderPayload, refused: Refused) -> Refused:
    """The first condition that does not hold, with Fjord's own words."""
    try:
        failed = [check.problem for check in checks(api, payload) if check.state is CheckState.FAILED]
    except ProviderError:
        return refused
    message = refused.problem.params.get("message", "")
    for problem in failed:
        if problem is not None:
            return Refused(replace(problem, params={**problem.params, "message": message}))
    return refused


def _body(payload: OrderPayload) -> dict[str, Any]:
    return {
        "reference": payload.reference,
        "customer": payload.customer_id,
        "project": payload.project_id,
        "date": payload.order_date.isoformat(),
        "currency": payload.currency,
        "lines": [
            {
                "text": line.description,
                "count": line.quantity,
                "price": line.unit_price,
                "discount": line.discount_percent,
                "product": line.product_id,
            }
            for line in payload.lines
        ],
    }


def _receipt(api: FjordApi, row: Row) -> Receipt:
    external_id = identifier(row, "id")
    return Receipt(external_id=external_id, number=identifier(row, "no"), url=api.link(external_id))


def _verified(api: FjordApi, receipt: Receipt) -> Receipt:
    try:
        stored = one(api, receipt.external_id)
        code = "" if stored else str(Code.UNKNOWN_ANSWER)
    except ProviderError as error:
        code = str(error.problem.code)
    if not code:
        return receipt
    remark = Problem(code=Code.NOT_VERIFIED, params={"reason": code}, turn=Turn.ACCOUNTING)
    return replace(receipt, remarks=(remark,))


def _standing(api: FjordApi, row: Row) -> StandingOrder:
    external_id = identifier(row, "id")
    return StandingOrder(
        external_id=external_id,
        reference=text(row, "reference"),
        number=identifier(row, "no"),
        url=api.link(external_id),
        customer_id=optional_identifier(row, "customer") or None,
        project_id=optional_identifier(row, "project") or None,
        currency=text(row, "currency"),
        lines=tuple(_line(line) for line in rows(row, "lines")),
    )


def _line(row: Row) -> OrderLinePayload:
    return OrderLinePayload(
        description=text(row, "text"),
        quantity=optional_decimal(row, "count") or Decimal(0),
        unit_price=optional_decimal(row, "price") or Decimal(0),
        discount_percent=optional_decimal(row, "discount") or Decimal(0),
        product_id=optional_identifier(row, "product") or None,
    )


def between(api: FjordApi, first: date, last: date) -> Iterator[StandingOrder]:
    body = api.get("/invoices", {"from": first.isoformat(), "to": last.isoformat()})
    for row in rows(body, "rows"):
        yield _standing(api, row)


def one(api: FjordApi, external_id: str) -> StandingOrder | None:
    row = api.get(f"/invoices/{external_id}")
    return _standing(api, row) if row is not None else None


ORDERS: Push[FjordApi, OrderPayload] = Push(
    payload=OrderPayload, send=send, find=find, checks=checks, standing=Standing(between=between, one=one)
)
