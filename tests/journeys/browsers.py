"""What browser tests of several pages need: a session for the browser, and a server at rest before tables empty."""

from __future__ import annotations

import time

from django.conf import settings
from django.db import connection
from playwright.sync_api import BrowserContext

from tests.people import Person


def let_in(context: BrowserContext, person: Person, server: str) -> None:
    """Give the browser the person's session."""
    value = person.client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server}])


def wait_until_the_server_rests() -> None:
    """A page sends what it has on its way out; the tables are emptied when that has been answered."""
    quiet = 0
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            quiet = 0 if cursor.fetchone()[0] else quiet + 1
        if quiet == 3:
            return
        time.sleep(0.05)
    raise AssertionError("A request outlived its page.")
