"""Differences in words: which order or hours, what is otherwise, by the names that people know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from busy.lib.templatetags.busy_ui import decimal, money
from busy.lib.written import short_date
from integrations.comparing_models import Difference, What
from integrations.conversations import connector_of
from integrations.models import Connection, CustomerLink, ProjectLink
from orders.models import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A difference with what its words need. ``order`` is None for hours and for what Busy did not send."""

    row: Difference
    order: Order | None
    system: str
    customers: Mapping[str, str]
    projects: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One thing that is otherwise: in Busy, and there."""

    label: str
    ours: str
    there: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """``title`` names the thing, ``text`` says what is wrong in a sentence, ``sides`` each thing that differs."""

    shown: Shown
    title: str
    text: str
    sides: tuple[Side, ...]


def loaded(connection: Connection, rows: QuerySet[Difference]) -> list[Shown]:
    """A constant number of queries."""
    found = list(
        rows.select_related(
            "compared",
            "delivery",
            "accepted_by__user",
            "cell__member__user",
            "cell__project",
            "cell__work_type",
            "cell__task",
        ).order_by("accepted_at", "what", "cell__day", "pk")
    )
    ids = {row.delivery.order_id for row in found if row.delivery and row.delivery.order_id}
    orders = {order.pk: order for order in Order.objects.filter(pk__in=ids).select_related("project")}
    system = connector_of(connection).facts.name
    customers = _names(CustomerLink, connection, found, "customer")
    projects = _names(ProjectLink, connection, found, "project")
    return [
        Shown(
            row=row,
            order=orders.get(row.delivery.order_id or 0) if row.delivery else None,
            system=system,
            customers=customers,
            projects=projects,
        )
        for row in found
    ]


def _names(link: Any, connection: Connection, rows: Iterable[Difference], field: str) -> dict[str, str]:
    """What Busy calls these records of the provider."""
    ids = {
        side
        for row in rows
        for detail in row.details
        if detail["field"] == field
        for side in (detail["ours"], detail["there"])
        if side
    }
    links = link.objects.filter(connection=connection, external_id__in=ids).select_related("local") if ids else []
    return {one.external_id: str(one.local) for one in links}


def told(shown: Shown) -> Told:
    sides = tuple(_side(detail, shown) for detail in shown.row.details)
    return Told(shown=shown, title=_title(shown), text=_text(shown, sides), sides=sides)


def _title(shown: Shown) -> str:
    row, order = shown.row, shown.order
    if row.cell is not None:
        return _("%(person)s on %(project)s, %(work_type)s, %(day)s") % {
            "person": row.cell.member.user,
            "project": row.cell.project,
            "work_type": f"{row.cell.work_type} · {row.cell.task}" if row.cell.task else row.cell.work_type,
            "day": short_date(row.cell.day),
        }
    if order is not None:
        return _("Order %(number)s, %(project)s") % {"number": order.number, "project": order.project.name}
    return _("%(number)s in %(system)s") % {"number": row.number or row.external_id, "system": shown.system}


def what_label(what: str) -> str:
    labels = {
        What.DIFFERENT: _("Different"),
        What.MISSING: _("Missing"),
        What.UNKNOWN: _("Unknown in Busy"),
        What.TWICE: _("Stands there twice"),
    }
    return labels[What(what)]


def _text(shown: Shown, sides: tuple[Side, ...]) -> str:
    row = shown.row
    named = {"system": shown.system, "number": row.number or row.external_id}
    if row.what == What.MISSING:
        if row.cell is not None:
            hours = sides[0].ours if sides else ""
            return _("The %(hours)s h that Busy sent no longer stand in %(system)s.") % {**named, "hours": hours}
        return _("It no longer stands in %(system)s.") % named
    if row.what == What.TWICE:
        return _("%(number)s in %(system)s bears the same reference. One of them must be deleted there.") % named
    if row.what == What.UNKNOWN and shown.order is not None:
        return _("It was taken back in Busy, and stands in %(system)s as %(number)s.") % named
    if row.what == What.UNKNOWN:
        return _("It bears a reference as Busy writes it, and this workspace did not send it.")
    if not sides:
        return what_label(row.what)
    first = {"what": sides[0].label, "there": sides[0].there, "ours": sides[0].ours, **named}
    return _("%(what)s: %(there)s in %(system)s, %(ours)s in Busy.") % first


def _side(detail: Mapping[str, Any], shown: Shown) -> Side:
    name, ours, there = detail["field"], detail["ours"], detail["there"]
    if name == "minutes":
        language = get_language() or "en"
        return Side(label=_("Hours"), ours=print_hours(ours, language), there=print_hours(there, language))
    if name == "total":
        return Side(label=_("Total"), ours=_money(ours), there=_money(there))
    if name in ("customer", "project"):
        names = shown.customers if name == "customer" else shown.projects
        label = _("Customer") if name == "customer" else _("Project")
        return Side(label=label, ours=_named(ours, names), there=_named(there, names))
    return Side(label=_("Line"), ours=_line(ours), there=_line(there))


def _money(text: str) -> str:
    amount, currency = text.split(" ", 1)
    return money(Decimal(amount), currency)


def _named(external_id: str | None, names: Mapping[str, str]) -> str:
    return names.get(external_id, external_id) if external_id else _("none")


def _line(line: Mapping[str, str] | None) -> str:
    if line is None:
        return _("no such line")
    price = f"{decimal(Decimal(line['quantity']))} × {money(Decimal(line['unit_price']))}"
    discount = f" − {decimal(Decimal(line['discount']))} %" if line["discount"] != "0" else ""
    return f"{line['description']}: {price}{discount}"
