"""Waking workers up, in bounded time: a message is only a nudge, so a broker that is away costs a page next to nothing.

Whoever sends keeps a row that says what is due, and a tick that finds it (docs/decisions/0001).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

_BOUND = 0.4  # seconds that connecting, and each answer of the broker, may take
_SILENT = 5.0  # seconds in which a broker that was away is not asked again


@dataclass(frozen=True, slots=True)
class Nudge:
    """``task`` by name. After ``expires`` seconds, if any, a worker leaves it alone."""

    task: str
    arguments: tuple[int, ...]
    queue: str = "interactive"
    expires: float | None = 60.0


class _Broker:
    silent_until = 0.0  # monotonic


def send(nudges: Sequence[Nudge]) -> bool:
    """Hand the nudges to the broker. False, and a line in the log, if it does not take them."""
    if time.monotonic() < _Broker.silent_until:
        return False
    # By name: the composition root that holds the app stands above this package.
    app = import_string(settings.CELERY_APP)
    options = {
        **app.conf.broker_transport_options,
        "socket_timeout": _BOUND,
        "socket_connect_timeout": _BOUND,
        "retry_on_timeout": False,
        # Else a refused connection is tried again two seconds later.
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
    }
    try:
        with app.connection_for_write(connect_timeout=_BOUND, transport_options=options) as broker:
            for nudge in nudges:
                app.send_task(
                    nudge.task,
                    args=list(nudge.arguments),
                    queue=nudge.queue,
                    expires=nudge.expires,
                    connection=broker,
                    retry=False,
                    ignore_result=True,
                )
    # Whatever a broker's client raises: the row stands, and the tick finds it.
    except Exception as error:
        _Broker.silent_until = time.monotonic() + _SILENT
        logger.warning("the broker takes no messages", extra={"error": type(error).__name__, "messages": len(nudges)})
        return False
    return True


def listen_again() -> None:
    """Forget that the broker was silent."""
    _Broker.silent_until = 0.0
