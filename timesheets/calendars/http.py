"""Speaking to a vendor: reads only, bounded in time, tries and size, and never redirected.

Nothing of a request or an answer is logged: addresses carry ids of people, answers what they do.
"""

from __future__ import annotations

import ipaddress
import json
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from timesheets.calendars.errors import CalendarError, NoSuchCalendar, SignInNeeded, Temporary, Unreadable

TIMEOUT = httpx.Timeout(connect=4, read=10, write=5, pool=4)  # seconds
TRIES = 3
LONGEST_WAIT = 4.0  # seconds a worker sleeps for a vendor; a longer wait is given back as Temporary
PATIENCE = 45.0  # seconds that all requests of one look may take
LARGEST = 8 * 1024 * 1024  # bytes of one answer
_BUSY_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


class Bearer(Protocol):
    def token(self) -> str:
        """An access token that holds for a while. Raises CalendarErrors."""

    def renewed(self) -> str:
        """Another than the one that was refused. Raises CalendarErrors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    data: Any
    retry_after: float | None


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates of the world takes longer than most requests, and they are the same for all."""
    return httpx.create_ssl_context()


def http_client(base_url: str) -> httpx.Client:
    return httpx.Client(
        verify=_tls(),
        headers={"Accept": "application/json", "User-Agent": "Busy"},
        timeout=TIMEOUT,
        follow_redirects=False,
        trust_env=not _is_loopback(base_url),  # a proxy of the environment is for the world, not for ourselves
    )


def ask(client: httpx.Client, method: str, url: str, **request: Any) -> Answer:
    """One request. Raises Temporary when there is no answer, Unreadable for one that is no JSON."""
    try:
        with client.stream(method, url, **request) as response:
            body = b""
            for part in response.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise Unreadable("an answer too large")
    except httpx.TransportError as error:
        raise Temporary(f"no answer: {type(error).__name__}") from error
    except httpx.HTTPError as error:
        raise Unreadable(type(error).__name__) from error
    retry_after = _seconds(response.headers.get("retry-after", ""))
    if response.status_code in _BUSY_STATUSES:
        raise Temporary(f"status {response.status_code}", retry_after=retry_after)
    return Answer(status=response.status_code, data=_json(body, response.status_code), retry_after=retry_after)


def _json(body: bytes, status: int) -> Any:
    """What is said with a refusal may be anything; an answer must be JSON."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        if status < 300:
            raise Unreadable("no JSON") from error
        return None


class Reader:
    """One look at an account. Reads are tried again a few times."""

    def __init__(self, base_url: str, bearer: Bearer, forbidden: Callable[[object], CalendarError]) -> None:
        self._base = base_url.rstrip("/")
        self._bearer = bearer
        self._forbidden = forbidden
        self._until = time.monotonic() + PATIENCE
        self._client = http_client(base_url)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, str | int] | None = None, *, prefer: str = "") -> Any:
        """The JSON of a 2xx answer. Raises CalendarErrors."""
        return self._read(self._base + path, params, prefer)

    def follow(self, url: str, *, prefer: str = "") -> Any:
        """Go on where an answer says; the token goes to the vendor's own host alone."""
        there, own = urlsplit(url), urlsplit(self._base)
        if (there.scheme, there.netloc) != (own.scheme, own.netloc):
            raise Unreadable("a link to another host")
        return self._read(url, None, prefer)

    def _read(self, url: str, params: Mapping[str, str | int] | None, prefer: str) -> Any:
        token = self._bearer.token()
        answer = self._patiently(url, params, prefer, token)
        if answer.status == 401:
            answer = self._patiently(url, params, prefer, self._bearer.renewed())
        if 200 <= answer.status < 300:
            return answer.data
        raise self._problem(answer)

    def _problem(self, answer: Answer) -> CalendarError:
        if answer.status == 401:
            return SignInNeeded("a new token is refused too")
        if answer.status == 403:
            return self._forbidden(answer.data)
        if answer.status in (404, 410):
            return NoSuchCalendar("not found")
        return Unreadable(f"status {answer.status}")

    def _patiently(self, url: str, params: Mapping[str, str | int] | None, prefer: str, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} | ({"Prefer": prefer} if prefer else {})
        for attempt in range(1, TRIES + 1):
            try:
                answer = ask(self._client, "GET", url, params=params, headers=headers)
                if answer.status == 403 and isinstance(busy := self._forbidden(answer.data), Temporary):
                    raise busy
                return answer
            except Temporary as error:
                wait = error.retry_after if error.retry_after is not None else _pause(attempt)
                if attempt == TRIES or wait > LONGEST_WAIT or time.monotonic() + wait > self._until:
                    raise
                time.sleep(wait)
        raise Temporary("not reached")


def _pause(attempt: int) -> float:
    """Seconds, longer each time, and not the same for all who wait."""
    return 0.8 * attempt * (0.5 + random.random())  # noqa: S311 - jitter


def _seconds(header: str) -> float | None:
    return float(header) if header.isdigit() else None


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
