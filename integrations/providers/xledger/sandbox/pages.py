"""What a person sees who opens the sandbox in a browser: the order overview."""

from __future__ import annotations

from html import escape

from integrations.kernel.sandbox import Request, Response
from integrations.providers.xledger.sandbox.reading import details_of
from integrations.providers.xledger.sandbox.seed import ENTITIES, NORDLYS
from integrations.providers.xledger.sandbox.store import Object, Store

_PAGE = """<!doctype html><html lang="nb"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 62rem; margin: 2rem auto; padding: 0 1rem }}
.wide {{ overflow-x: auto }} table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884 }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }} .note {{ opacity: .7 }}
</style></head><body><p class="note">Sandbox: a stand-in for Xledger. Nothing here is real.</p>
<h1>{title}</h1>{body}</body></html>"""


def page(store: Store, request: Request) -> Response:
    if request.path != "/":
        return Response.html(_PAGE.format(title="Not found", body=""), 404)
    title = f"Order overview – {escape(ENTITIES[NORDLYS])}"
    return Response.html(_PAGE.format(title=title, body=_orders(store)))


def _orders(store: Store) -> str:
    orders = store.all(NORDLYS, "Order")
    if not orders:
        return "<p>No order has arrived yet.</p>"
    return "".join(_order(store, order) for order in reversed(orders))


def _order(store: Store, order: Object) -> str:
    facts = " · ".join(
        part
        for part in (
            escape(order["orderDate"]),
            _name(store, "Customer", order.get("subledger")),
            _name(store, "Project", order.get("project")),
            _name(store, "Contact", order.get("ourRef")),
            escape(order.get("extOrder") or ""),
        )
        if part
    )
    lines = "".join(
        f"<tr><td>{escape(str(line.get('lineNo') or ''))}</td><td>{_name(store, 'Product', line.get('product'))}</td>"
        f"<td>{escape(line.get('text') or '')}</td><td class='n'>{escape(str(line.get('quantity') or 0))}</td>"
        f"<td class='n'>{escape(str(line.get('unitPrice') or 0))}</td><td class='n'>{escape(line['amount'])}</td></tr>"
        for line in details_of(store, NORDLYS, order["dbId"])
    )
    heads = "<tr><th>No.</th><th>Product</th><th>Text</th><th class='n'>Quantity</th><th class='n'>Price</th>"
    table = f"<table><thead>{heads}<th class='n'>Amount</th></tr></thead><tbody>{lines}</tbody></table>"
    return f"<h2>Order {escape(order['orderNumber'])}</h2><p>{facts}</p><div class='wide'>{table}</div>"


def _name(store: Store, kind: str, row_id: int | None) -> str:
    found = store.get(NORDLYS, kind, row_id) if row_id is not None else None
    return escape(found.get("description") or found.get("name") or "") if found else ""
