"""What administrators do with hour transfer: choose when hours go (R83-R88), try cells again, overwrite what stands
there (R92)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from busy.workspaces.models import Membership
from integrations import deliveries, health, hour_cells, hour_reviving, hours, services, wakeups, work_type_sync
from integrations.conversations import connector_of
from integrations.hour_models import HoursCell
from integrations.hours import HourChoices
from integrations.kernel.errors import Code
from integrations.kernel.facts import HourTrigger, Switch
from integrations.kernel.records import Kind
from integrations.models import Connection, Delivery, PullState
from integrations.policy import Event, State


class HourChoiceRefused(Exception):
    """The choice cannot be made; ``message`` says why, for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@transaction.atomic
def choose(connection: Connection, choices: HourChoices, *, by: Membership) -> int:
    """Make the choices, and have every cell carried that differs from what they mean; how many.

    Turning hours on turns project sync and work-type sync on as well (R88): a work type with the name of an activity
    becomes that activity. Turning them off stops what waits; what stands at the provider stays. Raises
    HourChoiceRefused for what the provider does not offer, and for hours without a day to begin with.
    """
    facts = connector_of(connection).facts
    if not hours.is_offered(connection) or choices.trigger not in facts.hour_triggers:
        raise HourChoiceRefused(_("%(system)s does not offer this choice.") % {"system": facts.name})
    if choices.is_on and choices.since is None:
        raise HourChoiceRefused(_("Choose the day from which hours are transferred."))
    if not choices.is_on and choices.since is None:
        choices = replace(choices, since=hours.choices_of(connection).since)
    if choices.is_on:
        _turn_syncs_on(connection, by)
    connection = health.lock(connection.pk)
    prepared = hours.choices_of(connection).prepares
    connection.settings = {**connection.settings, **hours.as_settings(choices)}
    connection.save(update_fields=["settings"])
    hours.note_whether_they_leave()
    if choices.prepares != prepared:
        _read_projects_anew(connection)
    if choices.is_on:
        return hour_cells.request_all(connection)
    _stop(connection, by)
    return 0


def _turn_syncs_on(connection: Connection, by: Membership) -> None:
    switches = {facts.switch for facts in connector_of(connection).facts.kinds}
    if Switch.PROJECT_SYNC in switches:
        services.change_project_sync(connection, on=True, by=by)
    if Switch.WORK_TYPE_SYNC in switches:
        work_type_sync.turn_on(connection, match=True, by=by)


def _read_projects_anew(connection: Connection) -> None:
    """What a project refuses hours for is read only while Busy may not add it there by itself."""
    PullState.objects.filter(connection=connection, kind=Kind.PROJECTS).update(wants_everything=True, cursor=None)
    if connection.is_running and connection.project_sync:
        wakeups.nudge(connection, Kind.PROJECTS)


def _stop(connection: Connection, by: Membership) -> None:
    """What is under way ends by itself; what waits is not sent any more. Doubts are kept with the cells."""
    waiting = Delivery.objects.filter(
        connection=connection, kind=deliveries.HOURS, state__in=[State.WAITING, State.ATTENTION]
    )
    waiting.update(state=State.CANCELLED, problem=None, is_unclear=False, unclear_since=None)


# --- Trying again -----------------------------------------------------------------------------------------------------


@transaction.atomic
def retry(cell_id: int, *, by: Membership) -> bool:
    """Put the cell again now, whatever we believe to know of it. False while it is under way, and when nothing can be
    sent just now."""
    connection, delivery = _locked(cell_id)
    if not _can_press(connection, delivery):
        return False
    if delivery.state in (State.TRANSFERRED, State.CANCELLED):
        delivery.state, delivery.wanted = State.WAITING, delivery.wanted + 1
        delivery.save(update_fields=["state", "wanted"])
    _press(connection, [delivery.pk], by)
    return True


@transaction.atomic
def overwrite(cell_id: int, *, by: Membership) -> bool:
    """Replace what stands there and Busy did not send with the total of Busy, once (R92). False when there is no such
    conflict any more."""
    connection, delivery = _locked(cell_id)
    is_conflict = (delivery.problem or {}).get("code") == Code.HOURS_CONFLICT and delivery.state == State.ATTENTION
    if not is_conflict or not _can_press(connection, delivery):
        return False
    HoursCell.objects.filter(pk=cell_id).update(overwrite=True)
    _press(connection, [delivery.pk], by)
    return True


@transaction.atomic
def retry_cause(connection: Connection, code: str, *, by: Membership) -> int:
    """Try everything again that waits for one cause; how many."""
    connection = health.lock(connection.pk)
    if not connection.is_running or not hours.is_on(connection):
        return 0
    _lift_hold(connection)
    which = Q(state=State.ATTENTION, problem__code=code)
    count = hour_reviving.revive_where(connection, which, Event.PRESSED, by=by.pk)
    if count:
        wakeups.nudge(connection, wakeups.PUSH, by=by.pk)
    return count


def _locked(cell_id: int) -> tuple[Connection, Delivery]:
    cell = HoursCell.objects.get(pk=cell_id)
    connection = health.lock(cell.connection_id)
    return connection, Delivery.objects.select_for_update(no_key=True).get(pk=cell.delivery_id)


def _can_press(connection: Connection, delivery: Delivery) -> bool:
    return connection.is_running and hours.is_on(connection) and delivery.state != State.TRANSFERRING


def _press(connection: Connection, ids: list[int], by: Membership) -> None:
    _lift_hold(connection)
    hour_reviving.revive(connection, ids, Event.PRESSED, by=by.pk)
    wakeups.nudge(connection, wakeups.PUSH, by=by.pk)


def _lift_hold(connection: Connection) -> None:
    connection.hold_until = None
    connection.save(update_fields=["hold_until"])


# --- Before it is turned on -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What a choice would mean now."""

    difference: hour_cells.Difference
    turns_project_sync_on: bool
    turns_work_type_sync_on: bool


def consequences(connection: Connection, choices: HourChoices) -> Consequences:
    is_on = choices.trigger is not HourTrigger.OFF
    return Consequences(
        difference=hour_cells.difference(connection, choices),
        turns_project_sync_on=is_on and not connection.project_sync,
        turns_work_type_sync_on=is_on
        and work_type_sync.is_offered(connection)
        and not work_type_sync.is_on(connection),
    )
