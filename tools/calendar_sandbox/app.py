"""Both vendors under one address: /google/… and /microsoft/…, sign-in and API alike."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from integrations.kernel.sandbox import Request, Response, Sandbox
from tools.calendar_sandbox import google, microsoft
from tools.calendar_sandbox.book import Account, demo
from tools.calendar_sandbox.identity import Identity

_APIS: dict[str, Any] = {"google": google, "microsoft": microsoft}


class CalendarApp:
    prefix = ""

    def __init__(self, state: Path | None, today: date) -> None:
        self.accounts: dict[str, dict[str, Account]] = {key: demo(key, today) for key in _APIS}
        self.identity = Identity(self.accounts, state)
        self.page_rows = 1_000_000  # rows of a page at the most, for tests of paging

    def answer(self, request: Request) -> Response:
        vendor = request.path.strip("/").partition("/")[0]
        if vendor not in _APIS:
            return Response.html(
                "<!doctype html><title>Sandbox</title><p>Calendars of the demo: /google and /microsoft."
            )
        return self._identity(vendor, request) or self._api(vendor, request)

    def _identity(self, vendor: str, request: Request) -> Response | None:
        match vendor, request.method, request.path.strip("/").split("/")[1:]:
            case ("google", "GET", ["o", "oauth2", "v2", "auth"]) | (
                "microsoft",
                "GET",
                [_, "oauth2", "v2.0", "authorize"],
            ):
                return self.identity.consent(vendor, dict(request.query))
            case ("google", "POST", ["o", "oauth2", "v2", "auth"]) | (
                "microsoft",
                "POST",
                [_, "oauth2", "v2.0", "authorize"],
            ):
                return self.identity.decided(vendor, request)
            case ("google", "POST", ["token"]) | ("microsoft", "POST", [_, "oauth2", "v2.0", "token"]):
                return self.identity.token(vendor, request)
            case ("google", "POST", ["revoke"]):
                return self.identity.revoke(vendor, request)
        return None

    def _api(self, vendor: str, request: Request) -> Response:
        api = _APIS[vendor]
        found = self.identity.account_of(vendor, request)
        answer: Response
        if found is None:
            answer = api.unauthorized()
        elif request.method != "GET":
            answer = api.error(405, "methodNotAllowed")
        else:
            answer = api.answer(request, *found, self.page_rows)
        return answer

    def unauthorized(self, request: Request) -> Response:
        answer: Response = _APIS[self._vendor(request)].unauthorized()
        return answer

    def failure(self, request: Request, status: int) -> Response:
        answer: Response = _APIS[self._vendor(request)].failure(status)
        return answer

    def _vendor(self, request: Request) -> str:
        return "microsoft" if request.path.startswith("/microsoft") else "google"

    def admin(self, request: Request) -> Response:
        """`POST /_sandbox/expire`: an hour passes. `POST /_sandbox/end?vendor=…&account=…`: the access ends."""
        name = request.path.removeprefix("/_sandbox/")
        if request.method == "POST" and name == "expire":
            self.identity.expire()
        elif request.method == "POST" and name == "end":
            self.identity.end(request.parameter("vendor") or "", request.parameter("account") or "")
        else:
            return Response(status=404)
        return Response.json({})

    def page(self, request: Request) -> Response:
        return Response(status=404)

    def move(self, request: Request) -> None:
        """Lists do not move here."""

    def close(self) -> None:
        """Nothing is open."""


class CalendarSandbox(Sandbox):
    """`with CalendarSandbox() as sandbox: sandbox.base("google")`."""

    def __init__(
        self, state: str | None = None, *, host: str = "127.0.0.1", port: int = 0, today: date | None = None
    ) -> None:
        self.app = CalendarApp(Path(state) if state else None, today or date.today())  # noqa: DTZ011 - the demo's own day
        super().__init__(self.app, host=host, port=port)

    def base(self, vendor: str) -> str:
        return f"{self.origin}/{vendor}"

    def account(self, vendor: str, name: str = "anna") -> Account:
        return next(one for address, one in self.app.accounts[vendor].items() if address.startswith(name))
