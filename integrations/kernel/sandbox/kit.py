"""What a provider package tells the contract suite about its sandbox and samples, as `kit.KIT`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.kernel.errors import ProviderError
from integrations.kernel.payloads import HoursPayload, OrderPayload
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
    # What keeps new hours out -> the code they are refused with.
    spoilers: Mapping[str, Callable[[Sandbox], None]] = field(default_factory=dict)
    # What freezes hours that stand there, by their id -> the code a change is refused with.
    locks: Mapping[str, Callable[[Sandbox, str], None]] = field(default_factory=dict)
    # What the connector may add by itself (`Access.prepare_hours`) -> the code when it may not.
    demands: Mapping[str, Callable[[Sandbox], None]] = field(default_factory=dict)


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
