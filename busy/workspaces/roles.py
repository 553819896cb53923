"""What the serving database role may do. It owns nothing, so row-level security binds it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import sql

# Written once, never changed: the ledger of attempts (R114), the history of hours.
APPEND_ONLY = ("integrations_attempt", "timesheets_entrychange")


def grant_app_role(using: str = "default", **kwargs: Any) -> None:
    """Give the serving role its rights on all tables, after each migration. Runs as the owning role."""
    connection = connections[using]
    role = settings.APP_ROLE
    if not role or role == connection.settings_dict["USER"]:
        return
    app = sql.Identifier(role)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app))
        cursor.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(app))
        cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(app))
        tables = set(connection.introspection.table_names(cursor))
        for table in APPEND_ONLY:
            if table in tables:
                cursor.execute(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), app))
