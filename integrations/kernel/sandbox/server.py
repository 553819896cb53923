"""The HTTP server of a sandbox: keep-alive, one thread a connection, faults between the request and its answer."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Protocol, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from integrations.kernel.sandbox.faults import Fault, FaultKind, Faults

ADMIN = "/_sandbox/"
_HTML = b"<!doctype html><title>Vedlikehold</title><h1>Vi er straks tilbake</h1>"
_KEPT_REQUESTS = 20_000
_INSTEAD = (FaultKind.STATUS, FaultKind.HTML_200, FaultKind.UNAUTHORIZED, FaultKind.REDIRECT, FaultKind.HUGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str  # decoded, with the API's prefix taken off where it has one
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    host: str

    def parameter(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def json(cls, data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        content = msgspec.json.Encoder(decimal_format="number").encode(data)
        return cls(status=status, headers={"Content-Type": "application/json", **(headers or {})}, body=content)

    @classmethod
    def html(cls, page: str, status: int = 200) -> Response:
        return cls(status=status, headers={"Content-Type": "text/html; charset=utf-8"}, body=page.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request in the log. Holds no headers: they carry sessions."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str
    status: int | None  # None: no answer was given
    fault: str


class App(Protocol):
    """What a provider's sandbox plays."""

    prefix: str  # of the API's paths, e.g. "/v2"

    def answer(self, request: Request) -> Response:
        """The provider's API."""

    def unauthorized(self, request: Request) -> Response:
        """401, as this provider says it."""

    def failure(self, request: Request, status: int) -> Response:
        """429, 500, 503 ... as this provider says it."""

    def admin(self, request: Request) -> Response:
        """State edits under `/_sandbox/`, not part of the contract."""

    def page(self, request: Request) -> Response:
        """What a person sees in a browser."""

    def move(self, request: Request) -> None:
        """Take away the first row of the list just asked for."""

    def close(self) -> None: ...


