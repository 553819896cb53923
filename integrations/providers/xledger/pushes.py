"""Sending an order: a header, then its lines, in one conversation. `extOrder` is what makes it be sent once.

Whoever sends looks first: an order that is there is taken over, one that is there by half is made whole. A person at
Xledger marks it ready and Xledger makes it a sales order (R47); Busy moves no order on, and touches none that has been.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
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
from integrations.kernel.parse import Row, identifier, optional_identifier, optional_text, rows
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, Receipt
from integrations.kernel.pushing import differs, explained, line_differences, unverified
from integrations.providers.xledger import documents, mapping, refusals
from integrations.providers.xledger.api import Told, XledgerApi, local_text
from integrations.providers.xledger.checks import order_checks
from integrations.providers.xledger.facts import FACTS, ROWS_OF_A_WRITE
from integrations.providers.xledger.listing import walk
from integrations.providers.xledger.reconstructed import Writer, finds_by_reference, order_writer, stored_line_number
from integrations.providers.xledger.refusals import ApiError
from integrations.providers.xledger.standing import STANDING

_SENT_WITHIN = timedelta(days=45)  # how far back changed orders are looked through where the reference is no filter
_FEW = 100  # orders of one page of a search


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """An order that carries our reference, as it stands there."""

    external_id: str
    number: str
    has_moved_on: bool  # it went to invoicing
    lines: dict[int, OrderLinePayload]  # by our index, as far as a line of ours could be recognised
    strange: int  # lines that are none of ours

    def lacks(self, payload: OrderPayload) -> list[int]:
        return [index for index in range(len(payload.lines)) if index not in self.lines]

    def is_begun(self, payload: OrderPayload) -> bool:
        """Ours by half: lines are missing, and those that stand there are as we sent them."""
        are_ours = all(mapping.is_same(payload.lines[index], line) for index, line in self.lines.items())
        return bool(self.lacks(payload)) and are_ours and not self.strange and not self.has_moved_on


def send_order(api: XledgerApi, payload: OrderPayload) -> Receipt:
    """Raises Refused with the reason found by asking, Unclear when the answer was not seen.

    What is read after the last write can fail without making the order undone: it becomes a remark.
    """
    _ensure_fits(payload)
    writer = _writer(api)
    standing = _look(api, payload)
    is_adopted = standing is not None
    if standing is None:
        standing = _header(api, payload, writer)
    missing = standing.lacks(payload)
    if missing and (not is_adopted or standing.is_begun(payload)):
        _add_lines(api, payload, writer, standing, missing)
    elif missing and not standing.has_moved_on:
        raise _half(api, standing)
    return _verified(api, payload, standing, is_adopted=is_adopted and not missing)


def find_order(api: XledgerApi, payload: OrderPayload) -> Receipt | None:
    """The order that carries our reference, from an earlier attempt; None also for one that `send_order` will make
    whole. Raises Refused when there are two of them: a person must say which one counts."""
    standing = _look(api, payload)
    if standing is None or standing.is_begun(payload):
        return None
    receipt = replace(_receipt(api, standing), adopted=True)
    return replace(receipt, remarks=_differences(payload, standing, receipt))


def _ensure_fits(payload: OrderPayload) -> None:
    limit = FACTS.order_reference.length if FACTS.order_reference else 0
    if len(payload.reference) > limit:
        params = {"length": len(payload.reference), "limit": limit}
        raise NotReady(Problem(code=Code.REFERENCE_TOO_LONG, params=params, turn=Turn.BUSY))


def _writer(api: XledgerApi) -> Writer:
    """Raises Refused when the schema offers no way to write orders: a right is missing, or we know it badly."""
    writer = order_writer(api.schema())
    if writer is None:
        error = ApiError(status=0, code="", message="Access denied: no order mutation in the schema")
        raise refusals.write_refused([error], "order_write")
    return writer


# --- Looking ----------------------------------------------------------------------------------------------------------


def _look(api: XledgerApi, payload: OrderPayload, name: str = "FindOrder") -> _Standing | None:
    schema = api.schema()
    is_by_reference = finds_by_reference(schema)
    number = stored_line_number(schema)
    document = documents.orders(name, is_by_reference=is_by_reference, line_number=number)
    variables = {"ext": payload.reference} if is_by_reference else {"since": local_text(api.now() - _SENT_WITHIN)}
    pages = walk(api, document, "orders", right="order", variables=variables, first=_FEW)
    found = [row for page in pages for row in page.rows if mapping.carries(row, payload.reference)]
    if len(found) > 1:
        ids = [optional_identifier(row, "orderNumber") or identifier(row, "dbId") for row in found]
        raise Refused(Problem(code=Code.FOUND_TWICE, params={"ids": ids}, turn=Turn.ACCOUNTING))
    return _standing(found[0], payload, number) if found else None


def _standing(row: Row, payload: OrderPayload, number: str) -> _Standing:
    lines: dict[int, OrderLinePayload] = {}
    strange = 0
    for stored in rows(row, "details") if row.get("details") is not None else []:
        line = mapping.stored_line(stored)
        index = _index(stored, line, payload, number, lines)
        if index is None:
            strange += 1
        else:
            lines[index] = line
    return _Standing(
        external_id=identifier(row, "dbId"),
        number=optional_identifier(row, "orderNumber"),
        has_moved_on=bool(optional_text(row, "transferredBillingDate")),
        lines=lines,
        strange=strange,
    )


def _index(
    stored: Row, line: OrderLinePayload, payload: OrderPayload, number: str, taken: dict[int, OrderLinePayload]
) -> int | None:
    """Which of our lines it is: by its number, else the first that is like it and not yet found."""
    said = optional_identifier(stored, number) if number else ""
    if said.isdigit():
        index = int(said) - 1
        return index if index in range(len(payload.lines)) and index not in taken else None
    free = (i for i in range(len(payload.lines)) if i not in taken)
    return next((i for i in free if mapping.is_same(payload.lines[i], line)), None)


# --- Writing ----------------------------------------------------------------------------------------------------------


def _header(api: XledgerApi, payload: OrderPayload, writer: Writer) -> _Standing:
    """One header. After an error answer we look: what is not there then was refused."""
    document = documents.add("AddOrder", writer.header, writer.header_input, "dbId orderNumber extOrder")
    variables = {"inputs": [{"clientId": "order", "node": mapping.order_node(payload, writer)}]}
    told = api.tell(writer.header, document, variables)
    node = told.nodes.get("order")
    if node is not None:
        number = optional_identifier(node, "orderNumber")
        external_id = identifier(node, "dbId")
        return _Standing(external_id=external_id, number=number, has_moved_on=False, lines={}, strange=0)
    if not told.errors:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=writer.header)
    standing = _looked_after(api, payload)
    if standing is None:
        raise _explained(api, payload, refusals.write_refused(told.errors, "order_write"))
    return standing


def _add_lines(api: XledgerApi, payload: OrderPayload, writer: Writer, standing: _Standing, missing: list[int]) -> None:
    """The missing lines. Raises Refused, having taken the header away again, when one of them is refused for good;
    whatever else keeps them out is Unclear, for a header stands there."""
    document = documents.add("AddOrderLines", writer.lines, writer.lines_input, "dbId")
    for start in range(0, len(missing), ROWS_OF_A_WRITE):
        chunk = missing[start : start + ROWS_OF_A_WRITE]
        inputs = [
            {"clientId": str(index), "node": mapping.line_node(payload, index, standing.external_id, writer)}
            for index in chunk
        ]
        try:
            told = api.tell(writer.lines, document, {"inputs": inputs})
        except Unclear:
            raise
        except ProviderError as error:  # the header is there, so this send is not undone
            raise Unclear(Code.ANSWER_LOST, reason=str(error.problem.code), detail=writer.lines) from None
        if not {str(index) for index in chunk} <= set(told.nodes):
            _ensure_arrived(api, payload, writer, standing, chunk, told)


def _ensure_arrived(
    api: XledgerApi, payload: OrderPayload, writer: Writer, standing: _Standing, chunk: list[int], told: Told
) -> None:
    """Some rows came back without a node: are they there all the same?"""
    now = _looked_after(api, payload)
    absent = [index for index in chunk if now is None or index not in now.lines]
    if not absent:
        return
    if not told.errors:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=writer.lines)
    line = _line_of(told.errors[0], chunk, absent)
    refusal = refusals.write_refused(told.errors, "order_detail_write", line)
    if not isinstance(refusal, Refused):
        raise Unclear(Code.ANSWER_LOST, reason=str(refusal.problem.code), detail=writer.lines)
    explained = _explained(api, payload, refusal)
    if not _taken_away(api, writer, standing):
        raise _half(api, standing, str(refusal.problem.params.get("message", "")))
    raise explained


def _line_of(error: ApiError, chunk: list[int], absent: list[int]) -> int:
    """The line an error is about: by its place in the answer's path, else the first that is absent."""
    place = next((part for part in error.path if isinstance(part, int)), None)
    return chunk[place] if place is not None and place < len(chunk) else absent[0]


