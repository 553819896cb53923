"""R11, R38, R44: whose token it is, what it may do, and what is said when it does not work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.kernel.connector import MemorySessions
from integrations.kernel.errors import Code, LoginNeeded, Turn
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.xledger.api import XledgerApi, is_token
from integrations.providers.xledger.facts import FACTS
from integrations.providers.xledger.identity import company
from integrations.providers.xledger.sandbox import (
    TOKEN,
    TOKEN_LIMITED,
    TOKEN_OTHER_COMPANY,
    TOKEN_PLAIN,
    TOKEN_REVOKED,
    XledgerSandbox,
)
from integrations.providers.xledger.schema import ASSUMED
from integrations.providers.xledger.tests.conftest import Open


@pytest.mark.parametrize("token", [TOKEN_REVOKED, "dW5rbm93bi10b2tlbi1vZi1ub2JvZHk"])
def test_r11_a_token_that_is_refused_is_told_at_its_field(connect: Open, token: str) -> None:
    with pytest.raises(LoginNeeded) as raised:
        company(connect(token))
    problem = raised.value.problem
    assert (problem.code, problem.field, problem.turn) == (Code.KEY_REJECTED, "api_token", Turn.ADMINISTRATOR)
    assert problem.params["message"] == "Invalid API Token."


def test_a_token_that_is_none_is_known_without_asking(connect: Open, sandbox: XledgerSandbox) -> None:
    with pytest.raises(LoginNeeded, match="token_malformed"):
        company(connect(TOKEN[:-3] + "!"))
    assert sandbox.requests() == []


def test_blanks_around_a_pasted_token_do_no_harm(connect: Open) -> None:
    assert company(connect(f" {TOKEN}\n")).name == "Nordlys Studio AS"


def test_a_token_survives_being_decoded_and_encoded() -> None:
    assert is_token(TOKEN)
    assert is_token("YQ==")
    assert is_token("YQ")
    assert is_token("_-8")
    for text in ("", "Y", "YR", "ab cd", "+/8", "æøå"):
        assert not is_token(text), text


def test_r44_missing_permissions_are_listed_by_name(connect: Open) -> None:
    missing = company(connect(TOKEN_LIMITED)).missing
    assert missing == ("order", "order_detail", "product")
    labels = [permission.label for permission in FACTS.permissions if permission.key in missing]
    assert labels == [
        "Logistics – Order (read)",
        "Logistics – OrderDetail (read)",
        "Logistics – Product (read)",
    ]


@pytest.mark.parametrize("right", ["address", "customer", "contact", "order", "order_detail", "product", "project"])
def test_r44_each_permission_to_read_is_checked(connect: Open, sandbox: XledgerSandbox, right: str) -> None:
    sandbox.restore(missing=(right,))
    sandbox.store.put(42_365_431, "Order", {"dbId": 1, "orderNumber": "1", "extOrder": None, "orderDate": "2026-01-01"})
    assert company(connect()).missing == (right,)


def test_r44_a_schema_without_order_mutations_says_that_writing_is_not_allowed(
    connect: Open, sandbox: XledgerSandbox
) -> None:
    mutations = sandbox.own_schema().mutation_type
    assert mutations is not None
    for name in [name for name in mutations.fields if "order" in name.lower()]:
        del mutations.fields[name]
    assert company(connect()).missing == ("order_write", "order_detail_write")


def test_a_good_token_is_checked_in_few_requests(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    company(api)
    assert [seen.path for seen in sandbox.requests()] == ["/Hello", "/Rights", "/SchemaFields", "/SchemaShapes", "/Who"]


def test_r40_another_company_has_another_id(connect: Open) -> None:
    nordlys, fjord = company(connect()), company(connect(TOKEN_OTHER_COMPANY))
    assert (nordlys.name, fjord.name) == ("Nordlys Studio AS", "Fjordlys Rådgivning AS")
    assert nordlys.id != fjord.id


def test_a_token_with_no_more_than_busy_asks_for_still_has_a_company(connect: Open) -> None:
    found = company(connect(TOKEN_PLAIN))
    assert (found.id, found.name, found.missing) == ("42365431", "Xledger 42365431", ())
    assert found.id == company(connect()).id, "R40: the same company with another token"


def test_a_refusal_that_passes_is_tried_once_more(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    sandbox.arm(Fault(kind=FaultKind.UNAUTHORIZED))
    assert company(api).name == "Nordlys Studio AS"


def test_the_schema_is_asked_once_a_week(connect: Open, sandbox: XledgerSandbox) -> None:
    now = [datetime.now(UTC)]
    sessions = MemorySessions(lambda: now[0])
    for _ in range(3):
        connect(sessions=sessions, now=lambda: now[0]).schema()
    assert len(sandbox.requests("GET", "/SchemaFields")) == 1
    now[0] += timedelta(days=8)
    connect(sessions=sessions, now=lambda: now[0]).schema()
    assert len(sandbox.requests("GET", "/SchemaFields")) == 2


def test_a_schema_that_is_not_shown_is_assumed(connect: Open, sandbox: XledgerSandbox) -> None:
    sandbox.app.shows_schema = False
    api = connect()
    assert company(api).name == "Nordlys Studio AS"
    assert api.schema() == ASSUMED


def test_what_is_assumed_is_what_the_schema_says(api: XledgerApi) -> None:
    live = api.schema()
    assert live.queries >= ASSUMED.queries
    assert live.mutations.keys() >= ASSUMED.mutations.keys()
    assert live.order_filter >= ASSUMED.order_filter
    assert live.order_input >= ASSUMED.order_input
    assert live.line_input >= ASSUMED.line_input
    assert live.line_fields >= ASSUMED.line_fields
