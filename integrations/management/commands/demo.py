"""`manage.py demo`: make the demo workspace, or add what is missing of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from busy import env
from busy.catalog import demo as catalog
from busy.workspaces import demo as people
from busy.workspaces.models import Membership, Role
from busy.workspaces.scope import scope
from integrations.demo import connect_demo
from timesheets import demo as hours


class Command(BaseCommand):
    help = "Make the demo workspace with people, projects and hours. Running it again adds what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        if urlsplit(settings.BASE_URL).hostname not in ("localhost", "127.0.0.1") and not env.flag(
            "BUSY_DEMO", default=False
        ):
            raise CommandError(
                f"The demo's passwords are known to everybody, and {settings.BASE_URL} may be reached by others."
                " Set BUSY_DEMO=1 if that is what you want."
            )
        workspace = people.seed()
        with scope(workspace.pk):
            administrator = (
                Membership.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
                .select_related("user", "workspace")
                .order_by("pk")[0]
            )
        connected = connect_demo(workspace, administrator)
        with scope(workspace.pk):
            if connected is None:
                catalog.seed_own(administrator)
            catalog.refine()
            hours.seed(workspace)
        self.stdout.write(f"Sign in to {workspace.name} as")
        for line in people.log_ins():
            self.stdout.write(line)
        if connected:
            self.stdout.write(f"It is connected to the sandbox of {', '.join(connected)}.")
