"""Starting, watching and ending child processes so that none of them outlives us."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from busy.embedded.accounts import Account

_PR_SET_PDEATHSIG = 1
# Below what Linux (from 32768), macOS and Windows (from 49152) give to outgoing connections.
_PORTS = range(20_000, 32_000)
# Loaded before any fork: a forked child may not take the loader's lock.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StartFailed(RuntimeError):
    """A server did not come up; the message ends with the last lines of its log."""


def dies_with_me(death_signal: int) -> Callable[[], None]:
    """For `preexec_fn`: the child gets this signal when the thread that started it ends, even by SIGKILL.

    Linux only; elsewhere orphans are ended at the next start. Start children from the main thread.
    """
    parent = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
            if os.getppid() != parent:  # the parent ended between fork and prctl
                os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def spawn(
    command: Sequence[str | Path],
    *,
    death_signal: int,
    folder: Path,
    environment: Mapping[str, str],
    output: IO[bytes] | int,
    standard_input: int = subprocess.DEVNULL,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so a terminal's Ctrl-C reaches us alone and we end it in our order.

    Standard error goes where the output goes. Call from the main thread.
    """
    other = account if account and not account.is_me else None
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=standard_input,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
        preexec_fn=dies_with_me(death_signal),  # noqa: PLW1509 - it takes no lock, so threads cannot block it
        user=other.uid if other else None,
        group=other.gid if other else None,
        extra_groups=[] if other else None,
    )


def start_server(
    command: Sequence[str | Path],
    *,
    account: Account,
    log: Path,
    folder: Path,
    death_signal: int,
    standard_input: bytes | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server as the account, with next to no environment and its output in the log."""
    with log.open("ab") as output:
        process = spawn(
            command,
            death_signal=death_signal,
            folder=folder,
            environment=_server_environment(folder),
            output=output,
            standard_input=subprocess.DEVNULL if standard_input is None else subprocess.PIPE,
            account=account,
        )
    if standard_input is not None:
        _write(process.stdin, standard_input)
    return process


def run_tool(command: Sequence[str | Path], *, account: Account, folder: Path) -> None:
    """Run a program to its end as the account; raises StartFailed with what it printed when it fails."""
    answer = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=folder,
        env=_server_environment(folder),
        check=False,
        user=None if account.is_me else account.uid,
        group=None if account.is_me else account.gid,
        extra_groups=None if account.is_me else [],
    )
    if answer.returncode:
        raise StartFailed(f"{Path(command[0]).name} failed:\n{answer.stdout}{answer.stderr}")


def end(pid: int, first: int, *, patience: float, reap: subprocess.Popen[bytes] | None = None) -> bool:
    """Signal a process and wait, then SIGKILL; True if the first signal was enough. A process already gone is fine."""
    try:
        os.kill(pid, first)
        if _gone(pid, patience, reap):
            return True
        os.kill(pid, signal.SIGKILL)
        _gone(pid, 5, reap)
    except ProcessLookupError:
        return True
    return False


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return not Path("/proc/self").exists()


def command_of(pid: int) -> str:
    """The command line of a process, empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
    answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def free_port(wanted: int | None = None, *, host: str = "127.0.0.1") -> int:
    """The wanted port if nothing listens there, else any free one that the kernel gives to nobody by itself.

    A port that the kernel chose is one that it gives to any outgoing connection while our server is away: it would find
    its own port taken when it comes back, or a client that waits for it would be connected to itself.
    """
    by_chance = random.sample(_PORTS, 200)
    for port in (wanted, *by_chance) if wanted else by_chance:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As servers do: connections of an earlier run in TIME_WAIT do not count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise StartFailed("this machine has no free port")


def tail(log: Path, lines: int = 15) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log)"


def _gone(pid: int, patience: float, reap: subprocess.Popen[bytes] | None) -> bool:
    if reap is not None:
        try:
            reap.wait(patience)
        except subprocess.TimeoutExpired:
            return False
        return True
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if not is_alive(pid):
            return True
        time.sleep(0.02)
    return False


def _server_environment(folder: Path) -> Mapping[str, str]:
    # No LD_LIBRARY_PATH, PG* or locale of the caller's may change how a server behaves.
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(folder)}


def _write(stream: IO[bytes] | None, data: bytes) -> None:
    assert stream is not None
    with stream:
        stream.write(data)
