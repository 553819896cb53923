"""Seal all credentials and sessions anew with the newest of BUSY_CREDENTIAL_KEYS. May be interrupted and run again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from busy.workspaces.scope import scope
from integrations import credentials, health
from integrations.models import Connection, Wakeup


class Command(BaseCommand):
    help = "Seal all stored credentials with the newest key. Safe to interrupt and to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        resealed = unreadable = 0
        for workspace_id, connection_id in self._everywhere():
            with scope(workspace_id):
                connection = Connection.objects.select_for_update(no_key=True).filter(pk=connection_id).first()
                if connection is None:
                    continue
                try:
                    if credentials.reseal(connection):
                        connection.save(update_fields=["credentials", "session"])
                        resealed += 1
                except credentials.CannotDecrypt:
                    unreadable += 1
                    health.unreadable(connection)
        self.stdout.write(f"{resealed} sealed anew, {unreadable} unreadable.")
        if unreadable:
            self.stdout.write("The administrators of the unreadable ones are asked for a new key.")

    def _everywhere(self) -> list[tuple[int, int]]:
        """The scheduler's table names the connections of all workspaces, as long as they are connected."""
        rows = Wakeup.objects.order_by("workspace_id", "connection_id")
        return list(rows.values_list("workspace_id", "connection_id").distinct())
