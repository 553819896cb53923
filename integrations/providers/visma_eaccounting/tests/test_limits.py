"""600 requests a minute, of the application and of each endpoint: the wait stands in the body, and all share it."""

from __future__ import annotations

import pytest

from integrations.kernel.errors import Code, Temporary
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.visma_eaccounting.api import lane
from integrations.providers.visma_eaccounting.facts import PER_MINUTE
from integrations.providers.visma_eaccounting.identity import company
from integrations.providers.visma_eaccounting.refusals import seconds_to_wait
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox.seed import guid
from integrations.providers.visma_eaccounting.tests.conftest import Open


class Told:
    """A quota that remembers."""

    def __init__(self, wait: float = 0.0) -> None:
        self.asked: list[tuple[str, int]] = []
        self.rested: list[tuple[str, float]] = []
        self._wait = wait

    def wait(self, lane: str, per_minute: int, burst: float = 0) -> float:
        self.asked.append((lane, per_minute))
        return self._wait

    def rest(self, lane: str, seconds: float) -> None:
        self.rested.append((lane, seconds))


def test_the_wait_is_read_in_the_body_and_told_to_everybody(connect: Open, sandbox: EaccountingSandbox) -> None:
    sandbox.arm(Fault(kind=FaultKind.STATUS, status=429, path="/v2/companysettings", count=None))
    quota = Told()
    with pytest.raises(Temporary) as raised:
        company(connect(quota=quota))
    assert (raised.value.problem.code, raised.value.retry_after) == (Code.RATE_LIMITED, 55)
    assert quota.rested == [("visma_eaccounting:/companysettings", 55)]
    assert quota.asked[0] == ("visma_eaccounting:/companysettings", PER_MINUTE)


def test_the_sandbox_counts_per_application_and_endpoint() -> None:
    from integrations.kernel.connector import Access
    from integrations.providers.visma_eaccounting.api import open_api
    from integrations.providers.visma_eaccounting.facts import FACTS

    assert FACTS.sandbox is not None
    with EaccountingSandbox(rate_limit=2) as sandbox:
        access = Access(credentials=FACTS.sandbox.credentials, settings={**FACTS.sandbox.settings, "url": sandbox.url})
        for _ in range(2):
            with open_api(access) as api:
                company(api)
        with open_api(access) as api, pytest.raises(Temporary) as raised:
            company(api)
    assert raised.value.retry_after is not None
    assert 50 < raised.value.retry_after <= 60


def test_a_long_turn_is_not_waited_for(connect: Open, sandbox: EaccountingSandbox) -> None:
    with pytest.raises(Temporary) as raised:
        company(connect(quota=Told(wait=20)))
    assert raised.value.retry_after == 20
    assert sandbox.requests("GET") == []


def test_a_lane_is_an_endpoint_whichever_record_is_asked_for() -> None:
    assert lane(f"/customers/{guid(1, 1)}") == lane(f"/customers/{guid(1, 2)}") == "visma_eaccounting:/customers/{id}"
    assert lane("/customers") != lane("/orders")


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"DeveloperErrorMessage": "Try again in 7 seconds."}', 7),
        (b'{"DeveloperErrorMessage": "Try again in 1 second."}', 1),
        (b'{"DeveloperErrorMessage": "Try again in 99999 seconds."}', 300),
        (b'{"DeveloperErrorMessage": null}', None),
        (b"<html>", None),
        (b"[]", None),
    ],
)
def test_the_seconds_are_read_leniently(body: bytes, seconds: float | None) -> None:
    assert seconds_to_wait(body) == seconds
