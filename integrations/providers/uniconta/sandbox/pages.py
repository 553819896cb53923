"""What a person sees who opens the sandbox in a browser, and state edits from outside under `/_sandbox/`.

GET    orders                       all orders received, oldest first, with their lines
PUT    objects/<entity>/<key>       {"Blocked": true}: changes these fields, or makes the record
DELETE objects/<entity>/<key>
PUT    keys/<user>                  {"_blocked": true}, {"Password": "…"}, {"_rights_missing": ["InvItemClient"]}
POST   refresh                      Refresh on the page Modification URL
"""

from __future__ import annotations

from html import escape

import msgspec

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.server import ADMIN
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.uniconta.sandbox import events
from integrations.providers.uniconta.sandbox.seed import NORDLYS

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body>
<p>Sandbox: a stand-in for Uniconta. Nothing here is real.</p><h1>{title}</h1>{body}</body></html>"""


def admin(store: Store, request: Request) -> Response:
    match [request.method, *request.path.removeprefix(ADMIN).split("/")]:
        case ["GET", "orders"]:
            return Response.json(_orders(store))
        case ["PUT", "objects", entity, key]:
            with store.lock:
                old = store.get(NORDLYS, entity, key)
                changed = {**(old or {}), **msgspec.json.decode(request.body), "Id": key}
                store.put(NORDLYS, entity, changed)
            events.tell(store, NORDLYS, entity, changed, "Update" if old else "Add")
            return Response.json(changed)
        case ["DELETE", "objects", entity, key]:
            return Response.json({"deleted": store.delete(NORDLYS, entity, key)})
        case ["PUT", "keys", user]:
            changed = {**(store.get("", "users", user) or {"Id": user}), **msgspec.json.decode(request.body)}
            store.put("", "users", changed)
            return Response.json({"changed": user})
        case ["POST", "refresh"]:
            events.refresh(store, NORDLYS)
            return Response.json({})
    return Response.json({"unknown": request.path}, 404)


def _orders(store: Store) -> list[Object]:
    lines = store.all(NORDLYS, "DebtorOrderLineClient")
    return [
        {**order, "Lines": [line for line in lines if str(line["OrderNumber"]) == str(order["OrderNumber"])]}
        for order in store.all(NORDLYS, "DebtorOrderClient")
    ]


def page(store: Store, request: Request) -> Response:
    if request.path != "/":
        return Response.html(_PAGE.format(title="Not found", body=""), 404)
    body = "".join(_order(order) for order in reversed(_orders(store))) or "<p>No order has arrived yet.</p>"
    return Response.html(_PAGE.format(title="Sales orders in Nordlys Studio AS", body=body))


def _order(order: Object) -> str:
    head = f"{order['OrderNumber']} · {order['Account']} · {order.get('OurRef', '')}"
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{escape(str(line.get(name, '')))}</td>" for name in ("Item", "Text", "Qty", "Price"))
        + "</tr>"
        for line in order["Lines"]
    )
    return f"<h2>{escape(head)}</h2><table>{rows}</table>"
