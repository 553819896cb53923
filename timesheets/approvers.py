"""Who may approve whose hours (R110). Everything that approves, rejects or answers a person asks here."""

from __future__ import annotations

from django.db.models import QuerySet

from busy.catalog.models import Project, ProjectMember
from busy.workspaces.group_selectors import leads_somebody, led_by
from busy.workspaces.models import Membership


def people_to_approve(by: Membership) -> set[int] | None:
    """Ids of the members whose hours ``by`` may approve; None means everybody of the workspace.

    Managers and administrators approve everybody, group leaders everybody in their groups and the groups below (P5).
    A constant number of queries; none for managers.
    """
    if not by.is_active:
        return set()
    return None if by.is_manager else led_by(by)


def may_approve_person(by: Membership, member: Membership) -> bool:
    """Whether ``by`` may approve this member's hours; the rule of four eyes is another matter."""
    if by.workspace_id != member.workspace_id:
        return False
    people = people_to_approve(by)
    return people is None or member.pk in people


def may_approve_people(by: Membership) -> bool:
    """Whether there is anybody at all whose hours ``by`` may approve. No query for managers, one for others."""
    return by.is_active and (by.is_manager or leads_somebody(by))


def projects_to_approve(by: Membership) -> QuerySet[Project]:
    """The projects whose hours ``by`` may approve: all for managers and administrators, else those they lead."""
    if not by.is_active:
        return Project.objects.none()
    if by.is_manager:
        return Project.objects.all()
    return Project.objects.filter(pk__in=ProjectMember.objects.filter(member=by, is_leader=True).values("project"))


def may_approve_project(by: Membership, project_id: int) -> bool:
    return projects_to_approve(by).filter(pk=project_id).exists()


def may_approve_projects(by: Membership) -> bool:
    """Whether there is any project at all whose hours ``by`` may approve. No query for managers."""
    return by.is_active and (by.is_manager or projects_to_approve(by).exists())
