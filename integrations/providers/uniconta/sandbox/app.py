"""Uniconta over HTTP: login, queries, inserts, whole updates, deletes in a body; pages for people beside them.

Its quirks are kept: errors are a 200 with a name, nulls are left out, words depend on the user's language, paging is
read from the first filter, a new order takes nothing over from the customer.
"""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.uniconta.sandbox import events, pages, rules
from integrations.providers.uniconta.sandbox.contract import contract
from integrations.providers.uniconta.sandbox.seed import NORDLYS, USER

KEYS = {
    "DebtorClient": "Account",
    "DebtorClientUser": "Account",
    "InvItemClient": "Item",
    "ProjectClient": "Number",
    "DebtorOrderClient": "OrderNumber",
    "DebtorOrderLineClient": "RowId",
    "DebtorInvoiceClient": "InvoiceNumber",
    "DebtorGroupClient": "Group",
    "CompanyClient": "PrimaryKeyId",
    "TableChangeEventClient": "RowId",
    "EmployeeClient": "Number",
    "PaymentTermClient": "Payment",
    "GLVatClient": "Vat",
    "PrCategoryClient": "Number",
    "EmpPayrollCategoryClient": "Number",
    "ProjectJournalClient": "Journal",
    "ProjectJournalLineClient": "RowId",
    "ProjectTransClient": "RowId",
}
_SAME = {"DebtorClientUser": "DebtorClient"}  # the same table, with the customer's own fields


def table(entity: str) -> str:
    return _SAME.get(entity, entity)


def order_with_lines(store: Store, company: str) -> list[Object]:
    lines = store.all(company, "DebtorOrderLineClient")
    return [
        {
            **order,
            "id": str(order["OrderNumber"]),
            "Lines": [line for line in lines if str(line["OrderNumber"]) == str(order["OrderNumber"])],
        }
        for order in store.all(company, "DebtorOrderClient")
    ]


class Refusal(Exception):
    """The name of an error, which is answered with 200."""


