"""Which hours can be put on an order, and what they would cost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from busy.catalog.rates import RateBook
from busy.lib.money import rounded
from busy.workspaces.scope import once
from orders.models import OrderEntry, OrderSettings
from orders.rules import Hours, LineKey
from timesheets.models import TimeEntry

BILLABLE = Coalesce("billable_minutes", "minutes")


def offered(until: date | None = None) -> QuerySet[TimeEntry]:
    """Approved billable hours of billable projects that are on no order, from the start date to a day inclusive (P28).

    Either approval counts (R109). What was written down to nothing is not offered.
    """
    return approved(until).filter(~Exists(OrderEntry.objects.filter(entry=OuterRef("pk"))), ordered_at=None)


def approved(until: date | None = None) -> QuerySet[TimeEntry]:
    """Like ``offered``, and what is on orders as well."""
    entries = TimeEntry.objects.filter(
        Q(person_approval__isnull=False) | Q(project_approval__isnull=False),
        ~Q(billable_minutes=0),
        is_billable=True,
        project__is_billable=True,
    )
    start = once(_start)
    if start is not None:
        entries = entries.filter(day__gte=start)
    return entries if until is None else entries.filter(day__lte=until)


def _start() -> date | None:
    """The day from which hours are put on orders; the same for all that a page asks."""
    return OrderSettings.objects.values_list("start_date", flat=True).first()


def lock_offered(entries: QuerySet[TimeEntry]) -> list[Hours]:
    """Lock the entries in primary-key order, as everybody does, and give those that are on no order."""
    columns = ("pk", "member_id", "work_type_id", "day", "billable")
    locked = entries.select_for_update(no_key=True, of=("self",)).order_by("pk").annotate(billable=BILLABLE)
    rows = [Hours(*row) for row in locked.values_list(*columns)]
    # Asked again now that they are locked: an order that took them while we waited was not to be seen before.
    taken = set(OrderEntry.objects.filter(entry__in=[row.entry_id for row in rows]).values_list("entry_id", flat=True))
    return [row for row in rows if row.entry_id not in taken]


def hours_of(entry_ids: Collection[int]) -> list[Hours]:
    columns = ("pk", "member_id", "work_type_id", "day", "billable")
    found = TimeEntry.objects.filter(pk__in=entry_ids).annotate(billable=BILLABLE).order_by("pk")
    return [Hours(*row) for row in found.values_list(*columns)]


def with_rates(hours: Iterable[Hours], project_id: int, book: RateBook) -> Iterator[tuple[LineKey, Hours]]:
    """Each entry with the line it belongs to: its work type at the rate of its own day (P27)."""
    for one in hours:
        found = book.resolve(project_id, one.work_type_id, one.member_id, one.day)
        yield LineKey(one.work_type_id, None if found.amount is None else rounded(found.amount, book.currency)), one
