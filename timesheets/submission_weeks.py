"""How far a person's week is on its way: what is sent, what can be, what came back, what was asked of an approver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Exists, OuterRef, Q

from busy.lib.periods import Week
from busy.workspaces.models import Membership
from timesheets.approvers import people_to_approve, projects_to_approve
from timesheets.elapsed import LocalNow, has_passed, local_now
from timesheets.models import Approval, ApprovalKind, Rejection, ReopenRequest, TimeEntry
from timesheets.time_settings import time_settings

OPEN, PART, SUBMITTED, REJECTED, APPROVED, AHEAD, EARLY, NOTHING = (
    "open",
    "part",
    "submitted",
    "rejected",
    "approved",
    "ahead",
    "early",
    "",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEntry:
    """``state`` is open, submitted, rejected, approved, ahead (still to come) or early (P24)."""

    entry: TimeEntry
    state: str

    @property
    def can_submit(self) -> bool:
        return self.state in {OPEN, REJECTED}

    @property
    def can_withdraw(self) -> bool:
        return self.state == SUBMITTED


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDay:
    """A day, or several, of a person's entries; minutes throughout."""

    entries: tuple[SentEntry, ...]
    day: date | None = None

    @property
    def minutes(self) -> int:
        return sum(sent.entry.minutes for sent in self.entries)

    @property
    def to_submit(self) -> int:
        return sum(sent.entry.minutes for sent in self.entries if sent.can_submit)

    @property
    def to_withdraw(self) -> int:
        return sum(sent.entry.minutes for sent in self.entries if sent.can_withdraw)

    @property
    def ahead(self) -> int:
        return sum(sent.entry.minutes for sent in self.entries if sent.state == AHEAD)

    @property
    def state(self) -> str:
        """What needs the owner first: sent back, not all sent, nothing sent; then how far the rest is."""
        states = {sent.state for sent in self.entries}
        if REJECTED in states:
            return REJECTED
        if OPEN in states:
            return PART if SUBMITTED in states else OPEN
        return next((state for state in (SUBMITTED, APPROVED, AHEAD, EARLY) if state in states), NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentWeek:
    """``is_on``: the workspace submits time. ``rejections`` are those that wait for their hours to be sent again.

    ``requests`` are what the member asked about approvals that reach into the week, the latest of each.
    """

    member: Membership
    week: Week
    is_on: bool
    days: tuple[SentDay, ...]
    rejections: tuple[Rejection, ...]
    requests: tuple[ReopenRequest, ...]

    @property
    def whole(self) -> SentDay:
        return SentDay(entries=tuple(sent for day in self.days for sent in day.entries))

    @property
    def sent_at(self) -> datetime | None:
        """When the last of the sent hours were sent."""
        times = [sent.entry.submitted_at for sent in self.whole.entries if sent.can_withdraw]
        return max((at for at in times if at is not None), default=None)

    def request_about(self, approval_id: int | None) -> ReopenRequest | None:
        return next((request for request in self.requests if request.approval_id == approval_id), None)


def sent_week(
    member: Membership, week: Week, *, entries: Sequence[TimeEntry] | None = None, has_asked: bool = True
) -> SentWeek:
    """Three queries, whatever the hours, and one more when some were sent back. ``member.workspace`` must be loaded.

    ``entries`` are all of the week, with project, work type and task, where a page has read them; without ``has_asked``
    the member is known to have asked for nothing. Either saves its query.
    """
    choices = time_settings()
    now = local_now(member.workspace.zone)
    if not choices.submits_time:
        entries = ()
    elif entries is None:
        entries = list(_entries(member, week))
    entries = sorted(entries, key=_by_start)
    by_day: defaultdict[date, list[SentEntry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.day].append(SentEntry(entry=entry, state=_state(entry, now, choices.approval_starts_on)))
    back = {entry.rejection_id for entry in entries if entry.rejection_id is not None and entry.is_sent_back}
    rejections = Rejection.objects.filter(pk__in=back).select_related("rejected_by__user") if back else ()
    return SentWeek(
        member=member,
        week=week,
        is_on=choices.submits_time,
        days=tuple(SentDay(day=day, entries=tuple(by_day[day])) for day in week.days),
        rejections=tuple(sorted(rejections, key=lambda one: one.rejected_at, reverse=True)),
        requests=_latest(_requests(member, week)) if has_asked else (),
    )


def last_rejection(member: Membership, week: Week) -> Rejection | None:
    """The last time hours of the week were sent back, also when they were sent again since."""
    found = Rejection.objects.filter(member=member, first_day__lte=week.sunday, last_day__gte=week.monday)
    return found.select_related("rejected_by__user").order_by("-rejected_at", "-pk").first()


def open_requests(by: Membership, *, of_projects: bool = False) -> list[ReopenRequest]:
    """What waits for an answer that ``by`` may give, oldest first; ``of_projects``: about project approvals alone.

    As reopening has it, user approvals are for who approves the person, project approvals for the project's leaders
    (R110). Nearly always nothing waits, which one small query finds; for others than managers those that find whom and
    what they lead come first. Joined with people and projects at once it took the database 15 s, whenever it had no
    statistics yet of a company of 500.
    """
    found = ReopenRequest.objects.filter(outcome="", approval__undone_at=None)
    if of_projects:
        found = found.filter(approval__kind=ApprovalKind.PROJECT)
    if not by.is_manager:
        theirs = Q(approval__kind=ApprovalKind.PROJECT, approval__project__in=projects_to_approve(by).values("pk"))
        if not of_projects:
            theirs |= Q(approval__kind=ApprovalKind.PERSON, member_id__in=people_to_approve(by) or ())
        found = found.filter(theirs)
    waiting = list(found.values_list("pk", flat=True))
    if not waiting:
        return []
    wanted = ReopenRequest.objects.filter(pk__in=waiting)
    wanted = wanted.select_related("member__user", "approval__approved_by__user", "approval__project")
    return list(wanted.order_by("asked_at", "pk"))


def _entries(member: Membership, week: Week) -> Iterable[TimeEntry]:
    found = TimeEntry.objects.filter(member=member, day__range=(week.monday, week.sunday))
    return found.select_related("project", "work_type", "task")


def _by_start(entry: TimeEntry) -> tuple[bool, time, int]:
    """What has no times comes last."""
    return entry.start_time is None, entry.start_time or time.min, entry.pk


def _state(entry: TimeEntry, now: LocalNow, start: date | None) -> str:
    if entry.is_locked:
        return APPROVED
    if entry.submitted_at is not None:
        return SUBMITTED
    if start is not None and entry.day < start:
        return EARLY
    if not has_passed(entry, now):
        return AHEAD
    return REJECTED if entry.is_sent_back else OPEN


def _requests(member: Membership, week: Week) -> Iterable[ReopenRequest]:
    reaches = Q(approval__first_day__lte=week.sunday, approval__last_day__gte=week.monday)
    again = Approval.objects.filter(
        member=member,
        undone_at=None,
        first_day__lte=OuterRef("approval__last_day"),
        last_day__gte=OuterRef("approval__first_day"),
    )
    found = ReopenRequest.objects.filter(reaches, member=member).annotate(is_approved=Exists(again))
    return found.select_related(
        "approval__approved_by__user", "approval__undone_by__user", "answered_by__user"
    ).order_by("-asked_at", "-pk")


def _latest(requests: Iterable[ReopenRequest]) -> tuple[ReopenRequest, ...]:
    latest: dict[int, ReopenRequest] = {}
    for request in requests:
        latest.setdefault(request.approval_id, request)
    return tuple(latest.values())
