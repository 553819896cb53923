"""Reconciliation of orders: what was sent, beside what stands at the provider. Pure but for the reading."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from integrations.comparing_models import What
from integrations.kernel.connector import Standing
from integrations.kernel.payloads import OrderLinePayload, OrderPayload, StandingOrder
from integrations.months import Month

_CENT = Decimal("0.01")
# As `subscriptions.reference_of` writes it, with the number or without the name.
_OURS = re.compile(r"(?:Busy )?\d+(?:/\d+)?[ -][A-Z2-7]{8}")
Detail = dict[str, Any]  # {"field", "ours", "there"}; a side that has nothing is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An order of ours that arrived: which delivery, under which of the provider's ids, and what was sent."""

    delivery_id: int
    external_id: str
    reference: str
    payload: OrderPayload


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlike:
    """A difference before it is stored. ``there`` is None for what is gone."""

    what: What
    sent: Sent | None
    there: StandingOrder | None
    details: tuple[Detail, ...] = ()

    @property
    def key(self) -> str:
        """Which thing it is about: of what was found twice, the one that is too many."""
        if self.sent is not None and self.what is not What.TWICE:
            return f"order:{self.sent.delivery_id}"
        return f"there:{self.there.external_id if self.there else ''}"[:120]


@dataclass(slots=True)
class Found:
    """What a complete reading showed: the month's orders there, and those of ours that stand elsewhere or are gone."""

    listed: dict[str, StandingOrder] = field(default_factory=dict)
    looked_up: dict[str, StandingOrder | None] = field(default_factory=dict)


def read(standing: Standing[Any], api: Any, month: Month, wanted: Iterable[str], note: Callable[[int], None]) -> Found:
    """Everything dated in the month, and each of the ``wanted`` ids that was not among it. ``note`` hears how many were
    read. Raises ProviderError, and then nothing may be concluded."""
    found = Found()
    for order in standing.between(api, month.first, month.last):
        found.listed[order.external_id] = order
        note(len(found.listed))
    for external_id in wanted:
        if external_id not in found.listed:
            found.looked_up[external_id] = standing.one(api, external_id)
            note(len(found.listed) + len(found.looked_up))
    return found


def compare(sent: Iterable[Sent], found: Found) -> tuple[list[Sent], list[Unlike]]:
    """What stands there as it was sent, and what does not."""
    equal, unlike = [], []
    for one in sent:
        there = found.listed.get(one.external_id) or found.looked_up.get(one.external_id)
        if there is None:
            unlike.append(Unlike(what=What.MISSING, sent=one, there=None))
        elif details := differences(one.payload, there):
            unlike.append(Unlike(what=What.DIFFERENT, sent=one, there=there, details=tuple(details)))
        else:
            equal.append(one)
    return equal, unlike


def strangers(
    found: Found, known_ids: Iterable[str], by_reference: Mapping[str, Sent | None]
) -> tuple[list[Unlike], int]:
    """What bears our sign and is not ours, and how many orders bear none.

    ``by_reference`` are deliveries that have not been taken back, with what was sent if it arrived: one that has not is
    looked for by itself, and is no stranger.
    """
    known = set(known_ids)
    unlike, others = [], 0
    for order in found.listed.values():
        if order.external_id in known:
            continue
        if order.reference in by_reference:
            sent = by_reference[order.reference]
            if sent is not None:
                unlike.append(Unlike(what=What.TWICE, sent=sent, there=order))
        elif is_reference(order.reference):
            unlike.append(Unlike(what=What.UNKNOWN, sent=None, there=order))
        else:
            others += 1
    return unlike, others


def is_reference(text: str) -> bool:
    """Whether Busy may have written it, for this workspace or another one of the same company."""
    return _OURS.fullmatch(text.strip()) is not None


def total(lines: Iterable[OrderLinePayload]) -> Decimal:
    """Excluding VAT, each line rounded by itself."""
    return sum((_amount(line) for line in lines), Decimal(0))


def _amount(line: OrderLinePayload) -> Decimal:
    whole = line.quantity * line.unit_price * (100 - line.discount_percent) / 100
    return whole.quantize(_CENT, ROUND_HALF_UP)


def differences(sent: OrderPayload, there: StandingOrder) -> list[Detail]:
    """In the order a person asks: how much, whom for, what."""
    found: list[Detail] = []
    currency = there.currency or sent.currency
    ours, theirs = total(sent.lines), total(there.lines)
    is_read = "lines" not in there.unread
    if (is_read and ours != theirs) or currency != sent.currency:
        found.append(_detail("total", f"{ours} {sent.currency}", f"{theirs} {currency}"))
    if sent.customer_id != there.customer_id:
        found.append(_detail("customer", sent.customer_id, there.customer_id))
    if "project" not in there.unread and sent.project_id != there.project_id:
        found.append(_detail("project", sent.project_id, there.project_id))
    return found + (_lines(sent.lines, there.lines) if is_read else [])


def _detail(name: str, ours: Any, there: Any) -> Detail:
    return {"field": name, "ours": ours, "there": there}


def _lines(sent: Iterable[OrderLinePayload], there: Iterable[OrderLinePayload]) -> list[Detail]:
    """Lines that only one side has, side by side. Their order says nothing, and a provider may word a line anew: only
    what is paid for is compared."""
    ours, theirs = [_shown(line) for line in sent], [_shown(line) for line in there]
    left, right = Counter(map(_paid, ours)), Counter(map(_paid, theirs))
    only_ours = _rest(ours, left - right)
    only_theirs = _rest(theirs, right - left)
    length = max(len(only_ours), len(only_theirs))
    pad = [None] * length
    pairs = zip((only_ours + pad)[:length], (only_theirs + pad)[:length], strict=True)
    return [_detail("line", one, other) for one, other in pairs]


def _shown(line: OrderLinePayload) -> Detail:
    return {
        "description": line.description,
        "quantity": _plain(line.quantity),
        "unit_price": _plain(line.unit_price),
        "discount": _plain(line.discount_percent),
        "product": line.product_id or "",
    }


def _paid(line: Detail) -> tuple[str, ...]:
    return (line["quantity"], line["unit_price"], line["discount"], line["product"])


def _plain(number: Decimal) -> str:
    """1, 1.0 and 1.00 are one number."""
    return f"{number.normalize():f}" if number else "0"


def _rest(lines: list[Detail], wanted: Counter[tuple[str, ...]]) -> list[Any]:
    kept = []
    for line in lines:
        if wanted[_paid(line)] > 0:
            wanted[_paid(line)] -= 1
            kept.append(line)
    return kept


def mark(what: str, details: Iterable[Detail]) -> str:
    """Tells one difference of a thing from another."""
    told = msgspec.json.encode([what, list(details)])
    return hashlib.blake2b(told, digest_size=16).hexdigest()
