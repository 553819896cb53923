"""One throw-away PostgreSQL cluster and one Valkey per pytest run, shared by all its processes.

The process that was called starts them and tells the others through the environment, so that a test that starts a real
worker or server of Busy hands on the same addresses by doing nothing.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from busy.embedded.accounts import passage, remove
from busy.embedded.launch import is_alive
from busy.embedded.postgres import APP, DATABASE, OWNER, SUPERUSER, Postgres
from busy.embedded.valkey import Valkey
from tools.schema import schema_key

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".busy" / "test-cache"
_PREFIX = "busy-tests-"
# Values without meaning outside a test run. The credential key is 32 zero bytes in base64.
_ENVIRONMENT = {
    "BUSY_SECRET_KEY": "a secret that only tests use, long enough for Django's own check",
    "BUSY_CREDENTIAL_KEYS": f"test:{'A' * 43}=",
    "BUSY_STATIC_FROM_SOURCE": "1",
    # A queue of 32 writers on a loaded machine is longer than any that eight threads of a web server can make: tests
    # ask what happens in the end, not how soon. What a page says when the wait is too long has a test of its own.
    "BUSY_STATEMENT_TIMEOUT": "60000",
    "BUSY_LOCK_TIMEOUT": "50000",
}


class Servers:
    """The run's servers; `start` sets the environment that Busy's settings read."""

    def __init__(self) -> None:
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.folder.chmod(0o711)
        (self.folder / "pid").write_text(str(os.getpid()))
        self.postgres = Postgres(self.folder / "postgres", throwaway=True)
        self.valkey = Valkey(self.folder / "valkey", databases=64)

    def start(self) -> None:
        for name in [name for name in os.environ if name.startswith("BUSY_")]:
            del os.environ[name]
        os.environ.update(_ENVIRONMENT)
        self.valkey.start()
        os.environ["BUSY_TESTS_REDIS"] = self.valkey.url().removesuffix("/0")
        if not self._start_from_cache():
            self.postgres.start()
            _migrate(self.postgres)
        os.environ["BUSY_TESTS_SUPERUSER"] = self.postgres.url(SUPERUSER, "{database}")
        os.environ["BUSY_TESTS_OWNER"] = self.postgres.url(OWNER, "{database}")
        os.environ["BUSY_TESTS_APP"] = self.postgres.url(APP, "{database}")

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop(patience=5)
        remove(self.postgres.folder)
        remove(self.folder)

    def _start_from_cache(self) -> bool:
        """Start on a copy of an already migrated cluster; False when no cache can be kept here."""
        try:
            CACHE.mkdir(parents=True, exist_ok=True)
            key = f"{schema_key()}-{os.geteuid()}"
            with _locked(CACHE / "lock"):
                if not (CACHE / key).exists():
                    self.postgres.start()
                    _migrate(self.postgres)
                    self.postgres.stop()
                    _copy(self.postgres.data, CACHE / key)
                    _keep_newest(CACHE, 4)
                else:
                    passage(self.postgres.folder)
                    _copy(CACHE / key, self.postgres.data)
                    os.utime(CACHE / key)
        except PermissionError:
            return False
        self.postgres.start()
        return True


def use_database(worker: str) -> None:
    """Point the environment at one test process's own database and broker; before the settings are read."""
    database = database_of(worker)
    os.environ["DATABASE_URL"] = os.environ["BUSY_TESTS_APP"].format(database=database)
    os.environ["DATABASE_OWNER_URL"] = os.environ["BUSY_TESTS_OWNER"].format(database=database)
    number = int(worker.removeprefix("gw")) + 1 if worker else 0
    os.environ["REDIS_URL"] = f"{os.environ['BUSY_TESTS_REDIS']}/{number}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "busy.settings"


def database_of(worker: str) -> str:
    return f"test_{worker or 'main'}"


def superuser_url(database: str) -> str:
    return os.environ["BUSY_TESTS_SUPERUSER"].format(database=database)


def _migrate(postgres: Postgres) -> None:
    """Migrate the cluster's database, the template of all others, as its owner."""
    environment = {
        **os.environ,
        "DATABASE_URL": postgres.url(APP, DATABASE),
        "DATABASE_OWNER_URL": postgres.url(OWNER, DATABASE),
        "REDIS_URL": "redis://127.0.0.1:1/0",  # nothing in a migration may reach for the broker
        "BUSY_AS_OWNER": "1",
        "DJANGO_SETTINGS_MODULE": "busy.settings",
    }
    answer = subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", "--skip-checks", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise pytest.UsageError(f"The test database could not be migrated:\n{answer.stdout}{answer.stderr}")


def _copy(source: Path, target: Path) -> None:
    """Copy a stopped cluster whole or not at all, with its owner and modes."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    subprocess.run(["cp", "-Rp", source, draft], check=True, capture_output=True)
    draft.rename(target)


def _keep_newest(folder: Path, count: int) -> None:
    kept = sorted((entry for entry in folder.iterdir() if entry.is_dir()), key=lambda entry: entry.stat().st_mtime)
    for entry in kept[:-count]:
        shutil.rmtree(entry, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    """Remove what killed runs left behind; their servers ended with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder.stat().st_uid == os.geteuid() and not is_alive(int((folder / "pid").read_text())):
                remove(folder)
        except (FileNotFoundError, ValueError):
            continue  # another run is just making or removing it
