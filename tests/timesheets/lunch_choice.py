"""What a workspace makes of lunch, for the stories of it."""

from __future__ import annotations

from datetime import time

from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from timesheets.models import TimeSettings
from timesheets.models.settings import Lunch


def choose(workspace: Workspace, lunch: Lunch, minutes: int = 30, start: time = time(11, 30)) -> None:
    with scope(workspace.pk):
        TimeSettings.objects.update_or_create(
            defaults={"lunch": lunch, "lunch_minutes": minutes, "lunch_starts_at": start}
        )
