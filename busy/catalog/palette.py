"""The catalogue's part of the palette: records by name or number, and what can be made anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from busy.catalog.models import Customer, Product, Project, Record, WorkType
from busy.catalog.selectors.order import by_name
from busy.lib.palette import MOST, Found


def find_projects(request: HttpRequest, text: str) -> Iterable[Found]:
    rows = _named(Project.objects.select_related("customer"), text, Q(customer__name__icontains=text))
    for project in rows:
        detail = " · ".join(filter(None, [project.number, project.customer.name if project.customer else ""]))
        yield Found(
            label=project.name, detail=detail, color=project.color, url=_url(request, "project", project_id=project.pk)
        )


def find_customers(request: HttpRequest, text: str) -> Iterable[Found]:
    for customer in _named(Customer.objects.all(), text):
        url = _url(request, "customer", customer_id=customer.pk)
        yield Found(label=customer.name, detail=customer.number, icon="customers", url=url)


def find_work_types(request: HttpRequest, text: str) -> Iterable[Found]:
    for kind in _named(WorkType.objects.all(), text):
        url = _url(request, "work-type", work_type_id=kind.pk)
        yield Found(label=kind.name, detail=kind.number, icon="worktypes", url=url)


def find_products(request: HttpRequest, text: str) -> Iterable[Found]:
    for product in _named(Product.objects.all(), text):
        url = _url(request, "product", product_id=product.pk)
        yield Found(label=product.name, detail=product.number, icon="products", url=url)


def _named(records: QuerySet[Any], text: str, also: Q | None = None) -> list[Any]:
    """Active records with every word of the text in the name, or a number that begins with it."""
    in_name = Q()
    for word in text.split():
        in_name &= Q(name__icontains=word)
    about = in_name | Q(number__istartswith=text) | (also or Q(pk=None))
    found: list[Record] = list(records.filter(about, archived_at=None).order_by(by_name(), "pk")[:MOST])
    return found


def _url(request: HttpRequest, name: str, **ids: int) -> str:
    workspace = request.workspace  # type: ignore[attr-defined]
    return reverse(f"catalog:{name}", kwargs={"workspace": workspace.slug, **ids})
