"""Uniconta calls an address when a master record changes (R101): a GET with a query, or with *Post* ticked a POST whose
body is the record too. Nothing is signed, so the address is the secret, and nothing is believed of what it says but
which table to look at.

A call that fails makes Uniconta mark the address "Has error" and say nothing more until somebody presses Refresh
(R102): so whatever comes is answered, and the mark is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_plus

import msgspec

from integrations.kernel.connector import Cursor, Silence, Watch
from integrations.kernel.errors import Code, LoginNeeded, MappingError
from integrations.kernel.parse import Row, flag, optional_text
from integrations.kernel.records import Kind
from integrations.providers.uniconta.api import UnicontaApi

TABLE = "TableChangeEventClient"
_TABLES = {
    "debtor": Kind.CUSTOMERS,
    "debtorclient": Kind.CUSTOMERS,
    "invitem": Kind.PRODUCTS,
    "invitemclient": Kind.PRODUCTS,
    "project": Kind.PROJECTS,
    "projectclient": Kind.PROJECTS,
    "employee": Kind.EMPLOYEES,
    "employeeclient": Kind.EMPLOYEES,
    "emppayrollcategory": Kind.WORK_TYPES,
    "emppayrollcategoryclient": Kind.WORK_TYPES,
}


def parameters(said: str) -> dict[str, str]:
    """Of a query, with names in lower case. The help page puts a question mark between all of them [spec]."""
    pairs = (part.partition("=") for part in re.split(r"[?&]", said) if part)
    return {unquote_plus(name).strip().lower(): unquote_plus(value).strip() for name, _, value in pairs}


def hints(body: bytes) -> tuple[Kind, ...]:
    """Which kinds to look at, from the query or, when that names no table, from the body; everything when nothing is
    named: a call says that something changed."""
    said = parameters(body.decode("utf-8", "replace").partition("\n")[0])
    table = said.get("table", "") or _table_of(body)
    if not table:
        return tuple(dict.fromkeys(_TABLES.values()))
    kind = _TABLES.get(table.lower())
    return (kind,) if kind else ()


def _table_of(body: bytes) -> str:
    try:
        record = msgspec.json.decode(body.partition(b"\n")[2] or body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    if not isinstance(record, dict):
        return ""
    return "Debtor" if "Account" in record else "InvItem" if "Item" in record else ""


def register(api: UnicontaApi, url: str, _secret: str) -> Cursor:
    """Nobody is asked: the administrator pastes the address in Uniconta. What is looked at is whether it stands there,
    as far as the table can be read, which is not documented."""
    row = _ours(api, url)
    return {"url": url, "is_there": row is not None}


def unregister(_api: UnicontaApi, _kept: Cursor) -> None:
    """The row is the administrator's."""


def silence(api: UnicontaApi, url: str) -> Silence | None:
    """What Uniconta says of our address; None when it cannot be read."""
    try:
        row = _ours(api, url)
    except (LoginNeeded, MappingError) as error:
        if isinstance(error, LoginNeeded) and error.problem.code != Code.RIGHTS_MISSING:
            raise
        return None
    if row is None:
        return Silence(is_registered=False)
    return Silence(
        is_registered=True, has_stopped=flag(row, "HasError", default=False), message=optional_text(row, "ErrorMessage")
    )


def _ours(api: UnicontaApi, url: str) -> Row | None:
    found = [row for row in api.query(TABLE, "Url", right="watch", value=url) if optional_text(row, "Url") == url]
    return found[0] if found else None


def verify(_headers: Mapping[str, str], _body: bytes, _secret: str) -> bool:
    """Nothing is signed: the address, which cannot be guessed, is all there is."""
    return True


WATCH: Watch[UnicontaApi] = Watch(
    register=register, unregister=unregister, verify=verify, hints=hints, silence=silence, by_hand=True
)
