"""Choosing the company a key opens, when it opens several: between the key and the preview."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from busy.workspaces.doors import MemberRequest, entered, waiting_admin_view
from integrations import choosing, selectors, services
from integrations.choosing import Waiting
from integrations.kernel.facts import CredentialField, ProviderFacts
from integrations.pages import crumbs
from integrations.problems import Explained
from integrations.views.connecting import facts_of, verified_and_on


class ChooseForm(forms.Form):
    def __init__(self, asked: CredentialField, waiting: Waiting, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type] # the data, or nothing
        usual = next((choice.value for choice in waiting.choices if choice.is_usual), waiting.choices[0].value)
        self.fields["company"] = forms.ChoiceField(
            label=_(asked.label),
            choices=[(choice.value, choice.label) for choice in waiting.choices],
            initial=usual,
            widget=forms.RadioSelect,
        )


@waiting_admin_view
def choose(request: MemberRequest, provider: str) -> HttpResponse:
    """The list, and what was chosen from it: then the provider is asked again, with no transaction open."""
    facts = facts_of(provider)
    with entered(request):
        waiting = choosing.kept(request.session, provider, workspace=request.workspace)
        asked = choosing.field_of(facts)
        if waiting is None or asked is None:
            messages.info(request, _("Choosing took too long. Type e-mail and password once more."))
            return redirect("integrations:connect", request.workspace.slug, provider)
        if request.method != "POST":
            return _page(request, facts, ChooseForm(asked, waiting))
    form = ChooseForm(asked, waiting, request.POST)
    if not form.is_valid():
        with entered(request):
            return _page(request, facts, form, status=422)
    given = {**waiting.given, asked.key: form.cleaned_data["company"]}
    try:
        answer = verified_and_on(request, facts, given, project_sync=waiting.project_sync)
    except services.CannotConnect as refusal:
        with entered(request):
            return _page(request, facts, form, refused=refusal.explained, status=422)
    choosing.forget(request.session)
    return answer


def _page(
    request: MemberRequest,
    facts: ProviderFacts,
    form: ChooseForm,
    *,
    refused: Explained | None = None,
    status: int = 200,
) -> HttpResponse:
    existing = selectors.connection_of(facts.key)
    trail = crumbs(request, existing if existing and existing.disconnected_at is None else None)
    context = {"facts": facts, "form": form, "refused": refused, "crumbs": trail}
    return render(request, "integrations/choose.html", context, status=status)
