"""What is pushed to a provider, and the receipt that comes back.

Payloads are frozen in the database before the first attempt, so they go to JSON and back without loss: amounts and
quantities as decimal strings, days as ISO dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

import msgspec

from integrations.kernel.errors import Json, Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinePayload:
    description: str
    quantity: Decimal  # in `unit`, already rounded to what the order shows
    unit_price: Decimal  # excluding VAT, in the order's currency
    product_id: str | None = None  # the provider's id
    unit: str = ""
    discount_percent: Decimal = Decimal(0)  # 0 to 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPayload:
    """A finished order. All ids are the provider's.

    `reference` is made by Busy and stored before the first attempt, e.g. "Busy 2026-118/1" (order number and revision).
    It is unique in the connection and is what `Push.find` looks for. At most `ProviderFacts.order_reference.length`.
    """

    reference: str
    number: str  # Busy's order number, for people
    customer_id: str
    project_id: str | None = None
    our_reference_employee_id: str | None = None  # R34, R35
    our_reference_name: str = ""  # for providers that take a name
    order_date: date
    delivery_date: date
    currency: str  # ISO 4217
    comment: str = ""  # printed on the invoice
    lines: tuple[OrderLinePayload, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursPayload:
    """The wanted total of one cell (R90): 0 minutes means that nothing may stand there. All ids are the provider's."""

    reference: str
    employee_id: str
    project_id: str | None
    work_type_id: str
    task_id: str | None = None  # only where `ProviderFacts.hours_on_tasks`; None: hours without a task
    day: date
    minutes: int  # whole minutes, at most 1440; the mapping makes the provider's decimals
    billable_minutes: int | None = None  # None: the provider decides
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHours:
    """What Busy knows of a cell from earlier puts: what tells its own hours from those of others (R92)."""

    external_id: str = ""  # the provider's id of the entry we put there; "" when none
    version: str = ""
    minutes: int | None = None  # what we last saw stored; None: never sent
    in_doubt: tuple[int, ...] = ()  # totals that earlier puts may have stored without our seeing the answer
    overwrite: bool = False  # an administrator chose to overwrite what Busy did not send


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingHours:
    """One cell as it stands at the provider: for reconciliation and conflicts."""

    external_id: str
    employee_id: str
    project_id: str | None
    work_type_id: str
    task_id: str | None = None
    day: date
    minutes: int  # whole minutes, rounded when the provider holds a fraction of one
    version: str = ""
    locked: bool = False  # locked, approved or invoiced there
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDays:
    """Days, both ends included, on which the provider takes no hours of an employee any more."""

    employee_id: str
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrder:
    """An order as it stands at the provider: for reconciliation. `lines` in the order they stand there."""

    external_id: str
    reference: str  # the text in the field of `ProviderFacts.order_reference`, whoever wrote it
    number: str = ""
    url: str = ""
    customer_id: str | None = None
    project_id: str | None = None
    currency: str = ""  # ISO 4217; "" when the provider does not say
    unread: tuple[str, ...] = ()  # "project", "lines": what the provider does not let us read, and so is not compared
    lines: tuple[OrderLinePayload, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the provider gave us for a payload."""

    external_id: str  # "" when nothing stands there any more (hours of 0 minutes)
    number: str = ""  # what people at the provider call it
    url: str = ""  # opens it at the provider; "" when there is no such page
    version: str = ""
    adopted: bool = False  # found from an earlier attempt, not made by this one
    remarks: tuple[Problem, ...] = ()  # it is there, but not quite as sent


def to_json(value: OrderPayload | HoursPayload | KnownHours | Receipt) -> dict[str, Json]:
    """A dict of plain JSON values, exact for `Decimal` and `date`."""
    built: dict[str, Json] = msgspec.json.decode(msgspec.json.encode(value))
    return built


def from_json(kind: type[T], data: Mapping[str, object]) -> T:
    """The inverse of `to_json`. Unknown keys are ignored (an older process reads a newer row).

    Raises ValueError when something is missing or of another type.
    """
    return msgspec.convert(dict(data), type=kind)
