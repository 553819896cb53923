"""What holds for hours: locks, the length of a day, what may be logged on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from busy.catalog.models import Project, Task, WorkType
from busy.lib.durations import DAY
from busy.lib.written import written_moment
from busy.workspaces.models import Membership
from timesheets.approvers import may_approve_person
from timesheets.errors import (
    DayTooLong,
    NotLoggable,
    NotTheirs,
    ProjectArchived,
    ProjectClosed,
    WorkTypeArchived,
    WorkTypeNotOnProject,
)
from timesheets.events import Cell
from timesheets.models import Approval, TimeEntry
from timesheets.task_errors import (
    TaskArchived,
    TaskDone,
    TaskMissing,
    TaskOfOthers,
    TasksNotUsed,
    WorkTypeFollowsTask,
)


class LockKind(StrEnum):
    ORDER = "ordered"
    PERSON = "person"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReason:
    """What holds hours: who, when, why, and what would free them (R112). ``order`` is the order in words.

    ``approval_id`` is the approval that can be asked to be undone, None where an order holds the hours.
    """

    kind: LockKind
    when: datetime
    who: str = ""
    email: str = ""
    order: str = ""
    approval_id: int | None = None

    @property
    def state(self) -> str:
        """The state of the hours, as TimeEntry.state says it."""
        return "ordered" if self.kind == LockKind.ORDER else "approved"

    @property
    def title(self) -> str:
        return _("Locked by an order") if self.kind == LockKind.ORDER else _("Locked after approval")

    @property
    def sentence(self) -> str:
        """When is told in the zone that the request works in."""
        told = {"who": self.who, "when": written_moment(self.when), "order": self.order}
        if self.kind == LockKind.ORDER:
            return _("The hours are on order %(order)s since %(when)s.") % told
        if self.kind == LockKind.PERSON:
            return _("%(who)s approved the hours on %(when)s (user approval).") % told
        return _("%(who)s approved the hours on %(when)s (project approval).") % told

    @property
    def cure(self) -> str:
        if self.kind == LockKind.ORDER:
            return _("They can be changed when they are taken off the order.")
        return _("They can be changed when %(who)s undoes the approval.") % {"who": self.who}


def lock_reason(entry: TimeEntry) -> LockReason | None:
    """What holds the entry, the order before the approvals; None when it is open.

    Reads the approvals with the people who gave them: select ``person_approval__approved_by__user`` and the same of
    ``project_approval`` along, or each costs queries.
    """
    if entry.ordered_at is not None:
        return LockReason(kind=LockKind.ORDER, when=entry.ordered_at, order=entry.order_label)
    if entry.person_approval_id is not None:
        return approval_reason(entry.person_approval or _approval(entry.person_approval_id))
    if entry.project_approval_id is not None:
        return approval_reason(entry.project_approval or _approval(entry.project_approval_id))
    return None


def _approval(approval_id: int) -> Approval:
    """Who waited for a row's lock sees the row as it is now, but what was joined to it as it was before."""
    return Approval.objects.select_related("approved_by__user").get(pk=approval_id)


def approval_reason(approval: Approval) -> LockReason:
    by = approval.approved_by.user
    return LockReason(
        kind=LockKind(approval.kind),
        when=approval.approved_at,
        who=by.get_full_name(),
        email=by.email,
        approval_id=approval.pk,
    )


def cell_of(entry: TimeEntry) -> Cell:
    return Cell(entry.member_id, entry.project_id, entry.work_type_id, entry.day)


def cells_of(entries: Iterable[TimeEntry]) -> frozenset[Cell]:
    return frozenset(cell_of(entry) for entry in entries)


def ensure_may_change(member: Membership, by: Membership) -> None:
    """Everybody writes own hours; who approves a person's hours changes them too: managers, administrators and the
    leaders of the person's groups (P5). No query but for leaders. Raises NotTheirs.
    """
    if by.workspace_id != member.workspace_id or (by.pk != member.pk and not may_approve_person(by, member)):
        raise NotTheirs


def ensure_day_holds(minutes: int, elsewhere: int) -> None:
    """Raises DayTooLong when ``minutes`` of one cell and ``elsewhere`` of the day's other cells are more than a day."""
    if minutes > DAY:
        raise DayTooLong(minutes)
    if minutes + elsewhere > DAY:
        raise DayTooLong(minutes, elsewhere)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTask:
    """What tasks have to say about an hour: whether the project is driven by them, the hour's own, and may it be used.

    ``is_driven``: the project is, in a workspace that uses tasks (P19); ``may_use``: the task has no members, or the
    person is one of them (R68).
    """

    is_driven: bool
    task: Task | None
    may_use: bool


def why_not_loggable(
    project: Project, work_type: WorkType, *, on_project: bool, is_member: bool, on_task: OnTask
) -> NotLoggable | None:
    """Why a person may not put more time here; None when they may.

    ``on_project``: the work type was added to the project (R21, P10); ``is_member``: of the project (P9).
    ``on_task.task`` is one of the project's, with its work type loaded.
    """
    if project.is_archived:
        return ProjectArchived(project.name)
    if why := _why_not_on_task(project, work_type, on_task):
        return why
    if work_type.is_archived:
        return WorkTypeArchived(work_type.name)
    if not on_project:
        return WorkTypeNotOnProject(project.name, work_type.name)
    if not project.is_open and not is_member:
        return ProjectClosed(project.name)
    return None


def _why_not_on_task(project: Project, work_type: WorkType, on: OnTask) -> NotLoggable | None:
    task = on.task
    if task is None:
        return TaskMissing(project.name) if on.is_driven else None
    if not on.is_driven:
        return TasksNotUsed(project.name)
    if task.is_archived:
        return TaskArchived(task.name)
    if task.is_done:
        return TaskDone(task.name)
    if not on.may_use:
        return TaskOfOthers(task.name)
    if project.task_decides_work_type and task.work_type_id != work_type.pk:
        return WorkTypeFollowsTask(task.name, task.work_type.name if task.work_type else "")
    return None


def covers(approval: Approval, day: date) -> bool:
    return approval.first_day <= day <= approval.last_day
