"""State edits from outside, under `/_sandbox/`: what people at the company would do in Visma eAccounting.

GET    orders                     all orders received, oldest first
PUT    objects/<kind>/<id>        {"IsActive": false}: changes these fields, or makes the object
DELETE objects/<kind>/<id>
PUT    company                    {"ProductVariant": 4} | {"_module_off": true}
PUT    users/<e-mail>/password    the password is changed: sign-ins end
DELETE sign-ins                   all sign-ins end
DELETE tokens                     all access tokens end, as they do after an hour
"""

from __future__ import annotations

import msgspec

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.server import ADMIN
from integrations.kernel.sandbox.store import Object, Store, utc_now
from integrations.providers.visma_eaccounting.sandbox.identity import Identity
from integrations.providers.visma_eaccounting.sandbox.seed import NORDLYS

_CHANGED = {"projects": "ModifiedUtc", "orders": "ModifiedUtc", "customers": "ChangedUtc", "articles": "ChangedUtc"}


def answer(store: Store, identity: Identity, request: Request) -> Response:
    company = request.parameter("company") or NORDLYS
    match [request.method, *request.path.removeprefix(ADMIN).split("/")]:
        case ["GET", "orders"]:
            return Response.json(store.all(company, "orders"))
        case ["PUT", "objects", kind, key]:
            return Response.json(change(store, company, kind, key, msgspec.json.decode(request.body)))
        case ["DELETE", "objects", kind, key]:
            return Response.json({"deleted": store.delete(company, kind, key)})
        case ["PUT", "company"]:
            return Response.json(change_company(store, company, msgspec.json.decode(request.body)))
        case ["PUT", "users", user, "password"]:
            identity.change_password(user)
            return Response.json({})
        case ["DELETE", "sign-ins"]:
            for grant in store.all("", "grants"):
                identity.end(grant["Id"])
            return Response.json({})
        case ["DELETE", "tokens"]:
            identity.expire_accesses()
            return Response.json({})
    return Response.json({"unknown": request.path}, 404)


def change(store: Store, company: str, kind: str, key: str, changes: Object) -> Object:
    """Change an object, or make it when it is not there; it then counts as changed now."""
    with store.lock:
        stamp = {_CHANGED[kind]: utc_now()} if kind in _CHANGED else {}
        changed = {**(store.get(company, kind, key) or {}), **changes, **stamp, "Id": key}
        store.put(company, kind, changed)
        return changed


def change_company(store: Store, company: str, changes: Object) -> Object:
    with store.lock:
        changed = {**(store.get("", "settings", company) or {}), **changes, "Id": company}
        store.put("", "settings", changed)
        return changed
