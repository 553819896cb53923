"""Sessions as Django keeps them, read with a prepared query: each request reads its own."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.utils import timezone

from busy.lib.prepared import Prepared

_of_key = Prepared(lambda key: Session.objects.filter(session_key=key).values_list("session_data", "expire_date"))


class SessionStore(DatabaseSessions):
    def load(self) -> dict[str, Any]:
        """What the session holds; one that is not there, or has run out, loses its key and begins empty."""
        for data, expires in _of_key.rows(self.session_key):
            if expires > timezone.now():
                return self.decode(data)
        self._session_key = None
        return {}
