"""Lines follow the entries of their draft; a person's own words and price stay."""

from __future__ import annotations

from collections.abc import Collection

from busy.catalog.models import WorkType
from busy.catalog.rates import RateBook
from busy.lib.money import line_amount
from orders.models import Order, OrderEntry, OrderLine
from orders.offers import hours_of, with_rates
from orders.rules import NOTHING, Hours, LineKey, grouped, quantity_of

# A description is at most as long as its column.
_LONGEST = 255


def rebuild_lines(order: Order) -> None:
    """Make the draft's lines what its entries say. The order's row must be locked.

    A line whose entries were all taken out stays, with nothing on it, while it carries own words or an own price:
    putting an entry back brings them back. Finishing drops what is empty.
    """
    places = {place.entry_id: place for place in OrderEntry.objects.filter(order=order)}
    book = RateBook.load([order.project_id])
    groups = grouped(with_rates(hours_of(places.keys()), order.project_id, book))
    lines = list(OrderLine.objects.filter(order=order))
    line_of = _match(lines, groups.keys())
    _write(order, lines, groups, line_of)
    moved = [
        (places[one.entry_id], line_of[key])
        for key, hours in groups.items()
        for one in hours
        if places[one.entry_id].line_id != line_of[key].pk
    ]
    for place, line in moved:
        place.line = line
    OrderEntry.objects.bulk_update([place for place, _line in moved], ["line"], batch_size=1000)


def _match(lines: list[OrderLine], keys: Collection[LineKey]) -> dict[LineKey, OrderLine]:
    """Which present line each group goes on: the one of its work type and rate; failing that, when a rate was changed,
    one of its work type that no other group claims."""
    by_key = {LineKey(line.work_type_id, line.rate): line for line in lines if line.work_type_id is not None}
    found = {key: by_key[key] for key in keys if key in by_key}
    free = [line for line in lines if line not in found.values()]
    for key in keys:
        if key in found:
            continue
        same = next((line for line in free if line.work_type_id == key.work_type_id), None)
        if same is not None:
            found[key] = same
            free.remove(same)
    return found


def _write(
    order: Order, lines: list[OrderLine], groups: dict[LineKey, list[Hours]], line_of: dict[LineKey, OrderLine]
) -> None:
    work_types = WorkType.objects.in_bulk({key.work_type_id for key in groups})
    place = max((line.position for line in lines), default=0)
    new = []
    for key in sorted(groups.keys() - line_of.keys(), key=lambda key: _place(key, work_types)):
        place += 1
        line_of[key] = OrderLine(workspace_id=order.workspace_id, order=order, position=place)
        new.append(line_of[key])
    for key, hours in groups.items():
        _fill(line_of[key], key, hours, work_types[key.work_type_id], order.currency)
    used = list(line_of.values())
    empty = [line for line in lines if line not in used]
    for line in empty:
        line.quantity = line.amount = NOTHING
    kept = [line for line in empty if line.is_description_own or line.is_price_own]
    OrderLine.objects.filter(pk__in=[line.pk for line in empty if line not in kept]).delete()
    changed = [line for line in used if line.pk] + kept
    OrderLine.objects.bulk_update(
        changed, ["product", "description", "rate", "unit_price", "quantity", "amount"], batch_size=500
    )
    OrderLine.objects.bulk_create(new)


def _place(key: LineKey, work_types: dict[int, WorkType]) -> tuple[str, LineKey]:
    return work_types[key.work_type_id].name.casefold(), key._replace(rate=-(key.rate or NOTHING))


def _fill(line: OrderLine, key: LineKey, hours: list[Hours], work_type: WorkType, currency: str) -> None:
    line.work_type = work_type
    line.product_id = work_type.product_id
    line.rate = key.rate
    if not line.is_description_own:
        line.description = work_type.name[:_LONGEST]
    if not line.is_price_own:
        line.unit_price = NOTHING if key.rate is None else key.rate
    line.quantity = quantity_of(hours)
    line.amount = line_amount(line.quantity, line.unit_price, currency)
