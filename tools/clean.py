"""Throw away what was made here: Busy's own data, or that and `.venv` and all caches. Standard library only."""

from __future__ import annotations

import sys
from pathlib import Path

from busy.embedded.accounts import reachable_folder, remove, server_account
from tools.state import ROOT, STATE, is_held

_CACHES = (
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".import_linter_cache",
    ".hypothesis",
    "test-results",
    "staticfiles",
)


def main(what: str) -> int:
    """Exit 1 with one sentence when Busy is running here."""
    if is_held():
        print("Busy is running here; stop it first (Ctrl-C where it runs).", file=sys.stderr)
        return 1
    if STATE.exists():
        # As root, below a folder that others cannot enter, the servers' data lies elsewhere.
        elsewhere = reachable_folder(STATE / "postgres", server_account(STATE)).parent
        if elsewhere != STATE:
            remove(elsewhere)
        remove(STATE)
    if what == "all":
        for cache in (*(ROOT / name for name in _CACHES), *_compiled(), ROOT / ".venv"):
            remove(cache) if cache.is_dir() else cache.unlink(missing_ok=True)
    return 0


def _compiled() -> list[Path]:
    folders = [folder for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    found = [*ROOT.glob("__pycache__"), *ROOT.glob("locale/*/LC_MESSAGES/*.mo")]
    return found + [path for folder in folders for path in folder.rglob("__pycache__")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
