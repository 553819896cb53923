"""Fjord's stand-in: three short lists, and invoices."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import msgspec

from integrations.kernel.sandbox import Request, Response, Sandbox

from .facts import COMPANY, FACTS, KEY

Rows = list[dict[str, Any]]
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class FjordApp:
    prefix = "/api"

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.key = KEY
        self.lists: dict[str, Rows] = {
            "customers": [{"id": n, "no": 100 + n, "name": f"Kunde {n}", "off": False} for n in (1, 2, 3)],
            "projects": [{"id": 7, "no": "P7", "name": "Brygge", "customer": 1, "off": False}],
            "products": [{"id": 9, "no": "V9", "name": "Timer", "price": 950, "off": False}],
            "invoices": [],
        }

    def answer(self, request: Request) -> Response:
        if request.headers.get("x-key") != self.key:
            return self.unauthorized(request)
        with self.lock:
            match [request.method, *request.path.strip("/").split("/")]:
                case ["GET", "me"]:
                    return Response.json({"company": {"id": 1, "name": COMPANY}})
                case ["GET", "invoices"]:
                    return Response.json({"rows": self._invoices(dict(request.query))})
                case ["GET", name] if name in self.lists:
                    return Response.json(self._page(self.lists[name], int(request.parameter("page") or 0)))
                case ["GET", name, number] if name in self.lists:
                    row = self._row(name, number)
                    return Response.json(row or {"message": "Finnes ikke."}, 200 if row else 404)
                case ["POST", "invoices"]:
                    return self._made(_decode(request.body))
        return Response.json({"message": "Finnes ikke."}, 404)

    def _page(self, rows: Rows, number: int) -> dict[str, Any]:
        end = (number + 1) * FACTS.page_size
        return {"rows": rows[end - FACTS.page_size : end], "more": end < len(rows)}

    def _row(self, name: str, number: object) -> dict[str, Any] | None:
        return next((row for row in self.lists[name] if str(row["id"]) == str(number)), None)

    def _invoices(self, query: dict[str, str]) -> Rows:
        found = self.lists["invoices"]
        if "reference" in query:
            return [row for row in found if row["reference"] == query["reference"]]
        return [row for row in found if query["from"] <= row["date"] <= query["to"]]

    def _made(self, body: dict[str, Any]) -> Response:
        named = [("customers", body["customer"]), ("projects", body["project"])]
        named += [("products", line["product"]) for line in body["lines"]]
        for name, number in named:
            row = self._row(name, number) if number is not None else {"off": False}
            if row is None or row["off"]:
                return Response.json({"message": f"{name}: {number} kan ikke brukes."}, 422)
        number = len(self.lists["invoices"]) + 1
        invoice = {**body, "id": number, "no": 5000 + number}
        self.lists["invoices"].append(invoice)
        return Response.json(invoice)

    def unauthorized(self, request: Request) -> Response:
        return Response.json({"message": "Ukjent nøkkel."}, 401)

    def failure(self, request: Request, status: int) -> Response:
        return Response.json({"message": "Prøv igjen."}, status)

    def admin(self, request: Request) -> Response:
        return Response.json({}, 404)

    def page(self, request: Request) -> Response:
        return Response.html("<!doctype html><title>Fjord</title>")

    def move(self, request: Request) -> None:
        self.lists[request.path.strip("/")].pop(0)

    def close(self) -> None: ...


class FjordSandbox(Sandbox):
    def __init__(self) -> None:
        self.app = FjordApp()
        super().__init__(self.app)
