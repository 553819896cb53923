"""The api handle: a session with Uniconta's Web API and the few calls we make.

User, password, API key and company make a token of about an hour, with another one to renew it. The company is fixed by
the login. **A 200 is no success**: an answer may be the bare name of an error, so its type is looked at first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from integrations.kernel.connector import Access
from integrations.kernel.errors import Code, MappingError, Unclear
from integrations.kernel.http import Answer, Share, Transport
from integrations.kernel.parse import Row, as_row
from integrations.providers.uniconta import refusals
from integrations.providers.uniconta.facts import BURST, FACTS, PER_MINUTE
from integrations.providers.uniconta.reconstructed import is_error_name, login_name, query_body

_LIFE = timedelta(minutes=50)  # of a token whose renewal is not told; it lives about an hour [client]
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def decoded(body: bytes) -> Any:
    """JSON, or nothing, or the name of an error without quotes. Raises msgspec.DecodeError for anything else."""
    if not body.strip():
        return None
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if name := is_error_name(body):
            return name
        raise


class UnicontaApi:
    """For one connection and one thread. Logs in when the first call needs it."""

    def __init__(self, access: Access, http: Transport) -> None:
        self._access = access
        self._http = http
        self.known: dict[str, Any] = {}  # what was read once in this conversation
        self.company_id = access.credentials.get("company_id", "")
        self._web = web_root(access.settings.get("url", ""))
        # Other credentials must not go on with the session of the old ones.
        said = "\n".join(f"{key}={value}" for key, value in sorted(access.credentials.items())).encode()
        self._session_key = f"session:{hashlib.blake2b(said, digest_size=12).hexdigest()}"

    def __repr__(self) -> str:
        return f"<UnicontaApi {self._web}>"

    @property
    def fields(self) -> Mapping[str, str]:
        """The customers' own fields that are exchanged: name and kind (R99)."""
        return self._access.fields

    def answer(self, question: str) -> str:
        """What the set-up step was answered with (R104); "" for nothing."""
        return self._access.options.get(question, "")

    @property
    def user(self) -> str:
        return self._access.credentials.get("username", "")

    def now(self) -> datetime:
        return self._access.now()

    def link(self, what: str) -> str:
        """Opens the application; "" when there is no page for it."""
        return FACTS.links.get(what, "").format(web=self._web)

    # --- Calls ---

    def query(
        self,
        entity: str,
        key: str,
        *,
        right: str,
        value: str = "",
        also: Mapping[str, str] | None = None,
        skip: int = 0,
        take: int = 0,
    ) -> list[Row]:
        """Rows in the order of ``key``; with ``value`` those that have it there, and ``also`` these in other
        properties. ``take`` 0 is all.

        Raises LoginNeeded, Temporary, MappingError.
        """
        path = f"/Query/Get/{entity}"
        answer = self._signed(path, query_body(key, value, skip, take, also or {}))
        error = refusals.error_in(answer)
        if error is not None:
            raise refusals.read_refused(error, right)
        if not isinstance(answer.data, list):
            raise MappingError(entity, "list")
        return [as_row(row, f"{entity}[{index}]") for index, row in enumerate(answer.data)]

    def one(self, entity: str, key: str, value: str, *, right: str) -> Row | None:
        """The record of this key, or None. What a filter's language makes of the value is not believed."""
        found = [row for row in self.query(entity, key, right=right, value=value) if str(row.get(key)) == value]
        return found[0] if found else None

    def insert(self, entity: str, body: Mapping[str, Any]) -> Row:
        """Make one; as it was stored. Raises Refused, Unclear, Temporary, LoginNeeded."""
        return _written(self._write("POST", f"/Crud/Insert/{entity}", body))

    def insert_list(self, entity: str, bodies: Sequence[Mapping[str, Any]]) -> None:
        self._write("POST", f"/Crud/InsertList/{entity}", list(bodies))

    def update(self, entity: str, whole: Mapping[str, Any]) -> None:
        """Replace a record by a whole one: there is no other way [spec]."""
        self._write("PUT", f"/Crud/Update/{entity}", whole)

    def delete(self, entity: str, wholes: Sequence[Mapping[str, Any]]) -> None:
        self._write("DELETE", f"/Crud/DeleteList/{entity}", list(wholes))

    def _write(self, method: str, path: str, body: object) -> Answer:
        token = self._session()
        answer = self._http.write(method, path, json=body, headers=_header(token))
        if _has_ended(answer):  # refused at the door: nothing was done with the body
            answer = self._http.write(method, path, json=body, headers=_header(self._another(token)))
        error = refusals.error_in(answer)
        if error is not None:
            raise refusals.write_refused(error)
        return answer

    def _signed(self, path: str, body: object) -> Answer:
        token = self._session()
        answer = self._http.read(path, method="POST", json=body, headers=_header(token))
        if _has_ended(answer):
            token = self._another(token)
            answer = self._http.read(path, method="POST", json=body, headers=_header(token))
        if _has_ended(answer):
            self._forget(token)
        return answer

    # --- The session ---

    def _session(self) -> str:
        kept = self._kept()
        token = kept.get("token") or self._log_in()
        self._http.hide(token)
        return token

    def _kept(self) -> dict[str, str]:
        stored = self._access.sessions.get(self._session_key)
        kept: dict[str, str] = msgspec.json.decode(stored) if stored else {}
        for secret in kept.values():
            self._http.hide(secret)
        return kept

    def _another(self, dead: str) -> str:
        """One that is not the dead one: what another worker got meanwhile, else renewed, else a new one."""
        kept = self._kept()
        if kept.get("token", dead) != dead:
            return kept["token"]
        self._forget(dead)
        return self._renewed(kept.get("refresh", "")) or self._session()

    def _forget(self, token: str) -> None:
        """Only this one: another worker may have put a living one in its place."""
        if self._kept().get("token") == token:
            self._access.sessions.forget(self._session_key)

    def _renewed(self, refresh: str) -> str:
        """A token for the one that renews; "" when that is dead too."""
        if not refresh:
            return ""
        answer = self._http.read("/refresh", method="POST", json=refresh)
        return self._keep(answer) if answer.ok and isinstance(answer.data, dict) else ""

    def _log_in(self) -> str:
        """Raises LoginNeeded, Temporary. Asked once: Uniconta wants rest after too many attempts."""
        given = self._access.credentials
        body = {
            "Username": login_name(self.company_id, given.get("username", "")),
            "Password": given.get("password", ""),
            "apiKey": given.get("api_key", "").strip("{}"),
        }
        answer = self._http.read("/login", method="POST", json={key: value for key, value in body.items() if value})
        error = refusals.error_in(answer)
        if error is not None:
            closed = refusals.at_the_door(error, self.company_id)
            raise closed or refusals.read_refused(error, "login")
        token = self._keep(answer)
        if not token:
            raise MappingError("token", "text")
        return token

    def _keep(self, answer: Answer) -> str:
        data = answer.data if isinstance(answer.data, dict) else {}
        token, refresh = data.get("token"), data.get("refreshToken")
        if not isinstance(token, str) or not token:
            return ""
        kept = {"token": token} | ({"refresh": refresh} if isinstance(refresh, str) and refresh else {})
        for secret in kept.values():
            self._http.hide(secret)
        until = _instant(data.get("refreshTokenExpiry")) if "refresh" in kept else None
        self._access.sessions.set(
            self._session_key, msgspec.json.encode(kept).decode(), expires_at=until or self.now() + _LIFE
        )
        return token


