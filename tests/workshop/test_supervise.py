"""The foreground process of `make run`: restarts, output, and an end that leaves nothing behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from busy.embedded.launch import is_alive
from tools.supervise import Child, Supervisor


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(folder=tmp_path, logs=tmp_path / "logs")
    yield made
    made.stop(patience=0)


def child(name: str, script: str) -> Child:
    return Child(name, [sys.executable, "-c", script], dict(os.environ))


def tend_until(supervisor: Supervisor, true: Callable[[], bool], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never became true"
        supervisor.tend(0.05)


def test_output_is_prefixed_and_kept(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    supervisor.add(child("web", "import time; print('hei'); print('på deg', flush=True); time.sleep(60)"))
    log = tmp_path / "logs" / "web.log"
    tend_until(supervisor, lambda: "på deg\n" in log.read_text())
    assert [line.split("|", 1) for line in capsys.readouterr().out.splitlines()] == [
        ["           web ", " hei"],
        ["           web ", " på deg"],
    ]


def test_a_child_that_dies_is_started_again_after_a_growing_pause(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = supervisor.add(child("worker", "raise SystemExit(3)"))
    tend_until(supervisor, lambda: worker.falls == 2)
    said = capsys.readouterr().out
    assert "worker ended with code 3; it starts again in 1 s" in said
    assert "worker ended with code 3; it starts again in 2 s" in said


def test_a_child_that_is_killed_comes_back(supervisor: Supervisor) -> None:
    worker = supervisor.add(child("worker", "import time; time.sleep(60)"))
    assert worker.process
    first = worker.process.pid
    os.kill(first, signal.SIGKILL)
    tend_until(supervisor, lambda: worker.is_alive and worker.process is not None and worker.process.pid != first)


def test_stopping_waits_for_those_who_tidy_up_and_kills_those_who_refuse(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    tidy = "import pathlib, signal, time; signal.signal(15, lambda *_: (pathlib.Path('tidied').touch(), exit(0)))"
    stubborn = "import os, signal, subprocess, sys, time; signal.signal(15, signal.SIG_IGN)"
    grandchild = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    ready = "print('ready', flush=True); time.sleep(60)"
    supervisor.add(child("tidy", f"{tidy}; {ready}"))
    refuser = supervisor.add(child("stubborn", f"{stubborn}; print({grandchild}.pid); {ready}"))
    logs = tmp_path / "logs"
    tend_until(supervisor, lambda: all("ready" in (logs / f"{name}.log").read_text() for name in ("tidy", "stubborn")))
    supervisor.stop(patience=1)
    assert (tmp_path / "tidied").exists()
    assert refuser.process
    pids = [refuser.process.pid, int((logs / "stubborn.log").read_text().split()[0])]
    tend_until(supervisor, lambda: not any(map(is_alive, pids)), seconds=3)


def test_a_command_is_run_to_its_end_and_heard(supervisor: Supervisor, capsys: pytest.CaptureFixture[str]) -> None:
    demo = child("demo", "print('Anna: anna@fjell.example'); raise SystemExit(0)")
    assert supervisor.run(demo) == 0
    assert demo.heard == ["Anna: anna@fjell.example"]
    assert capsys.readouterr().out == ""
    assert supervisor.run(child("demo", "raise SystemExit(4)")) == 4
