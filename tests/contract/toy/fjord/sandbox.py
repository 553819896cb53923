"""Fjord's stand-in: short lists, invoices, and records that others write as well."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
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
            "projects": [self._stamped({"id": 7, "no": "P7", "name": "Brygge", "customer": 1, "note": "Husk båt"})],
            "products": [{"id": 9, "no": "V9", "name": "Timer", "price": 950, "off": False}],
            "worktypes": [self._stamped({"id": 4, "name": "Rigging", "note": "Utendørs"})],
            "people": [
                {"id": 1, "name": "Bo Lindqvist", "mail": "bo@demo.busy.example"},
                {"id": 2, "name": "Anna Nygård", "mail": "anna@demo.busy.example"},
                {"id": 5, "name": "Dina Holm", "mail": "dina@demo.busy.example"},
            ],
            "tasks": [self._stamped({"id": 30, "name": "Pæler", "project": 7, "people": [2], "note": "Ved flo"})],
            "invoices": [],
        }

    @staticmethod
    def _stamped(row: dict[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        return {**row, "made": row.get("made", now), "changed": now, "version": row.get("version", 0) + 1}

    def edit(self, name: str, number: object, values: dict[str, Any]) -> None:
        """Somebody there changes a record."""
        with self.lock:
            self._replace(name, number, values)

    def _replace(self, name: str, number: object, values: dict[str, Any]) -> dict[str, Any]:
        rows = self.lists[name]
        at = next(n for n, row in enumerate(rows) if str(row["id"]) == str(number))
        rows[at] = self._stamped({**rows[at], **values})
        return rows[at]

    def answer(self, request: Request) -> Response:
        if request.headers.get("x-key") != self.key:
            return self.unauthorized(request)
        with self.lock:
            match [request.method, *request.path.strip("/").split("/")]:
                case ["GET", "me"]:
                    return Response.json(
                        {"company": {"id": 1, "name": COMPANY}, "user": {"id": 5, "name": "Dina Holm"}}
                    )
                case ["GET", "invoices"]:
                    return Response.json({"rows": self._invoices(dict(request.query))})
                case ["GET", name] if name in self.lists and request.parameter("since"):
                    since = str(request.parameter("since"))
                    return Response.json({"rows": [row for row in self.lists[name] if row["made"] >= since]})
                case ["GET", name] if name in self.lists:
                    return Response.json(self._page(self.lists[name], int(request.parameter("page") or 0)))
                case ["GET", name, number] if name in self.lists:
                    row = self._row(name, number)
                    return Response.json(row or {"message": "Finnes ikke."}, 200 if row else 404)
                case ["POST", "invoices"]:
                    return self._made(_decode(request.body))
                case ["POST", ("projects" | "worktypes" | "tasks") as name]:
                    return self._recorded(name, _decode(request.body))
                case ["PUT", ("projects" | "worktypes" | "tasks") as name, number]:
                    return self._changed(name, number, _decode(request.body))
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
            if row is None or row.get("off"):
                return Response.json({"message": f"{name}: {number} kan ikke brukes."}, 422)
        number = len(self.lists["invoices"]) + 1
        invoice = {**body, "id": number, "no": 5000 + number}
        self.lists["invoices"].append(invoice)
        return Response.json(invoice)

    def _refusal(self, name: str, body: dict[str, Any]) -> Response | None:
        if not body.get("name") or len(body["name"]) > 60:
            return Response.json({"message": "Navnet må ha 1 til 60 tegn."}, 422)
        for key, where in (("customer", "customers"), ("project", "projects")):
            if body.get(key) is not None and self._row(where, body[key]) is None:
                return Response.json({"message": f"{key} {body[key]} finnes ikke."}, 422)
        if name == "tasks" and any(self._row("people", one) is None for one in body.get("people") or []):
            return Response.json({"message": "Ukjent person."}, 422)
        return None

    def _recorded(self, name: str, body: dict[str, Any]) -> Response:
        if refusal := self._refusal(name, body):
            return refusal
        number = max([row["id"] for row in self.lists[name]], default=0) + 1
        given = {"no": f"P{number}"} if name == "projects" else {}
        row = self._stamped({**body, "id": number, **given})
        self.lists[name].append(row)
        return Response.json(row)

    def _changed(self, name: str, number: str, body: dict[str, Any]) -> Response:
        """The whole record is replaced: what is not sent is gone."""
        row = self._row(name, number)
        if row is None:
            return Response.json({"message": "Finnes ikke."}, 404)
        if body.get("version") != row["version"]:
            return Response.json({"message": "Endret av andre."}, 409)
        if refusal := self._refusal(name, body):
            return refusal
        kept: dict[str, Any] = {key: row[key] for key in ("id", "no", "made", "version") if key in row}
        at = self.lists[name].index(row)
        self.lists[name][at] = self._stamped({**body, **kept})
        return Response.json(self.lists[name][at])

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
