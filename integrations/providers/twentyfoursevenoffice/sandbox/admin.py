"""State edits from outside, under `/_sandbox/`: what people at the company would do in 24SevenOffice.

GET    orders, hours              everything received, oldest first
PUT    objects/<kind>/<id>        {"_open": false}: changes these members, or makes the object; `?client=` names another
DELETE objects/<kind>/<id>
PUT    users/<e-mail>             {"password": "…"}: changes the account; its sessions end
DELETE sessions                   all sessions end
PUT    sessions                   {"identity": "<guid>"}: all sessions are in another client from now on
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.server import ADMIN
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.twentyfoursevenoffice.sandbox.catalogue import now
from integrations.providers.twentyfoursevenoffice.sandbox.doors import switch
from integrations.providers.twentyfoursevenoffice.sandbox.seed import NORDLYS

if TYPE_CHECKING:
    from integrations.providers.twentyfoursevenoffice.sandbox.app import OfficeApp

_CHANGED = {"Company": "DateChanged", "Project": "DateChanged", "Product": "DateChanged", "Order": "DateChanged"}


def answer(app: OfficeApp, request: Request) -> Response:
    store, client = app.store, request.parameter("client") or NORDLYS
    match [request.method, *request.path.removeprefix(ADMIN).split("/")]:
        case ["GET", "orders"]:
            return Response.json(store.all(client, "Order"))
        case ["GET", "hours"]:
            return Response.json(store.all(client, "Hour"))
        case ["PUT", "objects", kind, key]:
            return Response.json(change(store, client, kind, key, msgspec.json.decode(request.body)))
        case ["DELETE", "objects", kind, key]:
            return Response.json({"deleted": store.delete(client, kind, key)})
        case ["PUT", "users", user]:
            return Response.json(change_account(store, user, msgspec.json.decode(request.body)))
        case ["DELETE", "sessions"]:
            end_sessions(store)
            return Response.json({})
        case ["PUT", "sessions"]:
            for session in store.all("", "sessions"):
                switch(store, session["Id"], msgspec.json.decode(request.body)["identity"])
            return Response.json({})
    return Response.json({"unknown": request.path}, 404)


def change(store: Store, client: str, kind: str, key: str, changes: Object) -> Object:
    """Change an object, or make it when it is not there; it then counts as changed now."""
    with store.lock:
        stamp = {_CHANGED[kind]: now()} if kind in _CHANGED else {}
        changed = {**(store.get(client, kind, key) or {}), **stamp, **changes, "Id": key}
        store.put(client, kind, changed)
        return changed


def change_account(store: Store, user: str, changes: Object) -> Object:
    with store.lock:
        changed = {**(store.get("", "accounts", user) or {}), **changes, "Id": user}
        store.put("", "accounts", changed)
        end_sessions(store, user)
        return {name: value for name, value in changed.items() if name != "password"}


def end_sessions(store: Store, user: str = "") -> None:
    for session in store.all("", "sessions"):
        if user in ("", session["user"]):
            store.delete("", "sessions", session["Id"])
