"""Reads of tasks: which projects are driven by them, who may log on which, and a project's list of them (P19, R68)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from busy.catalog.models import Project, ProjectWorkType, Task, TaskMember, WorkType
from busy.catalog.selectors.order import by_name
from busy.workspaces.models import Membership

PAGE_SIZE = 50

A = TypeVar("A", bound="QuerySet[Any]")


def with_driven(rows: A, project: str = "") -> A:
    """Tells ``is_driven`` of each row: its project is task-driven, in a workspace that uses tasks (P19).

    ``project`` leads from the rows to their project, as ``"project__"`` does; nothing when they are projects.
    """
    return rows.annotate(is_driven=_yes_or_no(is_driven(project)))


def is_driven(project: str = "") -> Q:
    return Q(**{f"{project}is_task_driven": True, "workspace__uses_tasks": True})


def may_use_task(rows: A, member: Membership, task: str = "pk") -> A:
    """Tells ``may_use`` of each row: its task has no members, or the member is one of them (R68). ``task`` is where."""
    return rows.annotate(may_use=_yes_or_no(_is_for(member, task)))


def usable_tasks(member: Membership) -> QuerySet[Task]:
    """What the member may log new time on, of all projects: neither done nor archived, and not others' alone."""
    return Task.objects.filter(_is_for(member, "pk"), archived_at=None, done_at=None)


def _is_for(member: Membership, task: str) -> Q:
    members = TaskMember.objects.filter(task=OuterRef(task))
    return Q(~Exists(members)) | Q(Exists(members.filter(member=member)))


def _yes_or_no(condition: Q) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(condition, output_field=BooleanField())


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    ARCHIVED = "archived"
    ALL = "all"


_IN_STATE = {
    TaskState.OPEN: Q(archived_at=None, done_at=None),
    TaskState.DONE: Q(archived_at=None, done_at__isnull=False),
    TaskState.ARCHIVED: Q(archived_at__isnull=False),
    TaskState.ALL: Q(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """What a project's list of tasks is asked for."""

    text: str = ""
    state: TaskState = TaskState.OPEN
    page: str = "1"

    @classmethod
    def read(cls, query: Mapping[str, str]) -> TaskQuery:
        """From an address; what is no answer to a question counts as not asked."""
        state = query.get("state", "")
        return cls(
            text=query.get("q", "").replace("\x00", "").strip()[:200],
            state=TaskState(state) if state in set(TaskState) else TaskState.OPEN,
            page=query.get("page", "1"),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text) or self.state != TaskState.OPEN


@dataclass(frozen=True, slots=True)
class TaskRow:
    """``members`` by name, also those who have left. ``lacks_work_type``: hours' work type follows from it, of none."""

    task: Task
    members: tuple[Membership, ...]
    lacks_work_type: bool


def tasks_page(project: Project, query: TaskQuery) -> Page[TaskRow]:
    """The project's tasks by name. Four queries, whatever their number."""
    found = Task.objects.filter(_IN_STATE[query.state], project=project).select_related("work_type")
    for word in query.text.split():
        found = found.filter(Q(name__icontains=word) | Q(number__icontains=word))
    page: Page[Any] = Paginator(found.order_by(by_name(), "pk"), PAGE_SIZE).get_page(query.page)
    tasks: list[Task] = list(page.object_list)
    members: defaultdict[int, list[Membership]] = defaultdict(list)
    on_them = TaskMember.objects.filter(task__in=[task.pk for task in tasks]).select_related("member__user")
    for row in on_them.order_by(by_name("member__user__name"), "pk"):
        members[row.task_id].append(row.member)
    page.object_list = [
        TaskRow(task, tuple(members[task.pk]), project.task_decides_work_type and task.work_type_id is None)
        for task in tasks
    ]
    return page


def work_types_for_tasks(project: Project) -> QuerySet[WorkType]:
    """What a task of the project can have: its active work types, by name (R21)."""
    on_it = ProjectWorkType.objects.filter(project=project).values("work_type")
    return WorkType.objects.filter(pk__in=on_it, archived_at=None).order_by(by_name(), "pk")
