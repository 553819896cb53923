"""The door of pages for who approves, whatever their role: project managers are employees, mostly (R110)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from busy.lib.periods import local_today
from busy.workspaces.doors import MemberRequest, View, employee_view
from timesheets.approval_weeks import count_waiting
from timesheets.approvers import may_approve_people, may_approve_projects, people_to_approve
from timesheets.project_hours import count_unapproved

P = ParamSpec("P")


def people_approver_view(view: View[P]) -> Callable[..., HttpResponse]:
    """Lets in who may approve somebody's hours, as a group's leader; others get 403."""

    def enter(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may_approve_people(request.membership):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wraps(view)(employee_view(enter))


def approver_view(view: View[P]) -> Callable[..., HttpResponse]:
    """Lets in who may approve anything at all; others get 403."""

    def enter(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not approves_something(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wraps(view)(employee_view(enter))


def projects_approver_view(view: View[P]) -> Callable[..., HttpResponse]:
    """Lets in who may approve the hours of at least one project; others get 403."""

    def enter(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may_approve_projects(request.membership):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wraps(view)(employee_view(enter))


def approves_something(request: HttpRequest) -> bool:
    """For the rail: whether there is a page of approval for the member (P7). No query: the door has asked."""
    member: Any = request.membership  # type: ignore[attr-defined]
    return bool(member.is_manager or member.leads_group or member.leads_project)


def waiting_count(request: HttpRequest) -> int:
    """For the rail: who waits for a manager or group leader, entries of their projects for a project manager."""
    member = request.membership  # type: ignore[attr-defined]
    if (known := getattr(request, "people_waiting", None)) is not None:  # the page that is about them has counted
        return int(known)
    today = local_today(request.workspace.zone)  # type: ignore[attr-defined]
    if may_approve_people(member):
        return count_waiting(today, people_to_approve(member))
    return count_unapproved(member, today)
