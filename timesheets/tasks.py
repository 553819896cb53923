"""What Celery calls. Nothing is decided here: a message only says where to look."""

from __future__ import annotations

from celery import shared_task

from timesheets import reminders


@shared_task(name="timesheets.reminders_tick", soft_time_limit=8, time_limit=15)
def reminders_tick() -> int:
    """Every ten seconds: wake workers up for workspaces whose reminders are due. The number of messages."""
    workspaces = reminders.tick()
    for workspace_id in workspaces:
        send_reminders.delay(workspace_id)
    return len(workspaces)


@shared_task(name="timesheets.send_reminders")
def send_reminders(workspace_id: int) -> None:
    reminders.run(workspace_id)
