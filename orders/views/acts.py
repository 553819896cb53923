"""What is done with orders as a whole: make, finish, reopen, delete."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from busy.catalog.fields import DayField
from busy.catalog.models import Project
from busy.lib.periods import local_today
from busy.workspaces.doors import MemberRequest, manager_view
from orders import rules, selectors, services, transfer
from orders.models import Order
from orders.views.order_page import document_of, find_order

_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


class NewOrderForm(forms.Form):
    """Both are optional where the form is not shown: an order takes all there is, and is dated today."""

    until = DayField(label=gettext_lazy("Hours up to and including"), required=False)
    order_date = DayField(label=gettext_lazy("Order date"), required=False)

    def clean_until(self) -> date | None:
        return _a_day(self.cleaned_data["until"])

    def clean_order_date(self) -> date | None:
        return _a_day(self.cleaned_data["order_date"])


def _a_day(day: date | None) -> date | None:
    if day is not None and not _FIRST_DAY <= day <= _LAST_DAY:
        raise forms.ValidationError(_("Choose a day of this century."))
    return day


@manager_view
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, project_id: int) -> HttpResponse:
    """Make a draft of the project's hours; as a page, choose first up to which day."""
    project = get_object_or_404(Project.objects.select_related("customer"), pk=project_id)
    if request.method != "POST":
        today = local_today(request.workspace.zone)
        return _form(request, project, NewOrderForm(initial={"until": today, "order_date": today}))
    form = NewOrderForm(request.POST)
    if not form.is_valid():
        return _form(request, project, form, status=422)
    try:
        made = services.create_draft(project.pk, by=request.membership, **form.cleaned_data)
    except rules.NothingToInvoice as refusal:
        messages.info(request, refusal.message)
        if refusal.draft is None:
            return _to_list(request)
        made = refusal.draft
    return _to_order(request, made.pk)


@manager_view
@require_POST
def finish(request: MemberRequest, order_id: int) -> HttpResponse:
    try:
        is_new = services.finish(order_id, by=request.membership)
    except Order.DoesNotExist:
        raise Http404 from None
    except rules.NotReadyToFinish as refusal:
        return _not_ready(request, order_id, refusal)
    if is_new and not transfer.system_name():
        messages.success(request, _("The order is finished and its hours are locked."))
    return _to_order(request, order_id)


@manager_view
@require_POST
def reopen(request: MemberRequest, order_id: int) -> HttpResponse:
    try:
        if services.reopen(order_id, by=request.membership):
            messages.success(request, _("The order is a draft again."))
    except Order.DoesNotExist:
        raise Http404 from None
    except rules.CannotReopen as refusal:
        messages.error(request, refusal.reason)
    return _to_order(request, order_id)


@manager_view
@require_POST
def delete(request: MemberRequest, order_id: int) -> HttpResponse:
    try:
        gone = services.delete_draft(order_id, by=request.membership)
    except Order.DoesNotExist:
        raise Http404 from None
    except rules.NotADraft as refusal:
        messages.error(request, refusal.message)
        return _to_order(request, order_id)
    told = _("Order %(number)s is deleted. Its hours wait to be invoiced again.")
    messages.success(request, told % {"number": gone.number})
    return _to_list(request)


def _form(request: MemberRequest, project: Project, form: NewOrderForm, status: int = 200) -> HttpResponse:
    offer = selectors.offer_of(project)
    return render(request, "orders/new.html", {"project": project, "form": form, "offer": offer}, status=status)


def _not_ready(request: MemberRequest, order_id: int, refusal: rules.NotReadyToFinish) -> HttpResponse:
    if request.htmx:
        found = find_order(order_id)
        assert found is not None  # it was locked a moment ago
        return render(request, "orders/_not_ready.html", document_of(found), status=422)
    messages.error(request, refusal.message)
    return _to_order(request, order_id)


def _to_order(request: MemberRequest, order_id: int) -> HttpResponse:
    return _to(request, reverse("orders:order", args=[request.workspace.slug, order_id]))


def _to_list(request: MemberRequest) -> HttpResponse:
    return _to(request, reverse("orders:list", args=[request.workspace.slug]))


def _to(request: MemberRequest, url: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else HttpResponseRedirect(url)
