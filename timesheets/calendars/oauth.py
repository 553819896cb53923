"""OAuth 2: the authorisation code with PKCE (RFC 6749, 7636), renewal and revocation (RFC 7009).

Written out, since both vendors need the same sixty lines: the well-kept libraries bring an HTTP client of their own,
and ours already has the limits on time and size that are wanted here.
"""

from __future__ import annotations

import hashlib
import json
import secrets as random
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.utils import timezone

from busy.lib import secrets
from timesheets.calendars.errors import CalendarError, SetupMissing, SignInNeeded, Temporary, Unreadable
from timesheets.calendars.http import Answer, ask, http_client
from timesheets.calendars.parse import Row, optional_text, row, text
from timesheets.calendars.vendors import Client, Vendor, client_of

EARLY = timedelta(seconds=60)  # before it ends, a token counts as ended: clocks differ, and requests take their time
_SHORTEST_LIFE = 60  # seconds, for a vendor that does not say
_OURS = frozenset({"invalid_client", "unauthorized_client"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    ends_at: datetime

    @property
    def is_fresh(self) -> bool:
        return timezone.now() < self.ends_at - EARLY

    def seal(self, *, context: str) -> str:
        plain = {"access": self.access, "refresh": self.refresh, "ends_at": self.ends_at.isoformat()}
        return secrets.seal(json.dumps(plain), context=context)

    @classmethod
    def unseal(cls, stored: str, *, context: str) -> Tokens:
        """Raises SignInNeeded when the key that they were sealed with is gone."""
        try:
            found = json.loads(secrets.unseal(stored, context=context))
        except secrets.CannotDecrypt as error:
            raise SignInNeeded("the tokens cannot be read any more") from error
        return cls(access=found["access"], refresh=found["refresh"], ends_at=datetime.fromisoformat(found["ends_at"]))


def new_verifier() -> str:
    return random.token_urlsafe(64)


def challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def authorize_url(vendor: Vendor, *, redirect_uri: str, state: str, verifier: str, hint: str = "") -> str:
    """Where to send the person. ``hint`` is the account that is to sign in again. Raises SetupMissing."""
    client = _client(vendor)
    asked = {
        "client_id": client.id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(vendor.scopes),
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        **vendor.parameters,
    }
    if hint:
        asked["login_hint"] = hint
    return f"{client.located(vendor.authorize_url)}?{urlencode(asked, quote_via=quote)}"


def exchange(vendor: Vendor, *, code: str, verifier: str, redirect_uri: str) -> Tokens:
    """The code becomes tokens. It can be used once, so it is sent once. Raises CalendarErrors."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    given = _post(vendor, form)
    allowed = frozenset(optional_text(given, "scope").split())
    if not vendor.needed_scopes <= allowed:
        raise SignInNeeded("only a part was allowed")
    tokens = _tokens(given)
    if not tokens.refresh:
        raise Unreadable("refresh_token")
    return tokens


def refreshed(vendor: Vendor, tokens: Tokens) -> Tokens:
    """A vendor may keep the refresh token or give another one with each renewal. Raises CalendarErrors."""
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
    given = _tokens(_post(vendor, form))
    return given if given.refresh else replace(given, refresh=tokens.refresh)


def revoke(vendor: Vendor, tokens: Tokens) -> bool:
    """Give the sign-in back; False when the vendor has no way to, or did not confirm it."""
    client = client_of(vendor.key)
    if not vendor.revoke_url or client is None:
        return False
    url = client.located(vendor.revoke_url)
    try:
        with http_client(url) as http:
            return ask(http, "POST", url, data={"token": tokens.refresh}).status == 200
    except CalendarError:
        return False


class Holder:
    """The tokens of one look, renewed when they end; ``keep`` stores the new ones before they are used."""

    def __init__(self, vendor: Vendor, tokens: Tokens, keep: Callable[[Tokens], None]) -> None:
        self._vendor = vendor
        self._tokens = tokens
        self._keep = keep

    def token(self) -> str:
        return self._tokens.access if self._tokens.is_fresh else self.renewed()

    def renewed(self) -> str:
        self._tokens = refreshed(self._vendor, self._tokens)
        self._keep(self._tokens)
        return self._tokens.access


def _client(vendor: Vendor) -> Client:
    client = client_of(vendor.key)
    if client is None:
        raise SetupMissing(f"no client for {vendor.key}")
    return client


def _post(vendor: Vendor, form: dict[str, str]) -> Row:
    """The client stands in the form: RFC 6749 allows it, and both vendors document it so."""
    client = _client(vendor)
    url = client.located(vendor.token_url)
    with http_client(url) as http:
        answer = ask(http, "POST", url, data={**form, "client_id": client.id, "client_secret": client.secret})
    if answer.status == 200:
        return row(answer.data, "tokens")
    raise _refused(answer)


def _refused(answer: Answer) -> CalendarError:
    """RFC 6749, 5.2. Microsoft says interaction_required and its like where a person has to come back."""
    body: Any = answer.data if isinstance(answer.data, dict) else {}
    error = body.get("error")
    if error in _OURS or (answer.status == 401 and not error):
        return SetupMissing("the client is refused")
    if error == "invalid_grant" or str(error).endswith("_required"):
        return SignInNeeded("the sign-in has ended")
    if error == "temporarily_unavailable":
        return Temporary("temporarily unavailable")
    return Unreadable(f"tokens, status {answer.status}")


def _tokens(given: Row) -> Tokens:
    life = given.get("expires_in")
    seconds = life if isinstance(life, int) and not isinstance(life, bool) and life > 0 else _SHORTEST_LIFE
    return Tokens(
        access=text(given, "access_token"),
        refresh=optional_text(given, "refresh_token"),
        ends_at=timezone.now() + timedelta(seconds=seconds),
    )
