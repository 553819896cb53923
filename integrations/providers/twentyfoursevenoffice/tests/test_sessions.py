"""The integration user's session: shared, looked at before each write, made anew when it is gone, and not too often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integrations.kernel.connector import Access, MemoryKeyring, MemorySessions
from integrations.kernel.errors import LoginNeeded, Temporary
from integrations.kernel.payloads import KnownHours
from integrations.providers.twentyfoursevenoffice.api import open_api
from integrations.providers.twentyfoursevenoffice.facts import FACTS
from integrations.providers.twentyfoursevenoffice.hours import put_hours
from integrations.providers.twentyfoursevenoffice.identity import clients, company
from integrations.providers.twentyfoursevenoffice.kit import KIT
from integrations.providers.twentyfoursevenoffice.pushes import send_order
from integrations.providers.twentyfoursevenoffice.sandbox import OfficeSandbox
from integrations.providers.twentyfoursevenoffice.sandbox.seed import (
    FJORD,
    IDENTITY_CLOSED,
    IDENTITY_FJORD,
    IDENTITY_LIMITED,
    NORDLYS,
    USER_LIMITED,
    USER_SINGLE,
)
from integrations.providers.twentyfoursevenoffice.tests.conftest import Open

assert KIT.order is not None
assert KIT.hours is not None
ORDER, CELL = KIT.order, KIT.hours.cell


def _logins(sandbox: OfficeSandbox) -> int:
    return len(sandbox.requests("GET", "/Login"))


def test_r58_the_user_chooses_among_the_companies_that_are_open_to_it(connect: Open) -> None:
    found = clients(connect(client=""))
    assert [(choice.label, choice.is_usual) for choice in found] == [
        ("Fjordlys Rådgivning AS", False),
        ("Nordlys Studio AS", True),
    ]
    assert [choice.label for choice in clients(connect(client="", username=USER_SINGLE))] == ["Fjordlys Rådgivning AS"]
    with pytest.raises(LoginNeeded, match="key_rejected"):
        clients(connect(client="", password="wrong"))


def test_r58_the_chosen_company_answers_and_rights_that_are_missing_are_named(connect: Open) -> None:
    found = company(connect())
    assert (found.id, found.name, found.user, found.organization_number) == (
        NORDLYS, "Nordlys Studio AS", "Busy Integrasjon", "923456789"
    )  # fmt: skip
    limited = company(connect(username=USER_LIMITED, client=f"{IDENTITY_LIMITED}/{NORDLYS}"))
    assert limited.missing == ("products", "orders")


def test_a_company_that_is_closed_to_the_user_says_so(connect: Open) -> None:
    with pytest.raises(LoginNeeded, match="client_blocked") as raised:
        company(connect(client=f"{IDENTITY_CLOSED}/800125"))
    assert raised.value.problem.field == "client"


def test_workers_share_one_session_on_both_hosts(connect: Open, sandbox: OfficeSandbox) -> None:
    """The second host has another name here; a session kept by host would not be known there."""
    sessions = MemorySessions()
    there = {"second_url": sandbox.url.replace("127.0.0.1", "localhost")}
    for _ in range(3):
        api = connect(sessions=sessions, settings=there)
        assert api.rows("GetUsers", right="users")
        assert api.rows("GetProjectNameList", right="projects")
    assert _logins(sandbox) == 1


def test_before_every_write_it_is_asked_whose_session_it_is(connect: Open, sandbox: OfficeSandbox) -> None:
    api = connect()
    send_order(api, ORDER)
    put_hours(api, CELL, KnownHours())
    asked = [seen.path for seen in sandbox.requests()]
    for write in ("/SaveInvoices", "/SaveHour"):
        assert asked[asked.index(write) - 1] == "/GetIdentity"


def test_a_session_moved_to_another_company_writes_nothing_there(connect: Open, sandbox: OfficeSandbox) -> None:
    """Nobody's hours end in another company's books."""
    api = connect()
    api.rows("GetUsers", right="users")
    sandbox.switch_client(IDENTITY_FJORD)
    put_hours(api, CELL, KnownHours())
    send_order(api, ORDER)
    assert (len(sandbox.hours(NORDLYS)), len(sandbox.orders(NORDLYS))) == (1, 1)
    assert (sandbox.hours(FJORD), sandbox.orders(FJORD)) == ([], [])
    assert _logins(sandbox) == 2


def test_a_company_that_stays_the_wrong_one_stops_everything(connect: Open, sandbox: OfficeSandbox) -> None:
    api = connect(client=f"{IDENTITY_FJORD}/{NORDLYS}")  # the number of one company with the door of another
    with pytest.raises(LoginNeeded, match="other_client"):
        send_order(api, replace(ORDER, our_reference_employee_id=None))
    assert sandbox.orders(FJORD) == sandbox.orders(NORDLYS) == []


def test_a_lost_session_is_made_anew_once(connect: Open, sandbox: OfficeSandbox) -> None:
    api = connect()
    api.rows("GetUsers", right="users")
    sandbox.end_sessions()
    assert api.rows("GetUsers", right="users")
    assert _logins(sandbox) == 2


def test_of_many_workers_that_find_the_session_dead_one_signs_in(connect: Open, sandbox: OfficeSandbox) -> None:
    sessions, keyring = MemorySessions(), MemoryKeyring({})
    workers = [connect(sessions=sessions, keyring=keyring) for _ in range(6)]
    workers[0].rows("GetUsers", right="users")
    sandbox.end_sessions()
    with ThreadPoolExecutor(len(workers)) as pool:
        found = list(pool.map(lambda api: len(api.rows("GetUsers", right="users")), workers))
    assert found == [7] * 6
    assert _logins(sandbox) == 2


class _Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def test_signing_in_again_and_again_is_throttled_by_ourselves(connect: Open, sandbox: OfficeSandbox) -> None:
    clock = _Clock()
    api = connect(now=clock, sessions=MemorySessions(now=clock))
    for _ in range(4):
        api.rows("GetUsers", right="users")
        sandbox.end_sessions()
    with pytest.raises(Temporary, match="rate_limited") as raised:
        api.rows("GetUsers", right="users")
    assert _logins(sandbox) == 4
    assert raised.value.retry_after is not None
    clock.now += timedelta(seconds=raised.value.retry_after + 1)
    assert api.rows("GetUsers", right="users")


class _Shared:
    """The shared quota, as far as it was told to rest."""

    def __init__(self) -> None:
        self.rested: list[tuple[str, float]] = []
        self.asked: list[tuple[str, int]] = []

    def wait(self, lane: str, per_minute: int, burst: float = 0) -> float:
        self.asked.append((lane, per_minute))
        return 0.0

    def rest(self, lane: str, seconds: float) -> None:
        self.rested.append((lane, seconds))


def test_all_connections_share_the_requests_of_an_hour_and_its_quarantine() -> None:
    quota, demo = _Shared(), FACTS.sandbox
    assert demo is not None
    with OfficeSandbox(rate_limit=2) as sandbox:
        access = Access(credentials=demo.credentials, settings={**demo.settings, "url": sandbox.url}, quota=quota)
        with open_api(access) as api, pytest.raises(Temporary, match="rate_limited") as raised:
            company(api)
    assert raised.value.retry_after is not None
    assert 0 < raised.value.retry_after <= 3600
    assert {lane for lane, _ in quota.asked} == {"twentyfoursevenoffice"}
    assert max(per_minute for _, per_minute in quota.asked) * 60 <= 7200
    assert max(seconds for _, seconds in quota.rested) > 60, "everybody rests, not this worker alone"
