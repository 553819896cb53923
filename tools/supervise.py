"""Child processes under one foreground process: prefixed output, restarts with growing pauses, an orderly end.

One thread does all of it with a selector: children are tied to the thread that started them (see `dies_with_me`).
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from busy.embedded.launch import command_of, spawn

_LONGEST_PAUSE = 30.0  # seconds between two starts
_STEADY = 60.0  # seconds of life after which an earlier fall is forgotten
_COLOURS = (36, 32, 33, 35, 34, 31)


@dataclass
class Child:
    """A program to keep alive; `once` ones may end, and are asked for their exit code."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    falls: int = 0
    due: float = 0.0
    unfinished: bytes = b""
    heard: list[str] = field(default_factory=list)

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Start children with `add`, give them time with `tend`, end them with `stop`."""

    def __init__(self, *, folder: Path, logs: Path) -> None:
        self.folder, self.logs = folder, logs
        logs.mkdir(parents=True, exist_ok=True)
        self._end_leftovers()
        self.children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def add(self, child: Child) -> Child:
        self.children.append(child)
        (self.logs / f"{child.name}.log").write_bytes(b"")
        self._start(child)
        return child

    def run(self, child: Child, *, while_running: Callable[[], bool] = lambda: True) -> int:
        """Run a child to its end, tending all others meanwhile; -1 if `while_running` said stop."""
        child.once = True
        self.add(child)
        while child.is_alive and while_running():
            self.tend(0.05)
        if child.is_alive:
            return -1  # `stop` ends it with the others
        self._forget(child)
        self.children.remove(child)
        return child.process.returncode if child.process else -1

    def tend(self, seconds: float) -> None:
        """Wait at most so long for output, write it, and start again what has ended."""
        for key, _ in self._selector.select(seconds):
            self._hear(key.data)
        for child in self.children:
            if not child.once and not child.is_alive:
                self._mend(child)

    def stop(self, *, patience: float, hurry: Callable[[], bool] = lambda: False) -> None:
        """SIGTERM to all; after `patience` seconds, or in a hurry, SIGKILL to the sessions of those that still live."""
        until = time.monotonic() + patience
        for child in self.children:
            child.once = True
            self._signal(child, signal.SIGTERM)
        while any(child.is_alive for child in self.children) and time.monotonic() < until and not hurry():
            for key, _ in self._selector.select(0.05):
                self._hear(key.data)
        for child in self.children:
            # The leader may be gone while a child of its own hangs on: the whole session goes.
            self._signal(child, signal.SIGKILL, group=True)
            if child.process:
                child.process.wait(5)
            self._forget(child)
        (self.logs / "children").unlink(missing_ok=True)

    def say(self, sentence: str, name: str = "busy") -> None:
        self._write(name, sentence)

    def _start(self, child: Child) -> None:
        child.process = spawn(
            child.command,
            death_signal=signal.SIGTERM,
            folder=self.folder,
            environment=child.environment,
            output=subprocess.PIPE,
        )
        child.started, child.due = time.monotonic(), 0.0
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

        notes = [f"{child.process.pid} {command_of(child.process.pid)}" for child in self.children if child.process]
        (self.logs / "children").write_text("\n".join(notes))

    def _end_leftovers(self) -> None:
        """End children of an earlier run that was killed, where they did not end by themselves."""
        notes = self.logs / "children"
        for line in notes.read_text().splitlines() if notes.exists() else ():
            number, _, command = line.partition(" ")
            if command and command_of(int(number)) == command:
                with suppress(ProcessLookupError):
                    os.killpg(int(number), signal.SIGKILL)

    def _mend(self, child: Child) -> None:
        now = time.monotonic()
        if not child.due:
            self._forget(child)
            child.falls = 1 if now - child.started > _STEADY else child.falls + 1
            pause = min(2.0 ** (child.falls - 1), _LONGEST_PAUSE)
            child.due = now + pause
            code = child.process.returncode if child.process else None
            log = self.logs / f"{child.name}.log"
            self.say(f"{child.name} ended with code {code}; it starts again in {pause:.0f} s (log: {log})")
        elif now >= child.due:
            self._start(child)

    def _hear(self, child: Child) -> bool:
        """Take in what is there; False when there was nothing or the pipe has ended."""
        pipe = self._pipe(child)
        if pipe is None:
            return False
        try:
            chunk = os.read(pipe.fileno(), 65536)
        except BlockingIOError:
            return False
        if not chunk:
            self._let_go(pipe)
            return False
        with (self.logs / f"{child.name}.log").open("ab") as log:
            log.write(chunk)
        *lines, child.unfinished = (child.unfinished + chunk).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if child.once:
                child.heard.append(text)
            else:
                self._write(child.name, text)
        return True

    def _forget(self, child: Child) -> None:
        """Hear out a child that has ended and let go of its pipe."""
        while self._hear(child):
            continue
        if pipe := self._pipe(child):
            self._let_go(pipe)

    def _pipe(self, child: Child) -> IO[bytes] | None:
        pipe = child.process.stdout if child.process else None
        return None if pipe is None or pipe.closed else pipe

    def _let_go(self, pipe: IO[bytes]) -> None:
        self._selector.unregister(pipe)
        pipe.close()

    def _signal(self, child: Child, number: int, *, group: bool = False) -> None:
        if child.process is None or (not group and not child.is_alive):
            return
        with suppress(ProcessLookupError, PermissionError):
            (os.killpg if group else os.kill)(child.process.pid, number)

    def _write(self, name: str, text: str) -> None:
        label = f"{name:>14} |"
        if self._colour:
            label = f"\033[{_COLOURS[sum(name.encode()) % len(_COLOURS)]}m{label}\033[0m"
        print(label, text, flush=True)
