"""Hour transfer of a connection: the choice, the cells, and what an administrator does about them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from busy.workspaces.doors import MemberRequest, admin_view
from integrations import hour_choice, hour_pages, hours, pages
from integrations.conversations import connector_of
from integrations.events_told import told_attempts
from integrations.hour_choice import HourChoiceRefused
from integrations.hour_forms import HourChoiceForm
from integrations.hour_models import HoursCell
from integrations.models import Connection
from integrations.views.connection import settings_page


def _connection(provider: str) -> Connection:
    connection = pages.connection_or_404(provider)
    if not hours.is_offered(connection):
        raise Http404
    return connection


@admin_view
@require_GET
def cells(request: MemberRequest, provider: str) -> HttpResponse:
    connection = _connection(provider)
    context = pages.frame(request, connection, "hours")
    default = "attention" if context["health"].hours_attention else "all"
    shown = request.GET.get("state", default)
    if shown not in hour_pages.SHOWN:
        raise Http404
    context |= hour_pages.cells_part(connection, shown, request.GET.get("page"))
    context["hours_are_on"] = hours.is_on(connection)
    return render(request, "integrations/hours.html", context)


@admin_view
@require_GET
def cell(request: MemberRequest, provider: str, cell_id: int) -> HttpResponse:
    connection = _connection(provider)
    loaded = HoursCell.objects.select_related("delivery", "member__user", "project", "work_type", "task")
    found = get_object_or_404(loaded, pk=cell_id, connection=connection)
    context = pages.frame(request, connection, "hours") | {
        "shown_cell": hour_pages.shown_cell(found, connection),
        "attempts": told_attempts(hour_pages.ledger(found)),
        "can_press": connection.is_running and hours.is_on(connection),
    }
    return render(request, "integrations/hours_cell.html", context)


@admin_view
@require_POST
def choose(request: MemberRequest, provider: str) -> HttpResponse:
    connection = _connection(provider)
    form = HourChoiceForm(connector_of(connection).facts, request.POST)
    if not form.is_valid():
        return settings_page(request, connection, form, status=422)
    less = hour_choice.consequences(connection, form.choices).difference.less
    if less and "takes_back" not in request.POST:
        form.add_error(None, _takes_back(connection, less))
        return settings_page(request, connection, form, status=422)
    try:
        count = hour_choice.choose(connection, form.choices, by=request.membership)
    except HourChoiceRefused as refusal:
        form.add_error(None, refusal.message)
        return settings_page(request, connection, form, status=422)
    messages.success(request, _told(form, count))
    return redirect("integrations:connection-settings", request.workspace.slug, provider)


def _takes_back(connection: Connection, count: int) -> str:
    told = ngettext(
        "Nothing is saved yet: %(count)s total of a day that stands in %(system)s would be taken back or become less. "
        "Confirm it below, then save.",
        "Nothing is saved yet: %(count)s totals of a day that stand in %(system)s would be taken back or become less. "
        "Confirm it below, then save.",
        count,
    )
    return told % {"count": count, "system": connector_of(connection).facts.name}


def _told(form: HourChoiceForm, count: int) -> str:
    if not form.choices.is_on:
        return _("Hour transfer is off. What was transferred stays as it is.")
    if not count:
        return _("Hour transfer is on.")
    told = ngettext(
        "Hour transfer is on. The hours of %(count)s day are on their way.",
        "Hour transfer is on. %(count)s totals of a day are on their way.",
        count,
    )
    return told % {"count": count}


@admin_view
@require_GET
def preview(request: MemberRequest, provider: str) -> HttpResponse:
    """What the choice on the page would mean, asked again with every change of it."""
    connection = _connection(provider)
    form = HourChoiceForm(connector_of(connection).facts, request.GET)
    choices = form.choices if form.is_valid() else hours.choices_of(connection)
    return render(request, "integrations/_hours_preview.html", hour_pages.preview_part(connection, choices))


@admin_view
@require_POST
def retry(request: MemberRequest, provider: str, cell_id: int) -> HttpResponse:
    get_object_or_404(HoursCell, pk=cell_id, connection=_connection(provider))
    if hour_choice.retry(cell_id, by=request.membership):
        messages.success(request, _("It is tried again."))
    else:
        messages.info(request, _("It is on its way already, or nothing can be sent just now."))
    return _back(request, provider)


@admin_view
@require_POST
def overwrite(request: MemberRequest, provider: str, cell_id: int) -> HttpResponse:
    get_object_or_404(HoursCell, pk=cell_id, connection=_connection(provider))
    if hour_choice.overwrite(cell_id, by=request.membership):
        messages.success(request, _("The hours are replaced with those of Busy."))
    else:
        messages.info(request, _("There is nothing to replace any more, or nothing can be sent just now."))
    return _back(request, provider)


@admin_view
@require_POST
def retry_cause(request: MemberRequest, provider: str) -> HttpResponse:
    connection = _connection(provider)
    count = hour_choice.retry_cause(connection, request.POST.get("cause", ""), by=request.membership)
    if count:
        told = ngettext("%(count)s total is tried again.", "%(count)s totals are tried again.", count)
        messages.success(request, told % {"count": count})
    else:
        messages.info(request, _("Nothing waits for that any more, or nothing can be sent just now."))
    return _back(request, provider)


def _back(request: MemberRequest, provider: str) -> HttpResponse:
    """To the page, with its filter, where the button stood."""
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(back)
    return redirect("integrations:hours", request.workspace.slug, provider)
