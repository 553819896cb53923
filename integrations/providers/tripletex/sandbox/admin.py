"""State edits from outside, under `/_sandbox/`: what people at the company would do in Tripletex.

GET    orders                        all orders received, oldest first
GET    hours                         all timesheet entries, oldest first
PUT    objects/<kind>/<id>           {"isClosed": true}: changes these fields, or makes the object
DELETE objects/<kind>/<id>
PUT    keys/<employee token>         {"revoked": true} | {"missing": ["orders"]}
DELETE sessions                      every session is dead
GET    state                         how many objects of each kind
"""

from __future__ import annotations

import msgspec

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.server import ADMIN
from integrations.providers.tripletex.sandbox.seed import COMPANIES, NORDLYS
from integrations.providers.tripletex.sandbox.store import Object, Store

__all__ = ["COMPANIES", "answer"]

_KINDS = (
    "Customer", "Project", "Product", "Activity", "Employee", "Order",
    "TimesheetEntry", "TimesheetSettings", "MonthlyStatus", "Employment", "SalesModule",
)  # fmt: skip


def answer(store: Store, request: Request) -> Response:
    company = int(request.parameter("company") or NORDLYS)
    match [request.method, *request.path.removeprefix(ADMIN).split("/")]:
        case ["GET", "orders"]:
            return Response.json(store.all(company, "Order"))
        case ["GET", "hours"]:
            return Response.json(store.all(company, "TimesheetEntry"))
        case ["GET", "state"]:
            return Response.json({kind: len(store.all(company, kind)) for kind in _KINDS})
        case ["PUT", "objects", kind, object_id] if kind in _KINDS:
            return Response.json(change(store, company, kind, int(object_id), msgspec.json.decode(request.body)))
        case ["DELETE", "objects", kind, object_id] if kind in _KINDS:
            return Response.json({"deleted": store.delete(company, kind, int(object_id))})
        case ["PUT", "keys", token]:
            store.set_key(token, **msgspec.json.decode(request.body))
            return Response.json({})
        case ["DELETE", "sessions"]:
            store.drop_sessions()
            return Response.json({})
    return Response.json({"unknown": request.path}, 404)


def change(store: Store, company: int, kind: str, object_id: int, changes: Object) -> Object:
    """Change an object, or make it when it is not there."""
    with store.lock:
        stored = store.get(company, kind, object_id) or {}
        store.put(company, kind, {**stored, **changes, "id": object_id})
        return store.get(company, kind, object_id) or {}
