"""Whether time has passed: what has can be sent for approval, what is still to come is planned (P18, P25).

Measured on the workspace's local clock. An entry with times has passed when its end has; hours without times when their
day has begun, since nobody can say when in the day they were worked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from busy.lib.events import publish
from timesheets.events import SubmissionWithdrawn
from timesheets.models import TimeEntry
from timesheets.rules import cells_of

_MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class LocalNow:
    day: date
    clock: time


def local_now(zone: str) -> LocalNow:
    """``zone`` is an IANA name such as Europe/Oslo."""
    now = timezone.now().astimezone(ZoneInfo(zone))
    return LocalNow(now.date(), now.time())


def has_passed(entry: TimeEntry, now: LocalNow) -> bool:
    if entry.day != now.day:
        return entry.day < now.day
    # An end at 00:00 is the midnight that ends the day.
    return entry.end_time is None or _MIDNIGHT < entry.end_time <= now.clock


def passed(now: LocalNow) -> Q:
    """The same as a condition on entries."""
    done = Q(end_time=None) | Q(end_time__gt=_MIDNIGHT, end_time__lte=now.clock)
    return Q(day__lt=now.day) | (Q(day=now.day) & done)


def keep_to_the_past(entries: Iterable[TimeEntry], zone: str) -> None:
    """Planned time is never sent: what a change has put into the time to come is not sent any more (P18, P25).

    Called within the change, before the entries are written with their ``submitted_at``.
    """
    sent = [entry for entry in entries if entry.submitted_at is not None]
    if not sent:
        return
    now = local_now(zone)
    moved = [entry for entry in sent if not has_passed(entry, now)]
    for entry in moved:
        entry.submitted_at = None
    if moved:
        publish(SubmissionWithdrawn(moved[0].workspace_id, cells=cells_of(moved)))
