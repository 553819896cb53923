"""Each limit has its own wait: burst, concurrency and credits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.kernel.errors import Code, Temporary
from integrations.providers.xledger import refusals
from integrations.providers.xledger.api import Pace, XledgerApi
from integrations.providers.xledger.kit import ORDER
from integrations.providers.xledger.pushes import send_order
from integrations.providers.xledger.refusals import ApiError, wait_of
from integrations.providers.xledger.sandbox import XledgerSandbox

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "reset_at", "seconds"),
    [
        ("BURST_RATE_LIMIT_REACHED", None, 5),
        ("CONCURRENCY_LIMIT_REACHED", None, 1),
        ("INSUFFICIENT_CREDITS", None, 1200),
        ("INSUFFICIENT_CREDITS", "2026-11-22T14:00:00Z", 7200),
        ("INSUFFICIENT_CREDITS", "2026-11-22T14:00:00", 3600),  # Central European time, an hour ahead in November
        ("INSUFFICIENT_CREDITS", int((NOW + timedelta(hours=1)).timestamp()), 3600),
        ("INSUFFICIENT_CREDITS", int((NOW + timedelta(hours=1)).timestamp()) * 1000, 3600),
        ("INSUFFICIENT_CREDITS", "2026-11-22T11:00:00Z", 1200),  # over already
        ("INSUFFICIENT_CREDITS", "soon", 1200),
        ("INSUFFICIENT_CREDITS", True, 1200),
        ("INSUFFICIENT_CREDITS", "2036-11-22T11:00:00Z", 1200),  # no time but a mistake
    ],
)
def test_the_wait_of_each_limit(code: str, reset_at: object, seconds: float) -> None:
    assert wait_of(ApiError(status=200, code=code, message="", reset_at=reset_at), NOW) == seconds


@pytest.mark.parametrize("limit", ["burst", "concurrency"])
def test_a_read_waits_a_short_limit_out(
    api: XledgerApi, sandbox: XledgerSandbox, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(refusals, "BURST_WAIT", 0.01)
    monkeypatch.setattr(refusals, "CONCURRENCY_WAIT", 0.01)
    sandbox.limit(limit, times=2)
    assert api.ask("query Hello { __typename }", right="token") == {"__typename": "Query"}
    assert len(sandbox.requests("GET", "/Hello")) == 3


def test_used_up_credits_pause_the_connection_until_they_are_back(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    sandbox.limit("credits", reset_at=(datetime.now(UTC) + timedelta(hours=3)).isoformat())
    with pytest.raises(Temporary) as raised:
        api.ask("query Hello { __typename }", right="token")
    assert raised.value.problem.code == Code.RATE_LIMITED
    assert raised.value.retry_after is not None
    assert 3 * 3600 - 60 < raised.value.retry_after <= 3 * 3600
    assert len(sandbox.requests()) == 1, "credits are not asked for twice"


def test_a_limit_on_the_first_write_surely_made_nothing(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    api.schema()
    sandbox.app.armed = []
    original = api.tell

    def limited(*args: object) -> object:
        sandbox.limit("credits")
        return original(*args)  # type: ignore[arg-type]

    api.tell = limited  # type: ignore[method-assign,assignment]
    with pytest.raises(Temporary) as raised:
        send_order(api, ORDER)
    assert raised.value.retry_after == 1200
    assert sandbox.orders() == []


def test_requests_are_spread_before_the_limit_is_met() -> None:
    now, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(3, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        pace.wait()
        now[0] += 1
    assert slept == []
    pace.wait()
    assert slept == [2.0], "the fourth waits until the first is five seconds old"
