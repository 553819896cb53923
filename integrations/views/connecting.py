"""The integrations page and connecting a provider (R1-R4, R10-R13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from busy.workspaces.doors import MemberRequest, admin_view, entered, waiting_admin_view
from busy.workspaces.settings_tabs import settings_tabs
from integrations import (
    choosing,
    customer_exchange,
    customers_out,
    exchange_forms,
    plans,
    selectors,
    services,
    set_up,
    sign_ins,
)
from integrations.forms import ConnectForm
from integrations.kernel.facts import ProviderFacts
from integrations.kernel.registry import UnknownProvider, connector
from integrations.models import Connection
from integrations.pages import crumbs
from integrations.problems import Explained


@admin_view
def index(request: MemberRequest) -> HttpResponse:
    cards = sorted(selectors.cards(), key=lambda card: card.connection is None)
    context = {"cards": cards, "tabs": settings_tabs(request, "integrations")}
    return render(request, "integrations/list.html", context)


@waiting_admin_view
def connect(request: MemberRequest, provider: str) -> HttpResponse:
    """Ask for the credentials, check them at the provider with no transaction open, then store."""
    facts = facts_of(provider)
    with entered(request):
        existing = selectors.connection_of(provider)
        if request.method != "POST":
            # A sign-in that did not connect comes back here: see views.signing_in.
            told, other = sign_ins.last_refusal(request.session, provider, workspace=request.workspace)
            return _page(request, facts, _blank(facts, existing), existing, refused=told, other=other)
    if facts.oauth is not None:
        raise Http404  # there is nothing to type: see views.signing_in
    with entered(request):  # the tags to choose from are the workspace's
        form = ConnectForm(facts, request.POST)
    refused: Explained | None = None
    if form.is_valid():
        try:
            return _checked(request, facts, form)
        except services.CannotConnect as error:
            refused = error.explained
            if error.field in form.fields:
                form.add_error(error.field, refused.provider_message or refused.title)
    with entered(request):
        return _page(request, facts, form, existing, refused=refused, status=422)


def _checked(request: MemberRequest, facts: ProviderFacts, form: ConnectForm) -> HttpResponse:
    """On to the preview; first to the choice, where the key opens several companies. Raises CannotConnect."""
    given = form.credentials
    if customer_exchange.is_offered(facts):
        exchange_forms.keep(
            request.session,
            facts.key,
            request.workspace.pk,
            choices=exchange_forms.choices_in(form.cleaned_data),
            on=bool(form.cleaned_data["enabled"]),
        )
    asked = choosing.field_of(facts)
    if asked is not None:
        choices = services.offered(facts.key, given, workspace=request.workspace)
        if len(choices) > 1:
            choosing.keep(
                request.session,
                facts.key,
                given,
                project_sync=form.project_sync,
                choices=choices,
                workspace=request.workspace,
            )
            return redirect("integrations:choose", request.workspace.slug, facts.key)
        given = {**given, asked.key: choices[0].value}
    return verified_and_on(request, facts, given, project_sync=form.project_sync, form=form)


def verified_and_on(
    request: MemberRequest,
    facts: ProviderFacts,
    given: Mapping[str, str],
    *,
    project_sync: bool,
    form: ConnectForm | None = None,
) -> HttpResponse:
    """Asked who it is with no transaction open, then to the preview, or connected where there is nothing new to look
    at. Raises CannotConnect."""
    verified = services.verify(facts.key, given, workspace=request.workspace)
    with entered(request):
        existing = selectors.connection_of(facts.key)
        if facts.has_extension and existing is not None:
            project_sync = existing.project_sync  # asked in the settings alone
        if not goes_on(existing, verified, project_sync=project_sync):
            form = form or _blank(facts, existing)
            return _previewed(request, facts, form, existing, verified, given=given, project_sync=project_sync)
        connection = services.connect(
            facts.key, given, project_sync=project_sync, by=request.membership, verified=verified
        )
        take_choices(request, connection)
    return connected(request, facts, verified)


def take_choices(request: MemberRequest, connection: Connection) -> None:
    """What was chosen with the key: what the connection is for, and whether it is on (R94, R104, R107)."""
    kept = exchange_forms.take(request.session, connection.provider, request.workspace.pk)
    if kept is None:
        return
    choices, is_on = kept
    was = customer_exchange.choices_of(connection)  # projects and hours are chosen in the settings, and stay
    choices = replace(choices, extension=was.extension, bookkeeping=choices.bookkeeping or was.extension)
    customers_out.exchange_all(customer_exchange.choose(connection, choices))
    if not is_on:
        services.pause(connection, by=request.membership)


def goes_on(existing: Connection | None, verified: services.Verified, *, project_sync: bool) -> bool:
    """The same company with the same choice: the links are there, and nothing new is to be looked at (R39, R40)."""
    if existing is None or existing.company_id != verified.company.id:
        return False
    return existing.project_sync == project_sync


def _previewed(
    request: MemberRequest,
    facts: ProviderFacts,
    form: ConnectForm,
    existing: Connection | None,
    verified: services.Verified,
    *,
    given: Mapping[str, str],
    project_sync: bool,
) -> HttpResponse:
    """On to what would happen. The key of another company is refused first, with the way on beside it (R40)."""
    plan = plans.start(facts.key, given, project_sync=project_sync, verified=verified, by=request.membership)
    if not plan.replaces or existing is None:
        return redirect("integrations:preview", request.workspace.slug, facts.key)
    refused = services.other_company(existing, verified.company).explained
    if form.is_bound and form.fields:
        form.add_error(next(iter(form.fields)), refused.title)
    return _page(request, facts, form, existing, refused=refused, other=verified.company.name, status=422)


def facts_of(provider: str) -> ProviderFacts:
    try:
        return connector(provider).facts
    except UnknownProvider:
        raise Http404 from None


def _blank(facts: ProviderFacts, existing: Connection | None) -> ConnectForm:
    initial = {"project_sync": existing.project_sync} if existing else {}
    if customer_exchange.is_offered(facts):
        initial |= exchange_forms.initial_of(existing)
    return ConnectForm(facts, initial=initial)


def connected(request: MemberRequest, facts: ProviderFacts, verified: services.Verified) -> HttpResponse:
    named = {"system": facts.name, "company": verified.company.name}
    messages.success(request, _("%(system)s is connected to %(company)s.") % named)
    if verified.missing:
        missing = {"system": facts.name, "rights": ", ".join(verified.missing)}
        if facts.oauth is not None:
            told = _("What is missing in %(system)s: %(rights)s.")
        else:
            told = _("The key lacks rights in %(system)s: %(rights)s.")
        messages.warning(request, told % missing)
    with entered(request):
        connection = selectors.connection_of(facts.key)
        is_next = connection is not None and connection.is_running and set_up.is_waited_for(connection)
    page = "integrations:set-up" if is_next else "integrations:connection"  # R104
    return redirect(page, request.workspace.slug, facts.key)


def _page(
    request: MemberRequest,
    facts: ProviderFacts,
    form: ConnectForm,
    existing: Connection | None,
    *,
    refused: Explained | None = None,
    other: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "facts": facts,
        "form": form,
        "connection": existing,
        "is_reconnect": existing is not None and bool(existing.company_id),
        "refused": refused,
        "other": other,
        "crumbs": crumbs(request, existing if existing and existing.disconnected_at is None else None),
    }
    return render(request, "integrations/connect.html", context, status=status)
