"""The transport on its own: limits, patience, hiding. Against a real socket, with a clock of the test."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from integrations.kernel.connector import Exchange
from integrations.kernel.errors import MappingError, Temporary, Unclear
from integrations.kernel.facts import Timeouts
from integrations.kernel.http import Transport
from integrations.kernel.redact import Secrets, redacted
from integrations.kernel.sandbox import Fault, FaultKind, Request, Response, Sandbox


class _Echo:
    """Answers with what it was asked."""

    prefix = "/api"

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.done = 0

    def answer(self, request: Request) -> Response:
        self.done += request.method != "GET"
        if request.path == "/empty":
            return Response(status=201)
        if request.path == "/text":
            return Response(body=b"plain")
        body = {"path": request.path, "query": request.query, "body": request.body.decode(), "amount": Decimal("0.10")}
        return Response.json(body, headers=self.headers)

    def unauthorized(self, request: Request) -> Response:
        return Response(status=401)

    def failure(self, request: Request, status: int) -> Response:
        return Response(status=status, headers=self.headers)

    def admin(self, request: Request) -> Response:
        return Response(status=404)

    def page(self, request: Request) -> Response:
        return Response(status=404)

    def move(self, request: Request) -> None:
        """There is no list here."""

    def close(self) -> None:
        """There is nothing to close."""


class _Clock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def app() -> _Echo:
    return _Echo()


@pytest.fixture
def peer(app: _Echo) -> Iterator[Sandbox]:
    with Sandbox(app) as sandbox:
        yield sandbox


@contextmanager
def _transport(peer: Sandbox, **options: Any) -> Iterator[Transport]:
    with Transport(peer.url, **options) as http:
        yield http


def test_amounts_stay_exact_both_ways(peer: Sandbox) -> None:
    with _transport(peer) as http:
        answer = http.write("POST", "/order", json={"price": Decimal("1250.10"), "text": "søm"})
    assert answer.data["amount"] == Decimal("0.10")
    assert str(answer.data["amount"]) == "0.10"
    assert answer.data["body"] == '{"price":1250.10,"text":"søm"}'


def test_a_read_waits_longer_each_time_and_gives_up(peer: Sandbox) -> None:
    clock = _Clock()
    peer.arm(Fault(kind=FaultKind.STATUS, status=500, count=None))
    options = {"sleep": clock.sleep, "clock": clock, "jitter": lambda: 1.0}
    with _transport(peer, **options) as http, pytest.raises(Temporary, match="server_error"):
        http.read("/x")
    assert clock.slept == [0.25, 0.5, 1.0]
    assert len(peer.requests()) == 4


def test_a_read_gives_a_long_wait_back_instead_of_sleeping(peer: Sandbox) -> None:
    clock = _Clock()
    peer.arm(Fault(kind=FaultKind.STATUS, status=429, retry_after=30, count=None))
    with _transport(peer, sleep=clock.sleep, clock=clock) as http, pytest.raises(Temporary) as raised:
        http.read("/x")
    assert raised.value.retry_after == 30
    assert clock.slept == []
    assert len(peer.requests()) == 1


def test_a_limit_nearly_used_up_holds_the_next_request(peer: Sandbox, app: _Echo) -> None:
    clock = _Clock()
    app.headers = {"X-Left": "0", "X-Seconds": "3"}
    options = {"sleep": clock.sleep, "clock": clock, "pace": lambda headers: float(headers["x-seconds"])}
    with _transport(peer, **options) as http:
        http.read("/one")
        http.write("POST", "/two")
        assert clock.slept == [3.0]
        app.headers = {"X-Seconds": "60"}
        http.read("/three")
        with pytest.raises(Temporary) as raised:
            http.write("POST", "/four")
    assert raised.value.retry_after == 60
    assert app.done == 1, "the write that had to wait was not sent"


def test_a_read_that_hangs_is_given_up_in_time(peer: Sandbox) -> None:
    peer.arm(Fault(kind=FaultKind.HANG_BEFORE, seconds=5))
    with _transport(peer, timeouts=Timeouts(read=0.2), attempts=1) as http, pytest.raises(Temporary, match="timeout"):
        http.read("/x")


def test_a_write_that_hangs_may_have_happened(peer: Sandbox, app: _Echo) -> None:
    peer.arm(Fault(kind=FaultKind.HANG_AFTER, seconds=5))
    with _transport(peer, timeouts=Timeouts(read=0.2)) as http, pytest.raises(Unclear, match="ReadTimeout"):
        http.write("POST", "/x")
    assert app.done == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(kind=FaultKind.HANG_AFTER, seconds=2), "timeout"),
        (Fault(kind=FaultKind.STATUS, status=504), "timeout"),
        (Fault(kind=FaultKind.STATUS, status=500), "server_error"),
        (Fault(kind=FaultKind.DROP_AFTER), "unreachable"),
        (Fault(kind=FaultKind.HTML_200), "not_an_answer"),
        (Fault(kind=FaultKind.TRUNCATE), "unreachable"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.kind),
)
def test_a_doubt_says_whether_the_work_may_still_go_on(peer: Sandbox, fault: Fault, reason: str) -> None:
    peer.arm(fault)
    with _transport(peer, timeouts=Timeouts(read=0.2)) as http, pytest.raises(Unclear) as raised:
        http.write("POST", "/x")
    assert raised.value.problem.params["reason"] == reason


def test_work_may_be_done_after_the_line_went_dead(peer: Sandbox, app: _Echo) -> None:
    peer.arm(Fault(kind=FaultKind.DROP_LATE, seconds=0.2))
    with _transport(peer) as http, pytest.raises(Unclear):
        http.write("POST", "/x")
    assert app.done == 0
    until = time.monotonic() + 5
    while not app.done and time.monotonic() < until:
        time.sleep(0.02)
    assert app.done == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_drips_is_bounded_in_time(peer: Sandbox, method: str) -> None:
    peer.arm(Fault(kind=FaultKind.DRIP, seconds=0.05))
    limits = Timeouts(read=1, total=0.3)
    with _transport(peer, timeouts=limits, attempts=1) as http:
        ask = partial(http.read, "/x") if method == "GET" else partial(http.write, "POST", "/x")
        with pytest.raises(Temporary if method == "GET" else Unclear, match="total"):
            ask()


def test_an_answer_too_large_is_not_swallowed_whole(peer: Sandbox) -> None:
    peer.arm(Fault(kind=FaultKind.HUGE, size=200_000, count=2))
    with _transport(peer, max_bytes=100_000) as http:
        with pytest.raises(MappingError, match="at most 100000 bytes"):
            http.read("/x")
        with pytest.raises(Unclear, match="too_large"):
            http.write("POST", "/x")


def test_a_redirect_is_not_followed(peer: Sandbox) -> None:
    peer.arm(Fault(kind=FaultKind.REDIRECT, count=None))
    with _transport(peer, attempts=1) as http:
        with pytest.raises(Temporary, match="redirect"):
            http.read("/x")
        with pytest.raises(Unclear):
            http.write("POST", "/x")
    assert len(peer.requests()) == 2


def test_success_without_the_json_due_is_no_success(peer: Sandbox) -> None:
    with _transport(peer, sleep=lambda _: None) as http:
        with pytest.raises(MappingError):
            http.read("/text")
        with pytest.raises(Unclear):
            http.write("POST", "/empty")
        assert http.write("POST", "/empty", expects_json=False).status == 201


def test_a_refusal_that_is_a_page_keeps_its_status(peer: Sandbox) -> None:
    peer.arm(Fault(kind=FaultKind.UNAUTHORIZED))
    with _transport(peer) as http:
        answer = http.read("/x")
    assert (answer.status, answer.data) == (401, None)


def test_nobody_there_was_never_sent() -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with Transport(url, sleep=lambda _: None) as http:
        with pytest.raises(Temporary, match="ConnectError"):
            http.write("POST", "/x", json={})
        with pytest.raises(Temporary, match="ConnectError"):
            http.read("/x")


def test_the_ledger_hears_of_every_request_and_of_no_secret(peer: Sandbox) -> None:
    heard: list[Exchange] = []
    secret = 'p"å ss/wörd'
    with _transport(peer, secrets=[secret], observe=heard.append) as http:
        http.hide("later-secret")
        http.read("/x", params={"key": secret})
        http.write("POST", "/later-secret", json={"password": "unknown", "note": secret}, headers={"X-Key": secret})
        peer.arm(Fault(kind=FaultKind.DROP_AFTER))
        with pytest.raises(Unclear):
            http.write("POST", "/x", json={"note": secret})
    assert [(found.status, found.outcome) for found in heard] == [(200, "ok"), (200, "ok"), (None, "answer_lost")]
    told = repr(heard) + repr(http)
    for hidden in (secret, "later-secret", "unknown", "wörd", "w%C3%B6rd"):
        assert hidden not in told
    assert "***" in heard[1].sent


def test_secrets_are_masked_before_a_text_is_cut() -> None:
    text = "x" * 10 + "secret-secret"
    assert redacted(text, Secrets(["secret-secret"]), shown=15) == "x" * 10 + "***"
    assert "secr" not in redacted(text * 3, Secrets(["secret-secret"]), shown=15)
    assert redacted(b'{"apiKey": "a\\"b", "name": "c"}', Secrets()) == '{"apiKey": "***", "name": "c"}'
    nested = json.dumps({"sent": json.dumps({"password": 'a"\\b', "name": "c"}), "token": "t", "ok": "yes"})
    assert json.loads(redacted(nested, Secrets())) == {
        "sent": json.dumps({"password": "***", "name": "c"}),
        "token": "***",
        "ok": "yes",
    }
    assert "\x00" not in redacted(b"a\x00b", Secrets())
    assert "hush" not in repr(Secrets(["hush"]))


def test_secrets_in_xml_are_masked_by_the_names_of_their_elements_and_in_every_shape() -> None:
    said = '<a:Password>p & q</a:Password><LoginResult xmlns="x">abc123</LoginResult><Name>Anna</Name><Password/>'
    shown = redacted(said, Secrets())
    masked = '<a:Password>***</a:Password><LoginResult xmlns="x">***</LoginResult><Name>Anna</Name><Password/>'
    assert shown == masked
    assert redacted("<Note>p &amp; q</Note>", Secrets(["p & q"])) == "<Note>***</Note>"


def test_a_500_that_is_the_providers_own_word_is_given_to_who_asks_for_it(peer: Sandbox) -> None:
    """As a SOAP fault is; any other 500 stays a lost answer, on a write one whose outcome is open."""
    peer.arm(Fault(kind=FaultKind.STATUS, status=500, path="/heard", count=None))
    with _transport(peer, heard=lambda answer: True) as http:
        assert http.read("/heard").status == http.write("POST", "/heard", json={}).status == 500
    with _transport(peer, heard=lambda answer: answer.body != b"", attempts=1) as http:
        with pytest.raises(Temporary, match="server_error"):
            http.read("/heard")
        with pytest.raises(Unclear):
            http.write("POST", "/heard", json={})


def test_a_secret_that_a_long_text_is_cut_in_is_not_shown_by_half() -> None:
    """Masks are short, so what was far behind the cut may come to stand before it."""
    filler, secret = "long-secret-" * 10, "secret-of-anna"
    secrets = Secrets([filler, secret])
    for before in range(20_300, 20_400):
        text = filler * (before // len(filler)) + "." * (before % len(filler)) + secret * 800
        assert "secret-" not in redacted(text, secrets, shown=4000).replace("***", "")


def test_an_error_tells_no_request() -> None:
    """An httpx error holds the request with its headers; ours must not carry it along."""
    signed = Transport("http://127.0.0.1:1", headers={"Authorization": "Basic hush"}, attempts=1)
    with signed as http, pytest.raises(Temporary) as raised:
        http.read("/x")
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_a_copy_of_a_fault_is_used_up_by_count(peer: Sandbox) -> None:
    fault = Fault(kind=FaultKind.STATUS, status=500, path="/a*", skip=1, count=2)
    peer.arm(fault)
    with _transport(peer, attempts=1) as http:
        statuses = []
        for path in ("/b", "/a", "/a1", "/a2", "/a3"):
            try:
                statuses.append(http.read(path).status)
            except Temporary:
                statuses.append(500)
    assert statuses == [200, 200, 500, 500, 200]
    assert replace(fault, skip=0).matches("GET", "/a")
