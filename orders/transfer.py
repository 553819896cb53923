"""How far finished orders have come on their way out, told by whoever carries them (the integrations, a layer above).

This app asks through a registered source, so that it reads as if integrations did not exist. Without a source, or without a
connected accounting system, orders simply stay finished in Busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStatus:
    """State of one order's transfer, for a page.

    ``state`` is waiting, transferring, transferred, failed or attention (R30 and the table of push states); ``system`` the
    accounting system's name; ``number`` and ``url`` what that system gave; ``message`` one sentence in the reader's language.
    """

    state: str
    system: str
    since: datetime
    number: str = ""
    url: str = ""
    message: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether the page may stop asking: nothing will change without a person."""
        return self.state in {"transferred", "attention"}


Source = Callable[[Iterable[int]], dict[int, TransferStatus]]
_source: Source | None = None


def register_source(source: Source) -> None:
    """Called once by the layer that carries orders, when the app is ready."""
    global _source
    _source = source


def statuses(order_ids: Iterable[int]) -> dict[int, TransferStatus]:
    """Status per order id of the workspace in scope; orders that are on no way out are absent. A constant number of queries."""
    return _source(order_ids) if _source else {}
