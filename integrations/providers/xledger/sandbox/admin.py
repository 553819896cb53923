"""State edits from outside, under `/_sandbox/`: what people at the company would do in Xledger.

GET    orders                   all orders received, oldest first, with their lines
PUT    objects/<kind>/<id>      {"_closed": true}: changes these fields, or makes the row
DELETE objects/<kind>/<id>
PUT    keys/<token>             {"revoked": true} | {"missing": ["order_write"]}
POST   limits/<limit>           "burst", "concurrency" or "credits" meets the next request; {"resetAt": "..."}
DELETE changes                  the memory of changes is gone
GET    state                    how many rows of each kind
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.server import ADMIN
from integrations.providers.xledger.sandbox.reading import details_of
from integrations.providers.xledger.sandbox.seed import NORDLYS
from integrations.providers.xledger.sandbox.store import Object, Store

if TYPE_CHECKING:
    from integrations.providers.xledger.sandbox.app import XledgerApp

KINDS = ("Project", "Customer", "Product", "Contact", "EntityContact", "Order", "OrderDetail", "Entity", "Currency")


def answer(app: XledgerApp, request: Request) -> Response:
    store = app.store
    match [request.method, *request.path.removeprefix(ADMIN).split("/")]:
        case ["GET", "orders"]:
            return Response.json(orders(store))
        case ["GET", "state"]:
            return Response.json({kind: len(store.all(NORDLYS, kind)) for kind in KINDS})
        case ["PUT", "objects", kind, row_id] if kind in KINDS and row_id.isdigit():
            return Response.json(change(store, kind, int(row_id), msgspec.json.decode(request.body)))
        case ["DELETE", "objects", kind, row_id] if kind in KINDS and row_id.isdigit():
            return Response.json({"deleted": store.delete(NORDLYS, kind, int(row_id))})
        case ["PUT", "keys", token]:
            store.set_token(token, **msgspec.json.decode(request.body))
            return Response.json({})
        case ["POST", "limits", limit] if limit in ("burst", "concurrency", "credits"):
            body = msgspec.json.decode(request.body) if request.body else {}
            app.armed.append((limit, body.get("resetAt")))
            return Response.json({})
        case ["DELETE", "changes"]:
            store.forget_changes()
            return Response.json({})
    return Response.json({"unknown": request.path}, 404)


def orders(store: Store) -> list[Object]:
    """With their lines, and `id` beside `dbId`."""
    return [
        {**order, "id": order["dbId"], "details": details_of(store, NORDLYS, order["dbId"])}
        for order in store.all(NORDLYS, "Order")
    ]


def change(store: Store, kind: str, row_id: int, changes: Object) -> Object:
    """Change a row, or make it when it is not there."""
    with store.lock:
        store.put(NORDLYS, kind, {**(store.get(NORDLYS, kind, row_id) or {}), **changes, "dbId": row_id})
        return store.get(NORDLYS, kind, row_id) or {}
