"""What every connector says of an order in the same way: why it was refused, and what stands there otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from integrations.kernel.connector import Check, CheckState
from integrations.kernel.errors import Code, Cure, Problem, ProviderError, RecordRef, Refused, Turn
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, Receipt

_COMPARED = ("quantity", "unit_price", "discount_percent", "product_id")


def explained(refusal: Refused, checks: Callable[[], Sequence[Check]]) -> Refused:
    """Why it was refused: the first failed condition of R32, with the provider's own words; those alone when all
    conditions hold, or cannot be asked for. Their text depends on the user's language, and may name another field than
    the one at fault."""
    try:
        found = checks()
    except ProviderError:
        return refusal  # the reason we have is better than none
    for check in found:
        if check.state is CheckState.FAILED and check.problem is not None:
            message = refusal.problem.params.get("message", "")
            return Refused(replace(check.problem, params={**check.problem.params, "message": message}))
    return refusal


def unverified(receipt: Receipt, error: ProviderError) -> Receipt:
    """The order is there, and could not be read back."""
    remark = Problem(
        code=Code.NOT_VERIFIED,
        params={"reason": str(error.problem.code)},
        record=RecordRef(what="order", external_id=receipt.external_id),
        turn=Turn.ACCOUNTING,
        cure=Cure(url=receipt.url),
    )
    return replace(receipt, remarks=(remark,))


def differs(receipt: Receipt, field: str, sent: Any, stored: Any, line: int | None = None) -> Problem:
    """One thing that stands there otherwise than it was sent; ``line`` counts from 0."""
    return Problem(
        code=Code.STORED_DIFFERS,
        params={"field": field, "sent": _shown(sent), "stored": _shown(stored)},
        record=RecordRef(what="order", external_id=receipt.external_id, line=line),
        turn=Turn.ACCOUNTING,
        cure=Cure(url=receipt.url),
    )


def line_differences(payload: OrderPayload, there: Sequence[OrderLinePayload], receipt: Receipt) -> tuple[Problem, ...]:
    """``there`` are the stored lines in our order; another number of them is all that is told."""
    if len(there) != len(payload.lines):
        return (differs(receipt, "lines", len(payload.lines), len(there)),)
    return tuple(
        differs(receipt, name, getattr(line, name), getattr(kept, name), index)
        for index, (line, kept) in enumerate(zip(payload.lines, there, strict=True))
        for name in _COMPARED
        if getattr(line, name) != getattr(kept, name)
    )


def _shown(value: Any) -> str:
    """4.0 and 4 are the same amount, and look so."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
