"""The job of a connection's pulls: what it holds, how long it may take, and when it gives way."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

from integrations.leases import Heartbeat

SLICE = 120.0  # seconds a job may work before it gives the worker back; it goes on where it stopped
PATIENT_PUSH = 1.0  # seconds a pull may go on while a push waits for it
_AFTER_THE_PUSH = 2.0  # seconds, so that the push is not overtaken by the rest of the list


class SliceOver(Exception):
    """The job has worked long enough; what it read stays, the rest comes in ``next_in`` seconds."""

    def __init__(self, next_in: float = 0.0) -> None:
        super().__init__()
        self.next_in = next_in


@dataclass(slots=True)
class Job:
    """A held connection: its lease, the watch over it, and the time it may take."""

    workspace_id: int
    connection_id: int
    token: uuid.UUID
    done: set[str]  # kinds that have had their turn
    began: float = field(default_factory=time.monotonic)
    heartbeat: Heartbeat = field(init=False)
    is_held: bool = True
    read_everything: bool = False  # of some kind; about once a day

    def ensure_time(self) -> None:
        self.heartbeat.ensure()
        if time.monotonic() > self.began + SLICE:
            raise SliceOver

    def gives_way(self) -> None:
        """Somebody waits for a push, and the provider takes one request at a time: the rest of the list comes later."""
        if time.monotonic() > self.began + PATIENT_PUSH:
            raise SliceOver(_AFTER_THE_PUSH)
