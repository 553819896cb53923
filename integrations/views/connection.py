"""One connection's pages: overview, problems, settings, history; and what an administrator does there."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from busy.catalog.models import Project
from busy.workspaces.doors import MemberRequest, admin_view, entered, waiting_admin_view
from integrations import (
    change_urls,
    customer_exchange,
    exchange_forms,
    hour_pages,
    hours,
    options,
    pages,
    parked_listings,
    plans,
    selectors,
    services,
    set_up_forms,
    shared_pages,
    sign_ins,
    undoing,
    watching,
    work_type_sync,
)
from integrations import support as support_bundle
from integrations.conversations import connector_of
from integrations.deliveries import ORDER
from integrations.events_told import told_attempts, told_runs
from integrations.exchange_forms import ExchangeForm
from integrations.hour_forms import HourChoiceForm
from integrations.kernel.records import Kind
from integrations.models import Attempt, Connection, Delivery, ProjectLink, PullRun
from integrations.options import OptionsForm
from integrations.policy import State

PAGE = 50


@admin_view
@require_GET
def overview(request: MemberRequest, provider: str) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    context = pages.frame(request, connection, "connection") | pages.overview_part(connection)
    return render(request, "integrations/connection.html", context)


@admin_view
@require_GET
def overview_part(request: MemberRequest, provider: str) -> HttpResponse:
    return render(request, "integrations/_overview.html", pages.overview_part(pages.connection_or_404(provider)))


@admin_view
@require_GET
def health_part(request: MemberRequest, provider: str) -> HttpResponse:
    return render(request, "integrations/_health.html", pages.health_part(pages.connection_or_404(provider)))


@admin_view
@require_GET
def problems(request: MemberRequest, provider: str) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    context = pages.frame(request, connection, "problems")
    waiting = Paginator(selectors.deliveries_of(connection, State.ATTENTION).order_by("created_at", "pk"), PAGE)
    page = waiting.get_page(request.GET.get("page"))
    context["problems"] = pages.connection_problems(context["health"].problem, context["kinds"])
    context |= {"page_obj": page, "waiting": pages.with_orders(page.object_list)}
    context["stuck"] = shared_pages.stuck(connection)
    return render(request, "integrations/problems.html", context)


@admin_view
@require_GET
def settings(request: MemberRequest, provider: str) -> HttpResponse:
    return settings_page(request, pages.connection_or_404(provider))


def settings_page(
    request: MemberRequest,
    connection: Connection,
    hour_form: HourChoiceForm | None = None,
    *,
    exchange_form: ExchangeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Also answered by what a form on it was refused with."""
    linked = ProjectLink.objects.filter(connection=connection).values("local")
    context = pages.frame(request, connection, "connection-settings")
    context["has_project_sync"] = pages.has_project_sync(connection)
    context["has_work_type_sync"] = work_type_sync.is_offered(connection)
    context["is_work_type_sync_on"] = work_type_sync.is_on(connection)
    context["can_undo"] = undoing.is_possible(connection)
    context["archive_count"] = Project.objects.filter(archived_at=None).exclude(pk__in=linked).count()
    context |= hour_pages.choice_part(connection, hour_form)
    facts = context["facts"]
    context["projects_are_shared"] = facts.shares(Kind.PROJECTS)
    if customer_exchange.is_offered(facts):
        context["exchange_form"] = exchange_form or ExchangeForm(facts, initial=exchange_forms.initial_of(connection))
    if set_up_forms.asked(connection):
        context["set_up_lines"] = set_up_forms.lines(connection)
    if change_urls.has_one(connection):
        context["change_url"] = change_urls.change_url(connection)
        context["can_renew"] = connection.is_connected
    if facts.options:
        context["options_form"] = OptionsForm(facts, initial=options.chosen(connection, facts))
    return render(request, "integrations/settings.html", context, status=status)


@admin_view
@require_POST
def choose_options(request: MemberRequest, provider: str) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    form = OptionsForm(connector_of(connection).facts, request.POST)
    if not form.is_valid():  # a page from before an update: it shows what there is to choose now
        messages.error(request, _("Choose once more: what there is to choose has changed."))
    elif form.cleaned_data:
        options.choose(connection, form.cleaned_data)
        messages.success(request, _("Saved."))
    return redirect("integrations:connection-settings", request.workspace.slug, provider)


