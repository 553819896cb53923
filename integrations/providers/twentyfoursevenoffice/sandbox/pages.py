"""What a person sees who opens the sandbox in a browser: orders and hours that have arrived."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.twentyfoursevenoffice.sandbox.seed import NORDLYS

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 62rem; margin: 2rem auto; padding: 0 1rem }}
.wide {{ overflow-x: auto }} table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884 }}
.note {{ opacity: .7 }}
</style></head><body><p class="note">Sandbox: a stand-in for 24SevenOffice. Nothing here is real.</p>
<nav><a href="/">Orders</a> · <a href="/hours">Hours</a></nav><h1>{title}</h1>{body}</body></html>"""


def page(store: Store, request: Request) -> Response:
    if request.path == "/":
        orders = [_order(one) for one in reversed(store.all(NORDLYS, "Order"))]
        return _framed("Orders in Nordlys Studio AS", "".join(orders) or "<p>No order has arrived yet.</p>")
    if request.path == "/hours":
        rows = [_hour(store, one) for one in reversed(store.all(NORDLYS, "Hour"))]
        heads = ("Day", "Person", "Project", "Work type", "Hours", "Invoiced", "Text", "Internal note")
        return _framed("Hours in Nordlys Studio AS", _table(heads, rows) if rows else "<p>No hours yet.</p>")
    return Response.html(_PAGE.format(title="Not found", body=""), 404)


def _framed(title: str, body: str) -> Response:
    return Response.html(_PAGE.format(title=escape(title), body=body))


def _table(heads: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(one))}</td>" for one in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _order(order: Object) -> str:
    head = f"{order['OrderId']} · {order['OrderStatus']} · {order['CustomerId']} · {order.get('ProductionNumber', '')}"
    rows = [
        (row.get("Name", ""), row.get("Quantity", ""), row.get("Price", ""), row.get("DiscountRate", ""))
        for row in order["InvoiceRows"]
    ]
    return f"<h2>{escape(head)}</h2>" + _table(("Text", "Quantity", "Price", "Discount"), rows)


def _hour(store: Store, hour: Object) -> tuple[object, ...]:
    person = store.get(NORDLYS, "Person", str(hour.get("ContactId"))) or {}
    project = store.get(NORDLYS, "Project", str(hour.get("ProjectId"))) or {}
    work_type = store.get(NORDLYS, "WorkType", str(hour.get("TypeOfWorkId"))) or {}
    return (
        hour["StartTime"][:10], f"{person.get('FirstName', '')} {person.get('LastName', '')}", project.get("Name", ""),
        work_type.get("Name", ""), hour.get("TotalHours", ""), hour.get("TotalHoursInvoice", ""),
        hour.get("Description", ""), hour.get("InternalNote", ""),
    )  # fmt: skip
