"""What the sandbox remembers: companies, keys, sessions and objects, in memory for speed and in SQLite for keeps.

A write is on disk before it is answered, so an order accepted before a kill -9 is there after it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
Object = dict[str, Any]

_TABLES = """
create table if not exists objects (company integer, kind text, id integer, body text, primary key (company, kind, id));
create table if not exists keys (token text primary key, body text);
create table if not exists sessions (token text primary key, key text, expires text);
create table if not exists meta (name text primary key, value integer);
"""


class Store:
    """Objects by company and kind ("Project", "Customer" ...). Every method may be called from any thread."""

    def __init__(self, file: str | None = None) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(file or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(_TABLES)
        self._read()

    def _read(self) -> None:
        self._objects: dict[tuple[int, str], dict[int, Object]] = {}
        for company, kind, object_id, body in self._db.execute(
            "select company, kind, id, body from objects order by id"
        ):
            self._objects.setdefault((company, kind), {})[object_id] = json.loads(body)
        self._keys = {token: json.loads(body) for token, body in self._db.execute("select token, body from keys")}
        self._sessions = {row[0]: (row[1], row[2]) for row in self._db.execute("select * from sessions")}
        self._meta: dict[str, int] = dict(self._db.execute("select name, value from meta"))

    def twin(self) -> Store:
        """Another store, in memory, that begins with what this one remembers."""
        other = Store()
        with self.lock:
            self._db.backup(other._db)
        other._read()
        return other

    def close(self) -> None:
        with self.lock:
            self._db.close()

    @property
    def is_empty(self) -> bool:
        return not self._keys

    def all(self, company: int, kind: str) -> list[Object]:
        """In order of id."""
        with self.lock:
            found = self._objects.get((company, kind), {})
            return [found[object_id] for object_id in sorted(found)]

    def get(self, company: int, kind: str, object_id: int) -> Object | None:
        return self._objects.get((company, kind), {}).get(object_id)

    def revision(self, company: int, kind: str) -> int:
        """Rises with every change of this kind, over restarts too."""
        return self._meta.get(f"{company}:{kind}", 0)

    def next(self, name: str, first: int) -> int:
        """A rising number of that name."""
        with self.lock:
            value = self._meta.get(name, first - 1) + 1
            self._remember(name, value)
            return value

    def put(self, company: int, kind: str, *objects: Object) -> None:
        """Store new and changed objects in one transaction; each gets a higher `version` and the time of its change."""
        now = datetime.now(OSLO).replace(tzinfo=None).isoformat(timespec="seconds")
        with self.lock:
            held = self._objects.setdefault((company, kind), {})
            changed = [
                {**new, "version": held.get(new["id"], {}).get("version", -1) + 1, "_changed": now} for new in objects
            ]
            self._db.execute("begin immediate")
            self._write(company, kind, changed)
            self._remember(f"{company}:{kind}", self.revision(company, kind) + 1)
            self._db.execute("commit")
            held.update({new["id"]: new for new in changed})

    def _write(self, company: int, kind: str, objects: Iterable[Object]) -> None:
        rows = [(company, kind, new["id"], json.dumps(new, ensure_ascii=False)) for new in objects]
        self._db.executemany("insert or replace into objects values (?, ?, ?, ?)", rows)

    def delete(self, company: int, kind: str, object_id: int) -> bool:
        with self.lock:
            if self._objects.get((company, kind), {}).pop(object_id, None) is None:
                return False
            self._db.execute(
                "delete from objects where company = ? and kind = ? and id = ?", (company, kind, object_id)
            )
            self._remember(f"{company}:{kind}", self.revision(company, kind) + 1)
            return True

    def _remember(self, name: str, value: int) -> None:
        self._db.execute("insert or replace into meta values (?, ?)", (name, value))
        self._meta[name] = value

    def key(self, token: str) -> Mapping[str, Any] | None:
        return self._keys.get(token)

    def set_key(self, token: str, **changes: Any) -> None:
        """`company`, `revoked`, `missing` (rights), `accountant`, `employee` (id)."""
        with self.lock:
            self._keys[token] = {**self._keys.get(token, {}), **changes}
            self._db.execute("insert or replace into keys values (?, ?)", (token, json.dumps(self._keys[token])))

    def add_session(self, token: str, key: str, expires: str) -> None:
        with self.lock:
            self._sessions[token] = (key, expires)
            self._db.execute("insert or replace into sessions values (?, ?, ?)", (token, key, expires))

    def session(self, token: str) -> tuple[str, str] | None:
        """Its key and its last day."""
        return self._sessions.get(token)

    def drop_sessions(self, token: str | None = None) -> None:
        """One, or all."""
        with self.lock:
            if token is None:
                self._sessions.clear()
                self._db.execute("delete from sessions")
            else:
                self._sessions.pop(token, None)
                self._db.execute("delete from sessions where token = ?", (token,))
