"""Busy's settings for tools that read code and never serve: mypy's Django plugin, message extraction."""

import os

os.environ.setdefault("BUSY_SECRET_KEY", "read by tools only")
os.environ.setdefault("BUSY_CREDENTIAL_KEYS", f"tools:{'A' * 43}=")
os.environ.setdefault("DATABASE_URL", "postgresql://busy_app@/busy")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")

from busy.settings import *  # noqa: F403 - the variables above come first
