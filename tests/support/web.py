"""Busy's own web server, as it serves people: processes and threads of granian on this test process's database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from busy.embedded.launch import end, free_port, spawn, tail
from tests.support.servers import ROOT

_READY_WITHIN = 90.0  # seconds; two processes that import Django on a machine that is busy with other things


@contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """Its address, once it answers. Nothing that it did is undone at the end: use it with a transactional database."""
    port = free_port()
    log = folder / "web.log"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "4", "--no-ws", "busy.wsgi:application"]
    with log.open("wb") as output:
        process = spawn(
            command,
            death_signal=signal.SIGTERM,
            folder=ROOT,
            environment={**os.environ, "BUSY_ALLOWED_HOSTS": "127.0.0.1"},
            output=output,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(address, process, log)
        yield address
    finally:
        end(process.pid, signal.SIGTERM, patience=20, reap=process)


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _READY_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{address}/healthz", timeout=5, verify=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"The web server did not come up:\n{tail(log, 40)}")
