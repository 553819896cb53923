"""The session: made with e-mail, password and client, shared by all workers of a connection, made anew when it is gone.

A session is in one client at a time, and could be moved to another by whoever holds it. So it is always made for a
named client, and before each write the service is asked whose it is: nobody's hours end in another company's books.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from integrations.kernel.connector import Access
from integrations.kernel.errors import Code, Temporary
from integrations.kernel.parse import Row, as_row, identifier, optional_part
from integrations.providers.twentyfoursevenoffice import refusals
from integrations.providers.twentyfoursevenoffice.facts import FACTS

_KEPT = timedelta(hours=12)  # its life is not documented; a dead one is noticed and replaced
# Logins are throttled there, by a rule that is not published [spec]: we stop before.
_MOST_LOGINS = 4
_WITHIN = timedelta(minutes=10)

# (operation, params, session) -> the result; Faulted passes through.
Call = Callable[[str, dict[str, Any], str], Any]


class Session:
    """For one connection and one thread; what it knows is kept in the connection's store for all of them."""

    def __init__(self, access: Access, call: Call) -> None:
        self._access = access
        self._call = call
        self._username = access.credentials.get("username", "").strip()
        self._password = access.credentials.get("password", "")
        self.identity_id, _, self.client_id = access.credentials.get("client", "").partition("/")
        self._application = access.settings.get("application_id", "")
        # Other credentials must not go on with these ones' session.
        keys = f"{self._application}\n{self._username}\n{self._password}\n{self.identity_id}".encode()
        digest = hashlib.blake2b(keys, digest_size=12).hexdigest()
        self._key, self._logins_key = f"session:{digest}", f"logins:{digest}"

    def __repr__(self) -> str:
        return "<Session>"

    @property
    def credential(self) -> dict[str, Any]:
        """As Login and the list of clients take it. Raises LoginNeeded when the deployment has no application."""
        if not self._application:
            raise refusals.setup_missing(FACTS.variable("application_id"))
        found = {"ApplicationId": self._application, "Username": self._username, "Password": self._password}
        return {**found, "IdentityId": self.identity_id} if self.identity_id else found

    def current(self) -> str:
        """The one there is, else a new one. Raises LoginNeeded, Temporary."""
        return self._access.sessions.get(self._key) or self._renewed("")

    def living(self, refused: str) -> str:
        """One to try again with, after a refusal: the same when the service knows it still, else another.

        Raises LoginNeeded, Temporary.
        """
        if refused and self._call("HasSession", {}, refused) is True:
            return refused
        return self._renewed(refused)

    def another(self, wrong: str) -> str:
        """A new one instead of `wrong`, which lives and is in another client. Raises LoginNeeded, Temporary."""
        return self._renewed(wrong)

    def is_ours(self, identity: Row) -> bool:
        """Whether the session of this identity is in the client that was chosen."""
        return self.client_of(identity) == self.client_id

    @staticmethod
    def client_of(identity: Row) -> str:
        client = optional_part(identity, "Client")
        return identifier(client, "Id") if client is not None else ""

    def forget(self, session: str) -> None:
        """Only this one: another worker may have put a living one in its place."""
        if self._access.sessions.get(self._key) == session:
            self._access.sessions.forget(self._key)

    def _renewed(self, dead: str) -> str:
        """However many workers find it dead, one signs in and the others go on with what that one got."""
        keyring = self._access.keyring
        with keyring.exclusive() if keyring is not None else nullcontext():
            if dead:
                self.forget(dead)
            found = self._access.sessions.get(self._key)
            if found and found != dead:
                return found
            self._count_login()
            session = self._login()
            self._access.sessions.set(self._key, session, expires_at=self._access.now() + _KEPT)
            return session

    def _login(self) -> str:
        """An empty answer means wrong credentials; that is no fault [spec]."""
        session = self._call("Login", {"credential": self.credential}, "")
        if not isinstance(session, str) or not session.strip():
            raise refusals.key_rejected()
        return session.strip()

    def _count_login(self) -> None:
        """Raises Temporary when we signed in too often lately."""
        now, sessions = self._access.now(), self._access.sessions
        told = (sessions.get(self._logins_key) or "").split()
        lately = [at for at in map(datetime.fromisoformat, told) if at > now - _WITHIN]
        if len(lately) >= _MOST_LOGINS:
            raise Temporary(Code.RATE_LIMITED, retry_after=(lately[0] + _WITHIN - now).total_seconds())
        times = " ".join(at.isoformat() for at in (*lately, now))
        sessions.set(self._logins_key, times, expires_at=now + _WITHIN)


def identities(found: object) -> list[Row]:
    """The rows of an answer that lists identities."""
    return [as_row(row, "Identity") for row in found] if isinstance(found, list) else []
