"""Tripletex over HTTP: sessions, rights, rate limit, lists, single objects and orders, as strict as the real one."""

from __future__ import annotations

import binascii
import threading
import time
import uuid
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from integrations.kernel.sandbox import Request, Response
from integrations.providers.tripletex.sandbox import admin, events, hours, pages
from integrations.providers.tripletex.sandbox.contract import Fault, Operation, contract, is_day
from integrations.providers.tripletex.sandbox.errors import Stop, failure, refusal, stop_on
from integrations.providers.tripletex.sandbox.fields import IllegalField, Projection, parsed
from integrations.providers.tripletex.sandbox.lists import KINDS, CannotFilter, CannotSort, Lists, TooLarge
from integrations.providers.tripletex.sandbox.orders import answered, order_faults, place_order
from integrations.providers.tripletex.sandbox.store import OSLO, Object, Store

# First part of the path -> the right of ProviderFacts.permissions that it needs.
_RIGHTS = {
    "customer": "customers",
    "project": "projects",
    "product": "products",
    "activity": "activities",
    "employee": "employees",
    "order": "orders",
    "timesheet": "hours",
}
EVENTS = "/event/subscription"
_ACCOUNTANT_MAY = ("/company/>withLoginAccess", "/token/session/>whoAmI")


@dataclass(frozen=True, slots=True)
class Caller:
    token: str
    key: Mapping[str, Any]
    company: int


