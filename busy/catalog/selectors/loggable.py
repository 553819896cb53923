"""What a member may log on: active projects that are open or theirs, with the active work types added to them (R21).

On a task-driven project it is the tasks that the member may use, each with the work types it can have (P19, R68).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Upper

from busy.catalog.models import Customer, Project, ProjectMember, ProjectWorkType, Task, WorkType
from busy.catalog.selectors.order import by_name
from busy.catalog.selectors.tasks import is_driven, usable_tasks, with_driven
from busy.lib.folding import fold, folded_pattern
from busy.workspaces.models import Membership

# Project id, work type id and, on a task-driven project, task id.
Place = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class Choice:
    """What an hour can be put on. ``project.customer`` is loaded; ``task`` is there on task-driven projects (P19)."""

    project: Project
    work_type: WorkType
    task: Task | None = None

    @property
    def place(self) -> Place:
        return (self.project.pk, self.work_type.pk, self.task.pk if self.task else None)

    @property
    def key(self) -> str:
        """``12-34``, or ``12-34-56`` with a task: how pages name it."""
        return "-".join(str(part) for part in self.place if part is not None)

    @property
    def detail(self) -> str:
        """Task, work type and customer, as the line under the project's name."""
        customer, task = self.project.customer, self.task
        return " · ".join(
            filter(None, (task.name if task else "", self.work_type.name, customer.name if customer else ""))
        )


@dataclass(frozen=True, slots=True)
class LoggableProject:
    """``project.customer`` is loaded. ``work_types`` and ``tasks`` are in the order of their names.

    A project that is not task-driven has no tasks here; ``choices`` is never empty.
    """

    project: Project
    work_types: tuple[WorkType, ...]
    tasks: tuple[Task, ...]
    choices: tuple[Choice, ...]


def loggable(member: Membership) -> list[LoggableProject]:
    """All that the member may log on, by project name; what has no choices is left out. Four queries at most."""
    kinds = _active_work_types()
    on = _work_types_of(ProjectWorkType.objects.filter(project__archived_at=None), kinds)
    projects = list(_projects(member).order_by(by_name(), "pk"))
    tasks = _tasks_of(member, projects)
    found = (_loggable(project, [kinds[pk] for pk in on[project.pk]], tasks[project.pk]) for project in projects)
    return [project for project in found if project.choices]


def loggable_places(member: Membership, places: Iterable[Place]) -> set[Place]:
    """Which of the (project id, work type id, task id or None) the member may log new time on. Two queries at most."""
    wanted = set(places)
    if not wanted:
        return set()
    mine = Exists(ProjectMember.objects.filter(project=OuterRef("project_id"), member=member))
    links = ProjectWorkType.objects.filter(
        Q(project__is_open=True) | Q(mine),
        project__in={project for project, _, _ in wanted},
        project__archived_at=None,
        work_type__archived_at=None,
    )
    columns = ("project_id", "work_type_id", "is_driven", "project__task_decides_work_type")
    found = {(row[0], row[1]): (row[2], row[3]) for row in with_driven(links, "project__").values_list(*columns)}
    ids = {task for _, _, task in wanted if task is not None}
    usable = usable_tasks(member).filter(pk__in=ids).values_list("pk", "project_id", "work_type_id") if ids else ()
    tasks = {pk: (project_id, work_type_id) for pk, project_id, work_type_id in usable}

    def holds(place: Place) -> bool:
        project_id, work_type_id, task_id = place
        if (project_id, work_type_id) not in found:
            return False
        is_driven, decides = found[project_id, work_type_id]
        if task_id is None or not is_driven:
            return task_id is None and not is_driven
        of, kind = tasks.get(task_id, (None, None))
        return of == project_id and (not decides or kind == work_type_id)

    return {place for place in wanted if holds(place)}


