"""The transport: the one place that speaks HTTP.

Reads are repeated a few times within a bounded patience; a write is sent once, and whatever leaves its outcome open
becomes `Unclear`. Every request has time limits and a size limit, follows no redirect, and is told to `observe`
without secrets.

    with Transport(base_url, secrets=[key], observe=access.observe) as http:
        answer = http.read("/project", params={"from": 0})
        answer = http.write("POST", "/order", json=body)

An `Answer` has status 2xx, 304 or 4xx (except 429): what a 4xx means is the provider's to say. Only who asks for it
(`heard`) gets a 500.
"""

from __future__ import annotations

import ipaddress
import logging
import random
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import msgspec

from integrations.kernel.connector import Exchange, Quota, Unlimited
from integrations.kernel.errors import Code, MappingError, ProviderError, Temporary, Unclear
from integrations.kernel.facts import Timeouts
from integrations.kernel.redact import Secrets, redacted
from integrations.kernel.typed import unfit

# httpx writes every URL at INFO and httpcore every header at DEBUG; both may carry a secret.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode

LONGEST_WAIT = 5.0  # seconds a worker may sleep for a provider; a longer wait is given back as Temporary
BROKEN = "broken_json"  # the reason of a cut answer: asked for again, and unknown in the end
_TIMEOUTS = (408, 504, 524)  # somebody between gave up waiting: the work may go on behind them


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(repr=False)  # names in lower case
    body: bytes = field(repr=False)
    data: Any = field(default=None, repr=False)  # the parsed JSON; numbers with a fraction are Decimal

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    method: str
    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)
    is_write: bool = False
    expects_json: bool = True
    decode: Callable[[bytes], Any] | None = None


@cache
def _trust() -> ssl.SSLContext:
    """Whom we believe over TLS. Reading the authorities takes 20 ms of CPU, so all conversations share them."""
    return httpx.create_ssl_context()


def _no_pace(_: Mapping[str, str]) -> float:
    return 0.0


def _no_objection(_answer: Answer, _is_write: bool) -> ProviderError | None:
    return None


