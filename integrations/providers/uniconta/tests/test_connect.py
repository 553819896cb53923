"""Signing in: errors in a 200, tokens renewed, one session for all workers (R11, R38)."""

from __future__ import annotations

import pytest

from integrations.kernel.connector import MemorySessions
from integrations.kernel.errors import LoginNeeded, Temporary
from integrations.providers.uniconta import refusals
from integrations.providers.uniconta.identity import company
from integrations.providers.uniconta.sandbox import UnicontaSandbox
from integrations.providers.uniconta.tests.conftest import Open


@pytest.mark.parametrize(
    ("typed", "code", "field"),
    [
        ({"password": "wrong"}, "key_rejected", "password"),
        ({"username": "nobody"}, "key_rejected", "password"),
        ({"api_key": "00000000-0000-0000-0000-000000000000"}, "api_key_refused", "api_key"),
        ({"company_id": "42"}, "company_refused", "company_id"),
    ],
)
def test_r11_a_200_with_the_name_of_an_error_is_a_refusal_beside_its_field(
    connect: Open, typed: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(LoginNeeded) as raised:
        company(connect(**typed))
    assert (raised.value.problem.code, raised.value.problem.field) == (code, field)


def test_names_without_quotes_are_errors_too(connect: Open, sandbox: UnicontaSandbox) -> None:
    sandbox.app.plain_errors = True
    with pytest.raises(LoginNeeded, match="key_rejected"):
        company(connect(password="wrong"))


def test_a_right_that_lacks_is_told_by_its_name(connect: Open, sandbox: UnicontaSandbox) -> None:
    sandbox.set_user(_rights_missing=["InvItemClient"])
    assert company(connect()).missing == ("products",)


@pytest.mark.parametrize("ends_in_words", [False, True], ids=["401", "a name in a 200"])
def test_a_token_that_ran_out_is_renewed_without_the_password_and_both_workers_go_on_with_it(
    connect: Open, sandbox: UnicontaSandbox, ends_in_words: bool
) -> None:
    sandbox.app.ends_in_words = ends_in_words
    sessions = MemorySessions()
    one, other = connect(sessions=sessions), connect(sessions=sessions)
    company(one)
    sandbox.app.end_tokens(renewals=False)
    sandbox.forget_requests()
    company(one)
    company(other)
    assert len(sandbox.requests(path="/refresh")) == 1
    assert sandbox.requests(path="/login") == []


def test_the_days_calls_used_up_is_a_rest_and_no_error(connect: Open, sandbox: UnicontaSandbox) -> None:
    api = connect()
    company(api)
    sandbox.app.calls_a_day = 1
    with pytest.raises(Temporary) as raised:
        company(api)
    assert raised.value.retry_after == 30


def test_a_200_with_a_word_nobody_knows_stops_the_reading_and_names_the_word() -> None:
    error = refusals.read_refused(refusals.ApiError(status=200, name="ArgumentMissing", message=""), "customers")
    assert (error.problem.code, error.problem.params["path"]) == ("unknown_answer", "ArgumentMissing")
