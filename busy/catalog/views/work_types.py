"""Work types: their product (R22), their default rate (P26), and the projects they are on."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from busy.catalog import selectors, services
from busy.catalog.forms import NewWorkTypeForm, WorkTypeForm
from busy.catalog.mastership import Kind, owner_of
from busy.catalog.models import Project, WorkType
from busy.catalog.selectors import ListQuery
from busy.catalog.selectors.lists import PAGE_SIZE
from busy.catalog.selectors.order import by_name
from busy.catalog.views.answers import Context
from busy.catalog.views.lists import list_context
from busy.catalog.views.rate_parts import work_type_rate_context
from busy.catalog.views.records import RecordPages
from busy.lib.periods import local_today
from busy.workspaces.doors import MemberRequest, manager_view


def _create(data: dict[str, Any]) -> WorkType:
    rate = data.pop("rate")
    work_type = services.create_work_type(**data)
    if rate is not None:
        services.set_rate(rate, work_type=work_type, valid_from=None)
    return work_type


def _around(request: MemberRequest, work_type: WorkType) -> Context:
    on_it = Project.objects.filter(project_work_types__work_type=work_type, archived_at=None)
    ordered = on_it.select_related("customer").order_by(by_name(), "pk")
    product_owner = owner_of(Kind.PRODUCT)
    page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "page_obj": page,
        "product_owner": product_owner,
        "orders_wait": _lacks_product(work_type) if product_owner else "",
    } | work_type_rate_context(request, work_type)


def _lacks_product(work_type: WorkType) -> str:
    """Why a connected system would stop orders with its hours (R25): "missing", "inactive", or "" for no reason."""
    if work_type.is_archived:
        return ""
    if work_type.product is None:
        return "missing"
    return "inactive" if work_type.product.is_archived else ""


PAGES = RecordPages(
    kind=Kind.WORK_TYPE,
    model=WorkType,
    page="work-type",
    pages="work-types",
    title=_("Work types"),
    relations=("product",),
    template="catalog/work_type.html",
    new_template="catalog/work_type_new.html",
    new_form=NewWorkTypeForm,
    form=WorkTypeForm,
    create=_create,
    change=services.change_work_type,
    archive=services.archive_work_type,
    restore=services.restore_work_type,
    more=_around,
)


@manager_view
def index(request: MemberRequest) -> HttpResponse:
    query = ListQuery.read(request.GET)
    page = selectors.work_types_page(query, local_today(request.workspace.zone), request.workspace.currency)
    context = list_context(request, query, page, Kind.WORK_TYPE) | {"product_owner": owner_of(Kind.PRODUCT)}
    return render(request, "catalog/work_types.html", context)


@manager_view
def new(request: MemberRequest) -> HttpResponse:
    return PAGES.new(request, workspace=request.workspace)


@manager_view
def work_type(request: MemberRequest, work_type_id: int) -> HttpResponse:
    return PAGES.show(request, work_type_id, workspace=request.workspace)


@manager_view
@require_POST
def archive(request: MemberRequest, work_type_id: int) -> HttpResponse:
    return PAGES.put_archived(request, work_type_id, True, workspace=request.workspace)


@manager_view
@require_POST
def restore(request: MemberRequest, work_type_id: int) -> HttpResponse:
    return PAGES.put_archived(request, work_type_id, False, workspace=request.workspace)
