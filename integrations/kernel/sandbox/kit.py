"""What a provider package tells the contract suite about its sandbox and samples, as `kit.KIT`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, cast

import msgspec

from integrations.kernel.errors import ProviderError
from integrations.kernel.http import Answer
from integrations.kernel.payloads import HoursPayload, OrderLinePayload, OrderPayload
from integrations.kernel.records import Kind, Record
from integrations.kernel.sandbox.server import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """The request that lists a kind, and a field of its rows that no record can do without."""

    path: str
    field: str
    method: str = "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursKit:
    """What people at the provider can do about hours, and what then is expected of the connector."""

    cell: HoursPayload  # one that the demo company takes; nothing stands there
    writes: tuple[tuple[str, str], ...]  # methods and path patterns that make, change and remove an entry
    reads: str  # path of the request that lists entries
    minutes: Callable[[Sandbox, HoursPayload], list[int]]  # of every entry at the cell
    record: Callable[[Sandbox, HoursPayload, int], None]  # somebody there records so many minutes
    # The same person, work type and day on a task, where hours stand on tasks (`ProviderFacts.hours_on_tasks`).
    on_task: HoursPayload | None = None
    # What keeps new hours out -> the code they are refused with.
    spoilers: Mapping[str, Callable[[Sandbox], None]] = field(default_factory=dict)
    # What freezes hours that stand there, by their id -> the code a change is refused with.
    locks: Mapping[str, Callable[[Sandbox, str], None]] = field(default_factory=dict)
    # What the connector may add by itself (`Access.prepare_hours`) -> the code when it may not.
    demands: Mapping[str, Callable[[Sandbox], None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveKit:
    """How the records of a kind that both sides keep are tested."""

    new: Record  # one that the demo company takes; without id and number
    changes: Mapping[str, Any]  # another value for each field of `Sends.fields`, for that record or one there already
    writes: tuple[tuple[str, str], tuple[str, str]]  # methods and path patterns that make one, and that change one
    ids: Callable[[Sandbox], list[str]]  # of every record of the kind that stands there
    edit: Callable[[Sandbox, str, Mapping[str, Any]], None]  # somebody there changes these fields of the record
    unknown: Callable[[Sandbox, str], Any]  # what the provider holds of the record and Busy knows nothing of; not empty
    existing: str = ""  # the id of one that stands in the demo company, where records cannot be made by Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractKit:
    """`samples` maps the beginning of a sample's file name to what makes records of the answer in it."""

    sandbox: Callable[[], Sandbox]  # the demo company, nothing sent yet
    lists: Mapping[Kind, ListRequest]
    samples: Mapping[str, Callable[[Any], list[Record]]]
    error: Callable[[int, bytes, bool], ProviderError]  # (status, body, on a write) -> what is raised
    revoke: Callable[[Sandbox], None]  # the demo key stops working
    restore: Callable[[Sandbox], None]
    order: OrderPayload | None = None  # one that the demo company takes
    order_request: tuple[str, str] = ("POST", "")  # method and path that create it
    order_look: str = ""  # path pattern of the GET that looks for it; "" for what begins with the path above
    order_back: str = ""  # path pattern of the GET that reads it back once it is sent; "" likewise
    # Somebody there copies the order with all it says; None where sending again makes another one.
    copy_order: Callable[[Sandbox], None] | None = None
    orders: Callable[[Sandbox], list[Any]] = lambda _: []  # what stands at the provider
    # What people at the provider can do to spoil the order -> the code it must then be refused with.
    spoilers: Mapping[str, Callable[[Sandbox], None]] = field(default_factory=dict)
    hours: HoursKit | None = None
    saves: Mapping[Kind, SaveKit] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)  # of customers, as `Access.fields`


class Edited(Protocol):
    """A sandbox whose rows people there can change and delete."""

    def change(self, kind: str, row_id: Any, /, **changes: Any) -> None: ...

    def delete(self, kind: str, row_id: Any, /) -> None: ...


def changed(kind: str, row_id: Any, **changes: Any) -> Callable[[Sandbox], None]:
    """Somebody there changes a row."""
    return lambda sandbox: cast("Edited", sandbox).change(kind, row_id, **changes)


def deleted(kind: str, row_id: Any) -> Callable[[Sandbox], None]:
    """Somebody there deletes a row."""
    return lambda sandbox: cast("Edited", sandbox).delete(kind, row_id)


def answer_of(status: int, body: bytes) -> Answer:
    """A sample as if it had come over the wire; what is no JSON has no data."""
    try:
        data = msgspec.json.decode(body)
    except msgspec.DecodeError:
        data = None
    return Answer(status=status, headers={}, body=body, data=data)


def sample_order(*, customer_id: str, project_id: str, products: tuple[str, str], **more: Any) -> OrderPayload:
    """Two lines with a quantity, a price and a discount that have decimals, in NOK, of 2026-11-22; `more` are fields
    of the order that not every provider has."""
    design, development = products
    lines = (
        OrderLinePayload(
            product_id=design, description="Design", quantity=Decimal("12.5"), unit_price=Decimal("1250.00")
        ),
        OrderLinePayload(
            product_id=development,
            description="Utvikling",
            quantity=Decimal("3.33"),
            unit_price=Decimal("1350.5"),
            discount_percent=Decimal(10),
        ),
    )
    return OrderPayload(
        reference="Busy 2026-118/1",
        number="2026-118",
        customer_id=customer_id,
        project_id=project_id,
        order_date=date(2026, 11, 22),
        delivery_date=date(2026, 11, 22),
        currency="NOK",
        comment="Uke 46–47: «design» & søm",
        lines=lines,
        **more,
    )
