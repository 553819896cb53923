"""Hour transfer: what the administrator chose for a connection (R83-R88), and which hours the choice means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from integrations.conversations import connector_of
from integrations.kernel.facts import HourTrigger
from integrations.kernel.payloads import HoursPayload
from integrations.models import Connection, ConnectionState
from timesheets.time_settings import save_time_settings, time_settings, time_settings_to_change

HOURS = "hours"
_TRIGGER, _SINCE, _UNBILLED, _PREPARES = "trigger", "since", "arrive_unbilled", "prepares"

# How far an entry "e" must have come to be sent, as SQL. Each stage includes the later ones: hours that were approved
# without having been submitted are no less ready (R85, R86), and either approval counts (R109).
_ON_ORDER = "e.ordered_at IS NOT NULL"
_APPROVED = f"{_ON_ORDER} OR e.person_approval_id IS NOT NULL OR e.project_approval_id IS NOT NULL"
STAGES: dict[HourTrigger, str] = {
    HourTrigger.ON_SUBMISSION: f"({_APPROVED} OR e.submitted_at IS NOT NULL)",
    HourTrigger.ON_APPROVAL: f"({_APPROVED})",
    HourTrigger.ON_ORDER: f"({_ON_ORDER})",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HourChoices:
    """``since``: hours of earlier local days stay in Busy. ``arrive_unbilled``: so that hours which an order bills are
    not billed once more there. ``prepares``: the connector may add a person or an activity to a project there."""

    trigger: HourTrigger = HourTrigger.OFF
    since: date | None = None
    arrive_unbilled: bool = True
    prepares: bool = True

    @property
    def is_on(self) -> bool:
        return self.trigger is not HourTrigger.OFF

    @property
    def stage(self) -> str:
        """Which entries "e" are sent. Raises KeyError while hour transfer is off."""
        return STAGES[self.trigger]


def choices_of(connection: Connection) -> HourChoices:
    stored = connection.settings.get(HOURS) or {}
    since = stored.get(_SINCE)
    return HourChoices(
        trigger=HourTrigger(stored.get(_TRIGGER, HourTrigger.OFF)),
        since=date.fromisoformat(since) if since else None,
        arrive_unbilled=bool(stored.get(_UNBILLED, True)),
        prepares=bool(stored.get(_PREPARES, True)),
    )


def as_settings(choices: HourChoices) -> dict[str, object]:
    """For ``Connection.settings``."""
    return {
        HOURS: {
            _TRIGGER: str(choices.trigger),
            _SINCE: choices.since.isoformat() if choices.since else None,
            _UNBILLED: choices.arrive_unbilled,
            _PREPARES: choices.prepares,
        }
    }


def is_offered(connection: Connection) -> bool:
    """Where hours are an extension, once that is on."""
    connector = connector_of(connection)
    if connector.facts.has_extension and not connection.settings.get("extension"):
        return False
    return connector.put(HoursPayload) is not None and bool(connector.facts.hour_triggers)


def is_on(connection: Connection) -> bool:
    return choices_of(connection).is_on


def hour_connections() -> list[Connection]:
    """Those that hours of the workspace in scope go to. One query, which finds nothing in most workspaces."""
    others = [trigger for trigger in HourTrigger if trigger is not HourTrigger.OFF]
    connected = Connection.objects.exclude(state=ConnectionState.DISCONNECTED)
    return list(connected.filter(**{f"settings__{HOURS}__{_TRIGGER}__in": others}).order_by("pk"))


def note_whether_they_leave() -> None:
    """So that the pages of hours of all other workspaces ask nothing about it. Call inside a transaction."""
    leave = bool(hour_connections())
    if time_settings().transfers_hours != leave:
        settings = time_settings_to_change()
        settings.transfers_hours = leave
        save_time_settings(settings, ["transfers_hours"])


class NeededForHours(Exception):
    """A sync cannot be turned off while hours are transferred (R88)."""

    @property
    def message(self) -> str:
        return _("Hours are transferred and need it. Turn hour transfer off first.")


def ensure_not_needed(connection: Connection) -> None:
    """Raises NeededForHours while hours are transferred."""
    if is_on(connection):
        raise NeededForHours
