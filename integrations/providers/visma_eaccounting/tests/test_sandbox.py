"""The stand-in is as strict as the vendor's document and the rules of OAuth ask; its answers are valid by the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from integrations.kernel import oauth
from integrations.kernel.errors import Code, LoginNeeded
from integrations.providers.visma_eaccounting.facts import FACTS
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox.contract import contract
from integrations.providers.visma_eaccounting.sandbox.seed import CLIENT, NORDLYS, REFRESH, SECRET, USER, guid

BACK = "http://127.0.0.1:8000/integrations/signed-in/"
LINE = {"IsTextRow": False, "IsWorkCost": False, "EligibleForReverseChargeOnVat": False, "LineNumber": 1,
        "ArticleId": guid(3, 1), "Quantity": 1, "UnitPrice": 100}  # fmt: skip
HEAD = {"CustomerId": guid(1, 1), "CurrencyCode": "NOK", "EuThirdParty": False, "RotReducedInvoicingType": 0,
        "ReverseChargeOnConstructionServices": False, "Status": 1, "OrderDate": "2026-11-22"}  # fmt: skip


class Visitor:
    """A person with a browser, and the application behind."""

    def __init__(self, sandbox: EaccountingSandbox) -> None:
        self.sandbox = sandbox
        self.settings = {"url": sandbox.url, "client_id": CLIENT, "client_secret": SECRET}
        self.http = httpx.Client(base_url=sandbox.origin, trust_env=False)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def asked(self, state: str = "s", redirect_uri: str = BACK) -> oauth.Authorization:
        return oauth.authorization(FACTS, self.settings, redirect_uri=redirect_uri, state=state)

    def decide(self, url: str, decision: str = "allow", **changes: str) -> httpx.Response:
        form = {**dict(parse_qsl(urlsplit(url).query)), "user": USER, "company": NORDLYS, "decision": decision}
        return self.http.post("/connect/authorize", data={**form, **changes})

    def code(self, asked: oauth.Authorization) -> str:
        return dict(parse_qsl(urlsplit(self.decide(asked.url).headers["location"]).query))["code"]

    def exchange(self, code: str, verifier: str, redirect_uri: str = BACK) -> dict[str, str]:
        return oauth.exchange(FACTS, self.settings, code=code, verifier=verifier, redirect_uri=redirect_uri)

    def api(self, token: str, method: str = "GET", path: str = "/companysettings", **more: Any) -> httpx.Response:
        return self.http.request(method, f"/v2{path}", headers={"Authorization": f"Bearer {token}"}, **more)


@pytest.fixture
def visitor(sandbox: EaccountingSandbox) -> Iterator[Visitor]:
    with Visitor(sandbox) as visitor:
        yield visitor


@pytest.fixture
def token(visitor: Visitor) -> str:
    asked = visitor.asked()
    return visitor.exchange(visitor.code(asked), asked.verifier)["access_token"]


def test_a_person_is_asked_and_comes_back_with_code_and_state(visitor: Visitor) -> None:
    asked = visitor.asked(state="a b&c")
    query = dict(parse_qsl(urlsplit(asked.url).query))
    assert query["prompt"] == "select_account"
    assert query["scope"] == "ea:api offline_access ea:sales"
    assert query["code_challenge_method"] == "S256"
    assert "+" not in asked.url, "a space is %20 for every server"
    page = visitor.http.get(asked.url)
    assert page.status_code == 200
    assert "Nordlys Studio AS" in page.text
    location = visitor.decide(asked.url).headers["location"]
    assert location.startswith(f"{BACK}?code=")
    assert dict(parse_qsl(urlsplit(location).query))["state"] == "a b&c"


def test_a_no_comes_back_as_a_no(visitor: Visitor) -> None:
    location = visitor.decide(visitor.asked().url, "deny").headers["location"]
    assert dict(parse_qsl(urlsplit(location).query)) == {"error": "access_denied", "state": "s"}


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/integrations/signed-in/"},
        {"redirect_uri": BACK + "more"},
        {"client_id": "nobody"},
        {"response_type": "token"},
        {"scope": "ea:api ea:accounting"},
        {"company": "999"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_nobody_is_sent_anywhere_for_a_request_that_is_not_the_applications(
    visitor: Visitor, changes: dict[str, str]
) -> None:
    answer = visitor.decide(visitor.asked().url, **changes)
    assert (answer.status_code, answer.headers.get("location")) == (400, None)


def test_a_code_is_good_once_and_what_it_gave_ends_when_it_comes_again(visitor: Visitor) -> None:
    asked = visitor.asked()
    code = visitor.code(asked)
    tokens = visitor.exchange(code, asked.verifier)
    assert visitor.api(tokens["access_token"]).status_code == 200
    with pytest.raises(LoginNeeded, match=Code.SIGN_IN_ENDED):
        visitor.exchange(code, asked.verifier)
    assert visitor.api(tokens["access_token"]).status_code == 401


def test_a_code_needs_its_verifier_and_its_address(visitor: Visitor) -> None:
    asked = visitor.asked()
    for verifier, address in (("wrong", BACK), (asked.verifier, BACK.replace("8000", "8001"))):
        with pytest.raises(LoginNeeded):
            visitor.exchange(visitor.code(asked), verifier, address)


def test_given_back_is_over(visitor: Visitor) -> None:
    oauth.revoke(FACTS, visitor.settings, {"refresh_token": REFRESH})
    form = {"grant_type": "refresh_token", "refresh_token": REFRESH}
    answer = visitor.http.post("/connect/token", data=form, auth=(CLIENT, SECRET))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


def test_its_answers_are_valid_by_the_vendors_document(visitor: Visitor, token: str) -> None:
    for path in ("customers", "projects", "articles", "units", "termsofpayments", "users", "currencies"):
        body = visitor.api(token, path=f"/{path}").json()
        operation, _ = contract().find("GET", f"/{path}")
        assert operation is not None
        assert contract().faults(operation.answer, body) == [], path
        assert body["Data"]
    assert contract().faults("CompanySettingsApi", visitor.api(token).json()) == []
    made = visitor.api(token, "POST", "/orders", json={**HEAD, "Rows": [LINE]})
    assert made.status_code == 201
    assert contract().faults("OrderApi", made.json()) == []
    assert contract().faults("CommonExtendedBadRequest", visitor.api("none").json()) == []


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"Status": None}, 2000, "Status"),
        ({"Project": "x"}, 2000, ""),
        ({"Number": 1}, 2000, "Number"),
        ({"OrderDate": "2026-11-22T00:00:00Z"}, 2000, "OrderDate"),
        ({"OrderDate": None}, 2000, "OrderDate"),
        ({"OrderDate": "2019-01-01"}, 3001, "OrderDate"),
        ({"CurrencyCode": "NOKK"}, 2000, "CurrencyCode"),
        ({"RotReducedInvoicingType": 1}, 2000, "RotReducedInvoicingType"),
        ({"CustomerId": guid(1, 999)}, 3000, "CustomerId"),
        ({"CustomerId": guid(1, 9)}, 2000, "CustomerId"),
        ({"Rows": []}, 2000, "Rows"),
        ({"Rows": [{**LINE, "ArticleId": guid(3, 7)}]}, 2000, "ArticleId"),
        ({"Rows": [{**LINE, "VatRate": 0.25}]}, 2000, "Rows.0.VatRate"),
        ({"Rows": [{**LINE, "DeliveredQuantity": 1.333}]}, 2000, "DeliveredQuantity"),
        ({"Rows": [{**LINE, "Quantity": -1}]}, 2000, "Amount"),
        ({"Rows": [LINE, {**LINE, "LineNumber": 2, "IsTextRow": True, "ArticleId": None, "Text": " "}]}, 2000, "Text"),
        ({"Rows": [{k: v for k, v in LINE.items() if k != "IsWorkCost"}]}, 2000, "Rows.0"),
    ],
    ids=str,
)
def test_an_order_the_vendor_would_refuse_is_refused(
    visitor: Visitor, token: str, changes: dict[str, Any], code: int, field: str
) -> None:
    body = {**HEAD, "Rows": [LINE], **changes}
    answer = visitor.api(token, "POST", "/orders", json={k: v for k, v in body.items() if v is not None})
    assert answer.status_code == 400
    told = answer.json()
    assert told["ErrorCode"] == code
    if field not in ("", "Status", "OrderDate") or told["Errors"][0]["Field"]:
        assert told["Errors"][0]["Field"] == field
    assert visitor.sandbox.orders() == []


@pytest.mark.parametrize(
    "query",
    [{"$top": "1"}, {"$page": "0"}, {"$filter": "Nothing eq 1"}, {"$filter": "Name has x"}, {"$orderby": "Nothing"}],
    ids=str,
)
def test_a_query_it_does_not_know_is_refused(visitor: Visitor, token: str, query: dict[str, str]) -> None:
    assert visitor.api(token, path="/customers", params=query).status_code == 400


def test_what_was_accepted_survives_the_process(tmp_path: Any) -> None:
    file = str(tmp_path / "state.sqlite3")
    with EaccountingSandbox(file) as sandbox, Visitor(sandbox) as visitor:
        asked = visitor.asked()
        token = visitor.exchange(visitor.code(asked), asked.verifier)["access_token"]
        visitor.api(token, "POST", "/orders", json={**HEAD, "Rows": [LINE]})
    with EaccountingSandbox(file) as again:
        assert [order["Number"] for order in again.orders()] == [5001]
        assert again.identity.grant_of(token) is not None
