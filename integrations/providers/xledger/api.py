"""The api handle: one token, one address, queries and mutations."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from integrations.kernel.connector import Access
from integrations.kernel.errors import Code, LoginNeeded, MappingError, ProviderError, Unclear
from integrations.kernel.http import Answer, Transport
from integrations.kernel.parse import Row, as_row, optional_part
from integrations.providers.xledger import refusals
from integrations.providers.xledger.facts import BURST, CENTRAL_EUROPE, FACTS
from integrations.providers.xledger.refusals import ApiError
from integrations.providers.xledger.schema import ASSUMED, FIELDS, SHAPES, Schema, read_schema, shapes_wanted

if TYPE_CHECKING:
    from gql.client import SyncClientSession

_WINDOW = 5.0  # seconds of the burst limit [spec]
_PATIENCE = 8.0  # seconds a read may wait in all: the burst limit once, and a little
_SCHEMA_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a mass mutation: the nodes that were made, by our row key, and what was said."""

    nodes: Mapping[str, Row]
    errors: list[ApiError]


class Pace:
    """No more than `most` requests in five seconds, whoever waits for them."""

    def __init__(
        self, most: int, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._times: deque[float] = deque(maxlen=max(1, most))
        self._clock, self._sleep = clock, sleep

    def wait(self) -> None:
        if len(self._times) == self._times.maxlen and (left := self._times[0] + _WINDOW - self._clock()) > 0:
            self._sleep(left)
        self._times.append(self._clock())


class XledgerApi:
    """For one connection and one thread. Nothing is sent before the first question."""

    def __init__(self, access: Access, http: Transport) -> None:
        self._access = access
        self._http = http
        self._token = access.credentials.get("api_token", "").strip()
        burst = access.settings.get("burst", "")
        self._pace = Pace(int(burst) if burst.isdigit() else BURST)
        self._session: SyncClientSession | None = None
        self._schema: Schema | None = None
        # Another token may see another schema.
        self._schema_key = f"schema:{hashlib.blake2b(self._token.encode(), digest_size=12).hexdigest()}"
        self.web = web_root(access.settings.get("url") or FACTS.base_url)
        self.sessions = access.sessions

    def __repr__(self) -> str:
        return f"<XledgerApi {self.web}>"

    def now(self) -> datetime:
        return self._access.now()

    def today(self) -> date:
        return self.now().astimezone(CENTRAL_EUROPE).date()

    def link(self, what: str, external_id: str) -> str:
        """Opens Xledger; "" when there is nothing to open."""
        return FACTS.links.get(what, "").format(web=self.web, id=external_id)

    def ask(self, document: str, variables: Mapping[str, Any] | None = None, *, right: str) -> Row:
        """The data of a query. A key that is refused is tried once more, then a person must look.

        Raises LoginNeeded, Temporary (TooHeavy among them), MappingError (StaleCursor among them).
        """
        data, errors = self._asked(document, variables)
        if refusals.is_rejected(errors):
            data, errors = self._asked(document, variables)
        if errors:
            raise refusals.read_refused(errors, right)
        return data

    def tell(self, mutation: str, document: str, variables: Mapping[str, Any]) -> Told:
        """Write once. Errors come back beside what was made: the caller looks what stands there.

        Raises Unclear, Temporary and LoginNeeded; after the last two nothing was done.
        """
        data, errors = self._asked(document, variables)
        if refusals.is_rejected(errors):
            raise refusals.key_rejected(errors[0].message)
        if errors and errors[0].is_timeout:
            raise Unclear(Code.ANSWER_LOST, reason=str(Code.TIMEOUT), detail="query")
        try:
            return Told(nodes=_nodes(data, mutation), errors=errors)
        except MappingError as error:
            raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=error.path) from None

    def take_away(self, mutation: str, document: str, variables: Mapping[str, Any]) -> bool:
        """Whether a removal removed something. Raises Unclear, Temporary, LoginNeeded."""
        data, errors = self._asked(document, variables)
        if refusals.is_rejected(errors):
            raise refusals.key_rejected(errors[0].message)
        found = data.get(mutation)
        return not errors and isinstance(found, Mapping) and bool(found.get("numAffected"))

    def schema(self) -> Schema:
        """What the live schema offers. Raises LoginNeeded and Temporary; a schema that is not shown is assumed."""
        if self._schema is None:
            kept = self.sessions.get(self._schema_key)
            self._schema = _kept_schema(kept) if kept else None
        if self._schema is None:
            self._schema = self._asked_schema()
            self.sessions.set(self._schema_key, self._schema.to_json(), expires_at=self.now() + _SCHEMA_FOR)
        return self._schema

    def _asked_schema(self) -> Schema:
        try:
            fields = self.ask(FIELDS, right="schema")
            wanted = shapes_wanted(fields)
            found = read_schema(fields, self.ask(SHAPES, wanted, right="schema") if wanted else None)
        except MappingError:
            return ASSUMED
        except LoginNeeded as error:
            if error.problem.code != Code.RIGHTS_MISSING:
                raise
            return ASSUMED
        return found if found.queries else ASSUMED

    def _asked(self, document: str, variables: Mapping[str, Any] | None) -> tuple[Row, list[ApiError]]:
        from integrations.providers.xledger import wire

        if not is_token(self._token):
            raise refusals.key_rejected("", "token_malformed")
        if self._session is None:
            self._session = wire.session(self._http, {"Authorization": f"token {self._token}"})
        self._pace.wait()
        return wire.asked(self._session, document, variables or {})


def _kept_schema(kept: str) -> Schema | None:
    """None when it was written by another release."""
    try:
        return Schema.from_json(kept)
    except (msgspec.DecodeError, ValueError):
        return None


def _nodes(data: Row, mutation: str) -> dict[str, Row]:
    """The rows that were made, by `clientId`: never by position [spec]."""
    payload = optional_part(data, mutation) or {}
    edges = payload.get("edges")
    found = {}
    for edge in edges if isinstance(edges, list) else []:
        row = as_row(edge or {}, f"{mutation}.edges")
        if (node := optional_part(row, "node")) is not None and node.get("dbId"):
            found[str(row.get("clientId"))] = node
    return found


def is_token(text: str) -> bool:
    """base64url that survives being decoded and encoded [spec]."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return bool(decoded) and base64.urlsafe_b64encode(decoded).decode().rstrip("=") == text.rstrip("=")


def web_root(url: str) -> str:
    """Where people open it."""
    return url.rstrip("/")


def local_text(instant: datetime) -> str:
    """An instant as Xledger writes it: Central European time without an offset, whole seconds."""
    return instant.astimezone(CENTRAL_EUROPE).replace(tzinfo=None).isoformat(timespec="seconds")


@contextmanager
def open_api(access: Access) -> Iterator[XledgerApi]:
    """Nothing is sent until the first question."""

    def judge(answer: Answer, _is_write: bool) -> ProviderError | None:
        return refusals.limited(answer, access.now())

    with Transport(
        web_root(access.settings.get("url") or FACTS.base_url),
        timeouts=FACTS.timeouts,
        secrets=[access.credentials.get("api_token", "").strip()],
        observe=access.observe,
        before_write=access.before_write,
        judge=judge,
        patience=_PATIENCE,
    ) as http:
        yield XledgerApi(access, http)
