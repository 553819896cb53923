"""The stand-in is strict: it refuses what Xledger is said to refuse, and shows its quirks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.kernel.connector import Access
from integrations.providers.xledger.api import open_api
from integrations.providers.xledger.kit import ORDER
from integrations.providers.xledger.pushes import send_order
from integrations.providers.xledger.sandbox import TOKEN, XledgerSandbox

# One for all: reading the certificate authorities anew takes longer than the question.
HTTP = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
_PROJECTS = "query Q($first: Int, $after: String) { projects(first: $first, after: $after) "
_PROJECTS += "{ edges { cursor node { dbId } } pageInfo { hasNextPage } } }"


@pytest.fixture
def ask(sandbox: XledgerSandbox) -> Any:
    def asked(query: str, variables: dict[str, Any] | None = None, token: str = f"token {TOKEN}") -> httpx.Response:
        body = {"query": query, "variables": variables or {}}
        return HTTP.post(f"{sandbox.url}/graphql", json=body, headers={"Authorization": token})

    return asked


def test_the_word_before_the_token_is_token(ask: Any) -> None:
    for header in (f"Bearer {TOKEN}", TOKEN, "token a+b"):
        answer = ask("{ __typename }", token=header)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["message"].startswith("Bad format for API Token. Expected header:")


def test_nothing_found_is_null_and_not_an_empty_list(ask: Any) -> None:
    found = ask('{ projects(filter: {code: "none"}) { edges { cursor } } }').json()
    assert found == {"data": {"projects": {"edges": None}}}


def test_an_unknown_field_is_refused_whole(ask: Any) -> None:
    answer = ask("{ projects { edges { node { navn } } } }")
    assert answer.status_code == 400
    assert "Cannot query field 'navn'" in answer.json()["errors"][0]["message"]
    assert "data" not in answer.json()


def test_pages_follow_their_cursor(ask: Any) -> None:
    seen: list[int] = []
    after = None
    for _ in range(9):
        found = ask(_PROJECTS, {"first": 2, "after": after}).json()["data"]["projects"]
        seen += [edge["node"]["dbId"] for edge in found["edges"]]
        after = found["edges"][-1]["cursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == 9, "open ones"
    assert "invalid" in ask(_PROJECTS, {"after": "cus.1"}).json()["errors"][0]["message"]


def test_ids_are_numbers_in_small_tables_and_texts_in_large_ones(ask: Any) -> None:
    query = "{ projects(first: 1) { edges { node { dbId ourSales { dbId } modifiedAt } } } }"
    node = ask(query).json()["data"]["projects"]["edges"][0]["node"]
    assert (node["dbId"], node["ourSales"]) == (28_630_394, {"dbId": "698703"})
    assert len(node["modifiedAt"]) == 19, "local time without an offset"


def test_a_field_beyond_the_rights_fails_at_its_place(ask: Any) -> None:
    answer = ask("{ customers(first: 1) { edges { node { dbId company { name } } } } }").json()
    assert answer["errors"][0]["path"] == ["customers", "edges", 0, "node", "company"]
    assert answer["errors"][0]["code"] == "BAD_REQUEST.ACCESS_DENIED"
    assert answer["data"]["customers"]["edges"][0]["node"]["dbId"]


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"subledger": {"dbId": "1"}}, "subledger.dbId: No value matching owner 42365431, dbId '1'."),
        ({"subledger": {"code": "10009"}}, "subledger.code: No value matching owner 42365431, code '10009'."),
        ({}, "subledger: A value is required."),
        ({"subledger": {"dbId": "24934231", "code": "10001"}}, "subledger: Give exactly one of"),
        ({"subledger": {"dbId": "24934231"}, "project": {"dbId": "28630402"}}, "project.dbId: No value matching"),
    ],
)
def test_an_order_that_points_nowhere_is_refused(ask: Any, node: Any, message: str) -> None:
    mutation = "mutation M($i: [AddOrdersInput!]!) { addOrders(inputs: $i) { edges { clientId node { dbId } } } }"
    answer = ask(mutation, {"i": [{"clientId": "a", "node": {**node, "extOrder": "x"}}]}).json()
    assert answer["errors"][0]["message"].startswith(message)
    assert answer["errors"][0]["path"] == ["addOrders", "edges", 0, "node"]
    assert answer["data"]["addOrders"]["edges"] == [{"clientId": "a", "node": None}]


def test_values_of_the_wrong_shape_are_refused(ask: Any) -> None:
    mutation = "mutation M($i: [AddOrdersInput!]!) { addOrders(inputs: $i) { edges { clientId } } }"
    for node in ({"orderDate": "22.11.2026"}, {"unknown": 1}, {"subledger": {"dbId": "x"}}):
        assert ask(mutation, {"i": [{"node": node}]}).json()["errors"], node
    since = "query Q($s: DateTimeString) { projects(filter: {modifiedAt_gte: $s}) { edges { cursor } } }"
    assert ask(since, {"s": "2026-11-22T10:00:00+01:00"}).json()["errors"], "an offset"
    rows = [{"clientId": str(n), "node": {}} for n in range(501)]
    assert "at most 500" in ask(mutation, {"i": rows}).json()["errors"][0]["message"]


def test_what_was_accepted_outlives_the_process(tmp_path: Path) -> None:
    state = str(tmp_path / "xledger.sqlite3")
    with XledgerSandbox(state) as sandbox:
        access = Access(credentials={"api_token": TOKEN}, settings={"url": sandbox.url})
        with open_api(access) as api:
            send_order(api, ORDER)
    with XledgerSandbox(state) as sandbox:
        assert [order["extOrder"] for order in sandbox.orders()] == [ORDER.reference]
        assert len(sandbox.orders()[0]["details"]) == 2
        page = HTTP.get(f"{sandbox.url}/").text
        assert "Havgap Sjømat AS" in page
        assert "15625.00" in page


def test_state_is_edited_from_outside(sandbox: XledgerSandbox, ask: Any) -> None:
    admin = f"{sandbox.url}/_sandbox"
    HTTP.put(f"{admin}/objects/Project/28630394", json={"description": "Nytt navn"})
    query = "{ projects(first: 1) { edges { node { description } } } }"
    assert ask(query).json()["data"]["projects"]["edges"][0]["node"]["description"] == "Nytt navn"
    HTTP.post(f"{admin}/limits/credits", json={"resetAt": "2026-11-22T14:00:00Z"})
    error = ask(query).json()["errors"][0]
    assert (error["code"], error["extensions"]) == (
        "BAD_REQUEST.INSUFFICIENT_CREDITS", {"resetAt": "2026-11-22T14:00:00Z"},
    )  # fmt: skip
    HTTP.put(f"{admin}/keys/{TOKEN}", json={"revoked": True})
    assert ask(query).status_code == 401
    assert HTTP.get(f"{admin}/nothing").status_code == 404