class Sandbox:
    """A running sandbox: `with Sandbox(app) as sandbox: sandbox.url`."""

    def __init__(self, app: App, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._app = app
        self._faults = Faults()
        self._seen: deque[Seen] = deque(maxlen=_KEPT_REQUESTS)
        self._server = _Server((host, port), _Handler)
        self._server.sandbox = self
        self._thread: threading.Thread | None = None
        self.stopping = threading.Event()
        self.origin = f"http://{host}:{self._server.server_port}"
        self.url = self.origin + app.prefix

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Once and for all; a connection kept open is cut at its next request."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        if self._thread:
            self._thread.join()
        self._app.close()

    def arm(self, fault: Fault) -> None:
        self._faults.arm(fault)

    def disarm(self) -> None:
        self._faults.disarm()

    def requests(self, method: str = "", path: str = "") -> list[Seen]:
        """The log, oldest first; `method` and `path` narrow it when given."""
        return [seen for seen in list(self._seen) if method in ("", seen.method) and path in ("", seen.path)]

    def forget_requests(self) -> None:
        self._seen.clear()

    def serve(self, request: Request) -> tuple[Response | None, Fault | None]:
        """The answer, or None when the connection is to be cut without one."""
        if request.path.startswith(ADMIN):
            return self._admin(request), None
        if not request.path.startswith(self._app.prefix):
            return self._app.page(request), None
        request = replace(request, path=request.path.removeprefix(self._app.prefix))
        fault = self._faults.take(*self.named(request))
        response = self._app.answer(request) if fault is None else self._faulty(request, fault)
        self._log(request, response, fault)
        return response, fault

    def named(self, request: Request) -> tuple[str, str]:
        """Method and path, by which faults are armed and the log is read.

        A sandbox whose one address takes everything says GET for what reads, POST for what writes, and names the path
        after what is asked.
        """
        return request.method, request.path

    def rows(self, data: Any) -> list[Any]:
        """The rows of an answer's list, to be doubled or spoiled in place."""
        return _first_list(data)

    def spoilt(self, row: Any) -> dict[str, Any]:
        """Where the fields of a row stand."""
        fields: dict[str, Any] = row
        return fields

    def _log(self, request: Request, response: Response | None, fault: Fault | None) -> None:
        method, path = self.named(request)
        self._seen.append(
            Seen(
                method=method,
                path=path,
                query=request.query,
                body=request.body.decode("utf-8", "replace") if "token" not in request.path else "",
                status=response.status if response else None,
                fault=str(fault.kind) if fault else "",
            )
        )

    def _faulty(self, request: Request, fault: Fault) -> Response | None:
        if fault.kind in (FaultKind.DELAY, FaultKind.HANG_BEFORE):
            self.stopping.wait(fault.seconds)
        if fault.kind in (FaultKind.DROP_BEFORE, FaultKind.HANG_BEFORE):
            return None
        if fault.kind is FaultKind.DROP_LATE:
            threading.Thread(target=self._later, args=(request, fault.seconds), daemon=True).start()
            return None
        if fault.kind in _INSTEAD and not fault.after:
            return self._instead(request, fault)
        response = self._app.answer(request)
        if fault.kind is FaultKind.HANG_AFTER:
            self.stopping.wait(fault.seconds)
        if fault.kind in (FaultKind.DROP_AFTER, FaultKind.HANG_AFTER):
            return None
        if fault.kind in _INSTEAD:
            return self._instead(request, fault)
        if fault.kind is FaultKind.MOVING:
            self._app.move(request)
        if fault.kind is FaultKind.BROKEN_JSON:  # of whatever language the provider speaks
            return replace(response, body=response.body[: len(response.body) // 2])
        return self.twisted(response, fault)

    def twisted(self, response: Response, fault: Fault) -> Response:
        """The answer with rows doubled or a field spoiled; other answers as they are."""
        kinds = (FaultKind.DOUBLED, FaultKind.NULL_FIELD, FaultKind.MISSING_FIELD, FaultKind.WRONG_TYPE)
        if fault.kind not in kinds or not response.body:
            return response
        data = msgspec.json.decode(response.body)
        found = self.rows(data)
        if fault.kind is FaultKind.DOUBLED:
            found[:] = [row for row in found for _ in range(2)]
        elif found and fault.kind is FaultKind.MISSING_FIELD:
            self.spoilt(found[0]).pop(fault.field, None)
        elif found:
            self.spoilt(found[0])[fault.field] = None if fault.kind is FaultKind.NULL_FIELD else ["?"]
        return replace(response, body=msgspec.json.encode(data))

    def _later(self, request: Request, seconds: float) -> None:
        if not self.stopping.wait(seconds):
            self._app.answer(request)

    def _instead(self, request: Request, fault: Fault) -> Response:
        """Another answer than the provider's own."""
        match fault.kind:
            case FaultKind.HTML_200:
                return Response(headers={"Content-Type": "text/html; charset=utf-8"}, body=_HTML)
            case FaultKind.UNAUTHORIZED:
                return self._app.unauthorized(request)
            case FaultKind.REDIRECT:
                return Response(status=302, headers={"Location": "http://redirected.invalid/"})
            case FaultKind.HUGE:
                return Response(headers={"Content-Type": "application/json"}, body=b" " * fault.size)
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        failure = self._app.failure(request, fault.status)
        return replace(failure, headers={**failure.headers, **headers})

    def _admin(self, request: Request) -> Response:
        name = request.path.removeprefix(ADMIN)
        if name == "faults" and request.method == "POST":
            self.arm(msgspec.json.decode(request.body, type=Fault))
        elif name == "faults" and request.method == "DELETE":
            self.disarm()
        elif name == "requests" and request.method == "DELETE":
            self.forget_requests()
        elif name == "requests":
            return Response.json(self.requests())
        elif name != "faults":
            return self._app.admin(request)
        return Response.json(self._faults.armed())


def _first_list(data: Any) -> list[Any]:
    if isinstance(data, dict):
        for value in data.values():
            if isinstance(value, list):
                return value
            if isinstance(value, dict):
                return [value]
    return []


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    sandbox: Sandbox

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what fault tests do all day; anything else is told by the default."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece
    server: _Server
    methods: ClassVar[tuple[str, ...]] = ("GET", "POST", "PUT", "DELETE")

    def do_GET(self) -> None:
        sandbox = self.server.sandbox
        split = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(split.path),
            query=tuple(parse_qsl(split.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            host=self.headers.get("Host", ""),
        )
        response, fault = (None, None) if sandbox.stopping.is_set() else sandbox.serve(request)
        if response is None:
            self.close_connection = True
            return
        self._write(response, fault)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _write(self, response: Response, fault: Fault | None) -> None:
        self.send_response(response.status, HTTPStatus(response.status).phrase)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status not in (204, 304):
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        kind = fault.kind if fault else None
        if kind is FaultKind.TRUNCATE:
            self.wfile.write(response.body[: len(response.body) // 2])
            self.close_connection = True
        elif kind is FaultKind.DRIP and fault:
            for byte in response.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.server.sandbox.stopping.wait(fault.seconds):
                    break
        else:
            self.wfile.write(response.body)

    def log_message(self, *args: object) -> None:
        """The log is kept in memory and asked for."""


def arguments(description: str, argv: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The options every sandbox has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", default=None, help="a file that outlives the process; without it all is forgotten")
    return parser


def serve_company(make: Callable[..., Sandbox], name: str, *, most: int, limit: str = "rate_limit", of: str) -> None:
    """The process of a provider's sandbox, which takes how much its company holds and how many requests it allows:
    `most`, given to `make` as `limit`, counted as `of` says."""
    parser = arguments(f"A stand-in for {name}.")
    parser.add_argument("--projects", type=int, default=0, help="generate projects up to this number")
    parser.add_argument("--customers", type=int, default=0, help="generate customers up to this number")
    parser.add_argument("--" + limit.replace("_", "-"), type=int, default=most, help=of)
    options = vars(parser.parse_args())
    run(make(options.pop("state"), **options), name)


def run(sandbox: Sandbox, name: str) -> None:
    """Serve until SIGINT or SIGTERM."""
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with sandbox:
        print(f"{name} sandbox: {sandbox.url}", flush=True)
        while not done.is_set():
            time.sleep(0.1)
