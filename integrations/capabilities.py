"""What each system can do, side by side (R108), read from its facts and its connector."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.hour_words import trigger_label
from integrations.kernel.connector import Connector
from integrations.kernel.facts import HourTrigger, KindFacts, Mastership
from integrations.kernel.payloads import HoursPayload, OrderPayload
from integrations.kernel.records import Kind
from integrations.selectors import kind_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """One line: ``notes`` has one entry per system, None where it cannot do it, else how it does ("" for plainly)."""

    label: str
    notes: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    label: str
    abilities: tuple[Ability, ...]


def compare(systems: Iterable[Connector[Any]]) -> list[Group]:
    """A line that no system has is left out, and a group without lines too."""
    found = tuple(systems)
    groups = [
        Group(label=_("Comes in"), abilities=_of(found, [(kind_label(kind), _pulled(kind)) for kind in Kind])),
        Group(label=_("Goes out"), abilities=_of(found, _sent())),
        Group(label=_("When hours go out"), abilities=_of(found, _triggers())),
        Group(label=_("How hours go out"), abilities=_of(found, _ways())),
    ]
    return [group for group in groups if group.abilities]


_ORDER_STATUS = "order_status"  # the option of a system whose orders arrive with one of several
_Note = Callable[[Connector[Any]], str | None]


def _of(systems: tuple[Connector[Any], ...], asked: list[tuple[str, _Note]]) -> tuple[Ability, ...]:
    lines = [Ability(label=label, notes=tuple(note(system) for system in systems)) for label, note in asked]
    return tuple(line for line in lines if any(note is not None for note in line.notes))


def _pulled(kind: Kind) -> _Note:
    def note(system: Connector[Any]) -> str | None:
        facts = system.facts.of_kind(kind)
        return None if facts is None else ", ".join(_manner(facts))

    return note


def _manner(facts: KindFacts) -> Iterable[str]:
    if facts.sends is not None:
        yield _("both ways")
    elif facts.mastership is Mastership.CREATED_THERE:
        yield _("made only there")
    if facts.is_tagged:
        yield _("by customer tag")
    minutes = max(1, round(facts.interval / 60))
    yield ngettext("every minute", "every %(count)s minutes", minutes) % {"count": minutes}
    if facts.switch is not None:
        yield _("by choice")


def _sent() -> list[tuple[str, _Note]]:
    def record(kind: Kind) -> _Note:
        def note(system: Connector[Any]) -> str | None:
            facts = system.facts.of_kind(kind)
            if facts is None or facts.sends is None:
                return None
            how = _("made and changed in Busy") if facts.sends.creates else _("changed in Busy")
            return ", ".join((how, _("by customer tag"))) if facts.is_tagged else how

        return note

    both = (Kind.CUSTOMERS, Kind.PROJECTS, Kind.WORK_TYPES, Kind.TASKS)
    records = [(kind_label(kind), record(kind)) for kind in both]
    return [(_("Finished orders"), _orders), (_("Hours"), _hours), *records]


def _orders(system: Connector[Any]) -> str | None:
    if system.push(OrderPayload) is None:
        return None
    is_chosen = any(option.key == _ORDER_STATUS for option in system.facts.options)
    return _("with the status you choose") if is_chosen else _("as order drafts")


def _hours(system: Connector[Any]) -> str | None:
    if not _has_hours(system):
        return None
    return _("as daily totals, beta") if system.facts.hours_beta else _("as daily totals")


def _has_hours(system: Connector[Any]) -> bool:
    return system.put(HoursPayload) is not None


def _triggers() -> list[tuple[str, _Note]]:
    def offered(trigger: HourTrigger) -> _Note:
        def note(system: Connector[Any]) -> str | None:
            if not _has_hours(system) or trigger not in system.facts.hour_triggers:
                return None
            return _("recommended") if system.facts.recommended_hour_trigger is trigger else ""

        return note

    return [(trigger_label(trigger), offered(trigger)) for trigger in HourTrigger]


def _ways() -> list[tuple[str, _Note]]:
    def unbilled(system: Connector[Any]) -> str | None:
        return "" if _has_hours(system) and system.facts.hours_may_be_unbilled else None

    def prepared(system: Connector[Any]) -> str | None:
        return _("by choice") if _has_hours(system) and system.facts.hours_prepared else None

    return [
        (_("As non-billable, so that orders do not bill them twice"), unbilled),
        (_("Projects there are prepared for the hours"), prepared),
    ]
