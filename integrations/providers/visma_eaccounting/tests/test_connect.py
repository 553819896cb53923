"""R11, R50, R51, R57: whose sign-in it is, how its tokens are kept alive, and what is said when it has ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.kernel.connector import MemoryKeyring
from integrations.kernel.errors import Code, LoginNeeded, Temporary, Turn
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.visma_eaccounting.api import EaccountingApi
from integrations.providers.visma_eaccounting.identity import company, company_of
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox.seed import (
    NORDLYS,
    REFRESH,
    REFRESH_OTHER_COMPANY,
    REFRESH_ROTATING,
    REFRESH_SOLO,
    ROTATING,
    ROTATING_SECRET,
)
from integrations.providers.visma_eaccounting.tests.conftest import Open

TOKEN = "/connect/token"


def test_the_company_is_named_with_its_number_and_the_person_who_gave_access(api: EaccountingApi) -> None:
    found = company(api)
    assert (found.id, found.name, found.organization_number) == (NORDLYS, "Nordlys Studio AS", "923456789")
    assert found.user == "Bo Lindqvist"


def test_r40_another_company_of_the_same_user_has_another_id(connect: Open) -> None:
    assert company(connect()).id != company(connect(REFRESH_OTHER_COMPANY)).id


def test_what_the_edition_lacks_is_said_when_connecting(connect: Open, sandbox: EaccountingSandbox) -> None:
    assert company(connect(REFRESH_SOLO)).missing == ("orders",)
    sandbox.change_company(UsesProject=False, ActivatedModules=["api_standard"])
    assert company(connect()).missing == ("projects", "orders")
    sandbox.change_company(UsesProject=True, ActivatedModules=None)
    assert company(connect()).missing == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"_module_off": True}, "api_module_off"),
        ({"CompanyStatus": 0}, "company_not_active"),
        ({"CompanyStatus": 2}, "company_not_active"),
    ],
)
def test_r50_a_company_that_cannot_be_worked_with_says_why(
    connect: Open, sandbox: EaccountingSandbox, change: dict[str, Any], code: str
) -> None:
    sandbox.change_company(**change)
    with pytest.raises(LoginNeeded) as raised:
        company(connect())
    assert (raised.value.problem.code, raised.value.problem.turn) == (code, Turn.ADMINISTRATOR)


def test_the_deployments_own_client_is_not_the_customers_fault(connect: Open) -> None:
    for client, secret, setting in (("", "x", "ID"), ("sandbox-client-busy", "wrong", "SECRET")):
        with pytest.raises(LoginNeeded) as raised:
            company(connect(client=client, secret=secret))
        problem = raised.value.problem
        assert (problem.code, problem.turn) == (Code.SETUP_MISSING, Turn.BUSY)
        assert problem.params["setting"] == f"BUSY_VISMA_EACCOUNTING_CLIENT_{setting}"


def test_an_access_token_is_asked_for_once_and_again_before_it_ends(connect: Open, sandbox: EaccountingSandbox) -> None:
    now, keyring = [datetime.now(UTC)], MemoryKeyring({"refresh_token": REFRESH})
    for minutes, asked in ((0, 1), (58, 1), (59.5, 2)):
        moment = now[0] + timedelta(minutes=minutes)
        company(connect(keyring=keyring, now=lambda moment=moment: moment))
        assert len(sandbox.requests("POST", TOKEN)) == asked, minutes


def test_a_token_that_died_early_is_replaced_once(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    company(api)
    sandbox.expire_tokens()
    sandbox.forget_requests()
    assert company(api).name == "Nordlys Studio AS"
    assert len(sandbox.requests("POST", TOKEN)) == 1


@pytest.mark.parametrize(
    ("token", "client", "secret", "changes"),
    [
        (REFRESH_ROTATING, ROTATING, ROTATING_SECRET, True),
        (REFRESH, "sandbox-client-busy", "sandbox-client-secret-busy", False),
    ],
    ids=["rotating", "reusable"],
)
def test_many_workers_renew_once_and_keep_what_came_of_it(
    connect: Open, sandbox: EaccountingSandbox, token: str, client: str, secret: str, changes: bool
) -> None:
    keyring = MemoryKeyring({"refresh_token": token})
    for round_ in range(2):
        workers = [connect(token, client, secret, keyring=keyring) for _ in range(6)]
        before = keyring.read()["refresh_token"]
        sandbox.forget_requests()
        with ThreadPoolExecutor(6) as pool:
            names = {found.name for found in pool.map(company, workers)}
        assert names == {"Nordlys Studio AS"}
        assert len(sandbox.requests("POST", TOKEN)) == 1
        assert (keyring.read()["refresh_token"] != before) is changes, round_
        sandbox.expire_tokens()


def test_r57_a_changed_password_ends_the_sign_in_when_the_token_does(
    api: EaccountingApi, sandbox: EaccountingSandbox
) -> None:
    company(api)
    sandbox.change_password()
    assert company(api).name == "Nordlys Studio AS", "nobody tells us before the hour is over"
    sandbox.expire_tokens()
    with pytest.raises(LoginNeeded) as raised:
        company(api)
    assert raised.value.problem.code == Code.SIGN_IN_ENDED


def test_the_identity_servers_trouble_is_not_the_end_of_the_sign_in(connect: Open, sandbox: EaccountingSandbox) -> None:
    sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, path=TOKEN))
    assert company(connect()).id == NORDLYS, "asked again"
    sandbox.arm(Fault(kind=FaultKind.HTML_200, path=TOKEN, count=None))
    with pytest.raises(Temporary):
        company(connect())


def test_a_lost_answer_with_a_token_that_changes_is_found_out_and_said(
    connect: Open, sandbox: EaccountingSandbox
) -> None:
    """The new token was made and never arrived: only a person can help, and is told so at once."""
    sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, path=TOKEN))
    with pytest.raises(LoginNeeded) as raised:
        company(connect(REFRESH_ROTATING, ROTATING, ROTATING_SECRET))
    assert raised.value.problem.code == Code.SIGN_IN_ENDED


def test_401_for_ever_is_given_up_after_one_new_token(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    company(api)
    sandbox.forget_requests()
    sandbox.arm(Fault(kind=FaultKind.UNAUTHORIZED, path="/v2/*", count=None))
    with pytest.raises(LoginNeeded):
        company(api)
    assert [seen.path for seen in sandbox.requests()] == ["/v2/companysettings", TOKEN, "/v2/companysettings"]


def test_no_token_stands_in_what_is_kept_of_the_requests(connect: Open, sandbox: EaccountingSandbox) -> None:
    said: list[str] = []
    keyring = MemoryKeyring({"refresh_token": REFRESH_ROTATING})
    exchanged = connect(
        REFRESH_ROTATING,
        ROTATING,
        ROTATING_SECRET,
        keyring=keyring,
        observe=lambda exchange: said.append(repr(exchange)),
    )
    company(exchanged)
    secrets = [REFRESH_ROTATING, ROTATING_SECRET, keyring.read()["access_token"], keyring.read()["refresh_token"]]
    assert TOKEN in "".join(said)
    assert not [secret for secret in secrets if secret in "".join(said) + repr(exchanged) + repr(keyring)]


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.e30.c", "a.W10.c"])
def test_a_token_without_the_claim_names_no_company(token: str) -> None:
    assert company_of(token) == ""
