"""OAuth 2 sign-in: the authorisation code with PKCE (RFC 6749, 7636), tokens renewed once for all workers, revocation.

The tokens are the connection's credentials: `refresh_token`, `access_token` and `expires_at`. A provider may give a new
refresh token with each renewal or keep the old one; both are stored before the new access token is used.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from integrations.kernel.connector import Access, Exchange, Keyring, MemoryKeyring
from integrations.kernel.errors import Code, Cure, CurePage, LoginNeeded, MappingError, Problem, Turn
from integrations.kernel.facts import OAuth2, ProviderFacts, Timeouts
from integrations.kernel.http import Answer, Transport
from integrations.kernel.parse import as_row, optional_text, text

REFRESH, ACCESS, EXPIRES = "refresh_token", "access_token", "expires_at"
EARLY = timedelta(seconds=60)  # before it ends, a token counts as ended: clocks differ, and requests take their time
_SHORTEST_LIFE = 60  # seconds, for a provider that does not say
_HURRIED = Timeouts(connect=3, read=5, write=3, total=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """One question to a person: where to send them, and what must be known when they come back."""

    url: str
    verifier: str = field(repr=False)


def authorization(facts: ProviderFacts, settings: Mapping[str, str], *, redirect_uri: str, state: str) -> Authorization:
    """Raises LoginNeeded when the deployment has no client."""
    oauth = _oauth(facts)
    client = Client.of(facts, settings)
    verifier = secrets.token_urlsafe(64)
    asked = {
        "client_id": client.id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(oauth.scopes),
        "state": state,
        **oauth.parameters,
    }
    if oauth.pkce:
        asked |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    url = located(oauth.authorize_url, settings)
    return Authorization(url=f"{url}?{urlencode(asked, quote_via=quote)}", verifier=verifier)


def challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def located(url: str, settings: Mapping[str, str]) -> str:
    """The provider's own address, or the same path where the deployment says that people sign in.

    Another base URL without another place to sign in means that both stand there, as in a sandbox.
    """
    instead = settings.get("identity_url") or settings.get("url")
    if not instead:
        return url
    there, own = urlsplit(instead), urlsplit(url)
    return urlunsplit((there.scheme, there.netloc, own.path, "", ""))


def exchange(
    facts: ProviderFacts,
    settings: Mapping[str, str],
    *,
    code: str,
    verifier: str,
    redirect_uri: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> dict[str, str]:
    """The code becomes credentials. It can be used once, so it is sent once.

    Raises LoginNeeded, Temporary, Unclear, MappingError.
    """
    oauth = _oauth(facts)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if oauth.pkce:
        form["code_verifier"] = verifier
    with _Identity(facts, settings, hidden=[code, verifier]) as identity:
        answer = identity.post(oauth.token_url, form, repeat=False)
        tokens = _tokens(identity, answer, now())
        if not tokens.get(REFRESH):
            raise MappingError(REFRESH, "text")
        return tokens


def revoke(facts: ProviderFacts, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
    """Give the sign-in back, asking once and not for long: a person waits.

    Raises ProviderErrors; what is stored here is the caller's to forget either way.
    """
    oauth = _oauth(facts)
    token = credentials.get(REFRESH, "")
    if not (oauth.revoke_url and token):
        return
    with _Identity(facts, settings, hidden=[token], timeouts=_HURRIED) as identity:
        form = {"token": token, "token_type_hint": REFRESH}
        identity.post(oauth.revoke_url, form, repeat=False, expects_json=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the provider gave this deployment."""

    id: str
    secret: str = field(repr=False)

    @classmethod
    def of(cls, facts: ProviderFacts, settings: Mapping[str, str]) -> Client:
        """Raises LoginNeeded when a setting is missing."""
        for key in ("client_id", "client_secret"):
            if not settings.get(key):
                raise setup_missing(facts, key)
        return cls(id=settings["client_id"], secret=settings["client_secret"])

    @property
    def basic(self) -> str:
        return b64encode(f"{quote(self.id, safe='')}:{quote(self.secret, safe='')}".encode()).decode()


