"""The proof of a comparison as a file: every order or total of hours that Busy sent in the month, what stands there,
and whether they are equal. What was sent after the comparison says so."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from busy.lib.tables import Cell, as_csv
from busy.lib.written import written_moment
from integrations import comparing, comparing_words, order_comparison
from integrations.comparing_models import ComparedMonth, Difference, Subject
from integrations.comparing_words import Shown
from integrations.conversations import connector_of
from integrations.hour_models import HoursCell
from integrations.models import Delivery
from integrations.months import Month
from integrations.policy import State
from orders.models import Order


def of(compared: ComparedMonth) -> bytes:
    """Call in a scope, for a month that was compared."""
    rows = _orders(compared) if compared.subject == Subject.ORDERS else _hours(compared)
    return as_csv(list(rows))


def _differences(compared: ComparedMonth) -> list[Shown]:
    return comparing_words.loaded(compared.connection, Difference.objects.filter(compared=compared))


def _tail(compared: ComparedMonth, result: str, text: str) -> list[Cell]:
    moment = written_moment(compared.read_at) if compared.read_at else ""
    return [result, text, moment, connector_of(compared.connection).facts.name]


def _heads() -> list[Cell]:
    return [_("Result"), _("What differs"), _("Compared"), _("System")]


def _told(shown: Shown) -> tuple[str, str]:
    told = comparing_words.told(shown)
    sides = "; ".join(f"{side.label}: {side.ours} → {side.there}" for side in told.sides)
    result = comparing_words.what_label(shown.row.what)
    if shown.row.accepted_at is not None:
        result = _("%(result)s, left as it is") % {"result": result}
    return result, sides or told.text


def _orders(compared: ComparedMonth) -> Iterator[list[Cell]]:
    yield [
        _("Order"),
        _("Reference"),
        _("Number there"),
        _("Customer"),
        _("Order date"),
        _("Total in Busy"),
        _("Total there"),
        _("Currency"),
        *_heads(),
    ]
    shown = _differences(compared)
    by_delivery = {one.row.delivery_id: one for one in shown if one.row.key.startswith("order:")}
    sent = comparing.sent_orders(compared.connection, Month(first=compared.month))
    deliveries = Delivery.objects.in_bulk([one.delivery_id for one in sent])
    orders = Order.objects.select_related("customer", "project__customer").in_bulk(
        [row.order_id for row in deliveries.values()]
    )
    for one in sent:
        row = deliveries[one.delivery_id]
        order = orders.get(row.order_id or 0)
        difference = by_delivery.get(row.pk)
        total = order_comparison.total(one.payload.lines)
        there: Cell = total
        if difference is not None:
            result, text = _told(difference)
            there = _total_there(difference, total)
        elif compared.read_at and row.transferred_at and row.transferred_at <= compared.read_at:
            result, text = _("Equal"), ""
        else:
            result, text, there = _("Sent since"), "", ""
        customer = (order.customer or order.project.customer) if order else None
        yield [
            one.payload.number,
            one.reference,
            row.external_number or row.external_id,
            str(customer or ""),
            one.payload.order_date,
            total,
            there,
            one.payload.currency,
            *_tail(compared, result, text),
        ]
    for one_shown in shown:
        if not one_shown.row.key.startswith("order:"):
            number = one_shown.row.number or one_shown.row.external_id
            yield ["", "", number, "", "", "", "", "", *_tail(compared, *_told(one_shown))]


def _total_there(shown: Shown, total: Cell) -> Cell:
    if shown.row.what == "missing":
        return ""
    said = next((detail["there"] for detail in shown.row.details if detail["field"] == "total"), None)
    return Decimal(said.split(" ")[0]) if said else total


def _hours(compared: ComparedMonth) -> Iterator[list[Cell]]:
    yield [
        _("Day"),
        _("Person"),
        _("Employee number"),
        _("Project"),
        _("Work type"),
        _("Minutes in Busy"),
        _("Minutes there"),
        *_heads(),
    ]
    month = Month(first=compared.month)
    by_cell = {one.row.cell_id: one for one in _differences(compared)}
    cells = HoursCell.objects.filter(
        connection=compared.connection, day__range=(month.first, month.last), delivery__state=State.TRANSFERRED
    ).select_related("delivery", "member__user", "project", "work_type", "task")
    for cell in cells.order_by("day", "member__user__name", "pk"):
        difference = by_cell.get(cell.pk)
        minutes = cell.minutes or 0
        there: Cell = minutes
        if difference is not None:
            result, text = _told(difference)
            there = int(difference.row.details[0]["there"])
        elif not minutes:
            continue
        elif compared.read_at and cell.delivery.transferred_at and cell.delivery.transferred_at <= compared.read_at:
            result, text = _("Equal"), ""
        else:
            result, text, there = _("Sent since"), "", ""
        yield [
            cell.day,
            str(cell.member.user),
            cell.member.employee_number,
            str(cell.project),
            f"{cell.work_type} · {cell.task}" if cell.task else str(cell.work_type),
            minutes,
            there,
            *_tail(compared, result, text),
        ]
