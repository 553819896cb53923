"""Customer data fields and customer tags, in the settings (R96, R98, R99)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from busy.catalog import exchange, services
from busy.catalog.customer_models import CustomerField, CustomerTag
from busy.catalog.errors import CatalogRefusal
from busy.catalog.own_fields import OwnFieldForm, name_warning
from busy.catalog.selectors.customer_pages import counted_fields, counted_tags, customer_page
from busy.workspaces.doors import MemberRequest, admin_view
from busy.workspaces.forms import posted
from busy.workspaces.settings_tabs import settings_tabs


@admin_view
def index(request: MemberRequest) -> HttpResponse:
    systems = exchange.system_fields()
    placed = {field.pk for field in customer_page(request.membership).shown}
    lines = [
        {
            "field": field,
            "customers": count,
            "is_placed": field.pk in placed,
            "warning": "" if field.is_archived else name_warning(field.name, systems),
        }
        for field, count in counted_fields()
    ]
    context = {"lines": lines, "tags": counted_tags(), "tabs": settings_tabs(request, "general")}
    return render(request, "catalog/customer_settings.html", context)


@admin_view
def new_field(request: MemberRequest) -> HttpResponse:
    form = OwnFieldForm(posted(request))
    if request.method == "POST" and form.is_valid():
        made = _apply(form, lambda: services.create_field(**form.wanted))
        if made:
            messages.success(
                request, _("%(name)s is created. Place it on the customer page to fill it in.") % {"name": made.name}
            )
            return _saved(request, made)
    return _page(request, form, None)


@admin_view
def field(request: MemberRequest, field_id: int) -> HttpResponse:
    shown = get_object_or_404(CustomerField.objects, pk=field_id)
    form = OwnFieldForm(posted(request), record=shown)
    if request.method == "POST" and form.is_valid():
        changed = _apply(form, lambda: services.change_field(shown, **form.wanted))
        if changed:
            messages.success(request, _("Saved."))
            return _saved(request, changed)
    return _page(request, form, shown)


@admin_view
@require_POST
def keep(request: MemberRequest, field_id: int, do: str) -> HttpResponse:
    """``do`` is archive or restore."""
    if do not in ("archive", "restore"):
        raise Http404
    kept = services.put_field_archived(get_object_or_404(CustomerField.objects, pk=field_id), do == "archive")
    sentence = (
        _("%(name)s is archived. Nothing of it is deleted.") if kept.is_archived else _("%(name)s is active again.")
    )
    messages.success(request, sentence % {"name": kept.name})
    return _index(request)


@admin_view
@require_POST
def tag(request: MemberRequest, tag_id: int) -> HttpResponse:
    """Rename."""
    try:
        services.rename_tag(get_object_or_404(CustomerTag.objects, pk=tag_id), request.POST.get("name", ""))
    except CatalogRefusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Saved."))
    return _index(request)


@admin_view
@require_POST
def delete_tag(request: MemberRequest, tag_id: int) -> HttpResponse:
    gone = get_object_or_404(CustomerTag.objects, pk=tag_id)
    try:
        carried = services.delete_tag(gone)
    except CatalogRefusal as refusal:
        messages.error(request, refusal.message)
    else:
        sentence = ngettext(
            "The tag %(name)s is deleted. %(count)s customer carried it.",
            "The tag %(name)s is deleted. %(count)s customers carried it.",
            carried,
        )
        messages.success(request, sentence % {"name": gone.name, "count": carried})
    return _index(request)


def _apply(form: OwnFieldForm, write: Any) -> CustomerField | None:
    try:
        made: CustomerField = write()
    except CatalogRefusal as refusal:
        form.add_error(refusal.field or None, refusal.message)
        return None
    return made


def _saved(request: MemberRequest, saved: CustomerField) -> HttpResponse:
    if warning := name_warning(saved.name):
        messages.warning(request, f"{saved.name}: {warning}")
    return _index(request)


def _index(request: MemberRequest) -> HttpResponse:
    return redirect("catalog:customer-settings", workspace=request.workspace.slug)


def _page(request: MemberRequest, form: OwnFieldForm, shown: CustomerField | None) -> HttpResponse:
    context = {"form": form, "field": shown, "warning": name_warning(shown.name) if shown else ""}
    return render(request, "catalog/customer_field.html", context, status=422 if form.errors else 200)
