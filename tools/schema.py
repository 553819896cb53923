"""What decides how a migrated, empty database looks, as one short key: equal keys need no new migration."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Settings, rights and policies are set by code that runs after the migrations.
_SOURCES = (
    "requirements.lock",
    "busy/settings.py",
    "busy/embedded/*.py",
    "busy/lib/*.py",
    "busy/workspaces/*.py",
    "*/migrations/*.py",
    "busy/*/migrations/*.py",
)


def schema_key(*more: str) -> str:
    """16 hexadecimal digits over the sources and any further glob patterns."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in sorted({path for pattern in (*_SOURCES, *more) for path in ROOT.glob(pattern)}):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
