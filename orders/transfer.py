"""How far finished orders have come on their way out, told by whoever carries them (the integrations, a layer above).

This app asks through what that layer registers, so that it reads as if integrations did not exist. Without a source, or
without a connected accounting system, orders simply stay finished in Busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStatus:
    """State of one order's transfer, for a page.

    ``state`` is waiting, transferring, transferred, failed or attention (R30 and the table of push states); ``system``
    the accounting system's name; ``number`` and ``url`` what that system gave; ``message`` one sentence in the reader's
    language.
    """

    state: str
    system: str
    since: datetime
    number: str = ""
    url: str = ""
    message: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether nothing will change without a person."""
        return self.state in {"transferred", "attention"}


Source = Callable[[Iterable[int]], dict[int, TransferStatus]]
SystemName = Callable[[], str]
Panel = Callable[[HttpRequest, int], str]


@dataclass
class _Carrier:
    """What the layer above has told us about itself."""

    source: Source | None = None
    system_name: SystemName | None = None
    panel: Panel | None = None


_carrier = _Carrier()


def register_source(source: Source) -> None:
    """Called once by the layer that carries orders, when the app is ready."""
    _carrier.source = source


def register_system_name(name: SystemName) -> None:
    """Called once. ``name()`` is the system that finished orders of the workspace in scope go to, else ""."""
    _carrier.system_name = name


def register_panel(panel: Panel) -> None:
    """Called once. ``panel(request, order_id)`` gives the HTML that stands under the steps of a finished order: what is
    missing and whose turn it is, a retry button (R32, R33); "" when there is nothing to say.

    It is rendered anew with every poll, so it costs a constant number of queries. It escapes what it did not write.
    """
    _carrier.panel = panel


def statuses(order_ids: Iterable[int]) -> dict[int, TransferStatus]:
    """Status per order id of the workspace in scope; none for orders on no way out. A constant number of queries."""
    return _carrier.source(order_ids) if _carrier.source else {}


def system_name() -> str:
    """Where finished orders go; "" when no accounting system is connected: they stay finished in Busy."""
    return _carrier.system_name() if _carrier.system_name else ""


def panel(request: HttpRequest, order_id: int) -> SafeString:
    return mark_safe(_carrier.panel(request, order_id)) if _carrier.panel else SafeString()  # noqa: S308 - it escapes
