"""pytest's hooks and fixtures for databases: each test process has a copy of the migrated template of its own.

Tests connect as `busy_app`, so row-level security holds in them as it does in production.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import psycopg
import pytest
from psycopg import sql

from busy.embedded.postgres import DATABASE
from tests.support.servers import Servers, database_of, superuser_url, use_database
from tools.messages import compile_stale

# Filled by Django itself after each migration; a test run needs them as they are.
_KEPT = ("django_migrations", "django_content_type", "auth_permission")
_SERVERS = pytest.StashKey[Servers]()


def worker_name() -> str:
    """gw0, gw1, ... under pytest-xdist; empty when one process runs all."""
    return os.environ.get("PYTEST_XDIST_WORKER", "")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if worker_name():
        _set_up_django(config, worker_name())
        return
    if config.option.help or config.option.version:
        return
    compile_stale()
    config.stash[_SERVERS] = servers = Servers()
    config.add_cleanup(servers.stop)
    servers.start()
    # With workers, this process runs no test; naming the settings here would make the workers read them too early.
    if not getattr(config.option, "numprocesses", None):
        _set_up_django(config, "")


def _set_up_django(config: pytest.Config, worker: str) -> None:
    import django

    use_database(worker)
    django.setup()  # pytest-django does it by itself only where the settings are named before pytest starts
    config.pluginmanager.import_plugin("tests.fixtures")  # imports models, so not earlier


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Instead of pytest-django's: copy the template (0.1 s) rather than migrate."""
    with psycopg.connect(superuser_url("postgres"), autocommit=True) as connection:
        name, template = sql.Identifier(database_of(worker_name())), sql.Identifier(DATABASE)
        # Processes that copy the same template at the same moment would refuse each other.
        connection.execute("SELECT pg_advisory_lock(1)")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER busy_owner STRATEGY file_copy").format(name, template)
        )


@pytest.fixture(autouse=True, scope="session")
def _tables_are_emptied_by_us() -> Iterator[None]:
    """Django's flush truncates every table as the serving role, which may not; ours asks first which ones have rows.
    And a session that is sound is kept for the next test: a new one reads the catalogue anew."""
    from django.test import TransactionTestCase

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty_tables())
        patch.setattr(TransactionTestCase, "_should_reload_connections", lambda self: not _is_sound())
        yield


def _is_sound() -> bool:
    """Whether this process's own session has no transaction open and still answers."""
    from django.db import connection

    return connection.connection is None or (not connection.in_atomic_block and connection.is_usable())


@cache
def superuser() -> psycopg.Connection[Any]:
    """Of this process's database, for as long as the process lives: a new session would read the catalogue anew, and no
    policy hides rows from this one."""
    return psycopg.connect(superuser_url(database_of(worker_name())), autocommit=True)


@pytest.fixture(autouse=True, scope="session")
def _superuser_leaves() -> Iterator[None]:
    yield
    if superuser.cache_info().currsize:
        superuser().close()


def filled_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Every table with a row in it, but for those that are as the migrations left them."""
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ALL (%s)",
        [list(_KEPT)],
    )
    asks = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
        for (name,) in tables
    ]
    return [name for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(asks))] if asks else []


def empty_tables() -> None:
    """Empty every table of this process's database that has rows.

    Fails after 10 s, naming the sessions, if a test left a transaction open.
    """
    connection = superuser()
    filled = [sql.Identifier(name) for name in filled_tables(connection)]
    if not filled:
        return
    try:
        # To truncate is to make new files for each table, its indexes and all that refer to it, and every session
        # would read those tables' policies again. Without triggers and references, deleting takes no order.
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute("SET LOCAL lock_timeout = '10s'")
            connection.execute(sql.SQL("LOCK {}").format(sql.SQL(", ").join(filled)))
            connection.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name in filled))
    except psycopg.errors.LockNotAvailable as error:
        sessions = connection.execute(
            "SELECT pid, application_name, state, left(query, 200) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state LIKE 'idle in%' OR state = 'active'"
        ).fetchall()
        raise AssertionError(f"A transaction outlived its test: {sessions}") from error
