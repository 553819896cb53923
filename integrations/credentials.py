"""Credentials and sessions at rest: sealed, bound to their row, shown nowhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from django.utils import timezone

from busy.lib import secrets
from busy.lib.secrets import CannotDecrypt
from busy.workspaces.scope import scope
from integrations.models import Connection

__all__ = ["CannotDecrypt", "SealedSessions", "forget", "read", "reseal", "seal_into"]


def _context(connection: Connection, field: str) -> str:
    return f"{connection.workspace_id}:{connection.pk}:{field}"


def seal_into(connection: Connection, credentials: Mapping[str, str]) -> None:
    """Put credentials on a connection that has its id; the caller saves `credentials` and `credentials_set_at`."""
    connection.credentials = secrets.seal(json.dumps(dict(credentials)), context=_context(connection, "credentials"))
    connection.credentials_set_at = timezone.now()


def read(connection: Connection) -> dict[str, str]:
    """Raises CannotDecrypt when there are none, or the key they were sealed with is gone."""
    if not connection.credentials:
        raise CannotDecrypt("no credentials are stored")
    found: dict[str, str] = json.loads(
        secrets.unseal(connection.credentials, context=_context(connection, "credentials"))
    )
    return found


def forget(connection: Connection) -> None:
    """The caller saves."""
    connection.credentials = ""
    connection.credentials_set_at = None
    connection.session = ""
    connection.session_expires_at = None
    connection.renewal_token = connection.renewal_until = None


def reseal(connection: Connection) -> bool:
    """Seal anew with the newest key what is sealed with an older one; True if there was any. The caller saves.

    Raises CannotDecrypt.
    """
    changed = False
    for field in ("credentials", "session"):
        stored: str = getattr(connection, field)
        if stored and not secrets.is_current(stored):
            context = _context(connection, field)
            setattr(connection, field, secrets.seal(secrets.unseal(stored, context=context), context=context))
            changed = True
    return changed


class SealedSessions:
    """The kernel's SessionStore over the connection's row, for one conversation.

    What the row held when the connection was read is believed until the provider refuses it: then the row is asked
    again, where another worker may have put a newer session meanwhile. Reading the row again and each write is a short
    transaction of its own.
    """

    def __init__(self, connection: Connection) -> None:
        self._workspace_id = connection.workspace_id
        self._connection_id = connection.pk
        self._known = self._values(connection)

    def __repr__(self) -> str:
        return f"<SealedSessions of connection {self._connection_id}>"

    def get(self, key: str) -> str | None:
        value = self._valid(key)
        if value is None:
            with scope(self._workspace_id):
                self._known = self._values(Connection.objects.get(pk=self._connection_id))
            value = self._valid(key)
        return value

    def _valid(self, key: str) -> str | None:
        value, expires = self._known.get(key, ("", ""))
        return value if value and datetime.fromisoformat(expires) > timezone.now() else None

    def set(self, key: str, value: str, *, expires_at: datetime) -> None:
        with scope(self._workspace_id):
            connection = self._locked()
            now = timezone.now()
            kept = {k: v for k, v in self._values(connection).items() if datetime.fromisoformat(v[1]) > now}
            self._known = {**kept, key: (value, expires_at.astimezone(UTC).isoformat())}
            self._write(connection, self._known)

    def forget(self, key: str) -> None:
        """What we believed is no longer good. Another worker's newer session is left as it is."""
        refused = self._known.pop(key, None)
        with scope(self._workspace_id):
            connection = self._locked()
            values = self._values(connection)
            if key in values and (refused is None or values[key] == refused):
                del values[key]
                self._write(connection, values)

    def _locked(self) -> Connection:
        return Connection.objects.select_for_update(no_key=True).get(pk=self._connection_id)

    def _values(self, connection: Connection) -> dict[str, tuple[str, str]]:
        if not connection.session:
            return {}
        try:
            plain = secrets.unseal(connection.session, context=_context(connection, "session"))
        except CannotDecrypt:
            return {}  # a session can be made anew, unlike credentials
        return {key: (value, expires) for key, (value, expires) in json.loads(plain).items()}

    def _write(self, connection: Connection, values: Mapping[str, tuple[str, str]]) -> None:
        if not connection.credentials:
            return  # disconnected meanwhile: nothing of it may stay (R41)
        connection.session = secrets.seal(json.dumps(values), context=_context(connection, "session")) if values else ""
        latest = max((datetime.fromisoformat(expires) for _, expires in values.values()), default=None)
        connection.session_expires_at = latest
        connection.save(update_fields=["session", "session_expires_at"])


def everything(connection: Connection) -> list[str]:
    """Each secret that is stored for the connection, so that it can be masked."""
    found: list[str] = []
    for field in ("credentials", "session"):
        stored: str = getattr(connection, field)
        if not stored:
            continue
        try:
            held = json.loads(secrets.unseal(stored, context=_context(connection, field)))
        except CannotDecrypt:
            continue  # the key is gone, so nothing of it can be told
        found += [value[0] if isinstance(value, list) else str(value) for value in held.values()]
    return [text for text in found if text]
