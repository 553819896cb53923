"""Sessions at a provider before there is a connection: checking the key, looking at what would happen and confirming
are one person's few minutes, and a provider may allow few sign-ins in that time. Sealed, and gone by themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from busy.lib import secrets

LONGEST = timedelta(minutes=30)


class FirstSessions:
    """The kernel's SessionStore for one workspace, provider and set of credentials: who lacks one of them finds
    nothing."""

    def __init__(self, workspace_id: int, provider: str, credentials: Mapping[str, str]) -> None:
        told = json.dumps(dict(sorted(credentials.items())))
        digest = hashlib.blake2b(told.encode(), digest_size=24, person=b"first-sessions").hexdigest()
        self._prefix = f"first:{workspace_id}:{provider}:{digest}"

    def __repr__(self) -> str:
        return "<FirstSessions>"

    def get(self, key: str) -> str | None:
        sealed = cache.get(self._name(key))
        if not sealed:
            return None
        try:
            value, expires = json.loads(secrets.unseal(sealed, context=self._name(key)))
        except secrets.CannotDecrypt:
            return None  # a session can be made anew
        return str(value) if datetime.fromisoformat(expires) > timezone.now() else None

    def set(self, key: str, value: str, *, expires_at: datetime) -> None:
        left = min(expires_at - timezone.now(), LONGEST)
        sealed = secrets.seal(json.dumps([value, expires_at.astimezone(UTC).isoformat()]), context=self._name(key))
        cache.set(self._name(key), sealed, timeout=max(int(left.total_seconds()), 1))

    def forget(self, key: str) -> None:
        cache.delete(self._name(key))

    def _name(self, key: str) -> str:
        return f"{self._prefix}:{key}"
