"""When an account is looked at: asked for by its person's timeline, and slowly by itself while that is in use.

A row of CalendarClock says when; messages only wake a worker up, and a lost one is found by the tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.utils import timezone

from busy.lib import broker
from busy.lib.broker import Nudge
from busy.lib.periods import Week, local_date
from busy.workspaces.models import Membership
from timesheets.models import CalendarAccount, CalendarClock

STALE = timedelta(seconds=60)
# So long after the timeline was last open its events are still kept fresh, every so often.
IN_USE = timedelta(hours=12)
EVERY = timedelta(minutes=15)
# A worker that died, or was never woken up, is followed by another after this time.
LEASE = timedelta(minutes=3)
# After this time nobody waits any longer for a look that was asked for.
HOPE = timedelta(seconds=40)
AT_MOST = 200  # accounts of one tick
# Days before and after today that are always kept.
BEFORE, AFTER = 14, 35


def window_of(today: date) -> tuple[date, date]:
    """The first and the last day of the usual window."""
    return today - timedelta(days=BEFORE), today + timedelta(days=AFTER)


def is_in_window(week: Week, today: date) -> bool:
    first, last = window_of(today)
    return first <= week.monday and week.sunday <= last


def fresh_at(account: CalendarAccount, week: Week, today: date) -> datetime | None:
    """When the week's events were last fetched."""
    if is_in_window(week, today):
        return account.fetched_at
    return account.extra_fetched_at if account.extra_monday == week.monday else None


def is_waited_for(account: CalendarAccount) -> bool:
    """A look was asked for, is not done, and may still be."""
    if account.asked_at is None or account.needs_sign_in:
        return False
    is_done = account.tried_at is not None and account.tried_at >= account.asked_at
    return not is_done and timezone.now() - account.asked_at < HOPE


@transaction.atomic
def ask_for(member: Membership, week: Week) -> None:
    """The member looks at the week: have what is older than a minute looked at again."""
    now = timezone.now()
    today = local_date(now, member.workspace.zone)
    outside = None if is_in_window(week, today) else week.monday
    for account in CalendarAccount.objects.select_for_update(no_key=True).filter(member=member).order_by("pk"):
        CalendarAccount.objects.filter(pk=account.pk).update(used_at=now)
        fresh = fresh_at(account, week, today)
        is_fresh = fresh is not None and now - fresh < STALE and not account.trouble
        if account.needs_sign_in or is_fresh or (is_waited_for(account) and account.asked_monday in (outside, None)):
            continue
        CalendarAccount.objects.filter(pk=account.pk).update(asked_at=now, asked_monday=outside)
        wake(account)


def wake(account: CalendarAccount) -> None:
    """Have the account looked at now. Call it in the transaction that gives a reason."""
    _due_at(account.workspace_id, account.pk, timezone.now())
    transaction.on_commit(partial(send, [(account.workspace_id, account.pk)]))


def send(accounts: Sequence[tuple[int, int]]) -> None:
    """Messages to workers. What the broker does not take, the tick finds."""
    if accounts:
        broker.send([Nudge("timesheets.fetch_calendar", one) for one in accounts])


def tick() -> list[tuple[int, int]]:
    """Accounts that are due, (workspace, account), each named to one caller."""
    now = timezone.now()
    with transaction.atomic():
        rows = CalendarClock.objects.select_for_update(skip_locked=True).filter(next_at__lte=now).order_by("next_at")
        clocks = list(rows[:AT_MOST])
        CalendarClock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(next_at=now + LEASE)
    return [(clock.workspace_id, clock.account_id) for clock in clocks]


def set_next(account: CalendarAccount, *, wait: timedelta = EVERY) -> None:
    """After a look: when the next one is due, or never while nobody uses the timeline."""
    now = timezone.now()
    rests = account.needs_sign_in or now - account.used_at > IN_USE
    CalendarClock.objects.update_or_create(
        account_id=account.pk,
        defaults={"workspace_id": account.workspace_id, "next_at": None if rests else now + wait},
    )


def forget(account: CalendarAccount) -> None:
    CalendarClock.objects.filter(account_id=account.pk).delete()


def _due_at(workspace_id: int, account_id: int, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO timesheets_calendarclock (workspace_id, account_id, next_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (account_id) DO UPDATE"
            " SET next_at = least(timesheets_calendarclock.next_at, excluded.next_at)",
            [workspace_id, account_id, at],
        )
