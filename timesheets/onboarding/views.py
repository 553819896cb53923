"""Two short pages between a new workspace and its first hour. Both can be left for later."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from busy.catalog.errors import CatalogRefusal
from busy.workspaces.doors import MemberRequest, admin_view
from busy.workspaces.forms import posted
from busy.workspaces.invitations import InvitationRefused, invite
from busy.workspaces.mails import mail_invitation
from busy.workspaces.models import Role
from timesheets.onboarding.forms import ColleagueForms, WorkForm
from timesheets.onboarding.services import begin, finish, has_begun


@admin_view
def start(request: MemberRequest) -> HttpResponse:
    if "later" in request.POST:
        return _to_the_week(request)
    if has_begun():
        return redirect("onboarding:colleagues", workspace=request.workspace.slug)
    form = WorkForm(posted(request), language=request.workspace.language, currency=request.workspace.currency)
    if request.method == "POST" and form.is_valid():
        try:
            begin(form.first_work(), by=request.membership)
        except CatalogRefusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            return redirect("onboarding:colleagues", workspace=request.workspace.slug)
    return render(request, "onboarding/work.html", {"form": form}, status=422 if form.errors else 200)


@admin_view
def colleagues(request: MemberRequest) -> HttpResponse:
    if "later" in request.POST:
        return _to_the_week(request)
    forms = ColleagueForms(posted(request))
    if request.method == "POST" and forms.is_valid() and _invite_all(request, forms):
        return _to_the_week(request)
    status = 422 if forms.is_bound else 200
    return render(request, "onboarding/colleagues.html", {"forms": forms}, status=status)


def _invite_all(request: MemberRequest, forms: Any) -> bool:
    """All of them or none, so that a page with a mistake can be sent again as it is."""
    with transaction.atomic():
        invited = []
        for form in forms:
            if not form.cleaned_data.get("email"):
                continue
            try:
                invited.append(
                    invite(
                        email=form.cleaned_data["email"],
                        name="",
                        role=Role(form.cleaned_data["role"]),
                        by=request.membership,
                    )
                )
            except InvitationRefused as refusal:
                form.add_error("email", refusal.message)
        if any(form.errors for form in forms):
            transaction.set_rollback(True)
            return False
    for invitation in invited:
        mail_invitation(request, invitation, by=request.membership)
    return True


def _to_the_week(request: MemberRequest) -> HttpResponse:
    finish(request.membership)
    return redirect("timesheets:week", workspace=request.workspace.slug)
