"""Seal all credentials and sessions anew with the newest of BUSY_CREDENTIAL_KEYS. May be interrupted and run again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from busy.workspaces.scope import scope
from integrations import credentials, health
from integrations.models import Connection, Wakeup
from timesheets.calendars import accounts
from timesheets.calendars.errors import SignInNeeded


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
        calendars, lost = self._calendars()
        resealed, unreadable = resealed + calendars, unreadable + lost
        self.stdout.write(f"{resealed} sealed anew, {unreadable} unreadable.")
        if unreadable:
            self.stdout.write("Whoever brought the unreadable ones is asked for a new key, or to sign in again.")

    def _calendars(self) -> tuple[int, int]:
        """People's own calendars: how many were sealed anew, and how many cannot be read."""
        resealed = unreadable = 0
        for workspace_id, account_id in accounts.everywhere():
            with scope(workspace_id):
                try:
                    resealed += accounts.reseal(account_id)
                except SignInNeeded:  # told to the person by the next look
                    unreadable += 1
        return resealed, unreadable

    def _everywhere(self) -> list[tuple[int, int]]:
        """The scheduler's table names the connections of all workspaces, as long as they are connected."""
        rows = Wakeup.objects.order_by("workspace_id", "connection_id")
        return list(rows.values_list("workspace_id", "connection_id").distinct())