def loggable_pairs(member: Membership, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of the (project id, work type id) pairs the member may log new time on without a task. One query."""
    places = loggable_places(member, ((project, work_type, None) for project, work_type in pairs))
    return {(project, work_type) for project, work_type, _ in places}


def search_loggable(
    member: Membership,
    text: str,
    limit: int = 20,
    *,
    project_id: int | None = None,
    work_type_id: int | None = None,
) -> list[Choice]:
    """Choices in which every word occurs: in the project's name or number, the customer, the work type or the task.

    Projects that begin with the text come first. An empty text gives the first choices by name. ``project_id`` asks for
    those of one project, ``work_type_id`` for those with one work type where it does not follow from the task. Four
    queries at most, of which only the one for projects grows with the catalogue.
    """
    words = text.replace("\x00", "").split()
    kinds = _active_work_types()
    named = {word: {pk for pk, kind in kinds.items() if word.casefold() in kind.name.casefold()} for word in words}
    projects = _found_projects(member, words, named)
    shown = list((projects if project_id is None else projects.filter(pk=project_id))[:limit])
    on = _work_types_of(ProjectWorkType.objects.filter(project__in=[project.pk for project in shown]), kinds)
    tasks = _tasks_of(member, shown)
    choices = (
        choice
        for project in shown
        for choice in _loggable(project, [kinds[pk] for pk in on[project.pk]], tasks[project.pk]).choices
        if work_type_id in (None, choice.work_type.pk) or (choice.task and project.task_decides_work_type)
        if all(_names(choice, word) for word in words)
    )
    return [choice for choice, _ in zip(choices, range(limit), strict=False)]


def _names(choice: Choice, word: str) -> bool:
    folded, task = word.casefold(), choice.task
    return (
        folded in choice.work_type.name.casefold()
        or _is_about(choice.project, word)
        or (task is not None and (folded in task.name.casefold() or task.number.casefold().startswith(folded)))
    )


def _loggable(project: Any, kinds: Sequence[WorkType], tasks: Sequence[Task]) -> LoggableProject:
    """``project`` knows whether it ``is_driven``. The work type follows from the task where the project says so."""
    if not project.is_driven:
        return LoggableProject(project, tuple(kinds), (), tuple(Choice(project, kind) for kind in kinds))
    choices = tuple(
        Choice(project, kind, task)
        for task in tasks
        for kind in kinds
        if not project.task_decides_work_type or kind.pk == task.work_type_id
    )
    with_choices = {choice.task.pk for choice in choices if choice.task}
    return LoggableProject(project, tuple(kinds), tuple(task for task in tasks if task.pk in with_choices), choices)


def _tasks_of(member: Membership, projects: Iterable[Any]) -> defaultdict[int, list[Task]]:
    """What the member may use of the task-driven ones among the projects; no query when none of them is."""
    tasks: defaultdict[int, list[Task]] = defaultdict(list)
    driven = [project.pk for project in projects if project.is_driven]
    if driven:
        for task in usable_tasks(member).filter(project__in=driven).order_by(by_name(), "pk"):
            tasks[task.project_id].append(task)
    return tasks


def _found_projects(member: Membership, words: list[str], named: dict[str, set[int]]) -> QuerySet[Project]:
    """Projects that each word names, or names a work type of."""
    usable = usable_tasks(member)
    projects = _projects(member).filter(
        ~Q(is_driven=True) | Q(Exists(usable.filter(project=OuterRef("pk")))), _has_work_type(None)
    )
    for word in words:
        about = Q(name__icontains=word) | Q(number__istartswith=word) | Q(customer__name__icontains=word)
        # Not correlated, so that the tasks are gone through once, whatever the number of projects.
        of_task = usable.filter(Q(name__icontains=word) | Q(number__istartswith=word), is_driven("project__"))
        about |= Q(pk__in=of_task.values("project"))
        projects = projects.filter(about | Q(_has_work_type(named[word])) if named[word] else about)
    whole = " ".join(words)
    begins = Q(name__istartswith=whole) | Q(number__iexact=whole) if whole else Q()
    rank = Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField()) if whole else Value(0)
    return projects.annotate(rank=rank).order_by("rank", by_name(), "pk")


def _is_about(project: Project, word: str) -> bool:
    """As the query has it, for the words that name a work type of another choice of the project."""
    word, customer = word.casefold(), project.customer.name if project.customer else ""
    return word in project.name.casefold() or project.number.casefold().startswith(word) or word in customer.casefold()


def _projects(member: Membership) -> QuerySet[Project]:
    mine = Exists(ProjectMember.objects.filter(project=OuterRef("pk"), member=member))
    return with_driven(Project.objects.filter(Q(is_open=True) | Q(mine), archived_at=None).select_related("customer"))


def _has_work_type(ids: Collection[int] | None) -> Exists:
    links = ProjectWorkType.objects.filter(project=OuterRef("pk"), work_type__archived_at=None)
    return Exists(links if ids is None else links.filter(work_type__in=ids))


def _active_work_types() -> dict[int, WorkType]:
    """By id, in the order of their names."""
    return {kind.pk: kind for kind in WorkType.objects.filter(archived_at=None).order_by(by_name(), "pk")}


def _work_types_of(links: QuerySet[ProjectWorkType], kinds: dict[int, WorkType]) -> defaultdict[int, list[int]]:
    """The ids of each project's active work types, in the order of ``kinds``."""
    place = {pk: index for index, pk in enumerate(kinds)}
    on: defaultdict[int, list[int]] = defaultdict(list)
    for project_id, work_type_id in links.values_list("project_id", "work_type_id"):
        if work_type_id in place:
            on[project_id].append(work_type_id)
    for ids in on.values():
        ids.sort(key=place.__getitem__)
    return on


def loggable_named(
    member: Membership, words: Collection[str], also: Collection[int] = (), *, most: int = 300
) -> tuple[list[LoggableProject], bool]:
    """What the member may log on, and True, while it is no more than ``most`` projects.

    Of a larger catalogue the projects whose number is one of the folded words, whose name or customer has one of them
    in it, or whose id is ``also`` named, and False. Capitals and accents do not count. Five queries at most.
    """
    first = list(_projects(member).filter(_has_work_type(None)).order_by("pk")[: most + 1])
    is_all = len(first) <= most
    if not is_all:
        about = Q(pk__in=list(also))
        for word in words:
            about |= Q(number__iexact=word) | Q(upper_name__regex=folded_pattern(word))
            owners = Customer.objects.alias(upper_name=Upper("name")).filter(upper_name__regex=folded_pattern(word))
            about |= Q(customer__in=owners)
        found = _projects(member).filter(_has_work_type(None)).alias(upper_name=Upper("name"))
        first = list(found.filter(about).order_by("pk")[:most])
    kinds = _active_work_types()
    on = _work_types_of(ProjectWorkType.objects.filter(project__in=[project.pk for project in first]), kinds)
    tasks = _tasks_of(member, first)
    each = (_loggable(project, [kinds[pk] for pk in on[project.pk]], tasks[project.pk]) for project in first)
    named = [project for project in each if project.choices]
    return sorted(named, key=lambda one: (fold(one.project.name), one.project.pk)), is_all
