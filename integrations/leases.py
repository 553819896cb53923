"""Leases: who works on something now. A lease that is not renewed expires; its token fences off who comes back late."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import DatabaseError, close_old_connections, connection

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else has taken the work over, or may have: stop, write nothing, send nothing."""


class Heartbeat:
    """Renews leases in a thread while the body works or waits for the network.

    A renewal answers whether the lease is still ours. ``ensure`` raises LeaseLost once one that the whole job stands on
    was not.
    """

    def __init__(self, lease: float) -> None:
        self._lease = lease
        self._renewals: dict[Callable[[], bool], bool] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(self._lease)

    def keep(self, renewal: Callable[[], bool], *, is_vital: bool = True) -> None:
        """Renew from now on. One that is not vital may be lost without ending the job: each write asks its row."""
        with self._lock:
            self._renewals[renewal] = is_vital

    def let_go(self, renewal: Callable[[], bool]) -> None:
        with self._lock:
            del self._renewals[renewal]

    def ensure(self) -> None:
        if self._lost.is_set():
            raise LeaseLost

    def _beat(self) -> None:
        try:
            while not self._stop.wait(self._lease / 3):
                self._renew_all()
        finally:
            connection.close()

    def _renew_all(self) -> None:
        with self._lock:
            renewals = list(self._renewals.items())
        try:
            close_old_connections()
            for renewal, is_vital in renewals:
                if not renewal() and is_vital and renewal in self._renewals:
                    logger.warning("a lease was lost while its work went on")
                    self._lost.set()
        except DatabaseError:
            # The lease may run out meanwhile; whoever records or sends next asks the row itself.
            logger.warning("leases could not be renewed", exc_info=True)
