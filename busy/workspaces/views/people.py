"""People of a workspace and invitations to it, for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.workspaces import invitations, people, selectors
from busy.workspaces.doors import MemberRequest, admin_view
from busy.workspaces.forms import InviteForm, PersonForm, posted
from busy.workspaces.mails import mail_invitation
from busy.workspaces.models import Invitation, Membership, Role
from busy.workspaces.people_tabs import people_tabs

_PAGE = 50


@admin_view
def index(request: MemberRequest) -> HttpResponse:
    state = request.GET.get("state", "active")
    search = request.GET.get("q", "").strip()
    page = Paginator(selectors.people(search=search, state=state), _PAGE).get_page(request.GET.get("page"))
    waiting = [] if search or state != "active" else list(selectors.open_invitations()[:200])
    context = {
        "page_obj": page,
        "search": search,
        "state": state,
        "tabs": people_tabs(request, "people"),
        "invitations": [(invitation, invitations.link_of(invitation)) for invitation in waiting],
    }
    return render(request, "workspaces/people.html", context)


@admin_view
def person(request: MemberRequest, member_id: int) -> HttpResponse:
    member = _member(member_id)
    may_rename = people.may_rename(member)
    initial = {"name": member.user.name, "role": member.role, "employee_number": member.employee_number}
    form = PersonForm(posted(request), initial=initial, may_rename=may_rename)
    if request.method == "POST" and form.is_valid():
        try:
            people.change_person(
                member_id,
                role=Role(form.cleaned_data["role"]),
                employee_number=form.cleaned_data["employee_number"],
                name=form.cleaned_data["name"],
            )
        except people.PersonRefused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, _("Saved."))
            # An administrator who became something less may not see this page any more.
            itself = member_id == request.membership.pk and form.cleaned_data["role"] != Role.ADMINISTRATOR
            return redirect("home") if itself else redirect("workspaces:people", workspace=request.workspace.slug)
    context = {"member": member, "form": form}
    return render(request, "workspaces/person.html", context, status=422 if form.errors else 200)


@admin_view
@require_POST
def deactivate(request: MemberRequest, member_id: int) -> HttpResponse:
    member = _member(member_id)
    try:
        people.deactivate(member_id)
    except people.PersonRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("workspaces:person", workspace=request.workspace.slug, member_id=member_id)
    messages.success(
        request, _("%(name)s is deactivated and cannot come in any more. The hours are kept.") % {"name": member.user}
    )
    return redirect("home") if member == request.membership else _to_people(request)


@admin_view
@require_POST
def reactivate(request: MemberRequest, member_id: int) -> HttpResponse:
    member = _member(member_id)
    people.reactivate(member_id)
    messages.success(request, _("%(name)s is active again.") % {"name": member.user})
    return redirect("workspaces:person", workspace=request.workspace.slug, member_id=member_id)


@admin_view
def invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            invitation = invitations.invite(
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                role=Role(form.cleaned_data["role"]),
                by=request.membership,
            )
        except invitations.InvitationRefused as refusal:
            form.add_error("email", refusal.message)
        else:
            mail_invitation(request, invitation, by=request.membership)
            return _to_people(request)
    return render(request, "workspaces/invite.html", {"form": form}, status=422 if form.errors else 200)


@admin_view
@require_POST
def send_again(request: MemberRequest, invitation_id: int) -> HttpResponse:
    _open_invitation(invitation_id)
    mail_invitation(request, invitations.renew(invitation_id), by=request.membership)
    return _to_people(request)


@admin_view
@require_POST
def revoke(request: MemberRequest, invitation_id: int) -> HttpResponse:
    invitation = _open_invitation(invitation_id)
    invitations.revoke(invitation_id)
    messages.success(
        request,
        _("The invitation to %(email)s is withdrawn. Its link opens nothing any more.") % {"email": invitation.email},
    )
    return _to_people(request)


def _member(member_id: int) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user", "workspace"), pk=member_id)


def _open_invitation(invitation_id: int) -> Invitation:
    return get_object_or_404(selectors.open_invitations(), pk=invitation_id)


def _to_people(request: MemberRequest) -> HttpResponse:
    return redirect("workspaces:people", workspace=request.workspace.slug)