def _looked_after(api: XledgerApi, payload: OrderPayload) -> _Standing | None:
    """What stands there after an error answer. Raises Unclear when that cannot be seen, Refused when it is twice."""
    try:
        return _look(api, payload)
    except Refused:
        raise
    except ProviderError as error:
        raise Unclear(Code.ANSWER_LOST, reason=str(error.problem.code), detail="look") from None


def _taken_away(api: XledgerApi, writer: Writer, standing: _Standing) -> bool:
    """A header without its lines must not be invoiced."""
    if not writer.remove:
        return False
    try:
        return api.take_away(writer.remove, documents.remove(writer.remove), {"ids": [standing.external_id]})
    except ProviderError:
        return False  # it is said that it stands there; the next send makes it whole, or says so again


def _half(api: XledgerApi, standing: _Standing, message: str = "") -> Refused:
    record = RecordRef(what="order", external_id=standing.external_id)
    return Refused(
        Problem(
            code="half_order",
            params={"number": standing.number or standing.external_id, "message": message},
            record=record,
            turn=Turn.ACCOUNTING,
            cure=Cure(url=api.link("order", standing.external_id)),
        )
    )


def _explained(api: XledgerApi, payload: OrderPayload, refusal: ProviderError) -> ProviderError:
    """Why it was refused: the first failed condition of R32 and R49, else Xledger's own words."""
    if not isinstance(refusal, Refused):
        return refusal
    return explained(refusal, partial(order_checks, api, payload))


