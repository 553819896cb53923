"""What the sandbox remembers: rows by entity and kind, the memory of changes, tokens; in memory for speed and in
SQLite for keeps.

A write is on disk before it is answered, so an order accepted before a kill -9 is there after it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

CENTRAL_EUROPE = ZoneInfo("Europe/Oslo")
Object = dict[str, Any]
REMEMBERED = timedelta(days=3)  # of changes

_TABLES = """
create table if not exists objects (owner integer, kind text, id integer, body text, primary key (owner, kind, id));
create table if not exists changes (
    seq integer primary key, owner integer, kind text, id integer, mutation text, at text
);
create table if not exists tokens (token text primary key, body text);
create table if not exists meta (name text primary key, value integer);
"""


class Store:
    """Rows by entity and kind ("Project", "Customer" ...). Every method may be called from any thread."""

    def __init__(self, file: str | None = None) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(file or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(_TABLES)
        self._objects: dict[tuple[int, str], dict[int, Object]] = {}
        for owner, kind, row_id, body in self._db.execute("select owner, kind, id, body from objects order by id"):
            self._objects.setdefault((owner, kind), {})[row_id] = json.loads(body)
        self._tokens = {token: json.loads(body) for token, body in self._db.execute("select token, body from tokens")}
        self._meta: dict[str, int] = dict(self._db.execute("select name, value from meta"))

    def close(self) -> None:
        with self.lock:
            self._db.close()

    @property
    def is_empty(self) -> bool:
        return not self._tokens

    def all(self, owner: int, kind: str) -> list[Object]:
        """In order of dbId."""
        with self.lock:
            found = self._objects.get((owner, kind), {})
            return [found[row_id] for row_id in sorted(found)]

    def get(self, owner: int, kind: str, row_id: int | str) -> Object | None:
        text = str(row_id)
        return self._objects.get((owner, kind), {}).get(int(text)) if text.isdigit() else None

    def next(self, name: str, first: int) -> int:
        """A rising number of that name."""
        with self.lock:
            value = self._meta.get(name, first - 1) + 1
            self._remember(name, value)
            return value

    def put(self, owner: int, kind: str, *rows: Object, is_seed: bool = False) -> None:
        """Store new and changed rows in one transaction; each gets the time of its change, in local time without an
        offset, and stands in the memory of changes."""
        now = local_now()
        with self.lock:
            held = self._objects.setdefault((owner, kind), {})
            changed = [{"createdAt": now, **held.get(row["dbId"], {}), **row, "modifiedAt": now} for row in rows]
            if is_seed:
                changed = [{**row, "modifiedAt": "2026-01-02T08:00:00"} for row in changed]
            self._db.execute("begin immediate")
            self._db.executemany(
                "insert or replace into objects values (?, ?, ?, ?)",
                [(owner, kind, row["dbId"], json.dumps(row, ensure_ascii=False)) for row in changed],
            )
            if not is_seed:
                mutations = ["UPDATED" if row["dbId"] in held else "ADDED" for row in rows]
                self._note(owner, kind, [(row["dbId"], said) for row, said in zip(rows, mutations, strict=True)])
            self._db.execute("commit")
            held.update({row["dbId"]: row for row in changed})

    def delete(self, owner: int, kind: str, row_id: int) -> bool:
        with self.lock:
            if self._objects.get((owner, kind), {}).pop(row_id, None) is None:
                return False
            self._db.execute("begin immediate")
            self._db.execute("delete from objects where owner = ? and kind = ? and id = ?", (owner, kind, row_id))
            self._note(owner, kind, [(row_id, "DELETED")])
            self._db.execute("commit")
            return True

    # --- The memory of changes ---

    def _note(self, owner: int, kind: str, mutations: list[tuple[int, str]]) -> None:
        at = datetime.now(CENTRAL_EUROPE).isoformat()
        rows = [(owner, kind, row_id, mutation, at) for row_id, mutation in mutations]
        self._db.executemany("insert into changes (owner, kind, id, mutation, at) values (?, ?, ?, ?, ?)", rows)

    def changes(self, owner: int, kind: str) -> list[tuple[int, int, str]]:
        """(position, dbId, mutation) of what is remembered, oldest first."""
        since = (datetime.now(CENTRAL_EUROPE) - REMEMBERED).isoformat()
        with self.lock:
            found = self._db.execute(
                "select seq, id, mutation from changes where owner = ? and kind = ? and at >= ? order by seq",
                (owner, kind, since),
            )
            return list(found)

    def forget_changes(self) -> None:
        """As if three days had gone by."""
        with self.lock:
            newest = self._db.execute("select coalesce(max(seq), 0) from changes").fetchone()[0]
            self._remember("forgotten", int(newest))
            self._db.execute("delete from changes")

    @property
    def forgotten(self) -> int:
        """The newest position that is no longer remembered."""
        return self._meta.get("forgotten", 0)

    # --- Tokens and switches ---

    def _remember(self, name: str, value: int) -> None:
        self._db.execute("insert or replace into meta values (?, ?)", (name, value))
        self._meta[name] = value

    def token(self, token: str) -> Mapping[str, Any] | None:
        return self._tokens.get(token)

    def set_token(self, token: str, **changes: Any) -> None:
        """`owner` (entity), `revoked`, `missing` (keys of ProviderFacts.permissions), `more` (scopes beside them)."""
        with self.lock:
            self._tokens[token] = {**self._tokens.get(token, {}), **changes}
            self._db.execute("insert or replace into tokens values (?, ?)", (token, json.dumps(self._tokens[token])))


def local_now() -> str:
    return datetime.now(CENTRAL_EUROPE).replace(tzinfo=None).isoformat(timespec="seconds")
