"""What happened, told to whoever listens, inside the transaction in which it happened.

The domain publishes and does not know who listens; a listener that raises takes the change back with it, so an order
can never be finished without its delivery being stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection

E = TypeVar("E")
_listeners: defaultdict[type, list[Callable[[Any], None]]] = defaultdict(list)


def listen(event_type: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Call the decorated function with every published event of this type, in the publisher's transaction."""

    def register(listener: Callable[[E], None]) -> Callable[[E], None]:
        if listener not in _listeners[event_type]:
            _listeners[event_type].append(listener)
        return listener

    return register


def publish(event: object) -> None:
    """Tell the listeners. Raises RuntimeError outside of a transaction: the event could outlive its change."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{type(event).__name__} published outside of a transaction")
    for listener in _listeners[type(event)]:
        listener(event)