# --- What stands there ------------------------------------------------------------------------------------------------


def _receipt(api: XledgerApi, standing: _Standing) -> Receipt:
    url = api.link("order", standing.external_id)
    return Receipt(external_id=standing.external_id, number=standing.number, url=url)


def _verified(api: XledgerApi, payload: OrderPayload, standing: _Standing, *, is_adopted: bool) -> Receipt:
    """Read back: whether all lines stand there as sent, and what number it got."""
    receipt = replace(_receipt(api, standing), adopted=is_adopted)
    try:
        stored = _look(api, payload, "OrderStored")
        if stored is None:
            raise MappingError("orders", "the order just made")
        seen = replace(_receipt(api, stored), adopted=is_adopted)
        return replace(seen, remarks=_differences(payload, stored, seen))
    except ProviderError as error:
        return unverified(receipt, error)


def _differences(payload: OrderPayload, stored: _Standing, receipt: Receipt) -> tuple[Problem, ...]:
    """What stands at Xledger otherwise than it was sent."""
    if stored.lacks(payload) or stored.strange:
        return (differs(receipt, "lines", len(payload.lines), len(stored.lines) + stored.strange),)
    return line_differences(payload, [stored.lines[index] for index in range(len(payload.lines))], receipt)


ORDERS: Push[XledgerApi, OrderPayload] = Push(
    payload=OrderPayload, send=send_order, find=find_order, checks=order_checks, standing=STANDING
)
