"""Customers, and the projects of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from busy.catalog import exchange, selectors, services
from busy.catalog.forms import CustomerForm, NewCustomerForm
from busy.catalog.mastership import Kind, owner_of
from busy.catalog.models import Customer
from busy.catalog.selectors import ListQuery, State
from busy.catalog.selectors.customer_pages import active_fields, all_tags, customer_page, tag_lines
from busy.catalog.views.answers import Context
from busy.catalog.views.lists import list_context
from busy.catalog.views.records import RecordPages
from busy.workspaces.doors import MemberRequest, manager_view


def _create(data: dict[str, Any]) -> Customer:
    return services.create_customer(**data)


def _more(request: MemberRequest, customer: Customer) -> Context:
    query = ListQuery(customer_id=customer.pk, state=State.ALL, page=ListQuery.read(request.GET).page)
    return {
        "page_obj": selectors.projects_page(query),
        "project_owner": owner_of(Kind.PROJECT),
        "tag_lines": tag_lines(customer),
        "exchange_panel": exchange.panel(request, customer),
    }


PAGES = RecordPages(
    kind=Kind.CUSTOMER,
    model=Customer,
    page="customer",
    pages="customers",
    title=_("Customers"),
    relations=(),
    template="catalog/customer.html",
    new_template="catalog/customer_new.html",
    new_form=NewCustomerForm,
    form=CustomerForm,
    create=_create,
    change=services.change_customer,
    archive=services.archive_customer,
    restore=services.restore_customer,
    more=_more,
)


@manager_view
def index(request: MemberRequest) -> HttpResponse:
    query = ListQuery.read(request.GET)
    page = selectors.customers_page(query)
    fields = active_fields()
    chosen = next((field for field in fields if field.pk == query.field_id), None)
    context = list_context(request, query, page, Kind.CUSTOMER) | {"tags": all_tags(), "fields": fields}
    context |= {"chosen": chosen, "kept_query": _kept(request)}
    return render(request, "catalog/customers.html", context)


def _kept(request: MemberRequest) -> dict[str, str]:
    """What goes along when one filters by a tag or a field."""
    return {name: request.GET[name] for name in ("q", "state", "sort") if request.GET.get(name)}


@manager_view
def new(request: MemberRequest) -> HttpResponse:
    return PAGES.new(request)


@manager_view
def customer(request: MemberRequest, customer_id: int) -> HttpResponse:
    return PAGES.show(request, customer_id, page=customer_page(request.membership))


@manager_view
@require_POST
def archive(request: MemberRequest, customer_id: int) -> HttpResponse:
    return PAGES.put_archived(request, customer_id, True, page=customer_page(request.membership))


@manager_view
@require_POST
def restore(request: MemberRequest, customer_id: int) -> HttpResponse:
    return PAGES.put_archived(request, customer_id, False, page=customer_page(request.membership))
