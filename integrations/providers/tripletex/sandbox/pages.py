"""What a person sees who opens the sandbox in a browser: orders, hours, and what the deep links lead to."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from integrations.kernel.sandbox import Request, Response
from integrations.providers.tripletex.sandbox.seed import NORDLYS
from integrations.providers.tripletex.sandbox.store import Object, Store

_LINKS = {
    "/execute/orderMenu": ("orderId", "Order"),
    "/execute/projectMenu": ("projectId", "Project"),
    "/execute/customerMenu": ("customerId", "Customer"),
}
_PAGE = """<!doctype html><html lang="nb"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 62rem; margin: 2rem auto; padding: 0 1rem }}
.wide {{ overflow-x: auto }} table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884 }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }} .note {{ opacity: .7 }}
</style></head><body><p class="note">Sandbox: a stand-in for Tripletex. Nothing here is real.</p>
<h1>{title}</h1>{body}<p><a href="/">All orders</a> · <a href="/hours">All hours</a></p></body></html>"""


def page(store: Store, request: Request) -> Response:
    if request.path == "/":
        return Response.html(_PAGE.format(title="Orders in Nordlys Studio AS", body=_orders(store)))
    if request.path == "/hours":
        return Response.html(_PAGE.format(title="Hours in Nordlys Studio AS", body=_hours(store)))
    parameter, kind = _LINKS.get(request.path, ("", ""))
    object_id = request.parameter(parameter) or ""
    found = store.get(NORDLYS, kind, int(object_id)) if object_id.isdigit() else None
    if found is None:
        return Response.html(_PAGE.format(title="Not found", body=""), 404)
    body = _order(store, found) if kind == "Order" else _facts(found)
    title = f"Order {found['number']}" if kind == "Order" else found.get("displayName", kind)
    return Response.html(_PAGE.format(title=escape(title), body=body))


def _orders(store: Store) -> str:
    orders = store.all(NORDLYS, "Order")
    if not orders:
        return "<p>No order has arrived yet.</p>"
    heads = ("Number", "Date", "Customer", "Project", "Reference", "Amount")
    rows = [
        (
            f'<a href="/execute/orderMenu?orderId={order["id"]}">{escape(str(order["number"]))}</a>',
            escape(order["orderDate"]),
            _name(store, "Customer", order.get("customer")),
            _name(store, "Project", order.get("project")),
            escape(order.get("reference") or ""),
            _amount(sum(line["amountExcludingVatCurrency"] for line in order["orderLines"])),
        )
        for order in reversed(orders)
    ]
    return _table(heads, rows, numbers=1)


def _hours(store: Store) -> str:
    entries = store.all(NORDLYS, "TimesheetEntry")
    if not entries:
        return "<p>No hours have arrived yet.</p>"
    heads = ("Date", "Employee", "Project", "Activity", "Comment", "Locked", "Hours", "Chargeable")
    rows = [
        (
            escape(entry["date"]),
            *(_name(store, name.capitalize(), entry.get(name)) for name in ("employee", "project", "activity")),
            escape(entry.get("comment") or ""),
            "invoiced" if entry.get("invoice") else "locked" if entry.get("locked") else "",
            _amount(entry["hours"]),
            _amount(entry["projectChargeableHours"]),
        )
        for entry in sorted(entries, key=lambda entry: (entry["date"], entry["id"]), reverse=True)
    ]
    return _table(heads, rows, numbers=2)


def _order(store: Store, order: Object) -> str:
    facts = _table(
        ("", ""),
        [
            ("Customer", _name(store, "Customer", order.get("customer"))),
            ("Project", _name(store, "Project", order.get("project"))),
            ("Our contact", _name(store, "Employee", order.get("ourContactEmployee"))),
            ("Order date", escape(order["orderDate"])),
            ("Reference", escape(order.get("reference") or "")),
            ("Comment", escape(order.get("invoiceComment") or "")),
        ],
    )
    heads = ("Product", "Text", "Count", "Price", "Discount %", "Amount excl. VAT")
    lines = [
        (
            _name(store, "Product", line.get("product")),
            escape(line.get("description") or ""),
            *(_amount(line.get(key) or 0) for key in ("count", "unitPriceExcludingVatCurrency", "discount")),
            _amount(line["amountExcludingVatCurrency"]),
        )
        for line in order["orderLines"]
    ]
    return facts + _table(heads, lines, numbers=4)


def _facts(found: Object) -> str:
    shown = [(escape(name), escape(str(value))) for name, value in found.items() if not name.startswith("_")]
    return _table(("Field", "Value"), shown)


def _name(store: Store, kind: str, link: Any) -> str:
    found = store.get(NORDLYS, kind, link["id"]) if link else None
    return escape(found.get("displayName") or found.get("name") or "") if found else ""


def _amount(value: float) -> str:
    return f"{value:,.2f}".replace(",", " ").replace(".", ",")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], numbers: int = 0) -> str:
    """Cells are HTML already; the last `numbers` columns are aligned to the right."""
    first = len(heads) - numbers

    def cells(tag: str, row: tuple[str, ...]) -> str:
        return "".join(
            f'<{tag} class="n">{cell}</{tag}>' if index >= first else f"<{tag}>{cell}</{tag}>"
            for index, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells("th", heads)}</tr></thead><tbody>{body}</tbody></table></div>'
