"""Products, and the work types whose hours become them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from busy.catalog import selectors, services
from busy.catalog.forms import NewProductForm, ProductForm
from busy.catalog.mastership import Kind
from busy.catalog.models import Product, WorkType
from busy.catalog.selectors import ListQuery
from busy.catalog.selectors.order import by_name
from busy.catalog.views.answers import Context
from busy.catalog.views.lists import list_context
from busy.catalog.views.records import RecordPages
from busy.workspaces.doors import MemberRequest, manager_view


def _create(data: dict[str, Any]) -> Product:
    return services.create_product(**data)


def _work_types(request: MemberRequest, product: Product) -> Context:
    return {"work_types": WorkType.objects.filter(product=product, archived_at=None).order_by(by_name(), "pk")}


PAGES = RecordPages(
    kind=Kind.PRODUCT,
    model=Product,
    page="product",
    pages="products",
    title=_("Products"),
    relations=(),
    template="catalog/product.html",
    new_template="catalog/product_new.html",
    new_form=NewProductForm,
    form=ProductForm,
    create=_create,
    change=services.change_product,
    archive=services.archive_product,
    restore=services.restore_product,
    more=_work_types,
)


@manager_view
def index(request: MemberRequest) -> HttpResponse:
    query = ListQuery.read(request.GET)
    page = selectors.products_page(query)
    return render(request, "catalog/products.html", list_context(request, query, page, Kind.PRODUCT))


@manager_view
def new(request: MemberRequest) -> HttpResponse:
    return PAGES.new(request)


@manager_view
def product(request: MemberRequest, product_id: int) -> HttpResponse:
    return PAGES.show(request, product_id)


@manager_view
@require_POST
def archive(request: MemberRequest, product_id: int) -> HttpResponse:
    return PAGES.put_archived(request, product_id, True)


@manager_view
@require_POST
def restore(request: MemberRequest, product_id: int) -> HttpResponse:
    return PAGES.put_archived(request, product_id, False)
