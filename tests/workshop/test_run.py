"""`make run` end to end, in a state folder of its own: it serves, stops cleanly, and recovers from being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from busy.embedded.launch import dies_with_me, free_port
from tests.support.servers import ROOT

pytestmark = pytest.mark.slow


class Busy:
    """One start of Busy, its output in a file."""

    def __init__(self, state: Path, log: Path, **variables: str) -> None:
        self.log = log
        own = ("BUSY_", "DATABASE_", "REDIS_", "DJANGO_", "PYTEST_", "MAKE")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        with log.open("wb") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", "tools.run"],
                cwd=ROOT,
                env={**environment, "BUSY_STATE": str(state), **variables},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dies_with_me(signal.SIGTERM),
            )

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, text: str, seconds: float = 240) -> None:
        until = time.monotonic() + seconds
        while text not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def children(self) -> list[psutil.Process]:
        return list(self.process.children(recursive=True))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Busy]]:
    started: list[Busy] = []
    with tempfile.TemporaryDirectory(prefix="busy-run-") as folder:
        Path(folder).chmod(0o755)

        def begin(**variables: str) -> Busy:
            busy = Busy(Path(folder) / ".busy", tmp_path / f"run-{len(started)}.log", **variables)
            started.append(busy)
            return busy

        yield begin
        for busy in started:
            if busy.process.poll() is None:
                busy.process.terminate()
                busy.process.wait(90)


def test_it_serves_restarts_what_dies_recovers_from_sigkill_and_leaves_nothing_running(
    start: Callable[..., Busy],
) -> None:
    """One story, since each first start makes a database and a demo workspace."""
    port = str(free_port())
    busy = start(PORT=port)
    busy.wait_for("Busy is ready")
    assert "preparing the database" in busy.said()
    with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    busy.wait_for("pull@")
    second = start(PORT=port)
    assert second.process.wait(90) == 1
    assert f"Busy runs here already: http://localhost:{port}" in second.said()

    names = {child.pid: " ".join(child.cmdline()) for child in busy.process.children()}
    beat = next(pid for pid, command in names.items() if " beat " in command)
    os.kill(beat, signal.SIGKILL)
    busy.wait_for("beat ended with code -9; it starts again")

    if sys.platform == "linux":  # only Linux tells a child that its parent has died
        children = busy.children()
        busy.process.kill()
        busy.process.wait(5)
        # PostgreSQL writes everything down before it goes, which takes as long as the disk makes it.
        assert psutil.wait_procs(children, timeout=120)[1] == []
        busy = start(PORT=port)
        busy.wait_for("Busy is ready")
        assert "preparing the database" not in busy.said()

    children = busy.children()
    assert any("postgres" in child.name() for child in children)
    busy.process.send_signal(signal.SIGINT)
    assert busy.process.wait(90) == 0
    assert "Busy has stopped." in busy.said()
    assert psutil.wait_procs(children, timeout=1)[1] == []


def test_a_taken_port_is_named(start: Callable[..., Busy]) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = start(PORT=str(taken.getsockname()[1]))
        assert busy.process.wait(90) == 1
        assert "is taken by another program" in busy.said()
