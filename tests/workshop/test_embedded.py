"""The embedded servers: they start, stop, survive kills, and never need or make an account of their own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from busy.embedded.accounts import NOBODY, Account, server_account, socket_folder
from busy.embedded.launch import command_of, end, is_alive
from busy.embedded.postgres import APP, OWNER, Postgres
from busy.embedded.valkey import Valkey
from tests.support.servers import ROOT

_START = """
import sys, time
from pathlib import Path
from busy.embedded.postgres import Postgres
from busy.embedded.valkey import Valkey
postgres, valkey = Postgres(Path(sys.argv[1]) / "postgres"), Valkey(Path(sys.argv[1]) / "valkey")
postgres.start(); valkey.start()
print(postgres.pid, valkey.pid, flush=True)
sys.stdin.read()
postgres.stop(); valkey.stop()
"""


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder that other accounts can reach, as a project's is; pytest's own is closed to them."""
    with tempfile.TemporaryDirectory(prefix="busy-state-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / ".busy"


@pytest.fixture
def postgres(state: Path) -> Iterator[Postgres]:
    server = Postgres(state / "postgres")
    yield server
    server.stop()


@pytest.fixture
def launcher(state: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], int, int]]]:
    """Another process that starts both servers: gives it and their process ids."""
    started: list[subprocess.Popen[str]] = []

    def launch() -> tuple[subprocess.Popen[str], int, int]:
        command = [sys.executable, "-c", _START, str(state)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        postgres, valkey = process.stdout.readline().split()
        return process, int(postgres), int(valkey)

    yield launch
    for process in started:
        process.kill()
        process.communicate()


def rows(postgres: Postgres) -> list[str]:
    with psycopg.connect(postgres.url(OWNER)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        return [text for (text,) in connection.execute("SELECT text FROM note ORDER BY text")]


def write(postgres: Postgres, text: str) -> None:
    rows(postgres)
    with psycopg.connect(postgres.url(OWNER)) as connection:
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def gone_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_alive(pid)


def test_a_second_start_finds_the_data_of_the_first(postgres: Postgres) -> None:
    postgres.start()
    write(postgres, "kept")
    postgres.stop()
    assert not (postgres.data / "postmaster.pid").exists()
    again = Postgres(postgres.folder.parent / "postgres")
    again.start()
    try:
        assert rows(again) == ["kept"]
    finally:
        again.stop()


def test_the_serving_role_owns_nothing_and_passes_no_policy(postgres: Postgres) -> None:
    postgres.start()
    with psycopg.connect(postgres.url(APP)) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")


def test_the_owner_owns_the_database_and_can_add_extensions(postgres: Postgres) -> None:
    postgres.start()
    with psycopg.connect(postgres.url(OWNER)) as connection:
        connection.execute("CREATE EXTENSION btree_gist")
        owner = connection.execute(
            "SELECT datdba::regrole::text, current_setting('is_superuser') FROM pg_database WHERE datname = 'busy'"
        ).fetchone()
    assert owner == (OWNER, "off")


def test_nobody_else_gets_in(postgres: Postgres) -> None:
    postgres.start()
    assert postgres.sockets.stat().st_mode & 0o777 == 0o700
    assert (postgres.folder / "passwords.json").stat().st_mode & 0o777 == 0o600
    with psycopg.connect(postgres.url(APP)) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url(APP).replace(":", ":x", 2).replace("postgresql:x", "postgresql:", 1))


def test_it_starts_again_after_sigkill(postgres: Postgres) -> None:
    postgres.start()
    write(postgres, "before the kill")
    assert postgres.pid
    os.kill(postgres.pid, signal.SIGKILL)
    assert gone_within(postgres.pid, 10) or not postgres.is_running()
    postgres.start()
    assert rows(postgres) == ["before the kill"]


def test_a_killed_initdb_is_begun_anew(postgres: Postgres) -> None:
    half = postgres.folder / "data.draft" / "cluster"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    postgres.start()
    assert rows(postgres) == []


def test_a_stale_pid_file_that_names_another_program_is_not_believed(postgres: Postgres) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
    postgres.start()
    assert postgres.is_running()
    assert is_alive(os.getpid())


def test_data_of_another_version_is_named_and_left_alone(postgres: Postgres) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(RuntimeError, match="was made by PostgreSQL 14"):
        postgres.start()
    assert (postgres.data / "base").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
def test_servers_end_with_the_process_that_started_them_even_by_sigkill(
    launcher: Callable[[], tuple[subprocess.Popen[str], int, int]], state: Path
) -> None:
    process, postgres, valkey = launcher()
    process.kill()
    assert gone_within(valkey, 5)
    assert gone_within(postgres, 15)
    # It was told to stop, not cut off: the next start has nothing to recover.
    log = (Postgres(state / "postgres").log).read_text()
    assert "database system is shut down" in log
    process, _, _ = launcher()
    process.communicate("", timeout=20)
    assert process.returncode == 0
    assert "automatic recovery in progress" not in (Postgres(state / "postgres").log).read_text()


def test_an_orphan_of_an_earlier_run_is_ended(postgres: Postgres, state: Path) -> None:
    postgres.start()
    orphan = postgres.pid
    assert orphan
    second = Postgres(state / "postgres")
    second.start()
    try:
        assert second.pid != orphan
        assert not postgres.is_running()
        assert rows(second) == []
    finally:
        second.stop()


def test_a_long_path_gets_a_short_socket_folder(state: Path) -> None:
    account = server_account(state.parent)
    long = state / ("a" * 60) / ("b" * 60)
    long.mkdir(parents=True)
    folder = socket_folder(long / "socket", account, ".s.PGSQL.5432")
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) < 104
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder == socket_folder(long / "socket", account, ".s.PGSQL.5432")
    shutil.rmtree(folder)