class TripletexApp:
    """`rate_limit` requests per key and minute; the real figure is not published."""

    prefix = "/v2"

    def __init__(self, store: Store, *, rate_limit: int = 100_000) -> None:
        self.store = store
        self._lists = Lists(store)
        self._contract = contract()
        self._rate_limit = rate_limit
        self._rate_lock = threading.Lock()
        self._rates: dict[str, tuple[float, int]] = {}

    def close(self) -> None:
        self.store.close()

    def answer(self, request: Request) -> Response:
        request_id = str(uuid.uuid4())
        headers = {"x-tlx-request-id": request_id}
        try:
            response = self._routed(request, headers)
        except Stop as stop:
            response = stop.response
        if response.status >= 400 and response.body:
            body = {**msgspec.json.decode(response.body), "requestId": request_id}
            response = Response.json(body, response.status, response.headers)
        return Response(status=response.status, headers={**headers, **response.headers}, body=response.body)

    def _routed(self, request: Request, headers: dict[str, str]) -> Response:
        operation, values = self._contract.find(request.method, request.path)
        if operation is None:
            return failure(404)
        faults = self._contract.query_faults(operation, request.query)
        if operation.is_open:
            stop_on(faults)
            return self._new_session(request)
        caller = self._caller(request)
        headers.update(self._rated(caller))
        self._permit(caller, operation)
        stop_on(faults)
        query = dict(request.query)
        if request.method == "GET":
            return self._read(caller, request, operation, values, query)
        if (request.method, operation.template) == ("POST", "/order"):
            return self._order(caller, request, operation)
        if operation.template.startswith(EVENTS):
            return self._subscription(caller, request, operation, int(values.get("id") or 0))
        if (request.method, operation.template) in hours.WRITES:
            return self._hours(caller, request, operation, int(values.get("id") or 0), query)
        if (request.method, operation.template) == ("DELETE", "/token/session/{token}"):
            self.store.drop_sessions(values["token"])
            return Response(status=204)
        return failure(501)

    def _read(
        self, caller: Caller, request: Request, operation: Operation, values: Mapping[str, str], query: dict[str, str]
    ) -> Response:
        if operation.template in KINDS:
            return self._list(caller, request, operation, query)
        if operation.template == "/token/session/>whoAmI":
            return self._single(request, operation, self._who_am_i(caller), query, caller)
        if operation.template == "/timesheet/settings":
            return self._single(request, operation, hours.settings_of(self.store, caller.company), query, caller)
        if operation.template == "/timesheet/month/byMonthNumber":
            return self._months(caller, request, operation, query)
        if operation.template.endswith("/{id}"):
            return self._by_id(caller, request, operation, int(values["id"]), query)
        return failure(501)

    # Sessions and rights

    def _new_session(self, request: Request) -> Response:
        body = self._body(request, {}) if request.method == "POST" else dict(request.query)
        stop_on(
            [
                Fault(18000, name, "Kan ikke være null.")
                for name in ("consumerToken", "employeeToken", "expirationDate")
                if not body.get(name)
            ]
        )
        last_day, today = str(body["expirationDate"]), datetime.now(OSLO).date().isoformat()
        if not is_day(last_day) or last_day < today:
            raise Stop(refusal([Fault(18000, "expirationDate", "Må være fram i tid.")]))
        if self.store.key(f"consumer:{body['consumerToken']}") is None:
            raise Stop(refusal([Fault(18000, "consumerToken", "Ugyldig consumerToken.")]))
        key = self.store.key(str(body["employeeToken"]))
        if key is None or key.get("revoked"):
            raise Stop(refusal([Fault(18000, "employeeToken", "Ugyldig brukernøkkel.")]))
        token = b64encode(uuid.uuid4().bytes + uuid.uuid4().bytes).decode()
        self.store.add_session(token, str(body["employeeToken"]), last_day)
        value = {"id": 1, "version": 0, "expirationDate": last_day, "token": token, "encryptionKey": None}
        return Response.json({"value": value}, 201 if request.method == "POST" else 200)

    def _caller(self, request: Request) -> Caller:
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, token = b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Stop(failure(401)) from None
        session = self.store.session(token) if kind.lower() == "basic" else None
        key = self.store.key(session[0]) if session else None
        # A session dated today was made without complaint and is dead.
        if not session or not key or key.get("revoked") or session[1] <= datetime.now(OSLO).date().isoformat():
            raise Stop(failure(401))
        if user not in ("", "0"):
            raise Stop(failure(403))
        return Caller(session[0], key, key["company"])

    def _permit(self, caller: Caller, operation: Operation) -> None:
        if caller.key.get("accountant") and operation.template not in _ACCOUNTANT_MAY:
            raise Stop(failure(403, "Regnskapskontorets brukere kan bare kalle >withLoginAccess og >whoAmI her."))
        right = _RIGHTS.get(operation.template.split("/")[1], "")
        if right and right in caller.key.get("missing", []):
            raise Stop(failure(403))
        if right == "hours" and not hours.is_active(self.store, caller.company):
            raise Stop(failure(403))

    def _rated(self, caller: Caller) -> dict[str, str]:
        with self._rate_lock:
            now = time.monotonic()
            began, used = self._rates.get(caller.token, (now, 0))
            if now - began >= 60:
                began, used = now, 0
            self._rates[caller.token] = (began, used + 1)
        headers = {
            "X-Rate-Limit-Limit": str(self._rate_limit),
            "X-Rate-Limit-Remaining": str(max(0, self._rate_limit - used - 1)),
            "X-Rate-Limit-Reset": str(int(60 - (now - began)) + 1),
        }
        if used >= self._rate_limit:
            raise Stop(failure(429, headers=headers))
        return headers

    def unauthorized(self, request: Request) -> Response:
        return failure(401)

    def failure(self, request: Request, status: int) -> Response:
        return failure(status)

    # Reading

    def _projection(self, caller: Caller, request: Request) -> Projection:
        def lookup(name: str, object_id: int) -> Object | None:
            return self.store.get(caller.company, name, object_id)

        return Projection(self._contract, lookup, request.host)

    def _list(self, caller: Caller, request: Request, operation: Operation, query: dict[str, str]) -> Response:
        kind = KINDS[operation.template]
        url = request.path + "?" + "&".join(f"{name}={value}" for name, value in request.query)
        wants_digest = "if-none-match" in request.headers
        digest = self._lists.digest(caller.company, kind, url) if wants_digest else uuid.uuid4().hex[:8]
        if request.headers.get("if-none-match") == digest:
            return Response(status=304)
        try:
            rows = self._lists.rows(caller.company, kind, operation, query)
        except TooLarge:
            return refusal([Fault(23000, "", "Resultatet er for stort.")])
        except CannotSort as error:
            return refusal([Fault(17000, str(error), "Kan ikke sorteres.")])
        except CannotFilter:
            return failure(501)
        first, count = int(query.get("from") or 0), int(query.get("count") or 1000)
        page = rows[first : first + count]
        more = len(rows) > first + len(page)
        return Response.json(
            {
                # Deprecated and not exact: it counts rows the key may not see.
                "fullResultSize": len(rows) + (2 if more else 0),
                "from": first,
                "count": len(page),
                "versionDigest": digest,
                "values": self._shown(caller, request, operation, page, query),
            }
        )

    def _months(self, caller: Caller, request: Request, operation: Operation, query: dict[str, str]) -> Response:
        people = [int(part) for part in query["employeeIds"].split(",") if part.strip().isdigit()]
        months = [hours.month_of(self.store, caller.company, person, query["monthYear"]) for person in people]
        values = self._shown(caller, request, operation, months, query)
        return Response.json({"fullResultSize": len(values), "from": 0, "count": len(values), "values": values})

    def _by_id(
        self, caller: Caller, request: Request, operation: Operation, object_id: int, query: dict[str, str]
    ) -> Response:
        kind = KINDS.get(operation.template.removesuffix("/{id}"))
        if kind is None:
            return failure(501)
        found = self.store.get(caller.company, kind, object_id)
        return failure(404) if found is None else self._single(request, operation, found, query, caller)

    def _single(
        self, request: Request, operation: Operation, found: Object, query: dict[str, str], caller: Caller
    ) -> Response:
        return Response.json({"value": self._shown(caller, request, operation, [found], query)[0]})

    def _shown(
        self, caller: Caller, request: Request, operation: Operation, found: list[Object], query: dict[str, str]
    ) -> list[dict[str, Any]]:
        projection = self._projection(caller, request)
        try:
            tree = parsed(query.get("fields") or "")
            return [projection.row(operation.value or {}, row, tree) for row in found]
        except IllegalField as error:
            message = f"Illegal field in fields filter: {error}"
            raise Stop(failure(400, message, code=11000)) from None

    def _who_am_i(self, caller: Caller) -> Object:
        employee = caller.key.get("employee", 0)
        return {
            "id": 0,
            "employeeId": employee,
            "actualEmployeeId": employee,
            "employee": {"id": employee},
            "companyId": caller.company,
            "company": {"id": caller.company},
            "language": "no",
            "loggedInWithConnect": False,
            "employeeIsProxy": False,
        }

    # Writing

    def _body(self, request: Request, empty: Object) -> Object:
        try:
            body = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Stop(refusal([Fault(22000, "", "Ugyldig JSON.")])) from None
        if not isinstance(body, dict):
            raise Stop(refusal([Fault(16000, "", "Forventet et objekt.")]))
        return body

    def _order(self, caller: Caller, request: Request, operation: Operation) -> Response:
        body = self._body(request, {})
        if operation.body is not None:
            stop_on(self._contract.body_faults(operation.body, body))
        with self.store.lock:
            stop_on(order_faults(self.store, caller.company, body))
            order = place_order(self.store, caller.company, body)
        shown = self._shown(caller, request, operation, [answered(order)], {})
        return Response.json({"value": shown[0]}, 201)

    def _hours(
        self, caller: Caller, request: Request, operation: Operation, object_id: int, query: dict[str, str]
    ) -> Response:
        """Timesheet entries, and what they need on their project."""
        body: Object = {}
        if operation.body is not None:
            body = self._body(request, {})
            stop_on(self._contract.body_faults(operation.body, body, is_update=request.method == "PUT"))
        with self.store.lock:
            write = hours.WRITES[request.method, operation.template]
            stored = write(self.store, caller.company, object_id, body, query)
        if stored is None:
            return Response(status=204)
        shown = self._shown(caller, request, operation, [stored], {})
        return Response.json({"value": shown[0]}, 201 if request.method == "POST" else 200)

    def _subscription(self, caller: Caller, request: Request, operation: Operation, object_id: int) -> Response:
        if request.method == "DELETE" and operation.template == f"{EVENTS}/{{id}}":
            return Response(status=204) if self.store.delete(caller.company, events.KIND, object_id) else failure(404)
        if request.method != "POST" or operation.template != EVENTS or operation.body is None:
            return failure(501)
        body = self._body(request, {})
        stop_on(self._contract.body_faults(operation.body, body) or events.subscription_faults(body))
        made = events.subscribe(self.store, caller.company, body)
        # What was given as a secret is not shown again.
        shown = self._shown(caller, request, operation, [made], {"fields": "id,version,event,targetUrl,status"})
        return Response.json({"value": shown[0]}, 201)

    def move(self, request: Request) -> None:
        """The first row of the list goes away, as when somebody deletes it while we read."""
        kind = KINDS[request.path]
        for company in admin.COMPANIES:
            if found := self.store.all(company, kind):
                self.store.delete(company, kind, found[0]["id"])
                return

    def admin(self, request: Request) -> Response:
        return admin.answer(self.store, request)

    def page(self, request: Request) -> Response:
        return pages.page(self.store, request)
