"""Readers of environment variables: typed, read once, and stopping with one sentence that names a bad variable."""

from __future__ import annotations

import os
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


class BadSetting(SystemExit):
    """Start-up stops here; the message is the whole output."""


def text(name: str, default: str | None = None) -> str:
    """The variable's text; without a default the variable is required."""
    value = os.environ.get(name, default)
    if value is None:
        raise BadSetting(f"{name} is not set. See .env.example for what it means.")
    return value.strip()


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    lowered = value.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise BadSetting(f"{name} is {value!r}; write 1 or 0.")


def integer(name: str, *, default: int, minimum: int = 0) -> int:
    value = os.environ.get(name)
    if value is None or not value.strip():
        return default
    try:
        number = int(value)
    except ValueError:
        raise BadSetting(f"{name} is {value!r}; write a whole number.") from None
    if number < minimum:
        raise BadSetting(f"{name} is {number}; the least is {minimum}.")
    return number


def names(name: str, default: str = "") -> list[str]:
    """A comma-separated list; empty items are dropped."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def database(url: str, name: str) -> dict[str, Any]:
    """Django's database settings for a libpq URL, parsed by libpq itself, so a socket folder in the query works."""
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise BadSetting(f"{name} is not a PostgreSQL URL: {error}") from None
    parts = {key: value for key, value in parts.items() if value is not None}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "busy"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
    }
