"""The conversation of one job that carries deliveries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from integrations import hours
from integrations.conversations import Recorder, conversation
from integrations.leases import LeaseLost
from integrations.models import Connection


class Line:
    """A conversation that stays open for the deliveries of one job: connected and signed in once."""

    def __init__(self, workspace_id: int, connection_id: int) -> None:
        self.workspace_id = workspace_id
        self.connection_id = connection_id
        self.recorder = Recorder()
        self._stack = ExitStack()
        self._api: Any = None
        self._guard: Callable[[], None] | None = None

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def api_for(self, connection: Connection, guard: Callable[[], None]) -> Any:
        """The provider's api; ``guard`` is asked before each write and keeps it back by raising LeaseLost. Raises
        LoginNeeded."""
        self._guard = guard
        self.recorder.take()
        if self._api is None:
            opened = conversation(
                connection,
                observe=self.recorder,
                before_write=self._ensure_ours,
                prepare_hours=hours.choices_of(connection).prepares,
            )
            self._api = self._stack.enter_context(opened)
        return self._api

    def _ensure_ours(self) -> None:
        if self._guard is None:
            raise LeaseLost
        self._guard()