class Bearer:
    """The access token of one conversation, renewed when it ends; not for several threads at once.

    However many workers find it dead, one renews it and the others go on with what that one got.
    """

    def __init__(self, access: Access, facts: ProviderFacts) -> None:
        self._access = access
        self._facts = facts
        self._keyring: Keyring = access.keyring or MemoryKeyring(access.credentials)
        self._held: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"<Bearer for {self._facts.name}>"

    def token(self) -> str:
        """One that holds for a while yet. Raises LoginNeeded, Temporary, MappingError."""
        if not self._is_fresh(self._held):
            self._held = self._keyring.read()
        if self._is_fresh(self._held):
            return self._held[ACCESS]
        return self.renewed(self._held.get(ACCESS, ""))

    def renewed(self, dead: str) -> str:
        """Another than `dead`, which the provider refused: what another worker got meanwhile, else a new one.

        Raises LoginNeeded when the sign-in has ended.
        """
        with self._keyring.exclusive():
            held = self._keyring.read()
            if held.get(ACCESS, "") == dead or not self._is_fresh(held):
                held = self._refreshed(held)
                self._keyring.write(held)
            self._held = held
        return held[ACCESS]

    def _refreshed(self, held: Mapping[str, str]) -> dict[str, str]:
        refresh_token = held.get(REFRESH, "")
        if not refresh_token:
            raise sign_in_ended()
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        settings, observe = self._access.settings, self._access.observe
        with _Identity(self._facts, settings, hidden=[refresh_token], observe=observe) as identity:
            # Asked again when no answer came: a provider that had changed the token says so, and nothing is worse.
            answer = identity.post(_oauth(self._facts).token_url, form, repeat=True)
            tokens = _tokens(identity, answer, self._access.now())
        return {**held, **tokens, REFRESH: tokens.get(REFRESH) or refresh_token}

    def _is_fresh(self, held: Mapping[str, str]) -> bool:
        if not held.get(ACCESS) or not held.get(EXPIRES):
            return False
        return datetime.fromisoformat(held[EXPIRES]) - EARLY > self._access.now()


def sign_in_ended(message: str = "") -> LoginNeeded:
    return LoginNeeded(
        Problem(
            code=Code.SIGN_IN_ENDED,
            params={"message": message},
            turn=Turn.ADMINISTRATOR,
            cure=Cure(page=CurePage.CONNECTION),
        )
    )


def setup_missing(facts: ProviderFacts, setting: str, message: str = "") -> LoginNeeded:
    """The deployment's own client is missing or refused: nothing the customer can cure."""
    params = {"setting": facts.variable(setting), "message": message}
    return LoginNeeded(Problem(code=Code.SETUP_MISSING, params=params, turn=Turn.BUSY))


def _oauth(facts: ProviderFacts) -> OAuth2:
    if facts.oauth is None:
        raise LookupError(f"nobody signs in at {facts.key}")
    return facts.oauth


class _Identity:
    """The provider's identity server for one question."""

    def __init__(
        self,
        facts: ProviderFacts,
        settings: Mapping[str, str],
        *,
        hidden: list[str],
        observe: Callable[[Exchange], None] | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.facts = facts
        self._settings = settings
        self._client = Client.of(facts, settings)
        root = urlsplit(located(_oauth(facts).token_url, settings))
        self.http = Transport(
            f"{root.scheme}://{root.netloc}",
            timeouts=timeouts or facts.timeouts,
            secrets=[*hidden, self._client.secret, self._client.basic],
            observe=observe,
        )

    def __enter__(self) -> _Identity:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, url: str, form: Mapping[str, str], *, repeat: bool, expects_json: bool = True) -> Answer:
        """Raises LoginNeeded, Temporary, Unclear, MappingError."""
        path = urlsplit(url).path
        request: dict[str, Any] = {
            "headers": {
                "Authorization": f"Basic {self._client.basic}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            "content": urlencode(form).encode(),
            "expects_json": expects_json,
        }
        answer = self.http.read(path, method="POST", **request) if repeat else self.http.write("POST", path, **request)
        if not answer.ok:
            raise self._refused(answer)
        return answer

    def _refused(self, answer: Answer) -> Exception:
        """RFC 6749, 5.2."""
        body = answer.data if isinstance(answer.data, dict) else {}
        error, words = str(body.get("error", "")), str(body.get("error_description", ""))[:500]
        if error in ("invalid_client", "unauthorized_client") or (answer.status == 401 and not error):
            return setup_missing(self.facts, "client_secret", words or error)
        if error == "invalid_grant":
            return sign_in_ended(words)
        return MappingError(f"status {answer.status}", f"tokens ({error or 'no reason given'})")


def _tokens(identity: _Identity, answer: Answer, now: datetime) -> dict[str, str]:
    """What there is to keep; REFRESH only when a new one came."""
    row = as_row(answer.data)
    access, refresh = text(row, "access_token"), optional_text(row, "refresh_token")
    for secret in (access, refresh):
        identity.http.hide(secret)
    life = row.get("expires_in")
    seconds = life if isinstance(life, int) and not isinstance(life, bool) and life > 0 else _SHORTEST_LIFE
    found = {ACCESS: access, EXPIRES: (now + timedelta(seconds=seconds)).isoformat()}
    return {**found, REFRESH: refresh} if refresh else found
