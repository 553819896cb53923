"""Sending an order: a header, then its lines (R105). Our reference, in `OurRef` and on each line, has it sent once.

Whoever sends looks first: an order that is there is taken over, one that is there by half is made whole, one that has
become an invoice is left alone. Nothing here invoices: that books (R28).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from integrations.kernel.connector import Push
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
from integrations.kernel.parse import Row
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, Receipt
from integrations.kernel.pushing import differs, explained, line_differences, unverified
from integrations.providers.uniconta import mapping
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.checks import order_checks
from integrations.providers.uniconta.facts import FACTS
from integrations.providers.uniconta.reconstructed import carries, stored_key
from integrations.providers.uniconta.standing import INVOICES, LINES, ORDERS_TABLE, STANDING

_RIGHT = "orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An order that carries our reference, as it stands there."""

    number: str
    is_invoiced: bool = False
    whole: Row = field(default_factory=dict)
    lines: dict[int, OrderLinePayload] = field(default_factory=dict)  # by our index
    strange: int = 0  # lines that are none of ours

    def lacks(self, payload: OrderPayload) -> list[int]:
        return [] if self.is_invoiced else [index for index in range(len(payload.lines)) if index not in self.lines]


def send_order(api: UnicontaApi, payload: OrderPayload) -> Receipt:
    """Raises Refused with the reason found by asking, Unclear when the answer was not seen.

    What is read after the last write can fail without making the order undone: it becomes a remark.
    """
    limit = FACTS.order_reference.length if FACTS.order_reference else 0
    if len(payload.reference) > limit:
        params = {"length": len(payload.reference), "limit": limit}
        raise NotReady(Problem(code=Code.REFERENCE_TOO_LONG, params=params, turn=Turn.BUSY))
    found = _look(api, payload)
    is_adopted = found is not None
    if found is None:
        found = _header(api, payload)
    missing = found.lacks(payload)
    if missing:
        _add_lines(api, payload, found, missing)
    return _verified(api, payload, found, is_adopted=is_adopted and not missing)


def find_order(api: UnicontaApi, payload: OrderPayload) -> Receipt | None:
    """The order or invoice that carries our reference; None also for one that `send_order` will make whole.

    Raises Refused when there are two of them: a person must say which one counts.
    """
    found = _look(api, payload)
    if found is None or found.lacks(payload):
        return None
    receipt = replace(_receipt(api, found), adopted=True)
    return replace(receipt, remarks=_differences(payload, found, receipt))


def _look(api: UnicontaApi, payload: OrderPayload) -> _Found | None:
    """Among the customer's orders, then among the invoices that orders have become."""
    orders = _ours(api, ORDERS_TABLE, payload)
    if not orders:
        invoices = _ours(api, INVOICES, payload)
        return _Found(number=stored_key(invoices[0]), is_invoiced=True) if invoices else None
    if len(orders) > 1:
        ids = [stored_key(row) for row in orders]
        raise Refused(Problem(code=Code.FOUND_TWICE, params={"ids": ids}, turn=Turn.ACCOUNTING))
    number = stored_key(orders[0])
    lines: dict[int, OrderLinePayload] = {}
    strange = 0
    for row in api.query(LINES, "OrderNumber", right=_RIGHT, value=number):
        if stored_key(row) != number:
            continue
        index = mapping.line_index(row, payload.reference)
        if index is None or index in lines or index >= len(payload.lines):
            strange += 1
        else:
            lines[index] = mapping.stored_line(row)
    return _Found(number=number, whole=orders[0], lines=lines, strange=strange)


def _ours(api: UnicontaApi, entity: str, payload: OrderPayload) -> list[Row]:
    rows = api.query(entity, "Account", right=_RIGHT, value=payload.customer_id)
    found = {stored_key(row): row for row in rows if carries(row, payload.reference)}
    return list(found.values())


def _header(api: UnicontaApi, payload: OrderPayload) -> _Found:
    customer = api.one("DebtorClient", "Account", payload.customer_id, right="customers")
    try:
        made = api.insert(ORDERS_TABLE, mapping.order_body(payload, customer, api.answer))
    except Refused as refusal:
        raise _explained(api, payload, refusal) from None
    number = stored_key(made)
    if not number:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail="OrderNumber")
    return _Found(number=number, whole=made)


def _add_lines(api: UnicontaApi, payload: OrderPayload, found: _Found, missing: list[int]) -> None:
    """The missing lines in one call. Raises Refused, having taken the header away again, when they are refused for
    good; whatever else keeps them out is Unclear, for a header stands there."""
    try:
        bodies = [mapping.line_body(payload, index, found.number, api.answer) for index in missing]
        api.insert_list(LINES, bodies)
    except Refused as refusal:
        reason = _explained(api, payload, refusal)
        if found.lines or found.strange or not _taken_away(api, found):
            raise _half(api, found, str(refusal.problem.params.get("message", ""))) from None
        raise reason from None
    except Unclear:
        raise
    except ProviderError as error:  # the header is there, so this send is not undone
        raise Unclear(Code.ANSWER_LOST, reason=str(error.problem.code), detail=LINES) from None


def _taken_away(api: UnicontaApi, found: _Found) -> bool:
    """A header without its lines must not be invoiced. It is read again: what is deleted must be whole."""
    try:
        whole = api.one(ORDERS_TABLE, "OrderNumber", found.number, right=_RIGHT)
        if whole is not None:
            api.delete(ORDERS_TABLE, [whole])
        return True
    except ProviderError:
        return False  # it is said that it stands there; the next send makes it whole, or says so again


def _half(api: UnicontaApi, found: _Found, message: str) -> Refused:
    return Refused(
        Problem(
            code="half_order",
            params={"number": found.number, "message": message},
            record=RecordRef(what="order", external_id=found.number),
            turn=Turn.ACCOUNTING,
            cure=Cure(url=api.link("order")),
        )
    )


def _explained(api: UnicontaApi, payload: OrderPayload, refusal: Refused) -> Refused:
    """Why it was refused: the first failed condition of R32, else Uniconta's own words."""
    return explained(refusal, partial(order_checks, api, payload))


def _receipt(api: UnicontaApi, found: _Found) -> Receipt:
    return Receipt(external_id=found.number, number=found.number, url=api.link("order"))


def _verified(api: UnicontaApi, payload: OrderPayload, found: _Found, *, is_adopted: bool) -> Receipt:
    """Read back: whether all lines stand there as sent."""
    receipt = replace(_receipt(api, found), adopted=is_adopted)
    try:
        stored = _look(api, payload)
        if stored is None:
            raise MappingError(ORDERS_TABLE, "the order just made")
        return replace(receipt, remarks=_differences(payload, stored, receipt))
    except ProviderError as error:
        return unverified(receipt, error)


def _differences(payload: OrderPayload, stored: _Found, receipt: Receipt) -> tuple[Problem, ...]:
    """What stands at Uniconta otherwise than it was sent; of an invoice the lines are not read."""
    if stored.is_invoiced:
        return ()
    if stored.lacks(payload) or stored.strange:
        return (differs(receipt, "lines", len(payload.lines), len(stored.lines) + stored.strange),)
    return line_differences(payload, [stored.lines[index] for index in range(len(payload.lines))], receipt)


ORDERS: Push[UnicontaApi, OrderPayload] = Push(
    payload=OrderPayload, send=send_order, find=find_order, checks=order_checks, standing=STANDING
)