def _header(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _has_ended(answer: Answer) -> bool:
    """Whether the session is gone: as a status, or as a name in a 200. The password may be right all the same."""
    error = refusals.error_in(answer)
    return answer.status == 401 or (error is not None and error.name == refusals.NO_SESSION)


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _written(answer: Answer) -> Row:
    """The record of an accepted write. Raises Unclear when there is none: it was done, and we know not what."""
    try:
        return as_row(answer.data)
    except MappingError as error:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=error.path) from None


def web_root(base_url: str) -> str:
    """Where people open it. A sandbox shows its pages beside its API."""
    return base_url.rstrip("/") if base_url else "https://www.uniconta.com"


@contextmanager
def open_api(access: Access) -> Iterator[UnicontaApi]:
    """Nothing is sent until the first call."""
    lane = f"{FACTS.key}:{access.credentials.get('company_id', '')}"
    with Transport(
        access.settings.get("url") or FACTS.base_url,
        timeouts=FACTS.timeouts,
        secrets=[access.credentials.get("password", ""), access.credentials.get("api_key", "")],
        observe=access.observe,
        before_write=access.before_write,
        share=Share(quota=access.quota, per_minute=PER_MINUTE, lane=lambda _path: lane, burst=BURST),
        decode=decoded,
    ) as http:
        yield UnicontaApi(access, http)
