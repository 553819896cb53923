"""What the comboboxes of the catalogue's forms ask for while one types."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import JsonResponse
from django.utils.translation import gettext as _

from busy.catalog.fields import NEW
from busy.catalog.mastership import Kind, owner_of
from busy.catalog.models import Customer, Product, Project, Record
from busy.catalog.selectors.order import by_name
from busy.workspaces.doors import MemberRequest, manager_view

LIMIT = 50


@manager_view
def customers(request: MemberRequest) -> JsonResponse:
    """Active customers, and the one that could be created under what was typed."""
    text = _typed(request)
    found = _found(Customer.objects.filter(archived_at=None), text)
    results = [_result(customer, customer.number) for customer in found]
    named = {customer.name.casefold() for customer in found}
    if text and text.casefold() not in named and not owner_of(Kind.CUSTOMER):
        results.append({"value": f"{NEW}{text}", "label": text, "detail": _("New customer")})
    return JsonResponse({"results": results})


@manager_view
def products(request: MemberRequest) -> JsonResponse:
    """Active products (R24)."""
    found = _found(Product.objects.filter(archived_at=None), _typed(request))
    return JsonResponse({"results": [_result(product, product.number) for product in found]})


@manager_view
def projects(request: MemberRequest) -> JsonResponse:
    found = _found(Project.objects.filter(archived_at=None).select_related("customer"), _typed(request))
    results = []
    for project in found:
        detail = " · ".join(filter(None, [project.number, project.customer.name if project.customer else ""]))
        results.append(_result(project, detail) | {"color": project.color})
    return JsonResponse({"results": results})


def _typed(request: MemberRequest) -> str:
    return " ".join(request.GET.get("q", "").replace("\x00", "").split())[:255]


def _found(records: QuerySet[Any], text: str) -> list[Any]:
    for word in text.split():
        records = records.filter(Q(name__icontains=word) | Q(number__istartswith=word))
    return list(records.order_by(by_name(), "pk")[:LIMIT])


def _result(record: Record, detail: str) -> dict[str, Any]:
    return {"value": str(record.pk), "label": record.name, "detail": detail}
