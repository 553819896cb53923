"""Settings of a workspace, and the tabs that all its settings pages share."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from busy.workspaces.doors import MemberRequest, admin_view
from busy.workspaces.forms import WorkspaceForm, posted
from busy.workspaces.models import Workspace
from busy.workspaces.services import change_workspace
from busy.workspaces.settings_tabs import settings_tabs


@admin_view
def general(request: MemberRequest) -> HttpResponse:
    # A copy: a refused name must not appear in the frame of the page that refuses it.
    workspace = Workspace.objects.get(pk=request.workspace.pk)
    form = WorkspaceForm(posted(request), instance=workspace)
    if request.method == "POST" and form.is_valid():
        change_workspace(workspace, **form.cleaned_data)
        messages.success(request, _("The settings are saved."))
        return redirect("workspaces:settings", workspace=request.workspace.slug)
    context = {"form": form, "tabs": settings_tabs(request, "general")}
    return render(request, "workspaces/settings.html", context, status=422 if form.errors else 200)