@admin_view
@require_GET
def history(request: MemberRequest, provider: str) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    attempts = Attempt.objects.filter(delivery__connection=connection, delivery__kind=ORDER).select_related(
        "delivery__connection__workspace", "started_by__user"
    )
    page = Paginator(attempts.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    context = pages.frame(request, connection, "history") | {
        "page_obj": page,
        "attempts": told_attempts(page.object_list),
        "runs": told_runs(connection, selectors.notable_runs(connection)[:PAGE]),
        "renewals": change_urls.renewals(connection),
    }
    return render(request, "integrations/history.html", context)


@admin_view
@require_POST
def synchronise(request: MemberRequest, provider: str) -> HttpResponse:
    """The 🔄 button (R31, R37). While one runs it does nothing more, and the answer shows the progress."""
    connection = pages.connection_or_404(provider)
    services.synchronise_now(connection, by=request.membership)
    if request.htmx:
        return render(request, "integrations/_health.html", pages.health_part(pages.connection_or_404(provider)))
    return _back(request, connection)


@waiting_admin_view
@require_POST
def disconnect(request: MemberRequest, provider: str) -> HttpResponse:
    """A sign-in is given back at the provider once it is forgotten here, and hints are stopped, with no transaction
    open."""
    with entered(request):
        connection = pages.connection_or_404(provider)
        facts = connector_of(connection).facts
        given, told = sign_ins.credentials_of(connection), watching.subscribed(connection)
        services.disconnect(connection, by=request.membership)
        messages.success(request, _("%(system)s is disconnected. Everything in Busy is kept.") % {"system": facts.name})
    watching.stop(told)
    sign_ins.give_back(facts, given)
    return redirect("integrations:list", request.workspace.slug)


@admin_view
@require_POST
def pause(request: MemberRequest, provider: str) -> HttpResponse:
    """All traffic stops until somebody resumes; the key, the links and what waits are kept."""
    connection = pages.connection_or_404(provider)
    if services.pause(connection, by=request.membership):
        messages.success(request, _("The connection is paused. What waits goes on when you resume it."))
    return _back(request, connection)


@admin_view
@require_POST
def resume(request: MemberRequest, provider: str) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    if services.resume(connection, by=request.membership):
        messages.success(request, _("The connection goes on."))
    return _back(request, connection)


@admin_view
@require_GET
def support(request: MemberRequest, provider: str) -> HttpResponse:
    """The connection's state and latest runs as a file for whoever helps, without secrets."""
    connection = pages.connection_or_404(provider)
    return _file(support_bundle.of_connection(connection), f"busy-{connection.provider}")


@admin_view
@require_GET
def delivery_support(request: MemberRequest, provider: str, delivery_id: int) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    delivery = get_object_or_404(Delivery.objects.select_related("connection"), pk=delivery_id, connection=connection)
    return _file(support_bundle.of_delivery(delivery), f"busy-{connection.provider}-{delivery.pk}")


def _file(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/json", headers=headers)


@admin_view
@require_POST
def project_sync(request: MemberRequest, provider: str) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    is_on = bool(request.POST.get("project_sync"))
    if is_on and not connection.project_sync and connection.is_running:
        plans.start_project_sync(connection, by=request.membership)
        return redirect("integrations:preview", request.workspace.slug, provider)
    try:
        services.change_project_sync(connection, on=is_on, by=request.membership)
        messages.success(request, _("Project sync is on.") if is_on else _("Project sync is off."))
    except hours.NeededForHours as refusal:
        messages.error(request, refusal.message)
    return redirect("integrations:connection-settings", request.workspace.slug, provider)


@admin_view
@require_POST
def retry_all(request: MemberRequest, provider: str) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    count = services.retry_all_waiting(connection, by=request.membership)
    if count:
        told = ngettext("%(count)s order is tried again.", "%(count)s orders are tried again.", count)
        messages.success(request, told % {"count": count})
    return _back(request, connection)


@admin_view
@require_POST
def confirm_archiving(request: MemberRequest, provider: str, run_id: int) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    get_object_or_404(PullRun, pk=run_id, connection=connection)
    count = parked_listings.confirm_archiving(run_id, by=request.membership)
    messages.success(
        request, ngettext("%(n)s record is archived.", "%(n)s records are archived.", count) % {"n": count}
    )
    return _back(request, connection)


@admin_view
@require_POST
def dismiss_archiving(request: MemberRequest, provider: str, run_id: int) -> HttpResponse:
    connection = pages.connection_or_404(provider)
    get_object_or_404(PullRun, pk=run_id, connection=connection)
    if parked_listings.dismiss_archiving(run_id, by=request.membership):
        messages.success(request, _("They are kept as they are."))
    return _back(request, connection)


def _back(request: MemberRequest, connection: Connection) -> HttpResponse:
    return redirect("integrations:connection", request.workspace.slug, connection.provider)
