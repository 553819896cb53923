"""What is read of timers: those of one person that are open, and what was done lately and can be continued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, Max, OuterRef, Q

from busy.catalog.models import Project, Task, WorkType
from busy.catalog.selectors import loggable_places
from busy.workspaces.models import Membership
from timesheets.models import TimeEntry, Timer

# More stopped timers than this wait for nobody; the page of the timer shows them as they are settled.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Recent:
    """Something the member worked on lately and may go on with. ``project.customer`` is loaded."""

    project: Project
    work_type: WorkType
    task: Task | None
    note: str

    @property
    def key(self) -> str:
        """``12-34``, or ``12-34-56`` with a task."""
        return "-".join(str(part.pk) for part in (self.project, self.work_type, self.task) if part is not None)


def has_open_timer() -> Exists:
    """Of a membership's person, in whichever workspace: the fact that every page asks at the door."""
    return Exists(Timer.across_workspaces.filter(user_id=OuterRef("user_id"), closed_at=None))


def open_timers(member: Membership) -> list[Timer]:
    """The person's running timer, wherever it runs, then the stopped ones of this workspace that wait. One query.

    Names of projects of another workspace cannot be seen from here. Must run inside ``acting_as``, or a timer that
    runs elsewhere is not found.
    """
    timers = (
        Timer.across_workspaces.filter(user_id=member.user_id, closed_at=None, member__is_active=True)
        .filter(Q(workspace_id=member.workspace_id) | Q(stopped_at=None))
        .select_related("project__customer", "work_type", "task", "workspace")
        .order_by("-stopped_at", "-pk")  # PostgreSQL puts what runs, without a stop, first
    )
    return list(timers[:_SHOWN])


def running_timer(user_id: int) -> Timer | None:
    """The person's running timer, in whichever workspace. Must run inside ``acting_as`` to find one elsewhere."""
    return Timer.across_workspaces.filter(user_id=user_id, stopped_at=None).first()


def next_start(user_id: int, at: datetime) -> datetime | None:
    """When the person's next timer after the instant was started; one that was thrown away counts for nothing."""
    later = Timer.across_workspaces.filter(user_id=user_id, started_at__gt=at)
    kept = later.exclude(closed_at__isnull=False, is_saved=False)
    return kept.order_by("started_at").values_list("started_at", flat=True).first()


def recent_work(member: Membership, since: date, limit: int = 8) -> list[Recent]:
    """What the member wrote hours on last, with the last note of each, as far as it takes more. Four queries."""
    places = list(
        TimeEntry.objects.filter(member=member, day__gte=since)
        .values_list("project_id", "work_type_id", "task_id")
        .annotate(last=Max("pk"))
        .order_by("-last")[: limit * 2]
    )
    free = loggable_places(member, [place[:3] for place in places])
    last = [place[3] for place in places if place[:3] in free][:limit]
    entries = TimeEntry.objects.filter(pk__in=last).select_related("project__customer", "work_type", "task")
    return [Recent(entry.project, entry.work_type, entry.task, entry.note) for entry in entries.order_by("-pk")]
