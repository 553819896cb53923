"""What nobody has seen of Xledger's API: names and meanings that were concluded, each in one function.

There is no public schema. Where the live one can be asked (`schema.Schema`), the choice is made by it; what it cannot
tell is marked. Whoever learns better corrects it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from integrations.kernel.parse import Row, flag, optional_day, optional_text

if TYPE_CHECKING:
    from integrations.providers.xledger.schema import Schema

# Header and line mutations of a logistics order, the likeliest first [inferred from addPurchaseOrders and others].
ORDER_MUTATIONS = (
    ("addOrders", "addOrderDetails", "removeOrders"),
    ("addLogisticsOrders", "addLogisticsOrderDetails", "removeLogisticsOrders"),
    ("addLgOrders", "addLgOrderDetails", "removeLgOrders"),
)
_LINE_NUMBERS = ("lineNo", "lineNumber")  # the one is read [client], the other written on siblings [client]
_ORDER_LINKS = ("order", "orderHeader", "orderItem", "lgOrder")  # siblings: purchaseOrderHeader, salesOrderItem
_CUSTOMERS = ("subledger", "customer")  # a customer's dbId is its subledger's [client]
_HEADER_TEXTS = ("invoiceHeader", "text")
_PROJECTS = ("project", "projectItem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """How an order is written: names of mutations, of their inputs and of the fields; "" where there is none."""

    header: str
    lines: str
    remove: str
    header_input: str
    lines_input: str
    customer: str
    project: str
    text: str
    has_currency: bool
    line_order: str
    line_number: str
    line_project: str


def order_writer(schema: Schema) -> Writer | None:
    """None when the schema offers no way to write orders."""
    there = (names for names in ORDER_MUTATIONS if names[0] in schema.mutations and names[1] in schema.mutations)
    header, lines, remove = next(there, ("", "", ""))
    if not header:
        return None
    return Writer(
        header=header,
        lines=lines,
        remove=remove if remove in schema.mutations else "",
        header_input=schema.mutations[header] or f"A{header[1:]}Input",
        lines_input=schema.mutations[lines] or f"A{lines[1:]}Input",
        customer=_first(_CUSTOMERS, schema.order_input) or _CUSTOMERS[0],
        project=_first(_PROJECTS, schema.order_input),
        text=_first(_HEADER_TEXTS, schema.order_input),
        has_currency="currency" in schema.order_input,
        line_order=_first(_ORDER_LINKS, schema.line_input) or _ORDER_LINKS[0],
        line_number=_first(_LINE_NUMBERS, schema.line_input),
        line_project=_first(_PROJECTS, schema.line_input),
    )


def hides_order_writing(schema: Schema) -> bool:
    """No mutation speaks of orders at all: the schema a token sees follows its rights, it seems [inferred]."""
    return bool(schema.mutations) and not any("order" in name.lower() for name in schema.mutations)


def lists_order_details(schema: Schema) -> bool:
    """Order lines as a list of their own [inferred from the name of the right]."""
    return "orderDetails" in schema.queries


def finds_by_reference(schema: Schema) -> bool:
    """`extOrder` is a field of orders [client]; that it filters is [inferred]. Else changed orders are looked through,
    which `modifiedAt_gte` narrows [client]."""
    return "extOrder" in schema.order_filter


def finds_by_id(schema: Schema) -> bool:
    """`dbId_in` filters projects and others [client]; that it filters orders is [inferred]."""
    return "dbId_in" in schema.order_filter


def shows_project(schema: Schema) -> bool:
    """Whether an order says which project it is for: no client reads it."""
    return "project" in schema.order_fields


def stored_line_number(schema: Schema) -> str:
    """The readable number of an order line; "" when there is none."""
    return _first(_LINE_NUMBERS, schema.line_fields)


def has_deltas(schema: Schema, singular: str) -> bool:
    """`project_deltas` and `customer_deltas` were seen, `product_deltas` is [inferred]."""
    return f"{singular}_deltas" in schema.queries


def has_own_contacts(schema: Schema) -> bool:
    """`entityContacts` is the screen "Våra kontakter" [inferred from its name]; contacts hold other people too."""
    return "entityContacts" in schema.queries


def employee_code(own: Row, contact: Row) -> str:
    """Which of two codes the screen "Våra kontakter" edits is unknown; the one of its own row first [inferred]."""
    return optional_text(own, "code") or optional_text(contact, "code")


def is_past(row: Row, today: date) -> bool:
    """A row whose last day is over is closed, whatever list it came in [inferred]."""
    end = optional_day(row, "toDate")
    return end is not None and end < today


def is_internal(row: Row) -> bool:
    """A project that is not billable is not for a customer [inferred]."""
    return not flag(row, "billable", default=True)


def token_rejected(status: int, code: str, message: str) -> bool:
    """Only "Bad format for API Token" was seen [client]; the rest is how others of this kind speak [inferred]."""
    words = message.lower()
    return (
        status == 401
        or code in ("UNAUTHENTICATED", "INVALID_TOKEN", "INVALID_API_TOKEN", "TOKEN_EXPIRED")
        or "bad format for api token" in words
        or ("token" in words and any(word in words for word in ("invalid", "expired", "revoked", "unknown")))
    )


def permission_denied(status: int, code: str, message: str) -> bool:
    """What is said about a missing scope was not seen [inferred]."""
    words = message.lower()
    return (
        status == 403
        or code in ("FORBIDDEN", "ACCESS_DENIED", "PERMISSION_DENIED", "INSUFFICIENT_PERMISSIONS", "UNAUTHORIZED")
        or any(word in words for word in ("permission", "not authorized", "access denied", "no access", "scope"))
    )


def cursor_refused(message: str) -> bool:
    """What is said of a delta's position that is no longer remembered was not seen [inferred]."""
    return "cursor" in message.lower() or "'after'" in message.lower()


def own_entity(found: Sequence[Row]) -> Row | None:
    """The entity a token belongs to is the first it may see: the others are below it [inferred]."""
    return found[0] if found else None


def _first(names: tuple[str, ...], there: Mapping[str, Any] | frozenset[str]) -> str:
    return next((name for name in names if name in there), "")