class UnicontaApp:
    prefix = ""

    def __init__(self, store: Store, *, calls_a_day: int, token_life: float, plain_errors: bool) -> None:
        self.store = store
        self.calls_a_day = calls_a_day
        self.token_life = token_life
        self.plain_errors = plain_errors  # names without quotes, as one client met them
        self.ends_in_words = False  # a session that ended is told by its name in a 200, and not by 401
        self._contract = contract()
        self._lock = threading.Lock()
        self._tokens: dict[str, datetime] = {}
        self._refreshes: dict[str, datetime] = {}
        self._calls: dict[date, int] = {}

    def close(self) -> None:
        self.store.close()

    def end_tokens(self, *, renewals: bool = True) -> None:
        with self._lock:
            self._tokens.clear()
            if renewals:
                self._refreshes.clear()

    def answer(self, request: Request) -> Response:
        try:
            body = msgspec.json.decode(request.body) if request.body else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Response.json({"title": "The body is not JSON."}, 400)
        try:
            return self._routed(request, body)
        except Refusal as refusal:
            if self.plain_errors:
                return Response(headers={"Content-Type": "text/plain"}, body=str(refusal).encode())
            return Response.json(str(refusal))

    def _routed(self, request: Request, body: Any) -> Response:
        if request.path == "/login":
            return self._login(body)
        if request.path == "/refresh":
            return self._refresh(body)
        if request.path == "/" and request.method == "GET":
            return self.page(request)
        if not self._is_signed(request):
            return self.unauthorized(request)
        self._count()
        if not self._contract.knows(request.method, request.path):
            return Response.json({"title": "Not Found"}, 404)
        faults = self._contract.faults(request.method, request.path, body)
        if faults:
            return Response.json({"title": "One or more validation errors occurred.", "detail": faults[0]}, 400)
        _, area, verb, *rest = request.path.split("/")
        entity = rest[0] if rest else verb
        self._permit(entity)
        if area == "Query":
            return Response.json(self._query(entity, body))
        with self.store.lock:
            return self._crud(verb, entity, body)

    def _crud(self, verb: str, entity: str, body: Any) -> Response:
        if verb == "Insert":
            return Response.json(_shown(self._insert(entity, body)))
        if verb == "InsertList":
            for row in body:  # all of them or none: they are judged before the first is stored
                rules.judge(self.store, NORDLYS, table(entity), row, None, Refusal)
            return Response.json([_shown(self._insert(entity, row)) for row in body])
        if verb == "Update":
            return Response.json(_shown(self._update(entity, body)))
        if verb == "DeleteList":
            for row in body:
                self._delete(entity, row)
            return Response(status=204)
        return Response.json({"title": "Not Found"}, 404)

    # --- At the door ---

    def _login(self, body: Any) -> Response:
        if self._contract.faults("POST", "/login", body):
            raise Refusal("ArgumentMissing")
        user = self.store.get("", "users", USER)
        assert user is not None
        company, _, name = body["Username"].partition("/")
        if not name:
            raise Refusal("NoCompanyId")
        if name != user["Id"] or body["Password"] != user["Password"]:
            raise Refusal("UserOrPasswordIsWrong")
        if user.get("_blocked"):
            raise Refusal("UserIsBlocked")
        if body.get("apiKey") != user["apiKey"] or user.get("_key_blocked"):
            raise Refusal("UnknownAppIdent" if body.get("apiKey") != user["apiKey"] else "AppIdentBlocked")
        if company != f"00{NORDLYS}":
            raise Refusal("CompanyDoesNotExist")
        return Response.json(self._token())

    def _refresh(self, body: Any) -> Response:
        with self._lock:
            until = self._refreshes.pop(body, None) if isinstance(body, str) else None
        if until is None or until < datetime.now(UTC):
            return Response.json({"title": "Unauthorized"}, 401)
        return Response.json(self._token())

    def _token(self) -> Object:
        now = datetime.now(UTC)
        token, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        expiry = now + timedelta(days=7)
        with self._lock:
            self._tokens[token] = now + timedelta(seconds=self.token_life)
            self._refreshes[refresh] = expiry
        return {
            "token": token,
            "refreshToken": refresh,
            "refreshTokenExpiry": expiry.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _is_signed(self, request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        with self._lock:
            until = self._tokens.get(token)
        user = self.store.get("", "users", USER) or {}
        return kind == "Bearer" and until is not None and until > datetime.now(UTC) and not user.get("_blocked")

    def _count(self) -> None:
        with self._lock:
            today = datetime.now(UTC).date()
            self._calls[today] = self._calls.get(today, 0) + 1
            if self._calls[today] > self.calls_a_day:
                raise Refusal("SlowDown")

    def _permit(self, entity: str) -> None:
        user = self.store.get("", "users", USER)
        if user and table(entity) in (user.get("_rights_missing") or []):
            raise Refusal("NoRights")

    # --- Rows ---

    def _query(self, entity: str, filters: list[Object]) -> list[Object]:
        first = filters[0]
        rows = self.store.all(NORDLYS, table(entity))
        if entity == "CompanyClient":
            rows = self.store.all("", "companies")
        for wanted in filters:
            name, value = wanted.get("PropertyName"), wanted.get("FilterValue") or ""
            if name and value:
                rows = [row for row in rows if _matches(row.get(name), value)]
        if first.get("OrderBy") in (True, "true") and first.get("PropertyName"):
            name = first["PropertyName"]
            rows = sorted(rows, key=lambda row: _sortable(row.get(name)))
        skip, take = first.get("Skip", 0), first.get("Take", 0)
        rows = rows[skip : skip + take] if take else rows[skip:]
        return [_shown(row) for row in rows]

    def _insert(self, entity: str, body: Object) -> Object:
        name = table(entity)
        rules.judge(self.store, NORDLYS, name, body, None, Refusal)
        row = rules.filled_in(self.store, name, body)
        self.store.put(NORDLYS, name, {**row, "Id": str(row[KEYS[name]])})
        events.tell(self.store, NORDLYS, name, row, "Add")
        return row

    def _update(self, entity: str, body: Object) -> Object:
        """The whole record: what is left out is emptied."""
        name = table(entity)
        old = self.store.get(NORDLYS, name, str(body.get(KEYS[name], "")))
        if old is None:
            raise Refusal("CouldNotLoadOriginal")
        rules.judge(self.store, NORDLYS, name, body, old, Refusal)
        row = {**body, **rules.kept(old), "UpdatedAt": rules.now()}
        self.store.put(NORDLYS, name, {**row, "Id": old["Id"]})
        events.tell(self.store, NORDLYS, name, row, "Update")
        return row

    def _delete(self, entity: str, body: Object) -> None:
        name = table(entity)
        key = str(body.get(KEYS[name], ""))
        if not self.store.delete(NORDLYS, name, key):
            raise Refusal("RecordIsAlreadyDeleted")
        if name == "DebtorOrderClient":
            for line in self.store.all(NORDLYS, "DebtorOrderLineClient"):
                if str(line["OrderNumber"]) == key:
                    self.store.delete(NORDLYS, "DebtorOrderLineClient", line["Id"])

    # --- For the server ---

    def unauthorized(self, request: Request) -> Response:
        if self.ends_in_words:
            return Response.json("UserNotLoggedIn")
        return Response.json({"title": "Unauthorized", "status": 401}, 401)

    def failure(self, request: Request, status: int) -> Response:
        return Response.json({"title": "An error occurred", "status": status}, status)

    def move(self, request: Request) -> None:
        """The first row of the list goes away, as when somebody deletes it while we read."""
        name = table(request.path.rpartition("/")[2])
        key = KEYS.get(name, "RowId")
        found = sorted(self.store.all(NORDLYS, name), key=lambda row: _sortable(row.get(key)))
        if found:
            self.store.delete(NORDLYS, name, found[0]["Id"])

    def admin(self, request: Request) -> Response:
        return pages.admin(self.store, request)

    def page(self, request: Request) -> Response:
        return pages.page(self.store, request)


def _matches(value: Any, wanted: str) -> bool:
    """Equal, or of the days `from..to`."""
    first, dots, last = wanted.partition("..")
    return first <= str(value or "")[:10] <= last if dots else str(value if value is not None else "") == wanted


def _sortable(value: Any) -> tuple[int, int, str]:
    return (0, value, "") if isinstance(value, int) else (1, 0, str(value or ""))


def _shown(row: Object) -> Object:
    """Without nulls, and without what is ours."""
    return {
        name: value for name, value in row.items() if value is not None and name != "Id" and not name.startswith("_")
    }
