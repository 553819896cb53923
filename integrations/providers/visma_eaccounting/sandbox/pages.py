"""What a person sees who opens the sandbox in a browser: the orders that have arrived."""

from __future__ import annotations

from html import escape

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.visma_eaccounting.sandbox.seed import NORDLYS

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 62rem; margin: 2rem auto; padding: 0 1rem }}
select, button {{ font: inherit; padding: .4rem .8rem }}
.wide {{ overflow-x: auto }} table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884 }}
.note {{ opacity: .7 }}
</style></head><body><p class="note">Sandbox: a stand-in for Visma eAccounting. Nothing here is real.</p>
<h1>{title}</h1>{body}</body></html>"""
_STATES = {1: "Draft", 2: "Ongoing", 3: "Shipped", 4: "Invoiced"}


def framed(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)


def page(store: Store, request: Request) -> Response:
    if request.path != "/":
        return Response.html(framed("Not found", ""), 404)
    orders = store.all(NORDLYS, "orders")
    body = "".join(_order(order) for order in reversed(orders)) or "<p>No order has arrived yet.</p>"
    return Response.html(framed("Orders in Nordlys Studio AS", body))


def _order(order: Object) -> str:
    head = f"{order['Number']} · {_STATES[order['Status']]} · {order['CustomerName']} · {order['OrderDate'][:10]}"
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{escape(str(row.get(name, '')))}</td>" for name in ("Text", "Quantity", "UnitPrice", "Amount"))
        + "</tr>"
        for row in order["Rows"]
    )
    heads = "<tr><th>Text</th><th>Quantity</th><th>Price</th><th>Amount</th></tr>"
    return f'<h2>{escape(head)}</h2><div class="wide"><table>{heads}{rows}</table></div>'
