"""Busy's own folder on a developer's machine, `.busy/`: what is kept there, and who holds it. Standard library only."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from busy.embedded.accounts import passage
from busy.embedded.launch import free_port

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("BUSY_STATE") or ROOT / ".busy")
_NOTE = STATE / "running.json"


class AlreadyRunning(SystemExit):
    """Another process of ours holds the servers of this folder."""


@contextmanager
def held() -> Iterator[None]:
    """Hold this folder's servers; raises AlreadyRunning with a plain sentence if another process does."""
    passage(STATE)
    with (STATE / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note = running() or {}
            where = note.get("url") or "a moment ago, and is not ready yet"
            raise AlreadyRunning(f"Busy runs here already: {where} (process {note.get('pid', 'unknown')}).") from None
        try:
            yield
        finally:
            _NOTE.unlink(missing_ok=True)


def is_held() -> bool:
    """Whether some process holds this folder's servers."""
    if not (STATE / "lock").exists():
        return False
    with (STATE / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def note_running(url: str, variables: Mapping[str, str]) -> None:
    """Tell other commands of this folder where things are; the file is the user's alone, it holds passwords."""
    keep(_NOTE.name, {"pid": os.getpid(), "url": url, "environment": dict(variables)})


def running() -> dict[str, Any] | None:
    """What `note_running` wrote, while it is true."""
    if not _NOTE.exists() or not is_held():
        return None
    note: dict[str, Any] = json.loads(_NOTE.read_text())
    return note


def kept_port(name: str) -> int:
    """A free port that stays the same from run to run as long as nobody else takes it."""
    ports = kept("ports.json", dict)
    port = free_port(ports.get(name))
    if port != ports.get(name):
        keep("ports.json", {**ports, name: port})
    return port


def kept(name: str, otherwise: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is kept under this name; the first time, what `otherwise` makes."""
    path = STATE / name
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    return keep(name, otherwise())


def keep(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """Write whole or not at all, readable by the user alone."""
    passage(STATE)
    draft = (STATE / name).with_name(f".{Path(name).name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(value, indent=1))
    draft.rename(STATE / name)
    return value
