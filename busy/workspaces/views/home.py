"""Pages of a person outside of any workspace: where to go, which workspace, a new one, the profile, the language."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from busy.workspaces.defaults import defaults_for
from busy.workspaces.doors import PersonRequest, person_view, public_view
from busy.workspaces.forms import NewWorkspaceForm, ProfileForm, posted
from busy.workspaces.landing import home_url, landing_url
from busy.workspaces.models import LANGUAGES, Membership
from busy.workspaces.people import note_use
from busy.workspaces.profile_sections import sections_for
from busy.workspaces.scope import scope
from busy.workspaces.selectors import last_membership, own_workspaces
from busy.workspaces.services import create_workspace as create


@person_view
def home(request: PersonRequest) -> HttpResponse:
    return redirect(home_url(request.user))


@person_view
def choose_workspace(request: PersonRequest) -> HttpResponse:
    return render(request, "workspaces/choose.html", {"workspaces": own_workspaces(request.user)})


@person_view
@require_POST
def switch_workspace(request: PersonRequest, slug: str) -> HttpResponse:
    member = (
        Membership.across_workspaces.select_related("workspace")
        .filter(user=request.user, workspace__slug=slug, is_active=True)
        .first()
    )
    if member is None:
        raise Http404
    with scope(member.workspace_id):
        member.last_used_at = None
        note_use(member)
    return redirect(landing_url(member))


@person_view
def create_workspace(request: PersonRequest) -> HttpResponse:
    defaults = defaults_for(translation.get_language() or "en")
    initial = {"zone": defaults.zone, "currency": defaults.currency, "language": defaults.language}
    form = NewWorkspaceForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        workspace = create(by=request.user, **form.cleaned_data)
        return redirect("onboarding:start", workspace=workspace.slug)
    return render(
        request,
        "workspaces/create.html",
        {"form": form, "workspaces": own_workspaces(request.user)},
        status=422 if form.errors else 200,
    )


@person_view
def profile(request: PersonRequest) -> HttpResponse:
    form = ProfileForm(posted(request), instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        translation.activate(user.language)
        messages.success(request, _("Your profile is saved."))
        return redirect("profile")
    member = last_membership(request.user)
    return render(
        request,
        "workspaces/profile.html",
        {"form": form, "back": member.workspace if member else None, "sections": sections_for(member)},
        status=422 if form.errors else 200,
    )


@public_view
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie for whoever is signed out, and with the person otherwise."""
    response: HttpResponse = django_set_language(request)
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(LANGUAGES):
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    return response
