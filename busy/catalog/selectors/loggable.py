"""What a member may log on: active projects that are open or theirs, with the active work types added to them (R21)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from busy.catalog.models import Project, ProjectMember, ProjectWorkType, WorkType
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
    """All that the member may log on, by project name; a project without work types is left out. One query."""
    found: dict[int, tuple[Project, list[WorkType]]] = {}
    for link in _links(member).order_by("project__name", "project_id", "work_type__name", "work_type_id"):
        found.setdefault(link.project_id, (link.project, []))[1].append(link.work_type)
    return [LoggableProject(project, tuple(work_types)) for project, work_types in found.values()]


def loggable_pairs(member: Membership, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of the (project id, work type id) pairs the member may log new time on. One query."""
    wanted = set(pairs)
    links = _links(member).filter(project__in={project for project, _ in wanted}) if wanted else _links(member).none()
    return wanted & set(links.values_list("project_id", "work_type_id"))


def search_loggable(member: Membership, text: str, limit: int = 20) -> list[Choice]:
    """Choices in which every word of the text occurs: in the project's name or number, the customer, or the work type.

    Projects that begin with the text come first. An empty text gives the first choices by name. One query.
    """
    links = _links(member)
    for word in text.split():
        links = links.filter(
            Q(project__name__icontains=word)
            | Q(project__number__istartswith=word)
            | Q(project__customer__name__icontains=word)
            | Q(work_type__name__icontains=word)
        )
    begins = Q(project__name__istartswith=text.strip()) | Q(project__number__iexact=text.strip())
    ranked = links.annotate(rank=Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField()))
    ordered = ranked.order_by("rank", "project__name", "project_id", "work_type__name", "work_type_id")
    return [Choice(link.project, link.work_type) for link in ordered[:limit]]


def _links(member: Membership) -> QuerySet[ProjectWorkType]:
    mine = Exists(ProjectMember.objects.filter(project=OuterRef("project_id"), member=member))
    return ProjectWorkType.objects.filter(
        Q(project__is_open=True) | Q(mine), project__archived_at=None, work_type__archived_at=None
    ).select_related("project__customer", "work_type")
