"""Credentials that change by being used: read anew, renewed by one worker at a time, sealed before they are used.

No transaction is open while a provider is asked, so the right to renew is a lease on the connection's row.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from busy.workspaces.scope import scope
from integrations import credentials
from integrations.kernel.errors import Code, LoginNeeded, Problem, Temporary, Turn
from integrations.models import Connection

LEASE = timedelta(seconds=90)  # longer than a renewal may take, with the repeats of its transport
PATIENCE = 20.0  # seconds to wait for another worker's renewal; one takes less than a second as a rule
_LOOK = 0.1  # seconds


class SealedKeyring:
    """The kernel's Keyring over the connection's row. Every call is a short transaction of its own."""

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._workspace_id = connection.workspace_id
        self._connection_id = connection.pk
        self._token: uuid.UUID | None = None
        self._clock, self._sleep = clock, sleep

    def __repr__(self) -> str:
        return f"<SealedKeyring of connection {self._connection_id}>"

    def read(self) -> Mapping[str, str]:
        with scope(self._workspace_id):
            connection = Connection.objects.get(pk=self._connection_id)
            try:
                return credentials.read(connection)
            except credentials.CannotDecrypt as error:
                raise LoginNeeded(Problem(code="credentials_unreadable", turn=Turn.ADMINISTRATOR)) from error

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        token = uuid.uuid4()
        until = self._clock() + PATIENCE
        while not self._took(token):
            if self._clock() > until:
                raise Temporary(Code.NOT_SETTLED, reason="renewal")
            self._sleep(_LOOK)
        self._token = token
        try:
            yield
        finally:
            self._token = None
            with scope(self._workspace_id):
                mine = Connection.objects.filter(pk=self._connection_id, renewal_token=token)
                mine.update(renewal_token=None, renewal_until=None)

    def write(self, values: Mapping[str, str]) -> None:
        with scope(self._workspace_id):
            connection = Connection.objects.select_for_update(no_key=True).get(pk=self._connection_id)
            # Connected again or disconnected meanwhile: what we hold belongs to the sign-in before.
            if self._token is None or connection.renewal_token != self._token or not connection.credentials:
                raise Temporary(Code.NOT_SETTLED, reason="renewal")
            set_at = connection.credentials_set_at
            credentials.seal_into(connection, values)
            connection.credentials_set_at = set_at  # when a person signed in
            connection.save(update_fields=["credentials"])

    def _took(self, token: uuid.UUID) -> bool:
        with scope(self._workspace_id):
            free = Q(renewal_until=None) | Q(renewal_until__lt=Now())
            rows = Connection.objects.filter(free, pk=self._connection_id)
            return bool(rows.update(renewal_token=token, renewal_until=Now() + LEASE))
