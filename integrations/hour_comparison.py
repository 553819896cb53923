"""Reconciliation of hours: what stands at the provider in a month, beside what Busy has put there, cell by cell.

Nothing is changed. What differs is put again when a person says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from busy.workspaces.models import Membership
from integrations import health, hour_reviving, hours, wakeups
from integrations.conversations import Recorder, connector_of, conversation
from integrations.hour_models import HoursCell
from integrations.kernel.payloads import HoursPayload, StandingHours
from integrations.models import Connection, Delivery
from integrations.months import Month
from integrations.policy import Event, State

# Person, project, work type, task and day, by the provider's ids.
_Where = tuple[str, str, str, str, date]
AT_MOST = 500  # cells put again in one press


@dataclass(frozen=True, slots=True, kw_only=True)
class Unequal:
    """A cell that does not stand there as we last saw it; ``there`` in minutes, 0 when it is gone."""

    cell: HoursCell
    there: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Minutes and cells of a period. ``under_way`` are cells that Busy has not finished with: their state says why.

    ``others`` is what stands there and Busy did not put there: hours of other people, projects, or times.
    """

    equal: int
    equal_minutes: int
    unequal: tuple[Unequal, ...]
    under_way: int
    others: int
    other_minutes: int


def standing(connection: Connection, month: Month) -> Iterator[StandingHours]:
    """Everything that stands at the provider in the month, asked now. No transaction may be open.

    Raises ProviderError, and then nothing may be concluded.
    """
    put = connector_of(connection).put(HoursPayload)
    if put is None:
        raise LookupError(f"{connection.provider} takes no hours")
    with conversation(connection, observe=Recorder()) as api:
        yield from put.standing(api, month.first, month.last)


def compare(connection: Connection, month: Month, found: Iterable[StandingHours], *, before: datetime) -> Comparison:
    """One query. Call in a scope, after ``standing``, which began at ``before``: what was put since counts as under
    way."""
    there: dict[_Where, int] = {}
    for one in found:
        place = (one.employee_id, one.project_id or "", one.work_type_id, one.task_id or "", one.day)
        there[place] = there.get(place, 0) + one.minutes
    cells = HoursCell.objects.filter(connection=connection, day__range=(month.first, month.last))
    never_sent = Q(minutes=None, in_doubt=[], delivery__state=State.CANCELLED)
    loaded = cells.exclude(never_sent).select_related("delivery", "member__user", "project", "work_type", "task")
    by_place: dict[_Where, list[HoursCell]] = {}
    for cell in loaded.order_by("day", "pk"):
        where = (cell.at_employee, cell.at_project, cell.at_work_type, cell.at_task, cell.day)
        by_place.setdefault(where, []).append(cell)
    equal, equal_minutes, under_way = 0, 0, 0
    unequal = []
    for where, together in by_place.items():
        minutes = there.pop(where, 0)
        if any(_is_under_way(cell, before) for cell in together):
            under_way += len(together)
        elif minutes == sum(cell.minutes or 0 for cell in together):
            sent = [cell for cell in together if cell.minutes]
            equal += len(sent)
            equal_minutes += minutes
        else:
            unequal += _unequal(together, minutes)
    return Comparison(
        equal=equal,
        equal_minutes=equal_minutes,
        unequal=tuple(unequal),
        under_way=under_way,
        others=len(there),
        other_minutes=sum(there.values()),
    )


def _is_under_way(cell: HoursCell, before: datetime) -> bool:
    put_at = cell.delivery.transferred_at
    return cell.delivery.state not in (State.TRANSFERRED, State.CANCELLED) or bool(put_at and put_at > before)


def _unequal(together: list[HoursCell], minutes: int) -> list[Unequal]:
    """Several people's hours can stand at one place (R71). Whose of them differ cannot be told there: what stands there
    counts for one after the other, and the last has what is left."""
    found, left = [], minutes
    for cell in together[:-1]:
        has = min(left, cell.minutes or 0)
        left -= has
        if has != (cell.minutes or 0):
            found.append(Unequal(cell=cell, there=has))
    last = together[-1]
    return found if left == (last.minutes or 0) else [*found, Unequal(cell=last, there=left)]


@transaction.atomic
def make_equal(connection: Connection, cell_ids: Collection[int], *, by: Membership) -> int:
    """Put these cells again, whatever we believe to know of them; how many."""
    connection = health.lock(connection.pk)
    if not connection.is_running or not hours.is_on(connection):
        return 0
    cells = HoursCell.objects.filter(connection=connection, pk__in=list(cell_ids)[:AT_MOST])
    settled = Delivery.objects.filter(pk__in=cells.values("delivery"), state=State.TRANSFERRED)
    ids = list(settled.select_for_update(no_key=True).order_by("key").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids).update(state=State.WAITING)
    hour_reviving.revive(connection, ids, Event.PRESSED, by=by.pk)
    if ids:
        wakeups.nudge(connection, wakeups.PUSH, by=by.pk)
    return len(ids)
