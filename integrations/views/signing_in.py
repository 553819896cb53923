"""Signing in at a provider and coming back: one address for all workspaces, since providers register just one."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from busy.workspaces.doors import MemberRequest, entered, public_view, waiting_admin_view
from integrations import plans, selectors, services, sign_ins
from integrations.forms import ConnectForm
from integrations.kernel.registry import UnknownProvider, connector
from integrations.pages import crumbs
from integrations.views.connecting import connected, goes_on

_BROWSER = "sign_in_browser"


def redirect_uri() -> str:
    """As the provider has it registered."""
    return settings.BASE_URL.rstrip("/") + reverse("provider-signed-in")


@waiting_admin_view
@require_POST
def start(request: MemberRequest, provider: str) -> HttpResponse:
    """A page that goes on to the provider by itself: a form must not be redirected to another host (CSP)."""
    try:
        facts = connector(provider).facts
    except UnknownProvider:
        raise Http404 from None
    form = ConnectForm(facts, request.POST)
    if facts.oauth is None or not form.is_valid():
        raise Http404
    try:
        with entered(request):
            url = sign_ins.start(
                provider,
                project_sync=form.project_sync,
                browser=_browser(request),
                redirect_uri=redirect_uri(),
                by=request.membership,
            )
            return render(request, "integrations/sign_in.html", {"facts": facts, "url": url, "crumbs": crumbs(request)})
    except services.CannotConnect as error:
        return _refused(request, provider, error)


@public_view
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """The state says through which workspace's door."""
    slug = sign_ins.slug_of(request.GET.get("state", ""))
    if not slug:
        messages.error(request, _lost())
        return redirect("/")
    return _finish(request, workspace=slug)


@waiting_admin_view
def _finish(request: MemberRequest) -> HttpResponse:
    """The code is exchanged and the company asked for with no transaction open, then stored."""
    with entered(request):
        claimed = sign_ins.claim(request.GET["state"], browser=_browser(request), by=request.membership)
    if claimed is None:
        messages.error(request, _lost())
        return redirect("integrations:list", request.workspace.slug)
    facts = connector(claimed.provider).facts
    code, given = request.GET.get("code", ""), dict[str, str]()
    try:
        if not code:
            error, message = request.GET.get("error", ""), request.GET.get("error_description", "")
            raise sign_ins.denied(claimed.provider, error=error, message=message, workspace=request.workspace)
        given = sign_ins.credentials_for(claimed, code, redirect_uri=redirect_uri(), workspace=request.workspace)
        verified = services.verify(claimed.provider, given, workspace=request.workspace)
        with entered(request):
            return _connected(request, claimed, verified)
    except services.CannotConnect as error:
        sign_ins.give_back(facts, given)
        return _refused(request, claimed.provider, error)


def _connected(request: MemberRequest, claimed: sign_ins.Claimed, verified: services.Verified) -> HttpResponse:
    """As after a key was typed: the same company goes on, everything else is looked at first (R39, R40)."""
    provider, by = claimed.provider, request.membership
    existing = selectors.connection_of(provider)
    if goes_on(existing, verified, project_sync=claimed.project_sync):
        services.connect(provider, verified.credentials, project_sync=claimed.project_sync, by=by, verified=verified)
        return connected(request, connector(provider).facts, verified)
    plan = plans.start(provider, verified.credentials, project_sync=claimed.project_sync, verified=verified, by=by)
    if plan.replaces and existing is not None:
        other = services.other_company(existing, verified.company)
        return _refused(request, provider, other, other=verified.company.name)
    return redirect("integrations:preview", request.workspace.slug, provider)


def _lost() -> str:
    return _("The sign-in came back too late, or to another browser than the one it began in. Nothing was stored.")


def _browser(request: HttpRequest) -> str:
    """A secret that stays with this browser's session."""
    found: str = request.session.setdefault(_BROWSER, secrets.token_urlsafe(32))
    return found


def _refused(request: MemberRequest, provider: str, error: services.CannotConnect, *, other: str = "") -> HttpResponse:
    """Back to the connect page, which says why."""
    sign_ins.keep_refusal(request.session, provider, error, other=other)
    return redirect("integrations:connect", request.workspace.slug, provider)
