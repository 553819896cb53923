"""What the sandbox remembers, in memory for speed and in SQLite for keeps.

A write is on disk before it is answered, so an order accepted before a kill -9 is there after it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]

_TABLES = """
create table if not exists objects (place integer, company text, kind text, id text, body text,
  primary key (company, kind, id));
create table if not exists numbers (name text primary key, value integer);
"""


class Store:
    """Objects by company and kind ("projects", "orders" ...; "" is the company of what belongs to none), each with its
    `Id` as text. Every method may be called from any thread."""

    def __init__(self, file: str | None = None) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(file or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(_TABLES)
        self._objects: dict[tuple[str, str], dict[str, Object]] = {}
        for company, kind, key, body in self._db.execute(
            "select company, kind, id, body from objects order by place, rowid"
        ):
            self._objects.setdefault((company, kind), {})[key] = json.loads(body)
        self._numbers: dict[str, int] = dict(self._db.execute("select name, value from numbers"))

    def close(self) -> None:
        with self.lock:
            self._db.close()

    @property
    def is_empty(self) -> bool:
        return not self._objects

    def all(self, company: str, kind: str) -> list[Object]:
        """In the order in which they came."""
        with self.lock:
            return list(self._objects.get((company, kind), {}).values())

    def get(self, company: str, kind: str, key: str) -> Object | None:
        return self._objects.get((company, kind), {}).get(key)

    def put(self, company: str, kind: str, *objects: Object) -> None:
        """Store new and changed objects, told apart by their `Id`, in one transaction."""
        with self.lock:
            held = self._objects.setdefault((company, kind), {})
            place = self.next("place", 1)
            rows = [(place, company, kind, new["Id"], json.dumps(new, ensure_ascii=False)) for new in objects]
            self._db.execute("begin immediate")
            self._db.executemany(
                "insert into objects values (?, ?, ?, ?, ?) on conflict do update set body = excluded.body", rows
            )
            self._db.execute("commit")
            held.update({new["Id"]: new for new in objects})

    def delete(self, company: str, kind: str, key: str) -> bool:
        with self.lock:
            if self._objects.get((company, kind), {}).pop(key, None) is None:
                return False
            self._db.execute("delete from objects where company = ? and kind = ? and id = ?", (company, kind, key))
            return True

    def next(self, name: str, first: int) -> int:
        """A rising number of that name."""
        with self.lock:
            value = self._numbers.get(name, first - 1) + 1
            self._numbers[name] = value
            self._db.execute("insert or replace into numbers values (?, ?)", (name, value))
            return value


def utc_now() -> str:
    """With seven digits after the point, as the real one writes its times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
