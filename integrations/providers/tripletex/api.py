"""The api handle: a session with Tripletex and the few calls we make.

Three tokens: the deployment's consumer token and the customer's employee token make a session token, which then signs
the calls as HTTP Basic `0:<session>` (0 = the company of the key's owner).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from integrations.kernel.connector import Access
from integrations.kernel.errors import Code, MappingError, Problem, ProviderError, Refused, Turn, Unclear
from integrations.kernel.http import Answer, Transport
from integrations.kernel.parse import Row, as_row, part, text, within
from integrations.providers.tripletex import refusals
from integrations.providers.tripletex.facts import FACTS, LIST_CAP
from integrations.providers.tripletex.wire import ListOf

OSLO = ZoneInfo("Europe/Oslo")
Params = Mapping[str, str | int]
T = TypeVar("T")


def session_days() -> int:
    """Days from today (Oslo) that a session is asked for.

    A session dated today is made without complaint and is dead [client]; its longest life is not stated. Two days.
    """
    return 2


def seconds_to_hold(headers: Mapping[str, str]) -> float:
    """How long to wait before the next call: `X-Rate-Limit-Reset` is in seconds left, not a time [spec].

    Two calls are left untouched, for the writes of a person who waits.
    """
    remaining, reset = headers.get("x-rate-limit-remaining", ""), headers.get("x-rate-limit-reset", "")
    if not (remaining.isdigit() and reset.isdigit()):
        return 0.0
    return float(reset) if int(remaining) <= 2 else 0.0


class ListTooLarge(Refused):
    """The query matches more than `LIST_CAP` rows; ask for less at a time."""

    def __init__(self) -> None:
        problem = Problem(code="list_too_large", params={"limit": str(LIST_CAP)}, turn=Turn.ACCOUNTING)
        super().__init__(problem)


class TripletexApi:
    """For one connection and one thread. Makes a session when the first call needs one."""

    def __init__(self, access: Access, http: Transport) -> None:
        self._access = access
        self._http = http
        self._employee_token = access.credentials.get("employee_token", "")
        self._consumer_token = access.settings.get("consumer_token", "")
        self.web = web_root(access.settings.get("url") or FACTS.base_url)
        # A new key must not go on with the old key's session.
        keys = f"{self._consumer_token}\n{self._employee_token}".encode()
        self._session_key = f"session:{hashlib.blake2b(keys, digest_size=12).hexdigest()}"

    def __repr__(self) -> str:
        return f"<TripletexApi {self.web}>"

    @property
    def may_prepare(self) -> bool:
        """Whether projects may be changed so that hours are taken."""
        return self._access.prepare_hours

    def now(self) -> datetime:
        """On the clock of Tripletex, which is Norwegian time."""
        return self._access.now().astimezone(OSLO)

    def link(self, what: str, external_id: str) -> str:
        """Opens the record at Tripletex; "" when no such page is known."""
        template = FACTS.links.get(what, "")
        return template.format(web=self.web, id=external_id)

    def get_list(self, path: str, params: Params, *, right: str) -> Row:
        """A list in one page. Raises ListTooLarge, LoginNeeded, Temporary, MappingError."""
        return as_row(self._listed(self._signed_read(path, params, {}), right).data)

    def get_page(
        self, path: str, params: Params, *, right: str, digest: str, decode: Callable[[bytes], ListOf[T]]
    ) -> ListOf[T] | None:
        """One page of a list, as `decode` reads it, or None when it is unchanged since `digest`.

        Raises ListTooLarge, LoginNeeded, Temporary, MappingError.
        """
        answer = self._signed_read(path, params, {"If-None-Match": digest}, decode)
        if answer.status == 304:
            return None
        page: ListOf[T] = self._listed(answer, right).data
        return page

    def _listed(self, answer: Answer, right: str) -> Answer:
        if answer.status == 422 and refusals.api_error(answer).code == refusals.TOO_LARGE:
            raise ListTooLarge
        if not answer.ok:
            raise refusals.read_refused(answer, right)
        return answer

    def get_one(self, path: str, fields: str, *, right: str) -> Row | None:
        """The `value` of a single object, or None when there is no such object (404)."""
        answer = self._signed_read(path, {"fields": fields}, {})
        if answer.status == 404:
            return None
        if not answer.ok:
            raise refusals.read_refused(answer, right)
        return part(as_row(answer.data), "value")

    def may_read(self, path: str, params: Params) -> bool:
        """False when this key gets 403 on `path`."""
        answer = self._signed_read(path, params, {})
        if answer.ok or answer.status == 403:
            return answer.ok
        raise refusals.read_refused(answer, path)

    def post(self, path: str, body: Mapping[str, Any], *, right: str) -> Row:
        """Create once; the `value` of the answer. Raises Refused, Unclear, Temporary, LoginNeeded."""
        answer = self.write("POST", path, body=body)
        if not answer.ok:
            raise refusals.write_refused(answer, right)
        return written(answer)

    def write(
        self, method: str, path: str, *, body: Mapping[str, Any] | None = None, params: Params | None = None
    ) -> Answer:
        """Write once; an answer of 2xx or 4xx, which the caller judges. Raises Unclear, Temporary, LoginNeeded."""
        token = self._session()
        answer = self._http.write(method, path, json=body, params=params, headers=self._signed_by(token))
        if answer.status == 401:  # refused at the door: nothing was done with the body
            token = self._another_session(token)
            answer = self._http.write(method, path, json=body, params=params, headers=self._signed_by(token))
        if answer.status == 401:
            raise self._still_rejected(answer, token)
        return answer

    def _signed_read(
        self,
        path: str,
        params: Params,
        headers: Mapping[str, str],
        decode: Callable[[bytes], Any] | None = None,
    ) -> Answer:
        token = self._session()
        answer = self._http.read(path, params=params, headers={**headers, **self._signed_by(token)}, decode=decode)
        if answer.status == 401:
            token = self._another_session(token)
            answer = self._http.read(path, params=params, headers={**headers, **self._signed_by(token)}, decode=decode)
        if answer.status == 401:
            raise self._still_rejected(answer, token)
        return answer

    def _still_rejected(self, answer: Answer, token: str) -> ProviderError:
        """A session made a moment ago is refused too: never loop, a person must look."""
        self._forget(token)
        return refusals.key_rejected(refusals.api_error(answer))

    def _session(self) -> str:
        return self._access.sessions.get(self._session_key) or self._new_session()

    def _another_session(self, dead: str) -> str:
        """One that is not the dead one: what another worker made meanwhile, else a new one."""
        self._forget(dead)
        return self._session()

    def _forget(self, token: str) -> None:
        """Only this one: another worker may have put a living one in its place."""
        if self._access.sessions.get(self._session_key) == token:
            self._access.sessions.forget(self._session_key)

    def _signed_by(self, token: str) -> dict[str, str]:
        basic = b64encode(f"0:{token}".encode()).decode()
        self._http.hide(token)
        self._http.hide(basic)
        return {"Authorization": f"Basic {basic}"}

    def _new_session(self) -> str:
        """Raises LoginNeeded when a token is refused. A session too many does no harm, so it may be asked for again."""
        if not self._consumer_token:
            raise refusals.consumer_refused(FACTS.variable("consumer_token"))
        last_day = self.now().date() + timedelta(days=session_days())
        body = {
            "consumerToken": self._consumer_token,
            "employeeToken": self._employee_token,
            "expirationDate": last_day.isoformat(),
        }
        answer = self._http.read("/token/session/:create", method="POST", json=body)
        if not answer.ok:
            error = refusals.api_error(answer)
            if "consumertoken" in error.field.lower():
                raise refusals.consumer_refused(FACTS.variable("consumer_token"), error.message)
            raise refusals.key_rejected(error)
        token = within("value", lambda: text(part(as_row(answer.data), "value"), "token"))
        self._http.hide(token)
        # It dies at the midnight into its last day, Norwegian time; half an hour is left as a margin.
        dies_at = datetime.combine(last_day, datetime.min.time(), OSLO)
        self._access.sessions.set(self._session_key, token, expires_at=dies_at - timedelta(minutes=30))
        return token


def written(answer: Answer) -> Row:
    """The `value` of an accepted write. Raises Unclear when there is none: it was done, and we know not what."""
    try:
        return part(as_row(answer.data), "value")
    except MappingError as error:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=error.path) from None


def web_root(base_url: str) -> str:
    """Where people open it: the API's address without its version."""
    return base_url.rstrip("/").removesuffix("/v2")


@contextmanager
def open_api(access: Access) -> Iterator[TripletexApi]:
    """Nothing is sent until the first call."""
    secrets = [access.credentials.get("employee_token", ""), access.settings.get("consumer_token", "")]
    with Transport(
        access.settings.get("url") or FACTS.base_url,
        timeouts=FACTS.timeouts,
        secrets=secrets,
        observe=access.observe,
        before_write=access.before_write,
        pace=seconds_to_hold,
        request_id_header="x-tlx-request-id",
    ) as http:
        yield TripletexApi(access, http)
