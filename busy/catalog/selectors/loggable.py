"""What a member may log on: active projects that are open or theirs, with the active work types added to them (R21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from busy.catalog.models import Project, ProjectMember, ProjectWorkType, WorkType
from busy.catalog.selectors.order import by_name
from busy.workspaces.models import Membership


@dataclass(frozen=True, slots=True)
class LoggableProject:
    """``project.customer`` is loaded. ``work_types`` are in the order of their names, never empty."""

    project: Project
    work_types: tuple[WorkType, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A row that can be put on a week. ``project.customer`` is loaded."""

    project: Project
    work_type: WorkType


def loggable(member: Membership) -> list[LoggableProject]:
    """All that the member may log on, by project name; a project without work types is left out. Three queries."""
    kinds = _active_work_types()
    on = _work_types_of(ProjectWorkType.objects.filter(project__archived_at=None), kinds)
    return [
        LoggableProject(project, tuple(kinds[pk] for pk in on[project.pk]))
        for project in _projects(member).order_by(by_name(), "pk")
        if project.pk in on
    ]


def loggable_pairs(member: Membership, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of the (project id, work type id) pairs the member may log new time on. One query."""
    wanted = set(pairs)
    if not wanted:
        return set()
    mine = Exists(ProjectMember.objects.filter(project=OuterRef("project_id"), member=member))
    links = ProjectWorkType.objects.filter(
        Q(project__is_open=True) | Q(mine),
        project__in={project for project, _ in wanted},
        project__archived_at=None,
        work_type__archived_at=None,
    )
    return wanted & set(links.values_list("project_id", "work_type_id"))


def search_loggable(member: Membership, text: str, limit: int = 20) -> list[Choice]:
    """Choices in which every word of the text occurs: in the project's name or number, the customer, or the work type.

    Projects that begin with the text come first. An empty text gives the first choices by name. Three queries, of which
    only the one for projects grows with the catalogue.
    """
    words = text.replace("\x00", "").split()
    kinds = _active_work_types()
    named = {word: {pk for pk, kind in kinds.items() if word.casefold() in kind.name.casefold()} for word in words}
    shown = list(_found_projects(member, words, named)[:limit])
    on = _work_types_of(ProjectWorkType.objects.filter(project__in=[project.pk for project in shown]), kinds)
    choices = (
        Choice(project, kinds[pk])
        for project in shown
        for pk in on[project.pk]
        if all(pk in named[word] or _is_about(project, word) for word in words)
    )
    return [choice for choice, _ in zip(choices, range(limit), strict=False)]


def _found_projects(member: Membership, words: list[str], named: dict[str, set[int]]) -> QuerySet[Project]:
    """Projects that each word names, or names a work type of."""
    projects = _projects(member).filter(_has_work_type(None))
    for word in words:
        about = Q(name__icontains=word) | Q(number__istartswith=word) | Q(customer__name__icontains=word)
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
    return Project.objects.filter(Q(is_open=True) | Q(mine), archived_at=None).select_related("customer")


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
