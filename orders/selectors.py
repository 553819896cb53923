"""What the orders' pages read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from busy.catalog.models import Product, Project, WorkType
from busy.catalog.rates import RateBook, ResolvedRate
from busy.lib.money import hours_quantity, line_amount
from orders import rules, transfer
from orders.models import Order, OrderEntry, OrderLine, OrderState
from orders.offers import BILLABLE, offered, with_rates
from orders.rules import NOTHING, Hours
from timesheets.holds import Hold
from timesheets.models import TimeEntry

PER_PAGE = 50
ENTRIES_PER_PAGE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ToInvoice:
    """A project with approved hours on no order. ``amount`` leaves out ``unpriced`` minutes, which have no rate."""

    project_id: int
    name: str
    number: str
    color: int
    customer: str
    entries: int
    minutes: int
    amount: Decimal
    unpriced: int
    currency: str
    last_order: date | None


def overview(*, search: str = "", page: str | int = 1) -> Page[Any]:
    """The projects with something to invoice, by name, as a page of ToInvoice (P29). A constant number of queries."""
    found = Paginator(_projects_to_invoice(search), PER_PAGE).get_page(page)
    projects = list(found.object_list)
    ids = [project.pk for project in projects]
    book = RateBook.load(ids)
    hours = _hours_by_project(ids)
    last = dict(Order.objects.filter(project__in=ids).values_list("project_id").annotate(Max("order_date")))
    items: Any = [_to_invoice(project, hours[project.pk], book, last) for project in projects]
    found.object_list = items
    return found


def offer_of(project: Project) -> ToInvoice | None:
    """What the project has to invoice; None when it has nothing."""
    found = _projects_to_invoice().filter(pk=project.pk).first()
    if found is None:
        return None
    return _to_invoice(found, _hours_by_project([found.pk])[found.pk], RateBook.load([project]), {})


def count_to_invoice() -> int:
    return _projects_to_invoice().count()


def count_by_state() -> dict[str, int]:
    """Orders per state, by the state's value; a state without orders is absent."""
    return dict(Order.objects.values_list("state").annotate(Count("pk")).order_by())


def orders_in(state: OrderState, *, search: str = "", page: str | int = 1) -> Page[Any]:
    """Orders of the state, the newest first, each with ``total`` and ``transfer``. A constant number of queries."""
    orders = Order.objects.filter(state=state).select_related("project__customer", "customer")
    if search:
        named = Q(project__name__icontains=search) | Q(customer__name__icontains=search)
        orders = orders.filter(named | Q(number=int(search)) if search.isdecimal() else named)
    # Empty lines of a draft amount to nothing.
    totals = orders.annotate(total=Sum("lines__amount", default=NOTHING)).order_by("-number")
    found = Paginator(totals, PER_PAGE).get_page(page)
    statuses = transfer.statuses([order.pk for order in found.object_list])
    for order in found.object_list:
        order.transfer = statuses.get(order.pk)  # type: ignore[attr-defined]
    return found


def _projects_to_invoice(search: str = "") -> QuerySet[Project]:
    """Whether a project has any hours to invoice is asked of each; they are summed only for those that are shown."""
    some = Exists(offered().filter(project=OuterRef("pk")))
    projects = Project.objects.filter(some, is_billable=True).select_related("customer").order_by("name", "pk")
    if not search:
        return projects
    named = Q(name__icontains=search) | Q(number__icontains=search) | Q(customer__name__icontains=search)
    return projects.filter(named)


@dataclass(slots=True)
class _Offer:
    """One Hours per person, work type and day; ``entries`` is how many they were."""

    hours: list[Hours] = field(default_factory=list)
    entries: int = 0


def _hours_by_project(project_ids: Sequence[int]) -> defaultdict[int, _Offer]:
    """Entries of the same price are summed by the database."""
    columns = ("project_id", "member_id", "work_type_id", "day")
    rows = offered().filter(project__in=project_ids).values_list(*columns).order_by()
    found: defaultdict[int, _Offer] = defaultdict(_Offer)
    for project_id, *rest, entries in rows.annotate(sum=Sum(BILLABLE), entries=Count("pk")):
        found[project_id].hours.append(Hours(0, *rest))
        found[project_id].entries += entries
    return found


