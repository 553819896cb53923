"""Lists with search, filters, order and pages. Each page costs the same number of queries, whatever there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, Q, QuerySet
from django.db.models.expressions import Expression, F, OrderBy

from busy.catalog.customer_models import CustomerTag
from busy.catalog.models import Customer, Product, Project, ProjectMember, ProjectWorkType, WorkType
from busy.catalog.rates import RateBook, RateKey
from busy.catalog.selectors.customer_pages import having, tags_of, with_value
from busy.catalog.selectors.order import by_name, by_number
from busy.workspaces.models import Membership

PAGE_SIZE = 50

M = TypeVar("M", bound=Model)


class State(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What a list is asked for. ``sort`` names a column, with a minus for the other way round."""

    text: str = ""
    state: State = State.ACTIVE
    billable: bool | None = None
    customer_id: int | None = None
    tag_id: int | None = None
    field_id: int | None = None  # customers whose own field holds `value`; without one, those that hold anything (R98)
    value: str = ""
    sort: str = "name"
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> ListQuery:
        """From an address; what is no answer to a question counts as not asked."""
        state = query.get("state", "")
        customer, page = query.get("customer", ""), query.get("page", "")
        tag, own_field = query.get("tag", ""), query.get("field", "")
        return cls(
            text=query.get("q", "").replace("\x00", "").strip()[:200],
            state=State(state) if state in set(State) else State.ACTIVE,
            billable={"yes": True, "no": False}.get(query.get("billable", "")),
            customer_id=int(customer) if _is_id(customer) else None,
            tag_id=int(tag) if _is_id(tag) else None,
            field_id=int(own_field) if _is_id(own_field) else None,
            value=query.get("value", "").replace("\x00", "").strip()[:200] if _is_id(own_field) else "",
            sort=query.get("sort", "") or "name",
            page=int(page) if _is_id(page) else 1,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether an empty list may be owed to the question rather than to an empty catalogue."""
        return bool(
            self.text
            or self.state != State.ACTIVE
            or self.billable is not None
            or any(chosen is not None for chosen in (self.customer_id, self.tag_id, self.field_id))
        )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """``members`` holds the leaders first, then by name; deactivated people are left out."""

    project: Project
    members: tuple[Membership, ...]
    leaders: tuple[Membership, ...]
    work_types: int


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer, how many active projects it has, and its tags by name."""

    customer: Customer
    projects: int
    tags: tuple[CustomerTag, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkTypeRow:
    """``rate`` is today's default rate of the work type, its own or the workspace's; ``rate_is_own`` tells which."""

    work_type: WorkType
    projects: int
    rate: Decimal | None
    rate_is_own: bool


@dataclass(frozen=True, slots=True)
class ProductRow:
    product: Product
    work_types: tuple[WorkType, ...]


def projects_page(query: ListQuery) -> Page[ProjectRow]:
    """Five queries at most."""
    found = _in_state(Project.objects.all(), query.state)
    if query.billable is not None:
        found = found.filter(is_billable=query.billable)
    if query.customer_id is not None:
        found = found.filter(customer=query.customer_id)
    found = _matching(found, query.text, "name", "number", "customer__name")
    columns = {"name": _names(), "number": _numbers(), "customer": [by_name("customer__name"), *_names()]}
    page = _page(found.select_related("customer"), query, columns)
    return _with_rows(page, project_rows(page.object_list))


def project_rows(projects: Iterable[Project]) -> list[ProjectRow]:
    """Two queries, whatever the number of projects."""
    shown = list(projects)
    ids = [project.pk for project in shown]
    members: defaultdict[int, list[ProjectMember]] = defaultdict(list)
    on_them = ProjectMember.objects.filter(project__in=ids, member__is_active=True)
    for row in on_them.select_related("member__user").order_by("-is_leader", by_name("member__user__name"), "pk"):
        members[row.project_id].append(row)
    counts = _count(ProjectWorkType.objects.filter(project__in=ids, work_type__archived_at=None), "project_id")
    return [
        ProjectRow(
            project,
            tuple(row.member for row in members[project.pk]),
            tuple(row.member for row in members[project.pk] if row.is_leader),
            counts.get(project.pk, 0),
        )
        for project in shown
    ]


def customers_page(query: ListQuery) -> Page[CustomerRow]:
    """Four queries at most, five when a field of the workspace's own is asked for."""
    found = with_value(_in_state(Customer.objects.all(), query.state), query.field_id, query.value)
    if query.tag_id is not None:
        found = found.filter(taggings__tag=query.tag_id)
    for word in query.text.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(number__icontains=word)
            | Q(organization_number__icontains=word)
            | Q(pk__in=having(word))
        )
    page = _page(found, query, {"name": _names(), "number": _numbers()})
    ids = [customer.pk for customer in page.object_list]
    counts = _count(Project.objects.filter(customer__in=ids, archived_at=None), "customer_id")
    tags = tags_of(ids)
    return _with_rows(
        page,
        [
            CustomerRow(customer, counts.get(customer.pk, 0), tuple(tags.get(customer.pk, ())))
            for customer in page.object_list
        ],
    )


def work_types_page(query: ListQuery, today: date, currency: str = "") -> Page[WorkTypeRow]:
    """Six queries at most, seven without ``currency``. ``today`` is the workspace's day, for the rates."""
    found = _in_state(WorkType.objects.all(), query.state)
    if query.billable is not None:
        found = found.filter(is_billable=query.billable)
    found = _matching(found, query.text, "name", "number", "product__name", "category")
    columns = {"name": _names(), "number": _numbers(), "product": [by_name("product__name"), *_names()]}
    page = _page(found.select_related("product"), query, columns)
    ids = [work_type.pk for work_type in page.object_list]
    counts = _count(ProjectWorkType.objects.filter(work_type__in=ids, project__archived_at=None), "work_type_id")
    book = RateBook.load([], currency=currency)
    return _with_rows(page, [_work_type_row(kind, counts, book, today) for kind in page.object_list])


def _work_type_row(work_type: WorkType, counts: Mapping[int, int], book: RateBook, today: date) -> WorkTypeRow:
    own, general = book.on(RateKey(None, work_type.pk), today), book.on(RateKey(), today)
    return WorkTypeRow(work_type, counts.get(work_type.pk, 0), general if own is None else own, own is not None)


def products_page(query: ListQuery) -> Page[ProductRow]:
    """Three queries at most."""
    found = _matching(_in_state(Product.objects.all(), query.state), query.text, "name", "number")
    page = _page(found, query, {"name": _names(), "number": _numbers()})
    used: defaultdict[int | None, list[WorkType]] = defaultdict(list)
    ids = [product.pk for product in page.object_list]
    for work_type in WorkType.objects.filter(product__in=ids, archived_at=None).order_by(by_name(), "pk"):
        used[work_type.product_id].append(work_type)
    return _with_rows(page, [ProductRow(product, tuple(used[product.pk])) for product in page.object_list])


def _in_state(found: QuerySet[M], state: State) -> QuerySet[M]:
    if state == State.ALL:
        return found
    return found.filter(archived_at__isnull=state == State.ACTIVE)


def _matching(found: QuerySet[M], text: str, *fields: str) -> QuerySet[M]:
    """Every word occurs in one of the fields."""
    for word in text.split():
        any_field = Q()
        for field in fields:
            any_field |= Q(**{f"{field}__icontains": word})
        found = found.filter(any_field)
    return found


Order = list[Expression | F | str]


def _names() -> Order:
    return [by_name(), "pk"]


def _numbers() -> Order:
    return [*by_number(), by_name(), "pk"]


def _page(found: QuerySet[M], query: ListQuery, columns: Mapping[str, Order]) -> Page[M]:
    column = query.sort.removeprefix("-")
    order = columns.get(column) or columns["name"]
    down = query.sort.startswith("-") and column in columns
    ordered = found.order_by(*(_directed(part, down) for part in order))
    return Paginator(ordered, PAGE_SIZE).get_page(query.page)


def _directed(part: Expression | F | str, down: bool) -> OrderBy:
    expression = F(part) if isinstance(part, str) else part
    return OrderBy(expression, descending=down, nulls_last=True)


def _count(rows: QuerySet[Any], key: str) -> dict[int, int]:
    return dict(rows.values_list(key).annotate(Count("pk")).order_by())


def _with_rows(page: Page[Any], rows: list[Any]) -> Page[Any]:
    page.object_list = rows
    return page
