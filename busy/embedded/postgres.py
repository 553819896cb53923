"""A PostgreSQL cluster of our own: one folder, one unix socket, three roles.

`postgres` is the superuser (tests and start-up only), `busy_owner` owns the database and migrates, `busy_app` serves
and is bound by row-level security. Nothing listens on TCP.
"""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from busy.embedded.accounts import passage, private_folder, reachable_folder, remove, server_account, socket_folder
from busy.embedded.binaries import postgres_programs
from busy.embedded.launch import StartFailed, command_of, end, is_alive, run_tool, start_server, tail

SUPERUSER, OWNER, APP = "postgres", "busy_owner", "busy_app"
DATABASE = "busy"
_PORT = 5432
_SOCKET_NAME = f".s.PGSQL.{_PORT}"
_ROLES = {OWNER: "LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS", APP: "LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS"}
# A throw-away cluster may lose everything with the machine, so it waits for no disk.
_CARELESS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum_naptime=2",
    "max_connections=300",
)
_CAREFUL = ("max_connections=100",)


class Postgres:
    """A cluster below `folder`; `throwaway` gives up durability and passwords for speed.

    Raises NotFound or StartFailed from `start`. One process at a time may start a folder's cluster: hold a lock.
    """

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        passage(folder.parent)
        self.account = server_account(folder.parent)
        self.folder = reachable_folder(folder, self.account)
        self.throwaway = throwaway
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.sockets = self.folder / "socket"
        self._spare = reachable_folder(folder.parent / "programs", self.account)
        self._process: subprocess.Popen[bytes] | None = None
        self._passwords: dict[str, str] = {}

    def start(self) -> None:
        """Make the cluster if there is none, end an orphan of ours, start, and see to the roles and the database."""
        self.stop()  # reaps a server that was killed, too
        programs = postgres_programs(self.account, self._spare)
        passage(self.folder)
        self._passwords = self._kept_passwords()
        self._initialise(programs.folder, programs.major)
        self._check_version(programs.major)
        self._end_orphan()
        self.sockets = socket_folder(self.folder / "socket", self.account, _SOCKET_NAME)
        self._launch(programs.path("postgres"))
        self._see_to_roles()

    def stop(self, *, patience: float = 20) -> None:
        """Disconnect the clients and stop; after `patience` seconds, kill: the next start then recovers."""
        if self._process is None:
            return
        end(self._process.pid, signal.SIGINT, patience=patience, reap=self._process)
        self._process = None
        remove(self.sockets)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """A libpq URL over the unix socket."""
        password = f":{quote(self._passwords[role], safe='')}" if role in self._passwords else ""
        return f"postgresql://{role}{password}@/{database}?host={quote(str(self.sockets), safe='/')}&port={_PORT}"

    def connect(self, database: str = SUPERUSER) -> psycopg.Connection:
        """An autocommit connection as the superuser; the caller closes it."""
        return psycopg.connect(self.url(SUPERUSER, database), autocommit=True, connect_timeout=10)

    def _kept_passwords(self) -> dict[str, str]:
        if self.throwaway:
            return {}
        kept = self.folder / "passwords.json"
        if kept.exists():
            return {str(role): str(password) for role, password in json.loads(kept.read_text()).items()}
        passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APP)}
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(passwords))
        return passwords

    def _initialise(self, programs: Path, major: int) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        draft = self.folder / "data.draft"  # renamed when whole, so that a killed initdb is not mistaken for a cluster
        for leftover in (draft, self.data):
            remove(leftover)
        private_folder(draft, self.account)
        command: list[str | Path] = [programs / "initdb", "-D", draft / "cluster", "--no-sync", "--encoding=UTF8"]
        command += [f"--username={SUPERUSER}", "--no-instructions"]
        # Case rules of every language, sorting by code point, the same on every machine.
        command += ["--locale-provider=builtin", "--locale=C.UTF-8"] if major >= 17 else ["--locale=C.UTF-8"]
        if self.throwaway:
            command += ["--auth=trust", "--wal-segsize=1"]
        else:
            word = draft / "password"
            word.write_text(self._passwords[SUPERUSER])
            self.account.own(word)
            word.chmod(0o600)
            command += ["--auth=scram-sha-256", f"--pwfile={word}"]
        run_tool(command, account=self.account, folder=draft)
        (draft / "cluster").rename(self.data)
        remove(draft)

    def _check_version(self, major: int) -> None:
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != major:
            raise StartFailed(
                f"The data in {self.data} was made by PostgreSQL {made_by} and this is {major}. "
                "Run `make reset` to begin anew, or dump it with the older version first."
            )

    def _end_orphan(self) -> None:
        """End a server that an earlier run left behind; a file that names some other program's process is removed."""
        note = self.data / "postmaster.pid"
        try:
            pid = abs(int(note.read_text().split()[0]))
        except (FileNotFoundError, IndexError, ValueError):
            return
        if not is_alive(pid):
            return
        command = command_of(pid)
        if "postgres" in command and str(self.data) in command:
            end(pid, signal.SIGINT, patience=20)
        else:
            # The number was given to another program since. PostgreSQL would take it for a running server.
            note.unlink(missing_ok=True)

    def _launch(self, program: Path) -> None:
        settings = [*(_CARELESS if self.throwaway else _CAREFUL), "listen_addresses=", "unix_socket_permissions=0700"]
        settings += [f'unix_socket_directories="{self.sockets}"', f"port={_PORT}", "log_checkpoints=off"]
        command = [program, "-D", self.data, *(part for setting in settings for part in ("-c", setting))]
        death_signal = signal.SIGQUIT if self.throwaway else signal.SIGINT
        until = time.monotonic() + 60
        while True:
            self._process = start_server(
                command, account=self.account, log=self.log, folder=self.data, death_signal=death_signal
            )
            if self._answers(until):
                return
            # After a SIGKILL the old server's children need a moment to notice; until then its memory is in use.
            if "is still in use" not in tail(self.log) or time.monotonic() > until:
                self.stop()
                raise StartFailed(f"PostgreSQL did not start:\n{tail(self.log)}")
            time.sleep(0.2)

    def _answers(self, until: float) -> bool:
        while self.is_running() and time.monotonic() < until:
            if (self.sockets / _SOCKET_NAME).exists():
                try:
                    self.connect().close()
                except psycopg.OperationalError as error:
                    if "password authentication failed" in str(error):
                        raise StartFailed(
                            f"The passwords kept in {self.folder} do not fit its data: {error}"
                        ) from error
                else:
                    return True
            time.sleep(0.01)
        return False

    def _see_to_roles(self) -> None:
        with self.connect() as connection:
            present = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role, rights in _ROLES.items():
                if role not in present:
                    password = sql.Literal(self._passwords.get(role))
                    order = sql.SQL("CREATE ROLE {} " + rights + " PASSWORD {}")
                    connection.execute(order.format(sql.Identifier(role), password))
            databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            if DATABASE not in databases:
                order = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(order.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