def _not_heard(_answer: Answer) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Our part of a quota that all connections share; `lane` names what the provider counts by, from the path.
    `burst` minutes of requests may leave at once, where the provider counts by something longer than a minute."""

    quota: Quota
    per_minute: int
    lane: Callable[[str], str]
    burst: float = 0


_UNSHARED = Share(quota=Unlimited(), per_minute=0, lane=lambda _: "")


class Transport:
    """One provider's HTTP for one connection; not for several threads at once.

    `pace` reads the answer's headers and says how many seconds to hold before the next request; `wait_told` reads the
    body of a 429, for providers that say it there; `decode` reads a body, for those whose answers are not always JSON.
    `judge` gives the error that an answer carries whatever its status says, as GraphQL does: a Temporary makes a read
    be asked again, and on a write says that it surely did not happen. `heard` knows the answers of status 500 that are
    the provider's own word, as a SOAP fault is: `judge` and the connector say what they mean. `sleep`, `clock` and
    `jitter` are there for tests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeouts: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
        observe: Callable[[Exchange], None] | None = None,
        before_write: Callable[[], None] = lambda: None,
        pace: Callable[[Mapping[str, str]], float] = _no_pace,
        judge: Callable[[Answer, bool], ProviderError | None] = _no_objection,
        heard: Callable[[Answer], bool] = _not_heard,
        wait_told: Callable[[bytes], float | None] = lambda _: None,
        decode: Callable[[bytes], Any] = _decode,
        share: Share = _UNSHARED,
        request_id_header: str = "x-request-id",
        max_bytes: int = 32 * 1024 * 1024,
        attempts: int = 4,
        patience: float = 5.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._secrets = Secrets(secrets)
        self._observe = observe
        self._before_write = before_write
        self._pace = pace
        self._judge = judge
        self._heard = heard
        self._wait_told = wait_told
        self._decode = decode
        self._share = share
        self._request_id_header = request_id_header
        self._max_bytes = max_bytes
        self._attempts = attempts
        self._patience = patience
        self._sleep, self._clock, self._jitter = sleep, clock, jitter
        self._hold_until = 0.0
        limits = self._timeouts
        self._client = httpx.Client(
            verify=_trust(),
            base_url=base_url,
            headers={"Accept": "application/json", "User-Agent": "Busy", **(headers or {})},
            timeout=httpx.Timeout(connect=limits.connect, read=limits.read, write=limits.write, pool=limits.connect),
            follow_redirects=False,
            trust_env=not _is_loopback(base_url),  # a proxy of the environment is for the world, not for ourselves
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Transport {self._client.base_url.host}>"

    def close(self) -> None:
        self._client.close()

    def hide(self, secret: str) -> None:
        """Mask this secret too, from now on."""
        self._secrets.add(secret)

    def read(
        self,
        path: str,
        *,
        method: str = "GET",
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes = b"",
        expects_json: bool = True,
        decode: Callable[[bytes], Any] | None = None,
    ) -> Answer:
        """Ask, and ask again when time may heal it, for at most `patience` seconds in all.

        ``decode`` reads the body of an answer that is well. Raises Temporary when it did not heal, MappingError when
        the answer is not JSON however often we ask, or has other types than ``decode`` wants.
        """
        request = _Request(
            method=method, path=path, params=params or {}, headers=headers or {}, expects_json=expects_json,
            content=content if json is None else _encode(json), decode=decode,
        )  # fmt: skip
        started = self._clock()
        for attempt in range(1, self._attempts + 1):
            try:
                return self._once(request)
            except Temporary as error:
                wait = self._backoff(attempt) if error.retry_after is None else error.retry_after
                spent = self._clock() - started
                if attempt < self._attempts and spent + wait <= self._patience:
                    self._sleep(wait)
                elif error.problem.params.get("reason") == BROKEN:
                    raise MappingError("", "JSON") from None
                else:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def write(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes = b"",
        expects_json: bool = True,
    ) -> Answer:
        """Send once, never again.

        Raises Temporary when it surely did not happen (never connected, 429) and Unclear when it may have happened.
        """
        return self._once(
            _Request(
                method=method,
                path=path,
                params=params or {},
                headers=headers or {},
                expects_json=expects_json,
                content=content if json is None else _encode(json),
                is_write=True,
            )
        )

    def _backoff(self, attempt: int) -> float:
        """0.25, 0.5, 1 ... seconds, each between its half and its whole, so that workers do not come back in step."""
        return float(0.25 * 2 ** (attempt - 1)) * (0.5 + self._jitter() / 2)

    def _once(self, request: _Request) -> Answer:
        self._wait_for_turn(request)
        if request.is_write:
            self._before_write()
        started = self._clock()
        answer: Answer | None = None
        outcome = "ok"
        try:
            answer = self._received(request, started)
            self._hold_until = self._clock() + self._pace(answer.headers)
            if answer.status >= 400:
                outcome = "refused"
            answer = self._judged(request, answer)
            if (objection := self._judge(answer, request.is_write)) is not None:
                raise objection
            return answer
        except ProviderError as error:
            outcome = str(error.problem.code)
            raise
        finally:
            self._tell(request, answer, outcome, started)

    def _wait_for_turn(self, request: _Request) -> None:
        self._wait(self._hold_until - self._clock())
        until = self._clock() + LONGEST_WAIT
        share = self._share
        while (wait := share.quota.wait(share.lane(request.path), share.per_minute, share.burst)) > 0:
            if self._clock() + wait > until:
                raise Temporary(Code.RATE_LIMITED, retry_after=wait)
            self._wait(wait)

    def _wait(self, seconds: float) -> None:
        if seconds > LONGEST_WAIT:
            raise Temporary(Code.RATE_LIMITED, retry_after=seconds)
        if seconds > 0:
            self._sleep(seconds)

    def _received(self, request: _Request, started: float) -> Answer:
        headers = {"Content-Type": "application/json; charset=utf-8"} if request.content else {}
        # `from None` below: an httpx error holds the request with its Authorization header.
        try:
            with self._client.stream(
                request.method, request.path, params=dict(request.params),
                headers=_as_bytes({**headers, **request.headers}),
                content=request.content or None,
            ) as response:  # fmt: skip
                body = self._body(request, response, started)
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(status=response.status_code, headers=names, body=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise Temporary(Code.UNREACHABLE, reason=type(error).__name__) from None
        except httpx.TimeoutException as error:
            raise self._lost(request, Code.TIMEOUT, reason=type(error).__name__) from None
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise self._lost(request, Code.UNREACHABLE, reason=type(error).__name__) from None

    def _body(self, request: _Request, response: httpx.Response, started: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > self._max_bytes:
                if request.is_write:
                    raise self._lost(request, Code.NOT_AN_ANSWER, reason="too_large")
                raise MappingError("", f"at most {self._max_bytes} bytes")
            if self._clock() - started > self._timeouts.total:
                raise self._lost(request, Code.TIMEOUT, reason="total")
            chunks.append(chunk)
        return b"".join(chunks)

    def _judged(self, request: _Request, answer: Answer) -> Answer:
        status = answer.status
        if status == 429:
            wait = self._retry_after(answer)
            if wait:
                self._share.quota.rest(self._share.lane(request.path), wait)
            raise Temporary(Code.RATE_LIMITED, retry_after=wait)
        if status == 500 and self._heard(answer):
            return answer
        if status >= 500 or status == 408:
            code = Code.TIMEOUT if status in _TIMEOUTS else Code.SERVER_ERROR
            raise self._lost(request, code, retry_after=_seconds(answer), status=status)
        if 300 <= status < 400 and status != 304:
            raise self._lost(request, Code.NOT_AN_ANSWER, reason="redirect", status=status)
        if status in (204, 304) or not request.expects_json:
            return answer
        try:
            data = (request.decode if request.decode and answer.ok else self._decode)(answer.body)
        except msgspec.ValidationError as error:
            raise unfit(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError):
            if not answer.ok:
                return answer  # the status alone says what it is
            reason = "html" if answer.body.lstrip()[:1] == b"<" else BROKEN
            raise self._lost(request, Code.NOT_AN_ANSWER, reason=reason) from None
        return Answer(status=status, headers=answer.headers, body=answer.body, data=data)

    def _retry_after(self, answer: Answer) -> float | None:
        held = self._hold_until - self._clock()
        told = _seconds(answer)
        if told is None:
            told = self._wait_told(answer.body)
        return told or (held if held > 0 else None)

    def _lost(
        self, request: _Request, code: Code, *, reason: str = "", status: int = 0, retry_after: float | None = None
    ) -> ProviderError:
        """No usable answer: a read may be asked again, a write may have happened, or may still be happening."""
        seen: dict[str, str | int] = {"status": status} if status else {}
        if request.is_write:
            return Unclear(Code.ANSWER_LOST, reason=str(code), detail=reason, **seen)
        return Temporary(code, retry_after=retry_after, reason=reason, **seen)

    def _tell(self, request: _Request, answer: Answer | None, outcome: str, started: float) -> None:
        if self._observe is None:  # masking a page of a list costs as much as reading it
            return
        query = f"?{httpx.QueryParams(dict(request.params))}" if request.params else ""
        self._observe(
            Exchange(
                method=request.method,
                path=redacted(request.path + query, self._secrets, shown=500),
                status=answer.status if answer else None,
                sent=redacted(request.content, self._secrets),
                received=redacted(answer.body, self._secrets) if answer else "",
                milliseconds=int((self._clock() - started) * 1000),
                outcome=outcome,
                request_id=answer.headers.get(self._request_id_header, "")[:100] if answer else "",
            )
        )


def _as_bytes(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """A pasted key may hold any character: the provider shall refuse it, not our encoding."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _seconds(answer: Answer) -> float | None:
    """`Retry-After` in seconds; its other form, a date, is rare and left to our own back-off."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), 3600.0) if text.isascii() and text.isdigit() else None


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
