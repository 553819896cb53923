"""Busy's own servers on a developer's machine, and the variables that lead to them."""

from __future__ import annotations

import base64
import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path

from busy.embedded.postgres import APP, OWNER, Postgres
from busy.embedded.valkey import Valkey
from tools.state import ROOT, STATE, kept, kept_port


class Servers:
    """The embedded servers that the environment asks for by not naming its own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.postgres = None if environment.get("DATABASE_URL") else Postgres(STATE / "postgres")
        self.valkey = None if environment.get("REDIS_URL") else Valkey(STATE / "valkey")

    def start(self) -> dict[str, str]:
        """Start them; gives the variables that lead to them."""
        found: dict[str, str] = {}
        if self.postgres:
            self.postgres.start()
            found |= {"DATABASE_URL": self.postgres.url(APP), "DATABASE_OWNER_URL": self.postgres.url(OWNER)}
        if self.valkey:
            self.valkey.start(kept_port("valkey"))
            found["REDIS_URL"] = self.valkey.url()
        return found

    def mend(self) -> str | None:
        """Start a server again that ended by itself, on the same address; gives the sentence to say, if any."""
        for name, server in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
            if server and not server.is_running():
                server.start()
                return f"{name} had ended and was started again (log: {server.log})"
        return None

    def stop(self) -> None:
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()


def environment() -> dict[str, str]:
    """The caller's variables, then those of `.env`, then what a laptop needs."""
    found = {**_dotenv(ROOT / ".env"), **os.environ}
    for name, value in kept("secrets.json", _fresh_secrets).items():
        found.setdefault(name, value)
    found.setdefault("BUSY_STATIC_FROM_SOURCE", "1")
    found.setdefault("BUSY_SYNC_WORKERS", "2")  # the --concurrency that `tools.run` starts
    found["PYTHONUNBUFFERED"] = "1"
    if os.geteuid() == 0:  # Celery's advice for servers, twelve lines at each start, is of no use on a laptop
        found.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser privileges")
    return found


def _fresh_secrets() -> dict[str, str]:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {"BUSY_SECRET_KEY": secrets.token_urlsafe(48), "BUSY_CREDENTIAL_KEYS": f"local:{key}"}


def _dotenv(path: Path) -> dict[str, str]:
    """NAME=value lines; quotes as in a shell, # begins a comment, nothing is substituted."""
    if not path.exists():
        return {}
    words = shlex.split(path.read_text(encoding="utf-8"), comments=True)
    pairs = (word.removeprefix("export ").partition("=") for word in words if "=" in word)
    return {name: value for name, _, value in pairs if value}