def test_a_socket_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    (tmp_path / "socket").symlink_to(target)
    with pytest.raises(PermissionError, match="not a folder"):
        socket_folder(tmp_path / "socket", Account(os.geteuid(), os.getegid()), ".s")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run servers as someone else")
def test_as_root_the_servers_run_as_nobody_and_no_foreign_folder_changes(postgres: Postgres, state: Path) -> None:
    before = {path: path.stat().st_mode for path in (state.parent, state.parent.parent, ROOT, Path(sys.prefix))}
    accounts = Path("/etc/passwd").read_bytes()
    postgres.start()
    assert Path(f"/proc/{postgres.pid}").stat().st_uid == NOBODY
    assert {path: path.stat().st_mode for path in before} == before
    assert Path("/etc/passwd").read_bytes() == accounts


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run servers as someone else")
def test_as_root_a_project_that_nobody_can_enter_works_from_elsewhere(state: Path) -> None:
    state.parent.chmod(0o700)
    server = Postgres(state / "postgres")
    assert not server.folder.is_relative_to(state.parent)
    try:
        server.start()
        write(server, "reached")
        assert rows(server) == ["reached"]
        assert state.parent.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
        shutil.rmtree(server.folder.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_an_ordinary_user_runs_the_servers_as_themselves(state: Path) -> None:
    daemon = pwd.getpwnam("daemon")  # initdb wants a name for the number
    user = Account(daemon.pw_uid, daemon.pw_gid)
    if not user.can_enter(Path(sys.prefix) / "lib"):
        pytest.skip("the packages lie where other users cannot go")
    state.mkdir()
    os.chown(state, user.uid, user.gid)
    # The interpreter itself may lie in root's home, so it becomes the user only after all is imported.
    become = f"import encodings.idna, os; os.setgroups([]); os.setgid({user.gid}); os.setuid({user.uid})"
    script = _START.replace("postgres, valkey =", f"{become}\npostgres, valkey =", 1).replace("sys.stdin.read()", "")
    answer = subprocess.run(
        [sys.executable, "-c", script, str(state)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert (state / "postgres" / "data").stat().st_uid == user.uid


def test_valkey_asks_for_its_password_and_comes_back_on_its_port(own_broker: Valkey) -> None:
    with redis.Redis.from_url(own_broker.url()) as client:
        client.set("greeting", "hei")
    port = own_broker.port
    with redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    assert own_broker.pid
    assert "requirepass" not in command_of(own_broker.pid)
    end(own_broker.pid, signal.SIGKILL, patience=5)
    own_broker.start()
    assert own_broker.port == port
    with redis.Redis.from_url(own_broker.url()) as client:
        assert client.get("greeting") is None
