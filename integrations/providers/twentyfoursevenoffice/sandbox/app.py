"""24SevenOffice over HTTP: eight services, sessions that hold on both hosts, rights, a limit by the hour."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

from lxml import etree

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.twentyfoursevenoffice.sandbox import admin, catalogue, doors, orders, pages, timesheet
from integrations.providers.twentyfoursevenoffice.sandbox.contract import described
from integrations.providers.twentyfoursevenoffice.sandbox.envelopes import (
    ENVELOPE,
    NOT_AUTHENTICATED,
    Fault,
    fault,
    message,
)
from integrations.providers.twentyfoursevenoffice.services import NAMESPACE, WRITES

# What each area of rights opens; who lacks one gets a fault.
AREAS = {
    "customers": ("GetCompanies", "GetCompanySyncList"),
    "products": ("GetProducts",),
    "projects": (
        "GetProjectsDetailed", "GetDeactivatedProjects", "GetProjectNameList", "GetDeactivatedProjectNameList",
        "GetSingleProject", "GetProjectTasks", "GetProjectStatuses", "SaveProject", "SaveProjectTask",
    ),
    "work_types": ("GetWorkTypeList",),
    "users": ("GetUsers", "GetPersonsDetailed"),
    "orders": ("GetInvoices", "GetOrderSyncList", "SaveInvoices"),
    "hours": ("GetHours", "SaveHour", "DeleteHour"),
}  # fmt: skip
_OPEN = frozenset({"Login", "GetIdentitiesWithCredential", "HasSession"})

Handler = Callable[["doors.Caller", Store, Object], Any]
HANDLERS: dict[str, Handler] = {**doors.HANDLERS, **catalogue.HANDLERS, **orders.HANDLERS, **timesheet.HANDLERS}


class OfficeApp:
    """`rate_limit` requests an hour; `most_rows` companies a page; `extra` is put into each answer's rows: an element
    that no description knows, in the middle."""

    prefix = ""

    def __init__(self, store: Store, *, rate_limit: int = 7200, most_rows: int = 1000) -> None:
        self.store = store
        self.rate_limit = rate_limit
        self.most_rows = most_rows
        self.extra = False
        self._lock = threading.Lock()
        self._hour: tuple[datetime, int] = (datetime.min.replace(tzinfo=UTC), 0)

    def close(self) -> None:
        self.store.close()

    def answer(self, request: Request) -> Response:
        description = described().get(request.path.lower())
        if request.method != "POST" or description is None:
            return self.page(request)
        headers, blocked = self._counted()
        if blocked:
            return fault(blocked, headers)
        operation = operation_of(request)
        try:
            asked = self._message(request, operation)
            if faults := description.faults(asked):
                raise Fault(f"There is an error in XML document: {faults[0]}")
            result = self._handled(request, operation, description.read(asked))
        except Fault as refusal:
            return fault(refusal.text, headers)
        content = description.write(operation, result)
        if self.extra:
            _spoil_order(content)
        return message(content, headers)

    def _message(self, request: Request, operation: str) -> Any:
        try:
            envelope = etree.fromstring(request.body)
        except etree.XMLSyntaxError as error:
            raise Fault("Root element is missing.") from error
        body = envelope.find(f"{ENVELOPE}Body")
        if body is None or len(body) != 1 or body[0].tag != f"{{{NAMESPACE}}}{operation}":
            raise Fault(f"Server did not recognize the value of HTTP Header SOAPAction: {operation}.")
        return body[0]

    def _handled(self, request: Request, operation: str, params: Object) -> Any:
        handler = HANDLERS.get(operation)
        if handler is None:
            raise Fault(f"{operation} is not part of the sandbox.")
        with self.store.lock:
            caller = doors.caller_of(self.store, session_of(request))
            caller.most_rows = self.most_rows
            if operation not in _OPEN:
                if not caller.client:
                    raise Fault(NOT_AUTHENTICATED)
                for area in caller.missing:
                    if operation in AREAS[area]:
                        raise Fault(f"Access denied. The user has insufficient rights ({area}).")
            return handler(caller, self.store, params)

    def _counted(self) -> tuple[dict[str, str], str]:
        now = datetime.now(UTC)
        with self._lock:
            began, used = self._hour
            if now - began >= timedelta(hours=1):
                began, used = now, 0
            self._hour = (began, used + 1)
        ends = began + timedelta(hours=1)
        left = self.rate_limit - used - 1
        headers = {"APILimitRemaining": str(max(left, 0)), "APILimitReset": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if left >= 0:
            return headers, ""
        until = ends.strftime("%Y-%m-%d %H:%M:%S")
        return headers, f"Limit exceeded by {-left}. Request is blocked. Quarantine ends at {until}"

    def unauthorized(self, request: Request) -> Response:
        """As each operation says it: a login by an empty answer."""
        operation, path = operation_of(request), request.path.lower()
        if operation in ("Login", "HasSession"):
            return message(described()[path].write(operation, "" if operation == "Login" else False), {})
        return fault(NOT_AUTHENTICATED)

    def failure(self, request: Request, status: int) -> Response:
        page = f"<html><head><title>Runtime Error</title></head><body><h1>{status}</h1></body></html>"
        return Response.html(page, status)

    def move(self, request: Request) -> None:
        """The first company goes away, as when somebody deletes it for good while we read."""
        for client in self.store.all("", "clients"):
            found = self.store.all(client["Id"], "Company")
            if found:
                self.store.delete(client["Id"], "Company", found[0]["Id"])
                return

    def admin(self, request: Request) -> Response:
        return admin.answer(self, request)

    def page(self, request: Request) -> Response:
        return pages.page(self.store, request)


def operation_of(request: Request) -> str:
    return request.headers.get("soapaction", "").strip('"').rpartition("/")[2]


def session_of(request: Request) -> str:
    cookie = SimpleCookie(request.headers.get("cookie", "")).get("ASP.NET_SessionId")
    return cookie.value if cookie is not None else ""


def named(request: Request) -> tuple[str, str]:
    """GET for what reads; POST, PUT and DELETE for what makes, changes and removes."""
    operation = operation_of(request)
    if not operation:
        return request.method, request.path
    method = "GET"
    if operation in WRITES:
        has_id = operation != "SaveInvoices" and b":Id>" in request.body
        method = "DELETE" if operation.startswith("Delete") else "PUT" if has_id else "POST"
    return method, f"/{operation}"


def _spoil_order(content: Any) -> None:
    """An unknown element before the third member of each row that has as many; lists hold their rows alone."""
    for row in [one for one in content.iter() if len({part.tag for part in one}) > 3]:
        extra = etree.Element(f"{{{NAMESPACE}}}AddedLater")
        extra.text = "7"
        row.insert(2, extra)
