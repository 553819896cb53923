"""Comparing what was sent in a month with what stands there: asked for, shown, cured, saved as a file."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from busy.workspaces.doors import MemberRequest, admin_view
from integrations import comparing, comparing_pages, curing, pages, proof
from integrations.comparing_models import Difference, Subject
from integrations.models import Connection
from integrations.months import Month


def _asked(request: MemberRequest, provider: str, subject: str) -> tuple[Connection, Subject, Month]:
    connection = pages.connection_or_404(provider)
    found = next((one for one in comparing.subjects(connection) if one == subject), None)
    if found is None:
        raise Http404
    text = request.POST.get("month") or request.GET.get("month")
    try:
        month = Month.parse(text) if text else comparing_pages.this_month(connection)
        month.plus(-1), month.plus(1)
    except ValueError as error:
        raise Http404 from error
    return connection, found, month


@admin_view
@require_GET
def first(request: MemberRequest, provider: str) -> HttpResponse:
    """The tab: the newest month with differences, else the first subject that can be compared."""
    connection = pages.connection_or_404(provider)
    subjects = comparing.subjects(connection)
    if not subjects:
        raise Http404
    if (found := comparing_pages.open_months(connection)) and found[0]["subject"] in subjects:
        return redirect(found[0]["url"])
    return redirect("integrations:compare", request.workspace.slug, provider, subjects[0])


@admin_view
@require_http_methods(["GET", "POST"])
def compare(request: MemberRequest, provider: str, subject: str) -> HttpResponse:
    """POST: have the month compared now; a worker does it, and the page shows how far it is."""
    connection, found, month = _asked(request, provider, subject)
    if request.method == "POST":
        if not comparing.ask(connection, found, month, by=request.membership):
            messages.info(
                request, _("It is being compared already, or nothing can be compared while the connection rests.")
            )
        return _to(request, provider, found, month)
    context = pages.frame(request, connection, "compare")
    context |= comparing_pages.part(connection, found, month, request.GET.get("page"))
    return render(request, "integrations/compare.html", context)


@admin_view
@require_GET
def part(request: MemberRequest, provider: str, subject: str) -> HttpResponse:
    """What renews itself while the comparison runs."""
    connection, found, month = _asked(request, provider, subject)
    context = comparing_pages.part(connection, found, month, request.GET.get("page"))
    return render(request, "integrations/_comparison.html", context)


@admin_view
@require_GET
def save(request: MemberRequest, provider: str, subject: str) -> HttpResponse:
    """The proof as a CSV file; 404 for a month that was never compared."""
    connection, found, month = _asked(request, provider, subject)
    compared = comparing_pages.compared_month(connection, found, month)
    if compared is None or compared.read_at is None:
        raise Http404
    name = f"busy-{connection.provider}-{found}-{month}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(proof.of(compared), content_type="text/csv; charset=utf-8", headers=headers)


@admin_view
@require_POST
def send_hours(request: MemberRequest, provider: str) -> HttpResponse:
    """Put the chosen totals again; also all of a page at once."""
    connection, found, month = _asked(request, provider, Subject.HOURS)
    ids = [int(value) for value in request.POST.getlist("difference") if value.isascii() and value.isdigit()]
    count = curing.send_hours_again(connection, ids, by=request.membership)
    if count:
        told = ngettext("%(count)s total is sent again.", "%(count)s totals are sent again.", count)
        messages.success(request, told % {"count": count})
    else:
        messages.info(request, _("There is nothing to send again, or nothing can be sent just now."))
    return _to(request, provider, found, month)


@admin_view
@require_POST
def cure(request: MemberRequest, provider: str, difference_id: int) -> HttpResponse:
    """``act``: send an order again, leave a difference as it is, or count it again."""
    connection = pages.connection_or_404(provider)
    rows = Difference.objects.select_related("compared")
    row = get_object_or_404(rows, pk=difference_id, compared__connection=connection)
    compared = row.compared
    match request.POST.get("act"):
        case "send":
            if curing.send_order_again(connection, row.pk, by=request.membership):
                messages.success(request, _("The order is looked for, and sent again if it is not there."))
            else:
                messages.info(request, _("The order is on its way already, or nothing can be sent just now."))
        case "accept":
            curing.accept(connection, row.pk, by=request.membership)
        case "reopen":
            curing.reopen(connection, row.pk)
        case _:
            raise Http404
    return _to(request, provider, Subject(compared.subject), Month(first=compared.month))


def _to(request: MemberRequest, provider: str, subject: Subject, month: Month) -> HttpResponse:
    url = reverse("integrations:compare", args=[request.workspace.slug, provider, subject])
    return redirect(f"{url}?month={month}")
