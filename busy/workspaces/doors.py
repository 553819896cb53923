"""The door: who is asking, may they, and for which workspace the request works. Every workspace page uses it.

The transaction belongs here and not in middleware: atomic() around the middleware chain commits half-done work when a
view raises, since Django has turned the exception into a response by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from busy.workspaces.facts import memberships_of
from busy.workspaces.models import Membership, Role, User, Workspace
from busy.workspaces.people import note_use
from busy.workspaces.scope import acting_as, arrived, coming_in, scope

P = ParamSpec("P")
_READING = ("GET", "HEAD", "OPTIONS")


class MemberRequest(HttpRequest):
    """A request that came through the door. ``memberships`` are all of the person's, by name of the workspace."""

    workspace: Workspace
    membership: Membership
    memberships: list[Membership]
    user: User
    htmx: HtmxDetails


class PersonRequest(HttpRequest):
    """A request of a signed-in person, outside of any workspace."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[MemberRequest, P], HttpResponse]


def door(role: Role, *, in_scope: bool = True) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Let members with at least the role in, others get 403; who is no member gets the 404 of a missing page.

    Without ``in_scope`` the view runs outside of any transaction and enters the scope itself, where it needs it: a page
    that waits for another system must not hold a database connection meanwhile.
    """

    def guard(view: View[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def enter(request: Any, workspace: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            with coming_in(request.user.pk, workspace, _page_of(request)):
                request.memberships = memberships_of(request.user)
                member = next((one for one in request.memberships if one.workspace.slug == workspace), None)
                if member is None:
                    raise Http404
                request.workspace = member.workspace
                request.membership = member
                if not member.may(role):
                    raise PermissionDenied
                if in_scope:
                    return _within(request, member, lambda: view(request, *args, **kwargs))
            with timezone.override(ZoneInfo(member.workspace.zone)):
                return view(request, *args, **kwargs)

        enter.door = role  # type: ignore[attr-defined]
        return enter

    return guard


def _within(request: HttpRequest, member: Membership, view: Callable[[], HttpResponse]) -> HttpResponse:
    with arrived(member.workspace_id), timezone.override(ZoneInfo(member.workspace.zone)):
        if request.method not in _READING:
            note_use(member)
        return view()


def _page_of(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


@contextmanager
def entered(request: MemberRequest) -> Iterator[None]:
    """The scope and transaction of a view that ``door`` let in without them."""
    page = _page_of(request)
    with acting_as(request.user.pk), scope(request.membership.workspace_id, savepoint=False, page=page, lasting=True):
        yield


employee_view = door(Role.EMPLOYEE)
manager_view = door(Role.MANAGER)
admin_view = door(Role.ADMINISTRATOR)
waiting_admin_view = door(Role.ADMINISTRATOR, in_scope=False)


def person_view(view: Callable[Concatenate[PersonRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """The door of pages that belong to the person and to no workspace: profile, choice of workspace, creating one."""

    @wraps(view)
    def enter(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        with acting_as(request.user.pk):
            return view(request, *args, **kwargs)

    enter.door = "person"  # type: ignore[attr-defined]
    return enter


def public_view(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Marks a page that anybody may open; the guard test refuses pages without any door."""
    view.door = "public"  # type: ignore[attr-defined]
    return view


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Pages go to sign-in and come back; scripts get 401, so that what was typed stays on the screen."""
    if getattr(request, "htmx", False) or "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(
            {"error": "signed_out", "message": _("You are signed out. Sign in, and nothing is lost.")}, status=401
        )
    return redirect_to_login(request.get_full_path())
