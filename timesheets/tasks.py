"""What Celery calls. Nothing is decided here: a message only says where to look."""

from __future__ import annotations

from celery import shared_task
from django.db import connection

from timesheets import reminders
from timesheets.calendars import fetching, turns


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


@shared_task(name="timesheets.calendars_tick", soft_time_limit=8, time_limit=15)
def calendars_tick() -> int:
    """Every twenty seconds: wake workers up for calendars that are due. The number of messages."""
    due = turns.tick()
    turns.send(due)
    return len(due)


@shared_task(name="timesheets.fetch_calendar", soft_time_limit=100, time_limit=120)
def fetch_calendar(workspace_id: int, account_id: int) -> None:
    """Shorter than the lease, so that a second worker never follows while the first one may still write."""
    if connection.in_atomic_block:
        raise RuntimeError("calendars are fetched with no transaction open")
    fetching.run(workspace_id, account_id)
