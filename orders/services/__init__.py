"""Writes of orders: check, change, record, announce, in one transaction."""

from orders.services.drafts import create_draft, delete_draft, edit_line, edit_order, pick_entries
from orders.services.finishing import finish, reopen, take_products_anew

__all__ = [
    "create_draft",
    "delete_draft",
    "edit_line",
    "edit_order",
    "finish",
    "pick_entries",
    "reopen",
    "take_products_anew",
]
