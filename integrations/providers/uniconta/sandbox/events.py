"""Modification URLs: called at each change of master data; one call that fails marks the row, and no more follow until
somebody presses Refresh (R102)."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from integrations.kernel.sandbox.store import Object, Store

_TABLES = {"DebtorClient": ("Debtor", 50, "Account"), "InvItemClient": ("InvItem", 23, "Item")}


def tell(store: Store, company: str, table: str, row: Object, action: str) -> None:
    """Master data only; orders and their lines are told to nobody."""
    if table not in _TABLES:
        return
    name, number, key = _TABLES[table]
    for listener in store.all(company, "TableChangeEventClient"):
        if listener.get("HasError") or listener.get("TableId") not in (None, 0, number):
            continue
        pairs = {
            "CompanyId": company,
            "Table": name,
            "RowId": row.get("RowId", 0),
            "Key": row.get(key, ""),
            "Action": action,
        }
        query = "&".join(f"{given}={quote(str(value))}" for given, value in pairs.items())
        _call(store, company, listener, f"{listener['Url']}?{query}", row)


def _call(store: Store, company: str, listener: Object, url: str, row: Object) -> None:
    body = json.dumps(row).encode() if listener.get("UsePost") else None
    request = Request(url, data=body, headers={"Content-Type": "application/json"})
    said: Any = ""
    try:
        with urlopen(request, timeout=3) as answer:
            if answer.status != 200:
                said = f"HTTP {answer.status}"
    except (URLError, OSError, HTTPException) as error:
        said = str(error)
    if said:
        store.put(company, "TableChangeEventClient", {**listener, "HasError": True, "ErrorMessage": str(said)[:200]})


def refresh(store: Store, company: str) -> None:
    """Somebody presses Refresh on the page Modification URL."""
    for listener in store.all(company, "TableChangeEventClient"):
        store.put(company, "TableChangeEventClient", {**listener, "HasError": False, "ErrorMessage": None})
