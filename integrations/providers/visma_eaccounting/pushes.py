"""Sending an order: it arrives as a draft and stays one, until somebody in Visma eAccounting goes on with it (R54).

Nothing here converts: `/orders/{id}/convert` would book an invoice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
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
from integrations.kernel.parse import Row, flag, identifier, optional_decimal, optional_identifier, optional_text
from integrations.kernel.payloads import OrderPayload, Receipt
from integrations.kernel.pushing import differs, explained, line_differences, unverified
from integrations.providers.visma_eaccounting import mapping
from integrations.providers.visma_eaccounting.api import EaccountingApi, QueryRefused
from integrations.providers.visma_eaccounting.checks import order_checks
from integrations.providers.visma_eaccounting.facts import FACTS
from integrations.providers.visma_eaccounting.listing import walk
from integrations.providers.visma_eaccounting.lookups import terms_of
from integrations.providers.visma_eaccounting.standing import STANDING

# An order is looked for among those made since so long before its date and before now: it may be dated ahead, and have
# waited for a new sign-in before anybody could look.
_LOOK_BACK = timedelta(days=366)
_ROUNDING = Decimal(1)  # what the total may differ by, since documents are rounded there


def send_order(api: EaccountingApi, payload: OrderPayload) -> Receipt:
    """One POST. Raises Refused with the reason found by asking, Unclear when the answer was not seen.

    What is read after the POST can fail without making the order undone: it becomes a remark.
    """
    _ensure_fits(payload)
    customer = api.get_one(f"/customers/{payload.customer_id}", right="customers")
    try:
        made = api.post_order(mapping.order_body(payload, customer, terms=terms_of(api, customer)))
    except Refused as refusal:
        raise _explained(api, payload, refusal) from None
    try:
        receipt = _receipt(api, made)
    except MappingError as error:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=error.path) from None
    return _verified(api, payload, receipt)


def find_order(api: EaccountingApi, payload: OrderPayload) -> Receipt | None:
    """The order whose first row is our reference, from an earlier attempt.

    Raises Refused when there are two of them: a person must say which one counts.
    """
    found = {identifier(row, "Id"): row for row in _orders_of(api, payload) if mapping.carries(row, payload.reference)}
    if len(found) > 1:
        ids = [optional_identifier(row, "Number") or key for key, row in found.items()]
        raise Refused(Problem(code=Code.FOUND_TWICE, params={"ids": ids}, turn=Turn.ACCOUNTING))
    if not found:
        return None
    (row,) = found.values()
    receipt = replace(_receipt(api, row), adopted=True)
    return replace(receipt, remarks=_differences(api, payload, row, receipt))


def _ensure_fits(payload: OrderPayload) -> None:
    limit = FACTS.order_reference.length if FACTS.order_reference else 0
    if len(payload.reference) > limit:
        params = {"length": len(payload.reference), "limit": limit}
        raise NotReady(Problem(code=Code.REFERENCE_TOO_LONG, params=params, turn=Turn.BUSY))


def _orders_of(api: EaccountingApi, payload: OrderPayload) -> Iterator[Row]:
    """The customer's orders made since the earliest time it can have been; all orders where filters are not taken."""
    since = earliest(payload.order_date, api.now())
    for filters in (f"CustomerId eq {payload.customer_id} and CreatedUtc ge {since}", ""):
        try:
            for page in walk(api, "/orders", right="orders", filters=filters):
                yield from page.rows
            return
        except QueryRefused:
            if not filters:
                raise


def earliest(order_date: date, now: datetime) -> str:
    day = min(order_date, now.astimezone(UTC).date()) - _LOOK_BACK
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _explained(api: EaccountingApi, payload: OrderPayload, refusal: Refused) -> Refused:
    """Why it was refused: the first failed condition of R32, else the provider's own words."""
    if refusal.problem.code != Code.VALIDATION:
        return refusal  # it says itself what it is
    return explained(refusal, partial(order_checks, api, payload))


def _receipt(api: EaccountingApi, row: Row) -> Receipt:
    """A draft may have no number yet [spec: nullable]."""
    return Receipt(
        external_id=identifier(row, "Id"),
        number=optional_identifier(row, "Number"),
        url=api.link("order"),
        version=optional_text(row, "ModifiedUtc"),
    )


def _verified(api: EaccountingApi, payload: OrderPayload, receipt: Receipt) -> Receipt:
    """Read it back: what was stored, with the number and the amounts that Visma gave it."""
    try:
        stored = api.get_one(f"/orders/{receipt.external_id}", right="orders")
        if stored is None:
            raise MappingError(f"/orders/{receipt.external_id}", "the order just made")
        seen = _receipt(api, stored)
        return replace(seen, remarks=_differences(api, payload, stored, seen))
    except ProviderError as error:
        return unverified(receipt, error)


def _differences(api: EaccountingApi, payload: OrderPayload, stored: Row, receipt: Receipt) -> tuple[Problem, ...]:
    """What stands there otherwise than it was sent: rows, and the total when prices were read in another way."""
    remarks = line_differences(payload, mapping.stored_lines(stored), receipt)
    if not remarks and flag(stored, "IncludesVat", default=False):
        # A private customer's prices may be read as including VAT, by a setting of the company [spec].
        total = optional_decimal(stored, "Amount") or Decimal(0)
        net = total - (optional_decimal(stored, "VatAmount") or Decimal(0))
        wanted = sum(
            (line.quantity * line.unit_price * (1 - line.discount_percent / 100) for line in payload.lines), Decimal(0)
        )
        if abs(net - wanted) > _ROUNDING:
            return (differs(receipt, "total", wanted.quantize(Decimal("0.01")), net),)
    return remarks


ORDERS: Push[EaccountingApi, OrderPayload] = Push(
    payload=OrderPayload, send=send_order, find=find_order, checks=order_checks, standing=STANDING
)