def _to_invoice(project: Project, offer: _Offer, book: RateBook, last: dict[int, date]) -> ToInvoice:
    groups = rules.grouped(with_rates(offer.hours, project.pk, book))
    return ToInvoice(
        project_id=project.pk,
        name=project.name,
        number=project.number,
        color=project.color,
        customer=project.customer.name if project.customer else "",
        entries=offer.entries,
        minutes=sum(one.minutes for one in offer.hours),
        amount=rules.amount_of(groups, book.currency),
        unpriced=sum(one.minutes for key, found in groups.items() if key.rate is None for one in found),
        currency=book.currency,
        last_order=last.get(project.pk),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChoice:
    """An entry that is on the order or could be. ``amount`` is its own; the order rounds once per line."""

    entry: TimeEntry
    minutes: int
    rate: ResolvedRate
    amount: Decimal | None
    is_on: bool


@dataclass(slots=True, kw_only=True)
class Group:
    """The choices of one work type; ``minutes`` and ``amount`` are of what is on the order, all pages together."""

    work_type: WorkType
    choices: list[EntryChoice] = field(default_factory=list)
    count: int = 0
    on: int = 0
    minutes: int = 0
    amount: Decimal = NOTHING
    has_own_price: bool = False

    @property
    def reasons(self) -> list[str]:
        """Why these rates, each rule said once."""
        own = [_("A line of them has an own price on the order.")] if self.has_own_price else []
        return [*dict.fromkeys(choice.rate.why for choice in self.choices), *own]


def choices(order: Order, *, page: str | int = 1) -> tuple[list[Group], Page[TimeEntry]]:
    """What can be on the order, by work type, newest day first; of a finished order, what is on it."""
    entries = _choosable(order)
    found = Paginator(
        entries.select_related("member__user", "work_type", "task").order_by(
            "work_type__name", "work_type_id", "-day", "-pk"
        ),
        ENTRIES_PER_PAGE,
    ).get_page(page)
    book = RateBook.load([order.project_id])
    groups: dict[int, Group] = {}
    for entry in found.object_list:
        group = groups.setdefault(entry.work_type_id, Group(work_type=entry.work_type))
        group.choices.append(_choice(entry, order, book))
    _sum_up(groups, order)
    return list(groups.values()), found


def group_sums(order: Order) -> dict[int, Group]:
    """The sums of the work types that can be on the order, by the work type's id."""
    groups = {
        work_type.pk: Group(work_type=work_type)
        for work_type in WorkType.objects.filter(pk__in=_choosable(order).values("work_type"))
    }
    _sum_up(groups, order)
    return groups


def _choosable(order: Order) -> QuerySet[TimeEntry]:
    on = Exists(OrderEntry.objects.filter(order=order, entry=OuterRef("pk")))
    entries = TimeEntry.objects.filter(project_id=order.project_id).annotate(is_on=on, billable=BILLABLE)
    if order.state == OrderState.FINISHED:
        return entries.filter(is_on=True)
    return entries.filter(Q(is_on=True) | Q(pk__in=offered().filter(project_id=order.project_id).values("pk")))


def _choice(entry: Any, order: Order, book: RateBook) -> EntryChoice:
    rate = book.resolve(order.project_id, entry.work_type_id, entry.member_id, entry.day)
    amount = None if rate.amount is None else line_amount(hours_quantity(entry.billable), rate.amount, order.currency)
    return EntryChoice(entry=entry, minutes=entry.billable, rate=rate, amount=amount, is_on=entry.is_on)


def _sum_up(groups: dict[int, Group], order: Order) -> None:
    counts = _choosable(order).values("work_type_id").order_by()
    sums = counts.annotate(
        all=Count("pk"), on=Count("pk", filter=Q(is_on=True)), sum=Sum("billable", filter=Q(is_on=True), default=0)
    )
    for row in sums:
        if group := groups.get(row["work_type_id"]):
            group.count, group.on, group.minutes = row["all"], row["on"], row["sum"]
    amounts = OrderLine.objects.filter(order=order).values_list("work_type_id").order_by()
    own = Count("pk", filter=Q(is_price_own=True))
    for work_type_id, amount, own_prices in amounts.annotate(Sum("amount"), own=own):
        if group := groups.get(work_type_id):
            group.amount, group.has_own_price = amount, own_prices > 0


def shown_lines(order: Order) -> list[OrderLine]:
    """The lines of the customer's document; those of a draft that wait for entries to come back are left out."""
    held = Exists(OrderEntry.objects.filter(line=OuterRef("pk")))
    return list(OrderLine.objects.filter(held, order=order).select_related("product", "work_type"))


def total_of(lines: Iterable[OrderLine]) -> Decimal:
    return sum((line.amount for line in lines), NOTHING)


def checks(order: Order, lines: Sequence[OrderLine] | None = None) -> list[rules.Check]:
    """What a person should see to before the order is finished; ``order.project`` must be loaded."""
    shown = shown_lines(order) if lines is None else lines
    return rules.checks_of(
        [_facts(line) for line in shown],
        project_id=order.project_id,
        project=order.project.name,
        has_customer=order.project.customer_id is not None,
        system=transfer.system_name(),
    )


def _facts(line: OrderLine) -> rules.LineFacts:
    return rules.LineFacts(
        work_type_id=line.work_type_id,
        description=line.description,
        has_price=line.rate is not None or line.is_price_own,
        product=_has_product(line.product),
    )


def _has_product(product: Product | None) -> bool | None:
    return None if product is None else not product.is_archived


def orders_that_hold(entry_ids: Iterable[int]) -> list[Hold]:
    """The orders on which the entries are, for whoever wants to take their approval back."""
    rows = OrderEntry.objects.filter(entry__in=list(entry_ids)).values_list(
        "order_id", "order__number", "entry_id", "entry__member_id"
    )
    entries: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for order_id, number, entry_id, member_id in rows.order_by():
        entries[order_id, number][entry_id] = member_id
    return [
        Hold(order_id, rules.order_title(number), "orders:order", frozenset(found.values()), frozenset(found))
        for (order_id, number), found in entries.items()
    ]
