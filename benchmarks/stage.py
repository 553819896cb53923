"""What the measurements share: a fresh workspace connected to a sandbox in a process of its own, counts and clocks."""

from __future__ import annotations

import json
import os
import platform
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from busy.workspaces.models import Membership
    from integrations.kernel.facts import ProviderFacts
    from integrations.models import Connection
    from integrations.services import Verified


def set_up() -> None:
    """Django with production's settings; statement counts come from a wrapper, not from DEBUG."""
    import logging

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "busy.settings")
    os.environ["BUSY_STATEMENT_TIMEOUT"] = "60000"
    django.setup()
    logging.disable(logging.WARNING)


def migrate() -> None:
    """A fresh state has no tables yet. The serving role may not make any, so it is a process of its own."""
    owner = {**os.environ, "BUSY_AS_OWNER": "1"}
    command = [sys.executable, "manage.py", "migrate", "--skip-checks", "--no-input", "--verbosity", "0"]
    subprocess.run(command, env=owner, check=True)


def machine() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
    with open("/proc/meminfo", encoding="ascii") as memory:
        gigabytes = int(memory.readline().split()[1]) / 1_048_576
    return (
        f"{os.cpu_count()} cores, {gigabytes:.0f} GB, {platform.system()}, "
        f"CPython {platform.python_version()}, PostgreSQL {version}"
    )


@dataclass
class Measure:
    seconds: float = 0.0
    cpu: float = 0.0
    statements: int = 0
    provider: float = 0.0  # seconds in which the sandbox was asked and answered
    database: float = 0.0  # seconds of CPU of the connection's own process of PostgreSQL, if it is on this machine


def cpu_of(pid: int) -> float:
    """Seconds so far, of a process on this machine; 0 when there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            user, system = stat.read().rpartition(")")[2].split()[11:13]
    except FileNotFoundError:
        return 0.0
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured() -> Iterator[Measure]:
    """Seconds on the clock, seconds of this process's CPU and of the database's for it, and SQL statements of this
    thread."""
    from django.db import connection

    from integrations.kernel.http import Transport

    found = Measure()

    def count(execute: Any, *args: Any) -> Any:
        found.statements += 1
        return execute(*args)

    def timed(self: Transport, request: Any) -> Any:
        began = time.perf_counter()
        try:
            return asked(self, request)
        finally:
            found.provider += time.perf_counter() - began

    asked, Transport._once = Transport._once, timed  # type: ignore[method-assign]
    connection.ensure_connection()
    server = connection.connection.info.backend_pid
    wall, cpu, database = time.perf_counter(), time.process_time(), cpu_of(server)
    try:
        with connection.execute_wrapper(count):
            yield found
    finally:
        found.seconds, found.cpu = time.perf_counter() - wall, time.process_time() - cpu
        found.database = cpu_of(server) - database
        Transport._once = asked  # type: ignore[method-assign]


def facts() -> ProviderFacts:
    """Of the provider that is measured: BENCH_PROVIDER, by its key."""
    from integrations.kernel import registry

    return registry.connector(os.environ.get("BENCH_PROVIDER", "tripletex")).facts


@contextmanager
def sandbox(*, projects: int = 0) -> Iterator[str]:
    """The provider's stand-in with so many projects; gives its address without the API's path."""
    provider = facts()
    played = provider.sandbox
    assert played
    command = [sys.executable, "-m", played.module, "--projects", str(projects)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        url = process.stdout.readline().split()[-1]
        os.environ[provider.variable("url")] = url
        for key, value in played.settings.items():
            os.environ[provider.variable(key)] = value
        yield url.removesuffix(played.path)
    finally:
        process.terminate()
        process.wait(10)


def admin(address: str, method: str, path: str, body: object = None) -> Any:
    """Change the sandbox's state, as people at the provider would."""
    request = urllib.request.Request(
        f"{address}/_sandbox/{path}", method=method, data=json.dumps(body).encode() if body is not None else None
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def connected_workspace_at(address: str) -> Connection:
    """A new workspace, connected with project sync to a provider that only serves lists; nobody asks who it is."""
    return connect(new_workspace(), lists_only(address))


def lists_only(address: str) -> Verified:
    """The company of a provider that only serves lists, at this address from now on."""
    from integrations.kernel.connector import Company
    from integrations.providers.tripletex.facts import FACTS
    from integrations.services import Verified

    assert FACTS.sandbox
    os.environ[FACTS.variable("url")] = address
    for key, value in FACTS.sandbox.settings.items():
        os.environ[FACTS.variable(key)] = value
    return Verified(company=Company(id="1", name="Bench"), missing=())


def new_workspace() -> Membership:
    """Of a new workspace with nothing in it, its only member."""
    from busy.workspaces.models import Membership, User
    from busy.workspaces.scope import scope
    from busy.workspaces.services import create_workspace

    user = User.objects.create_user(f"bench-{secrets.token_hex(6)}@busy.example", None, name="Bench")
    workspace = create_workspace(name="Bench", by=user, zone="Europe/Oslo", currency="NOK", language="nb")
    with scope(workspace.pk):
        return Membership.objects.select_related("workspace", "user").get()


def connected_workspace(verified: Verified | None = None) -> Connection:
    """A new workspace, connected with project sync; nothing fetched yet."""
    return connect(new_workspace(), verified)


def connect(by: Membership, verified: Verified | None = None) -> Connection:
    from busy.workspaces.scope import scope
    from integrations import services

    provider = facts()
    assert provider.sandbox
    with scope(by.workspace_id):
        given = dict(provider.sandbox.credentials)
        return services.connect(provider.key, given, project_sync=True, by=by, verified=verified)


def make_due(connection: Connection, *kinds: str) -> None:
    from integrations.models import Wakeup

    Wakeup.objects.filter(connection_id=connection.pk).update(due_at="2100-01-01T00:00Z")
    Wakeup.objects.filter(connection_id=connection.pk, kind__in=kinds).update(due_at="2000-01-01T00:00Z")
