"""The stand-in is strict where Tripletex is, and what it accepted is on disk."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.providers.tripletex.api import OSLO
from integrations.providers.tripletex.facts import FACTS
from integrations.providers.tripletex.sandbox import CONSUMER, KEY, TripletexSandbox

Ask = Callable[..., httpx.Response]
ORDER: dict[str, Any] = {
    "customer": {"id": 108_615_701},
    "orderDate": "2026-11-22",
    "deliveryDate": "2026-11-22",
    "isPrioritizeAmountsIncludingVat": False,
    "orderLines": [{"product": {"id": 53_120_202}, "count": 2, "unitPriceExcludingVatCurrency": 100}],
}


def _session(url: str) -> str:
    day = (datetime.now(OSLO).date() + timedelta(days=2)).isoformat()
    body = {"consumerToken": CONSUMER, "employeeToken": KEY, "expirationDate": day}
    answer = httpx.post(f"{url}/token/session/:create", json=body, trust_env=False)
    token: str = answer.json()["value"]["token"]
    return token


@pytest.fixture
def ask(sandbox: TripletexSandbox) -> Iterator[Ask]:
    with httpx.Client(base_url=sandbox.url, auth=("0", _session(sandbox.url)), trust_env=False) as client:
        yield client.request


def _order(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**ORDER, **changes}.items() if value is not ...}


def _line(**changes: Any) -> dict[str, Any]:
    return _order(orderLines=[{**ORDER["orderLines"][0], **changes}])


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (_order(navn="x"), 16000, "navn"),
        (_order(customer=...), 18000, "customer"),
        (_order(orderDate=...), 18000, "orderDate"),
        (_order(deliveryDate=None), 18000, "deliveryDate"),
        (_order(orderDate="22.11.2026"), 16000, "orderDate"),
        (_order(orderDate="2026-02-30"), 16000, "orderDate"),
        (_order(id=1), 18000, "id"),
        (_order(version=0), 18000, "version"),
        (_order(displayName="x"), 18000, "displayName"),
        (_order(reference="x" * 256), 18000, "reference"),
        (_order(customer={"id": 1}), 18000, "customer.id"),
        (_order(customer={"id": "108615701"}, orderLines="none"), 16000, "orderLines"),
        (_order(customer={"id": 108_615_701, "name": "Havgap"}), 18000, "customer.name"),
        (_order(customer={"id": 108_615_709}), 18000, "customer.id"),
        (_order(project={"id": 87_310_110}), 18000, "project.id"),
        (_order(ourContactEmployee={"id": 18_500_406}), 18000, "ourContactEmployee.id"),
        (_order(isPrioritizeAmountsIncludingVat=...), 18000, "orderLines.unitPriceExcludingVatCurrency"),
        (_order(orderLineSorting="NAME"), 16000, "orderLineSorting"),
        (_order(invoicesDueIn=10_001), 15000, "invoicesDueIn"),
        (_line(product={"id": 53_120_208}), 18000, "orderLines.product.id"),
        (_line(product={"id": 77}), 18000, "orderLines.product.id"),
        (_line(count="2"), 16000, "orderLines.count"),
        (_line(unitPriceIncludingVatCurrency=125), 18000, "orderLines.unitPriceIncludingVatCurrency"),
        (_line(vatType={"id": 99}), 18000, "orderLines.vatType.id"),
        (_line(amountExcludingVatCurrency=1), 18000, "orderLines.amountExcludingVatCurrency"),
        (_line(antall=1), 16000, "orderLines.antall"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_order_it_does_not_take(ask: Ask, sandbox: TripletexSandbox, body: Any, code: int, field: str) -> None:
    answer = ask("POST", "/order", json=body)
    error = answer.json()
    assert answer.status_code == error["status"] == 422
    assert error["code"] == code
    assert error["validationMessages"][0]["field"] == field
    assert error["requestId"] == answer.headers["x-tlx-request-id"]
    assert sandbox.orders() == []


ENTRY: dict[str, Any] = {
    "employee": {"id": 18_500_401},
    "project": {"id": 87_310_101},
    "activity": {"id": 31_400_301},
    "date": "2026-11-17",
    "hours": 7.5,
}


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"timer": 7}, 422, 16000, "timer"),
        ({"employee": None}, 422, 18000, "employee"),
        ({"activity": None}, 422, 18000, "activity"),
        ({"date": None}, 422, 18000, "date"),
        ({"date": "17.11.2026"}, 422, 16000, "date"),
        ({"hours": "7,5"}, 422, 16000, "hours"),
        ({"id": 1}, 422, 18000, "id"),
        ({"version": 0}, 422, 18000, "version"),
        ({"chargeableHours": 1}, 422, 18000, "chargeableHours"),
        ({"locked": False}, 422, 18000, "locked"),
        ({"projectChargeableHours": 25}, 422, 15000, "projectChargeableHours"),
        ({"employee": {"id": 18_500_401, "name": "Ingrid"}}, 422, 18000, "employee.name"),
        ({"employee": {"id": 18_500_406}}, 422, 18000, "employee.id"),
        ({"employee": {"id": 1}}, 422, 18000, "employee.id"),
        ({"project": {"id": 87_310_110}}, 422, 18000, "project.id"),
        ({"date": "2026-01-11"}, 422, 18000, "project.id"),
        ({"project": None}, 422, 18000, "activity.id"),
        ({"activity": {"id": 31_400_306}}, 422, 18000, "activity.id"),
        ({"activity": {"id": 31_400_307}}, 422, 18000, "activity.id"),
    ],
    ids=lambda value: repr(value) if isinstance(value, dict) else "",
)
def test_hours_it_does_not_take(
    ask: Ask, sandbox: TripletexSandbox, changes: dict[str, Any], status: int, code: int, field: str
) -> None:
    answer = ask("POST", "/timesheet/entry", json={**ENTRY, **changes})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["validationMessages"][0]["field"] == field
    assert sandbox.hours() == []


def test_one_entry_a_day_by_version_and_never_when_frozen(ask: Ask, sandbox: TripletexSandbox) -> None:
    made = ask("POST", "/timesheet/entry", json=ENTRY).json()["value"]
    path = f"/timesheet/entry/{made['id']}"

    def code(method: str, path: str, **more: Any) -> tuple[int, int]:
        answer = ask(method, path, **more)
        return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else 0

    assert code("POST", "/timesheet/entry", json=ENTRY) == (409, 7000)
    assert code("PUT", path, json={"id": made["id"], "version": 0, "hours": 8}) == (200, 0)
    assert sandbox.hours()[0]["date"] == "2026-11-17", "what is left out is kept"
    assert code("PUT", path, json={"id": made["id"], "version": 0, "hours": 9}) == (409, 8000)
    assert code("DELETE", path, params={"version": 0}) == (409, 8000)
    sandbox.close_month(18_500_401, "2026-11", completed=True)
    assert code("PUT", path, json={"hours": 9})[0] == 403
    sandbox.close_month(18_500_401, "2026-11")
    sandbox.change("TimesheetEntry", made["id"], locked=True)
    assert code("PUT", path, json={"hours": 9}) == (409, 10000)
    assert code("DELETE", path) == (409, 10000)
    sandbox.change("TimesheetEntry", made["id"], locked=False)
    assert code("DELETE", path) == (204, 0)
    assert code("DELETE", path) == (404, 6000)


def test_the_last_day_of_a_list_of_hours_is_exclusive_and_both_are_demanded(ask: Ask) -> None:
    ask("POST", "/timesheet/entry", json=ENTRY)
    for end, found in (("2026-11-17", 0), ("2026-11-18", 1)):
        params = {"dateFrom": "2026-11-17", "dateTo": end, "employeeId": "1,18500401"}
        assert ask("GET", "/timesheet/entry", params=params).json()["count"] == found
    assert ask("GET", "/timesheet/entry", params={"dateFrom": "2026-11-17"}).json()["code"] == 21000


def test_an_order_it_takes_comes_back_without_its_lines(ask: Ask, sandbox: TripletexSandbox) -> None:
    answer = ask("POST", "/order", json=ORDER)
    made = answer.json()["value"]
    assert (answer.status_code, made["orderLines"], made["number"]) == (201, [], "1001")
    read = ask("GET", f"/order/{made['id']}", params={"fields": "*,orderLines(*)"}).json()["value"]
    assert read["orderLines"][0]["amountExcludingVatCurrency"] == 200
    assert read["orderLines"][0]["product"]["id"] == 53_120_202


def test_a_count_left_out_is_nothing(ask: Ask, sandbox: TripletexSandbox) -> None:
    line = {"product": {"id": 53_120_202}, "unitPriceExcludingVatCurrency": 100}
    assert ask("POST", "/order", json=_order(orderLines=[line])).status_code == 201
    assert sandbox.orders()[0]["orderLines"][0]["count"] == 0


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/nothing", {}, 404, 6000),
        ("/project/1", {}, 404, 6000),
        ("/project/abc", {}, 404, 6000),
        ("/project", {"closed": "true"}, 422, 16000),
        ("/project", {"isClosed": "ja"}, 422, 21000),
        ("/project", {"count": "many"}, 422, 21000),
        ("/project", {"fields": "id,navn"}, 400, 11000),
        ("/project", {"fields": "id,customer(name"}, 400, 11000),
        ("/project", {"sorting": "navn"}, 422, 17000),
        ("/order", {}, 422, 21000),
        ("/project/settings", {}, 501, 1000),
    ],
)
def test_a_reading_it_does_not_take(ask: Ask, path: str, params: dict[str, str], status: int, code: int) -> None:
    answer = ask("GET", path, params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_without_a_session_nobody_is_let_in(sandbox: TripletexSandbox) -> None:
    for auth in (None, ("0", "made-up"), ("0", "")):
        answer = httpx.get(f"{sandbox.url}/project", auth=auth, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (401, 3000)


def test_order_date_to_is_exclusive(ask: Ask) -> None:
    ask("POST", "/order", json=ORDER)
    for end, found in (("2026-11-22", 0), ("2026-11-23", 1)):
        params = {"orderDateFrom": "2026-11-22", "orderDateTo": end}
        assert ask("GET", "/order", params=params).json()["count"] == found


def test_links_stay_closed_until_asked_for(ask: Ask) -> None:
    closed = ask("GET", "/project/87310101", params={"fields": "customer"}).json()["value"]["customer"]
    assert set(closed) == {"id", "url"}
    opened = ask("GET", "/project/87310101", params={"fields": "customer(name)"}).json()["value"]["customer"]
    assert opened == {"name": "Havgap Sjømat AS"}


def test_the_checksum_is_one_only_when_asked_for(ask: Ask, sandbox: TripletexSandbox) -> None:
    plain = ask("GET", "/product").json()["versionDigest"]
    assert ask("GET", "/product", headers={"If-None-Match": plain}).status_code == 200
    digest = ask("GET", "/product", headers={"If-None-Match": "any"}).json()["versionDigest"]
    assert ask("GET", "/product", headers={"If-None-Match": digest}).status_code == 304
    assert ask("GET", "/product", params={"count": 1}, headers={"If-None-Match": digest}).status_code == 200
    sandbox.change("Product", 53_120_201, name="Råd")
    assert ask("GET", "/product", headers={"If-None-Match": digest}).status_code == 200


def test_the_limit_is_counted_down_and_then_refuses() -> None:
    with TripletexSandbox(rate_limit=2) as sandbox:
        client = httpx.Client(base_url=sandbox.url, auth=("0", _session(sandbox.url)), trust_env=False)
        with client:
            answers = [client.get("/project", params={"count": 1, "fields": "id"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert [answer.headers["x-rate-limit-remaining"] for answer in answers] == ["1", "0", "0"]
        assert 0 < int(answers[2].headers["x-rate-limit-reset"]) <= 60


def test_people_see_orders_and_nothing_they_wrote_is_run(ask: Ask, sandbox: TripletexSandbox) -> None:
    body = _order(reference="<script>alert(1)</script>")
    made = ask("POST", "/order", json=body).json()["value"]
    ask("POST", "/timesheet/entry", json={**ENTRY, "comment": "<script>alert(2)</script>"})
    for path in ("/", "/hours", f"/execute/orderMenu?orderId={made['id']}", "/execute/projectMenu?projectId=87310101"):
        page = httpx.get(sandbox.origin + path, trust_env=False)
        assert page.status_code == 200
        assert "<script" not in page.text
    assert "&lt;script&gt;" in httpx.get(sandbox.origin, trust_env=False).text
    hours = httpx.get(f"{sandbox.origin}/hours", trust_env=False).text
    assert "Bo Lindqvist" in hours
    assert "7,50" in hours
    assert httpx.get(f"{sandbox.origin}/execute/orderMenu?orderId=1", trust_env=False).status_code == 404


class _Process:
    """The sandbox as its own process, as `make run` starts it."""

    def __init__(self, state: Path) -> None:
        command = [sys.executable, "-m", "integrations.providers.tripletex.sandbox", "--state", str(state)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
        assert self.process.stdout is not None
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found is not None
        self.url = found[0]
        self.origin = self.url.removesuffix("/v2")

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        code = self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def test_an_accepted_order_outlives_kill_9(tmp_path: Path) -> None:
    state = tmp_path / "tripletex.sqlite3"
    first = _Process(state)
    session = _session(first.url)
    made = httpx.post(f"{first.url}/order", json=ORDER, auth=("0", session), trust_env=False).json()["value"]
    first.end(signal.SIGKILL)
    second = _Process(state)
    try:
        orders = httpx.get(f"{second.origin}/_sandbox/orders", trust_env=False).json()
        assert [order["id"] for order in orders] == [made["id"]]
        again = httpx.post(f"{second.url}/order", json=ORDER, auth=("0", session), trust_env=False).json()["value"]
        assert (int(again["number"]), again["id"]) == (int(made["number"]) + 1, made["id"] + 1)
    finally:
        assert second.end(signal.SIGTERM) == 0


def test_faults_and_edits_come_over_http_too(sandbox: TripletexSandbox, ask: Ask) -> None:
    admin = httpx.Client(base_url=f"{sandbox.origin}/_sandbox", trust_env=False)
    with admin:
        fault = {"kind": "drop_after", "method": "POST", "path": "/order"}
        assert [armed["kind"] for armed in admin.post("/faults", json=fault).json()] == ["drop_after"]
        with pytest.raises(httpx.RemoteProtocolError):
            ask("POST", "/order", json=ORDER)
        assert len(admin.get("/orders").json()) == 1
        assert admin.put("/objects/Project/87310101", content=json.dumps({"isClosed": True})).json()["isClosed"]
        admin.put(f"/keys/{KEY}", json={"revoked": True})
        assert ask("GET", "/project").status_code == 401
        assert admin.get("/requests").json()[-1]["status"] == 401
        assert admin.delete("/requests").status_code == 200
        assert admin.get("/requests").json() == []
        assert admin.get("/nothing").status_code == 404


def test_the_facts_tell_how_to_reach_the_demo_company() -> None:
    assert FACTS.sandbox is not None
    assert FACTS.sandbox.settings == {"consumer_token": CONSUMER}
    assert FACTS.sandbox.credentials == {"employee_token": KEY}
    assert FACTS.sandbox.module == "integrations.providers.tripletex.sandbox"
