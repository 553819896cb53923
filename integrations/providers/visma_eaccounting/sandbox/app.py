"""Visma eAccounting over HTTP: the API below /v2, the identity server beside it, and pages for people."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping

import msgspec

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.visma_eaccounting.sandbox import admin, pages
from integrations.providers.visma_eaccounting.sandbox.contract import Operation, contract
from integrations.providers.visma_eaccounting.sandbox.errors import Fault, Stop, failure, refusal, stop_on
from integrations.providers.visma_eaccounting.sandbox.identity import Identity
from integrations.providers.visma_eaccounting.sandbox.lists import page
from integrations.providers.visma_eaccounting.sandbox.orders import order_faults, place_order

API = "/v2"
# What is listed and given one by one, by its path; and the scopes that each asks for, one of them being enough.
KINDS = (
    "customers",
    "projects",
    "articles",
    "units",
    "termsofpayments",
    "users",
    "orders",
    "currencies",
    "fiscalyears",
)
_SALES = frozenset({"ea:sales", "ea:sales_readonly"})
_ANY = _SALES | {"ea:accounting", "ea:accounting_readonly", "ea:purchase", "ea:purchase_readonly"}
_SCOPES: Mapping[str, frozenset[str]] = {
    "projects": _ANY, "users": _ANY, "termsofpayments": _ANY, "currencies": _ANY,
    "fiscalyears": frozenset({"ea:accounting", "ea:accounting_readonly"}),
}  # fmt: skip
_WITHOUT_ORDERS = (3, 4)


class EaccountingApp:
    """`rate_limit` requests an endpoint gives an application in a minute; `most_rows` of a page."""

    prefix = ""  # the identity server is part of the contract too, and does not stand below the API

    def __init__(self, store: Store, *, rate_limit: int = 600, most_rows: int = 1000, token_life: float = 3600) -> None:
        self.store = store
        self.identity = Identity(store, token_life=token_life)
        self.most_rows = most_rows
        self.rate_limit = rate_limit
        self._contract = contract()
        self._rate_lock = threading.Lock()
        self._rates: dict[tuple[str, str], tuple[float, int]] = {}

    def close(self) -> None:
        self.store.close()

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/connect/"):
            return self.identity.answer(request)
        if not request.path.startswith(f"{API}/"):
            return self.page(request)
        try:
            return self._routed(request, request.path.removeprefix(API))
        except Stop as stop:
            return stop.response

    def _routed(self, request: Request, path: str) -> Response:
        operation, values = self._contract.find(request.method, path)
        grant = self._grant(request)
        if operation is None:
            return failure(404)
        company = self._permit(grant, operation)
        self._rate(grant["client"], operation)
        stop_on(self._contract.query_faults(operation, request.query))
        kind = operation.template.split("/")[1]
        if (request.method, operation.template) == ("POST", "/orders"):
            return self._order(company, request)
        if request.method != "GET":
            return failure(501)
        if operation.template == "/companysettings":
            return Response.json(company)
        if kind not in KINDS:
            return failure(501)
        if values:
            found = self.store.get(company["CompanyIdentifier"], kind, next(iter(values.values())))
            return Response.json(_shown(found)) if found else failure(404)
        return self._list(company, kind, operation, dict(request.query))

    def _grant(self, request: Request) -> Object:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self.identity.grant_of(token) if kind.lower() == "bearer" else None
        if grant is None:
            raise Stop(failure(401))
        return grant

    def _permit(self, grant: Object, operation: Operation) -> Object:
        """The company's settings, when everything allows the call."""
        company = self.store.get("", "settings", grant["company"])
        if company is None or company.get("_module_off"):
            message = "ForbiddenRequestException - No access to module: api_standard"
            raise Stop(failure(403, message, code=4002))
        if company["CompanyStatus"] != 1:
            raise Stop(failure(403, "The company is not active.", code=4004))
        kind = operation.template.split("/")[1]
        if "ea:api" not in grant["scopes"] or not _SCOPES.get(kind, _SALES) & set(grant["scopes"]):
            raise Stop(failure(403, "No access to scope.", code=4006))
        if kind == "orders" and company["ProductVariant"] in _WITHOUT_ORDERS:
            raise Stop(failure(403, "ForbiddenRequestException - No access to module: sales_standard", code=4002))
        return {name: value for name, value in company.items() if not name.startswith("_") and name != "Id"}

    def _rate(self, client: str, operation: Operation) -> None:
        with self._rate_lock:
            now = time.monotonic()
            key = (client, operation.template)
            began, used = self._rates.get(key, (now, 0))
            if now - began >= 60:
                began, used = now, 0
            self._rates[key] = (began, used + 1)
        if used >= self.rate_limit:
            left = int(60 - (now - began)) + 1
            told = f"API calls quota exceeded! maximum admitted {self.rate_limit} per Minute."
            raise Stop(failure(429, f"{told} Try again in {left} seconds."))

    def _list(self, company: Object, kind: str, operation: Operation, query: dict[str, str]) -> Response:
        rows = [_shown(row) for row in self.store.all(company["CompanyIdentifier"], kind)]
        holder = self._contract.schemas[operation.answer]
        schema = self._contract.schemas[holder["properties"]["Data"]["items"]["$ref"].rpartition("/")[2]]
        return Response.json(page(rows, query, schema, most=self.most_rows))

    def _order(self, company: Object, request: Request) -> Response:
        try:
            body = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return refusal([Fault(2000, "", "The body is not JSON.")])
        stop_on(self._contract.write_faults("OrderApi", body))
        key = company["CompanyIdentifier"]
        with self.store.lock:
            stop_on(order_faults(self.store, key, body))
            return Response.json(place_order(self.store, key, body), 201)

    def unauthorized(self, request: Request) -> Response:
        if request.path.startswith("/connect/"):
            return Response.json({"error": "invalid_grant"}, 400)
        return failure(401)

    def failure(self, request: Request, status: int) -> Response:
        return failure(status)

    def move(self, request: Request) -> None:
        """The first row of the list goes away, as when somebody deletes it while we read."""
        kind = re.sub(r"^/v2/", "", request.path)
        for company in self.store.all("", "companies"):
            found = sorted(self.store.all(company["Id"], kind), key=lambda row: str(row["Id"]))
            if found:
                self.store.delete(company["Id"], kind, found[0]["Id"])
                return

    def admin(self, request: Request) -> Response:
        return admin.answer(self.store, self.identity, request)

    def page(self, request: Request) -> Response:
        return pages.page(self.store, request)


def _shown(row: Object) -> Object:
    return row if "Code" not in row or "Name" in row else {"Code": row["Code"]}
