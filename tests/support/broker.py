"""Fixtures for the broker and for real Celery workers on this test process's database and broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from busy.embedded.launch import spawn
from busy.embedded.valkey import Valkey
from tests.support.servers import ROOT

_READY_WITHIN = 40.0  # seconds; a loaded machine with two cores has needed 12


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """Busy in this process takes the broker at this address for its own."""
    from busy.celery import app
    from busy.lib.broker import listen_again

    before = app.conf.broker_url
    app.conf.update(broker_url=url, broker_write_url=url)
    listen_again()
    try:
        yield
    finally:
        app.conf.update(broker_url=before, broker_write_url=before)
        listen_again()


@pytest.fixture
def redis_url() -> str:
    """This test process's own logical database, emptied."""
    url = os.environ["REDIS_URL"]
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def broker_url(redis_url: str) -> str:
    return redis_url


@pytest.fixture
def own_broker() -> Iterator[Valkey]:
    """A Valkey for this test alone, which it may kill; `start()` again comes back on the same port with no memory."""
    with tempfile.TemporaryDirectory(prefix="busy-broker-") as folder:
        Path(folder).chmod(0o711)  # as root the server runs as nobody, who may not enter pytest's own folders
        server = Valkey(Path(folder) / "valkey")
        server.start()
        yield server
        server.stop()


@dataclass
class WorkerProcess:
    """A running `celery worker` in a session of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL to the worker and all its children, as when a machine dies."""
        with suppress(ProcessLookupError):  # dead already is what was asked for
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(10)

    def kill_child(self) -> None:
        """SIGKILL to one child of the pool, as the kernel does when memory runs out."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)

    def stop(self, patience: float = 30) -> int:
        """SIGTERM, wait for running tasks, and give the exit code."""
        self.process.terminate()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"The worker did not stop within {patience} s:\n{self.output()}") from None

    def wait_until_ready(self) -> None:
        until = time.monotonic() + _READY_WITHIN
        while time.monotonic() < until:
            if " ready." in self.output():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"The worker did not come up:\n{self.output()}")


@pytest.fixture
def start_celery_worker(
    transactional_db: None, broker_url: str, tmp_path: Path
) -> Iterator[Callable[..., WorkerProcess]]:
    """Start as many workers as a test needs: `start_celery_worker("push", concurrency=2, REDIS_URL=...)`.

    Keywords in capitals become environment variables. All are killed at the end; their output shows if the test fails.
    """
    started: list[WorkerProcess] = []

    def start(*queues: str, concurrency: int = 1, wait: bool = True, **environment: str) -> WorkerProcess:
        log = tmp_path / f"worker-{len(started) + 1}.log"
        command = [sys.executable, "-m", "celery", "-A", "busy", "worker", "--loglevel", "INFO", "--without-mingle"]
        command += ["--without-gossip", "--concurrency", str(concurrency), "--hostname", f"test{len(started)}@%h"]
        command += ["--queues", ",".join(queues or ("interactive", "push", "pull"))]
        with log.open("wb") as output:
            process = spawn(
                command,
                death_signal=signal.SIGTERM,
                folder=ROOT,
                environment={**os.environ, "REDIS_URL": broker_url, **environment},
                output=output,
            )
        worker = WorkerProcess(process, log)
        started.append(worker)
        if wait:
            worker.wait_until_ready()
        return worker

    yield start
    for worker in started:
        worker.kill()
        print(f"--- {worker.log.name} ---\n{worker.output()}")


@pytest.fixture
def celery_worker_process(start_celery_worker: Callable[..., WorkerProcess]) -> WorkerProcess:
    """One ready worker on all queues."""
    return start_celery_worker()
