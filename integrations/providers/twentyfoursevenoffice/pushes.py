"""Sending an order: header and lines in one call. `ProductionNumber` carries our reference, by which it is found again.

The administrator chooses the status it arrives with; it is never invoiced from here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from integrations.kernel.connector import Push
from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    MappingError,
    NotReady,
    Param,
    Problem,
    ProviderError,
    RecordRef,
    Refused,
    Turn,
    Unclear,
)
from integrations.kernel.parse import Row, as_row, identifier, optional_identifier
from integrations.kernel.payloads import OrderPayload, Receipt
from integrations.kernel.pushing import explained, line_differences, unverified
from integrations.providers.twentyfoursevenoffice import mapping, refusals
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.checks import order_checks, user_of
from integrations.providers.twentyfoursevenoffice.facts import FACTS
from integrations.providers.twentyfoursevenoffice.reconstructed import noon
from integrations.providers.twentyfoursevenoffice.standing import STANDING, ids_since, order, orders_of

# An order is looked for among those made since so long before its date and before now: it may be dated ahead, and have
# waited for a new sign-in before anybody could look.
_LOOK_BACK = timedelta(days=60)
_STATUS = FACTS.options[0]


def send_order(api: OfficeApi, payload: OrderPayload) -> Receipt:
    """One call. Raises NotReady, Refused with the reason found by asking, Unclear when the answer was not seen.

    What is read after the call can fail without making the order undone: it becomes a remark.
    """
    _ensure_fits(payload)
    body = mapping.order_body(payload, status=_status(api), our_reference=_our_reference(api, payload))
    try:
        made = api.tell("SaveInvoices", right="orders", invoices={"InvoiceOrder": [body]})
        row = _only(made)
        if (exception := mapping.exception_of(row)) is not None:
            raise refusals.item_refused(exception)
    except Refused as refusal:
        raise explained(refusal, partial(order_checks, api, payload)) from None
    try:
        receipt = _receipt(api, row)
    except MappingError as error:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=error.path) from None
    return _verified(api, payload, receipt)


def find_order(api: OfficeApi, payload: OrderPayload) -> Receipt | None:
    """The order that carries our reference, from an earlier attempt.

    Raises Refused when there are two of them: a person must say which one counts.
    """
    ids = ids_since(api, earliest(payload.order_date, api.now()))
    found = {identifier(row, "OrderId"): row for row in orders_of(api, ids) if mapping.carries(row, payload.reference)}
    if len(found) > 1:
        raise Refused(Problem(code=Code.FOUND_TWICE, params={"ids": list(found)}, turn=Turn.ACCOUNTING))
    if not found:
        return None
    (row,) = found.values()
    receipt = replace(_receipt(api, row), adopted=True)
    return replace(receipt, remarks=_differences(payload, row, receipt))


def earliest(order_date: date, now: datetime) -> datetime:
    return min(noon(order_date), now) - _LOOK_BACK


def _status(api: OfficeApi) -> str:
    """What was chosen, as long as it is one of those on offer: never "Invoiced"."""
    chosen = api.options.get(_STATUS.key, "")
    return chosen if chosen in {value for value, _ in _STATUS.choices} else _STATUS.default


def _ensure_fits(payload: OrderPayload) -> None:
    limit = FACTS.order_reference.length if FACTS.order_reference else 0
    if len(payload.reference) > limit:
        raise _not_ready(Code.REFERENCE_TOO_LONG, Turn.BUSY, length=len(payload.reference), limit=limit)
    if len(payload.comment) > mapping.LONGEST_TEXT:
        raise _not_ready("text_too_long", Turn.AUTHOR, length=len(payload.comment), limit=mapping.LONGEST_TEXT)
    for index, line in enumerate(payload.lines):
        if line.product_id is None:
            record = RecordRef(what="product", line=index)
            raise _not_ready("line_without_product", Turn.AUTHOR, record, line=line.description)


def _our_reference(api: OfficeApi, payload: OrderPayload) -> str | None:
    """Orders name people by their EmployeeId, which only the list of users knows. Raises NotReady when it has none."""
    contact = payload.our_reference_employee_id
    if contact is None:
        return None
    user = user_of(api, contact)
    found = optional_identifier(user, "EmployeeId") if user is not None else ""
    if not found:
        record = RecordRef(what="employee", external_id=contact)
        name = payload.our_reference_name or contact
        raise _not_ready("our_reference_unknown", Turn.AUTHOR, record, name=name, number=contact)
    return found


def _not_ready(code: str, turn: Turn, record: RecordRef | None = None, **params: Param) -> NotReady:
    cure = Cure(page=CurePage.ORDER)
    return NotReady(Problem(code=code, params=params, record=record, turn=turn, cure=cure))


def _only(made: object) -> Row:
    """The one row of the answer; what else it may be leaves open what was done."""
    if isinstance(made, list) and len(made) == 1:
        return as_row(made[0], "InvoiceOrder")
    raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail="SaveInvoices")


def _receipt(api: OfficeApi, row: Row) -> Receipt:
    external_id = identifier(row, "OrderId")
    return Receipt(external_id=external_id, number=external_id, url=api.link("order", external_id))


def _verified(api: OfficeApi, payload: OrderPayload, receipt: Receipt) -> Receipt:
    try:
        stored = order(api, receipt.external_id)
        if stored is None:
            raise MappingError("GetInvoices", "the order just made")
        return replace(receipt, remarks=_differences(payload, stored, receipt))
    except ProviderError as error:
        return unverified(receipt, error)


def _differences(payload: OrderPayload, stored: Row, receipt: Receipt) -> tuple[Problem, ...]:
    return line_differences(payload, mapping.stored_lines(stored), receipt)


ORDERS: Push[OfficeApi, OrderPayload] = Push(
    payload=OrderPayload, send=send_order, find=find_order, checks=order_checks, standing=STANDING
)
