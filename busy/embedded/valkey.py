"""A Valkey server of our own on 127.0.0.1, with a random password.

It keeps nothing on disk: every piece of work is a row in PostgreSQL before it is a message, so a lost broker loses
nothing, and a restart cannot replay old messages.
"""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path

from busy.embedded.accounts import passage, private_folder, reachable_folder, server_account
from busy.embedded.binaries import valkey_program
from busy.embedded.launch import StartFailed, command_of, end, free_port, is_alive, start_server, tail


class Valkey:
    """A server with its log below `folder`; raises NotFound or StartFailed from `start`."""

    def __init__(self, folder: Path, *, databases: int = 16) -> None:
        passage(folder.parent)
        self.account = server_account(folder.parent)
        self.folder = reachable_folder(folder, self.account)
        self.log = self.folder / "log"
        self.databases = databases
        self.port = 0
        self._password = secrets.token_urlsafe(24)
        self._spare = reachable_folder(folder.parent / "programs", self.account)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, port: int | None = None) -> None:
        """Start on the given port if it is free, else on any."""
        self.stop()  # reaps a server that was killed, too
        program = valkey_program(self.account, self._spare)
        passage(self.folder)
        private_folder(self.folder / "data", self.account)
        self._end_orphan()
        self.port = free_port(port or self.port or None)
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self._password}",
            f"databases {self.databases}",
            'save ""',
            "appendonly no",
            "maxmemory-policy noeviction",
        ]
        # The configuration goes in on standard input, so the password shows in no process list and no file.
        self._process = start_server(
            [program, "-"],
            account=self.account,
            log=self.log,
            folder=self.folder / "data",
            death_signal=signal.SIGKILL,
            standard_input="\n".join([*lines, ""]).encode(),
        )
        (self.folder / "pid").write_text(f"{self._process.pid}\n")
        if not self._answers():
            self.stop()
            raise StartFailed(f"Valkey did not start:\n{tail(self.log)}")

    def stop(self) -> None:
        if self._process is None:
            return
        end(self._process.pid, signal.SIGTERM, patience=5, reap=self._process)
        self._process = None
        (self.folder / "pid").unlink(missing_ok=True)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def url(self, database: int = 0) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/{database}"

    def _end_orphan(self) -> None:
        try:
            pid = int((self.folder / "pid").read_text())
        except (FileNotFoundError, ValueError):
            return
        if is_alive(pid) and any(name in command_of(pid) for name in ("valkey-server", "redis-server")):
            end(pid, signal.SIGTERM, patience=5)

    def _answers(self) -> bool:
        until = time.monotonic() + 30
        while self.is_running() and time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                    with connection.makefile("rb") as answers:
                        return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
            except OSError:
                pass
            time.sleep(0.01)
        return False
