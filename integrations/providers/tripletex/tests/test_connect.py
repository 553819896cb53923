"""R11, R38, R77: who the key belongs to, and what is said when it does not work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.kernel.connector import MemorySessions
from integrations.kernel.errors import Code, CurePage, LoginNeeded, Turn
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.tripletex.api import OSLO, TripletexApi
from integrations.providers.tripletex.identity import company
from integrations.providers.tripletex.sandbox import (
    KEY,
    KEY_ACCOUNTANT,
    KEY_LIMITED,
    KEY_OTHER_COMPANY,
    KEY_REVOKED,
    TripletexSandbox,
)
from integrations.providers.tripletex.tests.conftest import Open


def test_r11_a_revoked_key_comes_back_with_tripletex_own_reason_at_its_field(connect: Open) -> None:
    with pytest.raises(LoginNeeded) as raised:
        company(connect(KEY_REVOKED))
    problem = raised.value.problem
    assert (problem.code, problem.field, problem.turn) == (Code.KEY_REJECTED, "employee_token", Turn.ADMINISTRATOR)
    assert problem.params["message"] == "Ugyldig brukernøkkel."
    assert problem.cure is not None
    assert problem.cure.page == CurePage.CONNECTION


def test_the_deployments_own_token_is_not_the_customers_fault(connect: Open) -> None:
    for consumer in ("", "wrong"):
        with pytest.raises(LoginNeeded) as raised:
            company(connect(consumer_token=consumer))
        problem = raised.value.problem
        assert (problem.code, problem.turn) == (Code.SETUP_MISSING, Turn.BUSY)
        assert problem.params["setting"] == "BUSY_TRIPLETEX_CONSUMER_TOKEN"


def test_an_accounting_offices_key_is_told_apart(connect: Open) -> None:
    with pytest.raises(LoginNeeded) as raised:
        company(connect(KEY_ACCOUNTANT))
    assert raised.value.problem.code == "accountant_key"
    assert raised.value.problem.field == "employee_token"


def test_missing_rights_are_listed_by_name(connect: Open) -> None:
    assert company(connect(KEY_LIMITED)).missing == ("products", "orders")


def test_r40_another_company_has_another_id(connect: Open) -> None:
    nordlys, fjord = company(connect()), company(connect(KEY_OTHER_COMPANY))
    assert (nordlys.name, fjord.name) == ("Nordlys Studio AS", "Fjordlys Rådgivning AS")
    assert nordlys.id != fjord.id


def test_a_session_is_made_once_and_kept_until_it_dies(connect: Open, sandbox: TripletexSandbox) -> None:
    now = [datetime.now(UTC)]
    sessions = MemorySessions(lambda: now[0])
    for _ in range(3):
        company(connect(sessions=sessions, now=lambda: now[0]))
    made = sandbox.requests("POST", "/token/session/:create")
    assert len(made) == 1
    today = now[0].astimezone(OSLO).date()
    now[0] = datetime.combine(today + timedelta(days=2), datetime.min.time(), OSLO) - timedelta(minutes=29)
    company(connect(sessions=sessions, now=lambda: now[0]))
    assert len(sandbox.requests("POST", "/token/session/:create")) == 2


def test_a_new_key_does_not_go_on_with_the_old_keys_session(connect: Open, sandbox: TripletexSandbox) -> None:
    sessions = MemorySessions()
    assert company(connect(sessions=sessions)).name == "Nordlys Studio AS"
    assert company(connect(KEY_OTHER_COMPANY, sessions=sessions)).name == "Fjordlys Rådgivning AS"


def test_a_session_that_died_early_is_replaced_once(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    company(api)
    sandbox.end_sessions()
    sandbox.forget_requests()
    assert company(api).name == "Nordlys Studio AS"
    assert len(sandbox.requests("POST", "/token/session/:create")) == 1


def test_workers_share_one_session_and_do_not_throw_away_each_others(connect: Open, sandbox: TripletexSandbox) -> None:
    sessions = MemorySessions()
    one, other = connect(sessions=sessions), connect(sessions=sessions)
    company(one)
    sandbox.end_sessions()
    sandbox.forget_requests()
    company(one)
    company(other)
    made = sandbox.requests("POST", "/token/session/:create")
    assert len(made) == 1, "the other worker goes on with what the first one made"


def test_401_for_ever_is_given_up_after_one_new_session(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    company(api)
    sandbox.forget_requests()
    sandbox.arm(Fault(kind=FaultKind.UNAUTHORIZED, path="/token/session/>whoAmI", count=None))
    with pytest.raises(LoginNeeded):
        company(api)
    assert [seen.path for seen in sandbox.requests()] == [
        "/token/session/>whoAmI", "/token/session/:create", "/token/session/>whoAmI"
    ]  # fmt: skip


def test_a_session_dated_today_is_made_and_dead(
    sandbox: TripletexSandbox, monkeypatch: pytest.MonkeyPatch, connect: Open
) -> None:
    """The trap itself: were we to ask for today, nothing would work."""
    monkeypatch.setattr("integrations.providers.tripletex.api.session_days", lambda: 0)
    with pytest.raises(LoginNeeded):
        company(connect())
    assert sandbox.requests("POST", "/token/session/:create")[0].status == 201


def test_the_key_never_stands_in_a_url(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    company(api)
    assert not [seen for seen in sandbox.requests() if KEY in seen.path or KEY in repr(seen.query)]
