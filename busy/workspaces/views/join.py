"""The page behind an invitation's link."""

from __future__ import annotations

from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from busy.workspaces.accounts import account_of, owns_address
from busy.workspaces.doors import public_view
from busy.workspaces.forms import JoinForm, posted
from busy.workspaces.invitations import LinkRefused, Reason, Ticket, accept, join_as_new, open_invitation, read_link
from busy.workspaces.landing import landing_url
from busy.workspaces.models import Invitation, Membership, User
from busy.workspaces.scope import acting_as, scope

_STATUS = {Reason.BROKEN: 404, Reason.WRONG_ACCOUNT: 403}


@public_view
@never_cache
@sensitive_post_parameters("password")
@rate_limit(action="signup")  # type: ignore[untyped-decorator]
def join(request: HttpRequest, token: str) -> HttpResponse:
    try:
        ticket = read_link(token)
        with scope(ticket.workspace_id):
            return _answer(request, ticket)
    except LinkRefused as refusal:
        already = _membership_here(request, token) if refusal.reason is Reason.USED else None
        if already is not None:
            return redirect(landing_url(already))
        context = {
            "reason": refusal.reason.value,
            "workspace_name": refusal.workspace.name if refusal.workspace else "",
        }
        return render(request, "workspaces/join_refused.html", context, status=_STATUS.get(refusal.reason, 410))


def _answer(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    invitation = open_invitation(ticket)
    user = request.user
    if isinstance(user, User):
        if not owns_address(user, invitation.email):
            return _render(request, "wrong_account", invitation, status=403)
        if request.method == "POST":
            with acting_as(user.pk):
                return redirect(landing_url(accept(ticket, user)))
        return _render(request, "join", invitation)
    if account_of(invitation.email) is not None:
        return _render(request, "sign_in", invitation)
    return _new_person(request, ticket, invitation)


def _new_person(request: HttpRequest, ticket: Ticket, invitation: Invitation) -> HttpResponse:
    form = JoinForm(posted(request), email=invitation.email, initial={"name": invitation.name})
    if request.method == "POST" and form.is_valid():
        language = translation.get_language() or invitation.workspace.language
        member = join_as_new(ticket, language=language, **form.cleaned_data)
        answer: HttpResponse = perform_login(request, member.user, redirect_url=landing_url(member))
        return answer
    return _render(request, "new_person", invitation, form=form, status=422 if form.errors else 200)


def _render(
    request: HttpRequest, state: str, invitation: Invitation, *, form: JoinForm | None = None, status: int = 200
) -> HttpResponse:
    here = request.get_full_path()
    context = {
        "state": state,
        "invitation": invitation,
        "form": form,
        "here": here,
        "sign_in_url": f"{reverse('account_login')}?next={here}",
    }
    return render(request, "workspaces/join.html", context, status=status)


def _membership_here(request: HttpRequest, token: str) -> Membership | None:
    """The membership of whoever comes back through a link that was used by the same person."""
    if not isinstance(request.user, User):
        return None
    with acting_as(request.user.pk):
        return (
            Membership.across_workspaces.select_related("workspace")
            .filter(user=request.user, workspace_id=read_link(token).workspace_id, is_active=True)
            .first()
        )
