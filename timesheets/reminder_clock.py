"""When reminders are due. A due time is a weekday and an hour of the workspace's zone, kept as an instant in UTC.

An hour that the change of clock leaves out comes an hour later; one that it repeats is meant the first time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from busy.lib.periods import local_date
from busy.workspaces.models import Workspace
from timesheets.models import Reminder, ReminderClock, TimeSettings
from timesheets.models.reminders import ReminderState

# A workspace whose zone or settings changed is looked at again within this time.
LOOK_AGAIN = timedelta(hours=1)
# A worker that died is followed by another after this time; a mail that was not taken is tried again.
LEASE = timedelta(minutes=10)
AT_MOST = 200  # workspaces of one tick


def instant_on(settings: TimeSettings, zone: str, day: date) -> datetime:
    """The hour of the settings on the local day."""
    return datetime.combine(day, time(settings.remind_hour), ZoneInfo(zone)).astimezone(UTC)


def due_on(settings: TimeSettings, zone: str, now: datetime) -> date | None:
    """The local date of the round that is due now, None when it is not its day or its hour has not come."""
    today = local_date(now, zone)
    is_its_day = settings.reminds and today.weekday() == settings.remind_weekday
    return today if is_its_day and now >= instant_on(settings, zone, today) else None


def next_due(settings: TimeSettings, zone: str, now: datetime) -> datetime:
    """The next instant after now at which a round is due."""
    today = local_date(now, zone)
    days = (today + timedelta(days=number) for number in range(8))
    coming = (instant_on(settings, zone, day) for day in days if day.weekday() == settings.remind_weekday)
    return next(instant for instant in coming if instant > now)


def wake(workspace_id: int) -> None:
    """Have the workspace looked at by the next tick. Call it in the transaction that gives it something to do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO timesheets_reminderclock (workspace_id, next_at) VALUES (%s, %s)"
            " ON CONFLICT (workspace_id) DO UPDATE"
            " SET next_at = least(timesheets_reminderclock.next_at, excluded.next_at)",
            [workspace_id, timezone.now()],
        )


def reschedule(workspace: Workspace, settings: TimeSettings) -> None:
    """After a change of the schedule: it begins with its next due time, not with one that is past already today."""
    wake(workspace.pk)
    if day := due_on(settings, workspace.zone, timezone.now()):
        ReminderClock.objects.filter(workspace_id=workspace.pk).update(round_made_on=day)


@transaction.atomic
def claim_due() -> list[int]:
    """Workspaces whose time has come, each for one caller; who dies with one is followed after the lease."""
    now = timezone.now()
    rows = ReminderClock.objects.select_for_update(skip_locked=True).filter(next_at__lte=now).order_by("next_at")
    clocks = list(rows[:AT_MOST])
    ReminderClock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(next_at=now + LEASE)
    return [clock.workspace_id for clock in clocks]


@transaction.atomic
def set_next(workspace: Workspace, settings: TimeSettings) -> None:
    """After a look: when to look again, or never. Must run in the workspace's scope.

    The row is locked before what waits is counted: who asks for a reminder meanwhile wakes the clock after us.
    """
    if not ReminderClock.objects.select_for_update().filter(workspace_id=workspace.pk).exists():
        return
    clock = ReminderClock.objects.filter(workspace_id=workspace.pk)
    now = timezone.now()
    if Reminder.objects.filter(state=ReminderState.WAITING).exists():
        clock.update(next_at=now + LEASE)
    elif settings.reminds:
        clock.update(next_at=min(next_due(settings, workspace.zone, now), now + LOOK_AGAIN))
    else:
        clock.delete()
